"""`tensorflow.python.platform.test`: `tf.test`."""

from tangraph_compat.internals import names_of
from tangraph_compat.testing.environment import mock

__getattr__, __dir__ = names_of(__name__)
__all__ = ["mock"]
