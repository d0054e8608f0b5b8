"""Student's t-distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.ops.array.broadcast_shapes import broadcast_dynamic_shape, broadcast_static_shape
from tangraph.ops.array.concat import concat
from tangraph.ops.array.constant import constant
from tangraph.ops.array.fill import fill, ones, ones_like
from tangraph.ops.array.identity import identity
from tangraph.ops.array.shape import shape
from tangraph.ops.array.where import where_v2
from tangraph.ops.check_ops import assert_less, assert_positive
from tangraph.ops.check_shapes import assert_same_float_dtype
from tangraph.ops.control_flow.grouping import with_dependencies
from tangraph.ops.math.comparison import greater, less
from tangraph.ops.math.rounding import floor
from tangraph.ops.math.special import betainc, digamma, lbeta, lgamma
from tangraph.ops.math.unary import abs, log, log1p, rsqrt, square
from tangraph.ops.nn.activations import softplus
from tangraph.ops.random.gamma import random_gamma
from tangraph.ops.random.normal import random_normal
from tangraph_training.distributions.base import FULLY_REPARAMETERIZED, Distribution, arguments, sample_sizes
from tangraph_training.distributions.checks import next_seed

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor
    from tangraph.framework.tensor_shape import TensorShape


@export("distributions.StudentT", "contrib.distributions.StudentT")
class StudentT(Distribution):
    """Student's t-distributions.

    Args:
      df: the degrees of freedom, positive floats.
      loc: the medians, of the same type.
      scale: the scales; all are broadcast.
      validate_args: whether the run checks that `df` is positive.
      allow_nan_stats: whether moments that are not defined are NaN; otherwise the run fails.
      name: the name scope.
    """

    def __init__(
        self,
        df: Any,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "StudentT",
    ) -> None:
        parameters = arguments(locals())
        with (
            name_scope(name, values=[df, loc, scale]) as scope,
            control_dependencies([assert_positive(df)] if validate_args else []),
        ):
            self._df = identity(df, name="df")
            self._loc = identity(loc, name="loc")
            self._scale = identity(scale, name="scale")
            assert_same_float_dtype((self._df, self._loc, self._scale))
        super().__init__(
            dtype=self._scale.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._df, self._loc, self._scale],
            name=scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return sample_sizes(sample_shape, "df", "loc", "scale")

    @property
    def df(self) -> Tensor:
        """The degrees of freedom."""
        return self._df

    @property
    def loc(self) -> Tensor:
        """The medians."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """The scales."""
        return self._scale

    def _batch_shape_tensor(self) -> Tensor:
        of_df = shape(self._df)
        return broadcast_dynamic_shape(of_df, broadcast_dynamic_shape(shape(self._loc), shape(self._scale)))

    def _batch_shape(self) -> TensorShape:
        return broadcast_static_shape(broadcast_static_shape(self._df.shape, self._loc.shape), self._scale.shape)

    def _event_shape_tensor(self) -> Tensor:
        return constant([], dtype=dtypes.int32)

    def _event_shape(self) -> tuple[int, ...]:
        return ()

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        sizes = concat([[n], self.batch_shape_tensor()], 0)
        normal = random_normal(sizes, dtype=self.dtype, seed=seed)
        df: Tensor = self._df * ones(self.batch_shape_tensor(), dtype=self.dtype)
        salted = next_seed(seed, salt="student_t")
        sampled = random_gamma([n], 0.5 * df, beta=0.5, dtype=self.dtype, seed=salted)
        return normal * rsqrt(sampled / df) * self._scale + self._loc

    def _log_prob(self, value: Tensor) -> Tensor:
        y = (value - self._loc) / self._scale
        unnormalized = -0.5 * (self._df + 1.0) * log1p(y**2.0 / self._df)
        return unnormalized - self._log_normalization()

    def _log_normalization(self) -> Tensor:
        total = log(abs(self._scale)) + 0.5 * log(self._df) + 0.5 * np.log(np.pi)
        return total + lgamma(0.5 * self._df) - lgamma(0.5 * (self._df + 1.0))  # type: ignore[no-any-return]

    def _cdf(self, value: Tensor) -> Tensor:
        y = (value - self._loc) / abs(self._scale)
        x = self._df / (y**2.0 + self._df)
        lower = 0.5 * betainc(0.5 * self._df, 0.5, x)
        return where_v2(less(y, 0.0), lower, 1.0 - lower)

    def _entropy(self) -> Tensor:
        one: Any = ones(self.batch_shape_tensor(), dtype=self.dtype)
        one = one[..., np.newaxis]
        df = one * self._df[..., np.newaxis]
        halves = concat([df, one], -1) / 2.0
        total = log(abs(self._scale)) + 0.5 * log(self._df) + lbeta(halves)
        return total + 0.5 * (self._df + 1.0) * (digamma(0.5 * (self._df + 1.0)) - digamma(0.5 * self._df))

    def _mean(self) -> Tensor:
        mean: Tensor = self._loc * ones(self.batch_shape_tensor(), dtype=self.dtype)
        return self._where_defined(mean, "mean")

    def _where_defined(self, value: Tensor, what: str) -> Tensor:
        """A moment where there is more than one degree of freedom."""
        if self.allow_nan_stats:
            nan = np.array(np.nan, self.dtype.np)
            is_defined = greater(self._df, ones(self.batch_shape_tensor(), dtype=self.dtype))
            return where_v2(is_defined, value, fill(self.batch_shape_tensor(), nan, name="nan"))
        text = f"{what} not defined for components of df <= 1"
        check = assert_less(ones([], dtype=self.dtype), self._df, message=text)
        return with_dependencies([check], value)  # type: ignore[no-any-return]

    def _variance(self) -> Tensor:
        denominator = where_v2(greater(self._df, 2.0), self._df - 2.0, ones_like(self._df))
        one: Any = ones(self.batch_shape_tensor(), dtype=self.dtype)
        variance = one * square(self._scale) * self._df / denominator
        infinity = np.array(np.inf, self.dtype.np)
        is_finite: Any = self._df > fill(self.batch_shape_tensor(), 2.0)
        result = where_v2(is_finite, variance, fill(self.batch_shape_tensor(), infinity, name="inf"))
        return self._where_defined(result, "variance")

    def _mode(self) -> Tensor:
        return identity(self._loc)


@export("contrib.distributions.StudentTWithAbsDfSoftplusScale")
class StudentTWithAbsDfSoftplusScale(StudentT):
    """Student's t-distributions with ``floor(abs(df))`` and ``softplus(scale)``; see `StudentT`."""

    def __init__(
        self,
        df: Any,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "StudentTWithAbsDfSoftplusScale",
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name, values=[df, scale]) as scope:
            super().__init__(
                df=floor(abs(df)),
                loc=loc,
                scale=softplus(scale, name="softplus_scale"),
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                name=scope,
            )
        self._parameters = parameters
