"""Candidate samplers draw as TensorFlow 1.15.5 does, and the losses that use them."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf

TRUE = [[1, 2], [3, 0]]

# The draws of two runs with graph seed 1234 and op seed 3, and the expected counts of the first; measured.
MEASURED = [
    (
        lambda y: tf.nn.uniform_candidate_sampler(y, 2, 5, True, 7, seed=3),
        [5, 4, 1, 0, 6],
        [5, 4, 2, 3, 6],
        [0.708643] * 4,
        [0.708643] * 5,
    ),
    (
        lambda y: tf.nn.uniform_candidate_sampler(y, 2, 5, False, 1000, seed=3),
        [356, 311, 253, 269, 582],
        [184, 564, 444, 332, 404],
        [0.005] * 4,
        [0.005] * 5,
    ),
    (
        lambda y: tf.nn.log_uniform_candidate_sampler(y, 2, 6, True, 50, seed=3),
        [13, 0, 4, 15, 11, 2],
        [30, 0, 6, 18, 25, 32],
        [0.618743, 0.439005, 0.340519, 1.057748],
        [0.105284, 1.057748, 0.278224, 0.092514, 0.122146, 0.439005],
    ),
    (
        lambda y: tf.nn.learned_unigram_candidate_sampler(y, 2, 6, False, 9, seed=3),
        [0, 7, 7, 0, 1, 0],
        [1, 2, 2, 1, 2, 1],
        [0.666667] * 4,
        [0.666667] * 6,
    ),
    (
        lambda y: tf.nn.fixed_unigram_candidate_sampler(
            y, 2, 6, False, 6, unigrams=[0.1, 0.2, 0.3, 4.0, 5.0, 6.0], distortion=0.75, seed=3
        ),
        [5, 4, 3, 3, 5, 3],
        [4, 5, 5, 2, 3, 3],
        [0.164806, 0.223379, 1.558642, 0.097994],
        [2.112588, 1.842591, 1.558642, 1.558642, 2.112588, 1.558642],
    ),
    (
        lambda y: tf.nn.fixed_unigram_candidate_sampler(
            y, 2, 3, True, 5, unigrams=[1.0, 2.0, 3.0], num_reserved_ids=2, seed=3
        ),
        [3, 4, 2],
        [4, 2, 3],
        [0.0, 0.865412, 0.988439, 0.0],
        [0.988439, 0.999512, 0.865412],
    ),
]


@pytest.mark.parametrize(("build", "first", "second", "true_count", "drawn_count"), MEASURED)
def test_draws_are_tensorflows(build, first, second, true_count, drawn_count):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1234)
        sample = build(tf.constant(TRUE, tf.int64))
        drawn, to_true, to_drawn = session.run(sample)
        again, _, _ = session.run(sample)
    assert drawn.dtype == np.int64
    assert to_true.dtype == to_drawn.dtype == np.float32
    assert (drawn.tolist(), again.tolist()) == (first, second)
    np.testing.assert_allclose(to_true.ravel(), true_count, atol=2e-6)
    np.testing.assert_allclose(to_drawn, drawn_count, atol=2e-6)


def test_a_session_begins_anew():
    with tf.Graph().as_default():
        sample = tf.nn.learned_unigram_candidate_sampler([[3]], 1, 4, False, 5, seed=1)
        runs = []
        for _ in range(2):
            with tf.Session() as session:
                runs.append([session.run(sample)[0].tolist() for _ in range(3)])
    assert runs[0] == runs[1]


@pytest.mark.parametrize("sampler", [tf.nn.uniform_candidate_sampler, tf.nn.log_uniform_candidate_sampler])
def test_frequencies_follow_the_probabilities(sampler):
    with tf.Graph().as_default(), tf.Session() as session:
        drawn, expected, _ = session.run(sampler([list(range(8))], 8, 4000, False, 8, seed=1))
    counts = np.bincount(drawn, minlength=8)
    assert expected.sum() == pytest.approx(4000, rel=1e-5)
    assert (np.abs(counts - expected[0]) < 5 * np.sqrt(expected[0])).all()


def test_the_words_of_the_stream():
    from tangraph_backend_cpu.kernels import philox
    from tangraph_backend_cpu.kernels.nn_samplers import Words

    blocks = philox.words(philox.stream(7, 9), 200).ravel().tolist()
    words = Words(philox.stream(7, 9))
    assert [words.word() for _ in range(600)] == blocks[:600]
    words = Words(philox.stream(7, 9))
    assert words.word64() == blocks[1] << 32 | blocks[0]
    assert words.below(16) == blocks[2] % 16
    assert 0 <= words.single() < 1
    assert 0 <= words.double() < 1


def test_weights_from_a_file(tmp_path):
    (tmp_path / "words.csv").write_text("a,1\nb,5\nc,2.5\n")
    with tf.Graph().as_default(), tf.Session() as session:
        _, count, _ = session.run(
            tf.nn.fixed_unigram_candidate_sampler([[0, 1, 2]], 3, 10, False, 3, vocab_file=str(tmp_path / "words.csv"))
        )
    np.testing.assert_allclose(count[0], np.array([1, 5, 2.5]) / 8.5 * 10, rtol=1e-6)


def test_shards_take_every_other_weight():
    with tf.Graph().as_default(), tf.Session() as session:
        sample = tf.nn.fixed_unigram_candidate_sampler(
            [[0, 1, 2]], 3, 10, False, 3, unigrams=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], num_shards=2, shard=1
        )
        np.testing.assert_allclose(session.run(sample[1])[0], np.array([2, 4, 6]) / 12 * 10, rtol=1e-6)


def test_all_candidates():
    with tf.Graph().as_default(), tf.Session() as session:
        drawn, true_count, count = session.run(tf.nn.all_candidate_sampler([[1], [2]], 1, 4, True))
    assert drawn.tolist() == [0, 1, 2, 3]
    assert (true_count == 1).all()
    assert (count == 1).all()


def test_accidental_hits():
    with tf.Graph().as_default(), tf.Session() as session:
        rows, places, weights = session.run(tf.nn.compute_accidental_hits([[1, 2], [2, 5]], [2, 7, 1, 2], 2))
    assert rows.tolist() == [0, 0, 1]
    assert places.tolist() == [2, 3, 3]
    assert (weights == np.finfo(np.float32).min).all()


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda y: tf.nn.uniform_candidate_sampler(y, 1, 6, True, 3), "Sampler's range is too small."),
        (lambda y: tf.nn.uniform_candidate_sampler(y, 2, 2, True, 3), "num_true columns, expected: 1 was: 2"),
        (
            lambda y: tf.nn.fixed_unigram_candidate_sampler(y, 1, 2, True, 3),
            "Must provide either vocab_file or unigrams.",
        ),
        (
            lambda y: tf.nn.fixed_unigram_candidate_sampler(y, 1, 2, True, 3, vocab_file="x", unigrams=[1.0]),
            "Must only provide one of vocab_file and unigrams.",
        ),
        (lambda y: tf.nn.fixed_unigram_candidate_sampler(y, 1, 2, True, 3, unigrams=[1.0]), "there are 1 weights"),
    ],
)
def test_errors(build, text):
    with tf.Graph().as_default(), tf.Session() as session:
        sample = build(tf.constant([[1], [2]], tf.int64))
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            session.run(sample)
    assert text in str(caught.value)


def _softplus(x):
    return np.logaddexp(0, x)


@pytest.mark.parametrize("sharded", [True, False])
def test_nce_loss_over_all_classes(sharded):
    """With every class drawn, and expected once, the loss is a sum of logistic losses over all of them."""
    rng = np.random.default_rng(0)
    w, b, x = rng.normal(size=(6, 3)), rng.normal(size=6), rng.normal(size=(2, 3))
    labels = np.array([[1], [4]])
    with tf.Graph().as_default(), tf.Session() as session:
        parts = (
            [tf.constant(w[:3], tf.float32), tf.constant(w[3:], tf.float32)] if sharded else tf.constant(w, tf.float32)
        )
        sampled = tf.nn.all_candidate_sampler(tf.constant(labels, tf.int64), 1, 6, True)
        loss = tf.nn.nce_loss(
            parts, tf.constant(b, tf.float32), tf.constant(labels), tf.constant(x, tf.float32), 6, 6,
            sampled_values=sampled, remove_accidental_hits=True, partition_strategy="div",
        )  # fmt: skip
        value = session.run(loss)
    logits = x @ w.T + b
    own = np.take_along_axis(logits, labels, 1)
    others = _softplus(logits).sum(1) - _softplus(own)[:, 0]
    np.testing.assert_allclose(value, _softplus(-own)[:, 0] + others, rtol=1e-5)


def test_sampled_softmax_over_all_classes_is_softmax():
    rng = np.random.default_rng(0)
    w, b, x = rng.normal(size=(6, 3)), rng.normal(size=6), rng.normal(size=(2, 3))
    labels = np.array([[1], [4]])
    with tf.Graph().as_default(), tf.Session() as session:
        args = [tf.constant(v, tf.float32) for v in (w, b)]
        inputs = tf.constant(x, tf.float32)
        sampled = tf.nn.all_candidate_sampler(tf.constant(labels, tf.int64), 1, 6, True)
        loss = tf.nn.sampled_softmax_loss(*args, tf.constant(labels), inputs, 6, 6, sampled_values=sampled)
        value, grad = session.run([loss, tf.gradients(loss, inputs)[0]])
    logits = x @ w.T + b
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(value, -np.log(np.take_along_axis(chances, labels, 1))[:, 0], rtol=1e-5)
    np.testing.assert_allclose(grad, chances @ w - w[labels[:, 0]], rtol=1e-4, atol=1e-5)
