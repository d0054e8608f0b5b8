"""What networks are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import array_api_strict as xp

from tangraph.plugin import KernelSet, errors

if TYPE_CHECKING:
    from tangraph.plugin import KernelContext

kernel = KernelSet()


@kernel("Relu")
def relu(k: KernelContext) -> Any:
    """x where it is positive, else 0."""
    return lambda x: xp.maximum(x, xp.zeros_like(x))


@kernel("ReluGrad")
def relu_grad(k: KernelContext) -> Any:
    """The gradient where the feature is positive."""
    return lambda grad, features: xp.where(features > 0, grad, xp.zeros_like(grad))


@kernel("Sigmoid")
def sigmoid(k: KernelContext) -> Any:
    """1 / (1 + exp(-x))."""
    return lambda x: 1.0 / (1.0 + xp.exp(-x))


@kernel("SigmoidGrad")
def sigmoid_grad(k: KernelContext) -> Any:
    """The gradient, of the output."""
    return lambda y, grad: grad * y * (1.0 - y)


@kernel("TanhGrad")
def tanh_grad(k: KernelContext) -> Any:
    """The gradient, of the output."""
    return lambda y, grad: grad * (1.0 - y * y)


@kernel("Softmax")
def softmax(k: KernelContext) -> Any:
    """exp(x) over its sum along the last axis."""

    def run(x: Any) -> Any:
        raised = xp.exp(_shifted(x))
        return raised / xp.sum(raised, axis=-1, keepdims=True)

    return run


@kernel("LogSoftmax")
def log_softmax(k: KernelContext) -> Any:
    """The logarithm of the softmax."""

    def run(x: Any) -> Any:
        shifted = _shifted(x)
        return shifted - xp.log(xp.sum(xp.exp(shifted), axis=-1, keepdims=True))

    return run


@kernel("SoftmaxCrossEntropyWithLogits")
def cross_entropy(k: KernelContext) -> Any:
    """The loss of each row, and its derivative with respect to the logits."""

    def run(logits: Any, labels: Any) -> Any:
        if logits.ndim != 2 or labels.ndim != 2:
            text = f"logits and labels must be matrices: logits_size={logits.shape} labels_size={labels.shape}"
            raise errors.InvalidArgumentError(None, None, text)
        shifted = _shifted(logits)
        raised = xp.exp(shifted)
        total = xp.sum(raised, axis=-1, keepdims=True)
        return xp.sum(labels * (xp.log(total) - shifted), axis=-1), raised / total - labels

    return run


def _shifted(x: Any) -> Any:
    return x - xp.max(x, axis=-1, keepdims=True) if x.size else x


@kernel("BiasAddGrad")
def bias_add_grad(k: KernelContext) -> Any:
    """The sum over every axis but the channels'."""
    last = k.attr("data_format") != "NCHW"

    def run(grad: Any) -> Any:
        channel = grad.ndim - 1 if last else 1
        return xp.sum(grad, axis=tuple(i for i in range(grad.ndim) if i != channel), dtype=grad.dtype)

    return run
