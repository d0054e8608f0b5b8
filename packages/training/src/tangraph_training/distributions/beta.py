"""The beta distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.constant import constant
from tangraph.ops.array.fill import fill, ones, ones_like
from tangraph.ops.array.shape import shape
from tangraph.ops.array.where import where_v2
from tangraph.ops.check_ops import assert_less, assert_positive
from tangraph.ops.check_shapes import assert_same_float_dtype
from tangraph.ops.control_flow.grouping import with_dependencies
from tangraph.ops.math.logical import logical_and
from tangraph.ops.math.power import xlogy
from tangraph.ops.math.special import betainc, digamma, lgamma
from tangraph.ops.math.unary import exp, log, log1p
from tangraph.ops.nn.activations import softplus
from tangraph.ops.random.gamma import random_gamma
from tangraph_training.distributions.base import FULLY_REPARAMETERIZED, Distribution, arguments, sample_sizes
from tangraph_training.distributions.checks import next_seed
from tangraph_training.distributions.divergence import RegisterKL

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor
    from tangraph.framework.tensor_shape import TensorShape


@export("distributions.Beta", "contrib.distributions.Beta")
class Beta(Distribution):
    """Beta distributions, of numbers between 0 and 1.

    Args:
      concentration1: positive floats; the greater, the nearer to 1.
      concentration0: of the same type; the greater, the nearer to 0. Both are broadcast.
      validate_args: whether the run checks parameters and values.
      allow_nan_stats: whether modes that are not defined are NaN; otherwise the run fails.
      name: the name scope.
    """

    def __init__(
        self,
        concentration1: Any = None,
        concentration0: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Beta",
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name, values=[concentration1, concentration0]) as scope:
            first = convert_to_tensor(concentration1, name="concentration1")
            self._concentration1 = _checked_concentration(first, validate_args)
            second = convert_to_tensor(concentration0, name="concentration0")
            self._concentration0 = _checked_concentration(second, validate_args)
            assert_same_float_dtype([self._concentration1, self._concentration0])
            self._total = self._concentration1 + self._concentration0
        super().__init__(
            dtype=self._total.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._concentration1, self._concentration0, self._total],
            name=scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return sample_sizes(sample_shape, "concentration1", "concentration0")

    @property
    def concentration1(self) -> Tensor:
        """What draws to 1."""
        return self._concentration1

    @property
    def concentration0(self) -> Tensor:
        """What draws to 0."""
        return self._concentration0

    @property
    def total_concentration(self) -> Tensor:
        """The sum of both."""
        return self._total

    def _batch_shape_tensor(self) -> Tensor:
        return shape(self._total)

    def _batch_shape(self) -> TensorShape:
        return self._total.shape

    def _event_shape_tensor(self) -> Tensor:
        return constant([], dtype=dtypes.int32)

    def _event_shape(self) -> tuple[int, ...]:
        return ()

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        first = ones_like(self._total, dtype=self.dtype) * self._concentration1
        second = ones_like(self._total, dtype=self.dtype) * self._concentration0
        a = random_gamma(shape=[n], alpha=first, dtype=self.dtype, seed=seed)
        b = random_gamma(shape=[n], alpha=second, dtype=self.dtype, seed=next_seed(seed, "beta"))
        return a / (a + b)

    def _log_prob(self, value: Tensor) -> Tensor:
        value = self._checked(value)
        unnormalized = xlogy(self._concentration1 - 1.0, value) + (self._concentration0 - 1.0) * log1p(-value)
        return unnormalized - self.log_normalization()

    def _prob(self, value: Tensor) -> Tensor:
        return exp(self._log_prob(value))

    def _log_cdf(self, value: Tensor) -> Tensor:
        return log(self._cdf(value))

    def _cdf(self, value: Tensor) -> Tensor:
        return betainc(self._concentration1, self._concentration0, value)

    def log_normalization(self) -> Tensor:
        """Returns the logarithm of the beta function of the parameters."""
        return lgamma(self._concentration1) + lgamma(self._concentration0) - lgamma(self._total)

    def _entropy(self) -> Tensor:
        a, b, total = self._concentration1, self._concentration0, self._total
        result = self.log_normalization() - (a - 1.0) * digamma(a)
        return result - (b - 1.0) * digamma(b) + (total - 2.0) * digamma(total)

    def _mean(self) -> Tensor:
        return self._concentration1 / self._total

    def _variance(self) -> Tensor:
        return self._mean() * (1.0 - self._mean()) / (1.0 + self._total)

    def _mode(self) -> Tensor:
        mode = (self._concentration1 - 1.0) / (self._total - 2.0)
        if self.allow_nan_stats:
            nan = fill(self.batch_shape_tensor(), np.array(np.nan, self.dtype.np), name="nan")
            is_defined = logical_and(self._concentration1 > 1.0, self._concentration0 > 1.0)
            return where_v2(is_defined, mode, nan)
        checks = [
            assert_less(ones([], dtype=self.dtype), which, message=f"Mode undefined for {what} <= 1.")
            for which, what in ((self._concentration1, "concentration1"), (self._concentration0, "concentration0"))
        ]
        return with_dependencies(checks, mode)  # type: ignore[no-any-return]

    def _checked(self, x: Tensor) -> Tensor:
        if not self.validate_args:
            return x
        checks = [
            assert_positive(x, message="sample must be positive"),
            assert_less(x, ones([], self.dtype), message="sample must be less than `1`."),
        ]
        return with_dependencies(checks, x)  # type: ignore[no-any-return]


def _checked_concentration(concentration: Tensor, validate_args: bool) -> Tensor:
    if not validate_args:
        return concentration
    check = assert_positive(concentration, message="Concentration parameter must be positive.")
    return with_dependencies([check], concentration)  # type: ignore[no-any-return]


@export("contrib.distributions.BetaWithSoftplusConcentration")
class BetaWithSoftplusConcentration(Beta):
    """Beta distributions with the softplus of both parameters; the arguments are those of `Beta`."""

    def __init__(
        self,
        concentration1: Any,
        concentration0: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "BetaWithSoftplusConcentration",
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name, values=[concentration1, concentration0]) as scope:
            super().__init__(
                concentration1=softplus(concentration1, name="softplus_concentration1"),
                concentration0=softplus(concentration0, name="softplus_concentration0"),
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=scope,
            )
        self._parameters = parameters


@RegisterKL(Beta, Beta)
def _kl_beta_beta(a: Beta, b: Beta, name: str | None = None) -> Tensor:
    values = [t for d in (a, b) for t in (d.concentration1, d.concentration0, d.total_concentration)]
    with name_scope(name, "kl_beta_beta", values=values):
        result = b.log_normalization() - a.log_normalization()
        result = result - digamma(a.concentration1) * (b.concentration1 - a.concentration1)
        result = result - digamma(a.concentration0) * (b.concentration0 - a.concentration0)
        return result + digamma(a.total_concentration) * (b.total_concentration - a.total_concentration)
