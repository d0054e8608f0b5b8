"""The optimizers: values and nodes measured on TensorFlow 1.15, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf

# (class, arguments, slot names, state variables, w after three steps, and with a sparse gradient)
MEASURED = [
    ("GradientDescentOptimizer", {"learning_rate": 0.1}, [], [], [0.85, 2.15, 2.925], [0.775, 2.15, 3.0]),
    (
        "MomentumOptimizer",
        {"learning_rate": 0.1, "momentum": 0.9},
        ["momentum"],
        ["w/Momentum"],
        [0.7195, 2.2805, 2.85975],
        [0.57925, 2.2805, 3.0],
    ),
    (
        "MomentumOptimizer",
        {"learning_rate": 0.1, "momentum": 0.9, "use_nesterov": True},
        ["momentum"],
        ["w/Momentum"],
        [0.59755, 2.40245, 2.798775],
        [0.3963251, 2.40245, 3.0],
    ),
    (
        "AdagradOptimizer",
        {"learning_rate": 0.1},
        ["accumulator"],
        ["w/Adagrad"],
        [0.7967022, 2.203298, 2.838653],
        [0.7839959, 2.203298, 3.0],
    ),
    (
        "AdadeltaOptimizer",
        {"learning_rate": 1.0},
        ["accum", "accum_update"],
        ["w/Adadelta", "w/Adadelta_1"],
        [0.9986431, 2.001357, 2.998643],
        [0.9986431, 2.001357, 3.0],
    ),
    (
        "AdamOptimizer",
        {"learning_rate": 0.1},
        ["m", "v"],
        ["beta1_power", "beta2_power", "w/Adam", "w/Adam_1"],
        [0.7000012, 2.299999, 2.700001],
        [0.7000011, 2.299999, 3.0],
    ),
    (
        "FtrlOptimizer",
        {"learning_rate": 0.1, "l1_regularization_strength": 0.01},
        ["accum", "linear"],
        ["w/Ftrl", "w/Ftrl_1"],
        [0.2604895, 1.132562, 0.4827785],
        [0.3942529, 1.132563, 3.0],
    ),
    (
        "FtrlOptimizer",
        {"learning_rate": 0.1, "l2_shrinkage_regularization_strength": 0.1},
        ["accum", "linear"],
        ["w/Ftrl", "w/Ftrl_1"],
        [0.2134739, 1.020736, 0.3044425],
        [0.3557152, 1.020736, 3.0],
    ),
    (
        "ProximalGradientDescentOptimizer",
        {"learning_rate": 0.1, "l1_regularization_strength": 0.1},
        [],
        [],
        [0.82, 2.12, 2.895],
        [0.7450001, 2.12, 3.0],
    ),
    (
        "ProximalAdagradOptimizer",
        {"learning_rate": 0.1, "l2_regularization_strength": 0.1},
        ["accumulator"],
        ["w/ProximalAdagrad"],
        [0.7625623, 2.118719, 2.659826],
        [0.7598702, 2.118719, 3.0],
    ),
    (
        "RMSPropOptimizer",
        {"learning_rate": 0.1},
        ["momentum", "rms"],
        ["w/RMSProp", "w/RMSProp_1"],
        [0.8380019, 2.161998, 2.917216],
        [0.7650924, 2.161998, 3.0],
    ),
    (
        "RMSPropOptimizer",
        {"learning_rate": 0.1, "centered": True, "momentum": 0.5},
        ["mg", "momentum", "rms"],
        ["w/RMSProp", "w/RMSProp_1", "w/RMSProp_2"],
        [0.7708043, 2.229196, 2.88357],
        [0.6647469, 2.229196, 3.0],
    ),
]


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def run_steps(op, *values, steps=1, feed=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            session.run(op, feed)
        return session.run(list(values))


def node_names(graph, prefix):
    return [op.name for op in graph.get_operations() if op.name.startswith(prefix)]


# -- every optimizer ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
@pytest.mark.parametrize(("name", "arguments", "slots", "state", "dense_values", "sparse_values"), MEASURED)
def test_three_steps(name, arguments, slots, state, dense_values, sparse_values, use_resource, sparse):
    w = tf.get_variable("w", initializer=[1.0, 2.0, 3.0], use_resource=use_resource)
    gradient = tf.constant([0.5, -0.5, 0.25])
    if sparse:
        # The first row occurs twice.
        gradient = tf.IndexedSlices(gradient, tf.constant([0, 1, 0]))
    optimizer = getattr(tf.train, name)(**arguments)
    step = optimizer.apply_gradients([(gradient, w)])
    assert optimizer.get_slot_names() == slots
    assert [v.op.name for v in optimizer.variables()] == state
    (value,) = run_steps(step, w, steps=3)
    np.testing.assert_allclose(value, sparse_values if sparse else dense_values, rtol=2e-6)


@pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
@pytest.mark.parametrize("l1", [0.0, 0.1])
def test_adagrad_da(l1, use_resource):
    step = tf.train.get_or_create_global_step()
    w = tf.get_variable("w", initializer=[1.0, 2.0], use_resource=use_resource)
    optimizer = tf.train.AdagradDAOptimizer(0.1, step, l1_regularization_strength=l1)
    g = tf.constant([0.5, -0.5]) if l1 else tf.constant([-0.5, -1.0])
    train = optimizer.apply_gradients([(g, w)], global_step=step)
    total, squares = (
        optimizer.get_slot(w, "gradient_accumulator"),
        optimizer.get_slot(w, "gradient_squared_accumulator"),
    )
    value, total, squares, count = run_steps(train, w, total, squares, step, steps=2)
    gradient = np.array([0.5, -0.5] if l1 else [-0.5, -1.0])
    np.testing.assert_allclose(total, 2 * gradient)
    np.testing.assert_allclose(squares, 0.1 + 2 * gradient**2, rtol=1e-6)
    shrunk = np.sign(total) * np.maximum(np.abs(total) - l1 * count, 0.0)
    np.testing.assert_allclose(value, -0.1 * shrunk / np.sqrt(squares), rtol=1e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda: tf.train.GradientDescentOptimizer(lambda: 0.1),
        lambda: tf.train.GradientDescentOptimizer(tf.constant(0.1)),
        lambda: tf.train.GradientDescentOptimizer(tf.train.exponential_decay(0.1, 0, 10, 0.5)),
    ],
)
def test_learning_rates_of_every_kind(make):
    w = tf.Variable([1.0])
    (value,) = run_steps(make().apply_gradients([(tf.constant([2.0]), w)]), w)
    np.testing.assert_allclose(value, [0.8], rtol=1e-6)


def test_other_floating_types():
    for dtype in (tf.float16, tf.float64):
        with tf.Graph().as_default():
            w = tf.get_variable("w", initializer=tf.constant([1.0, 2.0], dtype))
            step = tf.train.AdamOptimizer(0.1).apply_gradients([(tf.constant([0.5, -0.5], dtype), w)])
            (value,) = run_steps(step, w)
            assert value.dtype == dtype.as_numpy_dtype
            np.testing.assert_allclose(value, [0.9, 2.1], rtol=2e-3)


# -- nodes ----------------------------------------------------------------------------------------------------------


def test_the_nodes_of_adam(graph):
    w = tf.Variable([1.0, 2.0], name="w")
    step = tf.train.AdamOptimizer(0.1).apply_gradients([(tf.constant([0.5, -0.5]), w)])
    assert [v.name for v in tf.global_variables()] == [
        "w:0",
        "beta1_power:0",
        "beta2_power:0",
        "w/Adam:0",
        "w/Adam_1:0",
    ]
    assert node_names(graph, "Adam") == [
        "Adam/learning_rate",
        "Adam/beta1",
        "Adam/beta2",
        "Adam/epsilon",
        "Adam/update_w/ApplyAdam",
        "Adam/mul",
        "Adam/Assign",
        "Adam/mul_1",
        "Adam/Assign_1",
        "Adam",
    ]
    assert (step.name, step.type) == ("Adam", "NoOp")
    assert [op.name for op in step.control_inputs] == ["Adam/update_w/ApplyAdam", "Adam/Assign", "Adam/Assign_1"]
    assert graph.get_operation_by_name("beta1_power").colocation_groups() == [b"loc:@w"]


def test_the_nodes_of_a_global_step(graph):
    w, step = tf.Variable(3.0, name="w"), tf.train.get_or_create_global_step()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(w), global_step=step)
    assert (train.name, train.type) == ("GradientDescent", "AssignAdd")
    assert node_names(graph, "GradientDescent") == [
        "GradientDescent/learning_rate",
        "GradientDescent/update_w/ApplyGradientDescent",
        "GradientDescent/update",
        "GradientDescent/value",
        "GradientDescent",
    ]
    assert tf.get_collection(tf.GraphKeys.TRAIN_OP) == [train]
    value, count = run_steps(train, w, step, steps=2)
    assert count == 2
    np.testing.assert_allclose(value, 3.0 * 0.8**2, rtol=1e-6)


def test_two_optimizers_have_slots_of_their_own():
    w, v = tf.Variable(3.0, name="w"), tf.Variable(2.0, name="v")
    first = tf.train.AdamOptimizer(0.1).minimize(tf.square(w), var_list=[w])
    second = tf.train.AdamOptimizer(0.1).minimize(tf.square(v), var_list=[v])
    assert [first.name, second.name] == ["Adam", "Adam_1"]
    assert [x.name for x in tf.global_variables()][2:] == [
        "beta1_power:0",
        "beta2_power:0",
        "w/Adam:0",
        "w/Adam_1:0",
        "beta1_power_1:0",
        "beta2_power_1:0",
        "v/Adam:0",
        "v/Adam_1:0",
    ]


def test_slots_in_scopes():
    with tf.variable_scope("net"):
        w = tf.get_variable("w", [2])
    with tf.name_scope("train"):
        step = tf.train.AdamOptimizer().minimize(tf.reduce_sum(w))
    assert step.name == "train/Adam"
    assert [v.name for v in tf.global_variables()] == [
        "net/w:0",
        "train/beta1_power:0",
        "train/beta2_power:0",
        "net/w/Adam:0",
        "net/w/Adam_1:0",
    ]


def test_slots_of_slices_are_slices():
    w = tf.get_variable("w", [4, 2], partitioner=tf.fixed_size_partitioner(2))
    optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
    optimizer.minimize(tf.reduce_sum(w))
    infos = [v._get_save_slice_info() for v in optimizer.variables()]
    assert [(i.full_name, list(i.var_offset)) for i in infos] == [("w/Momentum", [0, 0]), ("w/Momentum", [2, 0])]


def test_a_shape_known_only_at_run_time():
    w = tf.Variable(tf.placeholder_with_default(np.ones((3, 2), np.float32), [None, 2]), validate_shape=False)
    for name in ("AdagradOptimizer", "AdamOptimizer", "RMSPropOptimizer"):
        step = getattr(tf.train, name)(0.1).apply_gradients([(tf.ones([3, 2]), w)])
        (value,) = run_steps(step, w)
        assert (value < 1.0).all()


# -- minimize -------------------------------------------------------------------------------------------------------


def test_minimize_a_regression():
    x = tf.placeholder(tf.float32, [None, 3])
    w, b = tf.Variable(tf.zeros([3, 1])), tf.Variable(0.0)
    data = np.random.RandomState(0).randn(50, 3)
    target = data @ np.array([[1.0], [-2.0], [0.5]]) + 3.0
    loss = tf.reduce_mean(tf.square(tf.matmul(x, w) + b - target.astype(np.float32)))
    value, bias = run_steps(tf.train.AdamOptimizer(0.1).minimize(loss), w, b, steps=400, feed={x: data})
    np.testing.assert_allclose(value.ravel(), [1.0, -2.0, 0.5], atol=1e-2)
    np.testing.assert_allclose(bias, 3.0, atol=1e-2)


def test_a_function_as_loss():
    w = tf.get_variable("w", initializer=[1.0, 2.0], use_resource=True)
    step = tf.train.GradientDescentOptimizer(0.1).minimize(lambda: tf.reduce_sum(w * w), var_list=[w])
    np.testing.assert_allclose(run_steps(step, w)[0], [0.8, 1.6], rtol=1e-6)


def test_gates():
    w, b = tf.Variable(3.0, name="w"), tf.Variable(2.0, name="b")
    gate = tf.train.Optimizer.GATE_GRAPH
    grads = tf.train.GradientDescentOptimizer(0.1).compute_gradients(w * b, gate_gradients=gate)
    assert [g.op.name for g, _ in grads] == ["tuple/control_dependency", "tuple/control_dependency_1"]
    assert (tf.train.Optimizer.GATE_NONE, tf.train.Optimizer.GATE_OP, gate) == (0, 1, 2)


def test_a_given_gradient_of_the_loss():
    w = tf.Variable([1.0, 2.0])
    ((g, _),) = tf.train.GradientDescentOptimizer(0.1).compute_gradients(w * 2.0, grad_loss=tf.constant([1.0, 3.0]))
    assert run_steps(tf.no_op(), g)[0].tolist() == [2.0, 6.0]


def test_gradients_may_be_changed_in_between():
    w = tf.Variable([3.0, 4.0])
    optimizer = tf.train.GradientDescentOptimizer(1.0)
    clipped = [(tf.clip_by_value(g, -1.0, 1.0), v) for g, v in optimizer.compute_gradients(tf.reduce_sum(w * w))]
    assert run_steps(optimizer.apply_gradients(clipped), w)[0].tolist() == [2.0, 3.0]


@pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
def test_constraints(use_resource):
    w = tf.get_variable(
        "w", initializer=[1.0, -1.0], use_resource=use_resource, constraint=lambda x: tf.clip_by_value(x, 0.0, 1.0)
    )
    step = tf.train.GradientDescentOptimizer(0.1).apply_gradients([(tf.constant([1.0, 1.0]), w)])
    np.testing.assert_allclose(run_steps(step, w)[0], [0.9, 0.0], rtol=1e-6)


def test_a_subclass():
    class SignDescent(tf.train.Optimizer):
        def __init__(self, rate):
            super().__init__(False, "SignDescent")
            self.rate = rate

        def _create_slots(self, var_list):
            for v in var_list:
                self._zeros_slot(v, "steps", self._name)

        def _apply_dense(self, grad, var):
            counted = tf.assign_add(self.get_slot(var, "steps"), tf.ones_like(grad))
            return tf.group(tf.assign_sub(var, self.rate * tf.sign(grad)), counted)

    w = tf.Variable([1.0, 2.0], name="w")
    optimizer = SignDescent(0.25)
    step = optimizer.minimize(tf.reduce_sum(w * w))
    steps = optimizer.get_slot(w, "steps")
    assert steps.name == "w/SignDescent:0"
    value, count = run_steps(step, w, steps, steps=2)
    assert (value.tolist(), count.tolist()) == ([0.5, 1.5], [2.0, 2.0])


def test_slots_that_do_not_exist():
    optimizer, w = tf.train.AdamOptimizer(), tf.Variable(1.0)
    assert optimizer.get_slot(w, "m") is None
    assert optimizer.get_slot_names() == []
    assert optimizer.get_name() == "Adam"
    optimizer.minimize(w * w)
    assert optimizer.get_slot(w, "nothing") is None


# -- what is refused ------------------------------------------------------------------------------------------------


def variable(**options):
    return tf.get_variable("w", [2], **options)


def adam():
    return tf.train.AdamOptimizer(0.1)


def rows():
    return tf.IndexedSlices(tf.ones([1]), tf.constant([0]))


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda: adam().minimize(tf.constant(1)),
            ValueError,
            "Invalid type tf.int32 for Const:0, expected: [tf.float32, tf.float64, tf.float16, tf.bfloat16].",
        ),
        (lambda: adam().minimize(tf.constant(1.0)), ValueError, "No variables to optimize."),
        (lambda: adam().minimize(variable(), var_list=[]), ValueError, "No variables to optimize."),
        (
            lambda: [variable(), adam().minimize(tf.constant(1.0))],
            ValueError,
            (
                "No gradients provided for any variable, check your graph for ops that do not support gradients, between "
                'variables ["<tf.Variable \'w:0\' shape=(2,) dtype=float32_ref>"] and loss Tensor("Const:0", shape=(), '
                "dtype=float32)."
            ),
        ),
        (
            lambda: adam().apply_gradients([(None, variable())]),
            ValueError,
            "No gradients provided for any variable: [\"<tf.Variable 'w:0' shape=(2,) dtype=float32_ref>\"].",
        ),
        (
            lambda: adam().minimize(variable(), gate_gradients=7),
            ValueError,
            "gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH.  Not 7",
        ),
        (lambda: adam().apply_gradients([]), ValueError, "No variables provided."),
        (
            lambda: adam().apply_gradients([("ab", variable())]),
            TypeError,
            "Input 'grad' of 'ApplyAdam' Op has type string that does not match type float32 of argument 'var'.",
        ),
        (
            lambda: adam().apply_gradients([(tf.ones([2]), tf.ones([2]))]),
            NotImplementedError,
            "Trying to update a Tensor",
        ),
        (
            lambda: adam().apply_gradients([(rows(), variable(constraint=lambda x: x))]),
            RuntimeError,
            "Cannot use a constraint function on a sparse variable.",
        ),
        (lambda: tf.train.AdamOptimizer(0.1, name=""), ValueError, "Must specify the optimizer name"),
        (
            lambda: tf.train.Optimizer(False, "x").apply_gradients([(tf.ones([2]), variable())]),
            NotImplementedError,
            "",
        ),
        (lambda: tf.train.Optimizer(False, "x").apply_gradients([(rows(), variable())]), NotImplementedError, ""),
        (lambda: adam().minimize(variable(), var_list=[3]), AttributeError, "'int' object has no attribute 'op'"),
        (
            lambda: tf.train.AdagradOptimizer(0.1, -1.0),
            ValueError,
            "initial_accumulator_value must be positive: -1.0",
        ),
        (
            lambda: tf.train.ProximalAdagradOptimizer(0.1, -1.0),
            ValueError,
            "initial_accumulator_value must be positive: -1.0",
        ),
        (
            lambda: tf.train.AdagradDAOptimizer(0.1, 1, -1.0),
            ValueError,
            "initial_gradient_squared_accumulator_value must be positive: -1.0",
        ),
        (
            lambda: tf.train.FtrlOptimizer(0.1, 1.0),
            ValueError,
            "learning_rate_power 1.000000 needs to be negative or zero",
        ),
        (
            lambda: tf.train.FtrlOptimizer(0.1, initial_accumulator_value=-1.0),
            ValueError,
            "initial_accumulator_value -1.000000 needs to be positive or zero",
        ),
        (
            lambda: tf.train.FtrlOptimizer(0.1, l2_shrinkage_regularization_strength=-1.0),
            ValueError,
            "l2_shrinkage_regularization_strength -1.000000 needs to be positive or zero",
        ),
        (
            lambda: tf.train.ProximalGradientDescentOptimizer(0.1).apply_gradients(
                [(tf.ones([2], tf.float64), variable(dtype=tf.float64))]
            ),
            TypeError,
            (
                "Input 'alpha' of 'ApplyProximalGradientDescent' Op has type float32 that does not match type float64 of "
                "argument 'var'."
            ),
        ),
        (
            lambda: tf.train.GradientDescentOptimizer(0.1).apply_gradients([(tf.ones([3]), variable())]),
            ValueError,
            "Dimension 0 in both shapes must be equal, but are 2 and 3",
        ),
        (
            lambda: tf.train.GradientDescentOptimizer([0.1]).apply_gradients([(tf.ones([2]), variable())]),
            ValueError,
            "Shape must be rank 0 but is rank 1",
        ),
        (
            lambda: tf.train.GradientDescentOptimizer(0.1).apply_gradients(
                [(tf.ones([2, 2]), variable(use_resource=True))]
            ),
            ValueError,
            "Shapes must be equal rank, but are 1 and 2",
        ),
    ],
)
def test_what_is_refused(call, error, text):
    with pytest.raises(error) as raised:
        call()
    assert text in str(raised.value)
