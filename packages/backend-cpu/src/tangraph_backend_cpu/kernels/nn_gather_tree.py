"""GatherTree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.plugin import KernelSet, errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("GatherTree")
def gather_tree(k: KernelContext) -> Callable[..., Any]:
    """Follows each beam from its end to its start; what comes after its first end token is end tokens."""
    xp = k.xp

    def run(steps: Any, parents: Any, lengths: Any, end_token: Any) -> Any:
        if steps.shape != parents.shape:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"step_ids.shape must match parent_ids.shape.  but shapes are: {list(steps.shape)} and "
                f"{list(parents.shape)}",
            )
        time, batch, beams = steps.shape
        result = xp.full_like(steps, end_token)
        ends = xp.minimum(lengths, time)
        rows = xp.arange(batch)[:, None]
        beam = xp.broadcast_to(xp.arange(beams), (batch, beams))
        for step in range(int(ends.max()) - 1 if batch else -1, -1, -1):
            inside = (step < ends)[:, None]
            result[step] = xp.where(inside, steps[step][rows, beam], end_token)
            parent = parents[step][rows, beam]
            if (inside & ((parent < 0) | (parent >= beams))).any():
                raise errors.InvalidArgumentError(
                    None, None, f"Saw invalid parent id at (batch, time, beam), step {step}"
                )
            beam = xp.where(inside, parent, beam)
        ended = xp.logical_or.accumulate(result == end_token, axis=0)
        return xp.where(ended, xp.asarray(end_token, steps.dtype), result)

    return run
