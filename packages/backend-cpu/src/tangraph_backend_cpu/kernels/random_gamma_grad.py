"""RandomGammaGrad: how a gamma sample at a fixed quantile moves with alpha, -(dP/da) / (dP/dx).

P is the regularised incomplete gamma function; it and its derivative are summed by a series where x is small, and by a
continued fraction elsewhere. Both are written for any array library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()
Array = Any
_MAX_TERMS: Final = 2000


@kernel("RandomGammaGrad")
def random_gamma_grad(k: KernelContext) -> Callable[..., Any]:
    """The derivative of gamma samples with respect to alpha, in double precision."""
    from scipy import special

    dtype = k.output_dtypes[0].np

    def run(alpha: Any, sample: Any) -> Any:
        a, x = np.broadcast_arrays(np.asarray(alpha, np.float64), np.asarray(sample, np.float64))
        with np.errstate(all="ignore"):
            slope = _of_each(a.reshape(-1), x.reshape(-1), special.digamma)
        return slope.reshape(a.shape).astype(dtype)

    return run


def _of_each(a: Array, x: Array, digamma: Callable[[Array], Array]) -> Array:
    result = np.full_like(a, np.nan)
    result[x == 0] = 0
    valid = (x > 0) & (a > 0)
    fraction = valid & is_far(a, x)
    series = valid & ~fraction
    result[series] = slope_by_series(np, a[series], x[series], digamma)
    result[fraction] = slope_by_fraction(np, a[fraction], x[fraction], digamma)
    return result


def is_far(a: Array, x: Array) -> Array:
    """Returns where the continued fraction converges faster than the series."""
    return (x > 1) & (x > a)


def slope_by_series(xp: Any, a: Array, x: Array, digamma: Callable[[Array], Array], terms_a_look: int = 1) -> Array:
    """P(a, x) = x^a e^-x / Gamma(a + 1) * sum of x^n / ((a+1)...(a+n)), with the derivative of every term.

    Args:
      xp: the array library.
      a, x: float64, positive, of the same shape.
      digamma: the library's.
      terms_a_look: after how many terms it is looked whether they have become too small to count.
    """
    term, total = xp.ones_like(a), xp.ones_like(a)
    term_da, total_da = xp.zeros_like(a), xp.zeros_like(a)
    r = a
    for n in range(1, _MAX_TERMS + 1):
        r = r + 1
        term_da = term_da * (x / r) - term * x / (r * r)
        term = term * (x / r)
        total = total + term
        total_da = total_da + term_da
        if n % terms_a_look == 0 and bool((xp.abs(term_da) <= 1e-17 * xp.abs(total_da)).all()):
            break
    return -(total_da + total * (xp.log(x) - digamma(a + 1))) * x / a


def slope_by_fraction(xp: Any, a: Array, x: Array, digamma: Callable[[Array], Array], terms_a_look: int = 1) -> Array:
    """1 - P(a, x) = x^a e^-x / Gamma(a) times a continued fraction, whose convergents carry their derivatives.

    Args:
      xp, a, x, digamma, terms_a_look: see `slope_by_series`.
    """
    zero = xp.zeros_like(a)
    y, z = 1 - a, x + 1 - a + 1
    p2, q2, p1, q1 = xp.ones_like(a), x, x + 1, z * x
    dp2, dq2, dp1, dq1 = zero, zero, zero, -x
    value = p1 / q1
    value_da = (dp1 - value * dq1) / q1
    for c in range(1, _MAX_TERMS):
        y, z = y + 1, z + 2
        yc = y * c
        p, q = p1 * z - p2 * yc, q1 * z - q2 * yc
        dp = dp1 * z - p1 - dp2 * yc + p2 * c
        dq = dq1 * z - q1 - dq2 * yc + q2 * c
        new = p / q
        new_da = (dp - new * dq) / q
        change, value, value_da = xp.abs(new_da - value_da), new, new_da
        if c % terms_a_look == 0 and bool((change <= 1e-15 * xp.abs(new_da)).all()):
            break
        # Convergents grow without bound; only their quotients matter.
        scale = xp.where(xp.abs(p) > 1e15, 1e-15, 1.0)
        p2, p1, q2, q1 = p1 * scale, p * scale, q1 * scale, q * scale
        dp2, dp1, dq2, dq1 = dp1 * scale, dp * scale, dq1 * scale, dq * scale
    return (value_da + value * (xp.log(x) - digamma(a))) * x
