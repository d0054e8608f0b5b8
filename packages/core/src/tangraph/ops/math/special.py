"""Special functions: gamma, beta, zeta, error and Bessel functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.math.broadcast import BroadcastSums, broadcast_shape
from tangraph.ops.math.elementwise import FLOATS, define_unary, unary_function

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor
    from tangraph.ops.math.elementwise import UnaryFunction

ops = OpSet()


def _unary(op_type: str, name: str, *names: str, doc: str, sparse: bool = False) -> tuple[OpDef, UnaryFunction]:
    op = define_unary(ops, op_type, FLOATS)
    return op, unary_function(op, name, *names, doc=doc, module=__name__, sparse=sparse)


LGAMMA, lgamma = _unary("Lgamma", "lgamma", "lgamma", "math.lgamma", doc="Returns log(abs(gamma(x))).")
DIGAMMA, digamma = _unary("Digamma", "digamma", "digamma", "math.digamma", doc="Returns the derivative of `lgamma`.")
ERF, erf = _unary("Erf", "erf", "erf", "math.erf", doc="Returns the Gauss error function.", sparse=True)
ERFC, erfc = _unary("Erfc", "erfc", "erfc", "math.erfc", doc="Returns 1 - erf(x), exact for large x.")
BESSEL_I0E, bessel_i0e = _unary(
    "BesselI0e",
    "bessel_i0e",
    "math.bessel_i0e",
    doc="Returns exp(-abs(x)) I0(x), the scaled modified Bessel function of order 0.",
    sparse=True,
)
BESSEL_I1E, bessel_i1e = _unary(
    "BesselI1e",
    "bessel_i1e",
    "math.bessel_i1e",
    doc="Returns exp(-abs(x)) I1(x), the scaled modified Bessel function of order 1.",
    sparse=True,
)


def _binary(name: str, x: str, y: str, out: str = "z") -> OpDef:
    return ops.define(
        name, [f"{x}: T", f"{y}: T"], [f"{out}: T"], ["T: {float, double}"], shape=broadcast_shape, elementwise=True
    )


IGAMMA, IGAMMAC = _binary("Igamma", "a", "x"), _binary("Igammac", "a", "x")
IGAMMA_GRAD_A = _binary("IgammaGradA", "a", "x")
ops.without_gradient("IgammaGradA")
ZETA = _binary("Zeta", "x", "q")
POLYGAMMA = _binary("Polygamma", "a", "x")


def _betainc_shape(c: ShapeContext) -> Raw:
    # Numbers are taken with tensors of any shape; the tensors among the inputs have to be alike.
    tensors = [i for i in (0, 1, 2) if c.shapes[i] != ()]
    return c.merged(*tensors) if tensors else ()


BETAINC = ops.define("Betainc", ["a: T", "b: T", "x: T"], ["z: T"], ["T: {float, double}"], shape=_betainc_shape)


@export("igamma", "math.igamma")
def igamma(a: Any, x: Any, name: str | None = None) -> Tensor:
    """Returns the lower regularised incomplete gamma function P(a, x), of float32 or float64."""
    result: Tensor = make_op(IGAMMA, a, x, name=name)
    return result


@export("igammac", "math.igammac")
def igammac(a: Any, x: Any, name: str | None = None) -> Tensor:
    """Returns the upper regularised incomplete gamma function 1 - P(a, x), of float32 or float64."""
    result: Tensor = make_op(IGAMMAC, a, x, name=name)
    return result


@export("zeta", "math.zeta")
def zeta(x: Any, q: Any, name: str | None = None) -> Tensor:
    """Returns the Hurwitz zeta function, the sum of (q + n) to the power of -x, of float32 or float64."""
    result: Tensor = make_op(ZETA, x, q, name=name)
    return result


@export("polygamma", "math.polygamma")
def polygamma(a: Any, x: Any, name: str | None = None) -> Tensor:
    """Returns the polygamma function, the a-th derivative of `digamma`, of float32 or float64."""
    result: Tensor = make_op(POLYGAMMA, a, x, name=name)
    return result


@export("betainc", "math.betainc")
def betainc(a: Any, b: Any, x: Any, name: str | None = None) -> Tensor:
    """Returns the regularised incomplete beta integral, of float32 or float64.

    Args:
      a, b: the parameters, above 0.
      x: the upper limit, in [0, 1].
      name: the operation's name.

    Raises:
      ValueError: inputs that are no numbers have different shapes.
    """
    result: Tensor = make_op(BETAINC, a, b, x, name=name)
    return result


@export("lbeta", "math.lbeta")
def lbeta(x: Any, name: str | None = None) -> Tensor:
    """Returns the logarithm of the multivariate beta function along the last axis.

    Args:
      x: a tensor of floats with at least one axis.
      name: the name scope, "lbeta" by default.
    """
    from tangraph.ops.math.reductions import reduce_sum

    with name_scope(name, "lbeta", [x]):
        x = convert_to_tensor(x, name="x")
        product = reduce_sum(lgamma(x), axis=[-1])
        return product - lgamma(reduce_sum(x, axis=[-1]))


@export("math.bessel_i0")
def bessel_i0(x: Any, name: str | None = None) -> Tensor:
    """Returns the modified Bessel function of order 0."""
    return _unscaled(x, name, "bessel_i0", bessel_i0e)


@export("math.bessel_i1")
def bessel_i1(x: Any, name: str | None = None) -> Tensor:
    """Returns the modified Bessel function of order 1."""
    return _unscaled(x, name, "bessel_i1", bessel_i1e)


def _unscaled(x: Any, name: str | None, default_name: str, scaled: UnaryFunction) -> Tensor:
    from tangraph.ops.math.unary import abs, exp

    with name_scope(name, default_name, [x]):
        return exp(abs(x)) * scaled(x)


# -- gradients ---------------------------------------------------------------------------------------------------


@ops.gradient("Lgamma")
def _lgamma_grad(op: Operation, grad: Tensor) -> Tensor:
    with control_dependencies([grad]):
        return grad * digamma(op.inputs[0])


@ops.gradient("Digamma")
def _digamma_grad(op: Operation, grad: Tensor) -> Tensor:
    from tangraph.ops.array.constant import constant

    x = op.inputs[0]
    with control_dependencies([grad]):
        return grad * polygamma(constant(1, dtype=x.dtype), x)


def _error_function_grad(op: Operation, grad: Tensor, sign: float) -> Tensor:
    from tangraph.ops.array.constant import constant
    from tangraph.ops.math.unary import exp, square

    factor = constant(sign * 2 / np.sqrt(np.pi), dtype=grad.dtype)
    x = op.inputs[0]
    scaled = grad * factor
    with control_dependencies([grad]):
        return scaled * exp(-square(x))


@ops.gradient("Erf")
def _erf_grad(op: Operation, grad: Tensor) -> Tensor:
    return _error_function_grad(op, grad, 1.0)


@ops.gradient("Erfc")
def _erfc_grad(op: Operation, grad: Tensor) -> Tensor:
    return _error_function_grad(op, grad, -1.0)


@ops.gradient("BesselI0e")
def _bessel_i0e_grad(op: Operation, grad: Tensor) -> Tensor:
    from tangraph.ops.math.unary import sign

    x, y = op.inputs[0], op.outputs[0]
    with control_dependencies([grad]):
        partial = bessel_i1e(x) - sign(x) * y
        return grad * partial


@ops.gradient("BesselI1e")
def _bessel_i1e_grad(op: Operation, grad: Tensor) -> Tensor:
    from tangraph.ops.array.fill import zeros_like
    from tangraph.ops.math.unary import abs, reciprocal, sign

    x, y = op.inputs[0], op.outputs[0]
    with control_dependencies([grad]):
        # At 0 the formula is 0 / 0 and its limit 0.5.
        epsilon = np.finfo(x.dtype.np).eps
        zeros = zeros_like(x)
        away = abs(x) > epsilon
        safe = make_op("Select", away, x, epsilon + zeros)
        formula = bessel_i0e(safe) - y * (sign(safe) + reciprocal(safe))
        partial: Tensor = make_op("Select", away, formula, 0.5 + zeros)
        return grad * partial


@ops.gradient("Igamma")
def _igamma_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    from tangraph.ops.math.unary import exp, log

    a, x = op.inputs
    sums = BroadcastSums(a, x)
    with control_dependencies([grad]):
        partial_a = make_op(IGAMMA_GRAD_A, a, x)
        # Through logarithms, where x**a and gamma(a) overflow.
        partial_x = exp(-x + (a - 1) * log(x) - lgamma(a))
        a_grad = sums.of_x(partial_a * grad)
        return [a_grad, sums.of_y(partial_x * grad)]


@ops.gradient("Igammac")
def _igammac_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    a_grad, x_grad = _igamma_grad(op, grad)
    return [-a_grad, -x_grad]


@ops.gradient("Betainc")
def _betainc_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.math.unary import exp, log

    a, b, x = op.inputs
    sums = BroadcastSums(a, x)
    log_beta = lgamma(a) + lgamma(b) - lgamma(a + b)
    partial_x = exp((b - 1) * log(1 - x) + (a - 1) * log(x) - log_beta)
    return [None, None, sums.of_y(partial_x * grad)]


@ops.gradient("Zeta")
def _zeta_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    x, q = op.inputs
    sums = BroadcastSums(x, q)
    with control_dependencies([grad]):
        partial_q = -x * zeta(x + 1, q)
        return [None, sums.of_y(partial_q * grad)]


@ops.gradient("Polygamma")
def _polygamma_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    n, x = op.inputs
    sums = BroadcastSums(n, x)
    with control_dependencies([grad]):
        partial_x = polygamma(n + 1, x)
        return [None, sums.of_y(partial_x * grad)]
