"""The normal distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.ops.array.broadcast_shapes import broadcast_dynamic_shape, broadcast_static_shape
from tangraph.ops.array.concat import concat
from tangraph.ops.array.constant import constant
from tangraph.ops.array.fill import ones_like
from tangraph.ops.array.identity import identity
from tangraph.ops.array.shape import shape
from tangraph.ops.check_ops import assert_positive
from tangraph.ops.check_shapes import assert_same_float_dtype
from tangraph.ops.math.arithmetic import squared_difference
from tangraph.ops.math.unary import log, square
from tangraph.ops.nn.activations import softplus
from tangraph.ops.random.normal import random_normal
from tangraph_training.distributions.base import FULLY_REPARAMETERIZED, Distribution, arguments, sample_sizes
from tangraph_training.distributions.divergence import RegisterKL
from tangraph_training.distributions.special import log_ndtr, ndtr, ndtri

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor
    from tangraph.framework.tensor_shape import TensorShape


class LocationScale(Distribution):
    """A distribution of real numbers that is moved by `loc` and stretched by `scale`."""

    _loc: Tensor
    _scale: Tensor

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return sample_sizes(sample_shape, "loc", "scale")

    @property
    def loc(self) -> Tensor:
        """Where it is."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """How wide it is."""
        return self._scale

    def _take(self, loc: Any, scale: Any, validate_args: bool) -> None:
        with control_dependencies([assert_positive(scale)] if validate_args else []):
            self._loc = identity(loc, name="loc")
            self._scale = identity(scale, name="scale")
            assert_same_float_dtype([self._loc, self._scale])

    def _batch_shape_tensor(self) -> Tensor:
        return broadcast_dynamic_shape(shape(self._loc), shape(self._scale))

    def _batch_shape(self) -> TensorShape:
        return broadcast_static_shape(self._loc.shape, self._scale.shape)

    def _event_shape_tensor(self) -> Tensor:
        return constant([], dtype=dtypes.int32)

    def _event_shape(self) -> tuple[int, ...]:
        return ()

    def _log_unnormalized_prob(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def _log_normalization(self) -> Tensor:
        raise NotImplementedError

    def _log_prob(self, value: Tensor) -> Tensor:
        return self._log_unnormalized_prob(value) - self._log_normalization()


@export("distributions.Normal", "contrib.distributions.Normal")
class Normal(LocationScale):
    """Normal distributions.

    Args:
      loc: the means, floats.
      scale: the standard deviations, of the same type; both are broadcast.
      validate_args: whether the run checks that scales are positive.
      allow_nan_stats: has no effect here.
      name: the name scope.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.distributions.Normal(0.0, [1.0, 2.0]).cdf(0.0)).tolist()
    [0.5, 0.5]
    """

    def __init__(
        self, loc: Any, scale: Any, validate_args: bool = False, allow_nan_stats: bool = True, name: str = "Normal"
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name, values=[loc, scale]) as scope:
            self._take(loc, scale, validate_args)
        super().__init__(
            dtype=self._scale.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._loc, self._scale],
            name=scope,
        )

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        sizes = concat([[n], self.batch_shape_tensor()], 0)
        sampled = random_normal(shape=sizes, mean=0.0, stddev=1.0, dtype=self._loc.dtype, seed=seed)
        return sampled * self._scale + self._loc

    def _log_cdf(self, value: Tensor) -> Tensor:
        return log_ndtr(self._z(value))

    def _cdf(self, value: Tensor) -> Tensor:
        return ndtr(self._z(value))

    def _log_survival_function(self, value: Tensor) -> Tensor:
        return log_ndtr(-self._z(value))

    def _survival_function(self, value: Tensor) -> Tensor:
        return ndtr(-self._z(value))

    def _log_unnormalized_prob(self, x: Tensor) -> Tensor:
        return -0.5 * square(self._z(x))

    def _log_normalization(self) -> Tensor:
        return 0.5 * math.log(2.0 * math.pi) + log(self._scale)

    def _entropy(self) -> Tensor:
        scale = self._scale * ones_like(self._loc)
        return 0.5 * math.log(2.0 * math.pi * math.e) + log(scale)

    def _mean(self) -> Tensor:
        return self._loc * ones_like(self._scale)

    def _quantile(self, value: Tensor) -> Tensor:
        z = ndtri(value)
        with name_scope("reconstruct", values=[z]):
            return z * self._scale + self._loc

    def _stddev(self) -> Tensor:
        return self._scale * ones_like(self._loc)

    def _mode(self) -> Tensor:
        return self._mean()

    def _z(self, x: Tensor) -> Tensor:
        with name_scope("standardize", values=[x]):
            return (x - self._loc) / self._scale


@export("contrib.distributions.NormalWithSoftplusScale")
class NormalWithSoftplusScale(Normal):
    """Normal distributions whose standard deviation is ``softplus(scale)``; the arguments are those of `Normal`."""

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "NormalWithSoftplusScale",
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name, values=[scale]) as scope:
            super().__init__(loc, softplus(scale, name="softplus_scale"), validate_args, allow_nan_stats, scope)
        self._parameters = parameters


@RegisterKL(Normal, Normal)
def _kl_normal_normal(a: Normal, b: Normal, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_normal_normal", [a.loc, b.loc]):
        one, two, half = (constant(value, dtype=a.dtype) for value in (1, 2, 0.5))
        a_variance = square(a.scale)
        b_variance = square(b.scale)
        ratio = a_variance / b_variance
        distance = squared_difference(a.loc, b.loc) / (two * b_variance)
        return distance + half * (ratio - one - log(ratio))
