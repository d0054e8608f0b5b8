"""`tf.errors`: the very module :mod:`tangraph.framework.errors`."""

import sys

from tangraph.framework import errors
from tangraph.framework.errors import *  # noqa: F403  for type checkers

sys.modules[__name__] = errors
