"""Biases, dropout, moments, normalisations, top_k, embeddings."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf


def _run(fetches, feed=None):
    with tf.Session() as session:
        return session.run(fetches, feed)


def _image(*shape, dtype=np.float32):
    return (np.arange(np.prod(shape)).reshape(shape) % 7 - 3).astype(dtype) / 2


# -- biases ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize(
    ("shape", "data_format", "axis"),
    [((2, 3), None, -1), ((2, 4, 3), "NWC", -1), ((2, 3, 4, 5), "NCHW", 1), ((2, 3, 4, 5, 6), "NCDHW", 1)],
)
def test_bias_add(shape, data_format, axis, static):
    value, bias = _image(*shape), np.arange(shape[axis], dtype=np.float32)
    with tf.Graph().as_default():
        x = tf.placeholder_with_default(value, shape if static else None)
        b = tf.placeholder_with_default(bias, bias.shape if static else None)
        y = tf.nn.bias_add(x, b, data_format)
        dx, db = tf.gradients(y * y, [x, b])
        (ddb,) = tf.gradients(db * db, b)
        found = _run([y, dx, db, ddb])
    wide = bias if axis == -1 else bias.reshape((-1,) + (1,) * (len(shape) - 2))
    expected = value + wide
    others = tuple(i for i in range(len(shape)) if i != axis % len(shape))
    total, count = 2 * expected.sum(others), value.size // len(bias)
    np.testing.assert_allclose(found[0], expected)
    np.testing.assert_allclose(found[1], 2 * expected)
    np.testing.assert_allclose(found[2], total, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(found[3], 4 * count * total, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize(
    ("value", "bias", "text"),
    [
        (
            [[1.0, 2.0]],
            [1.0, 2.0, 3.0],
            "Must provide as many biases as the last dimension of the input tensor: [3] vs.",
        ),
        ([[1.0, 2.0]], [1.0], "Must provide as many biases"),
        ([1.0, 2.0], [1.0, 2.0], "Input tensor must be at least 2D: [2]"),
        ([[1.0, 2.0]], [[1.0, 2.0]], "Biases must be 1D: [1,2]"),
    ],
)
def test_bias_add_checks_what_is_fed(value, bias, text):
    with tf.Graph().as_default(), tf.Session() as session:
        x, b = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
        y = tf.nn.bias_add(x, b)
        with pytest.raises(tf.errors.InvalidArgumentError) as raised:
            session.run(y, {x: value, b: bias})
    assert text in str(raised.value)


def test_bias_add_build_errors():
    with tf.Graph().as_default():
        for value, bias, text in [
            ([1.0], [1.0], "Shape must be at least rank 2 but is rank 1"),
            ([[1.0, 2.0]], [1.0], "Dimensions must be equal, but are 2 and 1"),
            ([[1.0]], [[1.0]], "Shape must be rank 1 but is rank 2"),
        ]:
            with pytest.raises(ValueError, match=text):
                tf.nn.bias_add(value, bias)
        with pytest.raises(ValueError, match="data_format must be of the form"):
            tf.nn.bias_add([[1.0]], [1.0], data_format="XY")


def test_sums_of_halfs_keep_their_precision():
    with tf.Graph().as_default():
        b = tf.constant(np.zeros(1, np.float16))
        y = tf.nn.bias_add(tf.constant(np.full((4096, 1), 0.1, np.float16)), b)
        db = tf.gradients(y, b)[0]
        found = _run([db, tf.nn.l2_loss(y), tf.gradients(tf.nn.l2_loss(y), b)[0]])
    assert [f.dtype for f in found] == [np.float16] * 3
    np.testing.assert_allclose([f.item() for f in found], [4096, 20.48, 409.6], rtol=1e-3)


def test_layers_with_biases():
    x, w, b = np.array([[1.0, -2.0]], np.float32), np.array([[1.0, 2.0], [3.0, 4.0]], np.float32), [0.5, 9.0]
    with tf.Graph().as_default():
        found = _run([tf.nn.xw_plus_b(x, w, b), tf.nn.relu_layer(x, w, b)])
    np.testing.assert_allclose(found, [[[-4.5, 3.0]], [[0.0, 3.0]]])


# -- dropout -----------------------------------------------------------------------------------------------------


def test_dropout_keeps_and_scales():
    with tf.Graph().as_default():
        x = tf.ones([1000, 10])
        y = tf.nn.dropout(x, keep_prob=0.8, seed=1)
        rows = tf.nn.dropout(x, rate=0.5, noise_shape=[None, 1], seed=1)
        slope = tf.gradients(y, x)[0]
        value, by_row, gradient = _run([y, rows, slope])
    assert set(np.unique(value).tolist()) == {0.0, 1.25}
    assert abs((value > 0).mean() - 0.8) < 0.02
    np.testing.assert_array_equal(value, gradient)
    assert set(by_row.sum(1).tolist()) == {0.0, 20.0}


def test_dropout_of_nothing_is_the_input():
    with tf.Graph().as_default() as graph:
        x = tf.ones([3])
        count = len(graph.get_operations())
        assert tf.nn.dropout(x, 1.0) is x
        assert tf.nn.dropout(x, rate=0) is x
        assert len(graph.get_operations()) == count


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "You must provide a rate to dropout."),
        ({"keep_prob": 0.0}, r"rate must be a scalar tensor or a float in the range \[0, 1\), got 1"),
        ({"rate": -0.5}, "got -0.5"),
        ({"keep_prob": 0.5, "rate": 0.5}, "Cannot specify both 'keep_prob' and 'rate'"),
        ({"keep_prob": "a"}, "keep_prob must be a floating point number or Tensor"),
    ],
)
def test_dropout_errors(arguments, text):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=text):
        tf.nn.dropout([1.0], **arguments)


# -- moments and normalisation -----------------------------------------------------------------------------------


@pytest.mark.parametrize("axes", [[0], [1], [0, 1]])
@pytest.mark.parametrize("keepdims", [True, False])
def test_moments(axes, keepdims):
    x, w = _image(3, 4, dtype=np.float64), np.array([[1.0], [2.0], [0.5]])
    weights = np.broadcast_to(w, x.shape)
    at = tuple(axes)
    mean = x.mean(at, keepdims=keepdims)
    weighted = (x * weights).sum(at, keepdims=True) / weights.sum(at, keepdims=True)
    spread = ((x - weighted) ** 2 * weights).sum(at, keepdims=keepdims) / weights.sum(at, keepdims=keepdims)
    with tf.Graph().as_default():
        t = tf.constant(x)
        found = _run(
            [
                tf.nn.moments(t, axes, keep_dims=keepdims),
                tf.nn.weighted_moments(t, axes, w, keepdims=keepdims),
                tf.nn.sufficient_statistics(t, axes, shift=np.float64(0.5), keepdims=keepdims)[:3],
            ]
        )
        counts, total, squares, shift = tf.nn.sufficient_statistics(t, axes, shift=np.float64(0.5))
        assert shift.dtype == tf.float64
        normalised = _run(tf.nn.normalize_moments(counts, total, squares, shift))
    np.testing.assert_allclose(found[0], [mean, x.var(at, keepdims=keepdims)])
    np.testing.assert_allclose(found[1][0], weighted if keepdims else weighted.reshape(mean.shape))
    np.testing.assert_allclose(found[1][1], spread)
    np.testing.assert_allclose(found[2][0], np.prod([x.shape[a] for a in axes]))
    np.testing.assert_allclose(found[2][1], (x - 0.5).sum(at, keepdims=keepdims))
    np.testing.assert_allclose(normalised, [x.mean(at), x.var(at)])


def test_sufficient_statistics_of_unknown_shape():
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32)
        counts, total, squares, shift = tf.nn.sufficient_statistics(x, [0, 1])
        assert shift is None
        found = _run([counts, total, squares], {x: [[1.0, 2.0], [3.0, 4.0]]})
    np.testing.assert_allclose(found, [4, 10, 30])


@pytest.mark.parametrize("offset", [None, np.array([0.5, -1.0])])
@pytest.mark.parametrize("scale", [None, np.array([2.0, 3.0])])
def test_batch_normalization(offset, scale):
    x = _image(4, 2, dtype=np.float64)
    mean, variance = x.mean(0), x.var(0)
    with tf.Graph().as_default():
        t = tf.constant(x)
        found = _run(tf.nn.batch_normalization(t, *tf.nn.moments(t, [0]), offset, scale, 1e-3))
    expected = (x - mean) / np.sqrt(variance + 1e-3) * (1 if scale is None else scale)
    np.testing.assert_allclose(found, expected + (0 if offset is None else offset))


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
@pytest.mark.parametrize("training", [True, False])
def test_fused_batch_norm_is_batch_normalization(training, data_format):
    axes = (0, 1, 2) if data_format == "NHWC" else (0, 2, 3)
    shape = (2, 3, 4, 2) if data_format == "NHWC" else (2, 2, 3, 4)
    x, scale, offset = _image(*shape) + 1, np.array([1.5, 0.5], np.float32), np.array([0.0, 1.0], np.float32)
    given = {} if training else {"mean": np.array([0.1, 0.2], np.float32), "variance": np.array([1.0, 2.0], np.float32)}
    wide = (1, 1, 1, 2) if data_format == "NHWC" else (1, 2, 1, 1)
    weights = np.sin(np.arange(x.size)).reshape(shape).astype(np.float32)
    with tf.Graph().as_default():
        t, s, o = tf.constant(x), tf.constant(scale), tf.constant(offset)
        y, mean, variance = tf.nn.fused_batch_norm(
            t, s, o, epsilon=0.01, data_format=data_format, is_training=training, **given
        )
        if training:
            m, v = tf.nn.moments(t, list(axes), keep_dims=True)
        else:
            m, v = (tf.reshape(given[key], wide) for key in ("mean", "variance"))
        composed = tf.nn.batch_normalization(t, m, v, tf.reshape(o, wide), tf.reshape(s, wide), 0.01)
        slopes = [tf.gradients(z * weights, [t, s, o]) for z in (y, composed)]
        found = _run([[y, *slopes[0]], [composed, *slopes[1]], mean, variance])
    for a, b in zip(found[0], found[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)
    if training:
        np.testing.assert_allclose(found[2], x.mean(axes), rtol=1e-5)
        np.testing.assert_allclose(found[3], x.var(axes, ddof=1), rtol=1e-5)
    else:
        np.testing.assert_array_equal(found[2:], [given["mean"], given["variance"]])


def test_fused_batch_norm_of_no_image():
    with tf.Graph().as_default():
        y, mean, variance = _run(tf.nn.fused_batch_norm(np.zeros((0, 2, 2, 2), np.float32), [1.0, 1.0], [0.0, 0.0]))
    assert y.shape == (0, 2, 2, 2)
    assert np.isnan(mean).all()
    assert np.isnan(variance).all()


def test_fused_batch_norm_errors():
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="Both 'mean' and 'variance' must be None"):
            tf.nn.fused_batch_norm(np.ones((1, 1, 1, 2), np.float32), [1.0, 1.0], [0.0, 0.0], mean=[0.0, 0.0])
        with pytest.raises(ValueError, match="Shape must be rank 4 but is rank 3"):
            tf.nn.fused_batch_norm(np.ones((1, 1, 2), np.float32), [1.0, 1.0], [0.0, 0.0])


@pytest.mark.parametrize("radius", [0, 1, 5])
def test_lrn(radius):
    x = _image(1, 2, 2, 5) + 0.1
    with tf.Graph().as_default(), tf.Session() as session:
        t = tf.placeholder(tf.float32, x.shape)
        y = tf.nn.lrn(t, radius, bias=2.0, alpha=0.5, beta=0.7)
        weights = np.cos(np.arange(x.size)).reshape(x.shape).astype(np.float32)
        found, slope = session.run([y, tf.gradients(y * weights, t)[0]], {t: x})

    def reference(x):
        sums = np.stack([(x[..., max(i - radius, 0) : i + radius + 1] ** 2).sum(-1) for i in range(x.shape[-1])], -1)
        return x * (2.0 + 0.5 * sums) ** -0.7

    wide = x.astype(np.float64)
    np.testing.assert_allclose(found, reference(wide), rtol=1e-5)
    expected, step = np.zeros_like(wide), 1e-6
    for index in np.ndindex(*x.shape):
        moved = np.zeros_like(wide)
        moved[index] = step
        expected[index] = ((reference(wide + moved) - reference(wide - moved)) * weights).sum() / (2 * step)
    np.testing.assert_allclose(slope, expected, rtol=1e-3, atol=1e-4)


def test_l2():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    with tf.Graph().as_default():
        t = tf.constant(x)
        loss, rows, whole = _run([tf.nn.l2_loss(t), tf.nn.l2_normalize(t, dim=1), tf.nn.l2_normalize(t)])
    assert loss == 12.5
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0]])
    np.testing.assert_allclose(whole, x / 5)


def test_zero_fraction():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32)
        y = tf.nn.zero_fraction(x)
        assert session.run(y, {x: [0.0, 1.0, 0.0, -2.0]}) == 0.5
        assert np.isnan(session.run(y, {x: []}))


# -- top_k -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int32, np.uint8])
@pytest.mark.parametrize(("shape", "k"), [((7,), 3), ((3, 5), 5), ((2, 3, 4), 1), ((2, 3), 0), ((2, 400), 5)])
def test_top_k(shape, k, dtype):
    values = (np.arange(np.prod(shape)).reshape(shape) * 7 % 11).astype(dtype)
    with tf.Graph().as_default():
        found = _run(tf.nn.top_k(values, k))
    order = np.argsort(-values.astype(np.float64), axis=-1, kind="stable")[..., :k]
    assert found.values.dtype == dtype
    assert found.indices.dtype == np.int32
    np.testing.assert_array_equal(found.indices, order)
    np.testing.assert_array_equal(found.values, np.take_along_axis(values, order, -1))


def test_top_k_gradient():
    with tf.Graph().as_default():
        x = tf.constant([[1.0, 3.0, 2.0], [9.0, 8.0, 7.0]])
        values, _ = tf.nn.top_k(x, 2)
        (slope,) = tf.gradients(values * [[1.0, 2.0], [3.0, 4.0]], x)
        np.testing.assert_array_equal(_run(slope), [[0, 1, 2], [3, 4, 0]])


@pytest.mark.parametrize(
    ("values", "k", "text"),
    [
        ([1.0, 2.0], 3, "input must have at least k columns. Had 2, needed 3"),
        (1.0, 0, "input must be >= 1-D, got shape []"),
        ([1.0], -1, "Need k >= 0, got -1"),
        ([1.0], [1], "k must be scalar, got shape [1]"),
    ],
)
def test_top_k_errors(values, k, text):
    with tf.Graph().as_default(), tf.Session() as session:
        x, count = tf.placeholder(tf.float32), tf.placeholder(tf.int32)
        top = tf.nn.top_k(x, count)
        with pytest.raises(tf.errors.InvalidArgumentError) as raised:
            session.run(top, {x: values, count: k})
    assert text in str(raised.value)


def test_in_top_k():
    predictions = [[0.1, 0.6, 0.3], [0.5, 0.5, 0.1], [0.5, np.nan, 0.1], [0.5, 0.4, 0.1]]
    with tf.Graph().as_default():
        first, second = _run(
            [tf.nn.in_top_k(predictions, [2, 1, 0, 7], 1), tf.nn.in_top_k(predictions, np.array([2, 1, 0, 1]), 2)]
        )
    assert first.tolist() == [False, True, False, False]
    assert second.tolist() == [True, True, False, True]


def test_nth_element():
    with tf.Graph().as_default():
        x = tf.constant([[1.0, 3.0, 2.0], [7.0, 5.0, 5.0]])
        low, high = tf.contrib.nn.nth_element(x, 1), tf.contrib.nn.nth_element(x, 0, reverse=True)
        found = _run([low, high, tf.gradients(low, x)[0]])
    np.testing.assert_array_equal(found[0], [2, 5])
    np.testing.assert_array_equal(found[1], [3, 7])
    np.testing.assert_array_equal(found[2], [[0, 0, 1], [0, 0.5, 0.5]])


# -- embeddings --------------------------------------------------------------------------------------------------

TABLE = np.arange(14, dtype=np.float32).reshape(7, 2)


@pytest.mark.filterwarnings("ignore:Converting sparse IndexedSlices")
@pytest.mark.parametrize("strategy", ["mod", "div"])
@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize("static", [True, False])
def test_embedding_lookup(strategy, parts, static):
    tables = [TABLE[i::parts] for i in range(parts)] if strategy == "mod" else np.array_split(TABLE, parts)
    ids = np.array([[6, 0], [3, 3], [5, 1]])
    with tf.Graph().as_default():
        params = [tf.placeholder_with_default(t, t.shape if static else (None, 2)) for t in tables]
        found = tf.nn.embedding_lookup(params, ids, partition_strategy=strategy)
        assert found.shape.as_list() == [3, 2, 2]
        slopes = tf.gradients(found, params)
        value, *gradients = _run([found, *[tf.convert_to_tensor(s) for s in slopes]])
    np.testing.assert_array_equal(value, TABLE[ids])
    counts = np.bincount(ids.ravel(), minlength=7).astype(np.float32)
    expected = [counts[i::parts] for i in range(parts)] if strategy == "mod" else np.array_split(counts, parts)
    for gradient, count in zip(gradients, expected, strict=True):
        np.testing.assert_array_equal(gradient, np.stack([count, count], 1))


def test_embedding_lookup_clips_rows():
    with tf.Graph().as_default():
        found = _run(tf.nn.embedding_lookup(tf.constant([[3.0, 4.0], [0.1, 0.0]]), [[0, 1]], max_norm=1.0))
    np.testing.assert_allclose(found, [[[0.6, 0.8], [0.1, 0.0]]], rtol=1e-6)


def test_embedding_lookup_errors():
    with tf.Graph().as_default():
        for arguments, text in [
            ((None, [0]), "params must be specified"),
            (([], [0]), "Need at least one param"),
            (([TABLE, TABLE], [0], "odd"), "Unrecognized partition strategy: odd"),
        ]:
            with pytest.raises(ValueError, match=text):
                tf.nn.embedding_lookup(*arguments)
        with pytest.raises(TypeError, match="sp_ids must be SparseTensor"):
            tf.nn.embedding_lookup_sparse(TABLE, [0], None)


@pytest.mark.parametrize("combiner", ["sum", "mean", "sqrtn"])
@pytest.mark.parametrize("weighted", [True, False])
def test_embedding_lookup_sparse(combiner, weighted):
    places = [[0, 0], [0, 1], [1, 0]]
    weights = np.array([1.0, 3.0, 2.0], np.float32) if weighted else np.ones(3, np.float32)
    with tf.Graph().as_default():
        ids = tf.SparseTensor(places, tf.constant([0, 2, 2], tf.int64), [2, 2])
        by = tf.SparseTensor(places, weights, [2, 2]) if weighted else None
        found = _run(tf.nn.embedding_lookup_sparse(tf.constant(TABLE), ids, by, combiner=combiner))
    rows = TABLE[[0, 2, 2]] * weights[:, None]
    sums = np.stack([rows[0] + rows[1], rows[2]])
    norms = {
        "sum": [1, 1],
        "mean": [weights[:2].sum(), weights[2]],
        "sqrtn": [np.sqrt((weights[:2] ** 2).sum()), weights[2]],
    }
    np.testing.assert_allclose(found, sums / np.array(norms[combiner])[:, None], rtol=1e-6)
