"""Learning rates that change with the global step."""
