"""Special functions, from SciPy (on another backend, from the library of its own that has SciPy's names)."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _library(k: KernelContext) -> Any:
    name = k.xp.__name__
    return importlib.import_module("scipy.special" if name == "numpy" else f"{name}x.scipy.special")


def _function(name: str) -> Callable[[KernelContext], Any]:
    def factory(k: KernelContext) -> Any:
        function = getattr(_library(k), name)
        dtype = k.output_dtypes[0].np
        if dtype.name in ("float32", "float64"):
            return function
        # SciPy has no half precision.
        return lambda *x: function(*[v.astype(np.float32) for v in x]).astype(dtype)

    return factory


for _op_type, _name in {
    "Erf": "erf",
    "Erfc": "erfc",
    "BesselI0e": "i0e",
    "BesselI1e": "i1e",
    "Zeta": "zeta",
    "Betainc": "betainc",
}.items():
    kernel.add(_op_type, _function(_name))


def _corrected(name: str, where: Callable[..., Any], value: float) -> Callable[[KernelContext], Any]:
    """SciPy's function with another value where TensorFlow has one: `where(xp, *inputs)` says where."""
    plain = _function(name)

    def factory(k: KernelContext) -> Any:
        xp, function, dtype = k.xp, plain(k), k.output_dtypes[0].np
        return lambda *x: xp.where(where(xp, *x), dtype.type(value), function(*x))

    return factory


def _is_pole(xp: Any, x: Any) -> Any:
    return (x <= 0) & (xp.floor(x) == x)


def _is_undefined(xp: Any, a: Any, x: Any) -> Any:
    return (x < 0) | ((a <= 0) & (x != 0))


kernel.add("Lgamma", _corrected("gammaln", lambda xp, x: xp.isinf(x), np.inf))
kernel.add("Digamma", _corrected("digamma", _is_pole, np.inf))
kernel.add("Igamma", _corrected("gammainc", _is_undefined, np.nan))
kernel.add("Igammac", _corrected("gammaincc", _is_undefined, np.nan))


@kernel("Polygamma")
def polygamma(k: KernelContext) -> Any:
    """The n-th derivative of digamma; nan for an n that is no whole number."""
    xp, special, dtype = k.xp, _library(k), k.output_dtypes[0].np

    def run(n: Any, x: Any) -> Any:
        order, value = xp.broadcast_arrays(n.astype(np.float64), x.astype(np.float64))
        sign = xp.where(order % 2 == 0, -1.0, 1.0)
        general = sign * special.gamma(order + 1.0) * special.zeta(order + 1.0, value)
        result = xp.where(order == 0, special.digamma(value), general)
        return xp.where(order != xp.floor(order), np.nan, result).astype(dtype)

    return run


@kernel("IgammaGradA")
def igamma_grad_a(k: KernelContext) -> Any:
    """The derivative of the regularised incomplete gamma function by its first argument.

    Of the series P(a, x) = x**a exp(-x) sum(x**n / gamma(a + n + 1)) where x is small, and by a central difference of the
    continued fraction's value elsewhere, in float64.
    """
    xp, special, dtype = k.xp, _library(k), k.output_dtypes[0].np

    def series(a: Any, x: Any) -> Any:
        total = xp.zeros_like(x)
        log_x = xp.log(x)
        for n in range(_SERIES_TERMS):
            order = a + n + 1.0
            term = xp.exp((a + n) * log_x - x - special.gammaln(order))
            total = total + term * (log_x - special.digamma(order))
        return total

    def difference(a: Any, x: Any) -> Any:
        step = _RELATIVE_STEP * xp.maximum(a, 1e-3)
        far = 8 * (special.gammainc(a + step, x) - special.gammainc(a - step, x))
        return (far - special.gammainc(a + 2 * step, x) + special.gammainc(a - 2 * step, x)) / (12 * step)

    def run(a: Any, x: Any) -> Any:
        a, x = xp.broadcast_arrays(a.astype(np.float64), x.astype(np.float64))
        result = xp.where(x <= a + _SERIES_REACH, series(a, xp.where(x > 0, x, 1.0)), difference(a, x))
        result = xp.where(x == 0, 0.0, result)
        return xp.where((x < 0) | (a <= 0), np.nan, result).astype(dtype)

    return run


_SERIES_TERMS = 200
_SERIES_REACH = 20.0
_RELATIVE_STEP = 1e-3
