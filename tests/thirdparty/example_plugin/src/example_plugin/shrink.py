"""The op: its schema and shape function, its gradient, its kernel and its public function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.plugin import KernelSet, OpSet, make_op

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plugin import KernelContext

ops = OpSet()
kernels = KernelSet()

SOFT_SHRINK = ops.define(
    "SoftShrink",
    inputs=["x: T"],
    outputs=["y: T"],
    attrs=["threshold: float = 0.5", "T: {float, double}"],
    shape=lambda c: c.shapes[0],
    elementwise=True,
)


@ops.gradient("SoftShrink")
def _soft_shrink_gradient(op: Any, grad: Any) -> Any:
    """A gradient is made of ops: it passes where the output is not zero."""
    import tangraph as tf

    return grad * tf.cast(tf.not_equal(op.outputs[0], 0.0), grad.dtype)


@kernels("SoftShrink")
def _soft_shrink_kernel(k: KernelContext) -> Callable[[Any], Any]:
    """Runs once a plan, and returns what runs in every step: with functions that all array libraries have."""
    xp, threshold = k.xp, k.attr("threshold")

    def run(x: Any) -> Any:
        beyond = abs(x) - threshold
        return xp.where(beyond > 0, xp.sign(x) * beyond, xp.zeros_like(x))

    return run


def soft_shrink(x: Any, threshold: float = 0.5, name: str | None = None) -> Any:
    """Moves every element by `threshold` towards zero, and those that are nearer to zero itself.

    Args:
      x: a tensor of type float32 or float64.
      threshold: not negative.
      name: a name for the operation.

    Returns:
      A tensor of the type and shape of `x`.

    Raises:
      ValueError: the threshold is negative.
    """
    if threshold < 0:
        raise ValueError(f"threshold must not be negative. Received: threshold={threshold!r}")
    return make_op(SOFT_SHRINK, x, threshold=threshold, name=name)
