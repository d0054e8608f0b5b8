"""The rules of the rewrite stage, one file a kind."""
