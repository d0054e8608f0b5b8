"""`tf.gradients`."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import internal_convert_n_to_tensor_or_indexed_slices
from tangraph.ops.gradients.aggregation import check_method
from tangraph.ops.gradients.backprop import Backprop
from tangraph.ops.gradients.initial import initial_gradients
from tangraph.ops.gradients.zeros import zeros_for_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.graph import Graph


@export("UnconnectedGradients")
class UnconnectedGradients(enum.Enum):
    """What `tf.gradients` gives for a source that the results do not depend on: NONE, or ZERO for zeros."""

    NONE = "none"
    ZERO = "zero"


@export("gradients")
def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str | None = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    stop_gradients: Any = None,
    unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
) -> list[Any]:
    """Builds the derivatives of the sum of `ys` with respect to each of `xs`.

    Args:
      ys: a tensor or list of tensors to be differentiated.
      xs: a tensor, variable or list of them to differentiate by.
      grad_ys: a gradient for each of `ys`, to start with; ones where it is None.
      name: the name scope of the new nodes, "gradients" when None.
      colocate_gradients_with_ops: whether new nodes are placed with the operations that they are gradients of.
      gate_gradients: whether the gradients of one operation's inputs wait for each other.
      aggregation_method: how several gradients of a tensor are added up; see `tf.AggregationMethod`.
      stop_gradients: a tensor or list of tensors that are taken for constant.
      unconnected_gradients: what stands for an x that no y depends on: None ("none") or zeros ("zero").

    Returns:
      A list as long as `xs`: a tensor of that x's shape, an IndexedSlices (for a variable that is only gathered from), or
      None.

    Raises:
      LookupError: an operation on the way has no gradient.
      ValueError: `grad_ys` has not one element for each of `ys`; a gradient function returns gradients of a wrong number
        or shape; an unknown `unconnected_gradients` or `aggregation_method`.
      TypeError: `grad_ys` does not fit the element types of `ys`, or is None for a complex one.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     x = tf.placeholder(tf.float32, [2])
    ...     tf.gradients(tf.add(x, x), [x])
    [<tf.Tensor 'gradients/AddN:0' shape=(2,) dtype=float32>]
    """
    return gradients_from(
        stacks.get_default_graph(),
        ys,
        xs,
        grad_ys,
        name,
        colocate_gradients_with_ops,
        gate_gradients,
        aggregation_method,
        stop_gradients,
        unconnected_gradients,
    )


def gradients_from(
    source_graph: Graph,
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str | None = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    stop_gradients: Any = None,
    unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
) -> list[Any]:
    """As `tf.gradients`, of results in a graph that need not be the one in which the derivatives are built."""
    unconnected = _unconnected(unconnected_gradients)
    results, sources, constants = _as_list(ys), _as_list(xs), _as_list([] if stop_gradients is None else stop_gradients)
    given = [None] * len(results) if grad_ys is None else _as_list(grad_ys)
    graph = stacks.get_default_graph()
    with graph._lock:
        with name_scope(name, "gradients", [*results, *sources, *constants, *given]):
            # TensorFlow takes this name for clusters of nodes; it counts where names are made unique.
            stacks.get_default_graph().unique_name("uid")
            y_tensors = internal_convert_n_to_tensor_or_indexed_slices(results, name="y")
            x_tensors = internal_convert_n_to_tensor_or_indexed_slices(
                [_differentiable(x) for x in sources], name="x", as_ref=True
            )
            initial = initial_gradients(given, y_tensors, colocate_gradients_with_ops)
            walk = Backprop(
                y_tensors,
                x_tensors,
                [t.op for t in constants],
                colocate=colocate_gradients_with_ops,
                gate=gate_gradients,
                method=check_method(aggregation_method),
                graph=source_graph,
            )
            walk.run(y_tensors, initial)
        # Outside the scope, as in TensorFlow: what this makes is named without it.
        walk.finish()
        return [_gradient_of(x, walk, unconnected) for x in x_tensors]


def _unconnected(value: Any) -> UnconnectedGradients:
    try:
        return UnconnectedGradients(value)
    except ValueError:
        raise ValueError(f"Unknown value for unconnected_gradients: {value!r}") from None


def _as_list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else [value]


def _differentiable(x: Any) -> Any:
    """Returns the handle of a resource variable, and anything else as it is."""
    if isinstance(x, Tensor):
        return x
    handle = getattr(x, "handle", None)
    return handle if isinstance(handle, Tensor) and handle.dtype is dtypes.resource else x


def _gradient_of(x: Tensor, walk: Backprop, unconnected: UnconnectedGradients) -> Any:
    gradient, reached = walk.received.final(x)
    if not reached and unconnected is UnconnectedGradients.ZERO:
        return zeros_for_source(x)
    return gradient
