"""The categorical distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.constant import constant
from tangraph.ops.array.fill import ones, ones_like, zeros_like
from tangraph.ops.array.identity import identity
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.sequence_mask import sequence_mask
from tangraph.ops.array.shape import rank, shape
from tangraph.ops.array.transpose import transpose
from tangraph.ops.array.where import where
from tangraph.ops.math.arg import argmax
from tangraph.ops.math.cast import cast
from tangraph.ops.math.reductions import reduce_sum
from tangraph.ops.nn.cross_entropy import sparse_softmax_cross_entropy_with_logits
from tangraph.ops.nn.softmax import log_softmax, softmax
from tangraph.ops.random.discrete import multinomial
from tangraph_training.distributions.base import NOT_REPARAMETERIZED, Distribution, arguments
from tangraph_training.distributions.checks import check_event_size, check_integer, logits_and_probs
from tangraph_training.distributions.divergence import RegisterKL

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor
    from tangraph.framework.tensor_shape import TensorShape


@export("distributions.Categorical", "contrib.distributions.Categorical")
class Categorical(Distribution):
    """Distributions of the numbers 0, 1, ..., k - 1.

    Args:
      logits: logarithms of the probabilities up to a constant, of shape [..., k].
      probs: the probabilities, in place of `logits`.
      dtype: the type of samples.
      validate_args: whether the run checks parameters and values.
      allow_nan_stats: has no effect here.
      name: the name scope.

    Raises:
      ValueError: both `logits` and `probs`, or none.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.distributions.Categorical(probs=[0.25, 0.75]).prob([0, 1])).tolist()
    [0.25, 0.75]
    """

    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = dtypes.int32,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Categorical",
    ) -> None:
        parameters = arguments(locals())
        with name_scope(name, values=[logits, probs]) as scope:
            self._logits, self._probs = logits_and_probs(
                logits, probs, validate_args=validate_args, multidimensional=True, name=scope
            )
            if validate_args:
                self._logits = check_event_size(self._logits)
            self._take_shapes()
        super().__init__(
            dtype=dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._logits, self._probs],
            name=scope,
        )

    def _take_shapes(self) -> None:
        static = self._logits.shape.with_rank_at_least(1)
        self._batch_rank: Any
        if static.ndims is not None:
            self._batch_rank = convert_to_tensor(static.ndims - 1, dtype=dtypes.int32, name="batch_rank")
        else:
            with name_scope(name="batch_rank"):
                self._batch_rank = rank(self._logits) - 1
        sizes = shape(self._logits, name="logits_shape")
        known = None if static.ndims is None else static.as_list()[-1]
        if known is not None:
            self._event_size = convert_to_tensor(known, dtype=dtypes.int32, name="event_size")
        else:
            with name_scope(name="event_size"):
                self._event_size = sizes[self._batch_rank]
        if static[:-1].is_fully_defined():
            self._batch_sizes = constant(static[:-1].as_list(), dtype=dtypes.int32, name="batch_shape")
        else:
            with name_scope(name="batch_shape"):
                self._batch_sizes = sizes[:-1]

    @property
    def event_size(self) -> Tensor:
        """How many numbers there are, a scalar."""
        return self._event_size

    @property
    def logits(self) -> Tensor:
        """Logarithms of the probabilities up to a constant."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities."""
        return self._probs

    def _batch_shape_tensor(self) -> Tensor:
        return identity(self._batch_sizes)

    def _batch_shape(self) -> TensorShape:
        return self._logits.shape[:-1]

    def _event_shape_tensor(self) -> Tensor:
        return constant([], dtype=dtypes.int32)

    def _event_shape(self) -> tuple[int, ...]:
        return ()

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        rows = self._logits if self._logits.shape.ndims == 2 else reshape(self._logits, [-1, self._event_size])
        dtype = dtypes.int64 if self.dtype.size > 4 else dtypes.int32
        draws = multinomial(rows, n, seed=seed, output_dtype=dtype)
        draws = reshape(transpose(draws), concat([[n], self.batch_shape_tensor()], 0))
        return cast(draws, self.dtype)  # type: ignore[no-any-return]

    def _with_event(self, value: Tensor, params: Tensor) -> tuple[Tensor, Tensor]:
        """Values as integers, and parameters, broadcast to the same shape."""
        value = convert_to_tensor(value, name="k")
        if self.validate_args:
            value = check_integer(value, dtypes.int32)
        if value.dtype.is_floating:
            value = cast(value, dtype=dtypes.int32)
        elif not value.dtype.is_integer:
            raise TypeError(f"`value` should have integer `dtype` or `self.dtype` ({self.dtype.base})")
        batch = params.shape[:-1]
        known = params.shape.ndims is not None and batch.is_fully_defined() and value.shape.is_fully_defined()
        if not known or batch != value.shape:
            params *= ones_like(value[..., np.newaxis], dtype=params.dtype)
            value *= ones(shape(params)[:-1], dtype=value.dtype)
            if params.shape.ndims is not None:
                value.set_shape(params.shape[:-1])
        return value, params

    def _cdf(self, value: Tensor) -> Tensor:
        k, probs = self._with_event(value, self._probs)
        rows = reshape(probs, (-1, self._event_size))
        flat = reshape(k, [-1])
        kept = where(sequence_mask(flat, self._event_size), rows, zeros_like(rows))
        return reshape(reduce_sum(kept, axis=-1), shape(k))

    def _log_prob(self, value: Tensor) -> Tensor:
        k, logits = self._with_event(value, self._logits)
        return -sparse_softmax_cross_entropy_with_logits(labels=k, logits=logits)

    def _entropy(self) -> Tensor:
        return -reduce_sum(log_softmax(self._logits) * self._probs, axis=-1)

    def _mode(self) -> Tensor:
        result = cast(argmax(self._logits, axis=self._batch_rank), self.dtype)
        result.set_shape(self.batch_shape)
        return result  # type: ignore[no-any-return]


@RegisterKL(Categorical, Categorical)
def _kl_categorical_categorical(a: Categorical, b: Categorical, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_categorical_categorical", values=[a.logits, b.logits]):
        difference = log_softmax(a.logits) - log_softmax(b.logits)
        return reduce_sum(softmax(a.logits) * difference, axis=-1)
