"""A million random numbers in three runs, as TensorFlow 1.15.5 draws them (graph seed 7, op seed 42)."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

import tangraph as tf

COUNT = 1_000_000
#: Bit for bit: the SHA-256 of each run's bytes (the first 16 digits).
EXACT = {
    "tf.random_uniform([COUNT], seed=42)": ["6fe390f9a3fd245d", "11706c88d7ffe767", "c8fae8dd79c52e1a"],
    "tf.random_uniform([COUNT], dtype=tf.float64, seed=42)": [
        "6ae509ffe8e6438f",
        "b97d7b1a10d4ecd4",
        "aa9927a75ca8cb54",
    ],
    "tf.random_uniform([COUNT], -5, 2**31 - 7, dtype=tf.int32, seed=42)": [
        "4d9d11d06cc780be",
        "8f95c232edb6f594",
        "209d6caa36203a35",
    ],
}
#: Through log, sin and cos, of which the last bit is the mathematics library's own: every 199,999th number of each run.
CLOSE = {
    "tf.random_normal([COUNT], seed=42)": [
        [0.592454791, 0.970300615, -0.0326882675, -1.38967371, -0.40828228, -0.26813969],
        [-1.52928758, -0.755293965, -0.720476925, 1.054865, 1.32185113, -0.174234122],
        [0.590396821, 1.05050182, -1.59431863, 0.00678821467, -1.22931969, 0.010169398],
    ],
    "tf.random_normal([COUNT], dtype=tf.float64, seed=42)": [
        [
            0.46033402948912006,
            0.86668217456808538,
            1.9482815205368305,
            0.12856655560669375,
            0.4683369965600836,
            -0.88511325517270956,
        ],
        [
            0.040068147712963985,
            -0.66540760489365647,
            0.44290611077643133,
            0.24137680825091168,
            1.6519130089285452,
            0.79846661140326081,
        ],
        [
            -0.31952934722000742,
            1.6604609467638098,
            0.61738886976157537,
            0.6543452680494265,
            0.047745669366449195,
            -2.2349503322573248,
        ],
    ],
    "tf.truncated_normal([COUNT], seed=42)": [
        [0.592454791, 1.48536003, 0.966424525, 0.640463471, 1.12963033, 1.24246156],
        [-1.52928758, 0.151783645, -0.127213314, -0.476021051, -0.105352893, 0.67479533],
        [0.590396821, -1.20796764, 0.213597327, -0.112987317, -0.293470383, 0.200535893],
    ],
}


def three_runs(call):
    tf.set_random_seed(7)
    numbers = eval(call)
    with tf.Session() as session:
        return [session.run(numbers) for _ in range(3)]


@pytest.mark.parametrize("call", EXACT)
def test_bit_for_bit(call):
    assert [hashlib.sha256(run.tobytes()).hexdigest()[:16] for run in three_runs(call)] == EXACT[call]


@pytest.mark.parametrize("call", CLOSE)
def test_within_the_last_bits(call):
    for run, expected in zip(three_runs(call), CLOSE[call], strict=True):
        assert run.shape == (COUNT,)
        np.testing.assert_allclose(run[::199_999], expected, rtol=8 * np.finfo(run.dtype).eps)
