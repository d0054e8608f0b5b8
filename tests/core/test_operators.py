"""Python's operators on tensors, and the nodes that gradients of math ops are made of, as TensorFlow 1.15.5 has them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import NOT_DIFFERENTIABLE


def _nodes(graph, start=0):
    """The graph as text: "name:Type(inputs)" for each node."""
    return " ".join(
        f"{op.name}:{op.type}({','.join([_short(t.name) for t in op.inputs] + sorted('^' + c.name for c in op.control_inputs))})"
        for op in graph.get_operations()[start:]
    )


def _short(name):
    return name.removesuffix(":0")


@pytest.mark.parametrize(
    ("expression", "nodes"),
    [
        (lambda x, y: x + y, "add:AddV2(x,y)"),
        (lambda x, y: x - y, "sub:Sub(x,y)"),
        (lambda x, y: x * y, "mul:Mul(x,y)"),
        (lambda x, y: x / y, "truediv:RealDiv(x,y)"),
        (lambda x, y: x // y, "floordiv:FloorDiv(x,y)"),
        (lambda x, y: x % y, "mod:FloorMod(x,y)"),
        (lambda x, y: x**y, "pow:Pow(x,y)"),
        (lambda x, y: x @ y, "matmul:MatMul(x,y)"),
        (lambda x, y: x.__div__(y), "div:RealDiv(x,y)"),
        (lambda x, y: x < y, "Less:Less(x,y)"),
        (lambda x, y: x <= y, "LessEqual:LessEqual(x,y)"),
        (lambda x, y: x > y, "Greater:Greater(x,y)"),
        (lambda x, y: x >= y, "GreaterEqual:GreaterEqual(x,y)"),
        (lambda x, y: -x, "Neg:Neg(x)"),
        (lambda x, y: abs(x), "Abs:Abs(x)"),
        (lambda x, y: x + 1, "add/y:Const() add:AddV2(x,add/y)"),
        (lambda x, y: 1 - x, "sub/x:Const() sub:Sub(sub/x,x)"),
        (lambda x, y: 2 / x, "truediv/x:Const() truediv:RealDiv(truediv/x,x)"),
        (lambda x, y: 2**x, "pow/x:Const() pow:Pow(pow/x,x)"),
        (lambda x, y: x > 1, "Greater/y:Const() Greater:Greater(x,Greater/y)"),
        (lambda x, y: np.ones((2, 2)) * x, "mul/x:Const() mul:Mul(mul/x,x)"),
        (lambda x, y: [[1.0], [2.0]] @ x[:1], None),
    ],
)
def test_operators(expression, nodes):
    with tf.Graph().as_default() as graph:
        x, y = tf.placeholder(tf.float64, [2, 2], "x"), tf.placeholder(tf.float64, [2, 2], "y")
        result = expression(x, y)
        assert nodes is None or _nodes(graph, 2) == nodes
        assert result.shape.as_list() == [2, 2]


def test_operators_of_integers_bools_and_strings():
    with tf.Graph().as_default() as graph:
        i, b, s = (tf.placeholder(t, [2], n) for t, n in ((tf.int32, "i"), (tf.bool, "b"), (tf.string, "s")))
        i / i
        b & b
        b | True
        b ^ b
        ~b
        s + "x"
        found = _nodes(graph, 3)
    assert found == (
        "truediv/Cast:Cast(i) truediv/Cast_1:Cast(i) truediv:RealDiv(truediv/Cast,truediv/Cast_1) "
        "and:LogicalAnd(b,b) or/y:Const() or:LogicalOr(b,or/y) "
        "xor/LogicalOr:LogicalOr(b,b) xor/LogicalAnd:LogicalAnd(b,b) xor/LogicalNot:LogicalNot(xor/LogicalAnd) "
        "xor:LogicalAnd(xor/LogicalOr,xor/LogicalNot) LogicalNot:LogicalNot(b) add/y:Const() add:Add(s,add/y)"
    )


@pytest.mark.parametrize(
    ("expression", "error", "text"),
    [
        (
            lambda: tf.constant([1]) + 1.5,
            TypeError,
            "Input 'y' of 'AddV2' Op has type float32 that does not match type int32",
        ),
        (lambda: 1.5 + tf.constant([1]), TypeError, "Expected int32, got 1.5 of type 'float' instead."),
        (lambda: tf.constant([1.0]) + tf.constant([1]), TypeError, "type int32 that does not match type float32"),
        (lambda: tf.constant(1) / 2.0, TypeError, "x and y must have the same dtype, got tf.int32 != tf.float32"),
        (lambda: tf.constant(True) / True, TypeError, "Invalid dtype tf.bool in __truediv__"),
        (
            lambda: tf.zeros([2, 3]) * tf.zeros([4, 5]),
            ValueError,
            "Dimensions must be equal, but are 2 and 4 for 'mul'",
        ),
        (lambda: tf.constant([1.0]) + None, ValueError, "None values not supported."),
        (lambda: tf.log(tf.constant([1])), TypeError, "Value passed to parameter 'x' has DataType int32 not in list"),
        (lambda: tf.scalar_mul([2.0], tf.ones([2])), ValueError, "Only scalar multiply works, got shape"),
        (lambda: tf.divide([1.0], [2.0]), TypeError, "unsupported operand type"),
    ],
)
def test_errors_of_operators(expression, error, text):
    with tf.Graph().as_default(), pytest.raises(error, match=re.escape(text)):
        expression()


def test_the_other_operand_may_know_better():
    class Unit:
        def __radd__(self, other):
            return "mine"

    class Reversed:
        __array_priority__ = 1000

    with tf.Graph().as_default():
        assert tf.constant(1.0) + Unit() == "mine"
        with pytest.raises(TypeError):
            tf.constant(1.0) + Reversed()


def test_divide_without_tensors_is_pythons():
    with tf.Graph().as_default() as graph:
        assert tf.divide(1, 2) == 0.5
        assert graph.get_operations() == []
        assert tf.divide(1, 2, name="half").op.name == "half"


def test_names_of_functions_of_a_sparse_tensor():
    with tf.Graph().as_default():
        sparse = tf.SparseTensor([[0, 0]], [-1.0], [2, 2])
        names = [f(sparse).values.op.name for f in (tf.abs, tf.negative, tf.square, tf.sqrt, tf.tanh, tf.sign, tf.erf)]
        with pytest.raises(TypeError):
            tf.exp(sparse)
    # TensorFlow tries the whole tensor first, and the attempt takes the name.
    assert names == ["Abs_1", "Neg_1", "Square_1", "Sqrt_1", "Tanh_1", "Sign_1", "Erf_1"]


# -- gradients ---------------------------------------------------------------------------------------------------


def _raw(op_type):
    return lambda *inputs: make_op(op_type, *inputs)


def _records():
    text = (Path(__file__).parent / "math_gradients.txt").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [tuple(record.split("\n")) for record in "\n".join(lines).strip().split("\n\n")]


@pytest.mark.parametrize(("code", "nodes", "returned"), _records())
def test_nodes_of_gradients(code, nodes, returned):
    names = {"tf": tf, "raw": _raw}
    with tf.Graph().as_default() as graph:
        exec(code, names)
        y = names["y"]
        gradient = y.op.op_def.gradient
        incoming = [tf.placeholder(t.dtype, t.shape, f"g{i}") for i, t in enumerate(y.op.outputs)]
        before = len(graph.get_operations())
        result = gradient(y.op, *incoming)
        result = result if isinstance(result, (list, tuple)) else [result]
        assert (_nodes(graph, before) or "-") == nodes
        assert " ".join("None" if t is None else _short(t.name) for t in result) == returned


def test_reduced_shapes_are_computed_once_a_graph():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2, 3])
        tf.gradients(tf.reduce_sum(x, 1), x)
        before = len(graph.get_operations())
        tf.gradients(tf.reduce_mean(x, 1), x)
        types = [op.type for op in graph.get_operations()[before:]]
    assert "DynamicStitch" not in types


@pytest.mark.parametrize(
    "function",
    [tf.equal, tf.less, tf.math.reduce_euclidean_norm, tf.floor, tf.logical_and, tf.range],
    ids=lambda f: f.__name__,
)
def test_what_has_no_gradient(function):
    with tf.Graph().as_default():
        if function is tf.logical_and:
            op = function([True], [False]).op
        elif function in (tf.equal, tf.less):
            op = function([1.0], [2.0]).op
        else:
            op = function(tf.constant(2.0) if function is tf.range else tf.constant([2.0])).op
        gradient = op.op_def.gradient
        assert gradient is NOT_DIFFERENTIABLE or gradient(op, tf.constant([1.0])) == [None]
