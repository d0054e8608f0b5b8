"""py_func, numpy_function and py_function: Python functions as operations.

The node holds a token; the function itself stands in a registry, which the graph keeps alive.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import stacks
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import control_dependencies

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _unknown(c: ShapeContext) -> list[Raw]:
    return [None] * len(c.attr("Tout"))


_ATTRS = ("token: string", "Tin: list(type) >= 0", "Tout: list(type) >= 0")
PY_FUNC = ops.define("PyFunc", ["input: Tin"], ["output: Tout"], _ATTRS, shape=_unknown, stateful=True)
PY_FUNC_STATELESS = ops.define("PyFuncStateless", ["input: Tin"], ["output: Tout"], _ATTRS, shape=_unknown)
EAGER_PY_FUNC = ops.define(
    "EagerPyFunc",
    ["input: Tin"],
    ["output: Tout"],
    ("token: string", "is_async: bool = false", *_ATTRS[1:]),
    shape=_unknown,
    stateful=True,
)
ops.not_differentiable("PyFunc", "PyFuncStateless")


@ops.gradient("EagerPyFunc")
def _py_function_grad(op: Operation, *grads: Tensor) -> Any:
    """The node that TensorFlow makes; it wants the tape of the call, which exists in eager execution alone."""
    name = op.name

    def gradient(*_: Any) -> None:
        raise NotImplementedError(f"The gradient of tf.py_function needs eager execution. Received: '{name}'")

    with control_dependencies(op.outputs):
        return _python_op(EAGER_PY_FUNC, gradient, grads, [t.dtype for t in op.inputs], None)


class FunctionRegistry:
    """The Python functions that nodes refer to, by token; a function lives as long as the graph that uses it."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._functions: weakref.WeakValueDictionary[str, _Function] = weakref.WeakValueDictionary()

    def insert(self, function: _Function) -> str:
        """Adds a function; returns its token."""
        with self._lock:
            token = f"pyfunc_{next(self._numbers)}"
            self._functions[token] = function
        return token

    def get(self, token: str) -> Callable[..., Any] | None:
        """Returns the function, or None."""
        found = self._functions.get(token)
        return None if found is None else found.function

    def size(self) -> int:
        """Returns the number of functions."""
        return len(self._functions)


class _Function:
    """A function in a shell that can be referred to weakly, whatever the function is."""

    __slots__ = ("__weakref__", "function")

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function


functions = FunctionRegistry()


def _python_op(op: Any, func: Any, inp: Any, Tout: Any, name: str | None, **attrs: Any) -> Any:
    if not callable(func):
        raise ValueError(f"Expected func to be callable, got func of type {type(func)}")
    is_list = isinstance(Tout, (list, tuple))
    shell = _Function(func)
    graph = stacks.get_default_graph()
    kept = graph.__dict__.setdefault("_py_funcs_used_in_graph", [])
    kept.append(shell)
    result = make_op(op, inp, token=functions.insert(shell), Tout=list(Tout) if is_list else [Tout], name=name, **attrs)
    if is_list:
        # Without outputs there is just the operation.
        return result
    return result[0]


@export("py_func")
def py_func(
    func: Callable[..., Any], inp: Sequence[Any], Tout: Any, stateful: bool = True, name: str | None = None
) -> Any:
    """Wraps a Python function of NumPy arrays as an operation.

    Args:
      func: takes arrays, returns an array, or a list of them, of exactly the types `Tout`.
      inp: the tensors that it gets.
      Tout: the type, or list of types, that it returns; [] for none.
      stateful: whether it may not be skipped or merged with an equal call.
      name: the operation's name.

    Returns:
      A tensor, a list of them, or the operation when `Tout` is [].

    Raises:
      ValueError: `func` cannot be called.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     float(sess.run(tf.py_func(lambda x: x + x, [tf.constant(1.5)], tf.float32)))
    3.0
    """
    return _python_op(PY_FUNC if stateful else PY_FUNC_STATELESS, func, inp, Tout, name)


@export("numpy_function")
def numpy_function(func: Callable[..., Any], inp: Sequence[Any], Tout: Any, name: str | None = None) -> Any:
    """As :func:`py_func`, always stateful."""
    return _python_op(PY_FUNC, func, inp, Tout, name)


@export("py_function", "contrib.eager.py_func")
def py_function(func: Callable[..., Any], inp: Sequence[Any], Tout: Any, name: str | None = None) -> Any:
    """Wraps a Python function of eager tensors as an operation.

    The function gets arrays with a `numpy()` method; what it returns is converted to the types `Tout`.

    Args:
      func: the function.
      inp: the tensors that it gets.
      Tout: the type, or list of types, that it returns.
      name: the operation's name.

    Raises:
      ValueError: `func` cannot be called.
    """
    return _python_op(EAGER_PY_FUNC, func, inp, Tout, name)
