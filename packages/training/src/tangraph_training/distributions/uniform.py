"""The uniform distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.ops.array.broadcast_shapes import broadcast_dynamic_shape, broadcast_static_shape
from tangraph.ops.array.concat import concat
from tangraph.ops.array.constant import constant
from tangraph.ops.array.fill import ones, ones_like, zeros, zeros_like
from tangraph.ops.array.identity import identity
from tangraph.ops.array.shape import shape
from tangraph.ops.array.where import where_v2
from tangraph.ops.check_ops import assert_less
from tangraph.ops.check_shapes import assert_same_float_dtype
from tangraph.ops.math.logical import logical_or
from tangraph.ops.math.rounding import is_nan
from tangraph.ops.math.unary import log, square
from tangraph.ops.random.uniform import random_uniform
from tangraph_training.distributions.base import FULLY_REPARAMETERIZED, Distribution, arguments, sample_sizes

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor
    from tangraph.framework.tensor_shape import TensorShape


@export("distributions.Uniform", "contrib.distributions.Uniform")
class Uniform(Distribution):
    """Uniform distributions of real numbers.

    Args:
      low: the lower ends, which belong to them.
      high: the upper ends, which do not; both are broadcast.
      validate_args: whether the run checks that `low` is less than `high`.
      allow_nan_stats: has no effect here.
      name: the name scope.
    """

    def __init__(
        self,
        low: Any = 0.0,
        high: Any = 1.0,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Uniform",
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name, values=[low, high]) as scope:
            text = "uniform not defined when low >= high."
            with control_dependencies([assert_less(low, high, message=text)] if validate_args else []):
                self._low = identity(low, name="low")
                self._high = identity(high, name="high")
                assert_same_float_dtype([self._low, self._high])
        super().__init__(
            dtype=self._low.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._low, self._high],
            name=scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return sample_sizes(sample_shape, "low", "high")

    @property
    def low(self) -> Tensor:
        """The lower ends."""
        return self._low

    @property
    def high(self) -> Tensor:
        """The upper ends."""
        return self._high

    def range(self, name: str = "range") -> Tensor:
        """Returns the lengths of the ranges."""
        with self._name_scope(name):
            return self._high - self._low

    def _batch_shape_tensor(self) -> Tensor:
        return broadcast_dynamic_shape(shape(self._low), shape(self._high))

    def _batch_shape(self) -> TensorShape:
        return broadcast_static_shape(self._low.shape, self._high.shape)

    def _event_shape_tensor(self) -> Tensor:
        return constant([], dtype=dtypes.int32)

    def _event_shape(self) -> tuple[int, ...]:
        return ()

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        sizes = concat([[n], self.batch_shape_tensor()], 0)
        samples = random_uniform(shape=sizes, dtype=self.dtype, seed=seed)
        return self._low + self.range() * samples

    def _prob(self, value: Tensor) -> Tensor:
        x: Tensor = value * ones(self.batch_shape_tensor(), dtype=value.dtype)
        is_missing = is_nan(x)
        is_outside = logical_or(x < self._low, x >= self._high)
        zero = zeros_like(x)
        density = ones_like(x) / self.range()
        return where_v2(is_missing, x, where_v2(is_outside, zero, density))

    def _cdf(self, value: Tensor) -> Tensor:
        whole = broadcast_dynamic_shape(shape(value), self.batch_shape_tensor())
        zero = zeros(whole, dtype=self.dtype)
        one = ones(whole, dtype=self.dtype)
        x: Tensor = value * one
        below = where_v2(value < self._low, zero, (x - self._low) / self.range())
        return where_v2(value >= self._high, one, below)

    def _entropy(self) -> Tensor:
        return log(self.range())

    def _mean(self) -> Tensor:
        return (self._low + self._high) / 2.0

    def _variance(self) -> Tensor:
        return square(self.range()) / 12.0

    def _stddev(self) -> Tensor:
        return self.range() / math.sqrt(12.0)
