"""Python functions at run time: what they get, what they may return, and what becomes of their exceptions."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def test_arguments_are_arrays_and_scalars(sess):
    seen = []

    def look(*args):
        seen.extend((type(a), getattr(a, "dtype", None)) for a in args)
        return np.float32(0)

    inputs = [tf.constant(1.0), tf.constant([1, 2]), tf.constant("q"), tf.constant(["q"])]
    sess.run(tf.py_func(look, inputs, tf.float32))
    assert seen == [(np.float32, np.float32), (np.ndarray, np.int32), (bytes, None), (np.ndarray, np.dtype(object))]


RESULTS = {
    "a Python float is a double": (lambda: 1.0, tf.float64, np.float64(1)),
    "a Python int is an int64": (lambda: 3, tf.int64, np.int64(3)),
    "a bool": (lambda: True, tf.bool, np.True_),
    "a string": (lambda: "dé", tf.string, "dé".encode()),
    "bytes": (lambda: b"abc", tf.string, b"abc"),
    "an array of strings": (lambda: np.array(["a", "bc"]), tf.string, np.array([b"a", b"bc"], object)),
    "an array of bytes": (lambda: np.array([b"a"]), tf.string, np.array([b"a"], object)),
    "objects": (lambda: np.array([b"a", "b"], object), tf.string, np.array([b"a", b"b"], object)),
    "several": (lambda: [1.0, 2], [tf.float64, tf.int64], [1.0, 2]),
    "one in a list": (lambda: 1.0, [tf.float64], [1.0]),
    "none": (lambda: None, [], None),
}


@pytest.mark.parametrize("name", RESULTS)
def test_results(sess, name):
    function, types, expected = RESULTS[name]
    found = sess.run(tf.py_func(function, [], types))
    np.testing.assert_array_equal(found, expected)
    assert type(found) is type(expected)


WRONG = {
    "type": (lambda: np.float64(1), tf.float32, tf.errors.InvalidArgumentError, "0-th value returned by pyfunc_"),
    "type of the second": (lambda: [np.float32(1), 1.0], [tf.float32] * 2, tf.errors.InvalidArgumentError, "is double, but expects float"),
    "too many": (lambda: (1.0, 2.0), tf.float64, tf.errors.InvalidArgumentError, "returns 2 values, but expects to see 1 values."),
    "nothing": (lambda: None, tf.float32, tf.errors.InvalidArgumentError, "returns 0 values, but expects to see 1 values."),
    "something": (lambda: 1.0, [], tf.errors.InvalidArgumentError, "returns 1 values, but expects to see 0 values."),
    "objects": (lambda: np.array([b"a", 1], object), tf.string, tf.errors.InternalError, "Unsupported object type int"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_results(sess, name):
    function, types, kind, text = WRONG[name]
    with pytest.raises(kind) as error:
        sess.run(tf.py_func(function, [], types))
    assert text in str(error.value)


@pytest.mark.parametrize("wrap", [tf.py_func, tf.py_function], ids=["py_func", "py_function"])
@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (ValueError, tf.errors.InvalidArgumentError),
        (TypeError, tf.errors.InvalidArgumentError),
        (StopIteration, tf.errors.OutOfRangeError),
        (MemoryError, tf.errors.ResourceExhaustedError),
        (NotImplementedError, tf.errors.UnimplementedError),
        (KeyError, tf.errors.UnknownError),
        (ZeroDivisionError, tf.errors.UnknownError),
    ],
)
def test_exceptions(sess, wrap, raised, expected):
    def fail():
        raise raised("oh no")

    with pytest.raises(expected) as error:
        sess.run(wrap(fail, [], tf.float32))
    assert type(error.value) is expected
    assert f"{raised.__name__}: " in str(error.value)
    assert "in fail" in str(error.value)


def test_a_result_that_the_function_keeps_is_copied(sess):
    kept = np.zeros(5000, np.float32)
    out = tf.py_func(lambda: kept, [], tf.float32)
    out.set_shape([5000])
    found, _ = sess.run([out, out + 1.0])
    found += 1.0
    assert kept.max() == 0.0


def test_a_stateless_function_runs_every_time(sess):
    calls = []

    def count(x):
        calls.append(x)
        return x

    one, other = (tf.py_func(count, [tf.constant(1.0)], tf.float32, stateful=False) for _ in range(2))
    sess.run(one)
    sess.run(one)
    assert len(calls) == 2
    sess.run([one, other])
    assert len(calls) == 4


def test_py_function_gets_arrays_with_a_numpy_method(sess):
    x = tf.constant([1.0, 2.0])
    assert sess.run(tf.py_function(lambda v: v.numpy() + 1, [x], tf.float32)).tolist() == [2.0, 3.0]
    assert sess.run(tf.py_function(lambda v: v * 2, [x], tf.float32)).tolist() == [2.0, 4.0]
    assert sess.run(tf.py_function(lambda: [1, 2], [], [tf.int32, tf.int32])) == [1, 2]
    with pytest.raises(tf.errors.InvalidArgumentError, match="Tensor conversion requested dtype float64"):
        sess.run(tf.py_function(lambda v: v, [x], tf.float64))
