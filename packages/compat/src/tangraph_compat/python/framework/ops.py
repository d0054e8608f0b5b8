"""`tensorflow.python.framework.ops`: what is public, and what programs use that is not."""

from __future__ import annotations

import itertools
import threading
from typing import Any, Final

from tangraph.framework.operation import Operation
from tangraph.framework.scopes import colocate_with
from tangraph.framework.scopes import graph_from_inputs as _get_graph_from_inputs
from tangraph.framework.stacks import get_default_graph
from tangraph.framework.tensor_conversion import (
    internal_convert_n_to_tensor,
    internal_convert_n_to_tensor_or_indexed_slices,
    internal_convert_to_tensor,
    internal_convert_to_tensor_or_indexed_slices,
    is_dense_tensor_like,
)
from tangraph_compat.internals import names_of

__getattr__, __dir__ = names_of(__name__)
__all__ = [
    "_get_graph_from_inputs",
    "colocate_with",
    "convert_n_to_tensor",
    "convert_n_to_tensor_or_indexed_slices",
    "default_session",
    "executing_eagerly_outside_functions",
    "get_all_collection_keys",
    "get_gradient_function",
    "get_name_scope",
    "has_default_graph",
    "inside_function",
    "internal_convert_n_to_tensor",
    "internal_convert_n_to_tensor_or_indexed_slices",
    "internal_convert_to_tensor",
    "internal_convert_to_tensor_or_indexed_slices",
    "is_dense_tensor_like",
    "name_from_scope_name",
    "uid",
]

_uids: Final = itertools.count()
_uid_lock: Final = threading.Lock()


def uid() -> int:
    """Returns 0, 1, 2, ...: a number that this process has not had yet."""
    with _uid_lock:
        return next(_uids)


def convert_n_to_tensor(
    values: Any, dtype: Any = None, name: str | None = None, preferred_dtype: Any = None
) -> list[Any]:
    """Converts each value to a tensor."""
    return internal_convert_n_to_tensor(values, dtype=dtype, name=name, preferred_dtype=preferred_dtype)


def convert_n_to_tensor_or_indexed_slices(values: Any, dtype: Any = None, name: str | None = None) -> list[Any]:
    """Converts each value to a tensor, but leaves IndexedSlices as they are."""
    return internal_convert_n_to_tensor_or_indexed_slices(values, dtype=dtype, name=name)


def get_name_scope() -> str:
    """Returns the current name scope of the default graph, "" at the top."""
    return get_default_graph().get_name_scope()


def name_from_scope_name(name: str) -> str:
    """Returns the name of an op from the name of its scope, which ends in a slash."""
    return name[:-1] if name and name[-1] == "/" else name


def get_all_collection_keys() -> list[Any]:
    """Returns the keys of the default graph's collections."""
    keys: list[Any] = get_default_graph().get_all_collection_keys()
    return keys


def get_gradient_function(op: Operation) -> Any:
    """Returns the gradient function of an operation, or None when it has no outputs or no gradient."""
    from tangraph.ops.gradients.registry import gradient_function

    return gradient_function(op) if op.outputs else None


def default_session(session: Any) -> Any:
    """Returns a context manager that makes a session the default one."""
    return session.as_default()


def has_default_graph() -> bool:
    """Returns whether a graph was made the default one."""
    from tangraph.framework.stacks import graphs

    return bool(graphs.stack)


def executing_eagerly_outside_functions() -> bool:
    """Returns False: programs of TensorFlow 1 build graphs."""
    return False


def inside_function() -> bool:
    """Returns whether a function's graph is being built, which does not happen here."""
    return False
