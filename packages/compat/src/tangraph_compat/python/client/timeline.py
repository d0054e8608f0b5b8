"""`tensorflow.python.client.timeline`."""

from tangraph.client.timeline import Timeline

__all__ = ["Timeline"]
