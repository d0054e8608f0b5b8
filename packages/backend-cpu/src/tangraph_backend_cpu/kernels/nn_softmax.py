"""Softmax, its logarithm, and the cross entropies fused with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels.random_state import shape_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _is_short(k: KernelContext) -> bool:
    """Whether to compute in float32 instead of the 16 bits of the input."""
    return k.output_dtypes[0].np.itemsize < 4


def _in_float(k: KernelContext, function: Callable[..., Any]) -> Callable[..., Any]:
    short = k.output_dtypes[0].np

    def run(logits: Any, *labels: Any) -> Any:
        wide = [label.astype(np.float32) if label.dtype == short else label for label in labels]
        result = function(logits.astype(np.float32), *wide)
        if isinstance(result, tuple):
            return tuple(array.astype(short) for array in result)
        return result.astype(short)

    return run


def _has_rows(k: KernelContext) -> bool:
    """Whether the input is known to have a last axis."""
    return bool(k.static_shapes and k.static_shapes[0])


def _check_rank(function: Callable[..., Any], k: KernelContext) -> Callable[..., Any]:
    """Adds the check for scalars where the rank is not known before."""
    if _has_rows(k):
        return function

    def run(logits: Any) -> Any:
        if not np.ndim(logits):
            raise errors.InvalidArgumentError(None, None, "logits must have >= 1 dimension, got []")
        return function(logits)

    return run


@kernel("Softmax")
def softmax(k: KernelContext) -> Callable[..., Any]:
    """exp(x) over its sum along the last axis."""
    xp = k.xp

    def run(logits: Any, out: Any = None) -> Any:
        if not logits.size:
            return logits.copy() if out is None else out
        result = xp.subtract(logits, logits.max(axis=-1, keepdims=True), out)
        xp.exp(result, result)
        result /= result.sum(axis=-1, keepdims=True)
        return result

    if _is_short(k):
        return _check_rank(_in_float(k, run), k)
    if _has_rows(k):
        k.takes_out = True
        return run
    return _check_rank(run, k)


@kernel("LogSoftmax")
def log_softmax(k: KernelContext) -> Callable[..., Any]:
    """The logarithm of the softmax along the last axis."""
    xp = k.xp

    def run(logits: Any, out: Any = None) -> Any:
        if not logits.size:
            return logits.copy() if out is None else out
        result = xp.subtract(logits, logits.max(axis=-1, keepdims=True), out)
        total = xp.exp(result).sum(axis=-1, keepdims=True)
        result -= xp.log(total, total)
        return result

    if _is_short(k):
        return _check_rank(_in_float(k, run), k)
    if _has_rows(k):
        k.takes_out = True
        return run
    return _check_rank(run, k)


@kernel("SoftmaxCrossEntropyWithLogits")
def softmax_cross_entropy(k: KernelContext) -> Callable[..., Any]:
    """The losses, and their derivatives with respect to the logits."""
    xp = k.xp

    def run(logits: Any, labels: Any) -> tuple[Any, Any]:
        if logits.shape != labels.shape or logits.ndim != 2:
            logits, labels = _broadcast(xp, logits, labels)
        if not logits.size:
            return xp.zeros(logits.shape[:1], logits.dtype), logits.copy()
        shifted = logits - logits.max(axis=1, keepdims=True)
        backprop = xp.exp(shifted)
        total = backprop.sum(axis=1, keepdims=True)
        backprop /= total
        backprop -= labels
        # Not the sum of the labels times log(total): labels need not sum to 1.
        xp.subtract(xp.log(total, total), shifted, shifted)
        shifted *= labels
        return shifted.sum(axis=1), backprop

    return _in_float(k, run) if _is_short(k) else run


def _broadcast(xp: Any, logits: Any, labels: Any) -> tuple[Any, Any]:
    try:
        logits_2d, labels_2d = xp.broadcast_arrays(logits, labels)
    except ValueError:
        sizes = f"logits_size={shape_text(logits.shape)} labels_size={shape_text(labels.shape)}"
        raise errors.InvalidArgumentError(None, None, f"logits and labels must be broadcastable: {sizes}") from None
    if logits_2d.ndim != 2:
        raise errors.InvalidArgumentError(
            None, None, "logits and labels must be either 2-dimensional, or broadcasted to be 2-dimensional"
        )
    return logits_2d, labels_2d


@kernel("SparseSoftmaxCrossEntropyWithLogits")
def sparse_softmax_cross_entropy(k: KernelContext) -> Callable[..., Any]:
    """The same for class indices."""
    xp = k.xp
    rows = xp.arange(0)

    def run(logits: Any, labels: Any) -> tuple[Any, Any]:
        nonlocal rows
        if xp is np:
            _check_sparse(logits, labels)
        else:
            _check_sparse_shapes(logits, labels)
        if not logits.size:
            return xp.zeros(logits.shape[:1], logits.dtype), logits.copy()
        if len(rows) != len(labels):
            rows = xp.arange(len(labels))
        at = rows
        if len(at) != len(labels):  # another thread has changed it between
            at = xp.arange(len(labels))
        shifted = logits - logits.max(axis=1, keepdims=True)
        backprop = xp.exp(shifted)
        total = backprop.sum(axis=1, keepdims=True)
        backprop /= total
        if xp is not np:
            # As TensorFlow on a GPU: the host does not wait for a look at the labels, a wrong one makes its row nan.
            wrong = (labels < 0) | (labels >= logits.shape[1])
            labels = xp.where(wrong, 0, labels)
            shifted[at, labels] = xp.where(wrong, xp.nan, shifted[at, labels])
            backprop[wrong] = xp.nan
        backprop[at, labels] -= backprop.dtype.type(1)
        return xp.log(total[:, 0]) - shifted[at, labels], backprop

    return _in_float(k, run) if _is_short(k) else run


def _check_sparse_shapes(logits: Any, labels: Any) -> None:
    if logits.ndim != 2:
        raise errors.InvalidArgumentError(None, None, f"logits must be 2-D, but got shape {shape_text(logits.shape)}")
    if np.ndim(labels) != 1:
        raise errors.InvalidArgumentError(
            None, None, f"labels must be 1-D, but got shape {shape_text(np.shape(labels))}"
        )
    if len(logits) != len(labels):
        raise errors.InvalidArgumentError(
            None,
            None,
            "logits and labels must have the same first dimension, got logits shape "
            f"{shape_text(logits.shape)} and labels shape {shape_text(labels.shape)}",
        )
    if not logits.shape[1]:
        raise errors.InvalidArgumentError(
            None, None, f"Must have at least one class, but got logits shape {shape_text(logits.shape)}"
        )


def _check_sparse(logits: Any, labels: Any) -> None:
    _check_sparse_shapes(logits, labels)
    classes = logits.shape[1]
    if not len(labels):
        return
    least, most = int(labels.min()), int(labels.max())
    if least < 0 or most >= classes:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Received a label value of {least if least < 0 else most} which is outside the valid range of "
            f"[0, {classes}).  Label values: {' '.join(map(str, labels.tolist()))}",
        )
