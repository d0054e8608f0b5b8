"""`tensorflow.python.framework.function`: functions that are nodes of their own type."""

from __future__ import annotations

from tangraph.functions.defun import DefinedFunction as _DefinedFunction
from tangraph.functions.defun import Defun, get_extra_args, get_extra_inputs, get_extra_vars
from tangraph.functions.defun import OverloadedFunction as _OverloadedFunction
from tangraph.functions.defun_graph import DefunGraph as _FuncGraph

__all__ = [
    "Defun",
    "_DefinedFunction",
    "_FuncGraph",
    "_OverloadedFunction",
    "get_extra_args",
    "get_extra_inputs",
    "get_extra_vars",
]
