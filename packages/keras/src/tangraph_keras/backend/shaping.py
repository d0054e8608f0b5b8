"""The shapes of tensors: to join, reshape, repeat, pad and reorder them."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.config import checked_format
from tangraph_keras.backend.tensors import is_sparse, ndim, to_dense


@export("keras.backend.concatenate")
def concatenate(tensors: Any, axis: int = -1) -> Any:
    """Returns tensors joined along an axis; sparse if all of them are."""
    if axis < 0:
        rank = ndim(tensors[0])
        axis = axis % rank if rank else 0
    if all(is_sparse(x) for x in tensors):
        return tf.sparse_concat(axis, tensors)
    return tf.concat([to_dense(x) for x in tensors], axis)


@export("keras.backend.reshape")
def reshape(x: Any, shape: Any) -> Any:
    """Returns a tensor with its elements in another shape."""
    return tf.reshape(x, shape)


@export("keras.backend.transpose")
def transpose(x: Any) -> Any:
    """Returns a tensor with its axes in reverse order."""
    return tf.transpose(x)


@export("keras.backend.permute_dimensions")
def permute_dimensions(x: Any, pattern: Any) -> Any:
    """Returns a tensor with its axes in another order."""
    return tf.transpose(x, perm=pattern)


@export("keras.backend.gather")
def gather(reference: Any, indices: Any) -> Any:
    """Returns the slices of a tensor that indices name."""
    return tf.gather(reference, indices)


@export("keras.backend.repeat_elements")
def repeat_elements(x: Any, rep: int, axis: int) -> Any:
    """Returns a tensor with each slice along an axis repeated.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     sess.run(repeat_elements(tf.constant([[1, 2]]), 2, axis=1)).tolist()
    [[1, 1, 2, 2]]
    """
    sizes = x.shape.as_list()
    if sizes[axis] is not None:
        parts = tf.split(value=x, num_or_size_splits=sizes[axis], axis=axis)
        return concatenate([part for part in parts for _ in range(rep)], axis)
    repeats = np.ones(len(sizes) + 1)
    repeats[axis + 1] = rep
    wanted = tf.shape(x)
    repeated = tf.tile(tf.expand_dims(x, axis=axis + 1), repeats)
    factors = np.ones(len(sizes))
    factors[axis] = rep
    repeated = tf.reshape(repeated, wanted * tf.constant(factors, dtype="int32"))
    repeated.set_shape(sizes)
    repeated._keras_shape = tuple(sizes)
    return repeated


@export("keras.backend.repeat")
def repeat(x: Any, n: int) -> Any:
    """Returns a matrix repeated along a new second axis: of shape (rows, n, columns).

    Raises:
      ValueError: no matrix.
    """
    if ndim(x) != 2:
        raise ValueError(f"repeat expects a tensor of rank 2. Received: {x}")
    x = tf.expand_dims(x, 1)
    return tf.tile(x, tf.stack([1, n, 1]))


@export("keras.backend.arange")
def arange(start: Any, stop: Any = None, step: Any = 1, dtype: str = "int32") -> Any:
    """Returns numbers from start (or 0) to before stop."""
    if stop is None and start < 0:
        start = 0
    result = tf.range(start, limit=stop, delta=step, name="arange")
    return result if dtype == "int32" else tf.cast(result, dtype)


@export("keras.backend.tile")
def tile(x: Any, n: Any) -> Any:
    """Returns a tensor repeated along its axes: a number, or one for each of them."""
    return tf.tile(x, [n] if isinstance(n, int) else n)


@export("keras.backend.flatten")
def flatten(x: Any) -> Any:
    """Returns the elements of a tensor as a vector."""
    return tf.reshape(x, [-1])


@export("keras.backend.batch_flatten")
def batch_flatten(x: Any) -> Any:
    """Returns a matrix of the elements of a batch, one in each row."""
    return tf.reshape(x, tf.stack([-1, tf.reduce_prod(tf.shape(x)[1:], None, False)]))


@export("keras.backend.expand_dims")
def expand_dims(x: Any, axis: int = -1) -> Any:
    """Returns a tensor with an axis of size 1 put in."""
    return tf.expand_dims(x, axis)


@export("keras.backend.squeeze")
def squeeze(x: Any, axis: int) -> Any:
    """Returns a tensor without an axis of size 1."""
    return tf.squeeze(x, [axis])


@export("keras.backend.temporal_padding")
def temporal_padding(x: Any, padding: Any = (1, 1)) -> Any:
    """Returns a tensor of rank 3 with zeros before and after the second axis."""
    before, after = padding
    return tf.pad(x, [[0, 0], [before, after], [0, 0]])


def _padded(x: Any, padding: Any, data_format: str | None) -> Any:
    space = [[before, after] for before, after in padding]
    if checked_format(data_format) == "channels_first":
        return tf.pad(x, [[0, 0], [0, 0], *space])
    return tf.pad(x, [[0, 0], *space, [0, 0]])


@export("keras.backend.spatial_2d_padding")
def spatial_2d_padding(x: Any, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None) -> Any:
    """Returns images with zeros around them.

    Args:
      x: a tensor of rank 4.
      padding: how many rows (before, after), and how many columns.
      data_format: "channels_last" or "channels_first"; the setting's when None.

    >>> with tf.Graph().as_default():
    ...     spatial_2d_padding(tf.ones([1, 2, 2, 3])).shape.as_list()
    [1, 4, 4, 3]
    """
    rows, columns = padding
    return _padded(x, (rows, columns), data_format)


@export("keras.backend.spatial_3d_padding")
def spatial_3d_padding(x: Any, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None) -> Any:
    """Returns volumes with zeros around them; see `spatial_2d_padding`."""
    depth, rows, columns = padding
    return _padded(x, (depth, rows, columns), data_format)


@export("keras.backend.stack")
def stack(x: Any, axis: int = 0) -> Any:
    """Returns tensors of one shape put together along a new axis."""
    return tf.stack(x, axis=axis)


@export("keras.backend.one_hot")
def one_hot(indices: Any, num_classes: int) -> Any:
    """Returns indices as vectors with a single one, along a new last axis."""
    return tf.one_hot(indices, depth=num_classes, axis=-1)


@export("keras.backend.reverse")
def reverse(x: Any, axes: Any) -> Any:
    """Returns a tensor with its elements in reverse order along axes."""
    return tf.reverse(x, [axes] if isinstance(axes, int) else axes)


@export("keras.backend.resize_images")
def resize_images(
    x: Any, height_factor: int, width_factor: int, data_format: str, interpolation: str = "nearest"
) -> Any:
    """Returns images made larger by whole factors.

    Args:
      x: a tensor of rank 4.
      height_factor: the factor of rows.
      width_factor: the factor of columns.
      data_format: "channels_last" or "channels_first".
      interpolation: "nearest" or "bilinear".

    Raises:
      ValueError: an unknown format or interpolation.
    """
    if data_format not in {"channels_first", "channels_last"}:
        raise ValueError(f"Invalid `data_format` argument: {data_format}")
    first = data_format == "channels_first"
    rows = 2 if first else 1
    before = x.shape.as_list()
    size = tf.shape(x)[rows : rows + 2]
    size *= tf.constant(np.array([height_factor, width_factor], dtype="int32"))
    if first:
        x = tf.transpose(x, perm=[0, 2, 3, 1])
    if interpolation not in {"nearest", "bilinear"}:
        raise ValueError('interpolation should be one of "nearest" or "bilinear".')
    x = tf.compat.v2.image.resize(x, size, method=interpolation)
    if first:
        x = tf.transpose(x, perm=[0, 3, 1, 2])
    space = [
        None if length is None else length * factor
        for length, factor in zip(before[rows : rows + 2], (height_factor, width_factor), strict=True)
    ]
    x.set_shape([None, None, *space] if first else [None, *space, None])
    return x


@export("keras.backend.resize_volumes")
def resize_volumes(x: Any, depth_factor: int, height_factor: int, width_factor: int, data_format: str) -> Any:
    """Returns volumes made larger by whole factors, by repetition.

    Raises:
      ValueError: an unknown format.
    """
    if data_format not in {"channels_first", "channels_last"}:
        raise ValueError(f"Invalid data_format: {data_format}")
    start = 2 if data_format == "channels_first" else 1
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), start):
        x = repeat_elements(x, factor, axis=axis)
    return x
