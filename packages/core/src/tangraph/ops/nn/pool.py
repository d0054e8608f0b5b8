"""Pools over windows: max_pool, avg_pool, in one to three dimensions, and tf.nn.pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tangraph.export import export, named
from tangraph.framework import dtypes
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.nn.convolution import strides_and_rates, with_space_to_batch
from tangraph.ops.nn.pool_ops import AVG_POOL, AVG_POOL3D, MAX_POOL, MAX_POOL3D, MAX_POOL_WITH_ARGMAX
from tangraph.ops.nn.windows import sequence

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.tensor import Tensor


def _pool(
    op: OpDef, x: Any, ksize: Any, strides: Any, padding: Any, layout: str, channel_axis: int, name: str
) -> Tensor:
    count = len(op.attrs["data_format"].default) - 2
    result: Tensor = make_op(
        op,
        x,
        ksize=sequence(ksize, count, channel_axis, "ksize"),
        strides=sequence(strides, count, channel_axis, "strides"),
        padding=padding,
        data_format=layout,
        name=name,
    )
    return result


def _pool1d(op: OpDef, x: Any, ksize: Any, strides: Any, padding: Any, layout: str, scope: str) -> Tensor:
    from tangraph.ops.array.reshape import expand_dims, squeeze

    channel_axis = 1 if layout.startswith("NC") else 2
    window = [1, *sequence(ksize, 1, channel_axis, "ksize")]
    steps = [1, *sequence(strides, 1, channel_axis, "strides")]
    row, images = (1, "NHWC") if layout == "NWC" else (2, "NCHW")
    result = make_op(
        op, expand_dims(x, row), ksize=window, strides=steps, padding=padding, data_format=images, name=scope
    )
    return squeeze(result, row)


@export("nn.max_pool")
def max_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """Takes the maximum of each window of images.

    Args:
      value: [batch, height, width, channels], or [batch, channels, height, width] for "NCHW"; real numbers.
      ksize: the size of the window: one number, two or four.
      strides: the steps of the window, in the same forms.
      padding: "SAME" or "VALID".
      data_format: "NHWC" or "NCHW".
      name: the operation's name.
      input: the newer name of `value`.

    Raises:
      ValueError: a window is empty or does not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     image = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
    ...     session.run(tf.nn.max_pool(image, ksize=2, strides=2, padding="SAME")).ravel()
    array([ 5.,  7., 13., 15.], dtype=float32)
    """
    value = deprecated_argument_lookup("input", input, "value", value)
    with name_scope(name, "MaxPool", [value]) as scope:
        layout = "NHWC" if data_format is None else data_format
        channel_axis = 1 if layout.startswith("NC") else 3
        window = sequence(ksize, 2, channel_axis, "ksize")
        steps = sequence(strides, 2, channel_axis, "strides")
        if any(size == 0 for size in window):
            raise ValueError("ksize cannot be zero.")
        return _pool(MAX_POOL, value, window, steps, padding, layout, channel_axis, scope)


@export("nn.avg_pool", "nn.avg_pool2d")
def avg_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """Takes the mean of each window of images; padding does not count.

    Args:
      value: [batch, height, width, channels], or the NCHW form; floats.
      ksize: the size of the window: one number, two or four.
      strides: the steps of the window, in the same forms.
      padding: "SAME" or "VALID".
      data_format: "NHWC" or "NCHW".
      name: the operation's name.
      input: the newer name of `value`.
    """
    with name_scope(name, "AvgPool", [value]) as scope:
        value = deprecated_argument_lookup("input", input, "value", value)
        layout = "NHWC" if data_format is None else data_format
        return _pool(AVG_POOL, value, ksize, strides, padding, layout, 1 if layout.startswith("NC") else 3, scope)


@export("nn.max_pool2d")
def max_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    name: str | None = None,
) -> Tensor:
    """As `tf.nn.max_pool`, by its newer signature."""
    with name_scope(name, "MaxPool2d", [input]) as scope:
        layout = "NHWC" if data_format is None else data_format
        return _pool(MAX_POOL, input, ksize, strides, padding, layout, 1 if layout.startswith("NC") else 3, scope)


class _PoolFunction(Protocol):
    """Takes the maximum or the mean of each window."""

    def __call__(
        self, input: Any, ksize: Any, strides: Any, padding: Any, data_format: str | None = ..., name: str | None = ...
    ) -> Tensor:
        """Returns the pooled tensor."""
        ...


def _pool_function(op: OpDef, default: str, name: str, scope_name: str, doc: str) -> _PoolFunction:
    """Returns the function of an op for one form of inputs, whose default layout is given: "NWC" or "NDHWC"."""

    def pool(
        input: Any, ksize: Any, strides: Any, padding: Any, data_format: str | None = default, name: str | None = None
    ) -> Tensor:
        with name_scope(name, scope_name, [input]) as scope:
            layout = default if data_format is None else data_format
            if default == "NWC":
                return _pool1d(op, input, ksize, strides, padding, layout, scope)
            return _pool(op, input, ksize, strides, padding, layout, 1 if layout.startswith("NC") else 4, scope)

    return export(f"nn.{name}")(named(name, doc)(pool))


max_pool1d = _pool_function(
    MAX_POOL,
    "NWC",
    "max_pool1d",
    "MaxPool1d",
    """Takes the maximum of each window of sequences.

Args:
  input: [batch, width, channels], or [batch, channels, width] for "NCW".
  ksize: the size of the window.
  strides: the step of the window.
  padding: "SAME" or "VALID".
  data_format: "NWC" or "NCW".
  name: the operation's name.
""",
)
avg_pool1d = _pool_function(
    AVG_POOL, "NWC", "avg_pool1d", "AvgPool1D", "Takes the mean of each window of sequences; see `tf.nn.max_pool1d`."
)
max_pool3d = _pool_function(
    MAX_POOL3D,
    "NDHWC",
    "max_pool3d",
    "MaxPool3D",
    """Takes the maximum of each window of volumes.

Args:
  input: [batch, depth, height, width, channels], or [batch, channels, depth, height, width] for "NCDHW".
  ksize: the size of the window: one number, three or five.
  strides: the steps of the window, in the same forms.
  padding: "SAME" or "VALID".
  data_format: "NDHWC" or "NCDHW".
  name: the operation's name.
""",
)
avg_pool3d = _pool_function(
    AVG_POOL3D, "NDHWC", "avg_pool3d", "AvgPool3D", "Takes the mean of each window of volumes; see `tf.nn.max_pool3d`."
)


def _pool_v2(
    kind: str, x: Any, ksize: Any, strides: Any, padding: Any, data_format: str | None, name: str | None
) -> Tensor:
    if x.shape is not None:
        count = len(x.shape) - 2
    elif data_format is not None:
        count = len(data_format) - 2
    else:
        raise ValueError("The input must have a rank or a data format must be given.")
    if not 1 <= count <= 3:
        raise ValueError(f"Input tensor must be of rank 3, 4 or 5 but was {count + 2}.")
    channels_first = data_format is not None and data_format.startswith("NC")
    channel_axis = 1 if channels_first else count + 1
    window = sequence(ksize, count, channel_axis, "ksize")
    steps = sequence(strides, count, channel_axis, "strides")
    if count == 1:
        one = max_pool1d if kind == "MAX" else avg_pool1d
        return one(x, window, steps, padding, data_format, name)
    op = {("MAX", 2): MAX_POOL, ("MAX", 3): MAX_POOL3D, ("AVG", 2): AVG_POOL, ("AVG", 3): AVG_POOL3D}[kind, count]
    layout = data_format or op.attrs["data_format"].default
    result: Tensor = make_op(op, x, ksize=window, strides=steps, padding=padding, data_format=layout, name=name)
    return result


@export("nn.max_pool_v2")
def max_pool_v2(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str | None = None, name: str | None = None
) -> Tensor:
    """Takes the maximum of each window, in as many dimensions of space as the input has.

    Args:
      input: [batch, *space, channels], or the form with the channels first; rank 3 to 5.
      ksize: the size of the window: one number, one a dimension of space, or one a dimension.
      strides: the steps of the window, in the same forms.
      padding: "SAME" or "VALID".
      data_format: where the channels stand; last when None.
      name: the operation's name.
    """
    return _pool_v2("MAX", input, ksize, strides, padding, data_format, name)


@export("nn.avg_pool_v2")
def avg_pool_v2(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str | None = None, name: str | None = None
) -> Tensor:
    """Takes the mean of each window, in as many dimensions of space as the input has; see `tf.nn.max_pool_v2`."""
    return _pool_v2("AVG", input, ksize, strides, padding, data_format, name)


@export("nn.pool")
def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    padding: Any,
    dilation_rate: Any = None,
    strides: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Takes the maximum or the mean of each window, whose elements may be apart.

    Args:
      input: [batch, *space, channels], or the form with the channels first; rank 3 to 5.
      window_shape: the size of the window, one number a dimension of space.
      pooling_type: "MAX" or "AVG".
      padding: "SAME" (only without dilation) or "VALID".
      dilation_rate: the distance of neighbouring elements of a window; not together with strides above 1.
      strides: the steps of the window; ones when None.
      name: the name scope.
      data_format: where the channels stand; last when None.
      dilations: the newer name of `dilation_rate`.

    Raises:
      ValueError: the arguments do not fit each other.
    """
    rates = deprecated_argument_lookup("dilations", dilations, "dilation_rate", dilation_rate)
    with name_scope(name, f"{pooling_type.lower()}_pool", [input]) as scope:
        x = convert_to_tensor(input, name="input")
        count = len(window_shape)
        if not 1 <= count <= 3:
            raise ValueError("It is required that 1 <= num_spatial_dims <= 3.")
        x.shape.with_rank(count + 2)
        steps, rate = strides_and_rates(count, strides, rates)
        if padding == "SAME" and (rate > 1).any():
            raise ValueError("pooling with SAME padding is not implemented for dilation_rate > 1")
        if (steps > window_shape).any():
            raise ValueError(
                "strides > window_shape not supported due to inconsistency between CPU and GPU implementations"
            )
        if pooling_type not in ("MAX", "AVG"):
            raise ValueError(f"{count}-D {pooling_type} pooling is not supported.")
        channels_first = data_format is not None and data_format.startswith("NC")
        window = [1, 1, *window_shape] if channels_first else [1, *window_shape, 1]
        strides = [1, 1, *steps.tolist()] if channels_first else [1, *steps.tolist(), 1]
        first = 2 if channels_first else 1
        layout = data_format
        if count == 1:
            if data_format not in (None, "NWC", "NCW"):
                raise ValueError('data_format must be either "NWC" or "NCW".')
            layout = "NCHW" if channels_first else "NHWC"
            window, strides = [1, *window], [1, *strides]
        two, three = (max_pool, max_pool3d) if pooling_type == "MAX" else (avg_pool, avg_pool3d)
        apply: Any = three if count == 3 else two

        def windows(y: Tensor, _: int, inner_padding: str) -> Tensor:
            from tangraph.ops.array.reshape import expand_dims, squeeze

            if count == 1:
                y = expand_dims(y, first)
            result: Tensor = apply(y, window, strides, inner_padding, name=scope, data_format=layout)
            return squeeze(result, [first]) if count == 1 else result

        axes = range(first, count + first)
        result: Tensor = with_space_to_batch(x, rate, padding, windows, filter_shape=window_shape, spatial_dims=axes)
        return result


@export("nn.max_pool_with_argmax")
def max_pool_with_argmax(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    Targmax: Any = None,
    name: str | None = None,
    output_dtype: Any = None,
    include_batch_in_index: bool = False,
) -> tuple[Tensor, Tensor]:
    """Takes the maximum of each window of images, and says where it stands.

    Args:
      input: [batch, height, width, channels], real numbers.
      ksize: four numbers: the size of the window.
      strides: four numbers: the steps of the window.
      padding: "SAME" or "VALID".
      data_format: "NHWC".
      Targmax: int64 (default) or int32.
      name: the operation's name.
      output_dtype: the newer name of `Targmax`.
      include_batch_in_index: whether a place is counted from the start of the batch instead of its image.

    Returns:
      The maxima, and their places ``(y * width + x) * channels + channel``, of the same shape.

    Raises:
      ValueError: another layout than NHWC.
    """
    if data_format != "NHWC":
        raise ValueError("Data formats other than 'NHWC' are not yet supported")
    index = deprecated_argument_lookup("output_dtype", output_dtype, "Targmax", Targmax)
    result: tuple[Tensor, Tensor] = make_op(
        MAX_POOL_WITH_ARGMAX,
        input,
        ksize=ksize,
        strides=strides,
        padding=padding,
        Targmax=dtypes.int64 if index is None else index,
        include_batch_in_index=include_batch_in_index,
        name=name,
    )
    return result
