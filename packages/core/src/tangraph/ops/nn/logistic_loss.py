"""Cross entropies of a sigmoid, and the Poisson loss: composed of elementwise ops."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.nn.cross_entropy import check_named_arguments

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


def _check_same_shape(a: Tensor, b: Tensor, names: str) -> None:
    try:
        raw_shape.merge(a.raw_shape, b.raw_shape)
    except ValueError:
        shapes = f"({raw_shape.to_text(a.raw_shape)} vs {raw_shape.to_text(b.raw_shape)})"
        raise ValueError(f"{names} must have the same shape {shapes}") from None


@export("nn.sigmoid_cross_entropy_with_logits")
def sigmoid_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """Returns the cross entropy of independent yes-or-no labels and the sigmoid of logits, element by element.

    It is computed as ``max(x, 0) - x * z + log(1 + exp(-abs(x)))`` for logits x and labels z, which does not overflow.

    Args:
      _sentinel: catches arguments by position; only named ones are taken.
      labels: probabilities, of the type and shape of the logits.
      logits: a tensor of floats.
      name: the operation's name.

    Raises:
      ValueError: an argument by position, or one is missing; shapes that differ.
    """
    from tangraph.ops.array.fill import zeros_like
    from tangraph.ops.math.arithmetic import add
    from tangraph.ops.math.unary import exp, log1p

    check_named_arguments("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        _check_same_shape(logits, labels, "logits and labels")
        zeros = zeros_like(logits, dtype=logits.dtype)
        positive = logits >= zeros
        relu = make_op("Select", positive, logits, zeros)
        minus_abs = make_op("Select", positive, -logits, logits)
        return add(relu - logits * labels, log1p(exp(minus_abs)), name=scope)


@export("nn.weighted_cross_entropy_with_logits")
def weighted_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, pos_weight: Any = None, name: str | None = None, targets: Any = None
) -> Tensor:
    """Returns the sigmoid cross entropy with errors on positive labels weighted by a factor.

    Args:
      labels: probabilities, of the type and shape of the logits.
      logits: a tensor of floats.
      pos_weight: the factor; above 1 it favours recall, below 1 precision.
      name: the operation's name.
      targets: the old name of `labels`.

    Raises:
      ValueError: shapes that differ.
    """
    from tangraph.ops.math.arithmetic import add
    from tangraph.ops.math.unary import abs as abs_
    from tangraph.ops.math.unary import exp, log1p
    from tangraph.ops.nn.activations import relu

    labels = deprecated_argument_lookup("labels", labels, "targets", targets)
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        _check_same_shape(logits, labels, "logits and labels")
        weight = 1 + (pos_weight - 1) * labels
        return add((1 - labels) * logits, weight * (log1p(exp(-abs_(logits))) + relu(-logits)), name=scope)


@export("nn.log_poisson_loss")
def log_poisson_loss(targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None) -> Tensor:
    """Returns exp(log_input) - log_input * targets, the negative log-likelihood of Poisson counts up to a constant.

    Args:
      targets: the counts, of the shape and type of `log_input`.
      log_input: logarithms of the expected counts.
      compute_full_loss: whether Stirling's approximation of log(targets!) is added where targets are above 1.
      name: the name scope.

    Raises:
      ValueError: shapes that differ.
    """
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.fill import ones_like, zeros_like
    from tangraph.ops.math.logical import logical_and
    from tangraph.ops.math.unary import exp, log

    with name_scope(name, "log_poisson_loss", [log_input, targets]):
        log_input = convert_to_tensor(log_input, name="log_input")
        targets = convert_to_tensor(targets, name="targets")
        _check_same_shape(log_input, targets, "log_input and targets")
        result: Tensor = exp(log_input) - log_input * targets
        if compute_full_loss:
            half = constant(0.5, dtype=targets.dtype)
            two_pi = constant(2 * math.pi, dtype=targets.dtype)
            stirling = (targets * log(targets)) - targets + (half * log(two_pi * targets))
            zeros = zeros_like(targets, dtype=targets.dtype)
            ones = ones_like(targets, dtype=targets.dtype)
            small = logical_and(targets >= zeros, targets <= ones)
            result += make_op("Select", small, zeros, stirling)
        return result
