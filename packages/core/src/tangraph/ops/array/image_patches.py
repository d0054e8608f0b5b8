"""Patches of images put into their depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.indexed_slices import quiet_conversion
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.sparse_tensor import SparseTensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.fill import ones
from tangraph.ops.array.reshape import expand_dims, reshape
from tangraph.ops.array.shape import shape
from tangraph.ops.array.transpose import transpose

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _windows(size: int, window: int, stride: int, padding: str) -> int:
    count = -(-size // stride) if padding == "SAME" else -(-(size - window + 1) // stride)
    if count < 0:
        raise ValueError(
            f"Computed output size would be negative: {count} [input_size: {size}, "
            f"effective_filter_size: {window}, stride: {stride}]"
        )
    return count


def _patches_shape(c: ShapeContext) -> Raw:
    batch, rows, columns, depth = raw_shape.with_rank(c.shapes[0], 4)
    sizes, strides, rates = c.attr("ksizes"), c.attr("strides"), c.attr("rates")
    for name, values in (("ksizes", sizes), ("strides", strides), ("rates", rates)):
        if len(values) != 4:
            raise ValueError(
                f"ExtractImagePatches requires the {name} attribute to contain 4 values, but got: {len(values)}"
            )
    deep = None if depth is None else depth * sizes[1] * sizes[2]
    if rows is None or columns is None:
        return (batch, None, None, deep)
    out = [
        _windows(size, sizes[i] + (sizes[i] - 1) * (rates[i] - 1), strides[i], c.attr("padding"))
        for i, size in ((1, rows), (2, columns))
    ]
    return (batch, *out, deep)


EXTRACT_IMAGE_PATCHES = ops.define(
    "ExtractImagePatches",
    ["images: T"],
    ["patches: T"],
    [
        "ksizes: list(int) >= 4",
        "strides: list(int) >= 4",
        "rates: list(int) >= 4",
        "T: realnumbertype",
        "padding: {'SAME', 'VALID'}",
    ],
    shape=_patches_shape,
)


@ops.gradient("ExtractImagePatches")
def _patches_grad(op: Operation, grad: Any) -> list[Tensor]:
    """The patches of the pixels' numbers say which pixel each element comes from; a sparse product sums them."""
    from tangraph.ops.math.ranges import range as range_
    from tangraph.ops.sparse.matmul import sparse_tensor_dense_matmul
    from tangraph.ops.sparse.slice import sparse_slice

    whole: Any = shape(op.inputs[0], out_type=dtypes.int64)
    batch, rows, columns, channels = whole[0], whole[1], whole[2], whole[3]
    pixels = 1 + rows * columns
    numbers = reshape(range_(1, pixels, dtype=dtypes.int64), (1, rows, columns, 1))
    attrs = {key: op.attrs[key] for key in ("ksizes", "strides", "rates", "padding")}
    patched = make_op(EXTRACT_IMAGE_PATCHES, numbers, **attrs)
    out: Any = shape(op.outputs[0], out_type=dtypes.int64)
    rows_out, columns_out = out[1], out[2]
    _, height, width, _ = op.attrs["ksizes"]
    count = rows_out * columns_out * height * width
    places = reshape(range_(count, dtype=dtypes.int64), (1, rows_out, columns_out, height * width))
    pairs = concat([expand_dims(patched, axis=-1), expand_dims(places, axis=-1)], axis=-1)
    pairs = reshape(pairs, (-1, 2))
    full = SparseTensor(pairs, ones([count], dtype=grad.dtype), (pixels, count))
    matrix = sparse_slice(full, (1, 0), (pixels - 1, count))
    with quiet_conversion():
        expanded = reshape(grad, (batch, rows_out, columns_out, height, width, channels))
        expanded = transpose(expanded, (1, 2, 3, 4, 0, 5))
    flat = reshape(expanded, (-1, batch * channels))
    summed = sparse_tensor_dense_matmul(matrix, flat)
    result = reshape(summed, (rows, columns, batch, channels))
    return [transpose(result, (2, 0, 1, 3))]


@export("extract_image_patches", "image.extract_image_patches")
def extract_image_patches(
    images: Any,
    ksizes: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: Any = None,
    name: str | None = None,
    sizes: Any = None,
) -> Tensor:
    """Puts the patches of images into their depth.

    Args:
      images: of shape ``[batch, rows, columns, depth]``.
      ksizes: the size of a patch, ``[1, rows, columns, 1]``.
      strides: the distance of the patches, ``[1, rows, columns, 1]``.
      rates: the distance of the pixels of a patch, ``[1, rows, columns, 1]``.
      padding: "SAME" or "VALID".
      name: the operation's name.
      sizes: the newer name of `ksizes`.

    Returns:
      A tensor of shape ``[batch, rows, columns, ksizes[1] * ksizes[2] * depth]``.
    """
    ksizes = deprecated_argument_lookup("sizes", sizes, "ksizes", ksizes)
    result: Tensor = make_op(
        EXTRACT_IMAGE_PATCHES, images, ksizes=ksizes, strides=strides, rates=rates, padding=padding, name=name
    )
    return result


@export("image.extract_patches")
def extract_patches(images: Any, sizes: Any, strides: Any, rates: Any, padding: Any, name: str | None = None) -> Tensor:
    """As `tf.extract_image_patches`, by its newer name."""
    return extract_image_patches(images, None, strides, rates, padding, name, sizes)
