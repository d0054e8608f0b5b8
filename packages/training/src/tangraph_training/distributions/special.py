"""The distribution function of the normal distribution, its logarithm and its inverse; and Laplace's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.constant import constant
from tangraph.ops.array.fill import fill, zeros_like
from tangraph.ops.array.shape import shape
from tangraph.ops.array.where import where_v2
from tangraph.ops.math.comparison import greater, less
from tangraph.ops.math.extremes import maximum, minimum
from tangraph.ops.math.special import erf, erfc
from tangraph.ops.math.unary import abs, exp, log, log1p, sqrt, square

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.tensor import Tensor

#: Below the first, log_ndtr is its asymptotic series; above the second, minus the small rest.
_SEGMENTS: Final = {
    "float32": (np.float32(-10), np.float32(5)),
    "float64": (np.float64(-20), np.float64(8)),
}
# Rational approximations of the inverse (Cephes' ndtri), coefficients of the lowest power first: around one half, for
# z up to 8 and for greater ones, where z is the square root of minus twice the logarithm.
_CENTRE: Final = (
    (
        -1.23916583867381258016,
        13.9312609387279679503,
        -56.6762857469070293439,
        98.0010754185999661536,
        -59.9633501014107895267,
    ),
    (
        -1.18331621121330003142,
        15.9056225126211695515,
        -82.0372256168333339912,
        200.260212380060660359,
        -225.462687854119370527,
        86.3602421390890590575,
        4.67627912898881538453,
        1.95448858338141759834,
        1.0,
    ),
)
_TAIL: Final = (
    (
        -8.57456785154685413611e-4,
        -3.50424626827848203418e-2,
        -1.40256079171354495875e-1,
        2.18663306850790267539,
        14.6849561928858024014,
        44.0805073893200834700,
        57.1628192246421288162,
        31.5251094599893866154,
        4.05544892305962419923,
    ),
    (
        -9.33259480895457427372e-4,
        -3.80806407691578277194e-2,
        -1.42182922854787788574e-1,
        2.50464946208309415979,
        15.0425385692907503408,
        41.3172038254672030440,
        45.3907635128879210584,
        15.7799883256466749731,
        1.0,
    ),
)
_FAR_TAIL: Final = (
    (
        6.23974539184983293730e-9,
        2.65806974686737550832e-6,
        3.01581553508235416007e-4,
        1.23716634817820021358e-2,
        2.01485389549179081538e-1,
        1.33303460815807542389,
        3.93881025292474443415,
        6.91522889068984211695,
        3.23774891776946035970,
    ),
    (
        6.79019408009981274425e-9,
        2.89247864745380683936e-6,
        3.28014464682127739104e-4,
        1.34204006088543189037e-2,
        2.16236993594496635890e-1,
        1.37702099489081330271,
        3.67983563856160859403,
        6.02427039364742014255,
        1.0,
    ),
)


def _checked(x: Any, name: str) -> Tensor:
    tensor = convert_to_tensor(x, name=name)
    if tensor.dtype.name not in _SEGMENTS:
        raise TypeError(f"{name}.dtype={tensor.dtype} is not handled, see docstring for supported types.")
    return tensor


def ndtr(x: Any, name: str = "ndtr") -> Tensor:
    """Returns the probability that a normal number is less than x, of float32 or float64."""
    with name_scope(name, values=[x]):
        return _ndtr(_checked(x, "x"))


def _ndtr(x: Tensor) -> Tensor:
    half_root = constant(0.5 * np.sqrt(2.0), dtype=x.dtype, name="half_sqrt_2")
    w = x * half_root
    z = abs(w)
    is_small = less(z, half_root)
    near = 1.0 + erf(w)
    far = where_v2(greater(w, 0.0), 2.0 - erfc(z), erfc(z))
    return 0.5 * where_v2(is_small, near, far)


def log_ndtr(x: Any, series_order: int = 3, name: str = "log_ndtr") -> Tensor:
    """Returns the logarithm of `ndtr`, exact where that is nearly 0 or 1.

    Args:
      x: float32 or float64.
      series_order: how many terms of the asymptotic series are taken.
      name: the name scope.
    """
    if not isinstance(series_order, int):
        raise TypeError("series_order must be a Python integer.")
    if not 0 <= series_order <= 30:
        raise ValueError(f"series_order must be {'non-negative' if series_order < 0 else '<= 30'}.")
    with name_scope(name, values=[x]):
        tensor = convert_to_tensor(x, name="x")
        if tensor.dtype.name not in _SEGMENTS:
            raise TypeError(f"x.dtype={tensor.dtype} is not supported.")
        lower, upper = _SEGMENTS[tensor.dtype.name]
        is_high = greater(tensor, upper)
        high = -_ndtr(-tensor)
        is_middle = greater(tensor, lower)
        middle = log(_ndtr(maximum(tensor, lower)))
        low = _log_ndtr_lower(minimum(tensor, lower), series_order)
        return where_v2(is_high, high, where_v2(is_middle, middle, low))


def _log_ndtr_lower(x: Tensor, series_order: int) -> Tensor:
    squared = square(x)
    scale = -0.5 * squared - log(-x) - 0.5 * np.log(2.0 * np.pi)
    return scale + log(_asymptotic_series(x, series_order))  # type: ignore[no-any-return]


def _asymptotic_series(x: Tensor, series_order: int) -> Any:
    dtype = x.dtype.np
    if series_order <= 0:
        return np.array(1, dtype)
    squared = square(x)
    even: Any = zeros_like(x)
    odd: Any = zeros_like(x)
    power = squared
    for n in range(1, series_order + 1):
        term = np.array(np.prod(np.arange(2 * n - 1, 1, -2)), dtype) / power
        if n % 2:
            odd += term
        else:
            even += term
        power *= squared
    return 1.0 + even - odd


def ndtri(p: Any, name: str = "ndtri") -> Tensor:
    """Returns the x at which `ndtr` is p, of float32 or float64."""
    with name_scope(name, values=[p]):
        return _ndtri(_checked(p, "p"))


def _polynomial(x: Tensor, coefficients: Sequence[float]) -> Any:
    if not coefficients:
        return zeros_like(x)
    return x.dtype.np.type(coefficients[0]) + _polynomial(x, coefficients[1:]) * x


def _ndtri(p: Tensor) -> Tensor:
    dtype = p.dtype.np
    folded = where_v2(p > -np.expm1(-2.0), 1.0 - p, p)
    is_outside = folded <= 0.0
    safe = where_v2(is_outside, fill(shape(p), np.array(0.5, dtype)), folded)
    w = safe - 0.5
    ww = w**2
    centre = w + w * ww * (_polynomial(ww, _CENTRE[0]) / _polynomial(ww, _CENTRE[1]))
    centre *= -np.sqrt(2.0 * np.pi)
    z = sqrt(-2.0 * log(safe))
    first = z - log(z) / z
    far_term = _polynomial(1.0 / z, _FAR_TAIL[0]) / _polynomial(1.0 / z, _FAR_TAIL[1]) / z
    term = _polynomial(1.0 / z, _TAIL[0]) / _polynomial(1.0 / z, _TAIL[1]) / z
    far = first - far_term
    tail = first - term
    x = where_v2(safe > np.exp(-2.0), centre, where_v2(z >= 8.0, far, tail))
    x = where_v2(p > 1.0 - np.exp(-2.0), x, -x)
    greatest = constant(np.inf, dtype=p.dtype)
    infinity = fill(shape(p), greatest)
    return where_v2(p <= 0.0, -infinity, where_v2(p >= 1.0, infinity, x))


def log_cdf_laplace(x: Any, name: str = "log_cdf_laplace") -> Tensor:
    """Returns the logarithm of the distribution function of Laplace's distribution."""
    with name_scope(name, values=[x]):
        x = convert_to_tensor(x, name="x")
        lower = -np.log(2.0) + x
        small = exp(-abs(x))
        upper = log1p(-0.5 * small)
        return where_v2(x < 0.0, lower, upper)
