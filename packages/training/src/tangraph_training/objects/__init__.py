"""Object-based checkpoints: values by their places in a program's objects."""
