"""TensorFlow's own modules: each alias is one module object, and what it holds is what is public."""

from __future__ import annotations

import importlib
import sys

import pytest

import tangraph as tf
from tangraph import finder
from tangraph.cli.script import ALIASES
from tangraph_compat import internals


@pytest.fixture(scope="module", autouse=True)
def _tensorflow():
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "tensorflow"}
    for name in before:
        del sys.modules[name]
    finder.install(ALIASES)
    yield
    finder.uninstall(ALIASES)
    sys.modules.update(before)


@pytest.mark.parametrize("module", sorted(internals.table()))
def test_an_alias_is_the_same_module(module):
    home = importlib.import_module(f"tangraph_compat.{module}")
    assert importlib.import_module(f"tensorflow.{module}") is home
    assert importlib.import_module(f"tangraph.{module}") is home
    assert sys.modules[f"tensorflow.{module}"] is home
    assert home.__name__ == f"tangraph_compat.{module}"
    parent, _, leaf = module.rpartition(".")
    if leaf not in internals.table().get(parent, {}):  # else the public name stands there, as in TensorFlow
        assert getattr(importlib.import_module(f"tensorflow.{parent}"), leaf) is home


def test_no_module_exists_twice():
    for name, module in list(sys.modules.items()):
        if name.startswith("tangraph_compat."):
            assert module.__name__ == name


def exists(name):
    found = tf
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is not None


@pytest.mark.parametrize("module", sorted(m for m, names in internals.table().items() if names and ".gen_" not in m))
def test_a_module_holds_the_public_objects(module):
    home = importlib.import_module(f"tensorflow.{module}")
    for attribute, name in internals.table()[module].items():
        if exists(name) and attribute not in vars(home):
            assert getattr(home, attribute) is internals.public(name)


def test_every_public_object_is_the_same_one_everywhere():
    from tensorflow.python.client import device_lib
    from tensorflow.python.framework import ops, tensor_shape, tensor_util
    from tensorflow.python.layers import utils
    from tensorflow.python.ops import array_ops, control_flow_ops, math_ops, random_ops
    from tensorflow.python.platform import flags, test, tf_logging
    from tensorflow.python.util import compat, nest

    assert ops.Graph is tf.Graph
    assert ops.GraphKeys is tf.GraphKeys
    assert ops.name_scope is tf.name_scope
    assert ops.convert_to_tensor is tf.convert_to_tensor
    assert ops.colocate_with is tf.colocate_with
    assert math_ops.reduce_sum is tf.reduce_sum
    assert math_ops.matmul is tf.matmul
    assert array_ops.shape is tf.shape
    assert random_ops.random_uniform is tf.random_uniform
    assert compat.as_bytes is tf.compat.as_bytes
    assert nest.flatten is tf.nest.flatten
    assert tf_logging.info is tf.logging.info
    assert flags.FLAGS is tf.flags.FLAGS is tf.app.flags.FLAGS
    assert test.TestCase is tf.test.TestCase
    assert tensor_util.constant_value is tf.get_static_value
    assert callable(control_flow_ops.with_dependencies)
    assert callable(utils.smart_cond)
    assert device_lib.list_local_devices()[0].device_type == "CPU"
    assert tensor_shape.scalar() == tf.TensorShape([])
    assert tensor_shape.unknown_shape(2).as_list() == [None, None]
    assert ops.uid() < ops.uid()


def test_raw_ops():
    from tensorflow.python.ops import gen_array_ops, gen_math_ops

    with tf.Graph().as_default():
        product = gen_math_ops.mat_mul([[1.0]], [[2.0]], False, True, "product")
        assert (product.op.type, product.op.name, product.op.get_attr("transpose_b")) == ("MatMul", "product", True)
        joined = gen_array_ops.concat_v2(values=[[1], [2]], axis=0)
        assert joined.op.type == "ConcatV2"
        total = gen_math_ops._sum([1.0, 2.0], 0, keep_dims=True, name="total")
        assert total.get_shape().as_list() == [1]
        with pytest.raises(TypeError, match=r"lacks the arguments: b. Received: a"):
            gen_math_ops.mat_mul(1)
        with pytest.raises(TypeError, match=r"multiple values for argument 'a'"):
            gen_math_ops.mat_mul(1, a=2)
        with pytest.raises(AttributeError, match=r"'tensorflow.python.ops.gen_math_ops' has no attribute 'nothing'"):
            gen_math_ops.nothing


def test_raw_ops_by_keyword():
    with tf.Graph().as_default():
        top = tf.raw_ops.TopKV2(input=[1.0, 3.0], k=1, name="top")
        assert (type(top).__name__, top._fields, top.values.name) == ("TopKV2", ("values", "indices"), "top:0")
        assert [part.name for part in tf.raw_ops.Split(axis=0, value=[1, 2], num_split=2)] == ["Split:0", "Split:1"]
        assert tf.raw_ops.NoOp().type == "NoOp"
        assert tf.raw_ops.MatMul(a=[[1.0]], b=[[2.0]], transpose_b=True).op.get_attr("transpose_b") is True
        with pytest.raises(TypeError, match=r"Add only takes keyword args \(possible keys: \['x', 'y', 'name'\]\)"):
            tf.raw_ops.Add(1, 2)
        with pytest.raises(TypeError, match=r"Add\(\) missing 1 required positional argument: 'y'"):
            tf.raw_ops.Add(x=1)
        with pytest.raises(TypeError, match=r"Add\(\) got an unexpected keyword argument 'z'"):
            tf.raw_ops.Add(x=1, y=2, z=3)
        with pytest.raises(AttributeError, match="'Nope'"):
            tf.raw_ops.Nope
    assert {"MatMul", "TopKV2"} <= set(dir(tf.raw_ops))


def test_what_is_missing():
    from tensorflow.python.ops import math_ops

    with pytest.raises(AttributeError, match=r"module 'tensorflow.python.ops.math_ops' has no attribute 'nothing'"):
        math_ops.nothing
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'tensorflow.python.nothing'"):
        importlib.import_module("tensorflow.python.nothing")
    with pytest.raises(ImportError):
        from tensorflow.python.ops import nothing  # noqa: F401


def test_keras_below_python_is_keras(monkeypatch):
    if exists("keras"):
        assert importlib.import_module("tensorflow.python.keras") is tf.keras
    else:
        with pytest.raises(ImportError, match=r"tf\.keras"):
            importlib.import_module("tensorflow.python.keras.layers")


def test_variables_of_tensorflows_own_module():
    from tensorflow.python.ops import variables

    with tf.Graph().as_default():
        made = variables.Variable([1.0], name="v")
        assert made.op.type == "VarHandleOp"
        assert isinstance(made, variables.Variable)
        assert isinstance(tf.Variable(1.0), variables.Variable)
        assert not isinstance(1, variables.Variable)
    assert variables.VariableV1 is tf.Variable


def test_inner_modules_of_contrib_hold_its_public_names():
    modules = {
        "layers.python.layers.layers": ("conv2d", "batch_norm"),
        "layers.python.layers.initializers": ("xavier_initializer",),
        "framework.python.ops": ("add_arg_scope", "arg_scope"),
        "rnn.python.ops.rnn_cell": ("LayerNormBasicLSTMCell",),
        "seq2seq.python.ops.helper": ("TrainingHelper",),
        "training.python.training.hparam": ("HParams",),
    }
    for path, names in modules.items():
        package = getattr(tf.contrib, path.partition(".")[0])
        module = importlib.import_module(f"tangraph.contrib.{path}")
        assert [getattr(module, name) for name in names] == [getattr(package, name) for name in names]
    for missing in ("layers.python.there_is_none", "rnn.there_is_none.ops"):
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(f"tangraph.contrib.{missing}")
