"""The HTTP edge that ingest and publish share: what comes in is bounded, what goes wrong is a problem."""
