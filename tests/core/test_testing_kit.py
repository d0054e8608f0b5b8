"""`tangraph.testing` on the toy backend: it passes what is right, and finds every kind of mistake that it looks for."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf
from tangraph.plugin import KernelSet, OpSet, hookimpl, make_op
from tangraph.testing import BackendContract, OpCase, backends_for, bools, check_op, distinct, given, known, of, texts

ops, kernel = OpSet(), KernelSet()


def same_shape(c):
    return c.shapes[0]


def define(op_type, function, *, shape=same_shape, types="{float, double, int32}", **more):
    """An op of one input on the toy backend."""
    ops.define(op_type, ["x: T"], ["y: T"], [f"T: {types}"], shape=shape, **more)
    kernel.add(op_type, lambda k: function)
    return lambda x: make_op(op_type, x)


def doubling(x):
    x *= 2
    return x


count = iter(range(10**6))
SLOPES = {"Right": 2.0, "WrongGradient": 3.0, "NoGradient": None}
RIGHT = define("Right", lambda x: x * 2, elementwise=True)
WRONG = {
    "a fed input was modified": define("Modifies", doubling),
    "a value of type float64": define("WrongType", lambda x: (x * 2).astype(np.float64)),
    "a value of shape (3, 2)": define("WrongShape", lambda x: (x * 2).T),
    "is not complete": define("NoShape", lambda x: x * 2, shape=None),
    "elements differ": define("WrongValue", lambda x: x * 2.5),
    "the second run": define("Moody", lambda x: x * 2 + 1e-7 * next(count)),
}
ops.define("WrongGradient", ["x: T"], ["y: T"], ["T: {double}"], shape=same_shape)
kernel.add("WrongGradient", lambda k: lambda x: x * 2)


@kernel("RankOnly")
def rank_only(k):
    """Right for known shapes only."""
    known_shape = k.static_shapes[0] is not None and None not in k.static_shapes[0]
    return lambda x: x * 2 if known_shape else x * 3


ops.define("RankOnly", ["x: T"], ["y: T"], ["T: {float, double}"], shape=same_shape)


@ops.gradient(*SLOPES)
def slope(op, grad):
    factor = SLOPES[op.type]
    return None if factor is None else grad * tf.constant(factor, grad.dtype)


class Plugin:
    @hookimpl
    def tangraph_register_ops(self, registry):
        registry.add_index(dict.fromkeys(ops, ops))

    @hookimpl
    def tangraph_register_kernels(self, registry):
        registry.add_index("toy", dict.fromkeys(kernel, kernel))


@pytest.fixture
def kit(toy, plugins):
    plugins.register(Plugin(), name="kit")


def case(call, types="float32 float64", **more):
    return OpCase(more.pop("op", "Right"), call, (of(2, 3),), lambda x: x * 2, types, **more)


def test_what_is_right_passes(kit):
    check_op(case(RIGHT, "float32 float64 int32", gradients=2), "toy")


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_is_found(kit, text):
    with pytest.raises(AssertionError) as error:
        check_op(case(WRONG[text], "float32"), "toy")
    assert text in str(error.value)
    assert "in op case Right, type float32, backend toy" in error.value.__notes__


def test_a_wrong_gradient_is_found(kit):
    wrong = case(lambda x: make_op("WrongGradient", x), "float64", op="WrongGradient")
    with pytest.raises(AssertionError, match="along a random direction, by differences"):
        check_op(wrong, "toy")


def test_a_kernel_that_needs_to_know_shapes_is_found(kit):
    with pytest.raises(AssertionError, match="elements differ"):
        check_op(case(lambda x: make_op("RankOnly", x), "float32", op="RankOnly"), "toy")


def test_a_case_about_another_op_is_found(kit):
    with pytest.raises(AssertionError, match="the call makes no Neg, but Placeholder, Right"):
        check_op(case(RIGHT, "float32", op="Neg"), "toy")


def test_backends_for(kit):
    assert backends_for(case(RIGHT)) == ["toy"]
    assert backends_for(case(RIGHT), ["toy", "toy"]) == ["toy", "toy"]


def test_inputs_are_the_same_every_time():
    one = OpCase("X", tf.identity, (of(2, 3), distinct(5), bools(4), texts(3), known([1, 2]), given([7], "T")))
    for dtype in ("float16", "int64", "complex64", "uint8"):
        for first, second in zip(one.arrays(dtype), one.arrays(dtype), strict=True):
            assert first.tolist() == second.tolist()
        assert [a.dtype for a in one.arrays(dtype)] == [dtype, dtype, bool, object, np.int32, dtype]
        assert len(set(one.arrays(dtype)[1].tolist())) == 5


def test_the_contract_finds_what_a_backend_lacks(toy):
    class Toy(BackendContract):
        backend = "toy"

    contract = Toy()
    contract.test_it_is_a_backend()
    contract.test_devices()
    contract.test_there_and_back("float32")
    contract.test_arrays_of_any_layout()
    cases = {one.op: one for one in contract.cases()}
    contract.test_op(cases["Less"])
    with pytest.raises(AssertionError, match="no kernel for Softmax"):
        contract.test_op(cases["Softmax"])


class Mixed:
    """A device array that lets the host in."""

    def __init__(self, array):
        self.array, self.shape, self.dtype = array, array.shape, array.dtype

    def __add__(self, other):
        return Mixed(self.array + np.asarray(other))


def test_the_contract_finds_silent_mixing(toy, monkeypatch):
    from tests.core.toy import ToyBackend

    class Toy(BackendContract):
        backend = "toy"

    monkeypatch.setattr(ToyBackend, "to_device", lambda self, array: Mixed(array))
    with pytest.raises(AssertionError, match="mixes host and device arrays in silence"):
        Toy().test_host_arrays_do_not_mix_in_silently()


def test_core_does_not_import_the_kit(run_python):
    code = """
    import sys
    import tangraph as tf
    with tf.Graph().as_default():
        tf.gradients(tf.square(tf.placeholder(tf.float32, [2])), tf.constant(1.0))
    print([name for name in sys.modules if name.startswith("tangraph.testing")])
    """
    assert run_python(code, alone=False) == "[]"


def test_the_kit_needs_no_pytest(run_python):
    code = """
    import sys
    sys.modules["pytest"] = None
    from tangraph.testing import BackendContract, check_op
    from tangraph.testing.basic_cases import BASIC
    print(len(BASIC) > 50, BackendContract.__name__, check_op.__name__)
    """
    assert run_python(code) == "True BackendContract check_op"


PLUGIN_TEST = """
import numpy as np
import pytest
import tangraph as tf
from tangraph.testing import OpCase, check_op, of

CASES = [OpCase("Add", tf.add, (of(2), of(2)), np.add), OpCase("Neg", tf.negative, (of(2),), np.negative)]


@pytest.mark.op_cases(CASES)
def test_cases(op_case, tangraph_backend):
    check_op(op_case, tangraph_backend)


def test_session(tangraph_session, tangraph_graph, tangraph_backend):
    assert tangraph_backend == "toy"
    assert tf.get_default_graph() is tangraph_graph
    assert tangraph_session.run(tf.constant(1.0) + 2.0) == 3.0
"""


@pytest.fixture
def run_pytest(run_python, tmp_path):
    """Runs pytest with the plugin in a fresh interpreter, on a project of its own with the toy backend."""
    from tests.core import toy

    hooks = "\n\n\ntoy = ToyPlugin()\nfor name in dir(toy):\n    globals()[name] = getattr(toy, name)\n"
    (tmp_path / "toy_plugin.py").write_text(Path(toy.__file__).read_text() + hooks)
    (tmp_path / "test_mine.py").write_text(PLUGIN_TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    load = "" if loaded_by_itself() else "-p tangraph.testing.pytest_plugin"

    def run(*arguments, status=0):
        line = f"-q {load} --rootdir {tmp_path} {tmp_path / 'test_mine.py'}".split()
        code = f"import sys, pytest; sys.exit(pytest.main({[*line, *arguments]!r}))"
        return run_python(code, alone=False, status=status, **ONLY_TOY)

    return run


def loaded_by_itself():
    return any(point.name == "tangraph" for point in entry_points(group="pytest11"))


OTHERS = {point.name for point in entry_points(group="tangraph")} - {"core"}
ONLY_TOY = {"TANGRAPH_PLUGINS": "toy_plugin", "TANGRAPH_DISABLE_PLUGINS": ",".join(sorted(OTHERS))}


def test_the_pytest_plugin_runs_cases_on_every_backend(run_pytest):
    assert "3 passed" in run_pytest()


def test_the_option_names_a_backend(run_pytest):
    assert "3 passed" in run_pytest("--tangraph-backend", "toy")
    assert "Backend 'none' is not installed" in run_pytest("--tangraph-backend", "none", status=4)
