"""`tensorflow.python.util.nest`, and `tf.contrib.framework.nest`."""

from tangraph.util.nest import *  # noqa: F403
from tangraph.util.nest import __all__ as __all__  # noqa: PLC0414  the same names
