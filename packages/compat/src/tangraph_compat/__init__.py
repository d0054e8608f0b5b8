"""Runs unmodified TensorFlow 1 programs: the runner, and the parts of `tf.*` that are about programs, not graphs."""
