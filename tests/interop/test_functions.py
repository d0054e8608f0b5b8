"""GraphDefs with functions: calls become what the functions compute."""

from __future__ import annotations

from pathlib import Path

import pytest

import tangraph as tf
from tangraph_interop.wire import merge_text

RECORDED = Path(__file__).parent / "recorded"


def graph_def(text):
    message = tf.GraphDef()
    merge_text(text, message)
    return message


def test_functions_of_tensorflow():
    # Functions by Defun (one calls another, one has effects, one captures a constant) and by defun (with a variable).
    message = tf.GraphDef.FromString((RECORDED / "functions.pb").read_bytes())
    for scope in ("", "s"):
        with tf.Graph().as_default() as g, tf.Session() as sess:
            outputs = tf.import_graph_def(message, return_elements=["o:0", "q1:0", "r:0", "t:0", "p:0"], name=scope)
            prefix = f"{scope}/" if scope else ""
            sess.run(f"{prefix}w/Assign")
            found = sess.run(outputs, {f"{prefix}x:0": [1.0, 2.0, 3.0, 4.0]})
            # What TensorFlow 1.15.5 computes.
            assert [value.tolist() for value in found] == [[8, 11, 14, 17], [3, 4], [7, 10], [5, 10, 15, 20], 10]
            assert sess.run(f"{prefix}w/Read/ReadVariableOp:0") == 3
            assert g.get_tensor_by_name(f"{prefix}Foo:1").op.type == "Foo"
            assert sorted(f.signature.name for f in g.as_graph_def().library.function) == sorted(g._functions)
            assert tf.gradients(outputs[1], g.get_tensor_by_name(f"{prefix}x:0"))[0] is not None


FUNCTION = """
library {{ function {{
  signature {{ name: "F" input_arg {{ name: "x" type_attr: "T" }} output_arg {{ name: "y" type_attr: "T" }}
               attr {{ name: "T" type: "type" }} }}
  node_def {{ name: "n" op: "{op}" input: "{input}" attr {{ key: "T" value {{ placeholder: "T" }} }} }}
  ret {{ key: "{ret}" value: "n:y:0" }}
}} }}
node {{ name: "x" op: "Placeholder" attr {{ key: "dtype" value {{ type: DT_FLOAT }} }} }}
node {{ name: "x/n" op: "NoOp" }}
node {{ name: "f" op: "{call}" input: "x" {inputs} {attr} attr {{ key: "T" value {{ type: DT_FLOAT }} }} }}
"""
RIGHT = {"op": "Neg", "input": "x", "ret": "y", "call": "F", "inputs": 'input: "^x/n"', "attr": ""}
WRONG = [
    ({"input": "z"}, "function 'F' has no node 'z'"),
    ({"input": "n:q:0"}, "function 'F' has no output 'q' of node 'n'"),
    ({"ret": "z"}, "function 'F' does not return 'y'"),
    ({"op": "F"}, "call each other without end"),
    ({"inputs": 'input: "x"'}, "has 1 arguments too many"),
    (
        {"call": "PartitionedCall", "attr": 'attr { key: "f" value { func { name: "G" } } }'},
        "function 'G' is not in the",
    ),
    ({"call": "PartitionedCall", "attr": 'attr { key: "f" value { func { name: "F" } } }'}, "lacks the attr 'T'"),
]


def test_attrs_and_control_inputs_of_a_call():
    with tf.Graph().as_default() as g, tf.Session() as sess:
        (f,) = tf.import_graph_def(graph_def(FUNCTION.format(**RIGHT)), return_elements=["f:0"], name="")
        assert sess.run(f, {"x:0": 2.0}) == -2
        assert [c.name for c in g.get_operation_by_name("f/n").control_inputs] == ["x/n"]
        assert f.dtype is tf.float32


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_functions_that_are_malformed(change, message):
    text = FUNCTION.format(**{**RIGHT, **change})
    with tf.Graph().as_default() as g, pytest.raises(ValueError, match=message):
        tf.import_graph_def(graph_def(text))
    assert not g.get_operations()


def test_functions_that_grow_without_end_are_refused(monkeypatch):
    from tangraph_interop import function_library

    monkeypatch.setattr(function_library, "_MOST_NODES", 1000)
    message = tf.GraphDef()
    for level in range(40):
        function = message.library.function.add()
        function.signature.name = f"F{level}"
        for name in ("a", "b"):
            function.node_def.add(name=name, op=f"F{level + 1}" if level < 39 else "NoOp")
    message.node.add(name="f", op="F0")
    with tf.Graph().as_default(), pytest.raises(ValueError, match="without end"):
        tf.import_graph_def(message)


def test_a_python_function_in_a_function_is_refused():
    message = graph_def(FUNCTION.format(**{**RIGHT, "op": "PyFunc", "ret": "y"}))
    message.library.function[0].ret["y"] = "n:output:0"
    with tf.Graph().as_default(), pytest.raises(ValueError, match="calls a Python function"):
        tf.import_graph_def(message)
