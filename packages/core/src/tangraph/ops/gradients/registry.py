"""Which function differentiates an operation: the schema's own, or one that a program has registered by name."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from tangraph import registry
from tangraph.export import export
from tangraph.framework import errors
from tangraph.framework.op_def import NOT_DIFFERENTIABLE, GradientFunction, NotDifferentiable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.operation import Operation

F = TypeVar("F", bound="Callable[..., Any]")


class GradientRegistry:
    """The gradient functions that a program registers, by the name that it gives them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._functions: dict[str, GradientFunction | NotDifferentiable] = {}
        self._places: dict[str, str] = {}

    def add(self, name: str, function: GradientFunction | NotDifferentiable) -> None:
        """Adds a function.

        Raises:
          KeyError: the name has one already, here or in the schema of the op type of that name.
        """
        with self._lock:
            if name in self._functions or self._built_in(name) is not None:
                place = self._places.get(name, "tangraph")
                raise KeyError(f"Registering two gradient with name '{name}'! (Previous registration was in {place})")
            self._functions[name] = function
            frame = sys._getframe(2)
            self._places[name] = f"{frame.f_code.co_name} {frame.f_code.co_filename}:{frame.f_lineno}"

    def find(self, name: str) -> GradientFunction | NotDifferentiable | None:
        """Returns what was registered under a name, or what the schema of the op type of that name declares."""
        found = self._functions.get(name)
        return self._built_in(name) if found is None else found

    def remove(self, name: str) -> None:
        """Forgets a registered function; a name that has none is left alone."""
        with self._lock:
            self._functions.pop(name, None)
            self._places.pop(name, None)

    @staticmethod
    def _built_in(name: str) -> GradientFunction | NotDifferentiable | None:
        try:
            return registry.op_def(name).gradient
        except errors.NotFoundError:
            return None


registered = GradientRegistry()


@export("RegisterGradient")
class RegisterGradient:
    """Decorator that registers the gradient function of an op type.

    The function takes the operation and one gradient for each of its outputs and returns one for each of its inputs: a
    tensor, an IndexedSlices or None. Together with `Graph.gradient_override_map` it replaces the gradient of operations
    that are created inside a block.

    Args:
      op_type: the op type, or the name that an override map refers to.

    Raises:
      TypeError: `op_type` is no string.
      KeyError: the name has a gradient already.

    >>> import tangraph as tf
    >>> @tf.RegisterGradient("DoubledInTheDocs")
    ... def doubled(op, grad):
    ...     return grad * 2.0
    """

    def __init__(self, op_type: str) -> None:
        if not isinstance(op_type, str):
            raise TypeError("op_type must be a string")
        self._op_type = op_type

    def __call__(self, f: F) -> F:
        """Registers the function and returns it."""
        registered.add(self._op_type, f)
        return f


@export("NotDifferentiable", "NoGradient", "no_gradient")
def not_differentiable(op_type: str) -> None:
    """Says that the ops of a type have no gradient, so that `tf.gradients` takes it for None.

    Args:
      op_type: the op type.

    Raises:
      TypeError: `op_type` is no string.
      KeyError: the op type has a gradient already, or is known to have none.
    """
    if not isinstance(op_type, str):
        raise TypeError("op_type must be a string")
    registered.add(op_type, NOT_DIFFERENTIABLE)


def gradient_function(op: Operation) -> GradientFunction | None:
    """Returns the function that differentiates an operation; None where its gradient is known not to exist.

    Raises:
      LookupError: nobody has declared a gradient.
    """
    if not op._inputs:
        return None
    override = op.attrs.get("_gradient_op_type")
    if override is None:
        found = op.op_def.gradient or registered.find(op.type)
    else:
        found = registered.find(override.decode() if isinstance(override, bytes) else override)
    if found is None:
        raise LookupError(f"No gradient defined for operation '{op.name}' (op type: {op.type})")
    return None if isinstance(found, NotDifferentiable) else found
