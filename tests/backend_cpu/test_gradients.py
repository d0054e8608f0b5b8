"""`tf.gradients`: values, and the nodes that TensorFlow 1.15 makes (names measured there)."""

from __future__ import annotations

import re

import numpy as np
import pytest

import tangraph as tf
from tangraph.ops.gradients.registry import registered


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


@pytest.fixture
def registering():
    """Registers gradients for the length of a test."""
    names = []

    def register(name, function):
        names.append(name)
        return tf.RegisterGradient(name)(function)

    yield register
    for name in names:
        registered.remove(name)


def x_of(shape=(2,), dtype=tf.float32, name="x"):
    return tf.placeholder(dtype, shape, name=name)


def nodes_after(graph, count):
    return [op.name for op in graph.get_operations()[count:]]


def run(value, feed=None):
    with tf.Session() as session:
        if tf.global_variables():
            session.run(tf.global_variables_initializer())
        return session.run(value, feed)


# -- results and sources --------------------------------------------------------------------------------------------


def test_the_nodes_of_a_product(graph):
    x = x_of()
    y = x * x
    count = len(graph.get_operations())
    (g,) = tf.gradients(y, x)
    assert nodes_after(graph, count) == [
        "gradients/Shape",
        "gradients/grad_ys_0",
        "gradients/Fill",
        "gradients/mul_grad/Mul",
        "gradients/mul_grad/Mul_1",
        "gradients/AddN",
    ]
    assert g.name == "gradients/AddN:0"
    assert g.op.get_attr("_class") == [b"loc:@gradients/mul_grad/Mul"]
    np.testing.assert_array_equal(run(g, {x: [1.0, 3.0]}), [2.0, 6.0])


def test_scopes_count(graph):
    x = x_of()
    names = [tf.gradients(x * 2.0, x, name=n)[0].name for n in ("foo", None, "gradients")]
    assert names == ["foo/mul_grad/Mul:0", "gradients/mul_1_grad/Mul:0", "gradients_1/mul_2_grad/Mul:0"]


def test_numbers_become_named_constants(graph):
    assert tf.gradients(3.0, 4.0) == [None]
    assert [op.name for op in graph.get_operations()][:2] == ["gradients/y_0", "gradients/x_0"]


def test_a_result_that_is_a_source():
    x = x_of()
    assert tf.gradients([x], [x])[0].name == "gradients/Fill:0"


def test_several_results_add_up():
    x, z = x_of(), x_of(name="z")
    gx, gz = tf.gradients([x * z, x], [x, z])
    assert run([gx, gz], {x: [1.0, 2.0], z: [5.0, 7.0]})[0].tolist() == [6.0, 8.0]


def test_unreached_sources_are_none():
    x, y = x_of(), x_of(name="y")
    assert tf.gradients(x * 2.0, y) == [None]


@pytest.mark.parametrize("zero", ["zero", tf.UnconnectedGradients.ZERO])
def test_unreached_sources_as_zeros(zero):
    x, y = x_of(), x_of(name="y")
    zeros, _ = tf.gradients(x * 2.0, [y, x], unconnected_gradients=zero)
    assert zeros.name == "zeros_like:0"
    assert run(zeros).tolist() == [0.0, 0.0]


def test_unreached_resource_variable_as_zeros():
    v = tf.get_variable("v", [2], use_resource=True)
    (zeros,) = tf.gradients(x_of() * 2.0, v, unconnected_gradients="zero")
    assert zeros.name == "zeros:0"
    assert run(zeros).tolist() == [0.0, 0.0]


def test_integers_stop_gradients():
    x = x_of(dtype=tf.int32)
    assert tf.gradients(x * x, x) == [None]
    assert tf.gradients(tf.cast(x, tf.float32) * 2.0, x) == [None]


def test_stop_gradients_are_constants():
    x = x_of()
    y = x * 2.0
    gx, gy = tf.gradients(y + x, [x, y], stop_gradients=[y])
    assert gx is gy
    assert gx.name == "gradients/Fill:0"


def test_a_source_behind_another_source():
    x = x_of()
    y = x * 2.0
    gx, gy = tf.gradients(y + x, [x, y])
    assert run([gx, gy], {x: [0.0, 0.0]})[0].tolist() == [3.0, 3.0]
    assert gy.name == "gradients/Fill:0"


def test_missing_gradients_of_outputs_are_zeros(graph):
    x = x_of((4,))
    first, _ = tf.split(x, 2)
    (g,) = tf.gradients(first, x)
    assert graph.get_operation_by_name("gradients/zeros_like").type == "ZerosLike"
    assert run(g, {x: np.zeros(4)}).tolist() == [1.0, 1.0, 0.0, 0.0]


def test_a_long_chain_does_not_recurse():
    x = x_of(())
    y = x
    for _ in range(3000):
        y = tf.identity(y)
    assert run(tf.gradients(y, x)[0], {x: 1.0}) == 1.0


def test_second_derivatives():
    x = x_of(())
    (g,) = tf.gradients(x * x * x, x)
    assert run(tf.gradients(g, x)[0], {x: 2.0}) == 12.0


# -- given gradients ------------------------------------------------------------------------------------------------


def test_given_gradients(graph):
    x, z = x_of(), x_of(name="z")
    gx, gz = tf.gradients([x * z, x], [x, z], grad_ys=[[1.0, 3.0], None])
    names = [op.name for op in graph.get_operations()]
    assert names[3:8] == [
        "gradients/grad_y_0",
        "gradients/grad_ys_0",
        "gradients/Shape",
        "gradients/grad_ys_1",
        "gradients/Fill",
    ]
    values = run([gx, gz], {x: [1.0, 2.0], z: [5.0, 7.0]})
    np.testing.assert_array_equal(values, [[6.0, 22.0], [1.0, 6.0]])


def test_given_slices(graph):
    v = tf.get_variable("v", [5, 2])
    (slices,) = tf.gradients(tf.gather(v, [0, 1]), v)
    (again,) = tf.gradients(tf.identity(v), v, grad_ys=[slices])
    assert [t.name for t in (again.indices, again.values, again.dense_shape)] == [
        "gradients_1/grad_ys_0_indices:0",
        "gradients_1/grad_ys_0_values:0",
        "gradients_1/grad_ys_0_shape:0",
    ]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda x: tf.gradients([x, x], x, grad_ys=[None]), ValueError, "Passed 1 grad_ys for 2 ys"),
        (
            lambda x: tf.gradients(x * 1.0, x, grad_ys=[tf.constant([1j, 2j])]),
            TypeError,
            (
                'Gradient type complex128 generated for real or integer-valued tensor Tensor("mul:0", shape=(2,), '
                "dtype=float32) with type float32 must be real or integer"
            ),
        ),
        (
            lambda _: tf.gradients(x_of(dtype=tf.complex64), x_of()),
            TypeError,
            "Gradients of complex tensors must set grad_ys (y.dtype = tf.complex64)",
        ),
        (
            lambda x: tf.gradients(x_of(dtype=tf.string, name="s"), x, grad_ys=[x]),
            TypeError,
            'Tensor Tensor("s:0", shape=(2,), dtype=string) with type string must be numeric to obtain a default gradient',
        ),
        (
            lambda x: tf.gradients(x, x, unconnected_gradients="foo"),
            ValueError,
            "Unknown value for unconnected_gradients: 'foo'",
        ),
        (
            lambda x: tf.gradients(x * x, x, aggregation_method=5),
            ValueError,
            "Invalid aggregation_method specified 5.",
        ),
    ],
)
def test_arguments_that_do_not_fit(call, error, text):
    with pytest.raises(error) as raised:
        call(x_of())
    assert text in str(raised.value)


# -- sums -----------------------------------------------------------------------------------------------------------


def tripled():
    x = x_of()
    return x, x * 2.0 + x * 3.0 + x * 4.0


@pytest.mark.parametrize(
    ("method", "op_type", "name"),
    [
        (None, "AddN", "gradients/AddN"),
        (tf.AggregationMethod.ADD_N, "AddN", "gradients/AddN"),
        (tf.AggregationMethod.EXPERIMENTAL_TREE, "AddN", "gradients/x_gradient_sum/AddN_1"),
        (tf.AggregationMethod.EXPERIMENTAL_ACCUMULATE_N, "AccumulateNV2", "gradients/AccumulateNV2"),
    ],
)
def test_aggregation_methods(method, op_type, name):
    x, y = tripled()
    (g,) = tf.gradients(y, x, aggregation_method=method)
    assert (g.op.type, g.op.name) == (op_type, name)
    assert run(g, {x: [0.0, 0.0]}).tolist() == [9.0, 9.0]


def test_slices_are_appended():
    v = tf.get_variable("v", initializer=np.zeros((5, 2), np.float32))
    (g,) = tf.gradients(tf.gather(v, [0, 1]) + tf.gather(v, [1, 2]), v)
    assert isinstance(g, tf.IndexedSlices)
    assert g.values.name == "gradients/concat:0"
    assert run(g).indices.tolist() == [0, 1, 1, 2]


def test_slices_beside_a_dense_gradient_become_dense(graph):
    v = tf.get_variable("v", initializer=np.zeros((3, 2), np.float32))
    (g,) = tf.gradients(tf.reduce_sum(tf.gather(v, [0, 0])) + tf.reduce_sum(v), v)
    assert g.name == "gradients/AddN:0"
    assert g.op.inputs[1].name == "gradients/AddN/inputs_1:0"


def test_shapes_of_one_kind_share_their_axes(graph):
    x, y = tripled()
    tf.gradients(y, x)
    assert [op.name for op in graph.get_operations() if op.type == "BroadcastGradientArgs"] == [
        "gradients/mul_2_grad/BroadcastGradientArgs"
    ]


# -- options --------------------------------------------------------------------------------------------------------


def test_gates(graph):
    x, z = x_of(), x_of(name="z")
    gx, gz = tf.gradients(x * z, [x, z], gate_gradients=True)
    assert [gx.op.name, gz.op.name] == [
        "gradients/mul_grad/tuple/control_dependency",
        "gradients/mul_grad/tuple/control_dependency_1",
    ]
    gate = graph.get_operation_by_name("gradients/mul_grad/tuple/group_deps")
    assert gx.op.control_inputs == [gate]
    assert {op.name for op in gate.control_inputs} == {"gradients/mul_grad/Mul", "gradients/mul_grad/Mul_1"}


def test_colocation():
    x, z = x_of(), x_of(name="z")
    (g, _) = tf.gradients(x * z, [x, z], colocate_gradients_with_ops=True)
    assert g.op.colocation_groups() == [b"loc:@mul"]


def test_new_operations_know_what_they_are_gradients_of(graph):
    x = x_of()
    y = tf.square(x)
    (g,) = tf.gradients(y, x)
    assert g.op._original_op is y.op


# -- registered gradients -------------------------------------------------------------------------------------------


def test_an_override(graph, registering):
    registering("TestTimesFive", lambda op, grad: grad * 5.0)
    x = x_of()
    with graph.gradient_override_map({"Square": "TestTimesFive"}):
        y = tf.square(x)
    (g,) = tf.gradients(y, x)
    assert y.op.get_attr("_gradient_op_type") == b"TestTimesFive"
    assert g.name == "gradients/Square_grad/mul:0"
    assert run(g, {x: [1.0, 2.0]}).tolist() == [5.0, 5.0]


def test_an_override_by_another_op(graph):
    x = x_of()
    with graph.gradient_override_map({"Sign": "Identity"}):
        y = tf.sign(x)
    assert run(tf.gradients(y, x)[0], {x: [1.0, 2.0]}).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda op, grad: (grad, grad), "do not match num inputs 1"),
        (
            lambda op, grad: tf.ones([3]),
            (
                "Incompatible shapes between op input and calculated input gradient.  Forward operation: Square.  Input index: 0. "
                "Original input shape: (2,).  Calculated input gradient shape: (3,)"
            ),
        ),
    ],
)
def test_gradients_that_do_not_fit(graph, registering, function, text):
    registering("TestBad", function)
    x = x_of()
    with graph.gradient_override_map({"Square": "TestBad"}):
        y = tf.square(x)
    with pytest.raises(ValueError, match=re.escape(text)):
        tf.gradients(y, x)


def test_an_unknown_gradient(graph):
    x = x_of()
    with graph.gradient_override_map({"Square": "TestNobodysGradient"}):
        y = tf.square(x, name="y")
    with pytest.raises(LookupError, match=r"No gradient defined for operation 'y' \(op type: Square\)"):
        tf.gradients(y, x)


def test_registering_twice(registering):
    registering("TestOnce", lambda op, grad: grad)
    for name in ("TestOnce", "Square"):
        with pytest.raises(KeyError, match=f"Registering two gradient with name '{name}'!"):
            tf.RegisterGradient(name)(lambda op, grad: grad)
    with pytest.raises(KeyError):
        tf.NotDifferentiable("Square")
    for call in (tf.RegisterGradient, tf.NoGradient):
        with pytest.raises(TypeError, match="op_type must be a string"):
            call(3)


def test_not_differentiable(graph):
    try:
        tf.NoGradient("TestNone")
        x = x_of()
        with graph.gradient_override_map({"Square": "TestNone"}):
            y = tf.square(x)
        assert tf.gradients(y, x) == [None]
    finally:
        registered.remove("TestNone")


# -- control flow ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "expected"), [(2.0, 4.0), (-2.0, 3.0)])
def test_a_conditional(value, expected):
    x = x_of(())
    y = tf.cond(x > 0, lambda: x * x, lambda: x * 3.0)
    assert run(tf.gradients(y, x)[0], {x: value}) == expected


def test_a_loop():
    x = x_of(())
    _, y = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [0, x])
    assert run(tf.gradients(y, x)[0], {x: 2.0}) == 32.0


def test_a_source_outside_of_the_loop_that_is_being_built():
    x = x_of(())

    def body(i, a):
        return i + 1, tf.gradients(a * a, x)[0]

    with pytest.raises(ValueError, match="Cannot compute gradient inside while loop with respect to op 'x'"):
        tf.while_loop(lambda i, a: i < 3, body, [0, x])


# -- hessians and custom gradients ----------------------------------------------------------------------------------


def test_hessians():
    x, z = x_of((3,)), x_of((1, 2), name="z")
    hx, hz = tf.hessians(tf.reduce_sum(x * x * x) * tf.reduce_sum(z * z), [x, z])
    first, second = run([hx, hz], {x: [1.0, 2.0, 3.0], z: [[1.0, 2.0]]})
    np.testing.assert_allclose(first, np.diag([30.0, 60.0, 90.0]))
    np.testing.assert_allclose(second, np.reshape(np.eye(2) * 72.0, (1, 2, 1, 2)))


def test_a_custom_gradient(graph):
    @tf.custom_gradient
    def f(x, z):
        return [x * z, x + z], lambda dy, du: (dy * 7.0, du * 2.0)

    x, z = x_of(), x_of(name="z")
    y, u = f(x, z)
    assert (y.name, u.name, f.__name__) == ("IdentityN:0", "IdentityN:1", "f")
    gx, gz = tf.gradients([y, u], [x, z])
    feed = {x: [1.0, 2.0], z: [3.0, 4.0]}
    np.testing.assert_array_equal(run([y, gx, gz], feed), [[3.0, 8.0], [7.0, 7.0], [2.0, 2.0]])


def test_a_custom_gradient_with_variables():
    @tf.custom_gradient
    def f(x):
        v = tf.get_variable("v", initializer=[2.0, 3.0])
        return x * v, lambda dy, variables=None: (dy * 3.0, [dy * 4.0 for _ in variables])

    x = x_of()
    with tf.variable_scope("s", use_resource=True):
        y = f(x)
    gx, gv = tf.gradients(y, [x, *tf.trainable_variables()])
    values = run([y, gx, gv], {x: [1.0, 1.0]})
    np.testing.assert_array_equal(values, [[2.0, 3.0], [3.0, 3.0], [4.0, 4.0]])


def identity_with(grad):
    return tf.custom_gradient(lambda x: (x * tf.get_variable("v", [2], use_resource=True), grad))


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda x: tf.custom_gradient(lambda x: (x, lambda dy: dy))(x=x),
            ValueError,
            "currently supports keywords arguments only when eager execution is enabled",
        ),
        (
            lambda x: tf.custom_gradient(lambda x: (x * tf.get_variable("v", [2]), lambda dy: dy))(x),
            TypeError,
            "must be `ResourceVariable`s",
        ),
        (
            lambda x: identity_with(lambda dy: dy)(x),
            TypeError,
            "then grad_fn must accept a keyword argument 'variables'",
        ),
        (
            lambda x: tf.custom_gradient(lambda x: (x, lambda dy, variables=None: dy))(x),
            TypeError,
            "the enclosing variable scope must have use_resource=True",
        ),
        (
            lambda x: tf.gradients(identity_with(lambda dy, variables: (dy, []))(x), x),
            ValueError,
            "Must return gradient for each variable",
        ),
    ],
)
def test_custom_gradients_that_do_not_fit(call, error, text):
    with pytest.raises(error) as raised:
        call(x_of())
    assert text in str(raised.value)


def test_recompute_grad():
    def f(x):
        return tf.square(x) * tf.get_variable("v", initializer=[2.0, 3.0])

    x = x_of()
    with tf.variable_scope("s", use_resource=True):
        y = tf.recompute_grad(f)(x)
    gx, gv = tf.gradients(y, [x, *tf.trainable_variables()])
    np.testing.assert_array_equal(run([gx, gv], {x: [1.0, 2.0]}), [[4.0, 12.0], [1.0, 4.0]])


def test_grad_pass_through():
    x = x_of()
    with tf.variable_scope("s", use_resource=True):
        y = tf.grad_pass_through(tf.square)(x)
    np.testing.assert_array_equal(run([y, tf.gradients(y, x)[0]], {x: [2.0, 3.0]}), [[4.0, 9.0], [1.0, 1.0]])
