"""Pooling of `tf.contrib.layers`."""

from __future__ import annotations

from typing import Any, Final

import tangraph as tf
from tangraph.export import export, named
from tangraph_compat.contrib.framework.arg_scope import add_arg_scope
from tangraph_layers.contrib.collecting import check_format, collect_named_outputs
from tangraph_layers.pooling import AveragePooling2D, AveragePooling3D, MaxPooling2D, MaxPooling3D


def _pool_function(layer_class: Any, mode: str, doc: str) -> Any:
    dims = layer_class.rank
    formats = ("NCHW", "NHWC") if dims == 2 else ("NCDHW", "NDHWC")

    def pool(
        inputs: Any,
        kernel_size: Any,
        stride: Any = 2,
        padding: str = "VALID",
        data_format: str = formats[1],
        outputs_collections: Any = None,
        scope: Any = None,
    ) -> Any:
        layout = check_format(data_format, *formats)
        with tf.name_scope(scope, f"{mode}Pool{dims}D", [inputs]) as sc:
            layer = layer_class(pool_size=kernel_size, strides=stride, padding=padding, data_format=layout, _scope=sc)
            return collect_named_outputs(outputs_collections, sc, layer.apply(tf.convert_to_tensor(inputs)))

    name = f"{mode.lower()}_pool{dims}d"
    return export(f"contrib.layers.{name}", f"contrib.slim.{name}")(add_arg_scope(named(name, doc)(pool)))


max_pool2d = _pool_function(
    MaxPooling2D,
    "Max",
    """Takes the greatest element of each window of images.

Args:
  inputs: [batch, height, width, channels], or [batch, channels, height, width] with "NCHW".
  kernel_size: the size of the window, one number or two.
  stride: the steps of the window, one number or two.
  padding: "VALID" or "SAME".
  data_format: "NHWC" or "NCHW".
  outputs_collections: collections for the outputs.
  scope: the name scope.

Raises:
  ValueError: an unknown format.
""",
)
_REST: Final = "the arguments are those of `max_pool2d`"
max_pool3d = _pool_function(MaxPooling3D, "Max", f"Takes the greatest element of each window of volumes; {_REST}.")
avg_pool2d = _pool_function(AveragePooling2D, "Avg", f"Takes the mean of each window of images; {_REST}.")
avg_pool3d = _pool_function(AveragePooling3D, "Avg", f"Takes the mean of each window of volumes; {_REST}.")


@export("contrib.slim.pool")
@add_arg_scope
def pool(
    inputs: Any,
    kernel_size: Any,
    pooling_type: str,
    padding: str = "VALID",
    data_format: str | None = None,
    dilation_rate: Any = 1,
    stride: Any = 1,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """Pools in any number of dimensions; see `tf.nn.pool`.

    Args:
      pooling_type: "MAX" or "AVG".
      inputs, kernel_size, padding, data_format, dilation_rate, stride: see there; one number stands for all dimensions.
      outputs_collections: collections for the outputs.
      scope: the name scope.
    """
    with tf.name_scope(scope, f"{pooling_type.lower()}_pool", [inputs]) as sc:
        inputs = tf.convert_to_tensor(inputs)
        rank = inputs.get_shape().ndims
        if rank is None:
            raise ValueError("Rank of inputs must be known")
        if rank < 3:
            raise ValueError("Rank of inputs must be >= 3")
        output = tf.nn.pool(
            input=inputs,
            window_shape=_positive(rank - 2, kernel_size),
            pooling_type=pooling_type,
            padding=padding,
            data_format=data_format,
            dilation_rate=_positive(rank - 2, dilation_rate),
            strides=_positive(rank - 2, stride),
            name=sc,
        )
        return collect_named_outputs(outputs_collections, sc, output)


def _positive(n: int, value: Any) -> tuple[int, ...]:
    try:
        values = (int(value),) * n
    except (TypeError, ValueError):
        values = tuple(int(one) for one in value)
        if len(values) != n:
            raise ValueError(f"Expected sequence of {n} positive integers, but received {value!r}") from None
    for one in values:
        if one < 1:
            raise ValueError(f"expected positive integer, but received {one}")
    return values
