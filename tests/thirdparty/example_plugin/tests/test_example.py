"""The contract suite on the op, on every installed backend, and the rest of what the plugin registers."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import tangraph as tf
from tangraph.plugin import hookimpl, register, registry
from tangraph.testing import OpCase, check_op, given, of


def shrunk(x, threshold):
    return np.sign(x) * np.maximum(np.abs(x) - threshold, 0)


CASES = [
    OpCase("SoftShrink", tf.contrib.example.soft_shrink, (of(2, 3),), lambda x: shrunk(x, 0.5), "float32 float64"),
    OpCase(
        "SoftShrink",
        lambda x: tf.contrib.example.soft_shrink(x, 1.0),
        (given([-2.0, -0.9, 0.0, 0.5, 3.0]),),
        lambda x: shrunk(x, 1.0),
        "float32 float64",
        "vector",
        gradients=2,
    ),
]


@pytest.mark.op_cases(CASES)
def test_op(op_case, tangraph_backend):
    check_op(op_case, tangraph_backend)


def test_a_threshold_must_not_be_negative():
    with pytest.raises(ValueError, match="Received: threshold=-1.0"):
        tf.contrib.example.soft_shrink([1.0], -1.0)


class Recorder:
    """A plugin of one hook."""

    def __init__(self):
        self.sources = []

    @hookimpl
    def tangraph_plan_compiled(self, plan):
        self.sources.append(plan.source)


def test_rewrite(tangraph_graph, tangraph_session):
    recorder = Recorder()
    register(recorder, f"recorder {id(recorder)}")
    x = tf.placeholder(tf.float32, [None, 2])
    y = tf.log(tf.nn.softmax(x))
    assert tangraph_session.run(y, {x: [[0.0, -1000.0]]}).tolist() == [[0.0, -1000.0]]
    assert "# LogSoftmax" in recorder.sources[-1]
    assert "# Softmax" not in recorder.sources[-1]


def test_dataset():
    from tangraph_datasets.loading import load

    points, classes = load("spirals", count=10)
    assert points.shape == (20, 2)
    assert points.dtype == np.float32
    assert classes.tolist() == [0] * 10 + [1] * 10
    assert "spirals" in registry.datasets()
    with pytest.raises(ValueError, match="Received: count=0"):
        load("spirals", count=0)


def test_command():
    command = [sys.executable, "-m", "tangraph", "shrink"]
    done = subprocess.run([*command, "0.5", "-2", "0.25", "1"], capture_output=True, text=True, check=True)
    assert done.stdout == "-1.5 0.0 0.5\n"
    done = subprocess.run([*command, "--", "-1", "2"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Received: threshold=-1.0" in done.stderr
