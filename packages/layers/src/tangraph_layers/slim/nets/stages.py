"""A little language for the stages of Inception networks: convolutions, pools, and modules of parallel branches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import tangraph as tf
from tangraph_layers.slim.nets.scopes import truncated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    #: A function of a tensor, the name of the stage, and a function that thins numbers of channels.
    Step = Callable[[Any, str, Callable[[int], int]], Any]

_KERNEL: Final = re.compile(r"(\d)x(\d)$")


def _kernel(scope: str) -> list[int]:
    """Returns the kernel that a scope's name tells: [1, 7] for "Conv2d_0c_1x7"."""
    found = _KERNEL.search(scope)
    if found is None:
        raise ValueError(f"A scope's name should end with a kernel, as in 'Conv2d_0c_1x7'. Received: {scope!r}")
    return [int(size) for size in found.groups()]


def conv(
    depth: int, scope: str = "", kernel: list[int] | None = None, stddev: float | None = None, **options: Any
) -> Step:
    """Returns a step that is a convolution.

    Args:
      depth: the number of channels, before it is thinned.
      scope: the variable scope; the stage's name when empty.
      kernel: height and width; what the scope's name ends with when None.
      stddev: the spread of the truncated normal initial weights; the argument scope's initializer when None.
      **options: arguments of the layer.
    """

    def step(net: Any, stage: str, thin: Callable[[int], int]) -> Any:
        start = {} if stddev is None else {"weights_initializer": truncated(stddev)}
        name = scope or stage
        return tf.contrib.layers.conv2d(net, thin(depth), kernel or _kernel(name), scope=name, **start, **options)

    return step


def max_pool(scope: str = "", **options: Any) -> Step:
    """Returns a step that is a maximum over windows; see `conv`."""

    def step(net: Any, stage: str, _: Callable[[int], int]) -> Any:
        name = scope or stage
        return tf.contrib.layers.max_pool2d(net, _kernel(name), scope=name, **options)

    return step


def avg_pool(scope: str, **options: Any) -> Step:
    """Returns a step that is a mean over windows; see `conv`."""
    return lambda net, _stage, _thin: tf.contrib.layers.avg_pool2d(net, _kernel(scope), scope=scope, **options)


def fork(*steps: Step) -> Step:
    """Returns a step that concatenates what several steps make of the same tensor."""
    return lambda net, stage, thin: tf.concat([step(net, stage, thin) for step in steps], 3)


def mixed(*branches: Sequence[Step]) -> Step:
    """Returns a step that concatenates what several rows of steps make of the same tensor, in scopes of their own."""

    def step(net: Any, stage: str, thin: Callable[[int], int]) -> Any:
        values = []
        with tf.variable_scope(stage):
            for n, branch in enumerate(branches):
                value = net
                with tf.variable_scope(f"Branch_{n}"):
                    for one in branch:
                        value = one(value, stage, thin)
                values.append(value)
            return tf.concat(values, 3)

    return step


def grow(net: Any, stages: dict[str, Step], last: str, thin: Callable[[int], int], end_points: dict[str, Any]) -> Any:
    """Adds stages one after the other, up to the last one that is wanted, and notes what each puts out."""
    for name, step in stages.items():
        end_points[name] = net = step(net, name, thin)
        if name == last:
            break
    return net


def check_last(last: str, *stages: dict[str, Step]) -> None:
    """Raises ValueError unless one of the stages has that name."""
    if not any(last in some for some in stages):
        raise ValueError(f"Unknown final endpoint {last}")


def thinning(depth_multiplier: float, min_depth: int) -> Callable[[int], int]:
    """Returns the function that thins numbers of channels.

    Raises:
      ValueError: the multiplier is not positive.
    """
    if depth_multiplier <= 0:
        raise ValueError("depth_multiplier is not greater than zero.")
    return lambda depth: max(int(depth * depth_multiplier), min_depth)


def reduced_kernel(net: Any, kernel: list[int]) -> list[int]:
    """Returns a kernel that is no larger than the images, as far as their size is known."""
    shape = net.shape.as_list()
    if shape[1] is None or shape[2] is None:
        return kernel
    return [min(size, wanted) for size, wanted in zip(shape[1:3], kernel, strict=True)]


def final_pool(net: Any, kernel: list[int], keep_prob: float) -> Any:
    """Adds the mean over what is left of the images, and dropout."""
    kernel = reduced_kernel(net, kernel)
    net = tf.contrib.layers.avg_pool2d(net, kernel, padding="VALID", scope="AvgPool_1a_{}x{}".format(*kernel))
    return tf.contrib.layers.dropout(net, keep_prob=keep_prob, scope="Dropout_1b")


def to_classes(net: Any, num_classes: int, scope: str, spatial_squeeze: bool, **options: Any) -> Any:
    """Adds the convolution that makes logits, and drops their spatial axes if so wanted."""
    bare = {"activation_fn": None, "normalizer_fn": None}
    logits = tf.contrib.layers.conv2d(net, num_classes, [1, 1], scope=scope, **bare, **options)
    return tf.squeeze(logits, [1, 2], name="SpatialSqueeze") if spatial_squeeze else logits
