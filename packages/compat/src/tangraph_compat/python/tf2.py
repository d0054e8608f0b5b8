"""`tensorflow.python.tf2`."""


def enabled() -> bool:
    """Returns False: this is TensorFlow 1."""
    return False
