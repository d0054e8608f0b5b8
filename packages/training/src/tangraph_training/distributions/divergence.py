"""The Kullback-Leibler divergence, and the register of who can compute it for which distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from tangraph.export import export
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor import Tensor
from tangraph.ops.array.identity import identity
from tangraph.ops.logging_ops import Assert
from tangraph.ops.math.logical import logical_not
from tangraph.ops.math.reductions import reduce_any
from tangraph.ops.math.rounding import is_nan
from tangraph_training.distributions.base import Distribution

F = TypeVar("F", bound=Callable[..., Any])
_divergences: Final[dict[tuple[type, type], Callable[..., Any]]] = {}


@export("distributions.RegisterKL", "contrib.distributions.RegisterKL")
class RegisterKL:
    """A decorator for the function that computes the divergence of two classes of distributions.

    Args:
      dist_cls_a: the class of the first distribution.
      dist_cls_b: that of the second one.
    """

    def __init__(self, dist_cls_a: type, dist_cls_b: type) -> None:
        self._key = (dist_cls_a, dist_cls_b)

    def __call__(self, kl_fn: F) -> F:
        """Registers ``kl_fn(a, b, name)``; ValueError when there is one, TypeError when it cannot be called."""
        if not callable(kl_fn):
            raise TypeError(f"kl_fn must be callable, received: {kl_fn}")
        if self._key in _divergences:
            a, b = (cls.__name__ for cls in self._key)
            raise ValueError(f"KL({a} || {b}) has already been registered to: {_divergences[self._key]}")
        _divergences[self._key] = kl_fn
        return kl_fn


def _registered(a: type, b: type) -> Callable[..., Any] | None:
    """Returns the function for the nearest bases of two classes."""
    found = [
        (i + j, _divergences[base_a, base_b])
        for i, base_a in enumerate(a.__mro__)
        for j, base_b in enumerate(b.__mro__)
        if (base_a, base_b) in _divergences
    ]
    return min(found, key=lambda entry: entry[0])[1] if found else None


@export("distributions.kl_divergence", "contrib.distributions.kl_divergence")
def kl_divergence(
    distribution_a: Distribution, distribution_b: Distribution, allow_nan_stats: bool = True, name: str | None = None
) -> Tensor:
    """Returns the Kullback-Leibler divergence of two distributions.

    Args:
      distribution_a: the one over which the mean is taken.
      distribution_b: the other one.
      allow_nan_stats: whether the result may be NaN; otherwise the run fails.
      name: the name scope.

    Raises:
      NotImplementedError: nobody has registered how to compute it.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     a, b = tf.distributions.Normal(0.0, 1.0), tf.distributions.Normal(1.0, 1.0)
    ...     float(session.run(tf.distributions.kl_divergence(a, b)))
    0.5
    """
    function = _registered(type(distribution_a), type(distribution_b))
    if function is None:
        raise NotImplementedError(
            "No KL(distribution_a || distribution_b) registered for distribution_a type "
            f"{type(distribution_a).__name__} and distribution_b type {type(distribution_b).__name__}"
        )
    with name_scope("KullbackLeibler"):
        result: Tensor = function(distribution_a, distribution_b, name=name)
        if allow_nan_stats:
            return result
        result = identity(result, name="kl")
        text = (
            f"KL calculation between {distribution_a.name} and {distribution_b.name} returned NaN values (and was called "
            "with allow_nan_stats=False). Values:"
        )
        with control_dependencies([Assert(logical_not(reduce_any(is_nan(result))), [text, result])]):
            return identity(result, name="checked_kl")


def cross_entropy(
    ref: Distribution, other: Distribution, allow_nan_stats: bool = True, name: str | None = None
) -> Tensor:
    """Returns the entropy of a distribution plus its divergence to another one."""
    with name_scope(name, "cross_entropy"):
        return ref.entropy() + kl_divergence(ref, other, allow_nan_stats=allow_nan_stats)
