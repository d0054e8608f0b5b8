"""Cross entropy between labels and a softmax: with label distributions, and with class indices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.constant_value import constant_value
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _dense_shape(c: ShapeContext) -> list[Raw]:
    features, labels = c.shapes
    if features is None or len(features) == 2:
        try:
            both = raw_shape.merge(raw_shape.with_rank(features, 2), labels)
        except ValueError:
            pass
        else:
            return [both[:1], both] if both is not None else [(None,), (None, None)]
    both = raw_shape.broadcast(features, labels)
    if both is None:
        raise ValueError("Shape must be broadcasted with rank 2, but is rank is unknown.")
    if len(both) != 2:
        raise ValueError(f"Shape must be broadcasted with rank 2, but is rank {len(both)}")
    return [both[:1], both]


def _sparse_shape(c: ShapeContext) -> list[Raw]:
    features, labels = c.with_rank(0, 2), c.with_rank(1, 1)
    rows = raw_shape.merge_dim(features[0], labels[0])
    return [(rows,), (rows, features[1])]


SOFTMAX_CROSS_ENTROPY = ops.define(
    "SoftmaxCrossEntropyWithLogits",
    ["features: T", "labels: T"],
    ["loss: T", "backprop: T"],
    ["T: {half, bfloat16, float, double}"],
    shape=_dense_shape,
)
SPARSE_SOFTMAX_CROSS_ENTROPY = ops.define(
    "SparseSoftmaxCrossEntropyWithLogits",
    ["features: T", "labels: Tlabels"],
    ["loss: T", "backprop: T"],
    ["T: {half, bfloat16, float, double}", "Tlabels: {int32, int64} = DT_INT64"],
    shape=_sparse_shape,
)


def check_named_arguments(function: str, sentinel: Any, labels: Any, logits: Any) -> None:
    """Raises ValueError when labels and logits came by position, where they are easily confused, or not at all."""
    if sentinel is not None:
        raise ValueError(f"Only call `{function}` with named arguments (labels=..., logits=..., ...)")
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")


@export("nn.softmax_cross_entropy_with_logits")
def softmax_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    dim: int = -1,
    name: str | None = None,
    axis: int | None = None,
) -> Tensor:
    """As `softmax_cross_entropy_with_logits_v2`, but no gradient flows into the labels.

    Args:
      _sentinel: catches arguments by position; only named ones are taken.
      labels: distributions over the classes, of the shape of the logits.
      logits: unnormalised log-probabilities.
      dim: the axis of the classes.
      name: the name scope.
      axis: the same as `dim`.

    Raises:
      ValueError: an argument by position, or one is missing.
    """
    from tangraph.ops.array.identity import stop_gradient

    dim = deprecated_argument_lookup("axis", axis, "dim", dim)
    check_named_arguments("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "softmax_cross_entropy_with_logits_sg", [logits, labels]) as scope:
        labels = stop_gradient(labels, name="labels_stop_gradient")
    return softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits, axis=dim, name=scope)


@export("nn.softmax_cross_entropy_with_logits_v2")
def softmax_cross_entropy_with_logits_v2(
    labels: Any, logits: Any, axis: int | None = None, name: str | None = None, dim: int | None = None
) -> Tensor:
    """Returns -sum(labels * log_softmax(logits)) along the axis of the classes.

    Args:
      labels: distributions over the classes, of the shape of the logits; cast to their type.
      logits: unnormalised log-probabilities, floats; halfs are computed in float32.
      axis: the axis of the classes, -1 by default.
      name: the name scope.
      dim: the old name of `axis`.

    Returns:
      The losses, of the shape of the logits without the axis.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(
    ...         tf.nn.softmax_cross_entropy_with_logits_v2(labels=[[0.0, 1.0]], logits=[[0.0, 0.0]])
    ...     )
    array([0.6931472], dtype=float32)
    """
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import rank as rank_of
    from tangraph.ops.array.shape import shape as shape_of
    from tangraph.ops.array.slicing import slice as slice_
    from tangraph.ops.math.arithmetic import subtract
    from tangraph.ops.math.cast import cast

    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    if axis is None:
        axis = -1
    with name_scope(name, "softmax_cross_entropy_with_logits", [logits, labels]) as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        is_short = logits.dtype.base in {dtypes.float16, dtypes.bfloat16}
        precise = cast(logits, dtypes.float32) if is_short else logits
        labels = cast(labels, precise.dtype)
        rank = rank_of(precise)
        if axis != -1:
            precise = _moved_to_end(precise, axis, rank)
            labels = _moved_to_end(labels, axis, rank)
        whole = shape_of(precise)
        cost, _ = make_op(SOFTMAX_CROSS_ENTROPY, _as_matrix(precise), _as_matrix(labels), name=scope)
        cost = reshape(cost, slice_(whole, [0], [subtract(rank, 1)]))
        if logits.raw_shape is not None:
            sizes = list(logits.raw_shape)
            del sizes[axis]
            cost.set_shape(sizes)
        result: Tensor = cast(cost, logits.dtype) if is_short else cost
        return result


def _moved_to_end(x: Tensor, axis: int, rank: Tensor) -> Tensor:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.transpose import transpose
    from tangraph.ops.math.ranges import range as range_

    return transpose(x, concat([range_(axis), range_(axis + 1, rank), [axis]], 0))


def _as_matrix(x: Tensor) -> Tensor:
    """Flattens all dimensions but the last."""
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import rank as rank_of
    from tangraph.ops.array.shape import shape as shape_of
    from tangraph.ops.array.slicing import slice as slice_
    from tangraph.ops.math.arithmetic import subtract

    rank = rank_of(x)
    last = slice_(shape_of(x), [subtract(rank, 1)], [1])
    output = reshape(x, concat([[-1], last], 0))
    if x.raw_shape is not None:
        rows = raw_shape.num_elements(x.raw_shape[:-1])
        if rows is not None:
            output.set_shape([rows, x.raw_shape[-1]])
    return output


@export("nn.sparse_softmax_cross_entropy_with_logits")
def sparse_softmax_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """Returns -log_softmax(logits)[label] for class indices.

    Args:
      _sentinel: catches arguments by position; only named ones are taken.
      labels: class indices, int32 or int64, of the shape of the logits without the last dimension.
      logits: unnormalised log-probabilities, the classes along the last axis.
      name: the name scope.

    Returns:
      The losses, of the shape of the labels.

    Raises:
      ValueError: an argument by position, or one is missing; scalar logits; shapes or ranks that do not fit.
    """
    from tangraph.ops.array.shape import shape as shape_of
    from tangraph.ops.math.cast import cast

    check_named_arguments("sparse_softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "SparseSoftmaxCrossEntropyWithLogits", [labels, logits]):
        labels = convert_to_tensor(labels)
        logits = convert_to_tensor(logits)
        is_half = logits.dtype.base is dtypes.float16
        precise = cast(logits, dtypes.float32) if is_half else logits
        labels_shape = shape_of(labels)
        known = _check_sparse_shapes(labels.raw_shape, logits.raw_shape)
        if logits.raw_shape is not None and len(logits.raw_shape) == 2:
            cost, _ = make_op(SPARSE_SOFTMAX_CROSS_ENTROPY, precise, labels, name=name)
        else:
            cost = _flattened_sparse(precise, logits, labels, labels_shape, known, name)
        result: Tensor = cast(cost, dtypes.float16) if is_half else cost
        return result


def _check_sparse_shapes(labels: Raw, logits: Raw) -> bool:
    """Returns whether all sizes are known."""
    if logits is not None and not logits:
        raise ValueError("Logits cannot be scalars - received shape ().")
    if labels is not None and logits is not None and len(labels) != len(logits) - 1:
        raise ValueError(
            f"Rank mismatch: Rank of labels (received {len(labels)}) should equal rank of logits minus 1 (received "
            f"{len(logits)})."
        )
    known = raw_shape.is_fully_defined(labels) and logits is not None and None not in logits[:-1]
    if known and logits is not None and labels != logits[:-1]:
        raise ValueError(
            f"Shape mismatch: The shape of labels (received {raw_shape.to_text(labels)}) should equal the shape of "
            f"logits except for the last dimension (received {raw_shape.to_text(logits)})."
        )
    return known


def _flattened_sparse(
    precise: Tensor, logits: Tensor, labels: Tensor, labels_shape: Tensor, known: bool, name: str | None
) -> Tensor:
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import rank as rank_of
    from tangraph.ops.array.shape import shape as shape_of
    from tangraph.ops.check_ops import assert_equal

    static = labels.raw_shape
    checks = [] if known else [assert_equal(shape_of(labels), shape_of(logits)[:-1])]
    with control_dependencies(checks):
        classes = shape_of(logits)[rank_of(logits) - 1]
        matrix = reshape(precise, [-1, classes])
        labels = reshape(labels, [-1])
        cost, _ = make_op(SPARSE_SOFTMAX_CROSS_ENTROPY, matrix, labels, name=name)
        cost = reshape(cost, labels_shape)
        cost.set_shape(static)
    return cost


# -- gradients ---------------------------------------------------------------------------------------------------


def _scaled_rows(factors: Tensor, matrix: Tensor) -> Tensor:
    from tangraph.ops.array.reshape import expand_dims

    return expand_dims(factors, -1) * matrix


def _is_zero(tensor: Tensor) -> bool:
    if tensor.op.type in {"ZerosLike", "Zeros"}:
        return True
    value = constant_value(tensor)
    return value is not None and bool((np.asarray(value) == 0).all())


@ops.gradient("SoftmaxCrossEntropyWithLogits")
def _softmax_cross_entropy_grad(op: Operation, grad_loss: Tensor, grad_grad: Tensor | None) -> tuple[Tensor, Tensor]:
    """Output 1 is the derivative of the loss; `grad_grad` arrives where that derivative itself is differentiated."""
    from tangraph.ops.array.reshape import expand_dims, squeeze
    from tangraph.ops.math.matmul import matmul
    from tangraph.ops.nn.softmax import log_softmax, softmax

    grad = _scaled_rows(grad_loss, op.outputs[1])
    logits = op.inputs[0]
    if grad_grad is not None and not _is_zero(grad_grad):
        probabilities = softmax(logits)
        inner = matmul(expand_dims(grad_grad, 1), expand_dims(probabilities, 2))
        grad += (grad_grad - squeeze(inner, axis=1)) * probabilities
    return grad, _scaled_rows(grad_loss, -log_softmax(logits))


@ops.gradient("SparseSoftmaxCrossEntropyWithLogits")
def _sparse_softmax_cross_entropy_grad(op: Operation, grad_loss: Tensor, _: Any) -> tuple[Tensor, None]:
    fixed = make_op(
        "PreventGradient",
        op.outputs[1],
        message="Currently there is no way to take the second derivative of sparse_softmax_cross_entropy_with_logits "
        "due to the fused implementation's interaction with tf.gradients()",
    )
    return _scaled_rows(grad_loss, fixed), None
