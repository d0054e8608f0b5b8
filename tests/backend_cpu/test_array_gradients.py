"""Gradients of array ops: against differences along a random direction, first and second order; and what they are."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import tangraph as tf

X = np.random.RandomState(0).rand(2, 3, 4)
IMAGE = np.random.RandomState(1).rand(1, 4, 4, 4)

# (name, input, function that is not linear because of the square in front of it)
CASES = [
    ("reshape", X, lambda x: tf.reshape(x, [4, -1])),
    ("expand_dims", X, lambda x: tf.expand_dims(x, 1)),
    ("squeeze", X[:, :1], lambda x: tf.squeeze(x, [1])),
    ("stack", X, lambda x: tf.stack([x, 2 * x], 1)),
    ("unstack", X, lambda x: tf.unstack(x, 3, 1)[1]),
    ("concat", X, lambda x: tf.concat([x, x * 2], 1)),
    ("concat_many", X, lambda x: tf.concat([x] * 18, -1)),
    ("split", X, lambda x: tf.split(x, 2, 2)[1]),
    ("split_sizes", X, lambda x: tf.split(x, [1, 2], 1)[1]),
    ("slice", X, lambda x: tf.slice(x, [0, 1, 0], [-1, 1, 2])),
    ("strided_slice", X, lambda x: x[:, ::-2, 1:, None]),
    ("element", X, lambda x: x[1, 2, 3]),
    ("transpose", X, lambda x: tf.transpose(x, [2, 0, 1])),
    ("gather", X, lambda x: tf.gather(x, [[1, 1], [0, 1]])),
    ("gather_axis", X, lambda x: tf.gather(x, [2, 2, 0], axis=1)),
    ("gather_batch", X, lambda x: tf.gather(x, [[2, 2], [0, 1]], batch_dims=1)),
    ("gather_nd", X, lambda x: tf.gather_nd(x, [[1, 2], [1, 2], [0, 0]])),
    ("gather_nd_rows", X, lambda x: tf.gather_nd(x, [[1], [1]])),
    ("batch_gather", X, lambda x: tf.batch_gather(x, [[2, 2], [0, 1]])),
    ("scatter_nd", X, lambda x: tf.scatter_nd([[3], [3]], x, [5, 3, 4])),
    ("tensor_scatter_update", X, lambda x: tf.tensor_scatter_update(x, [[1]], x[:1] * 3)),
    ("tensor_scatter_add", X, lambda x: tf.tensor_scatter_add(x, [[1]], x[:1] * 3)),
    ("tensor_scatter_sub", X, lambda x: tf.tensor_scatter_sub(x, [[1]], x[:1] * 3)),
    ("tile", X, lambda x: tf.tile(x, [2, 1, 3])),
    ("broadcast_to", X[:, :1], lambda x: tf.broadcast_to(x, [3, 2, 3, 4])),
    ("repeat", X, lambda x: tf.repeat(x, [1, 0, 2], axis=1)),
    ("pad", X, lambda x: tf.pad(x, [[1, 0], [0, 2], [1, 1]])),
    ("reflect", X, lambda x: tf.pad(x, [[1, 0], [2, 2], [1, 3]], "REFLECT")),
    ("symmetric", X, lambda x: tf.pad(x, [[1, 2], [3, 0], [1, 1]], "SYMMETRIC")),
    ("reverse", X, lambda x: tf.reverse(x, [0, 2])),
    ("reverse_sequence", X, lambda x: tf.reverse_sequence(x, [2, 3], 1, 0)),
    ("roll", X, lambda x: tf.roll(x, [1, 2], [0, 1])),
    ("where", X, lambda x: tf.where(x > 0.3, x * 2, x)),
    ("where_v2", X, lambda x: tf.where_v2(x > 0.3, x[:1], 2 * x)),
    ("boolean_mask", X, lambda x: tf.boolean_mask(x, [True, False, True], axis=1)),
    ("fill", X, lambda x: tf.fill([2, 3], x[0, 0, 0])),
    ("diag", X[0, 0], tf.diag),
    ("diag_part", X[0][:, :3], tf.diag_part),
    ("matrix_diag", X, tf.matrix_diag),
    ("matrix_diag_part", X, tf.matrix_diag_part),
    ("matrix_set_diag", X, lambda x: tf.matrix_set_diag(x, 3 * x[:, 0, :3])),
    ("matrix_band_part", X, lambda x: tf.matrix_band_part(x, 1, 0)),
    ("dynamic_partition", X, lambda x: tf.concat(tf.dynamic_partition(x, [[0, 1, 0], [1, 1, 0]], 2), 0)),
    ("dynamic_stitch", X, lambda x: tf.dynamic_stitch([[3, 0]], [x])),
    ("space_to_batch", IMAGE, lambda x: tf.space_to_batch(x, [[1, 1], [0, 0]], 2)),
    ("batch_to_space", IMAGE.reshape(4, 2, 2, 4), lambda x: tf.batch_to_space(x, [[0, 1], [1, 0]], 2)),
    ("space_to_depth", IMAGE, lambda x: tf.space_to_depth(x, 2)),
    ("depth_to_space", IMAGE, lambda x: tf.depth_to_space(x, 2)),
    (
        "extract_image_patches",
        IMAGE,
        lambda x: tf.extract_image_patches(x, [1, 2, 3, 1], [1, 1, 2, 1], [1] * 4, "SAME"),
    ),
    ("ensure_shape", X, lambda x: tf.ensure_shape(x, [None, None, None])),
    ("sort", X, tf.sort),
]


def _difference(session, x, value, y, direction, step=1e-5):
    def at(move):
        return session.run(y, {x: value + move * direction})

    return (at(step) - at(-step)) / (2 * step)


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize(("name", "value", "op"), CASES, ids=[c[0] for c in CASES])
def test_gradients(name, value, op, known):
    rng = np.random.RandomState(3)
    direction = rng.randn(*value.shape)
    with tf.Graph().as_default(), tf.Session() as session, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        x = tf.placeholder(tf.float64, value.shape if known else [None] * value.ndim)
        y = op(x * x)
        weights = rng.randn(*session.run(y, {x: value}).shape)
        loss = tf.reduce_sum(y * y * weights)
        (first,) = tf.gradients(loss, x)
        along = tf.reduce_sum(tf.convert_to_tensor(first) * direction)
        found = session.run(along, {x: value})
        np.testing.assert_allclose(found, _difference(session, x, value, loss, direction), rtol=1e-5, atol=1e-7)
        if name in {"batch_gather", "gather_batch", "gather_axis", "extract_image_patches"}:
            return
        (second,) = tf.gradients(along, x)
        found = session.run(tf.reduce_sum(tf.convert_to_tensor(second) * direction), {x: value})
        np.testing.assert_allclose(found, _difference(session, x, value, along, direction), rtol=1e-4, atol=1e-6)


def test_gradient_of_gather_is_sparse():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        (slices,) = tf.gradients(tf.gather(x, [2, 0, 2]), x)
        assert isinstance(slices, tf.IndexedSlices)
        value = session.run(slices)
        dense = session.run(tf.convert_to_tensor(slices))
    assert type(value).__name__ == "IndexedSlicesValue"
    assert value.indices.tolist() == [2, 0, 2]
    assert value.dense_shape.tolist() == [3, 2]
    assert dense.tolist() == [[1, 1], [0, 0], [2, 2]]


@pytest.mark.parametrize("axis", [0, 1])
def test_sparse_gradient_goes_through_concat(axis):
    with tf.Graph().as_default(), tf.Session() as session:
        a, b = tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.constant([[5.0, 6.0], [7.0, 8.0]])
        y = tf.gather(tf.concat([a, b], axis), [1, 1, 0] if axis else [3, 0, 3])
        grads = tf.gradients(y, [a, b])
        assert all(isinstance(g, tf.IndexedSlices) for g in grads)
        found = session.run([tf.convert_to_tensor(g) for g in grads])
    expected = [[[1, 1], [2, 2]], [[1, 1], [2, 2]]] if axis else [[[1, 1], [0, 0]], [[0, 0], [2, 2]]]
    np.testing.assert_array_equal(found, expected)


def test_sparse_gradient_goes_through_tile_and_stitch():
    with tf.Graph().as_default(), tf.Session() as session:
        a = tf.constant([[1.0, 2.0], [3.0, 4.0]])
        tiled = tf.gradients(tf.gather(tf.tile(a, [2, 1]), [0, 3, 2]), a)[0]
        stitched = tf.gradients(tf.gather(tf.dynamic_stitch([[1, 0]], [a]), [1]), a)[0]
        found = session.run([tiled, stitched])
    np.testing.assert_array_equal(found, [[[2, 2], [1, 1]], [[1, 1], [0, 0]]])


def test_indexed_slices_warns_when_it_becomes_large():
    with tf.Graph().as_default():
        unknown = tf.IndexedSlices(tf.ones([1, 2]), tf.constant([0]), tf.placeholder(tf.int32, [2]))
        with pytest.warns(UserWarning, match="dense Tensor of unknown shape"):
            tf.convert_to_tensor(unknown)
        large = tf.IndexedSlices(tf.ones([1, 2]), tf.constant([0]), tf.constant([50_000_000, 2]))
        with pytest.warns(UserWarning, match="a dense Tensor with 100000000 elements"):
            tf.convert_to_tensor(large)
        with pytest.raises(ValueError, match="without dense_shape"):
            tf.convert_to_tensor(tf.IndexedSlices(tf.ones([1, 2]), tf.constant([0])))
        with pytest.raises(ValueError, match="requested dtype int32 for IndexedSlices with dtype float32"):
            tf.convert_to_tensor(large, tf.int32)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tf.convert_to_tensor(tf.IndexedSlices(tf.ones([1, 2]), tf.constant([0]), tf.constant([3, 2])))


def test_indexed_slices_attributes():
    with tf.Graph().as_default() as graph:
        values, indices = tf.ones([1, 2], name="v"), tf.constant([0], name="i")
        slices = tf.IndexedSlices(values, indices)
        assert (slices.name, slices.dtype, slices.op, slices.graph, slices.device) == (
            "v:0",
            tf.float32,
            values.op,
            graph,
            "",
        )
        assert slices.dense_shape is None
        text = 'IndexedSlices(indices=Tensor("i:0", shape=(1,), dtype=int32), values=Tensor("v:0", shape=(1, 2), dtype=float32))'
        assert str(slices) == text
        negative = -slices
        assert negative.values.op.type == "Neg"
        assert slices.consumers() == [negative.values.op]
