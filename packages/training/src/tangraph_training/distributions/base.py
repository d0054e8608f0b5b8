"""What distributions have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor, is_dense_tensor_like
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.array.concat import concat
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import rank, shape
from tangraph.ops.math.comparison import equal
from tangraph.ops.math.reductions import reduce_prod
from tangraph.ops.math.unary import exp, log, log1p, sqrt, square
from tangraph_training.distributions.checks import pick_vector

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType


@export("distributions.ReparameterizationType", "contrib.distributions.ReparameterizationType")
class ReparameterizationType:
    """Whether samples can be differentiated with respect to a distribution's parameters.

    Args:
      rep_type: a text that says so.
    """

    def __init__(self, rep_type: str) -> None:
        self._rep_type = rep_type

    def __repr__(self) -> str:
        return f"<Reparameteriation Type: {self._rep_type}>"


FULLY_REPARAMETERIZED = ReparameterizationType("FULLY_REPARAMETERIZED")
NOT_REPARAMETERIZED = ReparameterizationType("NOT_REPARAMETERIZED")
__tf_values__ = {
    "distributions.FULLY_REPARAMETERIZED": FULLY_REPARAMETERIZED,
    "distributions.NOT_REPARAMETERIZED": NOT_REPARAMETERIZED,
    "contrib.distributions.FULLY_REPARAMETERIZED": FULLY_REPARAMETERIZED,
    "contrib.distributions.NOT_REPARAMETERIZED": NOT_REPARAMETERIZED,
}


@export("distributions.Distribution", "contrib.distributions.Distribution")
class Distribution:
    """A probability distribution, or a batch of them.

    A subclass has `_batch_shape`, `_batch_shape_tensor`, `_event_shape`, `_event_shape_tensor`, `_sample_n`, and as many
    of `_log_prob` or `_prob`, `_cdf`, `_entropy`, `_mean`, `_variance` or `_stddev`, `_mode`, ... as it can.

    Args:
      dtype: the type of samples.
      reparameterization_type: whether samples can be differentiated.
      validate_args: whether the run checks parameters and values.
      allow_nan_stats: whether statistics that are not defined are NaN; otherwise the run fails.
      parameters: the arguments that make an equal distribution.
      graph_parents: the tensors that it is made of.
      name: the prefix of the names of operations.
    """

    def __init__(
        self,
        dtype: Any,
        reparameterization_type: Any,
        validate_args: bool,
        allow_nan_stats: bool,
        parameters: Mapping[str, Any] | None = None,
        graph_parents: Sequence[Any] | None = None,
        name: str | None = None,
    ) -> None:
        parents = list(graph_parents or [])
        for i, parent in enumerate(parents):
            if parent is None or not is_dense_tensor_like(parent):
                raise ValueError(f"Graph parent item {i} is not a Tensor; {parent}.")
        if not name or name[-1] != "/":
            with name_scope(name or type(self).__name__) as scope:
                name = scope
        self._dtype = dtype
        self._reparameterization_type = reparameterization_type
        self._allow_nan_stats = allow_nan_stats
        self._validate_args = validate_args
        self._parameters = dict(parameters or {})
        self._graph_parents = parents
        self._name = name

    @classmethod
    def param_shapes(cls, sample_shape: Any, name: str = "DistributionParamShapes") -> dict[str, Tensor]:
        """Returns the shapes that parameters must have for samples of a shape."""
        with name_scope(name, values=[sample_shape]):
            return cls._param_shapes(sample_shape)

    @classmethod
    def param_static_shapes(cls, sample_shape: Any) -> dict[str, TensorShape]:
        """Returns the same as TensorShapes; ValueError for a shape that is not fully known."""
        if isinstance(sample_shape, TensorShape):
            if not sample_shape.is_fully_defined():
                raise ValueError("TensorShape sample_shape must be fully defined")
            sample_shape = sample_shape.as_list()
        result = {}
        for name, tensor in cls.param_shapes(sample_shape).items():
            known = constant_value(tensor)
            if known is None:
                raise ValueError("sample_shape must be a fully-defined TensorShape or list/tuple")
            result[name] = TensorShape(known)
        return result

    @staticmethod
    def _param_shapes(sample_shape: Any) -> dict[str, Tensor]:
        raise NotImplementedError("_param_shapes not implemented")

    @property
    def name(self) -> str:
        """The prefix of the names of operations."""
        return self._name or ""

    @property
    def dtype(self) -> DType:
        """The type of samples."""
        return self._dtype  # type: ignore[no-any-return]

    @property
    def parameters(self) -> dict[str, Any]:
        """The arguments that make an equal distribution."""
        return dict(self._parameters)

    @property
    def reparameterization_type(self) -> ReparameterizationType:
        """Whether samples can be differentiated."""
        return self._reparameterization_type  # type: ignore[no-any-return]

    @property
    def allow_nan_stats(self) -> bool:
        """Whether statistics that are not defined are NaN."""
        return self._allow_nan_stats

    @property
    def validate_args(self) -> bool:
        """Whether the run checks parameters and values."""
        return self._validate_args

    def copy(self, **override_parameters_kwargs: Any) -> Self:
        """Returns the same distribution with some arguments replaced."""
        return type(self)(**{**self.parameters, **override_parameters_kwargs})

    def _missing(self, what: str) -> NotImplementedError:
        return NotImplementedError(f"{what} is not implemented: {type(self).__name__}")

    # -- shapes ------------------------------------------------------------------------------------------------------

    def _batch_shape_tensor(self) -> Tensor:
        raise self._missing("batch_shape_tensor")

    def _batch_shape(self) -> Any:
        return TensorShape(None)

    def _event_shape_tensor(self) -> Tensor:
        raise self._missing("event_shape_tensor")

    def _event_shape(self) -> Any:
        return TensorShape(None)

    @property
    def batch_shape(self) -> TensorShape:
        """The static shape of the batch."""
        return TensorShape(self._batch_shape())

    @property
    def event_shape(self) -> TensorShape:
        """The static shape of one sample of one distribution."""
        return TensorShape(self._event_shape())

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Tensor:
        """Returns the shape of the batch."""
        with self._name_scope(name):
            if self.batch_shape.is_fully_defined():
                return convert_to_tensor(self.batch_shape.as_list(), dtype=dtypes.int32, name="batch_shape")
            return self._batch_shape_tensor()

    def event_shape_tensor(self, name: str = "event_shape_tensor") -> Tensor:
        """Returns the shape of one sample of one distribution."""
        with self._name_scope(name):
            if self.event_shape.is_fully_defined():
                return convert_to_tensor(self.event_shape.as_list(), dtype=dtypes.int32, name="event_shape")
            return self._event_shape_tensor()

    def is_scalar_event(self, name: str = "is_scalar_event") -> Tensor:
        """Returns whether samples are scalars."""
        with self._name_scope(name):
            found = self._is_scalar(self.event_shape, self.event_shape_tensor)
            return convert_to_tensor(found, name="is_scalar_event")

    def is_scalar_batch(self, name: str = "is_scalar_batch") -> Tensor:
        """Returns whether this is one distribution and no batch."""
        with self._name_scope(name):
            found = self._is_scalar(self.batch_shape, self.batch_shape_tensor)
            return convert_to_tensor(found, name="is_scalar_batch")

    @staticmethod
    def _is_scalar(static: TensorShape, dynamic: Callable[[], Tensor]) -> Any:
        if static.ndims is not None:
            return static.ndims == 0
        sizes = dynamic()
        count = sizes.raw_shape
        if count is not None and count[0] is not None:
            return count == (0,)
        return equal(shape(sizes)[0], 0)

    # -- samples -----------------------------------------------------------------------------------------------------

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        raise self._missing("sample_n")

    def sample(self, sample_shape: Any = (), seed: int | None = None, name: str = "sample") -> Tensor:
        """Returns samples.

        Args:
          sample_shape: how many, a number or a shape.
          seed: the operation's seed.
          name: the name scope.

        Returns:
          A tensor of shape ``sample_shape + batch_shape + event_shape``.
        """
        with self._name_scope(name, values=[sample_shape]):
            sizes = convert_to_tensor(sample_shape, dtype=dtypes.int32, name="sample_shape")
            sizes, count = self._as_vector(sizes, "sample_shape")
            samples = self._sample_n(count, seed)
            inner = shape(samples)[1:]
            samples = reshape(samples, concat([sizes, inner], 0))
            return self._with_static_shape(samples, sizes)

    @staticmethod
    def _as_vector(sizes: Tensor, name: str) -> tuple[Tensor, Any]:
        """Returns a shape as a vector, and its product."""
        known = constant_value(sizes)
        count = reduce_prod(sizes) if known is None else np.prod(known, dtype=sizes.dtype.np)
        dims = None if sizes.raw_shape is None else len(sizes.raw_shape)
        if dims is None:
            whole = pick_vector(equal(rank(sizes), 0), np.array([1], np.int32), shape(sizes))
            return reshape(sizes, whole), count
        if dims == 0:
            if known is None:
                return reshape(sizes, [1]), count
            return convert_to_tensor(np.array([known], sizes.dtype.np), name=name), count
        if dims != 1:
            raise ValueError("Input is neither scalar nor vector.")
        return sizes, count

    def _with_static_shape(self, x: Tensor, sample_shape: Tensor) -> Tensor:
        sizes = TensorShape(constant_value(sample_shape))
        dims, outer, batch, event = x.shape.ndims, sizes.ndims, self.batch_shape.ndims, self.event_shape.ndims
        if dims is None and outer is not None and batch is not None and event is not None:
            dims = outer + batch + event
            x.set_shape([None] * dims)
        if dims is not None and outer is not None:
            x.set_shape(sizes.concatenate([None] * (dims - outer)))
        if dims is not None and event is not None:
            x.set_shape(TensorShape([None] * (dims - event)).concatenate(self.event_shape))
        if batch is not None:
            if dims is not None and outer is None and event is not None:
                outer = dims - batch - event
            elif dims is not None and event is None and outer is not None:
                event = dims - batch - outer
            if outer is not None and event is not None:
                x.set_shape(TensorShape([None] * outer).concatenate(self.batch_shape).concatenate([None] * event))
        return x

    # -- functions of values -----------------------------------------------------------------------------------------

    def _log_prob(self, value: Tensor) -> Tensor:
        raise self._missing("log_prob")

    def _prob(self, value: Tensor) -> Tensor:
        raise self._missing("prob")

    def _log_cdf(self, value: Tensor) -> Tensor:
        raise self._missing("log_cdf")

    def _cdf(self, value: Tensor) -> Tensor:
        raise self._missing("cdf")

    def _log_survival_function(self, value: Tensor) -> Tensor:
        raise self._missing("log_survival_function")

    def _survival_function(self, value: Tensor) -> Tensor:
        raise self._missing("survival_function")

    def _quantile(self, value: Tensor) -> Tensor:
        raise self._missing("quantile")

    def _of_value(
        self, value: Any, name: str, function: Callable[[Tensor], Tensor], instead: Callable[[Tensor], Tensor]
    ) -> Tensor:
        """Applies a function, or where the class has none, what amounts to the same."""
        with self._name_scope(name, values=[value]):
            value = convert_to_tensor(value, name="value", preferred_dtype=self.dtype)
            return _either(lambda: function(value), lambda: instead(value))

    def log_prob(self, value: Any, name: str = "log_prob") -> Tensor:
        """Returns the logarithm of the density, or of the probability, of values."""
        return self._of_value(value, name, self._log_prob, lambda v: log(self._prob(v)))

    def prob(self, value: Any, name: str = "prob") -> Tensor:
        """Returns the density, or the probability, of values."""
        return self._of_value(value, name, self._prob, lambda v: exp(self._log_prob(v)))

    def log_cdf(self, value: Any, name: str = "log_cdf") -> Tensor:
        """Returns the logarithm of the probability of samples that are at most a value."""
        return self._of_value(value, name, self._log_cdf, lambda v: log(self._cdf(v)))

    def cdf(self, value: Any, name: str = "cdf") -> Tensor:
        """Returns the probability of samples that are at most a value."""
        return self._of_value(value, name, self._cdf, lambda v: exp(self._log_cdf(v)))

    def log_survival_function(self, value: Any, name: str = "log_survival_function") -> Tensor:
        """Returns the logarithm of the probability of samples that are greater than a value."""
        return self._of_value(value, name, self._log_survival_function, lambda v: log1p(-self.cdf(v)))

    def survival_function(self, value: Any, name: str = "survival_function") -> Tensor:
        """Returns the probability of samples that are greater than a value."""
        return self._of_value(value, name, self._survival_function, lambda v: 1.0 - self.cdf(v))

    def quantile(self, value: Any, name: str = "quantile") -> Tensor:
        """Returns the values at which `cdf` takes given values."""
        with self._name_scope(name, values=[value]):
            return self._quantile(convert_to_tensor(value, name="value", preferred_dtype=self.dtype))

    # -- statistics --------------------------------------------------------------------------------------------------

    def _entropy(self) -> Tensor:
        raise self._missing("entropy")

    def _mean(self) -> Tensor:
        raise self._missing("mean")

    def _variance(self) -> Tensor:
        raise self._missing("variance")

    def _stddev(self) -> Tensor:
        raise self._missing("stddev")

    def _covariance(self) -> Tensor:
        raise self._missing("covariance")

    def _mode(self) -> Tensor:
        raise self._missing("mode")

    def entropy(self, name: str = "entropy") -> Tensor:
        """Returns the entropy, in nats."""
        with self._name_scope(name):
            return self._entropy()

    def mean(self, name: str = "mean") -> Tensor:
        """Returns the mean."""
        with self._name_scope(name):
            return self._mean()

    def variance(self, name: str = "variance") -> Tensor:
        """Returns the variance, of each element of a sample."""
        with self._name_scope(name):
            return _either(self._variance, lambda: square(self._stddev()))

    def stddev(self, name: str = "stddev") -> Tensor:
        """Returns the standard deviation, of each element of a sample."""
        with self._name_scope(name):
            return _either(self._stddev, lambda: sqrt(self._variance()))

    def covariance(self, name: str = "covariance") -> Tensor:
        """Returns the covariance of the elements of a sample."""
        with self._name_scope(name):
            return self._covariance()

    def mode(self, name: str = "mode") -> Tensor:
        """Returns the value with the greatest density or probability."""
        with self._name_scope(name):
            return self._mode()

    def cross_entropy(self, other: Distribution, name: str = "cross_entropy") -> Tensor:
        """Returns the expected negative logarithm of another distribution's density."""
        from tangraph_training.distributions.divergence import cross_entropy

        with self._name_scope(name):
            return cross_entropy(self, other, allow_nan_stats=self.allow_nan_stats)

    def kl_divergence(self, other: Distribution, name: str = "kl_divergence") -> Tensor:
        """Returns the Kullback-Leibler divergence to another distribution."""
        from tangraph_training.distributions.divergence import kl_divergence

        with self._name_scope(name):
            return kl_divergence(self, other, allow_nan_stats=self.allow_nan_stats)

    @contextmanager
    def _name_scope(self, name: str | None = None, values: Sequence[Any] = ()) -> Iterator[str]:
        with name_scope(self.name), name_scope(name, values=[*values, *self._graph_parents]) as scope:
            yield scope

    def __str__(self) -> str:
        batch = f", batch_shape={self.batch_shape}" if self.batch_shape.ndims is not None else ""
        event = f", event_shape={self.event_shape}" if self.event_shape.ndims is not None else ""
        return f'tfp.distributions.{type(self).__name__}("{self.name}"{batch}{event}, dtype={self.dtype.name})'

    def __repr__(self) -> str:
        return (
            f"<tfp.distributions.{type(self).__name__} '{self.name}' batch_shape={self.batch_shape} "
            f"event_shape={self.event_shape} dtype={self.dtype.name}>"
        )


def _either(first: Callable[[], Tensor], second: Callable[[], Tensor]) -> Tensor:
    try:
        return first()
    except NotImplementedError as error:
        try:
            return second()
        except NotImplementedError:
            raise error from None


def sample_sizes(sample_shape: Any, *names: str) -> dict[str, Tensor]:
    """Returns a shape as a tensor for each of some parameters: what `_param_shapes` of scalar distributions is."""
    sizes = convert_to_tensor(sample_shape, dtype=dtypes.int32)
    return dict.fromkeys(names, sizes)


def arguments(values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what ``locals()`` at the start of ``__init__`` says of its arguments."""
    return {name: value for name, value in values.items() if name not in ("self", "__class__")}
