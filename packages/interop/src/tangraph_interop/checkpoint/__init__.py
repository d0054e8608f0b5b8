"""Checkpoints in TensorFlow's V2 format: an index and data shards, the ops that write and read them, their state file."""
