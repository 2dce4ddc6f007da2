"""The documents. What the code knows by itself is written into docs/reference/ by `docs.generate`."""
