"""Bernoulli's distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.ops.array.concat import concat
from tangraph.ops.array.constant import constant
from tangraph.ops.array.fill import ones_like
from tangraph.ops.array.identity import identity
from tangraph.ops.array.shape import shape
from tangraph.ops.math.cast import cast
from tangraph.ops.math.comparison import less
from tangraph.ops.math.unary import sigmoid
from tangraph.ops.nn.activations import softplus
from tangraph.ops.nn.logistic_loss import sigmoid_cross_entropy_with_logits
from tangraph.ops.random.uniform import random_uniform
from tangraph_training.distributions.base import NOT_REPARAMETERIZED, Distribution, arguments, sample_sizes
from tangraph_training.distributions.checks import check_integer, logits_and_probs
from tangraph_training.distributions.divergence import RegisterKL

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor
    from tangraph.framework.tensor_shape import TensorShape


@export("distributions.Bernoulli", "contrib.distributions.Bernoulli")
class Bernoulli(Distribution):
    """Bernoulli's distributions, of 0 and 1.

    Args:
      logits: logarithms of the odds of 1.
      probs: the probabilities of 1, in place of `logits`.
      dtype: the type of samples.
      validate_args: whether the run checks parameters and values.
      allow_nan_stats: has no effect here.
      name: the name scope.

    Raises:
      ValueError: both `logits` and `probs`, or none.
    """

    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = dtypes.int32,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Bernoulli",
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name) as scope:
            self._logits, self._probs = logits_and_probs(logits, probs, validate_args=validate_args, name=scope)
        super().__init__(
            dtype=dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._logits, self._probs],
            name=scope,
        )

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        return sample_sizes(sample_shape, "logits")

    @property
    def logits(self) -> Tensor:
        """Logarithms of the odds of 1."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities of 1."""
        return self._probs

    def _batch_shape_tensor(self) -> Tensor:
        return shape(self._logits)

    def _batch_shape(self) -> TensorShape:
        return self._logits.shape

    def _event_shape_tensor(self) -> Tensor:
        return constant([], dtype=dtypes.int32)

    def _event_shape(self) -> tuple[int, ...]:
        return ()

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        sizes = concat([[n], self.batch_shape_tensor()], 0)
        uniform = random_uniform(sizes, seed=seed, dtype=self._probs.dtype)
        return cast(less(uniform, self._probs), self.dtype)  # type: ignore[no-any-return]

    def _log_prob(self, value: Tensor) -> Tensor:
        if self.validate_args:
            value = check_integer(value, dtypes.bool)
        event = cast(value, self._logits.dtype)
        logits, known = self._logits, event.raw_shape
        if known is None or None in known or known != logits.raw_shape:
            logits, event = ones_like(event) * logits, ones_like(logits) * event
        return -sigmoid_cross_entropy_with_logits(labels=event, logits=logits)

    def _entropy(self) -> Tensor:
        return -self._logits * (sigmoid(self._logits) - 1) + softplus(-self._logits)

    def _mean(self) -> Tensor:
        return identity(self._probs)

    def _variance(self) -> Tensor:
        return self._mean() * (1.0 - self._probs)

    def _mode(self) -> Tensor:
        return cast(self._probs > 0.5, self.dtype)  # type: ignore[no-any-return]


@RegisterKL(Bernoulli, Bernoulli)
def _kl_bernoulli_bernoulli(a: Bernoulli, b: Bernoulli, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_bernoulli_bernoulli", values=[a.logits, b.logits]):
        of_zero = softplus(-b.logits) - softplus(-a.logits)
        of_one = softplus(b.logits) - softplus(a.logits)
        return sigmoid(a.logits) * of_zero + sigmoid(-a.logits) * of_one
