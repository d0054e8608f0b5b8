"""ReverseSequence as one lookup: the lengths stay on the device, and one that is out of range reverses what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.array_copies import check_sequences

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("ReverseSequence")
def reverse_sequence(k: KernelContext) -> Callable[..., Any]:
    """A copy with the start of each sequence in reverse order."""
    xp, batch, seq = k.xp, k.attr("batch_dim"), k.attr("seq_dim")

    def run(x: Any, lengths: Any) -> Any:
        check_sequences(x, lengths, batch, seq)
        along = [1] * x.ndim
        along[seq] = -1
        across = [1] * x.ndim
        across[batch] = -1
        place = xp.arange(x.shape[seq], dtype=lengths.dtype).reshape(along)
        length = xp.minimum(lengths, x.shape[seq]).reshape(across)
        return xp.take_along_axis(x, xp.where(place < length, length - 1 - place, place), axis=seq)

    return run
