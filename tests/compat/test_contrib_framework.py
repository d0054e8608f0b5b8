"""tf.contrib.framework, against TensorFlow 1.15.5."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf

framework = tf.contrib.framework


@framework.add_arg_scope
def scoped(x, a=1, b=2):
    return x, a, b


def test_arg_scope():
    with framework.arg_scope([scoped], a=5) as scope:
        assert (scoped(1), scoped(1, a=7), scoped(1, b=3)) == ((1, 5, 2), (1, 7, 2), (1, 5, 3))
        with framework.arg_scope([scoped], b=9):
            assert scoped(1) == (1, 5, 9)
        with framework.arg_scope({}):
            assert scoped(1) == (1, 1, 2)
    assert scoped(1) == (1, 1, 2)
    with framework.arg_scope(scope):
        assert scoped(2) == (2, 5, 2)
    assert framework.arg_scoped_arguments(scoped) == ("a", "b")
    assert framework.has_arg_scope(scoped)
    assert not framework.has_arg_scope(len)
    assert framework.current_arg_scope() == {}


def test_arg_scope_errors():
    with pytest.raises(ValueError, match="is not decorated with @add_arg_scope"), framework.arg_scope([len], a=1):
        pass
    with pytest.raises(TypeError, match="list_ops_or_scope must either be a list/tuple"), framework.arg_scope(3, a=1):
        pass
    with pytest.raises(ValueError, match="When attempting to re-use a scope"), framework.arg_scope({}, a=1):
        pass


def test_variables():
    v = framework.variable("v", [2, 3])
    with tf.variable_scope("s"):
        m = framework.model_variable("m", [2], initializer=tf.zeros_initializer())
        local = framework.local_variable(1.0)
        glob = framework.global_variable(2.0, name="gl")
    assert [x.name for x in (v, m, local, glob)] == ["v:0", "s/m:0", "s/Variable:0", "s/gl:0"]
    assert tf.global_variables() == [v, m, glob]
    assert tf.trainable_variables() == [v, m]
    assert framework.get_model_variables() == [m]
    assert framework.get_local_variables() == [local]
    assert framework.get_trainable_variables() == [v, m]
    assert framework.get_variables("s") == [m, glob]
    assert framework.get_variables(suffix="m") == framework.get_variables_by_name("m") == [m]
    assert framework.get_variables_by_suffix("l") == [glob]
    assert framework.get_unique_variable("s/m") is m
    assert framework.get_variables_to_restore(include=["s"], exclude=["s/gl"]) == [m]
    assert framework.filter_variables(tf.global_variables(), ["s/"], ["m"]) == [glob]
    assert framework.get_variable_full_name(v) == "v"
    with pytest.raises(ValueError, match="Couldn't find variable zz"):
        framework.get_unique_variable("zz")


def test_assign_from_values():
    v = framework.variable("v", [2, 3])
    operation, feed = framework.assign_from_values({"v": np.ones((2, 3))})
    assert (operation.name, [t.name for t in feed]) == ("group_deps", ["placeholder/v:0"])
    assign = framework.assign_from_values_fn({"v": np.ones((2, 3))})
    with tf.Session() as session:
        assign(session)
        assert session.run(v).tolist() == [[1.0] * 3] * 2
    with pytest.raises(ValueError, match="Variable w wasn't found"):
        framework.assign_from_values({"w": np.ones(1)})


def test_names_and_devices():
    assert framework.strip_name_scope("a/b", "a") == "b"
    assert framework.prepend_name_scope("b", "a") == "a/b"
    assert framework.strip_name_scope("^a/b", "a/") == "^b"
    assert framework.get_name_scope() == ""
    x = tf.placeholder(tf.float32, [1])
    assert framework.get_placeholders(tf.get_default_graph()) == [x]
    chooser = framework.VariableDeviceChooser(num_tasks=2)
    assert [chooser(x.op) for _ in range(3)] == [
        "/job:ps/task:0/device:CPU:0",
        "/job:ps/task:1/device:CPU:0",
        "/job:ps/task:0/device:CPU:0",
    ]


def test_reduce_sum_n():
    total = framework.reduce_sum_n([tf.constant([1.0, 2.0]), tf.constant(3.0)])
    assert [op.name for op in tf.get_default_graph().get_operations()][2:] == [
        "reduce_sum_n/Const",
        "reduce_sum_n/Const_1/sum",
        "reduce_sum_n/Const_1",
        "reduce_sum_n/Const_2/sum",
        "reduce_sum_n",
    ] or total.name == "reduce_sum_n:0"
    with tf.Session() as session:
        assert session.run(total) == 6.0


def test_deprecated(capsys):
    @framework.deprecated("2020-01-01", "Use z.")
    def old():
        """Doc."""
        return 1

    @framework.deprecated_args(None, "Use z.", "b")
    def old_argument(a, b=None):
        return a

    @framework.deprecated_arg_values("2019-01-01", "Use z.", b=5)
    def old_value(a, b=5):
        return a

    assert old() == old() == 1
    assert old_argument(1) == old_argument(1, b=2) == old_argument(1, b=3) == 1
    assert old_value(1) == old_value(1, b=6) == old_value(1, b=5) == 1
    assert old.__doc__ == (
        "Doc. (deprecated)\n\nWarning: THIS FUNCTION IS DEPRECATED. It will be removed after 2020-01-01.\n"
        "Instructions for updating:\nUse z."
    )
    with pytest.raises(ValueError, match="Date must be YYYY-MM-DD"):
        framework.deprecated("soon", "x")


def test_deprecation_warnings(program, tmp_path):
    code = """
    import tensorflow as tf

    @tf.contrib.framework.deprecated(None, "Use z.")
    def old():
        pass

    @tf.contrib.framework.deprecated_args("2019-01-01", "Use z.", "b")
    def old_argument(a, b=None):
        pass

    old()
    old()
    old_argument(1, b=2)
    """
    assert program(code).err.replace(f"{tmp_path}/", "").splitlines() == [
        "WARNING:tensorflow:From program.py:11: old (from __main__) is deprecated and will be removed in a future version.",
        "Instructions for updating:",
        "Use z.",
        "WARNING:tensorflow:From program.py:13: calling old_argument (from __main__) with b is deprecated and will be removed after 2019-01-01.",
        "Instructions for updating:",
        "Use z.",
    ]
