"""`tensorflow.python.platform.googletest`."""

from tangraph_compat.internals import names_of
from tangraph_compat.testing.environment import get_temp_dir as GetTempDir
from tangraph_compat.testing.environment import main, mock
from tangraph_compat.testing.testcase import TestCase

__getattr__, __dir__ = names_of(__name__)
__all__ = ["GetTempDir", "TestCase", "main", "mock"]
