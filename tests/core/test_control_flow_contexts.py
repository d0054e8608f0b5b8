"""Contexts: what they do to operations inside, what they refuse, and how they are written down."""

from __future__ import annotations

import collections

import pytest

import tangraph as tf
from tangraph.framework.control_flow_protos import CondContextDef, WhileContextDef
from tangraph.ops.control_flow.cond_context import CondContext
from tangraph.ops.control_flow.contexts import XLAControlFlowContext
from tangraph.ops.control_flow.switching import merge, switch
from tangraph.ops.control_flow.util import is_cond_merge, is_cond_switch, is_loop_merge, is_loop_switch
from tangraph.ops.control_flow.while_context import WhileContext


def op(name):
    return tf.get_default_graph().get_operation_by_name(name)


def inputs(name):
    found = op(name)
    return [t.name for t in found.inputs] + [f"^{c.name}" for c in found.control_inputs]


# -- conditionals ------------------------------------------------------------------------------------------------


def test_a_value_of_outside_enters_a_branch_once():
    p, x = tf.placeholder(tf.bool, []), tf.constant(1.0, name="x")
    tf.cond(p, lambda: tf.add(tf.add(x, x, name="a"), x, name="b"), lambda: x, name="c")
    assert inputs("c/a") == ["c/a/Switch:1", "c/a/Switch:1"]
    assert inputs("c/b") == ["c/a:0", "c/a/Switch:1"]
    assert inputs("c/a/Switch") == ["x:0", "c/pred_id:0"]
    assert op("c/a/Switch").attrs["_class"] == [b"loc:@x"]


def test_what_has_no_inputs_waits_for_the_pivot():
    tf.cond(
        tf.placeholder(tf.bool, []), lambda: tf.constant(1, name="one"), lambda: tf.constant(2, name="two"), name="c"
    )
    assert (inputs("c/one"), inputs("c/two")) == (["^c/switch_t"], ["^c/switch_f"])


def test_an_operation_gives_the_pivot_once_it_is_done():
    tf.cond(tf.placeholder(tf.bool, []), lambda: tf.group(name="g"), lambda: tf.no_op(name="n"), name="c")
    assert inputs("c/control_dependency") == ["c/switch_t:0", "^c/g"]
    assert inputs("c/Merge") == ["c/control_dependency_1:0", "c/control_dependency:0"]


def test_results_keep_their_structure():
    p = tf.placeholder(tf.bool, [])
    pair = collections.namedtuple("pair", "a b")
    result = tf.cond(
        p, lambda: pair(tf.constant(1), {"k": tf.constant(2.0)}), lambda: pair(tf.constant(3), {"k": tf.constant(4.0)})
    )
    assert isinstance(result, pair)
    assert (result.a.dtype, result.b["k"].dtype) == (tf.int32, tf.float32)
    single = tf.cond(p, lambda: [tf.constant(1)], lambda: [tf.constant(2)])
    strict = tf.cond(p, lambda: [tf.constant(1)], lambda: [tf.constant(2)], strict=True)
    assert isinstance(single, tf.Tensor)
    assert isinstance(strict, list)


@pytest.mark.parametrize(
    ("build", "kind", "text"),
    [
        (lambda: tf.cond(True, lambda: 1, lambda: 2), TypeError, "pred must not be a Python bool"),
        (lambda: tf.cond(tf.constant(True), lambda: 1), TypeError, r"cond\(\): false_fn argument required"),
        (lambda: tf.cond(tf.constant(True), false_fn=lambda: 1), TypeError, r"cond\(\): true_fn argument required"),
        (lambda: tf.cond(tf.constant(True), 3, lambda: 1), TypeError, "true_fn must be callable"),
        (lambda: tf.cond(tf.constant(True), lambda: 1, lambda: 1, fn1=lambda: 1), TypeError, "true_fn and fn1 may not be set"),
        (lambda: tf.cond(tf.constant(True), lambda: None, lambda: 1), ValueError, "true_fn must have a return value"),
        (lambda: tf.cond(tf.constant(True), lambda: 1.0, lambda: 1), ValueError, "must have the same type: float32, int32"),
        (lambda: tf.cond(tf.constant(True), lambda: [1, 2], lambda: 1), ValueError, "don't have the same nested structure"),
        (lambda: tf.cond(tf.constant(True), lambda: [1, 1], lambda: (1, 1)), TypeError, "don't have the same nested structure"),
        (lambda: tf.cond(tf.constant(True), list, list), ValueError, "must return at least one result"),
        (lambda: tf.cond(tf.placeholder(tf.bool, [2]), lambda: 1, lambda: 2), ValueError, "Shape must be rank 0 but is rank 1 for 'cond/Switch'"),
        (lambda: tf.case(3), TypeError, "fns must be a list, tuple, or dict"),
        (lambda: tf.case([(True, lambda: 1)]), TypeError, "pred must be a Tensor, got: True"),
        (lambda: tf.case([(tf.constant(1), lambda: 1)]), TypeError, "pred must be Tensor of type bool"),
        (lambda: tf.case([(tf.constant(True), 3)]), TypeError, "must be callable"),
        (lambda: tf.case([3]), TypeError, "Each entry in pred_fn_pairs must be a 2-tuple"),
        (lambda: tf.switch_case(3, [lambda: 1]), TypeError, "branch_index must a Tensor"),
        (lambda: tf.switch_case(tf.constant(1.0), [lambda: 1]), TypeError, "branch_index must an integer Tensor"),
        (lambda: tf.switch_case(tf.constant(1, tf.int64), [int, int]), TypeError, "does not match expected type of int32"),
        (lambda: tf.switch_case(tf.constant(1), []), ValueError, "Must provide at least one item in branch_fns"),
        (lambda: tf.switch_case(tf.constant(1), {0: lambda: 1, 2: lambda: 2}), ValueError, "contiguous range"),
    ],
)  # fmt: skip
def test_a_bad_conditional_is_refused(build, kind, text):
    with pytest.raises(kind, match=text):
        build()


def test_collections_hold_the_outermost_contexts():
    p = tf.placeholder(tf.bool, [])
    tf.cond(p, lambda: tf.cond(p, lambda: 1, lambda: 2), lambda: 3)
    tf.while_loop(lambda i: i < 2, lambda i: tf.while_loop(lambda j: j < i, lambda j: j + 1, [i]), [0])
    conds, loops = tf.get_collection(tf.GraphKeys.COND_CONTEXT), tf.get_collection(tf.GraphKeys.WHILE_CONTEXT)
    assert [c.branch for c in conds] == [1, 0]
    assert [c.name for c in loops] == ["while/while_context"]
    assert [c.name for c in loops[0]._nested_contexts] == ["while/while/while_context"]


def test_smart_cond_builds_one_branch_where_it_can():
    smart = tf.contrib.framework.smart_cond
    assert smart(True, lambda: "yes", lambda: "no") == "yes"
    assert smart(0, lambda: "yes", lambda: "no") == "no"
    assert smart(tf.constant(False), lambda: "yes", lambda: "no") == "no"
    assert smart(tf.placeholder(tf.bool, []), lambda: tf.constant(1), lambda: tf.constant(2)).op.type == "Merge"
    with pytest.raises(TypeError, match="`pred` must be a Tensor, or a Python bool, or 1 or 0"):
        smart("x", lambda: 1, lambda: 2)


# -- loops -------------------------------------------------------------------------------------------------------


def test_a_value_of_outside_enters_a_loop_as_a_constant():
    x = tf.constant(2.0, name="x")
    tf.while_loop(
        lambda i, y: i < 3, lambda i, y: (i + 1, tf.add(y, x, name="a")), [0, 1.0], name="w", parallel_iterations=7
    )
    entered = op("w/a/Enter")
    assert inputs("w/a/Enter") == ["x:0"]
    assert (entered.attrs["is_constant"], entered.attrs["parallel_iterations"]) == (True, 7)
    assert entered.attrs["frame_name"] == "w/while_context"


def test_control_inputs_of_outside_enter_by_way_of_a_value():
    a = tf.constant(1.0, name="a")

    def body(i):
        with tf.control_dependencies([a]):
            return tf.identity(i, name="waits")

    tf.while_loop(lambda i: i < 3, body, [0], name="w")
    assert inputs("w/waits") == ["w/Identity:0", "^w/waits/Identity"]
    assert inputs("w/waits/Identity") == ["w/waits/Identity/Enter:0", "^w/Identity"]


def test_nothing_inside_may_be_fetched_but_the_result():
    graph = tf.get_default_graph()
    result = tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0])
    fetchable = [o.name for o in graph.get_operations() if graph.is_fetchable(o)]
    assert fetchable == ["while/Const", "while/Enter", "while/Exit"]
    assert graph.is_feedable(result)
    assert not graph.is_feedable(graph.get_tensor_by_name("while/Identity:0"))


def test_a_value_of_a_loop_is_for_that_loop():
    leaked = []

    def body(i):
        leaked.append(i + 1)
        return leaked[0]

    tf.while_loop(lambda i: i < 3, body, [0])
    with pytest.raises(
        ValueError, match="Cannot use 'while/add' as input to 'Identity' because 'while/add' is in a while loop"
    ):
        tf.identity(leaked[0])
    with pytest.raises(ValueError, match="because they are in different while loops"):
        tf.while_loop(lambda i: i < 3, lambda i: i + leaked[0], [0])


@pytest.mark.parametrize(
    ("build", "kind", "text"),
    [
        (lambda: tf.while_loop(1, lambda i: i, [0]), TypeError, "cond must be callable"),
        (lambda: tf.while_loop(lambda i: i < 1, 1, [0]), TypeError, "body must be callable"),
        (lambda: tf.while_loop(lambda i: i < 1, lambda i: i, [0], parallel_iterations=0), TypeError, "parallel_iterations must be a positive"),
        (lambda: tf.while_loop(lambda i: i < 1, lambda i: i, []), ValueError, "No loop variables provided"),
        (lambda: tf.while_loop(lambda i: i < 1, lambda i: (i, i), [0]), ValueError, "same nested structure"),
        (lambda: tf.while_loop(lambda i: i < 1, lambda i: i, [0], maximum_iterations=[1]), ValueError, "maximum_iterations must be a scalar"),
        (
            lambda: tf.while_loop(lambda i, m: i < 3, lambda i, m: [i + 1, tf.concat([m, m], 0)], [0, tf.ones([1, 2])]),
            ValueError,
            r"'ones:0' enters the loop with shape \(1, 2\), but has shape \(2, 2\) after one iteration",
        ),
        (
            lambda: tf.while_loop(
                lambda i, m: i < 3, lambda i, m: [i, m], [0, tf.ones([2, 2])],
                shape_invariants=[tf.TensorShape([]), tf.TensorShape([3, None])],
            ),
            ValueError,
            r"The shape invariant specified for ones:0 is not compatible",
        ),
    ],
)  # fmt: skip
def test_a_bad_loop_is_refused(build, kind, text):
    with pytest.raises(kind, match=text):
        build()


def test_structures_and_single_results():
    state = tf.while_loop(lambda s: s["i"] < 3, lambda s: [{"i": s["i"] + 1, "x": s["x"]}], [{"i": 0, "x": (1.0,)}])
    assert isinstance(state, list)
    assert sorted(state[0]) == ["i", "x"]
    assert isinstance(state[0]["x"], tuple)
    assert isinstance(tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0]), tf.Tensor)
    assert isinstance(tf.while_loop(lambda i: i < 3, lambda i: [i + 1], [0], return_same_structure=True), list)


def test_second_order_gradients_of_loops_are_refused():
    x = tf.constant(2.0)
    y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * x), [0, tf.constant(1.0)])[1]
    (gradient,) = tf.gradients(y, [x])
    with pytest.raises(TypeError, match="Second-order gradient for while loops not supported"):
        tf.gradients(gradient, [x])


def test_no_gradient_flows_through_a_loop_without_back_prop():
    x = tf.constant(2.0)
    y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * x), [0, x], back_prop=False)[1]
    assert tf.gradients(y, [x]) == [None]


# -- kinds of nodes ----------------------------------------------------------------------------------------------


def test_switches_and_merges_are_told_apart():
    p = tf.placeholder(tf.bool, [])
    tf.cond(p, lambda: tf.constant(1) + 1, lambda: tf.constant(2), name="c")
    tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0], name="w")
    assert is_cond_merge(op("c/Merge"))
    assert not is_loop_merge(op("c/Merge"))
    assert is_loop_merge(op("w/Merge"))
    assert is_loop_switch(op("w/Switch"))
    assert not is_cond_switch(op("w/Switch"))


def test_the_shape_of_a_merge_is_what_its_inputs_share():
    a, b = tf.placeholder(tf.float32, [2, 3]), tf.placeholder(tf.float32, [2, 4])
    assert merge([a, b])[0].shape.as_list() == [2, None]
    assert merge([a, tf.placeholder(tf.float32, [2])])[0].shape.ndims is None
    assert merge([a, b])[1].dtype is tf.int32
    with pytest.raises(ValueError, match="At least one of the merge inputs is None"):
        merge([a, None])


def test_parts_of_a_composite_are_switched_one_by_one():
    slices = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([0]))
    if_false, if_true = switch(slices, tf.placeholder(tf.bool, []))
    assert isinstance(if_true, tf.IndexedSlices)
    assert if_false.values.op is if_true.values.op


def test_a_context_that_changes_nothing():
    context = XLAControlFlowContext()
    context.Enter()
    tf.constant(1, name="a")
    context.Exit()
    assert inputs("a") == []
    assert op("a")._get_control_flow_context() is context


# -- messages ----------------------------------------------------------------------------------------------------


def test_a_branch_is_written_and_read():
    x = tf.constant(1.0, name="x")
    tf.cond(tf.placeholder(tf.bool, [], name="p"), lambda: tf.add(x, x, name="a"), lambda: x, name="c")
    context = tf.get_collection(tf.GraphKeys.COND_CONTEXT)[0]
    message = context.to_proto()
    assert isinstance(message, CondContextDef)
    assert (message.context_name, message.pred_name, message.pivot_name, message.branch) == (
        "c/cond_text",
        "c/pred_id:0",
        "c/switch_t:0",
        1,
    )
    assert dict(message.values_def.external_values)["x:0"] == "c/a/Switch:1"
    assert context.to_proto("other") is None
    again = CondContext.from_proto(message)
    assert (again.name, again.pred, again.pivot, again.branch) == (context.name, context.pred, context.pivot, 1)
    assert again._external_values == context._external_values
    assert op("c/a")._get_control_flow_context() is again


def test_a_loop_is_written_and_read_with_what_is_inside():
    p = tf.placeholder(tf.bool, [])
    tf.while_loop(
        lambda i: i < 3, lambda i: tf.cond(p, lambda: i + 1, lambda: i + 2), [0], maximum_iterations=9, name="w"
    )
    (context,) = tf.get_collection(tf.GraphKeys.WHILE_CONTEXT)
    message = context.to_proto()
    assert isinstance(message, WhileContextDef)
    assert message.maximum_iterations_name == "w/maximum_iterations:0"
    assert list(message.loop_exit_names) == [t.name for t in context.loop_exits]
    assert [n.WhichOneof("ctxt") for n in message.nested_contexts] == ["cond_ctxt", "cond_ctxt"]
    again = WhileContext.from_proto(message)
    assert again.pivot is context.pivot
    assert [type(c) for c in again._nested_contexts] == [CondContext, CondContext]


# -- groups ------------------------------------------------------------------------------------------------------


def test_a_group_has_one_node_a_device():
    with tf.device("/device:CPU:0"):
        a = tf.constant(1.0, name="a")
    group = tf.group(a, tf.constant(2.0, name="b"), name="g")
    assert inputs("g/NoOp") == ["^b"]
    assert inputs("g/NoOp_1") == ["^a"]
    assert inputs("g") == ["^g/NoOp", "^g/NoOp_1"]
    assert group.type == "NoOp"


def test_groups_refuse_what_cannot_run():
    with pytest.raises(TypeError, match=r"Expected tf.group\(\) expected Tensor arguments not '1.0'"):
        tf.group(1.0)
    with pytest.raises(ValueError, match="Unknown keyword arguments: foo"):
        tf.group(tf.no_op(), foo=1)


def test_a_tuple_gates_each_of_its_tensors():
    a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
    gated = tf.tuple([a, None, b.op], control_inputs=[b], name="t")
    assert gated[1] is None
    assert inputs("t/control_dependency") == ["a:0", "^t/group_deps"]
    assert gated[2].type == "NoOp"
    assert inputs("t/group_deps") == ["^a", "^b"]
    with pytest.raises(ValueError, match="Must have at least one Tensor"):
        tf.tuple([None])
    with pytest.raises(TypeError, match="Control input must be Operation or Tensor: 3"):
        tf.tuple([a], control_inputs=[3])


# -- what plans notice ---------------------------------------------------------------------------------------------


def test_building_a_loop_leaves_older_plans_valid():
    graph = tf.get_default_graph()
    x = tf.constant(1.0, name="x")
    graph._plan_made()
    epoch = graph._mutation_epoch
    tf.while_loop(lambda i: i < 3, lambda i: tf.cond(i > 1, lambda: i + 1, lambda: i + 2), [0])
    assert graph._mutation_epoch == epoch
    graph._plan_made()
    op("while/cond/add")._add_control_input(x.op)
    assert graph._mutation_epoch == epoch + 1


def test_consumers_follow_inputs_that_are_replaced():
    a, b = tf.constant(1.0), tf.constant(2.0)
    total = tf.add(a, a)
    assert a.consumers() == [total.op]
    total.op._update_input(0, b)
    assert (a.consumers(), b.consumers()) == ([total.op], [total.op])
    total.op._update_input(1, b)
    assert (a.consumers(), b.consumers()) == ([], [total.op])
