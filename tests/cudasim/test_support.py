"""Which operations go to the device: those that TensorFlow 1.15.5 has a GPU kernel for, in those types."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import tangraph as tf
from tangraph import registry
from tangraph.framework import dtypes
from tangraph.plan.memory import Node
from tangraph_backend_cuda import support
from tangraph_backend_cuda.gpu_kernels import table
from tangraph_backend_cuda.simulated.xp import ABSENT, METHODS


def memory(op_type, dtype, inputs=1, outputs=1, **attrs):
    types = (dtypes.as_dtype(dtype),)
    return support.memory_of(Node(op_type, {"T": types[0], **attrs}, types * inputs, types * outputs))


# Recorded from the kernel registry of tensorflow-gpu 1.15.5.
@pytest.mark.parametrize(
    ("op_type", "dtype", "expected"),
    [
        ("Conv2D", "float32", "device"),
        ("MatMul", "int64", None),
        ("AddV2", "int64", "device"),
        ("AddV2", "int32", "host"),
        ("AddV2", "int16", None),
        ("Acos", "float16", None),
        ("ApplyAdam", "float32", "device"),
        ("ApplyFtrl", "float32", None),
        ("FractionalMaxPool", "float32", None),
        ("Shape", "float32", "metadata"),
        ("Pow", "int64", "device"),
    ],
)
def test_memory(op_type, dtype, expected):
    assert memory(op_type, dtype) == expected


def test_what_is_computed_on_the_host_is_placed_on_the_device():
    for op_type in support.COMPUTED_ON_HOST:
        assert op_type in table()


def test_every_op_with_a_kernel_of_its_own_has_one_in_tensorflow():
    from tangraph_backend_cuda._index import KERNELS

    assert set(KERNELS) <= set(table())


def test_the_optimizers_without_gpu_kernel_keep_their_variables_on_the_host(capsys):
    v = tf.Variable([1.0], name="v")
    step = tf.train.FtrlOptimizer(0.1).minimize(tf.reduce_sum(v * v))
    with tf.Session(config=tf.ConfigProto(log_device_placement=True)) as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
    lines = capsys.readouterr().out.splitlines()
    assert "v: (VariableV2): /job:localhost/replica:0/task:0/device:CPU:0" in lines
    assert "mul: (Mul): /job:localhost/replica:0/task:0/device:GPU:0" in lines


def test_the_doctor_tells_what_is_slower():
    done = subprocess.run(
        [sys.executable, "-m", "tangraph", "doctor"], capture_output=True, text=True, timeout=120, check=True
    )
    for op_type, why in {**support.COMPUTED_ON_HOST, **support.WAITS}.items():
        assert any(op_type in line and f"({why})" in line for line in done.stdout.splitlines())


def test_the_simulated_library_has_no_more_than_cupy():
    xp = registry.backend("cuda").xp
    x = xp.ones(3, np.float32)
    for name in ABSENT:
        with pytest.raises(AttributeError):
            getattr(xp, name)
    for method in METHODS:
        with pytest.raises(NotImplementedError, match=f"CuPy has no logaddexp.{method}"):
            getattr(xp.logaddexp, method)(x)


def test_against_cupy_itself():
    """Where CuPy can be imported, it needs no GPU to say what it has."""
    cupy = pytest.importorskip("cupy", minversion="14")
    assert not {name for name in ABSENT if hasattr(cupy, name)}
    for method, names in METHODS.items():
        for name in names:
            assert method == "at" or callable(getattr(getattr(cupy, name), method))
