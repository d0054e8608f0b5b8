"""Which operations go to the device: those that TensorFlow 1.15.5 has a GPU kernel for, in those types."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf
from tangraph import registry
from tangraph.framework import dtypes
from tangraph.plan.memory import Node
from tangraph.plugins import manager
from tangraph_backend_cuda import support
from tangraph_backend_cuda.gpu_kernels import table
from tangraph_backend_cuda.kernels.companion import companion
from tangraph_backend_cuda.simulated import cupy_api
from tangraph_backend_cuda.simulated.xp import ATOMIC, METHODS


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


def test_only_other_packages_compute_on_the_host_what_is_placed_on_the_device():
    """The core's ops do not; queues and staging areas do, which threads of the host fill and empty."""
    found = support.computed_on_host()
    ours = [op_type for op_type in table() if op_type in manager.current().registries.ops.entries]
    assert len(ours) > 300
    assert "Stage" in found["tangraph-datasets"]
    owners = manager.current().registries.ops.owners
    assert not [op_type for op_types in found.values() for op_type in op_types if owners[op_type] == "core"]


def test_inputs_on_the_host_are_tensorflows():
    """But for a number that is only read: `InTopKV2` takes k from the host."""
    on_host = {op_type for op_types in support.computed_on_host().values() for op_type in op_types}
    for op_type in (table().keys() & manager.current().registries.ops.entries.keys()) - on_host:
        op_def = registry.op_def(op_type)
        host = set.intersection(*[set(kernel.host) for kernel in table()[op_type]])
        assert {op_def.inputs[i].name for i in op_def.host_inputs} <= host | {"k"}, op_type


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
    kept = {
        op_type: f"the kernels of {distribution} are the host's"
        for distribution, op_types in support.computed_on_host().items()
        for op_type in op_types
    }
    for op_type, why in {**kept, **support.WAITS}.items():
        assert any(op_type in line and f"({why})" in line for line in done.stdout.splitlines())


def test_the_simulated_library_has_no_more_than_cupy():
    xp = registry.backend("cuda").xp
    x = xp.ones((3, 3), np.float32)
    for name in ("insert", "geomspace", "vecdot", "unstack"):
        with pytest.raises(AttributeError, match=f"CuPy has no 'cupy.{name}'"):
            getattr(xp, name)
    for method in METHODS:
        with pytest.raises(NotImplementedError, match=f"CuPy has no logaddexp.{method}"):
            getattr(xp.logaddexp, method)(x)
    with pytest.raises(TypeError, match=re.escape("CuPy has cupy.argsort(a, axis=, kind=). Received: 1 positional")):
        xp.argsort(x, stable=True)
    with pytest.raises(TypeError, match=r"CuPy has cupy.take_along_axis\(a, indices, axis\)"):
        xp.take_along_axis(x, x.astype(np.int64))
    with pytest.raises(TypeError, match=r"CuPy's cupy.add takes .* Received: \['where'\]"):
        xp.add(x, x, where=x > 0)
    with pytest.raises(TypeError, match=r"CuPy's cupy.floor is made for .* Received: \['complex64'\]"):
        xp.floor(x.astype(np.complex64))
    for name, types in ATOMIC.items():
        assert "complex64" not in types
        with pytest.raises(TypeError, match=f"CuPy has {name}.at for .* Received: complex64"):
            getattr(xp, name).at(x.astype(np.complex64), 0, 1)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda xp, x: xp.linalg.cholesky(x.astype(np.float16)), "float16 is unsupported in linalg"),
        (lambda xp, x: xp.linalg.inv(x[0]), "must be at least two-dimensional"),
        (lambda xp, x: xp.linalg.inv(x[:2]), "must be square"),
        (lambda xp, x: xp.linalg.inv(np.eye(3)), "cupy.linalg only supports cupy.ndarray"),
        (lambda xp, x: xp.linalg.solve(xp.stack([x, x]), x), r"a must have \(\.\.\., M, M\) shape"),
        (lambda xp, x: xp.linalg.svd(x, hermitian=True), "hermitian"),
        (lambda xp, x: xp.linalg.multi_dot([x, x]), "multi_dot"),
        (lambda xp, x: companion(xp, "scipy.linalg").lu_factor(xp.stack([x, x]), check_finite=False), "two-dimension"),
        (lambda xp, x: companion(xp, "scipy.special").spence(x), "CuPy has no 'cupyx.scipy.special.spence'"),
    ],
)
def test_the_limits_of_cupys_linear_algebra(call, error):
    xp = registry.backend("cuda").xp
    with pytest.raises((TypeError, ValueError, AttributeError), match=error):
        call(xp, xp.eye(3, dtype=np.float32))


def test_a_failure_is_silent_unless_it_is_asked_for(transfers):
    xp = registry.backend("cuda").xp
    with transfers.counted() as found:
        broken = xp.linalg.cholesky(-xp.eye(2))
    assert found.reads == 0
    assert bool(xp.isnan(broken).all())
    with transfers.counted() as found, companion(xp).errstate(linalg="raise"):
        xp.linalg.cholesky(xp.eye(2))
        with pytest.raises(np.linalg.LinAlgError):
            xp.linalg.cholesky(-xp.eye(2))
    assert found.reads == 2


def test_what_is_written_down_of_cupy():
    entries = cupy_api.table()
    assert entries["cupy.argsort"].arguments == ("a", "axis=", "kind=")
    assert "ff->f" in entries["cupy.add"].loops
    assert entries["cupyx.scipy.special.digamma"].loops[0] == "l->d"
    assert entries["cupyx.scipy.linalg.solve_triangular"].arguments[:4] == ("a", "b", "trans=", "lower=")


def test_against_cupy_itself():
    """Where CuPy can be imported, it needs no GPU to say what it has: `tox run -e cupy`."""
    cupy = pytest.importorskip("cupy", minversion="14")
    spec = importlib.util.spec_from_file_location("cupy_api_tool", Path(__file__).parents[2] / "tools/cupy_api.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    written = tool.TARGET.read_text().splitlines()
    assert [line for line in written if not line.startswith("#")] == list(tool.lines(cupy))
    for method, names in METHODS.items():
        for name in names:
            assert callable(getattr(getattr(cupy, name), method))
