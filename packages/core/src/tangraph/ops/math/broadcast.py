"""What binary ops with broadcasting share: their shape function and the sums in their gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.tensor import Tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def broadcast_shape(c: ShapeContext) -> Raw:
    """The shape of two inputs broadcast against each other."""
    a, b = c.shapes
    return a if a == b and a is not None and None not in a else raw_shape.broadcast(a, b)


def unchanged_shape(c: ShapeContext) -> Raw:
    """The shape of the first input."""
    return c.shapes[0]


def scalar_shape(_: ShapeContext) -> Raw:
    """The shape of a number."""
    return ()


def _gradient_args_shape(_: ShapeContext) -> list[Raw]:
    return [(None,), (None,)]


BROADCAST_GRADIENT_ARGS = ops.define(
    "BroadcastGradientArgs",
    ["s0: T", "s1: T"],
    ["r0: T", "r1: T"],
    ["T: {int32, int64} = DT_INT32"],
    shape=_gradient_args_shape,
    host_inputs=(0, 1),
)
ops.not_differentiable("BroadcastGradientArgs")


def broadcast_gradient_args(s0: Any, s1: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Returns the axes over which the gradients of two broadcast inputs are summed, given the inputs' shapes."""
    r0, r1 = make_op(BROADCAST_GRADIENT_ARGS, s0, s1, name=name)
    return r0, r1


def reduction_axes(s0: tuple[int, ...], s1: tuple[int, ...]) -> tuple[list[int], list[int]]:
    """Returns what BroadcastGradientArgs computes: the axes of each input's gradient to sum over.

    An axis that both inputs have with size 1 stands in both lists, unless the shapes are equal.

    Raises:
      ValueError: the shapes do not broadcast.

    >>> reduction_axes((2, 1), (1,)), reduction_axes((2, 3), (2, 3))
    (([1], [0, 1]), ([], []))
    """
    if s0 == s1:
        return [], []
    rank = max(len(s0), len(s1))
    padded0, padded1 = (1,) * (rank - len(s0)) + s0, (1,) * (rank - len(s1)) + s1
    for a, b in zip(padded0, padded1, strict=True):
        if a != b and 1 not in (a, b):
            raise ValueError(f"Incompatible shapes: {raw_shape.to_str(s0)} vs. {raw_shape.to_str(s1)}")
    return [i for i, d in enumerate(padded0) if d == 1], [i for i, d in enumerate(padded1) if d == 1]


def shapes_fully_specified_and_equal(x: Tensor, y: Tensor, grad: Tensor) -> bool:
    """Says whether a binary op did not broadcast, as far as the static shapes tell."""
    if not isinstance(grad, Tensor):
        return False
    shape = x.raw_shape
    return shape == y.raw_shape == grad.raw_shape and raw_shape.is_fully_defined(shape)


class BroadcastSums:
    """The sums that undo the broadcasting of a binary op in its gradient.

    Making one adds the shapes and the BroadcastGradientArgs to the graph, as TensorFlow does before the gradient proper;
    :meth:`of_x` and :meth:`of_y` add the Sum and the Reshape.

    Args:
      x, y: the inputs of the op.
      grad: the gradient of its output, for the ops (Add, Sub, Mul, Pow, SquaredDifference) whose gradients leave out
        the sums that static shapes make needless; None for the others.
    """

    def __init__(self, x: Tensor, y: Tensor, grad: Tensor | None = None) -> None:
        from tangraph.ops.array.shape import shape

        self._needed = [True, True]
        self._axes: tuple[Any, Any]
        self._shapes: tuple[Any, Any]
        known_x, known_y = x.raw_shape, y.raw_shape
        if not isinstance(grad, Tensor):
            self._shapes = shape(x), shape(y)
            self._axes = broadcast_gradient_args(*self._shapes)
        elif known_x is None or known_y is None or None in known_x or None in known_y:
            self._shapes = make_op("Shape", x), make_op("Shape", y)
            self._axes = broadcast_gradient_args(*self._shapes)
        else:
            self._shapes = known_x, known_y
            # TensorFlow adds the node once for each pair of shapes in a graph.
            cache = x.graph._broadcast_axes
            if self._shapes not in cache:
                broadcast_gradient_args(known_x, known_y)
                cache[self._shapes] = reduction_axes(known_x, known_y)  # type: ignore[arg-type]
            self._axes = cache[self._shapes]
            self._needed = [grad.raw_shape != known_x, grad.raw_shape != known_y]

    @property
    def shapes(self) -> tuple[Any, Any]:
        """The shapes of the inputs, as tensors or tuples."""
        return self._shapes

    def of_x(self, grad: Tensor) -> Tensor:
        """Returns the gradient of `x`, given what it was before summing."""
        return self._sum(0, grad)

    def of_y(self, grad: Tensor) -> Tensor:
        """Returns the gradient of `y`, given what it was before summing."""
        return self._sum(1, grad)

    def _sum(self, index: int, grad: Tensor) -> Tensor:
        from tangraph.ops.array.reshape import reshape
        from tangraph.ops.math.reductions import reduce_sum

        if not self._needed[index]:
            return grad
        result: Tensor = reshape(reduce_sum(grad, self._axes[index]), self._shapes[index])
        return result


def reduced_gradients(op: Operation, grad_x: Tensor, grad_y: Tensor) -> list[Tensor]:
    """Sums the gradients of a binary op's inputs over the axes along which the inputs were broadcast."""
    sums = BroadcastSums(op.inputs[0], op.inputs[1])
    return [sums.of_x(grad_x), sums.of_y(grad_y)]
