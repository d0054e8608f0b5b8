"""Variables as nodes of a graph: what each kind is made of, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf
from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.ops.state.partitioned_variable import PartitionedVariable
from tangraph.ops.state.ref_variable import RefVariable
from tangraph.ops.state.resource_variable import ResourceVariable
from tangraph.ops.state.save_slice_info import SaveSliceInfo


def nodes(start: int = 0) -> list[tuple[str, str, list[str]]]:
    """(name, op type, inputs and control inputs) of the operations of the default graph."""
    return [
        (op.name, op.type, [t.name.removesuffix(":0") for t in op.inputs] + [f"^{c.name}" for c in op.control_inputs])
        for op in tf.get_default_graph().get_operations()[start:]
    ]


def placed_with(name: str) -> list[bytes]:
    """The ``_class`` attr of an operation."""
    return tf.get_default_graph().get_operation_by_name(name).attrs.get("_class", [])


def test_a_reference_variable_is_four_nodes():
    v = tf.Variable([1.0, 2.0], name="v")
    assert nodes() == [
        ("v/initial_value", "Const", []),
        ("v", "VariableV2", []),
        ("v/Assign", "Assign", ["v", "v/initial_value"]),
        ("v/read", "Identity", ["v"]),
    ]
    assert placed_with("v/Assign") == placed_with("v/read") == [b"loc:@v"]
    assert placed_with("v") == []
    assert (v.name, v.dtype, v.shape.as_list()) == ("v:0", tf.float32._as_ref, [2])
    assert (v.op.type, v.initializer.name, v.initial_value.name) == ("VariableV2", "v/Assign", "v/initial_value:0")
    assert v.value() is v._AsTensor()
    assert v._ref() is v._as_graph_element()
    assert repr(v) == str(v) == "<tf.Variable 'v:0' shape=(2,) dtype=float32_ref>"


def test_a_function_of_no_arguments_is_called_inside_the_variable():
    tf.Variable(lambda: tf.ones([2]), name="v", dtype=tf.float32)
    assert [name for name, _, _ in nodes()] == ["v/Initializer/ones", "v", "v/Assign", "v/read"]
    assert placed_with("v/Initializer/ones") == placed_with("v") == [b"loc:@v"]


def test_a_tensor_as_initial_value_stays_where_it_is():
    with tf.name_scope("layer"):
        v = tf.Variable(tf.zeros([2]), name="w")
        u = tf.Variable(tf.zeros([2]), name="w")
    assert (v.name, u.name) == ("layer/w:0", "layer/w_1:0")
    assert v.initial_value.name == "layer/zeros:0"


def test_a_resource_variable_is_five_nodes():
    v = tf.Variable([1.0, 2.0], name="v", use_resource=True)
    assert nodes() == [
        ("v/Initializer/initial_value", "Const", []),
        ("v", "VarHandleOp", []),
        ("v/IsInitialized/VarIsInitializedOp", "VarIsInitializedOp", ["v"]),
        ("v/Assign", "AssignVariableOp", ["v", "v/Initializer/initial_value"]),
        ("v/Read/ReadVariableOp", "ReadVariableOp", ["v"]),
    ]
    assert placed_with("v") == placed_with("v/Initializer/initial_value") == [b"loc:@v"]
    assert v.op.get_attr("shared_name") == b"v"
    assert (v.name, v.dtype, v.handle.dtype) == ("v:0", tf.float32, tf.resource)
    assert v.create is v.initializer
    assert v.value().shape.as_list() == [2]


def test_writes_of_a_resource_variable_are_read_after_them():
    v = tf.Variable([1.0, 2.0], name="v", use_resource=True)
    start = len(nodes())
    result = v.assign_add([1.0, 1.0])
    assert nodes(start) == [
        ("Const", "Const", []),
        ("AssignAddVariableOp", "AssignAddVariableOp", ["v", "Const"]),
        ("ReadVariableOp", "ReadVariableOp", ["v", "^AssignAddVariableOp"]),
    ]
    assert isinstance(result, tf.Variable)
    assert result.op.type == "AssignAddVariableOp"
    assert v.assign_sub([1.0, 1.0], read_value=False).type == "AssignSubVariableOp"


def test_reads_of_a_resource_variable_are_nodes_and_those_of_a_reference_are_not():
    v, w = tf.Variable(1.0, name="v"), tf.Variable(1.0, name="w", use_resource=True)
    start = len(nodes())
    _ = v * v, w * w
    assert [name for name, _, _ in nodes(start)] == ["mul", "ReadVariableOp", "mul_1/ReadVariableOp", "mul_1"]


def test_both_kinds_are_variables():
    v, w = tf.Variable(1.0), tf.Variable(1.0, use_resource=True)
    assert type(v) is RefVariable
    assert type(w) is ResourceVariable
    assert isinstance(v, tf.Variable)
    assert isinstance(w, tf.Variable)
    assert v == tf.global_variables()[0]
    assert v != w
    assert len({v, w, v}) == 2


@pytest.mark.parametrize(
    ("value", "kwargs", "dtype", "shape"),
    [
        (1, {}, "int32", []),
        (1, {"dtype": tf.float32}, "float32", []),
        (np.float64(1.0), {}, "float64", []),
        (61.3, {"trainable": tf.float64}, "float32", []),
        (np.zeros([2, 3]), {}, "float64", [2, 3]),
        (["a", "b"], {}, "string", [2]),
        (True, {}, "bool", []),
        (lambda: 1.0, {"dtype": tf.float64}, "float64", []),
    ],
)
@pytest.mark.parametrize("use_resource", [False, True])
def test_types_and_shapes(value, kwargs, dtype, shape, use_resource):
    v = tf.Variable(value, use_resource=use_resource, **kwargs)
    assert (v.dtype.base_dtype.name, v.shape.as_list()) == (dtype, shape)


def _pl(shape):
    return tf.placeholder(tf.float32, shape)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: tf.Variable(), ValueError, "initial_value must be specified."),
        (lambda: tf.Variable(_pl([None])), ValueError, "initial_value must have a shape specified: Tensor"),
        (lambda: tf.Variable(1.0, collections=3), ValueError, "collections argument to Variable constructor must be a"),
        (lambda: tf.Variable(1.0, constraint=3), ValueError, "The `constraint` argument must be a callable."),
        (lambda: tf.Variable(1.0, synchronization=9), ValueError, "Invalid variable synchronization mode: 9 for variable"),
        (lambda: tf.Variable(1.0, aggregation=9, name="a"), ValueError, "Invalid variable aggregation mode: 9 for variable: a"),
        (lambda: tf.Variable(1.0, name="a b"), ValueError, "'a b' is not a valid scope name"),
        (lambda: iter(tf.Variable([1.0])), TypeError, "'Variable' object is not iterable."),
        (lambda: tf.Variable(1.0).load(2.0), ValueError, "Either session argument should be provided or default session"),
        (lambda: tf.Variable(1.0).eval(), ValueError, "No default session is registered"),
        (lambda: tf.Variable(1.0, use_resource=True).set_shape([]), NotImplementedError, "does not implement set_shape"),
        (
            lambda: tf.convert_to_tensor(tf.Variable(1.0), tf.int32),
            ValueError,
            "Incompatible type conversion requested to type 'int32' for variable of type 'float32_ref'",
        ),
        (
            lambda: tf.assign(tf.Variable([1.0, 2.0]), [1.0, 2.0, 3.0]),
            ValueError,
            ("Dimension 0 in both shapes must be equal, but are 2 and 3. Shapes are [2] and [3]. for 'Assign' (op: 'Assign') "
            "with input shapes: [2], [3]."),
        ),
        (
            lambda: tf.Variable([1.0, 2.0], use_resource=True).assign([1.0]),
            ValueError,
            "Shapes (2,) and (1,) are incompatible",
        ),
        (
            lambda: tf.assign_add(tf.Variable([1.0, 2.0], use_resource=True), [1.0]),
            ValueError,
            "for 'AssignAddVariableOp' (op: 'AssignAddVariableOp') with input shapes: [], [1].",
        ),
        (
            lambda: tf.assign(tf.Variable(1.0), tf.constant(1)),
            TypeError,
            "Input 'value' of 'Assign' Op has type int32 that does not match type float32 of argument 'ref'.",
        ),
        (lambda: tf.assign(tf.constant(1.0), 2.0), AttributeError, "has no attribute 'assign'"),
        (lambda: tf.scatter_add(tf.constant([1.0]), [0], [2.0]), AttributeError, "has no attribute '_lazy_read'"),
        (lambda: tf.Variable(1.0).scatter_add(3), TypeError, "sparse_delta is not IndexedSlices: 3"),
        (
            lambda: tf.assign_add(tf.Variable(True), True),
            TypeError,
            "Value passed to parameter 'ref' has DataType bool not in list of allowed values: float32, float64, int32,",
        ),
        (
            lambda: tf.Variable([1.0, 2.0], use_resource=True, shape=[3]),
            ValueError,
            "The initial value's shape ((2,)) is not compatible with the explicitly supplied `shape` argument ([3]).",
        ),
        (
            lambda: tf.scatter_add(tf.Variable([1.0, 2.0, 3.0]), [0, 1], [1.0, 2.0, 3.0]),
            ValueError,
            ("Dimension 0 in both shapes must be equal, but are 3 and 2. Shapes are [3] and [2]. for 'ScatterAdd' "
            "(op: 'ScatterAdd') with input shapes: [3], [2], [3]."),
        ),
        (
            lambda: tf.scatter_nd_add(tf.Variable([1.0, 2.0, 3.0]), [[0], [1]], [1.0, 2.0, 3.0]),
            ValueError,
            "The outer 1 dimensions of indices.shape=[2,1] must match the outer 1 dimensions of updates.shape=[3]: ",
        ),
        (
            lambda: tf.scatter_nd_update(tf.Variable([[1.0, 2.0]]), [[0]], [[1.0]]),
            ValueError,
            "The inner 1 dimensions of input.shape=[1,2] must match the inner 1 dimensions of updates.shape=[1,1]: ",
        ),
        (lambda: tf.count_up_to(tf.Variable([5]), 3), ValueError, "Shape must be rank 0 but is rank 1 for 'CountUpTo'"),
    ],
)  # fmt: skip
def test_errors(make, error, text):
    with pytest.raises(error) as caught:
        make()
    assert text in str(caught.value)


def test_a_failed_name_leaves_no_scope_open():
    with pytest.raises(ValueError, match="shape specified"):
        tf.Variable(tf.placeholder(tf.float32, [None]))
    assert tf.constant(1.0).name == "Const:0"


def test_in_place_operators():
    v, w = tf.Variable(1.0), tf.Variable(1.0, use_resource=True)
    v += 1.0
    assert isinstance(v, tf.Tensor)
    with pytest.raises(RuntimeError, match=r"Variable \+= value not supported. Use variable.assign_add\(value\)"):
        w += 1.0


def test_collections():
    a = tf.Variable(1.0, name="a")
    b = tf.Variable(1.0, name="b", collections=["mine", tf.GraphKeys.LOCAL_VARIABLES])
    c = tf.Variable(1.0, name="c", trainable=False, collections=[])
    d = tf.Variable(1, name="d", synchronization=tf.VariableSynchronization.ON_READ)
    assert tf.global_variables() == tf.all_variables() == [a, d]
    assert tf.local_variables() == tf.get_collection("mine") == [b]
    assert tf.trainable_variables() == [a, b]
    assert tf.trainable_variables("b") == [b]
    assert c.trainable is False
    assert tf.model_variables() == tf.moving_average_variables() == []


def test_a_caching_device_takes_the_reads():
    v = tf.Variable(1.0, name="v", caching_device="/cpu:0")
    w = tf.Variable(1.0, name="w", use_resource=True, caching_device="/cpu:0")
    assert v.value().device == w.value().device == "/device:CPU:0"
    assert v.device == w.device == ""
    assert w.value() is w.value()
    start = len(nodes())
    w.assign_sub(1.0)
    assert nodes(start)[0] == ("Const", "Const", ["^w/Read/Identity"])


def test_variables_leave_control_dependencies_and_conditionals():
    with tf.control_dependencies([tf.constant(1.0, name="before")]):
        v = tf.Variable(1.0, name="v")
        w = tf.Variable(1.0, name="w", use_resource=True)
        after = tf.constant(2.0)
    for variable in (v, w):
        assert variable.op.control_inputs == variable.initializer.control_inputs == []
    assert [c.name for c in after.op.control_inputs] == ["before"]

    def branch():
        made = tf.Variable(lambda: 3.0, name="inside", dtype=tf.float32)
        assert made.op._get_control_flow_context() is None
        assert made.initial_value.op._get_control_flow_context() is None
        return made + 1.0

    tf.cond(tf.placeholder(tf.bool, []), branch, lambda: tf.constant(0.0))
    with pytest.raises(
        ValueError, match="Initializer for variable cond_1/Variable/ is from inside a control-flow construct"
    ):
        tf.cond(tf.placeholder(tf.bool, []), lambda: tf.Variable(tf.constant(1.0)) + 1.0, lambda: tf.constant(0.0))


def test_initial_values_that_need_other_variables_are_copied():
    a = tf.Variable([1.0, 2.0], name="a")
    start = len(nodes())
    tf.Variable(a * 2.0, name="b")
    made = nodes(start)
    assert ("b/IsVariableInitialized", "IsVariableInitialized", ["a"]) in made
    assert ("a/read_b", "Identity", ["b/cond/Merge"]) in made
    assert ("mul_b", "Mul", ["a/read_b", "mul/y"]) in made
    assert ("b/Assign", "Assign", ["b", "mul_b"]) in made


def test_a_switch_of_references_becomes_one_of_values_in_the_copy():
    a = tf.Variable([1.0, 2.0], name="a")
    start = len(nodes())
    tf.Variable(a.initialized_value() * 2.0, name="b")
    types = {name: (kind, inputs) for name, kind, inputs in nodes(start)}
    assert types["cond/read/Switch"][0] == "RefSwitch"
    assert types["cond/read/Switch_b"] == ("Switch", ["b/cond/Merge", "cond/pred_id"])
    assert types["b/Assign"] == ("Assign", ["b", "mul_b"])


def test_initializer_operations():
    v, w = tf.Variable(1.0, name="v"), tf.Variable(1.0, name="w")
    init = tf.global_variables_initializer()
    assert (init.name, init.type) == ("init", "NoOp")
    assert {c.name for c in init.control_inputs} == {"v/Assign", "w/Assign"}
    assert tf.local_variables_initializer().control_inputs == []
    assert [c.name for c in tf.variables_initializer([w], name="mine").control_inputs] == ["w/Assign"]
    assert tf.initialize_all_variables().name == "init_2"
    assert tf.initializers.global_variables().name == "init_3"
    assert tf.initialize_variables([v]).name == "init_4"


def test_nothing_to_initialise():
    assert tf.global_variables_initializer().type == "NoOp"
    assert tf.assert_variables_initialized() is None
    assert tf.report_uninitialized_variables().op.type == "Const"


def test_creators_see_the_arguments_inner_first():
    seen = []

    def renaming(create, **kwargs):
        seen.append(("outer", kwargs["name"]))
        return create(**{**kwargs, "name": "renamed"})

    def watching(create, **kwargs):
        seen.append(("inner", kwargs["name"]))
        return create(**kwargs)

    with tf.variable_creator_scope(renaming), tf.variable_creator_scope(watching):
        v = tf.Variable(1.0, name="v")
    assert seen == [("inner", "v"), ("outer", "v")]
    assert v.name == "renamed:0"
    assert tf.Variable(1.0).name == "Variable:0"


def test_the_default_kind():
    assert not tf.resource_variables_enabled()
    tf.enable_resource_variables()
    try:
        assert isinstance(tf.Variable(1.0), ResourceVariable)
        assert isinstance(tf.get_variable("v", [1]), ResourceVariable)
        assert isinstance(tf.Variable(1.0, use_resource=False), RefVariable)
    finally:
        tf.disable_resource_variables()
    assert isinstance(tf.Variable(1.0), RefVariable)


@pytest.mark.parametrize("use_resource", [False, True])
def test_messages(use_resource):
    with tf.name_scope("a"):
        v = tf.Variable(1.0, name="v", use_resource=use_resource, trainable=False)
    v._set_save_slice_info(SaveSliceInfo("a/whole", [4, 2], [2, 0], [2, 2]))
    message = v.to_proto()
    assert message.variable_name == "a/v:0"
    assert message.initializer_name == "a/v/Assign"
    assert message.is_resource is use_resource
    assert v.to_proto(export_scope="a").variable_name == "v:0"
    assert v.to_proto(export_scope="b") is None
    before = len(nodes())
    again = tf.Variable.from_proto(message)
    assert len(nodes()) == before
    assert (again.op, again.initializer, again.initial_value) == (v.op, v.initializer, v.initial_value)
    assert again.trainable is False
    assert again._get_save_slice_info().spec == "4 2 2,2:0,2"
    with pytest.raises(ValueError, match="variable_def and initial_value are mutually exclusive"):
        tf.Variable(1.0, variable_def=message, use_resource=use_resource)


def test_slices_have_shapes_and_can_be_assigned():
    v = tf.Variable(np.zeros([2, 3], np.float32), name="v")
    part = v[0, 1:]
    assert part.shape.as_list() == [2]
    assigned = part.assign([1.0, 2.0])
    assert (assigned.op.type, assigned.dtype.is_ref) == ("StridedSliceAssign", True)
    w = tf.Variable(np.zeros([2, 3], np.float32), name="w", use_resource=True)
    assert w[0].assign([1.0, 2.0, 3.0]).op.type == "ResourceStridedSliceAssign"
    with pytest.raises(ValueError, match="Sliced assignment is only supported for variables"):
        tf.zeros([3])[0].assign(1.0)


def test_gradients_of_a_gather_are_slices():
    w = tf.Variable(np.zeros([4, 3], np.float32), name="w", use_resource=True)
    (gradient,) = tf.gradients(tf.reduce_sum(w.sparse_read([0, 1, 1])), w)
    assert isinstance(gradient, IndexedSlices)
    assert gradient.values.shape.as_list() == [3, 3]
    (row,) = tf.gradients(tf.reduce_sum(w.gather_nd([[0]])), w)
    assert isinstance(row, IndexedSlices)


def test_the_shape_of_a_handle_passes_through_loops():
    w = tf.Variable(np.zeros([4, 3], np.float32), use_resource=True)
    _, total = tf.while_loop(lambda i, _: i < 3, lambda i, t: (i + 1, t + w), [0, tf.zeros([4, 3])])
    reads = [op for op in tf.get_default_graph().get_operations() if op.type == "ReadVariableOp"]
    assert {tuple(op.outputs[0].shape.as_list()) for op in reads} == {(4, 3)}
    assert total.shape.as_list() == [4, 3]


def test_partitioned_variables_check_their_slices():
    v = tf.Variable(tf.zeros([2]))
    with pytest.raises(ValueError, match="variable_list may not be empty"):
        PartitionedVariable("p", tf.TensorShape([2]), tf.float32, [], [1])
    with pytest.raises(ValueError, match="All variables must have a save_slice_info available"):
        PartitionedVariable("p", tf.TensorShape([2]), tf.float32, [v], [1])
    with pytest.raises(TypeError, match="variable_list is not a list or tuple"):
        PartitionedVariable("p", tf.TensorShape([2]), tf.float32, v, [1])


def test_updates_stand_with_their_variable():
    v = tf.Variable([1.0, 2.0, 3.0], name="v")
    updates = [
        v.assign_add([1.0, 1.0, 1.0]),
        tf.scatter_update(v, [0], [1.0]),
        tf.scatter_nd_add(v, [[0]], [1.0]),
        v.scatter_max(IndexedSlices(tf.constant([1.0]), tf.constant([0]))),
    ]
    for update in updates:
        assert update.op.get_attr("_class") == [b"loc:@v"]
        assert update.dtype.is_ref
        assert update.shape.as_list() == [3]
    assert [u.op.get_attr("use_locking") for u in updates] == [False, True, False, False]
