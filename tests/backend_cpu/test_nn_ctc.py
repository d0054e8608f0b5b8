"""Connectionist temporal classification against a sum over all alignments."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import tangraph as tf


def _run(fetches, feed=None):
    with tf.Session() as session:
        return session.run(fetches, feed)


def _sparse(rows, width=None):
    indices = [(r, c) for r, row in enumerate(rows) for c in range(len(row))]
    values = [v for row in rows for v in row]
    shape = [len(rows), width or max(map(len, rows))]
    return tf.SparseTensor(np.array(indices, np.int64).reshape(-1, 2), tf.constant(values, tf.int32), shape)


def _softmax(x):
    return np.exp(x) / np.exp(x).sum(-1, keepdims=True)


def _read(path, blank, merge=True):
    """The labels that an alignment stands for."""
    kept = [p for i, p in enumerate(path) if not (merge and i and p == path[i - 1])]
    return [p for p in kept if p != blank]


def _probabilities(logits, merge=True):
    """The probability of each sequence of labels, summed over all alignments."""
    chances = _softmax(logits)
    result = {}
    for path in itertools.product(range(logits.shape[1]), repeat=len(logits)):
        labels = tuple(_read(path, logits.shape[1] - 1, merge))
        result[labels] = result.get(labels, 0.0) + np.prod(chances[np.arange(len(path)), path])
    return result


LABELS = [[0, 1], [1, 1], [2], [0, 1, 0]]
LENGTHS = [5, 4, 2, 5]
LOGITS = np.random.default_rng(0).normal(size=(5, 4, 4))


@pytest.mark.parametrize("merge", [True, False])
def test_loss_is_the_sum_over_alignments(merge):
    with tf.Graph().as_default():
        loss = tf.nn.ctc_loss(_sparse(LABELS), tf.constant(LOGITS), LENGTHS, ctc_merge_repeated=merge)
        value = _run(loss)
    expected = [
        -np.log(_probabilities(LOGITS[:n, i], merge)[tuple(labels)])
        for i, (labels, n) in enumerate(zip(LABELS, LENGTHS, strict=True))
    ]
    np.testing.assert_allclose(value, expected, rtol=1e-9)


@pytest.mark.parametrize("merge", [True, False])
def test_gradient_by_differences(merge):
    direction = np.random.default_rng(1).normal(size=LOGITS.shape)
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float64, LOGITS.shape)
        loss = tf.nn.ctc_loss(_sparse(LABELS), x, LENGTHS, ctc_merge_repeated=merge)
        grad = session.run(tf.gradients(loss * [1.0, 2.0, 3.0, 4.0], x)[0], {x: LOGITS})
        up, down = (session.run(loss, {x: LOGITS + s * 1e-5 * direction}) for s in (1, -1))
    assert (grad * direction).sum() == pytest.approx(((up - down) / 2e-5 * [1, 2, 3, 4]).sum(), rel=1e-6)
    assert not grad[2:, 2].any()


def test_values_measured_on_tensorflow():
    x = (np.arange(48) * 7 % 11).reshape(6, 2, 4).astype(np.float32) / 3
    with tf.Graph().as_default():
        labels, logits = _sparse([[1, 1], [2]]), tf.constant(x)
        plain = tf.nn.ctc_loss(labels, logits, [6, 4])
        others = [
            tf.nn.ctc_loss(labels, logits, [6, 4], ctc_merge_repeated=False),
            tf.nn.ctc_loss(labels, tf.transpose(logits, [1, 0, 2]), [6, 4], True, time_major=False),
        ]
        beams, scores = tf.nn.ctc_beam_search_decoder(logits, [6, 4], 3, 2, merge_repeated=False)
        greedy, best = tf.nn.ctc_greedy_decoder(logits, [6, 4])
        a, (b, c), grad = _run([plain, others, tf.gradients(plain, logits)[0]])
        (first, second), s, g, t = _run([beams, scores, greedy[0], best])
    np.testing.assert_allclose(
        [a, b, c], [[5.451829, 2.6801615], [6.733625, 3.8113618], [4.418165, 2.6801615]], rtol=1e-5
    )
    np.testing.assert_allclose(grad[0, 0], [0.02377434, -0.05212015, 0.06462535, -0.03627956], rtol=1e-4)
    assert first.values.tolist() == g.values.tolist() == [1, 2, 2, 0]
    assert second.values.tolist() == [1, 2, 0, 2]
    assert second.dense_shape.tolist() == [2, 3]
    np.testing.assert_allclose(s, [[-1.4672718, -2.8378682], [-0.99850833, -2.6886287]], rtol=1e-5)
    np.testing.assert_allclose(t, [[-17.333332], [-12.0]], rtol=1e-6)


def test_too_few_time_steps():
    logits = np.zeros((4, 2, 3), np.float32)
    with tf.Graph().as_default():
        labels = _sparse([[1], [0, 1, 0]])
        loss = tf.nn.ctc_loss(labels, logits, [4, 2])
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"Not enough time .*required: 3, available: 2"):
            _run(loss)
        x = tf.constant(logits)
        lenient = tf.nn.ctc_loss(labels, x, [4, 2], ignore_longer_outputs_than_inputs=True)
        value, grad = _run([lenient, tf.gradients(lenient, x)[0]])
    assert value[1] == 0
    assert not grad[:, 1].any()


def test_no_alignment_is_infinitely_unlikely():
    with tf.Graph().as_default():
        x = tf.constant(np.zeros((3, 1, 3), np.float32))
        loss = tf.nn.ctc_loss(_sparse([[1, 1]]), x, [2])
        value, grad = _run([loss, tf.gradients(loss, x)[0]])
    assert np.isinf(value[0])
    np.testing.assert_allclose(grad[:2, 0], 1 / 3, rtol=1e-6)


def test_a_wide_beam_finds_all_sequences():
    logits = LOGITS[:4, :1]
    expected = sorted(_probabilities(logits[:, 0]).items(), key=lambda item: -item[1])
    with tf.Graph().as_default():
        paths, scores = tf.nn.ctc_beam_search_decoder_v2(tf.constant(logits, tf.float32), [4], 400, 5)
        found, values = _run([paths, scores])
    assert [tuple(p.values.tolist()) for p in found] == [labels for labels, _ in expected[:5]]
    np.testing.assert_allclose(np.exp(values[0]), [p for _, p in expected[:5]], rtol=1e-5)


@pytest.mark.parametrize("merge", [True, False])
def test_greedy_reads_the_likeliest_path(merge):
    with tf.Graph().as_default():
        decoded, score = tf.nn.ctc_greedy_decoder(tf.constant(LOGITS, tf.float32), LENGTHS, merge_repeated=merge)
        sparse, value = _run([decoded[0], score])
    best = LOGITS.argmax(2)
    rows = [_read(best[:n, i].tolist(), 3, merge) for i, n in enumerate(LENGTHS)]
    assert sparse.values.tolist() == [label for row in rows for label in row]
    assert sparse.dense_shape.tolist() == [4, max(map(len, rows))]
    np.testing.assert_allclose(value[:, 0], [-LOGITS[:n, i].max(1).sum() for i, n in enumerate(LENGTHS)], rtol=1e-5)


@pytest.mark.parametrize("blank", [0, 2, -1])
def test_dense_and_sparse_labels_with_any_blank(blank):
    place = blank % 4
    labels = [[v if v < place else v + 1 for v in row] for row in LABELS]
    dense = np.zeros((4, 3), np.int32)
    for row, values in zip(dense, labels, strict=True):
        row[: len(values)] = values
    moved = np.insert(LOGITS[:, :, :3], place, LOGITS[:, :, 3], axis=2).astype(np.float32)
    with tf.Graph().as_default():
        expected = tf.nn.ctc_loss(_sparse(LABELS), tf.constant(LOGITS, tf.float32), LENGTHS)
        sparse = tf.nn.ctc_loss_v2(_sparse(labels), tf.constant(moved), None, LENGTHS, blank_index=blank)
        full = tf.nn.ctc_loss_v2(dense, tf.constant(moved), [2, 2, 1, 3], LENGTHS, blank_index=blank)
        a, b, c = _run([expected, sparse, full])
    np.testing.assert_allclose(a, b, rtol=1e-6)
    np.testing.assert_allclose(a, c, rtol=1e-6)


def test_repeated_labels_collapse():
    with tf.Graph().as_default():
        labels, lengths = tf.nn.collapse_repeated([[1, 1, 2, 2], [1, 2, 2, 3]], [4, 3])
        unique = tf.nn.ctc_unique_labels([[3, 4, 4, 3]])
        a, b, (c, d) = _run([labels, lengths, unique])
    assert a.tolist() == [[1, 2], [1, 2]]
    assert b.tolist() == [2, 2]
    assert c.tolist() == [[3, 4, 0, 0]]
    assert d.tolist() == [[0, 1, 1, 0]]


# The texts are TensorFlow's.
ERRORS = [
    ([[1], []], (4, 2, 3), [4, 4], "Labels length is zero in batch 1"),
    ([[1], [-1]], (4, 2, 3), [4, 4], "All labels must be nonnegative integers, batch: 1 labels: -1"),
    (
        [[1], [2, 1]],
        (4, 2, 3),
        [4, 4],
        "Saw a non-null label (index >= num_classes - 1) following a null label, batch: 1",
    ),
    ([[1], [1]], (4, 2, 3), [4, 5], "sequence_length(1) <= 4"),
    ([[1], [1]], (4, 2, 3), [4, -5], "seq_len(1) < 0"),
    ([[1], [1]], (4, 2, 3), [4, 4, 4], "len(sequence_length) != batch_size.  len(sequence_length):  3 batch_size: 2"),
    ([[1], [1]], (4, 2), [4, 4], "inputs is not a 3-Tensor"),
]


@pytest.mark.parametrize(("labels", "shape", "lengths", "text"), ERRORS)
def test_errors(labels, shape, lengths, text):
    with tf.Graph().as_default():
        x, n = tf.placeholder(tf.float32), tf.placeholder(tf.int32)
        loss = tf.nn.ctc_loss(_sparse(labels, 2), x, n)
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            _run(loss, {x: np.zeros(shape), n: lengths})
    assert text in str(caught.value)


def test_labels_out_of_order():
    with tf.Graph().as_default():
        labels = tf.SparseTensor([[1, 0], [0, 0]], tf.constant([1, 0]), [2, 1])
        loss = tf.nn.ctc_loss(labels, tf.zeros([4, 2, 3]), [4, 4])
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[1\] = \[0,0\] is out of order"):
            _run(loss)


def test_labels_must_be_sparse():
    with tf.Graph().as_default(), pytest.raises(TypeError, match="to be a SparseTensor"):
        tf.nn.ctc_loss([[1]], tf.zeros([4, 2, 3]), [4, 2])


def test_there_is_no_second_gradient():
    with tf.Graph().as_default():
        x = tf.zeros([4, 1, 3])
        (grad,) = tf.gradients(tf.nn.ctc_loss(_sparse([[1]]), x, [4]), x)
        with pytest.raises(LookupError, match="second  derivative of ctc_loss"):
            tf.gradients(grad, x)


def test_a_beam_cannot_hold_more_paths_than_its_width():
    with tf.Graph().as_default():
        paths, _ = tf.nn.ctc_beam_search_decoder(tf.zeros([4, 1, 3]), [4], beam_width=2, top_paths=3)
        with pytest.raises(tf.errors.InvalidArgumentError, match="requested more paths than the beam width"):
            _run(paths)
