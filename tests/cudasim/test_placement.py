"""Where operations go, as TensorFlow puts them."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import tangraph as tf
from tangraph import registry

GPU = "/job:localhost/replica:0/task:0/device:GPU:0"
CPU = "/job:localhost/replica:0/task:0/device:CPU:0"


def placed(capsys, fetches, feeds=None, **options):
    """Returns the device of each operation as the log says it."""
    with tf.Session(config=tf.ConfigProto(log_device_placement=True, **options)) as session:
        session.run(fetches, feeds)
    lines = capsys.readouterr().out.splitlines()
    return {line.partition(": ")[0]: line.rpartition(": ")[2] for line in lines if "): /job" in line}


def test_operations_go_to_the_device_by_default(capsys):
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.add(tf.exp(x, name="e"), 1.0, name="y")
    assert placed(capsys, y, {x: [1, 2]}) == {"x": GPU, "e": GPU, "y/y": GPU, "y": GPU}


def test_what_has_no_kernel_for_it_goes_to_the_host(capsys):
    called = tf.py_func(lambda a: a, [tf.constant(1.0, name="a")], tf.float32, name="j")
    number = tf.Variable(3, name="number")
    devices = placed(capsys, [called, number.initializer])
    assert devices["a"] == devices["j"] == CPU
    assert devices["number"] == devices["number/Assign"] == devices["number/initial_value"] == CPU


def test_devices_that_are_asked_for(capsys):
    with tf.device("/cpu:0"):
        a = tf.constant([1.0], name="a")
        v = tf.Variable([1.0], name="v")
    with tf.device("/gpu:0"):
        b = tf.exp(a, name="b")
    devices = placed(capsys, [b, v.initializer])
    assert (devices["a"], devices["v"], devices["v/read"], devices["b"]) == (CPU, CPU, CPU, GPU)


def test_the_log_is_tensorflows(capsys):
    a = tf.constant([1.0], name="a")
    v = tf.Variable([1.0], name="v")
    b = tf.add(a, v, name="b")
    del b
    with tf.Session(config=tf.ConfigProto(log_device_placement=True)) as session:
        session.run(v.initializer)
        session.run(v.initializer)
    assert capsys.readouterr().out.splitlines() == [
        "Device mapping:",
        f"{GPU} -> device: 0, name: simulated, pci bus id: 0000:00:00.0, compute capability: 0.0",
        f"v: (VariableV2): {GPU}",
        f"v/Assign: (Assign): {GPU}",
        f"v/read: (Identity): {GPU}",
        f"b: (Add{'V2' if 'V2' in v.graph.get_operation_by_name('b').type else ''}): {GPU}",
        f"a: (Const): {GPU}",
        f"v/initial_value: (Const): {GPU}",
    ]


def test_colocation(capsys):
    with tf.device("/cpu:0"):
        v = tf.Variable([1.0], name="v")
    with tf.colocate_with(v.op):
        near = tf.exp([2.0], name="near")
    assert placed(capsys, near)["near"] == CPU


def test_users_of_a_variable_go_with_it(capsys):
    with tf.device("/cpu:0"):
        v = tf.Variable([1.0], name="v")
    step = tf.train.GradientDescentOptimizer(0.5).minimize(tf.reduce_sum(v * v))
    devices = placed(capsys, [v.initializer, step])
    assert devices["GradientDescent/update_v/ApplyGradientDescent"] == CPU
    assert devices["mul"] == GPU


def test_a_device_that_is_not_there_breaks_every_run():
    a = tf.constant(1.0)
    with tf.device("/gpu:3"):
        tf.identity(a, name="far")
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError) as raised:
        session.run(a)
    assert "Cannot assign a device for operation far" in str(raised.value)
    assert f"was explicitly assigned to /device:GPU:3 but available devices are [ {CPU}, {GPU} ]" in str(raised.value)


def test_a_device_without_kernel():
    with tf.device("/gpu:0"):
        tf.py_func(lambda: np.float32(1.0), [], tf.float32, name="j")
    other = tf.constant(1.0)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError) as raised:
        session.run(other)
    text = str(raised.value)
    assert text.startswith(
        "Cannot assign a device for operation j: Could not satisfy explicit device specification '/device:GPU:0' because "
        "no supported kernel for GPU devices is available.\nColocation Debug Info:\n"
        "Colocation group had the following types and supported devices: \n"
    )
    assert "PyFunc: CPU \n" in text
    assert "  j (PyFunc) /device:GPU:0\n" in text


def test_soft_placement(capsys):
    with tf.device("/gpu:0"):
        j = tf.py_func(lambda: np.float32(1.0), [], tf.float32, name="j")
    with tf.device("/gpu:3"):
        e = tf.exp([0.0], name="e")
    devices = placed(capsys, [j, e], allow_soft_placement=True)
    assert (devices["j"], devices["e"]) == (CPU, GPU)


def test_devices_that_cannot_go_together():
    w = tf.Variable(1.0, name="w")
    with tf.colocate_with(w.op):
        q = tf.identity(2.0, name="q")
    q.op._set_device("/device:GPU:0")
    w.op._set_device("/cpu:0")
    with (
        tf.Session() as session,
        pytest.raises(tf.errors.InvalidArgumentError, match="Cannot colocate nodes") as raised,
    ):
        session.run(q)
    assert "Cannot merge devices with incompatible types: '/device:CPU:0' and '/device:GPU:0'" in str(raised.value)
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as session:
        assert session.run(q) == 2.0


def test_a_graph_that_grows_keeps_its_places(capsys):
    v = tf.Variable([1.0, 2.0], name="v")
    with tf.Session() as session:
        session.run(v.initializer)
        with tf.device("/cpu:0"):
            doubled = tf.multiply(v, 2.0)
        assert session.run(tf.exp(doubled) * 0.0 + doubled).tolist() == [2.0, 4.0]
        assert session.run(v.assign_add(doubled)).tolist() == [3.0, 6.0]


def test_the_host_keeps_what_was_asked_of_it(transfers):
    x = tf.placeholder(tf.float32, [2])
    with tf.device("/cpu:0"):
        y = tf.exp(x) * 2.0
    with tf.Session() as session, transfers.counted() as found:
        session.run(y, {x: [1, 2]})
    assert (found.to_device, found.to_host) == (0, 0)


def test_list_devices():
    with tf.Session() as session:
        assert [d.name for d in session.list_devices()] == [CPU, GPU]
        assert [d.device_type for d in session.list_devices()] == ["CPU", "GPU"]


def test_sessions_of_the_host_alone(transfers):
    from tangraph.testing.sessions import session_on

    y = tf.exp(tf.placeholder_with_default(np.ones(3, np.float32), [3]))
    with session_on("cpu") as session, transfers.counted() as found:
        session.run(y)
    assert (found.to_device, found.to_host) == (0, 0)


def test_without_gpu_and_simulation_the_reason_is_told():
    if "cupy" in {name.partition(".")[0] for name in sys.modules}:
        return
    env = {**os.environ, "TANGRAPH_CUDA_SIMULATE": "0"}
    for command in ("plugins", "doctor"):
        done = subprocess.run(
            [sys.executable, "-m", "tangraph", command],
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        assert "does not work here: CudaUnavailableError: CuPy" in done.stdout


def test_the_backend_says_that_it_is_simulated():
    assert "simulated" in registry.backend("cuda").describe()[0]
