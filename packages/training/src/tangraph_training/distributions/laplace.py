"""Laplace's distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework.scopes import name_scope
from tangraph.ops.array.concat import concat
from tangraph.ops.array.fill import zeros_like
from tangraph.ops.math.unary import abs, exp, log, log1p, sign
from tangraph.ops.nn.activations import softplus
from tangraph.ops.random.uniform import random_uniform
from tangraph_training.distributions.base import FULLY_REPARAMETERIZED, arguments
from tangraph_training.distributions.normal import LocationScale
from tangraph_training.distributions.special import log_cdf_laplace

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


@export("distributions.Laplace", "contrib.distributions.Laplace")
class Laplace(LocationScale):
    """Laplace's distributions, two exponential ones back to back.

    Args:
      loc: the means, floats.
      scale: the mean distances from there, of the same type; both are broadcast.
      validate_args: whether the run checks that scales are positive.
      allow_nan_stats: has no effect here.
      name: the name scope.
    """

    def __init__(
        self, loc: Any, scale: Any, validate_args: bool = False, allow_nan_stats: bool = True, name: str = "Laplace"
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name, values=[loc, scale]) as scope:
            self._take(loc, scale, validate_args)
            super().__init__(
                dtype=self._loc.dtype,
                reparameterization_type=FULLY_REPARAMETERIZED,
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                parameters=parameters,
                graph_parents=[self._loc, self._scale],
                name=scope,
            )

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        sizes = concat([[n], self.batch_shape_tensor()], 0)
        number = self.dtype.np.type
        # From above -1, at which the logarithm is infinite.
        least = np.nextafter(number(-1.0), number(0.0))
        uniform = random_uniform(shape=sizes, minval=least, maxval=1.0, dtype=self.dtype, seed=seed)
        return self._loc - self._scale * sign(uniform) * log1p(-abs(uniform))

    def _prob(self, value: Tensor) -> Tensor:
        return exp(self._log_prob(value))

    def _log_cdf(self, value: Tensor) -> Tensor:
        return log_cdf_laplace(self._z(value))

    def _log_survival_function(self, value: Tensor) -> Tensor:
        return log_cdf_laplace(-self._z(value))

    def _cdf(self, value: Tensor) -> Tensor:
        z = self._z(value)
        return 0.5 + 0.5 * sign(z) * (1.0 - exp(-abs(z)))

    def _log_unnormalized_prob(self, x: Tensor) -> Tensor:
        return -abs(self._z(x))  # type: ignore[no-any-return]

    def _log_normalization(self) -> Tensor:
        return math.log(2.0) + log(self._scale)

    def _entropy(self) -> Tensor:
        scale = self._scale + zeros_like(self._loc)
        return math.log(2.0) + 1.0 + log(scale)

    def _mean(self) -> Tensor:
        return self._loc + zeros_like(self._scale)

    def _stddev(self) -> Tensor:
        return math.sqrt(2.0) * self._scale + zeros_like(self._loc)

    def _mode(self) -> Tensor:
        return self._mean()

    def _z(self, x: Tensor) -> Tensor:
        return (x - self._loc) / self._scale


@export("contrib.distributions.LaplaceWithSoftplusScale")
class LaplaceWithSoftplusScale(Laplace):
    """Laplace's distributions with the scale ``softplus(scale)``; the arguments are those of `Laplace`."""

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "LaplaceWithSoftplusScale",
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name, values=[loc, scale]) as scope:
            super().__init__(loc, softplus(scale, name="softplus_scale"), validate_args, allow_nan_stats, scope)
        self._parameters = parameters
