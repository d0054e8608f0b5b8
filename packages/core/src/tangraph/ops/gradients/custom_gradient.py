"""Functions that say themselves how they are differentiated."""

from __future__ import annotations

import functools
import inspect
import itertools
import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import stacks
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.identity import identity, identity_n
from tangraph.ops.gradients.reach import is_trainable
from tangraph.ops.gradients.registry import RegisterGradient
from tangraph.util import nest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_BUFFERS: Final = frozenset({"VariableV2", "VarHandleOp"})
_numbers = itertools.count()
_logger = logging.getLogger("tangraph")


@export("custom_gradient")
def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator for a function that gives its own gradient.

    Args:
      f: takes tensors and returns ``(result, grad_fn)``. `result` is a tensor or a structure of them; `grad_fn` takes the
        gradients of the tensors in it and returns those of the arguments. When `f` reads variables, `grad_fn` has a keyword
        argument `variables` and returns a second list, with a gradient for each.

    Returns:
      A function of the same arguments that returns `result`.

    Raises:
      TypeError: (when it is called) variables are not resource variables, or `grad_fn` does not take them.
      ValueError: (when it is called) with keyword arguments.

    >>> import tangraph as tf
    >>> @tf.custom_gradient
    ... def clipped(x):
    ...     return tf.identity(x), lambda dy: tf.clip_by_value(dy, -1.0, 1.0)
    """

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            raise ValueError(
                "The custom_gradient decorator currently supports keywords arguments only when eager execution is enabled."
            )
        return _call(f, [convert_to_tensor(a) for a in args])

    return decorated


def _call(f: Callable[..., Any], args: list[Tensor]) -> Any:
    from tangraph.ops.state.resource_variable import is_resource_variable

    before = set(_variables_in_scope())
    result, grad_fn = f(*args)
    for variable in _variables_in_scope():
        if variable not in before and not is_resource_variable(variable):
            raise TypeError(
                "All variables used by a function wrapped with @custom_gradient must be `ResourceVariable`s. Ensure that "
                "no `variable_scope` is created with `use_resource=False`."
            )
    flat = nest.flatten(result)
    variables = _variables_between(args, flat)
    _check_signature(grad_fn, variables)

    name = f"CustomGradient-{next(_numbers)}"

    @RegisterGradient(name)
    def gradient(_: Any, *grads: Any) -> list[Any]:
        return [None] * len(flat) + _input_gradients(grad_fn, grads[: len(flat)], variables)

    originals = [*flat, *args, *variables]
    with stacks.get_default_graph().gradient_override_map({"IdentityN": name}):
        outputs = identity_n(originals)
    for variable in variables:
        # TensorFlow reads every variable once more; what comes later counts these nodes.
        convert_to_tensor(variable)
    return nest.pack_sequence_as(result, outputs[: len(flat)])


def _variables_in_scope() -> list[Any]:
    from tangraph.ops.state.variable_scope import get_variable_scope

    scope = get_variable_scope()
    return [*scope.global_variables(), *scope.local_variables()]


def _variables_between(args: Sequence[Tensor], results: Iterable[Any]) -> list[Any]:
    """Returns the trainable variables that results depend on otherwise than through arguments, in the order of creation."""
    from tangraph.ops.state.variables import global_variables

    # The copies are TensorFlow's: it takes them so that an argument that is a result lies in between, too.
    todo = deque(identity(r) for r in results)
    inputs, seen = set(args), set()
    while todo:
        tensor = todo.popleft()
        if tensor in inputs or tensor.op in seen or not is_trainable(tensor):
            continue
        seen.add(tensor.op)
        todo.extend(tensor.op._inputs)
    names = {op.name for op in seen if op.type in _BUFFERS}
    found = [v for v in dict.fromkeys(global_variables()) if v.op.name in names and v.trainable]
    return sorted(found, key=lambda v: v.op._id)


def _check_signature(grad_fn: Callable[..., Any], variables: Sequence[Any]) -> None:
    signature = inspect.getfullargspec(grad_fn)
    takes_variables = "variables" in (*signature.args, *signature.kwonlyargs) or signature.varkw is not None
    if variables and not takes_variables:
        raise TypeError(
            "If using @custom_gradient with a function that uses variables, then grad_fn must accept a keyword argument "
            "'variables'."
        )
    if takes_variables and not variables:
        from tangraph.ops.state.variable_scope import get_variable_scope

        if not get_variable_scope().use_resource:
            raise TypeError(
                "If using @custom_gradient with a function that uses variables, the enclosing variable scope must have "
                "use_resource=True."
            )
        _logger.warning(
            "@custom_gradient grad_fn has 'variables' in signature, but no ResourceVariables were used on the forward pass."
        )


def _input_gradients(grad_fn: Callable[..., Any], grads: Sequence[Any], variables: Sequence[Any]) -> list[Any]:
    if not variables:
        return nest.flatten(grad_fn(*grads))
    of_inputs, of_variables = grad_fn(*grads, variables=list(variables))
    if len(of_variables) != len(variables):
        raise ValueError("Must return gradient for each variable from @custom_gradient grad_fn.")
    return [*nest.flatten(of_inputs), *of_variables]


@export("recompute_grad")
def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a function that computes `f` and forgets what lies in between: its gradient computes `f` again.

    Args:
      f: takes tensors and returns one; variables that it reads are resource variables.

    Returns:
      A function of the same arguments.
    """

    @custom_gradient
    def inner(*args: Any) -> Any:
        from tangraph.ops.state.variable_scope import get_variable_scope, variable_scope

        result = f(*args)
        scope = get_variable_scope()

        def grad(dresult: Any, variables: Sequence[Any] | None = None) -> tuple[list[Any], list[Any]]:
            from tangraph.ops.gradients.gradients import gradients

            copies = [identity(a) for a in args]
            with stacks.get_default_graph().control_dependencies([dresult]), variable_scope(scope, reuse=True):
                again = f(*copies)
            found = gradients(again, [*copies, *(variables or ())], grad_ys=[dresult])
            return found[: len(args)], found[len(args) :]

        return result, grad

    return functools.wraps(f)(inner)


@export("grad_pass_through")
def grad_pass_through(f: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a function that computes `f`, and passes the gradient of its result on as that of its argument."""

    @custom_gradient
    def inner(*args: Any) -> Any:
        def grad(*grads: Any, **kwargs: Any) -> Any:
            variables = kwargs.get("variables")
            return grads if variables is None else (grads, [None] * len(variables))

        return f(*args), grad

    return functools.wraps(f)(inner)
