"""`tf.sysconfig`: where the library is installed. There is nothing to compile or link against."""

from __future__ import annotations

from pathlib import Path

import tangraph
from tangraph.export import export

_NO_LIBRARY = (
    "tf.sysconfig.{}: Tangraph is pure Python and has no C++ library to build custom ops against. Write the op in Python "
    "(tangraph.plugin), or use tf.py_func."
)


@export("sysconfig.get_include")
def get_include() -> str:
    """Returns the folder where headers would be."""
    return str(Path(str(tangraph.__file__)).parent / "include")


@export("sysconfig.get_lib")
def get_lib() -> str:
    """Returns the folder of the package."""
    return str(Path(str(tangraph.__file__)).parent)


@export("sysconfig.get_compile_flags")
def get_compile_flags() -> list[str]:
    """Raises NotImplementedError: custom ops in C++ cannot be built."""
    raise NotImplementedError(_NO_LIBRARY.format("get_compile_flags"))


@export("sysconfig.get_link_flags")
def get_link_flags() -> list[str]:
    """Raises NotImplementedError: custom ops in C++ cannot be built."""
    raise NotImplementedError(_NO_LIBRARY.format("get_link_flags"))
