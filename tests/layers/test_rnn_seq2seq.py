"""Decoders, attention and losses of sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tangraph as tf


def test_greedy_decoding_feeds_back_its_tokens() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1)
        embedding = tf.get_variable("embedding", [6, 4])
        cell, layer = tf.nn.rnn_cell.GRUCell(4), tf.layers.Dense(6)
        helper = tf.contrib.seq2seq.GreedyEmbeddingHelper(embedding, [1, 2], 5)
        decoder = tf.contrib.seq2seq.BasicDecoder(cell, helper, cell.zero_state(2, tf.float32), layer)
        outputs, _, _ = tf.contrib.seq2seq.dynamic_decode(decoder, maximum_iterations=3)
        session.run(tf.global_variables_initializer())
        logits, ids = session.run(outputs)
    assert logits.shape[2] == 6
    np.testing.assert_array_equal(logits.argmax(-1), ids)


@pytest.mark.parametrize("name", ["LuongAttention", "BahdanauAttention"])
def test_attention_does_not_see_behind_the_end(name: str) -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        memory = tf.constant(np.random.RandomState(0).randn(2, 4, 3).astype(np.float32))
        mechanism: Any = getattr(tf.contrib.seq2seq, name)(3, memory, memory_sequence_length=[4, 2])
        cell = tf.contrib.seq2seq.AttentionWrapper(tf.nn.rnn_cell.GRUCell(3), mechanism, attention_layer_size=2)
        _, state = cell(tf.ones([2, 2]), cell.zero_state(2, tf.float32))
        session.run(tf.global_variables_initializer())
        alignments = session.run(state.alignments)
    np.testing.assert_allclose(alignments.sum(1), 1, rtol=1e-5)
    assert not alignments[1, 2:].any()


def test_gather_tree_follows_parents() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        steps = np.array([[[1, 2]], [[3, 4]], [[9, 6]]], np.int32)
        parents = np.array([[[0, 0]], [[1, 0]], [[1, 0]]], np.int32)
        beams = tf.contrib.seq2seq.gather_tree(steps, parents, [3], 9)
        assert session.run(beams)[:, 0].T.tolist() == [[1, 4, 9], [2, 3, 6]]


def test_sequence_loss_ignores_padding() -> None:
    logits = np.random.RandomState(0).randn(2, 3, 4).astype(np.float32)
    targets = np.array([[0, 1, 2], [3, 0, 0]])
    weights = np.array([[1, 1, 1], [1, 0, 0]], np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        loss = tf.contrib.seq2seq.sequence_loss(tf.constant(logits), tf.constant(targets), tf.constant(weights))
        got = session.run(loss)
    log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    each = -np.take_along_axis(log_probs, targets[..., None], 2)[..., 0]
    np.testing.assert_allclose(got, (each * weights).sum() / weights.sum(), rtol=1e-5)
