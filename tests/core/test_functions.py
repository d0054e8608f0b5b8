"""Functions: captures, names, definitions, and bodies as callables of kernels."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tangraph as tf
from tangraph.functions.concrete import concrete_function
from tangraph.functions.func_graph import FuncGraph


def traced(function, *specs, name="f"):
    return concrete_function(function, name, list(specs))


SCALAR = tf.TensorSpec([], tf.float32)
VECTOR = tf.TensorSpec([None], tf.float32)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as made:
        yield made


def nodes(function):
    return [(op.name, op.type, [t.name for t in op.inputs]) for op in function.graph.get_operations()]


class TestCaptures:
    def test_an_outer_tensor_becomes_an_argument_named_inside_the_scope_of_its_user(self):
        y = tf.placeholder(tf.float32, [], name="y")
        function = traced(lambda x: x * y, SCALAR)
        assert [t.name for t in function.inputs] == ["x:0", "mul/y:0"]
        assert function.captured_inputs == [y]
        assert nodes(function) == [
            ("x", "Placeholder", []),
            ("mul/y", "Placeholder", []),
            ("mul", "Mul", ["x:0", "mul/y:0"]),
            ("Identity", "Identity", ["mul:0"]),
        ]

    def test_it_is_captured_once(self):
        y = tf.placeholder(tf.float32, [], name="y")
        function = traced(lambda x: (x * y, y + x, y), SCALAR)
        assert function.captured_inputs == [y]

    def test_a_variable_is_captured_by_its_handle_a_reference_by_its_value(self):
        v = tf.get_variable("v", [2], use_resource=True)
        w = tf.get_variable("w", [2], use_resource=False)
        function = traced(lambda x: x + v + w, VECTOR)
        assert function.captured_inputs == [v.handle, w._snapshot]
        assert [t.dtype for t in function.inputs] == [tf.float32, tf.resource, tf.float32]
        assert function.outputs[0].shape.as_list() == [2]

    def test_of_a_function_inside_a_function(self):
        y = tf.placeholder(tf.float32, [], name="y")
        inner = []

        def outer(x):
            inner.append(traced(lambda z: z + y + x, SCALAR, name="inner"))
            return inner[0]._call_flat([x], inner[0].captured_inputs)

        function = traced(outer, SCALAR)
        assert function.captured_inputs == [y]
        assert inner[0].captured_inputs == [y, function.inputs[0]]

    def test_what_is_inside_cannot_be_used_outside(self):
        kept = []

        def inside(x):
            kept.append(x + 1.0)
            return x

        traced(inside, SCALAR)
        other = tf.constant(1.0)
        with pytest.raises(ValueError, match="must be from the same graph as"):
            tf.add(other, kept[0])

    def test_a_tensor_of_an_inner_function_is_not_accessible(self):
        def outer(x):
            kept = []
            traced(lambda z: kept.append(z + 1.0), SCALAR)
            return x + kept[0]

        with pytest.raises(ValueError, match="cannot be accessed here: it is defined in another function"):
            traced(outer, SCALAR)

    def test_control_dependencies_on_the_outside_are_noted(self):
        op = tf.no_op("before")

        def body(x):
            with tf.control_dependencies([op, x]):
                return x + 1.0

        function = traced(body, SCALAR)
        assert list(function.graph.control_captures) == [op]
        function._call_flat([tf.constant(1.0)], [])
        call = tf.get_default_graph().get_operations()[-1]
        assert (call.type, call.control_inputs) == ("PartitionedCall", [op])


class TestBody:
    def test_it_has_the_outer_seed_and_counts_its_own_nodes(self):
        tf.set_random_seed(7)
        tf.constant(0)
        function = traced(lambda x: x + tf.random_uniform([]), SCALAR)
        (random,) = [op for op in function.graph.get_operations() if op.type == "RandomUniform"]
        assert (random.get_attr("seed"), random.get_attr("seed2")) == (7, 4)

    def test_variables_made_inside_belong_to_the_graph_outside(self):
        made = []

        def body(x):
            made.append(tf.get_variable("v", [], initializer=tf.zeros_initializer()))
            return x + made[0]

        graph = tf.get_default_graph()
        function = traced(body, SCALAR)
        assert made[0].graph is graph
        assert made[0].handle.dtype == tf.resource
        assert tf.global_variables() == made
        assert function.captured_inputs == [made[0].handle]

    def test_stateful_operations_run_in_order(self):
        v = tf.get_variable("v", [], use_resource=True)

        def body(x):
            v.assign(x)
            y = v.read_value()
            v.assign_add(y)
            return y

        function = traced(body, SCALAR)
        by_type = {op.type: op for op in function.graph.get_operations()}
        write, read, add = (by_type[t] for t in ("AssignVariableOp", "ReadVariableOp", "AssignAddVariableOp"))
        assert read.control_inputs == [write]
        assert add.control_inputs == [read]
        assert function.outputs[0].op.control_inputs == [write, read, add] == function.graph.control_outputs

    def test_results_may_be_none_and_nested(self):
        function = traced(lambda x: {"a": x, "b": (None, x + 1.0)}, SCALAR)
        assert function.output_dtypes == {"a": tf.float32, "b": (None, tf.float32)}
        assert len(function.outputs) == 2

    def test_results_have_to_be_tensors(self):
        with pytest.raises(TypeError, match="must return zero or more Tensors"):
            traced(lambda x: object(), SCALAR)

    def test_arguments_keep_their_structure(self):
        def body(values):
            values.append(1)
            return values[0]

        with pytest.raises(ValueError, match="should not modify structure of input arguments"):
            concrete_function(body, "f", [[SCALAR, SCALAR]])


class TestDefinition:
    def test_names_are_plain_and_distinct(self):
        def body(X, y):
            return tf.add(X, y, name="Y"), X

        function = traced(body, SCALAR, SCALAR)
        signature = function.function_def.signature
        assert [a.name for a in signature.input_arg] == ["x", "y"]
        assert [a.name for a in signature.output_arg] == ["identity", "identity_1"]
        assert dict(function.function_def.ret) == {"identity": "Identity:output:0", "identity_1": "Identity_1:output:0"}
        assert function.function_def.node_def[0].input == ["x", "y"]

    def test_the_library_of_a_graph(self, graph):
        function = traced(lambda x: x + 1.0, SCALAR)
        function.add_to_graph()
        message = graph.as_graph_def()
        assert [f.signature.name for f in message.library.function] == [function.name]
        assert message.versions.min_consumer == 12

    def test_two_functions_of_one_name(self, graph):
        first, second = (traced(body, SCALAR) for body in (lambda x: x + 1.0, lambda x: x + 2.0))
        second._rewriting.forward.name = first.name
        first.add_to_graph()
        with pytest.raises(ValueError, match="a different function with the same name already exists"):
            graph._add_function(second._rewriting.forward)

    def test_collections_of_variables_are_shared_others_copied(self, graph):
        tf.add_to_collection("mine", 1)
        body = FuncGraph("f")
        body.add_to_collection("mine", 2)
        body.add_to_collection(tf.GraphKeys.GLOBAL_VARIABLES, 3)
        assert tf.get_collection("mine") == [1]
        assert tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES) == [3]


@pytest.fixture
def bound(toy):
    """`bound(python_func, *specs)`: the body as a kernel sees it."""
    from tangraph import registry
    from tangraph.client.resources import ResourceStore
    from tangraph.plan.functions import BoundFunction
    from tangraph.plan.place import Devices

    devices = Devices(registry.backends(), soft=False)

    def bind(function, *specs):
        return BoundFunction(
            traced(function, *specs)._rewriting.forward, devices.for_function(host=True), ResourceStore()
        )

    return bind


class TestCallable:
    def test_it_takes_and_gives_values(self, bound):
        call = bound(lambda x, y: (x + y, x * y), VECTOR, VECTOR)
        total, product = call(np.array([1, 2], np.float32), np.array([3, 4], np.float32))
        np.testing.assert_array_equal(total, [4, 6])
        np.testing.assert_array_equal(product, [3, 8])

    def test_arguments_are_not_given_back(self, bound):
        x = np.array([1, 2], np.float32)
        (same,) = bound(lambda x: x, VECTOR)(x)
        same[0] = 5
        np.testing.assert_array_equal(x, [1, 2])

    def test_after_four_shapes_one_plan_serves_all(self, bound):
        call = bound(lambda x: x + 1.0, VECTOR)
        for size in range(8):
            (y,) = call(np.zeros(size, np.float32))
            assert y.shape == (size,)
        assert len(call._plans) == 4

    def test_variables_are_passed_by_their_cells(self, bound):
        from tangraph.client.resources import Cell

        v = tf.get_variable("v", [2], use_resource=True)
        call = bound(lambda x: x + v, VECTOR)
        cell = Cell("v")
        for value in (1, 2):
            cell.store(np.full(2, value, np.float32))
            (y,) = call(np.zeros(2, np.float32), cell)
            np.testing.assert_array_equal(y, [value, value])

    def test_an_error_names_the_node_and_the_line(self, bound):
        call = bound(lambda x, y: tf.add(x, y, name="sum_of_two"), VECTOR, VECTOR)
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=r"(?s)Incompatible shapes.*sum_of_two.*test_functions"
        ):
            call(np.zeros(2, np.float32), np.zeros(3, np.float32))

    def test_arguments_of_another_shape(self, bound):
        call = bound(lambda x: x + 1.0, tf.TensorSpec([2], tf.float32))
        with pytest.raises(tf.errors.InvalidArgumentError, match="do not fit"):
            call(np.zeros(3, np.float32))

    def test_threads_share_it(self, bound):
        call = bound(lambda x: x * 2.0 + x, VECTOR)
        wrong = []

        def run(seed):
            for size in range(1, 30):
                x = np.full(size, seed, np.float32)
                if not np.array_equal(call(x)[0], x * 3):
                    wrong.append((seed, size))

        threads = [threading.Thread(target=run, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
