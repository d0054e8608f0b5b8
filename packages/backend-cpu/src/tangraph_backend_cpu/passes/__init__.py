"""What the backend makes of a program before it is emitted: several steps as one, one file a kind."""
