"""Convolution kernels that keep lengths: `convolutional_orthogonal_1d`, `_2d` and `_3d` (Xiao et al., 2018)."""

from __future__ import annotations

from functools import reduce
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.ops.state.initializer_base import FloatInitializer

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor

    #: A kernel in pieces: a matrix for each place in the window.
    Blocks = dict[tuple[int, ...], Tensor]


class _ConvolutionOrthogonal(FloatInitializer):
    """A convolution kernel with cyclic orthogonality.

    Args:
      gain: what to multiply it by.
      seed: the operation's seed; every random matrix takes the next one.
      dtype: the element type, a floating-point one.
    """

    _axes: ClassVar[int]
    _rank_name: ClassVar[str]

    def __init__(self, gain: float = 1.0, seed: int | None = None, dtype: Any = dtypes.float32) -> None:
        super().__init__(dtype)
        self.gain = gain
        self.seed = seed

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Returns a kernel with a window of equal sizes and no more channels in than out; ValueError for others."""
        from tangraph.ops.math.cast import cast

        if len(shape) != self._axes + 2:
            raise ValueError(f"The tensor to initialize must be {self._rank_name}-dimensional")
        if shape[-2] > shape[-1]:
            raise ValueError("In_filters cannot be greater than out_filters.")
        if any(size != shape[0] for size in shape[: self._axes]):
            raise ValueError("Kernel sizes must be equal.")
        kernel = self._kernel(int(shape[0]), int(shape[-2]), int(shape[-1]))
        kernel *= cast(self.gain, dtype=self._wanted(dtype))
        return kernel  # type: ignore[no-any-return]

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal initializer."""
        return {"gain": self.gain, "seed": self.seed, "dtype": self.dtype.name}

    def _kernel(self, size: int, inputs: int, outputs: int) -> Tensor:
        from tangraph.ops.array.reshape import expand_dims
        from tangraph.ops.math.matmul import matmul

        first = self._orthogonal(outputs)[0:inputs, :]
        if size == 1:
            for _ in range(self._axes):
                first = expand_dims(first, 0)
            return first
        blocks = self._blocks(outputs)
        for _ in range(size - 2):
            blocks = self._convolved(blocks, self._blocks(outputs))
        for place in product(range(size), repeat=self._axes):
            blocks[place] = matmul(first, blocks[place])
        return _stacked(blocks, size, self._axes, ())

    def _next_seed(self) -> None:
        if self.seed:
            self.seed += 1

    def _orthogonal(self, n: int) -> Tensor:
        from tangraph.ops.array.diag import diag_part
        from tangraph.ops.math.unary import sign
        from tangraph.ops.random.normal import random_normal

        normal = random_normal([n, n], dtype=self.dtype, seed=self.seed)
        self._next_seed()
        q, r = make_op("Qr", normal)
        return q * sign(diag_part(r))  # type: ignore[no-any-return]

    def _projection(self, n: int) -> Tensor:
        """A random orthogonal projection: symmetric, and equal to its square."""
        from tangraph.ops.array.transpose import matrix_transpose
        from tangraph.ops.math.arithmetic import multiply
        from tangraph.ops.math.cast import cast
        from tangraph.ops.math.matmul import matmul
        from tangraph.ops.random.normal import random_normal

        q = self._orthogonal(n)
        chosen = cast(random_normal([n], seed=self.seed) > 0, self.dtype)
        self._next_seed()
        columns = multiply(q, chosen)
        return matmul(columns, matrix_transpose(columns))

    def _blocks(self, n: int) -> Blocks:
        """A random orthogonal kernel with windows of size two: a projection and what it leaves, along each axis."""
        from tangraph.ops.array.diag import eye
        from tangraph.ops.math.matmul import matmul

        projections = [self._projection(n) for _ in range(self._axes)]
        one = eye(n, dtype=self.dtype)
        return {
            place: reduce(matmul, [self._side(i, p, one) for i, p in zip(place, projections, strict=True)])
            for place in product((0, 1), repeat=self._axes)
        }

    def _side(self, i: int, projection: Tensor, one: Tensor) -> Tensor:
        return one - projection if i else projection

    def _convolved(self, a: Blocks, b: Blocks) -> Blocks:
        from tangraph.ops.array.fill import zeros
        from tangraph.ops.math.matmul import matmul

        (a_size, b_size), n = (max(place[0] for place in m) + 1 for m in (a, b)), a[(0,) * self._axes].raw_shape
        result: Blocks = {}
        for place in product(range(a_size + b_size - 1), repeat=self._axes):
            total: Any = zeros(list(n or ()), self.dtype)
            for inner in product(*[range(min(a_size, i + 1)) for i in place]):
                rest = tuple(i - j for i, j in zip(place, inner, strict=True))
                if max(rest) < b_size:
                    total += matmul(a[inner], b[rest])
            result[place] = total
        return result


def _stacked(blocks: Blocks, size: int, axes: int, place: tuple[int, ...]) -> Tensor:
    """Puts the pieces together to one tensor, the last axis of the window first."""
    from tangraph.ops.array.packing import stack

    if len(place) == axes:
        return blocks[place]
    return stack([_stacked(blocks, size, axes, (*place, i)) for i in range(size)])


@export("contrib.framework.convolutional_orthogonal_1d")
class ConvolutionOrthogonal1D(_ConvolutionOrthogonal):
    """A kernel [width, in, out] whose convolution keeps lengths.

    Args:
      gain: what to multiply it by.
      seed: the operation's seed; every random matrix takes the next one.
      dtype: the element type, a floating-point one.
    """

    _axes = 1
    _rank_name = "three"


@export("contrib.framework.convolutional_orthogonal_2d")
class ConvolutionOrthogonal2D(_ConvolutionOrthogonal):
    """A kernel [size, size, in, out] whose convolution keeps lengths; the arguments are those of the other two."""

    _axes = 2
    _rank_name = "four"


@export("contrib.framework.convolutional_orthogonal_3d")
class ConvolutionOrthogonal3D(_ConvolutionOrthogonal):
    """A kernel [size, size, size, in, out] whose convolution keeps lengths; the arguments are those of the others."""

    _axes = 3
    _rank_name = "five"

    def _side(self, i: int, projection: Tensor, one: Tensor) -> Tensor:
        return i * projection + (1 - i) * (one - projection)
