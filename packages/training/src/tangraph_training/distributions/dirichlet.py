"""Dirichlet's distribution, and the counts that are drawn with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.diag import matrix_set_diag
from tangraph.ops.array.fill import fill, ones
from tangraph.ops.array.one_hot import one_hot
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import shape
from tangraph.ops.array.where import where_v2
from tangraph.ops.check_ops import assert_equal, assert_less, assert_near, assert_positive
from tangraph.ops.check_shapes import assert_rank_at_least
from tangraph.ops.control_flow.grouping import with_dependencies
from tangraph.ops.math.cast import cast
from tangraph.ops.math.matmul import matmul
from tangraph.ops.math.power import xlogy
from tangraph.ops.math.reductions import reduce_all, reduce_sum
from tangraph.ops.math.special import digamma, lbeta
from tangraph.ops.math.unary import exp, log, rsqrt, sqrt
from tangraph.ops.random.discrete import multinomial
from tangraph.ops.random.gamma import random_gamma
from tangraph_training.distributions.base import (
    FULLY_REPARAMETERIZED,
    NOT_REPARAMETERIZED,
    Distribution,
    arguments,
)
from tangraph_training.distributions.checks import check_count, check_event_size, log_combinations, next_seed
from tangraph_training.distributions.divergence import RegisterKL

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor
    from tangraph.framework.tensor_shape import TensorShape


class _Concentrated(Distribution):
    """A distribution of vectors with a concentration for each element."""

    _concentration: Tensor
    _total: Tensor

    @property
    def concentration(self) -> Tensor:
        """The concentrations."""
        return self._concentration

    @property
    def total_concentration(self) -> Tensor:
        """Their sums."""
        return self._total

    def _batch_shape_tensor(self) -> Tensor:
        return shape(self._total)

    def _batch_shape(self) -> TensorShape:
        return self._total.shape

    def _event_shape_tensor(self) -> Tensor:
        return shape(self._concentration)[-1:]

    def _event_shape(self) -> TensorShape:
        return self._concentration.shape.with_rank_at_least(1)[-1:]

    def _variance_scale_term(self) -> Tensor:
        raise NotImplementedError

    def _covariance(self) -> Tensor:
        x = self._variance_scale_term() * self._mean()
        outer = matmul(x[..., np.newaxis], x[..., np.newaxis, :])
        return matrix_set_diag(-outer, self._variance())


@export("distributions.Dirichlet", "contrib.distributions.Dirichlet")
class Dirichlet(_Concentrated):
    """Dirichlet's distributions, of vectors of positive numbers whose sum is 1.

    Args:
      concentration: positive floats, the last axis being that of the vectors.
      validate_args: whether the run checks parameters and values.
      allow_nan_stats: whether modes that are not defined are NaN; otherwise the run fails.
      name: the name scope.
    """

    def __init__(
        self, concentration: Any, validate_args: bool = False, allow_nan_stats: bool = True, name: str = "Dirichlet"
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name, values=[concentration]) as scope:
            tensor = convert_to_tensor(concentration, name="concentration")
            self._concentration = _checked_concentration(tensor) if validate_args else tensor
            self._total = reduce_sum(self._concentration, -1)
        super().__init__(
            dtype=self._concentration.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._concentration, self._total],
            name=scope,
        )

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        sampled = random_gamma(shape=[n], alpha=self._concentration, dtype=self.dtype, seed=seed)
        return sampled / reduce_sum(sampled, -1, keepdims=True)

    def _log_prob(self, value: Tensor) -> Tensor:
        value = self._checked(value)
        unnormalized = reduce_sum(xlogy(self._concentration - 1.0, value), -1)
        return unnormalized - lbeta(self._concentration)

    def _prob(self, value: Tensor) -> Tensor:
        return exp(self._log_prob(value))

    def _entropy(self) -> Tensor:
        count: Any = cast(self.event_shape_tensor()[0], self.dtype)
        total = lbeta(self._concentration) + (self._total - count) * digamma(self._total)
        each = (self._concentration - 1.0) * digamma(self._concentration)
        return total - reduce_sum(each, axis=-1)  # type: ignore[no-any-return]

    def _mean(self) -> Tensor:
        return self._concentration / self._total[..., np.newaxis]

    def _variance(self) -> Tensor:
        scale = self._variance_scale_term()
        x = scale * self._mean()
        return x * (scale - x)

    def _variance_scale_term(self) -> Tensor:
        return rsqrt(1.0 + self._total[..., np.newaxis])

    def _mode(self) -> Tensor:
        count: Any = cast(self.event_shape_tensor()[0], self.dtype)
        mode = (self._concentration - 1.0) / (self._total[..., np.newaxis] - count)
        if self.allow_nan_stats:
            nan = fill(shape(mode), np.array(np.nan, self.dtype.np), name="nan")
            return where_v2(reduce_all(self._concentration > 1.0, axis=-1), mode, nan)
        text = "Mode undefined when any concentration <= 1"
        check = assert_less(ones([], self.dtype), self._concentration, message=text)
        return with_dependencies([check], mode)  # type: ignore[no-any-return]

    def _checked(self, x: Tensor) -> Tensor:
        if not self.validate_args:
            return x
        text = "sample last-dimension must sum to `1`"
        checks = [
            assert_positive(x, message="samples must be positive"),
            assert_near(ones([], dtype=self.dtype), reduce_sum(x, -1), message=text),
        ]
        return with_dependencies(checks, x)  # type: ignore[no-any-return]


def _checked_concentration(x: Tensor) -> Tensor:
    checks = [
        assert_positive(x, message="Concentration parameter must be positive."),
        assert_rank_at_least(x, 1, message="Concentration parameter must have >=1 dimensions."),
        assert_less(1, shape(x)[-1], message="Concentration parameter must have event_size >= 2."),
    ]
    return with_dependencies(checks, x)  # type: ignore[no-any-return]


@RegisterKL(Dirichlet, Dirichlet)
def _kl_dirichlet_dirichlet(a: Dirichlet, b: Dirichlet, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_dirichlet_dirichlet", values=[a.concentration, b.concentration]):
        of_sum = digamma(reduce_sum(a.concentration, axis=-1, keepdims=True))
        relative = digamma(a.concentration) - of_sum
        difference = a.concentration - b.concentration
        total = reduce_sum(difference * relative, axis=-1)
        return total - lbeta(a.concentration) + lbeta(b.concentration)


@export("distributions.DirichletMultinomial", "contrib.distributions.DirichletMultinomial")
class DirichletMultinomial(_Concentrated):
    """Counts of draws whose probabilities are drawn from Dirichlet's distribution.

    Args:
      total_count: how many draws there are, whole numbers as floats.
      concentration: positive floats of the same type, the last axis being that of the vectors.
      validate_args: whether the run checks parameters and values.
      allow_nan_stats: has no effect here.
      name: the name scope.
    """

    def __init__(
        self,
        total_count: Any,
        concentration: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "DirichletMultinomial",
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name, values=[total_count, concentration]) as scope:
            self._total_count = convert_to_tensor(total_count, name="total_count")
            if validate_args:
                self._total_count = check_count(self._total_count)
            self._concentration = convert_to_tensor(concentration, name="concentration")
            if validate_args:
                sized = check_event_size(self._concentration)
                check = assert_positive(sized, message="Concentration parameter must be positive.")
                self._concentration = with_dependencies([check], sized)
            self._total = reduce_sum(self._concentration, -1)
        super().__init__(
            dtype=self._concentration.dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._total_count, self._concentration],
            name=scope,
        )

    @property
    def total_count(self) -> Tensor:
        """How many draws there are."""
        return self._total_count

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        draws = cast(self._total_count, dtype=dtypes.int32)
        k = self.event_shape_tensor()[0]
        sampled = random_gamma(shape=[n], alpha=self._concentration, dtype=self.dtype, seed=seed)
        logits = reshape(log(sampled), shape=[-1, k])
        drawn = multinomial(logits=logits, num_samples=draws, seed=next_seed(seed, salt="dirichlet_multinomial"))
        counts = reduce_sum(one_hot(drawn, depth=k), -2)
        whole = concat([[n], self.batch_shape_tensor(), [k]], 0)
        return cast(reshape(counts, whole), self.dtype)  # type: ignore[no-any-return]

    def _log_prob(self, value: Tensor) -> Tensor:
        value = self._checked(value)
        ordered = lbeta(self._concentration + value) - lbeta(self._concentration)
        return ordered + log_combinations(self._total_count, value)

    def _prob(self, value: Tensor) -> Tensor:
        return exp(self._log_prob(value))

    def _mean(self) -> Tensor:
        return self._total_count * (self._concentration / self._total[..., np.newaxis])

    def _variance(self) -> Tensor:
        scale = self._variance_scale_term()
        x = scale * self._mean()
        return x * (self._total_count * scale - x)

    def _variance_scale_term(self) -> Tensor:
        total = self._total[..., np.newaxis]
        return sqrt((1.0 + total / self._total_count) / (1.0 + total))

    def _checked(self, counts: Tensor) -> Tensor:
        if not self.validate_args:
            return counts
        counts = check_count(counts)
        text = "counts last-dimension must sum to `self.total_count`"
        check = assert_equal(self._total_count, reduce_sum(counts, -1), message=text)
        return with_dependencies([check], counts)  # type: ignore[no-any-return]
