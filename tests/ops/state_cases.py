"""Variables of both kinds. Initial values are inputs, so that every run starts from them."""

from __future__ import annotations

import numpy as np

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.testing import OpCase, given, of, positive
from tangraph.testing.basic_cases import REALS

NUMBERS = f"{REALS} complex64 complex128"
WIDE = "float32 float64"
ROWS = given([2, 0, 2], "int32")
APART = given([2, 0], "int32")


def raw(op_type, **attrs):
    return lambda *inputs: make_op(op_type, *inputs, **attrs)


def case(op, call, inputs, reference, types=NUMBERS, label="", **more):
    """A case on variables, whose shapes are those of their initial values."""
    return OpCase(op, call, inputs, reference, types, label, gradients=0, unknown_sizes=False, **more)


def ref(x):
    return tf.Variable(x, use_resource=False)


def resource(x):
    return tf.Variable(x, use_resource=True)


def read_after(variable, write):
    with tf.control_dependencies([write]):
        return variable.read_value()


def put(x, key, values, how=None):
    x = x.copy()
    if how is None:
        x[key] = values
    else:
        how.at(x, key, values)
    return x


ASSIGNMENT = [
    case("VariableV2", ref, (of(2, 3),), lambda x: x, f"{NUMBERS} bool string"),
    case(
        "Variable",
        lambda x: tf.assign(make_op("Variable", shape=[2, 3], dtype=x.dtype.base), x),
        (of(2, 3),),
        lambda x: x,
        known_shape=False,
    ),
    case("Assign", lambda x, y: tf.assign(ref(x), y), (of(2, 3), of(2, 3)), lambda x, y: y, f"{NUMBERS} bool string"),
    case("AssignAdd", lambda x, y: tf.assign_add(ref(x), y), (of(2, 3), of(2, 3)), np.add),
    case("AssignSub", lambda x, y: tf.assign_sub(ref(x), y), (of(2, 3), of(2, 3)), np.subtract),
    case("IsVariableInitialized", lambda x: make_op("IsVariableInitialized", ref(x)), (of(2),), lambda x: np.True_),
    case("CountUpTo", lambda x: tf.count_up_to(ref(x), 5), (given(3),), lambda x: x, "int32 int64"),
    case(
        "TemporaryVariable",
        lambda x: make_op("DestroyTemporaryVariable", tf.assign(_temporary(x), x), var_name="t"),
        (of(2, 3),),
        lambda x: x,
    ),
    case(
        "DestroyTemporaryVariable",
        lambda x: make_op("DestroyTemporaryVariable", tf.assign_add(tf.assign(_temporary(x), x), x), var_name="t"),
        (of(2, 3),),
        lambda x: x + x,
    ),
    case("VarHandleOp", lambda x: resource(x).read_value(), (of(2, 3),), lambda x: x, f"{NUMBERS} bool string"),
    case("ReadVariableOp", lambda x: resource(x) + x, (of(2, 3),), lambda x: x + x),
    case(
        "AssignVariableOp",
        lambda x, y: resource(x).assign(y),
        (of(2, 3), of(2, 3)),
        lambda x, y: y,
        f"{NUMBERS} bool string",
    ),
    case("AssignAddVariableOp", lambda x, y: resource(x).assign_add(y), (of(2, 3), of(2, 3)), np.add),
    case("AssignSubVariableOp", lambda x, y: resource(x).assign_sub(y), (of(2, 3), of(2, 3)), np.subtract),
    case("VarIsInitializedOp", lambda x: tf.is_variable_initialized(resource(x)), (of(2),), lambda x: np.True_),
    case(
        "VariableShape",
        lambda x: make_op("VariableShape", resource(x).handle),
        (of(2, 3),),
        lambda x: np.array(x.shape),
        known_shape=False,
    ),
    case("DestroyResourceOp", lambda x: _destroyed(resource(x)), (of(2),), lambda x: np.False_),
    case("ResourceCountUpTo", lambda x: resource(x).count_up_to(5), (given(3),), lambda x: x, "int32 int64"),
    case("ResourceGather", lambda x, i: resource(x).sparse_read(i), (of(3, 2), ROWS), lambda x, i: x[i]),
    case(
        "ResourceGatherNd",
        lambda x, i: resource(x).gather_nd(i),
        (of(3, 2), given([[2, 1], [0, 0]], "int32")),
        lambda x, i: x[tuple(i.T)],
    ),
    case(
        "StridedSliceAssign",
        lambda x, y: tf.identity(ref(x)[1:, ::2].assign(y)),
        (of(3, 4), of(2, 2)),
        lambda x, y: put(x, np.s_[1:, ::2], y),
    ),
    case(
        "ResourceStridedSliceAssign",
        lambda x, y: _sliced(resource(x), y),
        (of(3, 4), of(2, 2)),
        lambda x, y: put(x, np.s_[1:, ::2], y),
    ),
]


def _temporary(x):
    return make_op("TemporaryVariable", shape=[2, 3], dtype=x.dtype.base, var_name="t")


def _destroyed(variable):
    with tf.control_dependencies([variable.read_value()]):
        destroy = make_op("DestroyResourceOp", variable.handle)
    with tf.control_dependencies([destroy]):
        return make_op("VarIsInitializedOp", variable.handle)


def _sliced(variable, value):
    return read_after(variable, variable[1:, ::2].assign(value))


#: Name -> (function on the rows of an array, None for assignment; indices; types).
SCATTERS = {
    "Update": (None, APART, NUMBERS),
    "Add": (np.add, ROWS, NUMBERS),
    "Sub": (np.subtract, ROWS, NUMBERS),
    "Mul": (np.multiply, ROWS, NUMBERS),
    "Div": (np.divide, ROWS, "float32 float64 complex64"),
    "Max": (np.maximum, ROWS, REALS),
    "Min": (np.minimum, ROWS, REALS),
}
POINTS = given([[2, 1], [0, 0]], "int32")
SCATTER = [
    made
    for name, (how, indices, types) in SCATTERS.items()
    for made in (
        case(
            f"Scatter{name}",
            lambda x, i, u, n=name: getattr(tf, f"scatter_{n.lower()}")(ref(x), i, u),
            (of(3, 2), indices, positive(indices.shape[0], 2)),
            lambda x, i, u, h=how: put(x, i, u, h),
            types,
            tolerance=4,
        ),
        case(
            f"ResourceScatter{name}",
            lambda x, i, u, n=name: getattr(tf, f"scatter_{n.lower()}")(resource(x), i, u),
            (of(3, 2), indices, positive(indices.shape[0], 2)),
            lambda x, i, u, h=how: put(x, i, u, h),
            types,
            tolerance=4,
        ),
    )
] + [
    made
    for name, how in {"Update": None, "Add": np.add, "Sub": np.subtract}.items()
    for made in (
        case(
            f"ScatterNd{name}",
            lambda x, i, u, n=name: getattr(tf, f"scatter_nd_{n.lower()}")(ref(x), i, u),
            (of(3, 2), POINTS, of(2)),
            lambda x, i, u, h=how: put(x, tuple(i.T), u, h),
        ),
        case(
            f"ResourceScatterNd{name}",
            lambda x, i, u, n=name: getattr(tf, f"scatter_nd_{n.lower()}")(resource(x), i, u),
            (of(3, 2), POINTS, of(2)),
            lambda x, i, u, h=how: put(x, tuple(i.T), u, h),
        ),
    )
]

CASES = [*ASSIGNMENT, *SCATTER]
