"""`log_device_placement` and devices that are not there, on a machine with the host alone."""

from __future__ import annotations

import pytest

import tangraph as tf
from tangraph.testing import sessions

CPU = "/job:localhost/replica:0/task:0/device:CPU:0"


def lines_of(capsys):
    return [line for line in capsys.readouterr().out.splitlines() if "): /job" in line]


def test_the_whole_graph_is_logged_when_it_has_grown(capsys):
    with tf.Graph().as_default() as graph:
        a = tf.constant(1.0, name="a")
        b = tf.exp(a, name="b")
        with tf.device("/cpu:0"), tf.Session(graph=graph, config=tf.ConfigProto(log_device_placement=True)) as session:
            session.run(b)
            session.run(b)
            assert lines_of(capsys) == [f"b: (Exp): {CPU}", f"a: (Const): {CPU}"]
            session.run(tf.identity(b, name="c"))
            assert lines_of(capsys) == [f"b: (Exp): {CPU}", f"c: (Identity): {CPU}", f"a: (Const): {CPU}"]


def test_a_gpu_that_is_not_there_is_said_to_be_one():
    with tf.Graph().as_default():
        with tf.device("/gpu:0"):
            a = tf.constant(1.0, name="a")
        with sessions.session_on("cpu") as session:
            session._devices = type(session._devices)({"cpu": session._devices.host}, soft=False)
            with pytest.raises(tf.errors.InvalidArgumentError, match="appears to be a GPU, but CUDA is not enabled"):
                session.run(a)
