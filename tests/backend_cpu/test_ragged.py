"""Ragged tensors against lists of lists, their errors, and how sessions take and return them."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf

ROWS = [[3.0, 1.0, 4.0], [], [1.0, 5.0], [9.0]]


def run(fetches, feed=None):
    with tf.Session() as sess:
        return sess.run(fetches, feed)


def lists(value):
    """Returns what a run returned as lists."""
    return value.to_list() if isinstance(value, tf.ragged.RaggedTensorValue) else np.asarray(value).tolist()


def by_row(function):
    return [[function(x) for x in row] for row in ROWS]


EXPRESSIONS = {
    "square": (tf.square, by_row(lambda x: x * x)),
    "scaled": (lambda r: 2.0 * r - 1.0, by_row(lambda x: 2 * x - 1)),
    "compared": (lambda r: r > 2.0, by_row(lambda x: x > 2)),
    "added to itself": (lambda r: r + r, by_row(lambda x: 2 * x)),
    "cast": (lambda r: tf.cast(r, tf.int32), by_row(int)),
    "a column of biases": (
        lambda r: r + tf.constant([[10.0], [20.0], [30.0], [40.0]]),
        [[13, 11, 14], [], [31, 35], [49]],
    ),
    "row": (lambda r: r[2], [1, 5]),
    "last row": (lambda r: r[-1], [9]),
    "element": (lambda r: r[0, 1], 1),
    "rows": (lambda r: r[1:3], [[], [1, 5]]),
    "every second row": (lambda r: r[::2], [[3, 1, 4], [1, 5]]),
    "columns": (lambda r: r[:, :2], [[3, 1], [], [1, 5], [9]]),
    "columns from the end": (lambda r: r[:, -1:], [[4], [], [5], [9]]),
    "every second column": (lambda r: r[:, ::2], [[3, 4], [], [1], [9]]),
    "columns to a tensor": (lambda r: r[:, : tf.constant(1)], [[3], [], [1], [9]]),
    "new axis": (lambda r: r[tf.newaxis], [ROWS]),
    "sum of rows": (lambda r: tf.reduce_sum(r, 1), [8, 0, 6, 9]),
    "sum of columns": (lambda r: tf.reduce_sum(r, 0), [13, 6, 4]),
    "sum": (tf.reduce_sum, 23),
    "greatest": (lambda r: tf.reduce_max(r[::2], axis=1), [4, 5]),
    "lengths": (lambda r: r.row_lengths(), [3, 0, 2, 1]),
    "bounding shape": (lambda r: r.bounding_shape(), [4, 3]),
    "padded": (lambda r: r.to_tensor(-1.0), [[3, 1, 4], [-1, -1, -1], [1, 5, -1], [9, -1, -1]]),
    "there and back": (lambda r: tf.RaggedTensor.from_sparse(r.to_sparse()), ROWS),
    "concatenated": (lambda r: tf.concat([r, r[:1]], 0), [*ROWS, ROWS[0]]),
    "concatenated rows": (lambda r: tf.concat([r, r], 1), [row + row for row in ROWS]),
    "stacked": (lambda r: tf.stack([r, r]), [ROWS, ROWS]),
    "tiled": (lambda r: tf.tile(r, [1, 2]), [row * 2 for row in ROWS]),
    "gathered": (lambda r: tf.gather(r, [3, 0, 3]), [[9], [3, 1, 4], [9]]),
    "masked rows": (lambda r: tf.ragged.boolean_mask(r, [True, False, False, True]), [[3, 1, 4], [9]]),
    "masked": (lambda r: tf.ragged.boolean_mask(r, r > 2.0), [[3, 4], [], [5], [9]]),
    "mapped": (lambda r: tf.ragged.map_flat_values(tf.negative, r), by_row(lambda x: -x)),
    "where": (lambda r: tf.where(r > 2.0, r, -r), by_row(lambda x: x if x > 2 else -x)),
    "size": (tf.size, 6),
    "rank": (tf.rank, 2),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize("fed", [False, True])
def test_expression(name, fed):
    expression, expected = EXPRESSIONS[name]
    if fed:
        rows = tf.ragged.placeholder(tf.float32, 1, value_shape=[])
        feed = {rows: tf.ragged.constant_value(ROWS, dtype=np.float32)}
    else:
        rows, feed = tf.ragged.constant(ROWS), None
    assert lists(run(expression(rows), feed)) == expected


@pytest.mark.parametrize(
    ("make", "partition"),
    [
        (tf.RaggedTensor.from_row_splits, [0, 2, 2, 3]),
        (tf.RaggedTensor.from_row_starts, [0, 2, 2]),
        (tf.RaggedTensor.from_row_limits, [2, 2, 3]),
        (tf.RaggedTensor.from_row_lengths, [2, 0, 1]),
        (tf.RaggedTensor.from_value_rowids, [0, 0, 2]),
    ],
)
def test_factories(make, partition):
    assert run(make([7, 8, 9], partition)).to_list() == [[7, 8], [], [9]]


@pytest.mark.parametrize(
    ("make", "partition"),
    [
        (tf.RaggedTensor.from_row_splits, [0, 2, 5]),
        (tf.RaggedTensor.from_row_splits, [0, 2, 1, 3]),
        (tf.RaggedTensor.from_row_starts, [1, 2]),
        (tf.RaggedTensor.from_row_limits, [2, 2]),
        (tf.RaggedTensor.from_row_lengths, [2, -1, 2]),
        (tf.RaggedTensor.from_value_rowids, [0, 2, 1]),
    ],
)
def test_partitions_that_do_not_fit(make, partition):
    fed = tf.placeholder(tf.int64, [None])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Arguments to from_"):
        run(make([7, 8, 9], fed), {fed: partition})


def test_two_ragged_dimensions():
    deep = tf.ragged.constant([[[1], [2, 3]], [], [[4, 5, 6]]])
    assert deep.shape.as_list() == [3, None, None]
    assert deep.ragged_rank == 2
    assert lists(run(tf.reduce_sum(deep, 2))) == [[1, 5], [], [15]]
    assert lists(run(deep[:, :1, 1:])) == [[[]], [], [[5, 6]]]
    assert run(deep.to_tensor()).tolist() == [
        [[1, 0, 0], [2, 3, 0]],
        [[0, 0, 0], [0, 0, 0]],
        [[4, 5, 6], [0, 0, 0]],
    ]


def test_inner_dimensions_that_are_not_ragged():
    pairs = tf.ragged.constant([[[1, 2]], [[3, 4], [5, 6]]], ragged_rank=1)
    assert pairs.shape.as_list() == [2, None, 2]
    assert lists(run(tf.reduce_sum(pairs, axis=1))) == [[1, 2], [8, 10]]


def test_gradients_go_to_the_values():
    values = tf.constant([1.0, 2.0, 3.0])
    rows = tf.RaggedTensor.from_row_splits(values, [0, 2, 3])
    loss = tf.reduce_sum(tf.square(tf.reduce_sum(rows * 2.0, axis=1)))
    assert run(tf.gradients(loss, values)[0]).tolist() == [24.0, 24.0, 24.0]


def test_map_of_rows_that_differ():
    rows = tf.ragged.constant(ROWS)
    with pytest.raises(ValueError, match="Inputs must have identical ragged splits"):
        tf.ragged.map_flat_values(tf.multiply, rows, tf.ragged.constant([[[1.0]]]))


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda r: tf.ragged.constant([[1], 2]), ValueError, "all scalar values must have the same nesting depth"),
        (lambda r: tf.ragged.constant([[1], [2]], ragged_rank=3), ValueError, "ragged_rank"),
        (lambda r: r[:, 1], ValueError, "Cannot index into an inner ragged dimension."),
        (bool, TypeError, "RaggedTensor may not be used as a boolean."),
        (lambda r: tf.RaggedTensor([1], [0, 1]), ValueError, "private"),
    ],
)
def test_what_is_refused(call, kind, text):
    rows = tf.ragged.constant([[1, 2], [3]])
    with pytest.raises(kind, match=text):
        call(rows)


def test_values_have_lists_and_shapes():
    value = tf.ragged.constant_value([[1, 2], [], [3]])
    assert value.to_list() == [[1, 2], [], [3]]
    assert value.shape == (3, None)
    assert value.ragged_rank == 1
