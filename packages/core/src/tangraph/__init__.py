"""Tangraph: the TensorFlow 1 programming model on NumPy and CuPy.

>>> import tangraph as tf
>>> tf.__version__
'1.15.5'

Public names are TensorFlow 1.15's. They are imported when they are first used, from core or from the package that
provides them; a name of a package that is not installed raises an error that says what to install.
"""

from typing import Final

from tangraph import facade, finder
from tangraph.framework import versions

__version__: Final = versions.VERSION
__git_version__: Final = versions.GIT_VERSION
__compiler_version__: Final = versions.COMPILER_VERSION
__cxx11_abi_flag__: Final = versions.CXX11_ABI_FLAG
__monolithic_build__: Final = versions.MONOLITHIC_BUILD
__tangraph_version__: Final = "0.1.0.dev0"

__getattr__, __dir__, _ = facade.namespace(__name__)

facade.absent.install()
finder.make_below(__name__, facade.module_for)
finder.install({"tangraph.compat.v1": "tangraph", "tangraph.compat.v1.*": "tangraph.*"})
