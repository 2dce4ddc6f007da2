"""ingest: accept a story and promise to handle it."""
