"""Makes the tagging model: `convert`, `train`, `export` and `evaluate` are the commands, in this order."""
