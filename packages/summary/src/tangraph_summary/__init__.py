"""Summaries: what a graph tells about itself, in event files that TensorBoard reads."""
