"""The multinomial distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.diag import matrix_set_diag
from tangraph.ops.array.fill import ones_like
from tangraph.ops.array.identity import identity
from tangraph.ops.array.one_hot import one_hot
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import shape
from tangraph.ops.array.transpose import transpose
from tangraph.ops.check_ops import assert_equal
from tangraph.ops.control_flow.functional import map_fn
from tangraph.ops.control_flow.grouping import with_dependencies
from tangraph.ops.math.cast import cast
from tangraph.ops.math.matmul import matmul
from tangraph.ops.math.reductions import reduce_sum
from tangraph.ops.nn.softmax import log_softmax
from tangraph.ops.random.discrete import multinomial
from tangraph_training.distributions.base import NOT_REPARAMETERIZED, Distribution, arguments
from tangraph_training.distributions.checks import check_count, log_combinations, logits_and_probs

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor
    from tangraph.framework.tensor_shape import TensorShape


@export("distributions.Multinomial", "contrib.distributions.Multinomial")
class Multinomial(Distribution):
    """Counts of draws with given probabilities.

    Args:
      total_count: how many draws there are, whole numbers as floats.
      logits: logarithms of the probabilities up to a constant, the last axis being that of the vectors.
      probs: the probabilities, in place of `logits`.
      validate_args: whether the run checks parameters and values.
      allow_nan_stats: has no effect here.
      name: the name scope.
    """

    def __init__(
        self,
        total_count: Any,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Multinomial",
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name, values=[total_count, logits, probs]) as scope:
            self._total_count = convert_to_tensor(total_count, name="total_count")
            if validate_args:
                self._total_count = check_count(self._total_count)
            self._logits, self._probs = logits_and_probs(
                logits, probs, multidimensional=True, validate_args=validate_args, name=scope
            )
            self._mean_value = self._total_count[..., np.newaxis] * self._probs
        super().__init__(
            dtype=self._probs.dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._total_count, self._logits, self._probs],
            name=scope,
        )

    @property
    def total_count(self) -> Tensor:
        """How many draws there are."""
        return self._total_count

    @property
    def logits(self) -> Tensor:
        """Logarithms of the probabilities up to a constant."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities."""
        return self._probs

    def _batch_shape_tensor(self) -> Tensor:
        return shape(self._mean_value)[:-1]

    def _batch_shape(self) -> TensorShape:
        return self._mean_value.shape.with_rank_at_least(1)[:-1]

    def _event_shape_tensor(self) -> Tensor:
        return shape(self._mean_value)[-1:]

    def _event_shape(self) -> TensorShape:
        return self._mean_value.shape.with_rank_at_least(1)[-1:]

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        draws = cast(self._total_count, dtype=dtypes.int32)
        k = self.event_shape_tensor()[0]
        draws = ones_like(self._logits[..., 0], dtype=draws.dtype) * draws
        logits = ones_like(draws[..., np.newaxis], dtype=self._logits.dtype) * self._logits
        flat_logits = reshape(logits, [-1, k])
        flat_draws = n * reshape(draws, [-1])

        def one(pair: Any) -> Tensor:
            row, count = pair[0], pair[1]
            drawn = multinomial(row[np.newaxis, ...], count, seed)
            drawn = reshape(drawn, shape=[n, -1])
            return reduce_sum(one_hot(drawn, depth=k), axis=-2)

        counts = map_fn(one, [flat_logits, flat_draws], dtype=self.dtype)
        counts = transpose(counts, perm=[1, 0, 2])
        return reshape(counts, concat([[n], self.batch_shape_tensor(), [k]], 0))

    def _log_prob(self, value: Tensor) -> Tensor:
        counts = self._checked(value)
        unnormalized = reduce_sum(counts * log_softmax(self._logits), -1)
        counts = self._checked(value)
        return unnormalized - -log_combinations(self._total_count, counts)

    def _mean(self) -> Tensor:
        return identity(self._mean_value)

    def _covariance(self) -> Tensor:
        p = self._probs * ones_like(self._total_count)[..., np.newaxis]
        outer = matmul(self._mean_value[..., np.newaxis], p[..., np.newaxis, :])
        return matrix_set_diag(-outer, self._variance())

    def _variance(self) -> Tensor:
        p = self._probs * ones_like(self._total_count)[..., np.newaxis]
        return self._mean_value - self._mean_value * p

    def _checked(self, counts: Tensor) -> Tensor:
        if not self.validate_args:
            return counts
        counts = check_count(counts)
        text = "counts must sum to `self.total_count`"
        check = assert_equal(self._total_count, reduce_sum(counts, -1), message=text)
        return with_dependencies([check], counts)  # type: ignore[no-any-return]
