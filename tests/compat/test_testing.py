"""tf.test, against TensorFlow 1.15.5."""

from __future__ import annotations

import random

import numpy as np
import pytest

import tangraph as tf


class Case(tf.test.TestCase):
    __test__ = False  # pytest has nothing to collect here

    def runTest(self):
        pass


@pytest.fixture
def case():
    case = Case()
    case.setUp()
    yield case
    case.tearDown()


def test_each_test_starts_from_the_same_seeds(case):
    assert tf.get_default_graph().seed == 87654321
    assert np.random.rand() == 0.18463433217903202
    assert random.random() == 0.3499765785632496
    assert not tf.get_default_graph().get_operations()


PASSES = {
    "close": lambda t: t.assertAllClose([1.0, 2.0], np.array([1.0, 2.0000001])),
    "close in a dict": lambda t: t.assertAllClose({"a": [1.0], "b": (2.0, [3.0])}, {"a": [1.0], "b": (2.0, [3.0])}),
    "close tensors": lambda t: t.assertAllClose([tf.constant(1.0), 2.0], [1.0, 2.0]),
    "close ragged": lambda t: t.assertAllClose([[1.0, 2.0], [1.0]], [[1.0, 2.0], [1.0]]),
    "by type": lambda t: t.assertAllCloseAccordingToType(np.float16(1), np.float16(1.0005)),
    "equal": lambda t: t.assertAllEqual([1, 2], tf.constant([1, 2])),
    "equal nan": lambda t: t.assertAllEqual([np.nan], [np.nan]),
    "equal bytes": lambda t: t.assertAllEqual([b"a"], [b"a"]),
    "shape": lambda t: t.assertShapeEqual(np.zeros((2, 3)), tf.zeros([2, 3])),
    "dtype": lambda t: t.assertDTypeEqual(tf.zeros([3]), np.float32),
    "device": lambda t: t.assertDeviceEqual("/cpu:0", "/device:CPU:0"),
    "items": lambda t: t.assertItemsEqual([1, 2], [2, 1]),
    "near": lambda t: t.assertNear(1.0, 1.05, 0.1),
    "in range": lambda t: t.assertAllInRange([1, 2], 1, 2),
    "in set": lambda t: t.assertAllInSet([1, 1], {1}),
    "proto": lambda t: t.assertProtoEquals('name: "a" op:"B"', tf.NodeDef(name="a", op="B")),
    "greater": lambda t: (t.assertAllGreater([2], 1), t.assertAllLess([2], 3), t.assertAllLessEqual([2], 2)),
}


@pytest.mark.parametrize("name", PASSES)
def test_passes(case, name):
    PASSES[name](case)


FAILS = [
    (lambda t: t.assertAllClose([1.0, 2.0, 3.0], [1.0, 2.1, 3.0]), "Mismatched value: a is different from b."),
    (lambda t: t.assertAllClose([1.0, 2.0, 3.0], [1.0, 2.1, 3.0]), "not close where = (array([1]),)"),
    (lambda t: t.assertAllClose([1.0, 2.0, 3.0], [1.0, 2.1, 3.0]), "not close tol = [3.1e-06]"),
    (lambda t: t.assertAllClose({"a": [1.0]}, {"a": [1.1]}), "Mismatched value: a[a] is different from b[a]."),
    (lambda t: t.assertAllClose({"a": 1}, {"b": 1}), "mismatched keys: a has keys dict_keys(['a'])"),
    (lambda t: t.assertAllClose([1.0], [1.0, 2.0]), "Shape mismatch: expected (1,), got (2,) with contents [1. 2.]."),
    (lambda t: t.assertAllClose([[1.0], [1.0, 2.0]], [[1.0], [1.0, 3.0]]), "a[1] is different from b[1]"),
    (lambda t: t.assertAllClose((1.0,), (2.0,), msg="hey"), "a is different from b. hey"),
    (lambda t: t.assertAllEqual([1, 2, 3], [1, 5, 3]), "not equal lhs = [2]\nnot equal rhs = [5]"),
    (lambda t: t.assertAllEqual([1, 2], [1]), "Shape mismatch: expected (2,), got (1,). Contents: [1]."),
    (lambda t: t.assertNotAllEqual([1], [1]), "The two values are equal at all elements"),
    (lambda t: t.assertNotAllClose([1], [1]), "The two values are close at all elements"),
    (lambda t: t.assertShapeEqual(np.zeros((2, 3)), tf.zeros([2, 4])), "Arrays are not equal"),
    (lambda t: t.assertAllGreater([1, 3], 2), "not greater than 2"),
    (
        lambda t: t.assertAllInRange([1.0, 2, 3], 2, 3, open_lower_bound=True),
        "2 of the 3 element(s) are outside the range (2, 3]. Subscript(s) and value(s) of the offending elements:\n  [0] : 1.0\n  [1] : 2.0",
    ),
    (lambda t: t.assertAllInRange(["a"], 2, 3), "does not have an ordered numeric type"),
    (lambda t: t.assertAllInSet([1, 2, 3], (1, 2)), "1 unique element(s) are not in the set (1, 2): [3]"),
    (lambda t: t.assertNear(1.0, 2.0, 0.1, "msg"), "1.000000 != 2.000000 +/- 0.100000 (msg)"),
    (lambda t: t.assertArrayNear([1.0], [2.0], 0.1), "1.000000 != 2.000000 +/- 0.100000"),
    (lambda t: t.assertDeviceEqual("/cpu:0", "/cpu:1"), "Devices /device:CPU:0 and /device:CPU:1 are not equal."),
    (lambda t: t.assertStartsWith("abc", "b"), "'abc' does not start with 'b'"),
]


@pytest.mark.parametrize(("fails", "text"), FAILS)
def test_fails(case, fails, text):
    with pytest.raises(AssertionError) as error:
        fails(case)
    assert text in str(error.value)


def test_wrong_types(case):
    with pytest.raises(TypeError, match="np_array must be a Numpy ndarray or Numpy scalar"):
        case.assertShapeEqual([1], tf.zeros([1]))
    with pytest.raises(TypeError, match="tf_tensor must be a Tensor"):
        case.assertShapeEqual(np.zeros(1), 3)


def test_op_errors(case):
    x = tf.placeholder(tf.float32, [2], name="xx")
    with tf.Session() as session:
        with case.assertRaisesOpError("must feed"):
            session.run(x)
        with pytest.raises(AssertionError, match="must feed"), case.assertRaisesOpError("another text"):
            session.run(x)
        with pytest.raises(AssertionError, match="OpError not raised"), case.assertRaisesOpError("x"):
            pass
        with case.assertRaisesWithPredicateMatch(tf.errors.InvalidArgumentError, lambda e: e.op is x.op or e.message):
            session.run(x)


def test_sessions(case):
    with case.session() as session:
        a = tf.constant(1)
        assert a.device == "/device:CPU:0"
        assert session.graph is tf.get_default_graph()
        assert case.evaluate({"a": a, "b": [a, a]}) == {"a": 1, "b": [1, 1]}
    with pytest.raises(RuntimeError, match="Attempted to use a closed Session"):
        session.run(a)
    with case.session(use_gpu=True):
        assert tf.constant(1).device == ""
    with case.cached_session() as first, case.cached_session() as second:
        assert first is second
    with case.test_session() as third:
        assert third is first
    with tf.Graph().as_default() as graph:
        with pytest.raises(ValueError, match="The graph used to get the cached"), case.cached_session(graph=graph):
            pass
        with case.test_session(graph=graph) as other:
            assert other.graph is graph
    assert case.evaluate(a) == 1


def test_threads(case):
    thread = case.checkedThread(target=lambda: 1 / 0)
    thread.start()
    with pytest.raises(AssertionError, match="Error in checkedThread: division by zero"):
        thread.join()
    done = []
    thread = case.checkedThread(done.append, args=(1,))
    thread.start()
    thread.join()
    assert done == [1]


def test_temporary_folders(case):
    assert case.get_temp_dir() == case.get_temp_dir()
    assert case.get_temp_dir().startswith(tf.test.get_temp_dir())


def test_the_machine():
    assert tf.test.is_gpu_available() in {True, False}
    assert tf.test.gpu_device_name() == "" or "GPU" in tf.test.gpu_device_name()
    assert tf.test.is_built_with_rocm() is False
    assert tf.test.mock.Mock


def test_gradients_as_tensorflow_computed_them():
    x = tf.placeholder(tf.float32, [2, 2])
    y = tf.square(x) + x * tf.reverse(x, [0])
    np.random.seed(0)
    with tf.Session():
        theoretical, numerical = tf.test.compute_gradient(x, [2, 2], y, [2, 2])
        error = tf.test.compute_gradient_error(x, [2, 2], y, [2, 2], x_init_value=np.ones((2, 2), np.float32))
    np.testing.assert_allclose(theoretical[0], [1.7003903, 0, 0.60276335, 0], rtol=1e-6)
    np.testing.assert_allclose(numerical[3], [0, 0.7151663, 0, 1.8049179], rtol=1e-5)
    assert error == pytest.approx(8.0347e-05, rel=1e-3)
    assert [op.type for op in tf.get_default_graph().get_operations()[6:9]] == ["Const", "Identity", "Identity"]


def test_gradients_of_several_and_of_complex():
    x, z = tf.placeholder(tf.float64, [2]), tf.placeholder(tf.complex128, [1])
    with tf.Session():
        pairs = tf.test.compute_gradient([x], [[2]], tf.reduce_sum(x * x), [], x_init_value=[np.array([1.0, 2.0])])
        np.testing.assert_allclose(pairs[0][0], [[2.0], [4.0]])
        np.testing.assert_allclose(*pairs[0], rtol=1e-6)
        theoretical, numerical = tf.test.compute_gradient(z, [1], z * z, [1], x_init_value=np.array([1 + 2j]))
        np.testing.assert_allclose(theoretical, numerical, atol=1e-6)
        with pytest.raises(ValueError, match="y does not depend on x"):
            tf.test.compute_gradient(x, [2], tf.constant(1.0), [])


def test_main(program):
    code = """
    import tensorflow as tf

    class SumTest(tf.test.TestCase):
        def test_sum(self):
            with self.session():
                self.assertAllEqual(tf.constant([1, 2]).eval(), [1, 2])

        def test_wrong(self):
            self.assertAllEqual(self.evaluate(tf.constant(1)), WHAT)

    if __name__ == "__main__":
        tf.test.main()
    """
    assert "OK" in program(code.replace("WHAT", "1")).err
    assert "FAILED (failures=1, skipped=1)" in program(code.replace("WHAT", "2"), expect=1).err


def test_graph_defs():
    tf.constant(1, name="a")
    first = tf.get_default_graph().as_graph_def()
    tf.test.assert_equal_graph_def(first, first)
    tf.constant(1, name="b")
    with pytest.raises(AssertionError, match="Graphs differ at 1 nodes"):
        tf.test.assert_equal_graph_def(first, tf.get_default_graph().as_graph_def())


def test_stubs():
    class Thing:
        value = 1

    with tf.test.StubOutForTesting() as stubs:
        stubs.Set(Thing, "value", 2)
        assert Thing.value == 2
    assert Thing.value == 1


def test_benchmark(capsys):
    class Add(tf.test.Benchmark):
        pass

    with tf.Session() as session:
        found = Add().run_op_benchmark(session, tf.constant(1), min_iters=2, name="add")
    assert found["iters"] == 2
    assert "name: 'add'" in capsys.readouterr().out
