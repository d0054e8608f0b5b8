"""Activation functions and their gradients, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels.extremes import against
from tangraph_backend_cpu.kernels.random_state import shape_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()
_SELU_SCALE: Final = 1.0507009873554804934193349852946
_SELU_SCALE_ALPHA: Final = 1.7580993408473768599402175208123


def _number(k: KernelContext, value: float) -> Any:
    """The number in the element type, so that it promotes nothing."""
    return k.output_dtypes[0].np.type(value)


def _gradient(k: KernelContext, function: Callable[..., Any], *, takes_out: bool = False) -> Callable[..., Any]:
    """Returns the gradient kernel, with a check of the shapes where the plan does not know that they are equal."""
    shapes = k.static_shapes
    k.takes_out = takes_out
    if len(shapes) == 2 and shapes[0] == shapes[1] and shapes[0] is not None and None not in shapes[0]:
        return function

    def run(g: Any, x: Any, **out: Any) -> Any:
        if g.shape != x.shape:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Inputs to operation {k.name} of type {k.op_type} must have the same size and shape.  Input 0: "
                f"{shape_text(g.shape)} != input 1: {shape_text(x.shape)}",
            )
        return function(g, x, **out)

    return run


@kernel("Relu")
def relu(k: KernelContext) -> Callable[..., Any]:
    """max(x, 0)."""
    k.takes_out = True
    return against(k.xp.maximum, _number(k, 0), k.xp)


@kernel("ReluGrad")
def relu_grad(k: KernelContext) -> Callable[..., Any]:
    """The gradient where the result is positive."""
    multiply, greater, zero = k.xp.multiply, k.xp.greater, _number(k, 0)
    # A product, so that nan and inf in the gradient show up as nan where the slope is 0, as in TensorFlow.
    return _gradient(k, lambda g, x, out=None: multiply(g, greater(x, zero), out), takes_out=True)


@kernel("Relu6")
def relu6(k: KernelContext) -> Callable[..., Any]:
    """min(max(x, 0), 6)."""
    not_below, not_above = against(k.xp.maximum, _number(k, 0), k.xp), against(k.xp.minimum, _number(k, 6), k.xp)
    k.takes_out = True
    return lambda x, out=None: not_above(not_below(x, out), out)


@kernel("Relu6Grad")
def relu6_grad(k: KernelContext) -> Callable[..., Any]:
    """The gradient where the result is between 0 and 6."""
    xp, zero, six = k.xp, _number(k, 0), _number(k, 6)
    return _gradient(k, lambda g, x, out=None: xp.multiply(g, (x > zero) & (x < six), out), takes_out=True)


@kernel("LeakyRelu")
def leaky_relu(k: KernelContext) -> Callable[..., Any]:
    """Returns x, or alpha * x below 0."""
    xp, zero, alpha = k.xp, _number(k, 0), _number(k, k.attr("alpha"))
    if 0 < alpha <= 1:
        k.takes_out = True
        return lambda x, out=None: xp.maximum(x, x * alpha, out=out)
    return lambda x: xp.where(x > zero, x, x * alpha)


@kernel("LeakyReluGrad")
def leaky_relu_grad(k: KernelContext) -> Callable[..., Any]:
    """The gradient, times alpha below 0."""
    where, zero, alpha = k.xp.where, _number(k, 0), _number(k, k.attr("alpha"))
    return _gradient(k, lambda g, x: where(x > zero, g, g * alpha))


@kernel("Elu")
def elu(k: KernelContext) -> Callable[..., Any]:
    """Returns x, or exp(x) - 1 below 0."""
    xp, zero = k.xp, _number(k, 0)
    return lambda x: xp.where(x < zero, xp.expm1(x), x)


@kernel("EluGrad")
def elu_grad(k: KernelContext) -> Callable[..., Any]:
    """The gradient, from the outputs."""
    where, zero, one = k.xp.where, _number(k, 0), _number(k, 1)
    return _gradient(k, lambda g, y: where(y < zero, (y + one) * g, g))


@kernel("Selu")
def selu(k: KernelContext) -> Callable[..., Any]:
    """The scaled elu."""
    xp, zero = k.xp, _number(k, 0)
    scale, scale_alpha = _number(k, _SELU_SCALE), _number(k, _SELU_SCALE_ALPHA)
    return lambda x: xp.where(x < zero, scale_alpha * xp.expm1(x), scale * x)


@kernel("SeluGrad")
def selu_grad(k: KernelContext) -> Callable[..., Any]:
    """The gradient, from the outputs."""
    where, zero = k.xp.where, _number(k, 0)
    scale, scale_alpha = _number(k, _SELU_SCALE), _number(k, _SELU_SCALE_ALPHA)
    return _gradient(k, lambda g, y: where(y < zero, g * (y + scale_alpha), g * scale))


@kernel("Softplus")
def softplus(k: KernelContext) -> Callable[..., Any]:
    """log(1 + exp(x))."""
    xp, zero = k.xp, _number(k, 0)
    # log(1 + e^x) in a form that does not overflow.
    return lambda x: xp.maximum(x, zero) + xp.log1p(xp.exp(-abs(x)))


@kernel("SoftplusGrad")
def softplus_grad(k: KernelContext) -> Callable[..., Any]:
    """The gradient times the sigmoid of x."""
    exp, one = k.xp.exp, _number(k, 1)
    return _gradient(k, lambda g, x: g / (exp(-x) + one))


@kernel("Softsign")
def softsign(k: KernelContext) -> Callable[..., Any]:
    """Returns x / (1 + abs(x))."""
    one = _number(k, 1)
    return lambda x: x / (abs(x) + one)


@kernel("SoftsignGrad")
def softsign_grad(k: KernelContext) -> Callable[..., Any]:
    """The gradient over the square of 1 + abs(x)."""
    square, one = k.xp.square, _number(k, 1)
    return _gradient(k, lambda g, x: g / square(abs(x) + one))
