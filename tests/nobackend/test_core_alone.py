"""What core does when nothing else is installed: it builds graphs, and says clearly what it cannot do."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf
from tangraph import registry

NO_BACKEND = "No backend is installed: tf.Session needs one. Install the CPU backend: pip install tangraph-backend-cpu"


@pytest.mark.parametrize(
    "make",
    [tf.Session, tf.InteractiveSession, tf.compat.v1.Session, lambda: tf.Session(graph=tf.Graph(), config=None)],
)
def test_a_session_says_what_to_install(make):
    with pytest.raises(RuntimeError) as error:
        make()
    assert str(error.value) == NO_BACKEND
    assert error.value.__cause__ is None


def test_with_session():
    with pytest.raises(RuntimeError, match="pip install tangraph-backend-cpu"), tf.Session() as session:
        session.run(tf.constant(1))


def test_a_failed_session_is_no_default_session():
    with pytest.raises(RuntimeError, match="No backend"):
        tf.InteractiveSession()
    assert tf.get_default_session() is None
    with pytest.raises(ValueError, match="No default session"):
        tf.constant(1).eval()


def test_a_backend_by_its_name():
    with pytest.raises(RuntimeError, match="pip install tangraph-backend-cpu"):
        registry.backend("cpu")
    assert registry.backends() == {}


def test_a_graph_is_built_and_differentiated():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    with tf.variable_scope("layer"):
        w = tf.get_variable("w", [3, 2])
        b = tf.get_variable("b", [2], initializer=tf.zeros_initializer())
    y = tf.nn.relu(tf.matmul(x, w) + b, name="y")
    loss = tf.reduce_mean(tf.square(y - 1.0))
    gradients = tf.gradients(loss, [w, b, x])
    assert y.name == "y:0"
    assert y.shape.as_list() == [None, 2]
    assert [gradient.shape.as_list() for gradient in gradients] == [[3, 2], [2], [None, 3]]
    assert [v.name for v in tf.trainable_variables()] == ["layer/w:0", "layer/b:0"]
    assert tf.get_default_graph().get_operation_by_name("MatMul").type == "MatMul"


def test_control_flow_is_built():
    x = tf.placeholder(tf.float32, [])
    branch = tf.cond(x > 0, lambda: x * 2.0, lambda: x - 1.0)
    _, total = tf.while_loop(lambda i, _: i < 3, lambda i, total: [i + 1, total + x], [0, 0.0])
    assert branch.name == "cond/Merge:0"
    assert total.name == "while/Exit_1:0"
    assert tf.gradients(total, x)[0].shape.as_list() == []


def test_shapes_and_types_are_checked():
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 3 and 4"):
        tf.matmul(tf.zeros([2, 3]), tf.zeros([4, 5]))
    with pytest.raises(TypeError, match="has type float32 that does not match type int32"):
        tf.constant(1) + tf.constant(1.0)


def test_constants_are_known_without_running():
    value = tf.constant([[1, 2], [3, 4]])
    assert np.array_equal(tf.contrib.util.constant_value(value), [[1, 2], [3, 4]])
