"""RandomGammaGrad on the device: both expansions for all elements, and a look now and then whether they have converged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.random_gamma_grad import is_far, slope_by_fraction, slope_by_series
from tangraph_backend_cuda.kernels.companion import companion

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()
#: Each look makes the host wait; a term costs a few launches.
_TERMS_A_LOOK: Final = 16


@kernel("RandomGammaGrad")
def random_gamma_grad(k: KernelContext) -> Callable[..., Any]:
    """The derivative of gamma samples with respect to alpha, in double precision."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    digamma = companion(xp, "scipy.special").digamma

    def run(alpha: Any, sample: Any) -> Any:
        a, x = xp.broadcast_arrays(alpha.astype(np.float64), sample.astype(np.float64))
        valid, far = (x > 0) & (a > 0), is_far(a, x)

        def expanded(slope: Callable[..., Any], mask: Any, stand_in: float) -> Any:
            # Elsewhere it is taken at a place where it converges at once.
            return slope(xp, xp.where(mask, a, 1.0), xp.where(mask, x, stand_in), digamma, _TERMS_A_LOOK)

        series = expanded(slope_by_series, valid & ~far, 0.5)
        fraction = expanded(slope_by_fraction, valid & far, 40.0)
        result = xp.where(valid, xp.where(far, fraction, series), xp.where(x == 0, 0.0, np.nan))
        return result.astype(dtype)

    return run
