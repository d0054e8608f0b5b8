"""Graphs: names, scopes, look-ups, collections, and the nodes that are refused."""

from __future__ import annotations

import threading

import pytest

import tangraph as tf


def names():
    return [op.name for op in tf.get_default_graph().get_operations()]


def test_names_are_unique_without_regard_to_case():
    for name in ("c", "C", "c", "C_1"):
        tf.constant(1, name=name)
    assert names() == ["c", "C_1", "c_2", "C_1_1"]


def test_scopes_are_unique_and_nest():
    with tf.name_scope("outer") as outer:
        with tf.name_scope("inner") as first:
            tf.constant(1)
        with tf.name_scope("inner") as second:
            tf.constant(1)
    with tf.name_scope(outer):
        tf.constant(1)
    assert (outer, first, second) == ("outer/", "outer/inner/", "outer/inner_1/")
    assert names() == ["outer/inner/Const", "outer/inner_1/Const", "outer/Const"]


@pytest.mark.parametrize("name", ["_x", "a b", "é", ""])
def test_bad_names(name):
    if name == "":
        assert tf.placeholder(tf.float32, name=None).op.name == "Placeholder"
        return
    with pytest.raises(ValueError, match="is not a valid scope name"):
        tf.placeholder(tf.float32, name=name)


def test_a_failed_node_leaves_the_graph_as_it_was():
    x = tf.placeholder(tf.float32, [2], name="x")
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 2 and 3"):
        tf.add(x, tf.constant([1.0, 2.0, 3.0]))
    assert names() == ["x", "Const"]


def test_a_python_number_becomes_a_constant_named_after_the_argument():
    tf.add(tf.placeholder(tf.float32, name="x"), 1.0, name="sum")
    assert names() == ["x", "sum/y", "sum"]


def test_tensors_of_two_graphs_do_not_mix():
    a = tf.constant(1.0)
    with tf.Graph().as_default():
        b = tf.constant(1.0)
        with pytest.raises(ValueError, match="must be from the same graph"):
            tf.add(a, b)


def test_a_finalized_graph_takes_nothing():
    graph = tf.Graph()
    graph.finalize()
    with graph.as_default(), pytest.raises(RuntimeError, match="finalized"):
        tf.constant(1)
    assert graph.get_operations() == []


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("nope:0", KeyError, "refers to a Tensor which does not exist"),
        ("a:3", KeyError, "only has 1 outputs"),
        ("a:x", ValueError, "not a valid one"),
        (
            "a",
            ValueError,
            'refers to an Operation, not a Tensor. Tensor names must be of the form "<op_name>:<output_index>"',
        ),
        (":0", KeyError, "The operation, '', does not exist in the graph"),
    ],
)
def test_tensors_that_are_not_there(name, error, text):
    tf.constant(1.0, name="a")
    with pytest.raises(error, match=text):
        tf.get_default_graph().get_tensor_by_name(name)


def test_control_dependencies_are_those_that_the_inputs_do_not_imply():
    a = tf.constant(1.0, name="a")
    b = tf.constant(2.0, name="b")
    with tf.control_dependencies([a]), tf.control_dependencies([b]):
        direct = tf.identity(a)
        free = tf.constant(3.0)
        with tf.control_dependencies(None):
            none = tf.constant(4.0)
    assert [op.name for op in direct.op.control_inputs] == ["b"]
    assert [op.name for op in free.op.control_inputs] == ["a", "b"]
    assert none.op.control_inputs == []


def test_devices_merge_from_the_inside_out():
    with tf.device("/job:ps/task:0"):
        with tf.device("/gpu:1"):
            a = tf.constant(1.0)
        with tf.device(None):
            b = tf.constant(1.0)
    with tf.device(lambda op: f"/cpu:{len(op.inputs)}"):
        c = tf.identity(a)
    assert a.device == "/job:ps/task:0/device:GPU:1"
    assert b.device == ""
    assert c.device == "/cpu:1"


def test_colocation():
    a = tf.constant(1.0, name="a")
    with tf.colocate_with(a):
        b = tf.constant(2.0)
    assert b.op.colocation_groups() == [b"loc:@a"]


def test_collections_filter_by_scope():
    graph = tf.get_default_graph()
    a, b = tf.constant(1, name="s/a"), tf.constant(2, name="t/a")
    graph.add_to_collections(["one", "two"], a)
    tf.add_to_collection("one", b)
    tf.add_to_collection("one", 3)
    assert tf.get_collection("one", "s/") == [a]
    assert tf.get_collection("one") == [a, b, 3]
    tf.get_collection_ref("one").clear()
    assert tf.get_collection("one") == []


def test_default_graphs_nest_and_belong_to_threads():
    outer = tf.get_default_graph()
    seen = []
    with tf.Graph().as_default() as inner:
        assert tf.get_default_graph() is inner
        thread = threading.Thread(target=lambda: seen.append(tf.get_default_graph()))
        thread.start()
        thread.join()
        with pytest.raises(AssertionError, match="nested"):
            tf.reset_default_graph()
    assert tf.get_default_graph() is outer
    assert seen[0] not in (inner, outer)


def test_consumers_follow_a_changed_input():
    a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
    c = tf.identity(a)
    assert a.consumers() == [c.op]
    c.op._update_input(0, b)
    assert a.consumers() == []
    assert b.consumers() == [c.op]


def test_an_operation_knows_the_line_that_built_it():
    op = tf.constant(1.0, name="here").op
    file, line, function, text = op.traceback[-1]
    assert file.endswith("test_graph.py")
    assert function == "test_an_operation_knows_the_line_that_built_it"
    assert 'name="here"' in text
    assert line > 0


def test_attrs_in_tensorflows_types():
    op = tf.placeholder(tf.float32, [None, 2]).op
    assert op.get_attr("dtype") is tf.float32
    assert [d.size for d in op.get_attr("shape").dim] == [-1, 2]
    with pytest.raises(ValueError, match="no attr named 'nope'"):
        op.get_attr("nope")


def test_seeds_count_the_operations():
    tf.set_random_seed(7)
    assert tf.get_seed(None) == (7, 0)
    tf.constant(1)
    tf.constant(1)
    assert tf.get_seed(None) == (7, 2)
    assert tf.get_seed(5) == (7, 5)
    tf.set_random_seed(None)
    assert tf.get_seed(None) == (None, None)
    assert tf.get_seed(5) == (87654321, 5)
    assert tf.get_seed(0) == (87654321, 0)


def test_a_graph_def_is_always_whole():
    tf.constant(1, name="a")
    version = tf.get_default_graph().version
    tf.constant(2, name="b")
    assert [node.name for node in tf.get_default_graph().as_graph_def(from_version=version).node] == ["a", "b"]


def test_the_schema_of_an_operation_has_the_fields_of_the_message():
    schema = tf.add(1.0, 2.0).op.op_def
    assert [(arg.name, arg.type_attr) for arg in (*schema.input_arg, *schema.output_arg)] == [
        ("x", "T"),
        ("y", "T"),
        ("z", "T"),
    ]
    assert [(attr.name, attr.type) for attr in schema.attr] == [("T", "type")]
    assert str(schema).startswith('name: "Add"\ninput_arg {\n  name: "x"\n  type_attr: "T"\n}\n')
    with pytest.raises(AttributeError, match="there_is_none"):
        _ = schema.there_is_none
