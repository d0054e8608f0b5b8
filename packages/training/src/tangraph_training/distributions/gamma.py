"""The gamma distribution, and the exponential one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.broadcast_shapes import broadcast_dynamic_shape, broadcast_static_shape
from tangraph.ops.array.concat import concat
from tangraph.ops.array.constant import constant
from tangraph.ops.array.fill import fill, ones
from tangraph.ops.array.identity import identity
from tangraph.ops.array.shape import shape
from tangraph.ops.array.where import where_v2
from tangraph.ops.check_ops import assert_less, assert_positive
from tangraph.ops.check_shapes import assert_same_float_dtype
from tangraph.ops.control_flow.grouping import with_dependencies
from tangraph.ops.math.power import xlogy
from tangraph.ops.math.special import digamma, igamma, lgamma
from tangraph.ops.math.unary import log, sqrt, square
from tangraph.ops.nn.activations import softplus
from tangraph.ops.random.gamma import random_gamma
from tangraph.ops.random.uniform import random_uniform
from tangraph_training.distributions.base import FULLY_REPARAMETERIZED, Distribution, arguments, sample_sizes
from tangraph_training.distributions.divergence import RegisterKL

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor
    from tangraph.framework.tensor_shape import TensorShape


@export("distributions.Gamma", "contrib.distributions.Gamma")
class Gamma(Distribution):
    """Gamma distributions.

    Args:
      concentration: the shape parameters, positive floats.
      rate: the inverse scales, of the same type; both are broadcast.
      validate_args: whether the run checks that both are positive.
      allow_nan_stats: whether modes that are not defined are NaN; otherwise the run fails.
      name: the name scope.
    """

    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Gamma",
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name, values=[concentration, rate]) as scope:
            checks = [assert_positive(concentration), assert_positive(rate)] if validate_args else []
            with control_dependencies(checks):
                self._concentration = identity(concentration, name="concentration")
                self._rate = identity(rate, name="rate")
                assert_same_float_dtype([self._concentration, self._rate])
        super().__init__(
            dtype=self._concentration.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._concentration, self._rate],
            name=scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return sample_sizes(sample_shape, "concentration", "rate")

    @property
    def concentration(self) -> Tensor:
        """The shape parameters."""
        return self._concentration

    @property
    def rate(self) -> Tensor:
        """The inverse scales."""
        return self._rate

    def _batch_shape_tensor(self) -> Tensor:
        return broadcast_dynamic_shape(shape(self._concentration), shape(self._rate))

    def _batch_shape(self) -> TensorShape:
        return broadcast_static_shape(self._concentration.shape, self._rate.shape)

    def _event_shape_tensor(self) -> Tensor:
        return constant([], dtype=dtypes.int32)

    def _event_shape(self) -> tuple[int, ...]:
        return ()

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        return random_gamma(shape=[n], alpha=self._concentration, beta=self._rate, dtype=self.dtype, seed=seed)

    def _log_prob(self, value: Tensor) -> Tensor:
        value = self._checked(value)
        unnormalized = xlogy(self._concentration - 1.0, value) - self._rate * value
        return unnormalized - (lgamma(self._concentration) - self._concentration * log(self._rate))

    def _cdf(self, value: Tensor) -> Tensor:
        value = self._checked(value)
        return igamma(self._concentration, self._rate * value)

    def _entropy(self) -> Tensor:
        shape_ = self._concentration
        return shape_ - log(self._rate) + lgamma(shape_) + (1.0 - shape_) * digamma(shape_)

    def _mean(self) -> Tensor:
        return self._concentration / self._rate

    def _variance(self) -> Tensor:
        return self._concentration / square(self._rate)

    def _stddev(self) -> Tensor:
        return sqrt(self._concentration) / self._rate

    def _mode(self) -> Tensor:
        mode = (self._concentration - 1.0) / self._rate
        if self.allow_nan_stats:
            nan = fill(self.batch_shape_tensor(), np.array(np.nan, self.dtype.np), name="nan")
            return where_v2(self._concentration > 1.0, mode, nan)
        text = "mode not defined when any concentration <= 1"
        check = assert_less(ones([], self.dtype), self._concentration, message=text)
        return with_dependencies([check], mode)  # type: ignore[no-any-return]

    def _checked(self, x: Tensor) -> Tensor:
        assert_same_float_dtype(tensors=[x], dtype=self.dtype)
        if not self.validate_args:
            return x
        return with_dependencies([assert_positive(x)], x)  # type: ignore[no-any-return]


@export("contrib.distributions.GammaWithSoftplusConcentrationRate")
class GammaWithSoftplusConcentrationRate(Gamma):
    """Gamma distributions with the softplus of both parameters; the arguments are those of `Gamma`."""

    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "GammaWithSoftplusConcentrationRate",
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name, values=[concentration, rate]) as scope:
            super().__init__(
                concentration=softplus(concentration, name="softplus_concentration"),
                rate=softplus(rate, name="softplus_rate"),
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=scope,
            )
        self._parameters = parameters


@export("distributions.Exponential", "contrib.distributions.Exponential")
class Exponential(Gamma):
    """Exponential distributions.

    Args:
      rate: the inverse means, positive floats.
      validate_args: whether the run checks that they are.
      allow_nan_stats: whether modes that are not defined are NaN.
      name: the name scope.
    """

    def __init__(
        self, rate: Any, validate_args: bool = False, allow_nan_stats: bool = True, name: str = "Exponential"
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name, values=[rate]) as scope:
            tensor = convert_to_tensor(rate, name="rate")
        one = ones([], dtype=tensor.dtype)
        super().__init__(one, tensor, validate_args, allow_nan_stats, scope)
        self._parameters = parameters
        self._graph_parents += [tensor]

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return sample_sizes(sample_shape, "rate")

    def _log_survival_function(self, value: Tensor) -> Tensor:
        return self._log_prob(value) - log(self._rate)

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        sizes = concat([[n], shape(self._rate)], 0)
        # From above 0, at which the logarithm is infinite.
        least = np.finfo(self.dtype.np).tiny
        sampled = random_uniform(sizes, minval=least, maxval=1.0, seed=seed, dtype=self.dtype)
        return -log(sampled) / self._rate


@export("contrib.distributions.ExponentialWithSoftplusRate")
class ExponentialWithSoftplusRate(Exponential):
    """Exponential distributions with the rate ``softplus(rate)``; the arguments are those of `Exponential`."""

    def __init__(
        self,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "ExponentialWithSoftplusRate",
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name, values=[rate]) as scope:
            super().__init__(softplus(rate, name="softplus_rate"), validate_args, allow_nan_stats, scope)
        self._parameters = parameters


@RegisterKL(Gamma, Gamma)
def _kl_gamma_gamma(a: Gamma, b: Gamma, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_gamma_gamma", values=[a.concentration, a.rate, b.concentration, b.rate]):
        difference = (a.concentration - b.concentration) * digamma(a.concentration)
        total = difference + lgamma(b.concentration) - lgamma(a.concentration)
        total = total + b.concentration * log(a.rate) - b.concentration * log(b.rate)
        return total + a.concentration * (b.rate / a.rate - 1.0)
