"""Who acts in a story: the catalogue's names, the names found by rule, and how they become actors."""
