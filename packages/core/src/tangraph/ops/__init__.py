"""The ops of core, one family a file."""
