"""`tf.contrib.losses.metric_learning`: losses of embeddings whose distances mean something."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export


def pairwise_distance(feature: Any, squared: bool = False) -> Any:
    """Returns the distances of all pairs of rows, with zeros exactly on the diagonal.

    Args:
      feature: a matrix.
      squared: whether to return the squares.
    """
    squares = tf.add(
        tf.reduce_sum(tf.square(feature), axis=[1], keepdims=True),
        tf.reduce_sum(tf.square(tf.transpose(feature)), axis=[0], keepdims=True),
    ) - 2.0 * tf.matmul(feature, tf.transpose(feature))
    squares = tf.maximum(squares, 0.0)
    is_zero = tf.less_equal(squares, 0.0)
    distances = squares if squared else tf.sqrt(squares + tf.cast(is_zero, tf.float32) * 1e-16)
    distances = tf.multiply(distances, tf.cast(tf.logical_not(is_zero), tf.float32))
    count = tf.shape(feature)[0]
    return tf.multiply(distances, tf.ones_like(distances) - tf.diag(tf.ones([count])))


@export("contrib.losses.metric_learning.contrastive_loss")
def contrastive_loss(labels: Any, embeddings_anchor: Any, embeddings_positive: Any, margin: float = 1.0) -> Any:
    """Brings equal pairs together, and others a margin apart (Hadsell et al. 2006).

    Args:
      labels: ones where a pair is equal, zeros where it is not, a vector.
      embeddings_anchor: the first of each pair, [batch, size].
      embeddings_positive: the second, of the same shape.
      margin: how far others are to be apart.
    """
    distances = tf.sqrt(tf.reduce_sum(tf.squared_difference(embeddings_anchor, embeddings_positive), 1))
    together = tf.cast(labels, distances.dtype) * tf.square(distances)
    apart = (1.0 - tf.cast(labels, distances.dtype)) * tf.square(tf.maximum(margin - distances, 0.0))
    return tf.reduce_mean(together + apart, name="contrastive_loss")


def _masked_extreme(data: Any, mask: Any, outer: Any, inner: Any) -> Any:
    """Returns the greatest (or least) of each row's elements that are not masked."""
    bound = outer(data, 1, keepdims=True)
    return inner(tf.multiply(data - bound, mask), 1, keepdims=True) + bound


def _column(labels: Any) -> Any:
    shape = tf.shape(labels)
    assert shape.shape == 1
    return tf.reshape(labels, [shape[0], 1])


def _other_pairs(adjacency: Any, batch_size: Any) -> Any:
    """Returns ones for pairs of different rows with equal labels."""
    return tf.cast(adjacency, dtype=tf.float32) - tf.diag(tf.ones([batch_size]))


@export("contrib.losses.metric_learning.triplet_semihard_loss")
def triplet_semihard_loss(labels: Any, embeddings: Any, margin: float = 1.0) -> Any:
    """Wants the nearest that is farther than an equal one, and different, a margin farther (arXiv:1503.03832).

    Args:
      labels: classes, an int vector.
      embeddings: a matrix of rows of length 1.
      margin: the margin.
    """
    labels = _column(labels)
    distances = pairwise_distance(embeddings, squared=True)
    adjacency = tf.equal(labels, tf.transpose(labels))
    different = tf.logical_not(adjacency)
    size = tf.size(labels)
    tiled = tf.tile(distances, [size, 1])
    mask = tf.tile(different, [size, 1])
    mask = tf.logical_and(mask, tf.greater(tiled, tf.reshape(tf.transpose(distances), [-1, 1])))
    any_outside = tf.greater(tf.reduce_sum(tf.cast(mask, dtype=tf.float32), 1, keepdims=True), 0.0)
    any_outside = tf.transpose(tf.reshape(any_outside, [size, size]))
    different = tf.cast(different, dtype=tf.float32)
    mask = tf.cast(mask, dtype=tf.float32)
    outside = tf.reshape(_masked_extreme(tiled, mask, tf.reduce_max, tf.reduce_min), [size, size])
    outside = tf.transpose(outside)
    inside = tf.tile(_masked_extreme(distances, different, tf.reduce_min, tf.reduce_max), [1, size])
    loss = tf.add(margin, distances - tf.where(any_outside, outside, inside))
    positives = _other_pairs(adjacency, size)
    count = tf.reduce_sum(positives)
    total = tf.reduce_sum(tf.maximum(tf.multiply(loss, positives), 0.0))
    return tf.truediv(total, count, name="triplet_semihard_loss")


def _regularized(anchor: Any, positive: Any, reg_lambda: float) -> Any:
    sizes = [tf.reduce_mean(tf.reduce_sum(tf.square(one), 1)) for one in (anchor, positive)]
    return tf.multiply(0.25 * reg_lambda, sizes[0] + sizes[1], name="l2loss")


def _of_similarities(similarities: Any, targets: Any, l2loss: Any, print_losses: bool) -> Any:
    targets /= tf.reduce_sum(targets, 1, keepdims=True)
    loss = tf.nn.softmax_cross_entropy_with_logits(logits=similarities, labels=targets)
    loss = tf.reduce_mean(loss, name="xentropy")
    if print_losses:
        loss = tf.Print(loss, ["cross entropy:", loss, "l2loss:", l2loss])
    return l2loss + loss


@export("contrib.losses.metric_learning.npairs_loss")
def npairs_loss(
    labels: Any, embeddings_anchor: Any, embeddings_positive: Any, reg_lambda: float = 0.002, print_losses: bool = False
) -> Any:
    """Wants each anchor more similar to its positive than to the others (Sohn 2016).

    Args:
      labels: classes, an int vector.
      embeddings_anchor: the anchors, [batch, size].
      embeddings_positive: their positives.
      reg_lambda: the weight of the L2 regularization.
      print_losses: whether to print both parts.
    """
    l2loss = _regularized(embeddings_anchor, embeddings_positive, reg_lambda)
    similarities = tf.matmul(embeddings_anchor, embeddings_positive, transpose_a=False, transpose_b=True)
    labels = _column(labels)
    targets = tf.cast(tf.equal(labels, tf.transpose(labels)), tf.float32)
    return _of_similarities(similarities, targets, l2loss, print_losses)


@export("contrib.losses.metric_learning.npairs_loss_multilabel")
def npairs_loss_multilabel(
    sparse_labels: Any,
    embeddings_anchor: Any,
    embeddings_positive: Any,
    reg_lambda: float = 0.002,
    print_losses: bool = False,
) -> Any:
    """`npairs_loss` where rows have several labels.

    Args:
      sparse_labels: a list of SparseTensors, the labels of each pair.
      embeddings_anchor: see `npairs_loss`.
      embeddings_positive: see there.
      reg_lambda: see there.
      print_losses: see there.

    Raises:
      TypeError: the labels are something else.
    """
    if not all(isinstance(one, tf.SparseTensor) for one in sparse_labels):
        raise TypeError(f"sparse_labels must be a list of SparseTensors, but got {sparse_labels}")
    with tf.name_scope("NpairsLossMultiLabel"):
        l2loss = _regularized(embeddings_anchor, embeddings_positive, reg_lambda)
        similarities = tf.matmul(embeddings_anchor, embeddings_positive, transpose_a=False, transpose_b=True)
        targets = tf.cast(_shared_labels(sparse_labels), tf.float32)
        return _of_similarities(similarities, targets, l2loss, print_losses)


def _shared_labels(sparse_labels: list[Any]) -> Any:
    """Returns how many labels each two rows have in common."""
    count = len(sparse_labels)
    matrix = tf.zeros([count, count])
    for i in range(count):
        for j in range(count):
            shared = tf.sparse_reduce_sum(tf.sparse_minimum(sparse_labels[i], sparse_labels[j]))
            shared = tf.expand_dims(tf.expand_dims(tf.cast(shared, tf.float32), 0), 1)
            matrix += tf.pad(shared, [[i, count - i - 1], [j, count - j - 1]], "CONSTANT")
    return matrix


@export("contrib.losses.metric_learning.lifted_struct_loss")
def lifted_struct_loss(labels: Any, embeddings: Any, margin: float = 1.0) -> Any:
    """Compares each equal pair with all different ones (Song et al. 2016, arXiv:1511.06452).

    Args:
      labels: classes, an int vector.
      embeddings: a matrix.
      margin: the margin.
    """
    labels = _column(labels)
    distances = pairwise_distance(embeddings)
    adjacency = tf.equal(labels, tf.transpose(labels))
    different = tf.logical_not(adjacency)
    size = tf.size(labels)
    closeness = margin - distances
    mask = tf.cast(different, dtype=tf.float32)
    row_maximum = _masked_extreme(closeness, mask, tf.reduce_min, tf.reduce_max)
    greatest = tf.maximum(row_maximum, tf.transpose(row_maximum))
    tiled = tf.tile(closeness, [size, 1])
    mask_tiled = tf.tile(mask, [size, 1])
    greatest_vector = tf.reshape(tf.transpose(greatest), [-1, 1])
    exponentials = tf.multiply(tf.exp(tiled - greatest_vector), mask_tiled)
    sums = tf.reshape(tf.reduce_sum(exponentials, 1, keepdims=True), [size, size])
    loss = greatest + tf.log(sums + tf.transpose(sums))
    loss += distances
    positives = _other_pairs(adjacency, size)
    count = tf.reduce_sum(positives) / 2.0
    total = tf.reduce_sum(tf.square(tf.maximum(tf.multiply(loss, positives), 0.0)))
    return tf.truediv(0.25 * total, count, name="liftedstruct_loss")
