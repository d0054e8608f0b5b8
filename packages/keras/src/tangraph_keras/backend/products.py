"""Products of matrices and of batches of them."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.tensors import int_shape, is_sparse, ndim


def _sizes(x: Any) -> tuple[Any, ...]:
    """Returns the sizes of a tensor: numbers where they are known, scalar tensors elsewhere."""
    dynamic = tf.unstack(tf.shape(x))
    return tuple(tensor if size is None else size for size, tensor in zip(int_shape(x), dynamic, strict=True))


@export("keras.backend.dot")
def dot(x: Any, y: Any) -> Any:
    """Returns the product of two tensors: along the last axis of x and the one before the last of y.

    Args:
      x: a tensor, or a sparse matrix.
      y: a tensor.

    Returns:
      A tensor of shape ``x.shape[:-1] + y.shape[:-2] + y.shape[-1:]``.

    >>> with tf.Graph().as_default():
    ...     dot(tf.ones([2, 3, 4]), tf.ones([5, 4, 6])).shape.as_list()
    [2, 3, 5, 6]
    """
    rank = ndim(x)
    if rank is not None and (rank > 2 or (ndim(y) or 0) > 2):
        sizes, others = _sizes(x), _sizes(y)
        axes = list(range(len(others)))
        left = tf.reshape(x, [-1, sizes[-1]])
        right = tf.reshape(tf.transpose(y, perm=[axes.pop(-2), *axes]), [others[-2], -1])
        return tf.reshape(tf.matmul(left, right), sizes[:-1] + others[:-2] + others[-1:])
    return tf.sparse_tensor_dense_matmul(x, y) if is_sparse(x) else tf.matmul(x, y)


@export("keras.backend.batch_dot")
def batch_dot(x: Any, y: Any, axes: Any = None) -> Any:
    """Returns the products of the elements of two batches.

    Args:
      x: a tensor of rank 2 or more.
      y: a tensor of rank 2 or more, with as many elements in the batch.
      axes: the axis of each along which to multiply and add: one number for both, or two; the last one of x and the one
        before the last of y when None.

    Returns:
      A tensor of the sizes that are left; of rank 2 at least.

    >>> with tf.Graph().as_default():
    ...     batch_dot(tf.ones([7, 2, 3]), tf.ones([7, 3, 5]), axes=[2, 1]).shape.as_list()
    [7, 2, 5]
    """
    if isinstance(axes, int):
        axes = (axes, axes)
    ranks = ndim(x) or 0, ndim(y) or 0
    if axes is None:
        axes = [ranks[0] - 1, ranks[1] - 2]
    missing = abs(ranks[0] - ranks[1])
    if ranks[0] > ranks[1]:
        y = tf.reshape(y, tf.concat([tf.shape(y), [1] * missing], axis=0))
    elif ranks[1] > ranks[0]:
        x = tf.reshape(x, tf.concat([tf.shape(x), [1] * missing], axis=0))
    if ndim(x) == 2 and ndim(y) == 2:
        if axes[0] == axes[1]:
            out = tf.reduce_sum(tf.multiply(x, y), axes[0])
        else:
            out = tf.reduce_sum(tf.multiply(tf.transpose(x, [1, 0]), y), axes[1])
    else:
        first = None if axes[0] == (ndim(x) or 0) - 1 else True
        second = True if axes[1] == (ndim(y) or 0) - 1 else None
        out = tf.matmul(x, y, adjoint_a=first, adjoint_b=second)
    if missing:
        start = ranks[0] + ranks[1] - 3 if ranks[0] > ranks[1] else ranks[0] - 1
        out = tf.squeeze(out, list(range(start, start + missing)))
    return tf.expand_dims(out, 1) if ndim(out) == 1 else out
