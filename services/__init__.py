"""The services of copydesk: ingest, enrich, publish, and the command that starts them."""
