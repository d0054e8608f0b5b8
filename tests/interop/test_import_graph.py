"""import_graph_def, write_graph and graph_util."""

from __future__ import annotations

import contextlib
import itertools
import random
from pathlib import Path

import numpy as np
import pytest
from google.protobuf import text_format

import tangraph as tf
from tangraph_interop.import_graph import python_functions_allowed
from tangraph_interop.wire import merge_text

RECORDED = Path(__file__).parent / "recorded"
A = 'node { name: "a" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }'


def neg(name, *inputs, dtype="DT_FLOAT", extra=""):
    lines = " ".join([f'input: "{text}"' for text in inputs])
    return f'node {{ name: "{name}" op: "Neg" {lines} attr {{ key: "T" value {{ type: {dtype} }} }} {extra} }}'


def graph_def(text):
    message = tf.GraphDef()
    merge_text(text, message)
    return message


LOC = 'attr { key: "_class" value { list { s: "loc:@%s" } } }'
CONST = (
    'node {{ name: "c" op: "Const" attr {{ key: "dtype" value {{ type: {} }} }} attr {{ key: "value" value {{ tensor {{ '
    "dtype: DT_FLOAT tensor_shape {{ dim {{ size: {} }} }} {} }} }} }} }}"
)
MALFORMED = [
    (neg("a"), r"NodeDef expected inputs 'float' do not match 0 inputs specified; Op<name=Neg; signature=x:T -> y:T"),
    (neg("a", "b"), "Node 'a': Unknown input node 'b'"),
    (A + neg("b", "a:1"), "Node 'b': Connecting to invalid output 1 of source node a which has 1 outputs."),
    (
        A + neg("b", "a", dtype="DT_INT32"),
        "Input 0 of node import/b was passed float from import/a:0 incompatible with",
    ),
    (A + neg("b", "a", dtype="DT_STRING"), "Value for attr 'T'"),
    (A + 'node { name: "b" op: "Neg" input: "a" }', "NodeDef missing attr 'T' from Op<name=Neg"),
    (A + neg("b", "a", extra='attr { key: "z" value { i: 1 } }'), "NodeDef mentions attr 'z' not in Op<name=Neg"),
    (A + A, "Node 'a' is not unique"),
    ('node { name: "a b" op: "NoOp" }', "Node 'a b': Node name contains invalid characters"),
    ('node { op: "NoOp" }', "Node '': Node name contains invalid characters"),
    ('node { name: "a" op: "NoOp" input: "^b" }', r"Node 'a': Unknown input node '\^b'"),
    (neg("a", "b") + neg("b", "a"), "2 nodes in a cycle"),
    (A + 'node { name: "b" op: "NoOp" input: "^a" input: "a" }', "Control dependencies must come after regular"),
    (A + neg("b", "a", extra=LOC % "zz"), "Node 'b' expects to be colocated with unknown node 'zz'"),
    ("versions { producer: 999 min_consumer: 999 }", "GraphDef min consumer version 999 above current version 134"),
    (CONST.format("DT_FLOAT", 3, 'tensor_content: "ab"'), "Value for attr 'value'"),
    (CONST.format("DT_INT32", 3, "float_val: 1"), "the value of a Const must have its dtype int32"),
    (CONST.format("DT_FLOAT", -3, "float_val: 1"), "c"),
    ('node { name: "p" op: "PyFunc" }', "calls a Python function"),
]


@pytest.mark.parametrize(("text", "message"), MALFORMED)
def test_a_malformed_graph_is_a_value_error_and_adds_nothing(text, message):
    with tf.Graph().as_default() as g, pytest.raises(ValueError, match=message):
        tf.import_graph_def(graph_def(text))
    assert g.get_operations() == []


def test_an_unknown_op_type_names_the_node():
    with tf.Graph().as_default(), pytest.raises(tf.errors.NotFoundError, match="'Foo'.*node 'a'"):
        tf.import_graph_def(graph_def('node { name: "a" op: "Foo" }'))


def test_damaged_bytes_are_a_value_error():
    data = (RECORDED / "graph.pb").read_bytes()
    generator = random.Random(1)
    for length in range(0, len(data), 97):
        damaged = bytearray(data[:length])
        if damaged:
            damaged[generator.randrange(length)] ^= 1 << generator.randrange(8)
        with tf.Graph().as_default(), contextlib.suppress(ValueError, tf.errors.NotFoundError):
            tf.import_graph_def(tf.GraphDef.FromString(bytes(damaged)))


ARGUMENTS = [
    ({"input_map": {"zz:0": 1.0}}, ValueError, r"not found in graph_def: \[zz:0\]"),
    ({"input_map": {5: 1.0}}, TypeError, "input_map must be a dictionary mapping strings to Tensor objects."),
    ({"input_map": {"a": 1.0}, "name": ""}, ValueError, "requires a non-empty `name` if `input_map`"),
    ({"return_elements": ["zz:0"]}, ValueError, "Requested return tensor 'zz:0' not found in graph def"),
    ({"return_elements": ["zz"]}, ValueError, "Requested return node 'zz' not found in graph def"),
    ({"return_elements": ["a:1"]}, ValueError, r"Invalid return output 1 of node 'a', which has 1 output\(s\)"),
    ({"return_elements": ["a:x"]}, ValueError, "Cannot convert 'a:x' to a tensor name."),
    ({"return_elements": [5]}, TypeError, "return_elements must be a list of strings."),
]


@pytest.mark.parametrize(("arguments", "error", "message"), ARGUMENTS)
def test_arguments_that_do_not_fit(arguments, error, message):
    with tf.Graph().as_default(), pytest.raises(error, match=message):
        tf.import_graph_def(graph_def(A), **arguments)


def test_scopes_names_devices_and_colocation():
    # As TensorFlow 1.15.5 prints it.
    message = graph_def(A + neg("b", "a", extra=LOC % "a"))
    with tf.Graph().as_default() as g:
        first = tf.placeholder(tf.float32, name="a")
        with tf.device("/cpu:0"), tf.control_dependencies([first]), tf.name_scope("s"):
            for name in ("", None, "q", "q", "q/"):
                tf.import_graph_def(message, name=name)
            tf.constant(1.0, name="b")
    found = [(op.name, [t.name for t in op.inputs], op.colocation_groups()) for op in g.get_operations()]
    assert found == [
        ("a", [], [b"loc:@a"]),
        ("a_1", [], [b"loc:@a_1"]),
        ("b", ["a_1:0"], [b"loc:@a_1"]),
        *itertools.chain.from_iterable(
            [(f"{p}/a", [], [f"loc:@{p}/a".encode()]), (f"{p}/b", [f"{p}/a:0"], [f"loc:@{p}/a".encode()])]
            for p in ("s/import", "s/q", "s/q_1", "q")
        ),
        ("s/b", [], [b"loc:@s/b"]),
    ]
    assert {op.device for op in g.get_operations()[1:]} == {"/device:CPU:0"}
    assert all([c.name for c in op.control_inputs] == ["a"] for op in g.get_operations()[1:])


def test_nodes_come_in_the_order_of_tensorflows_importer():
    text = neg("z", "y") + 'node { name: "w" op: "NoOp" }' + A.replace('"a"', '"y"') + 'node { name: "k" op: "NoOp" }'
    with tf.Graph().as_default() as g:
        tf.import_graph_def(graph_def(text), name="")
    assert [op.name for op in g.get_operations()] == ["w", "y", "z", "k"]


def test_control_inputs_are_mapped():
    with tf.Graph().as_default():
        outside = tf.no_op("outside")
        text = 'node { name: "p" op: "NoOp" } node { name: "b" op: "NoOp" input: "^p" }'
        (b,) = tf.import_graph_def(graph_def(text), {"^p": outside}, ["b"], name="")
        assert b.control_inputs == [outside]


def test_a_graph_of_tensorflow_runs():
    with tf.Graph().as_default(), tf.Session() as sess:
        message = tf.GraphDef.FromString((RECORDED / "graph.pb").read_bytes())
        (out,) = tf.import_graph_def(message, return_elements=["choice/Merge:0"])
        assert [int(sess.run(out, {"import/n:0": n})) for n in (3, 7)] == [-4, 80]


def test_what_is_exported_is_what_was_imported():
    message = tf.GraphDef.FromString((RECORDED / "graph.pb").read_bytes())
    with tf.Graph().as_default() as g:
        tf.import_graph_def(message, name="")
    again = tf.GraphDef.FromString(g.as_graph_def().SerializeToString())
    assert {n.name: (n.op, list(n.input)) for n in again.node} == {n.name: (n.op, list(n.input)) for n in message.node}


def test_python_functions_only_when_asked_for():
    with tf.Graph().as_default() as g:
        tf.py_func(lambda: np.float32(3), [], tf.float32, name="f")
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="may not"):
            tf.import_graph_def(g.as_graph_def())
        with python_functions_allowed(), tf.Session() as sess:
            (f,) = tf.import_graph_def(g.as_graph_def(), return_elements=["f:0"])
            assert sess.run(f) == 3


@pytest.mark.parametrize("as_text", [True, False])
def test_write_graph(tmp_path, as_text):
    with tf.Graph().as_default() as g:
        tf.constant([1.5, 2.0, -1.0], name="c")
    path = tf.train.write_graph(g, str(tmp_path / "new"), "g", as_text=as_text)
    data = Path(path).read_bytes()
    read = graph_def(data) if as_text else tf.GraphDef.FromString(data)
    assert read == g.as_graph_def()
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["g"]


def test_googles_text_format_reads_into_our_messages():
    message = tf.GraphDef()
    text_format.Merge(A + neg("b", "a"), message)
    assert [n.op for n in message.node] == ["Placeholder", "Neg"]
    assert message.node[1].attr["T"].type == tf.float32.as_datatype_enum
    assert text_format.Parse("allow_soft_placement: true", tf.ConfigProto()).allow_soft_placement


def test_a_text_that_is_no_graph():
    with pytest.raises(ValueError, match="Error parsing text"):
        graph_def("nodes { }")


def test_a_graph_of_two_gibibytes_cannot_be_written(monkeypatch):
    from tangraph_interop import wire

    monkeypatch.setattr(wire, "MAX_BYTES", 10)
    with pytest.raises(ValueError, match="2 GiB"):
        graph_def(A).SerializeToString()
    with pytest.raises(ValueError, match="2 GiB"):
        tf.GraphDef.FromString(b"x" * 11)


def test_graph_util():
    with tf.Graph().as_default() as g, tf.Session() as sess:
        w = tf.get_variable("w", initializer=[2.0], use_resource=True)
        x = tf.placeholder(tf.float32, [None], name="x")
        tf.multiply(tf.check_numerics(tf.identity(x, name="i"), "bad", name="cn"), w, name="y")
        sess.run(tf.global_variables_initializer())
        frozen = tf.graph_util.convert_variables_to_constants(sess, g.as_graph_def(), ["y"])
        assert tf.graph_util.tensor_shape_from_node_def_name(g, "x").as_list() == [None]
    assert [n.op for n in frozen.node] == ["Const", "Placeholder", "Identity", "CheckNumerics", "Identity", "Mul"]
    slim = tf.graph_util.remove_training_nodes(frozen, protected_nodes=["y/ReadVariableOp"])
    assert [list(n.input) for n in slim.node if n.name == "y"] == [["x", "y/ReadVariableOp"]]
    assert [n.name for n in tf.graph_util.extract_sub_graph(frozen, ["i"]).node] == ["x", "i"]
    with pytest.raises(AssertionError, match="zz is not in graph"):
        tf.graph_util.extract_sub_graph(frozen, ["zz"])
    with tf.Graph().as_default(), tf.Session() as sess:
        (y,) = tf.import_graph_def(slim, return_elements=["y:0"], name="")
        assert sess.run(y, {"x:0": [1.0, 4.0]}).tolist() == [2.0, 8.0]
    assert tf.graph_util.must_run_on_cpu(frozen.node[0]) is False


def looped(add_shapes):
    with tf.Graph().as_default() as g:
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        _, z = tf.while_loop(lambda i, z: i < 3, lambda i, z: (i + 1, z * 2.0), [0, x], name="loop")
        tf.identity(z, name="z")
        return g.as_graph_def(add_shapes=add_shapes)


def test_shapes_of_loops_are_those_of_the_graph_def():
    # As TensorFlow 1.15.5 has them: what comes after a loop is known only where the GraphDef tells it.
    for add_shapes, expected in ((False, None), (True, [None, 3])):
        with tf.Graph().as_default():
            (z,) = tf.import_graph_def(looped(add_shapes), return_elements=["z:0"])
            assert (z.shape.as_list() if z.shape.ndims is not None else None) == expected
            assert all("_output_shapes" not in op.node_def.attr for op in z.graph.get_operations())


WRONG_SHAPES = [
    ([7], "inconsistent with the GraphDef for output #0: Shapes must be equal rank, but are 2 and 1"),
    (
        [None, 7],
        r"output #0: Dimension 1 in both shapes must be equal, but are 3 and 7. Shapes are \[\?,3\] and \[\?,7\]",
    ),
    ([-5, 3], r"Shape \[-5, 3\] is not valid"),
    (None, "Node 'z' has 1 outputs but the _output_shapes attribute specifies shapes for 0 outputs"),
]


@pytest.mark.parametrize(("shape", "message"), WRONG_SHAPES)
def test_shapes_that_contradict(shape, message):
    graph = looped(add_shapes=True)
    (node,) = [node for node in graph.node if node.name == "z"]
    stored = node.attr["_output_shapes"].list.shape
    del stored[:]
    if shape is not None:
        stored.add(dim=[{"size": -1 if size is None else size} for size in shape])
    with tf.Graph().as_default(), pytest.raises(ValueError, match=message):
        tf.import_graph_def(graph, name="")
