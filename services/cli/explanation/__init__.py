"""An enrichment explained to a person: the story with its marks, and why each code was given."""
