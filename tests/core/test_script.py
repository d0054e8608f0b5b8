"""Python functions as nodes, and the registry that keeps them."""

from __future__ import annotations

import gc

import pytest

import tangraph as tf
from tangraph.ops.script import functions


@pytest.mark.parametrize(
    ("build", "op_type"),
    [
        (lambda x: tf.py_func(len, [x], tf.int64), "PyFunc"),
        (lambda x: tf.py_func(len, [x], tf.int64, stateful=False), "PyFuncStateless"),
        (lambda x: tf.numpy_function(len, [x], tf.int64), "PyFunc"),
        (lambda x: tf.py_function(len, [x], tf.int64), "EagerPyFunc"),
    ],
)
def test_the_node(build, op_type):
    tensor = build(tf.constant([1.0]))
    assert (tensor.op.type, tensor.dtype, tensor.shape.ndims) == (op_type, tf.int64, None)
    assert tensor.op.get_attr("Tin") == [tf.float32]
    assert tensor.op.get_attr("Tout") == [tf.int64]
    assert functions.get(tensor.op.attrs["token"]) is len


def test_results_have_the_structure_of_the_types():
    assert isinstance(tf.py_func(len, [], tf.int64), tf.Tensor)
    assert [t.dtype for t in tf.py_func(len, [], [tf.int64, tf.string])] == [tf.int64, tf.string]
    assert isinstance(tf.py_func(len, [], []), tf.Operation)


def test_only_functions_are_taken():
    with pytest.raises(ValueError, match="Expected func to be callable, got func of type <class 'int'>"):
        tf.py_func(3, [], tf.int32)


def test_a_function_lives_as_long_as_its_graph():
    graph = tf.Graph()
    with graph.as_default():
        token = tf.py_func(lambda: 1, [], tf.int64).op.attrs["token"]
    assert functions.get(token) is not None
    before = functions.size()
    del graph
    gc.collect()
    assert functions.get(token) is None
    assert functions.size() < before


def test_there_is_no_gradient_through_it():
    x = tf.constant(1.0)
    assert tf.gradients(tf.py_func(lambda v: v, [x], tf.float32), [x]) == [None]
