"""TensorArrays and stacks: values, gradients, and TensorFlow's errors."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf
from tangraph.ops.control_flow.stack import stack_close_v2, stack_pop_v2, stack_push_v2, stack_v2

X = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32)


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def array(size=3, dtype=tf.float32, **kwargs):
    return tf.TensorArray(dtype, size, **kwargs)


def loose(value):
    """A tensor whose static shape is not known."""
    return tf.placeholder_with_default(np.asarray(value, np.float32), None)


VALUES = {
    "write and stack": (lambda: array().write(0, X[0]).write(2, X[1]).write(1, X[2]).stack(), X[[0, 2, 1]]),
    "what was not written is zero": (lambda: array().write(1, X[0]).stack(), [[0, 0], [1, 2], [0, 0]]),
    "unstack and read": (lambda: array().unstack(X).read(1), X[1]),
    "unstack and gather": (lambda: array().unstack(X).gather([2, 0]), X[[2, 0]]),
    "gather nothing": (lambda: array().write(0, 1.0).gather([]), np.zeros(0)),
    "scatter": (lambda: array().scatter([2, 0, 1], X).stack(), X[[1, 2, 0]]),
    "fewer rows than elements": (lambda: array().unstack([1.0, 2.0]).stack(), [1, 2, 0]),
    "concat": (lambda: array().unstack(X).concat(), X.ravel()),
    "split": (lambda: array(infer_shape=False).split(X, [1, 0, 2]).read(2), X[1:]),
    "split and concat": (lambda: array(infer_shape=False).split(X, [1, 0, 2]).concat(), X),
    "size": (lambda: array().size(), 3),
    "grows": (lambda: array(0, dynamic_size=True).write(4, 1.0).size(), 5),
    "unstack grows": (lambda: array(1, dynamic_size=True).unstack([1.0, 2.0, 3.0]).stack(), [1, 2, 3]),
    "an element shape makes zeros": (lambda: array(element_shape=[2]).read(0), [0, 0]),
    "no elements": (lambda: array(0, element_shape=[2]).stack(), np.zeros((0, 2))),
    "no elements to concat": (lambda: array(0, element_shape=[None, 2]).concat(), np.zeros((0, 2))),
    "identity": (lambda: array().unstack(X).identity().read(0), X[0]),
    "strings": (lambda: array(2, tf.string).write(0, "a").write(1, "b").stack(), np.array([b"a", b"b"], object)),
    "strings unstacked": (lambda: array(2, tf.string).unstack(["a", "b"]).read(1), b"b"),
    "an empty string": (lambda: array(2, tf.string, element_shape=[]).read(1), b""),
    "int64": (lambda: array(2, tf.int64).write(1, np.int64(2**40)).write(0, np.int64(1)).stack(), [1, 2**40]),
}


@pytest.mark.parametrize("name", VALUES)
def test_values(sess, name):
    build, expected = VALUES[name]
    np.testing.assert_array_equal(sess.run(build()), expected)


def read_twice():
    written = array().write(0, 1.0)
    with tf.control_dependencies([written.read(0)]):
        return written.read(0)


def read_after_close():
    written = array().unstack(X)
    with tf.control_dependencies([written.close()]):
        return written.stack()


ERRORS = {
    "never written": (lambda: array().read(0), "Could not read from TensorArray index 0.  Furthermore, the element shape is not fully defined: <unknown>"),
    "written twice": (lambda: array().write(0, 1.0).write(0, 2.0).flow, "Could not write to TensorArray index 0 because it has already been written to."),
    "written behind the end": (lambda: array(2).write(5, 1.0).flow, "Tried to write to index 5 but array is not resizeable and size is: 2"),
    "written before the start": (lambda: array().write(-1, 1.0).flow, "Tried to write to index -1 but array is not resizeable and size is: 3"),
    "read behind the end": (lambda: array().write(0, 1.0).read(5), "Tried to read from index 5 but array size is: 3"),
    "gather behind the end": (lambda: array().unstack(X).gather([5]), "Tried to read from index 5 but array size is: 3"),
    "scatter behind the end": (lambda: array().scatter([0, 1, 7], X).flow, "Max scatter index must be < array size (7 vs. 3)"),
    "unstack too much": (lambda: array().unstack([1.0, 2.0, 3.0, 4.0]).flow, "Max scatter index must be < array size (3 vs. 3)"),
    "read twice": (read_twice, "Could not read index 0 twice because it was cleared after a previous read (perhaps try setting clear_after_read = false?)."),
    "closed": (read_after_close, "has already been closed."),
    "another type": (lambda: array(dtype=tf.int32).write(0, 1.0).flow, "TensorArray dtype is int32 but Op is trying to write dtype float."),
    "another shape": (lambda: array().write(0, [1.0]).write(1, loose([1.0, 2.0])).flow, "Could not write to TensorArray index 1 because the value shape is [2] which is incompatible with the TensorArray's inferred element shape: [1] (consider setting infer_shape=False)."),
    "stack of two shapes": (lambda: array(2, infer_shape=False).write(0, [1.0]).write(1, [1.0, 2.0]).stack(), "TensorArray has inconsistent shapes.  Index 0 has shape: [1] but index 1 has shape: [2]"),
    "concat of scalars": (lambda: array(1, infer_shape=False).write(0, 1.0).concat(), "Concat saw a scalar shape at index 0 but requires at least vectors.  Did you mean to call pack?"),
    "concat of two ranks": (lambda: array(2, infer_shape=False).write(0, [[1.0]]).write(1, [1.0]).concat(), "Index 0 has (excepting dimension 0) shape: [1] but index 1 has (excepting dimension 0) shape: []"),
    "split of too little": (lambda: array(2, infer_shape=False).split(X, [1, 1]).flow, "Expected sum of lengths to be equal to values.shape[0], but sum of lengths is 2 and value's shape is: [3,2]"),
    "split into more": (lambda: array(2, infer_shape=False).split(X, [1, 1, 1]).flow, "TensorArray's size is not equal to the size of lengths (2 vs. 3), and the TensorArray is not marked as dynamically resizeable"),
    "negative size": (lambda: array(-1).flow, "Size should be >= 0."),
    "size of rank 1": (lambda: array(tf.placeholder_with_default([1], None)).flow, "TensorArray size must be scalar, but had shape: [1]"),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_errors(sess, name):
    build, text = ERRORS[name]
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        sess.run(build())
    assert text in str(error.value)


def test_nothing_to_stack_and_no_shape_known(sess):
    with pytest.raises(tf.errors.UnimplementedError, match="TensorArray has size zero, but element shape <unknown>"):
        sess.run(array(0).stack())


@pytest.mark.parametrize(
    ("build", "kind", "text"),
    [
        (lambda: tf.TensorArray(tf.float32), ValueError, "Size must be provided if handle is not provided"),
        (lambda: tf.TensorArray(tf.float32, 3, handle=array().handle), ValueError, "Cannot provide both a handle and size"),
        (lambda: tf.TensorArray(tf.float32, handle=array().handle), ValueError, "flow must not be None if handle is not None"),
        (lambda: tf.TensorArray(tf.float32, handle=3), TypeError, "Handle must be a Tensor"),
        (lambda: array().write(0, [1.0]).write(1, [1.0, 2.0]), ValueError, r"Inconsistent shapes: saw \(2,\) but expected \(1,\)"),
        (lambda: array().scatter([[0, 1]], X[:2]), ValueError, "Shape must be rank 1 but is rank 2"),
        (lambda: array().write([0], 1.0), ValueError, "Shape must be rank 0 but is rank 1"),
    ],
)  # fmt: skip
def test_what_is_refused_while_building(build, kind, text):
    with pytest.raises(kind, match=text):
        build()


GRADIENTS = {
    "unstack, read": (lambda x: array().unstack(x).read(1) * 2.0, [[0, 0], [2, 2], [0, 0]]),
    "scatter, stack": (lambda x: array().scatter([2, 0, 1], x * 2.0).stack(), np.full((3, 2), 2.0)),
    "write, stack": (lambda x: array().write(0, x[0]).write(2, x[2]).stack(), [[1, 1], [0, 0], [1, 1]]),
    "gather twice": (lambda x: array(clear_after_read=False).unstack(x).gather([1, 1]), [[0, 0], [2, 2], [0, 0]]),
    "split, concat": (lambda x: array(2, infer_shape=False).split(x, [1, 2]).concat() * 3.0, np.full((3, 2), 3.0)),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients(sess, name):
    build, expected = GRADIENTS[name]
    x = tf.constant(X)
    np.testing.assert_array_equal(sess.run(tf.gradients(build(x), [x])[0]), expected)


def test_gradients_need_a_scope_that_tells_them_apart():
    x = tf.constant(X)
    with pytest.raises(ValueError, match="Expected op/tensor name to start with gradients"):
        tf.gradients(array().unstack(x).read(1), [x], name="other")


def test_what_is_written_twice_to_an_array_of_gradients_adds_up(sess):
    gradients = array().unstack(X).grad("s")
    summed = gradients.write(0, [1.0, 1.0]).write(0, [2.0, 3.0]).write(0, [1.0, 0.0])
    assert sess.run(summed.read(0)).tolist() == [4.0, 4.0]


def test_static_shapes():
    assert array(element_shape=[None, 2]).stack().shape.as_list() == [None, None, 2]
    assert array().unstack(X).read(0).shape.as_list() == [2]
    assert array().unstack(X).concat().shape.as_list() == [None]
    assert array(infer_shape=False).unstack(X).read(0).shape.ndims is None
    assert array().handle.shape.as_list() == [2]
    assert array(element_shape=[2]).grad("gradients").handle.shape.as_list() == [2]


# -- stacks ----------------------------------------------------------------------------------------------------------


def test_the_last_value_pushed_is_the_first_popped(sess):
    stack = stack_v2(-1, tf.float32)
    with tf.control_dependencies([stack_push_v2(stack, 1.0)]):
        second = stack_push_v2(stack, 2.0)
    with tf.control_dependencies([second]):
        popped = stack_pop_v2(stack, tf.float32)
    with tf.control_dependencies([popped]):
        again = stack_pop_v2(stack, tf.float32)
    for _ in range(2):
        assert sess.run([popped, again]) == [2.0, 1.0]


def test_an_empty_stack_has_nothing_to_pop(sess):
    stack = stack_v2(-1, tf.float32)
    with tf.control_dependencies([stack_push_v2(stack, 1.0)]):
        closed = stack_close_v2(stack)
    with tf.control_dependencies([closed]):
        popped = stack_pop_v2(stack, tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"is empty when calling Pop\(\)"):
        sess.run(popped)


# -- loops over rows -------------------------------------------------------------------------------------------------


def test_vectorized_map_finds_types_and_shapes_itself(sess):
    found = tf.vectorized_map(lambda row: (tf.reduce_sum(row), tf.cast(row, tf.int32)), tf.constant(X))
    assert [t.shape.as_list() for t in found] == [[3], [3, 2]]
    sums, rows = sess.run(found)
    assert sums.tolist() == [3.0, 7.0, 11.0]
    assert rows.dtype == np.int32


@pytest.mark.parametrize(
    ("build", "kind", "text"),
    [
        (lambda: tf.map_fn(3, [1.0]), TypeError, "fn must be callable"),
        (lambda: tf.scan(3, [1.0]), TypeError, "fn must be callable"),
        (lambda: tf.foldl(3, [1.0]), TypeError, "fn must be callable"),
        (lambda: tf.foldr(3, [1.0]), TypeError, "fn must be callable"),
        (lambda: tf.map_fn(lambda x: x, tf.constant(1.0)), ValueError, "elems must be a 1\\+ dimensional Tensor, not a scalar"),
        (lambda: tf.map_fn(lambda x: (x, x), tf.constant([1.0])), ValueError, "same nested structure"),
        (lambda: tf.map_fn(lambda x: x, tf.SparseTensor([[0]], [1.0], [1])), TypeError, "map on the values of a sparse tensor"),
        (lambda: tf.vectorized_map(lambda x: x, tf.constant(1.0)), ValueError, "not scalars"),
    ],
)  # fmt: skip
def test_loops_over_rows_refuse(build, kind, text):
    with pytest.raises(kind, match=text):
        build()
