"""Conditionals, loops, tensor arrays, stacks, Python functions, printing: through the functions that make the nodes."""

from __future__ import annotations

import numpy as np

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.testing import OpCase, given, of, positive
from tangraph.testing.basic_cases import NUMBERS

WIDE = "float32 float64"
FLAG = given(True, "bool")
COUNT = given(3, "int32")


def case(op, call, inputs, reference, types=WIDE, label="", **more):
    return OpCase(op, call, inputs, reference, types, label, **{"tolerance": 4, "known_shape": False, **more})


def loop(body, start, count, **more):
    """Runs `body` on a value `count` times."""
    return tf.while_loop(lambda i, _: i < count, lambda i, v: (i + 1, body(v)), [0, start], **more)[1]


def dependent(op, x):
    with tf.control_dependencies([op]):
        return tf.identity(x)


CONDITIONALS = [
    case(
        "Switch", lambda p, x: tf.cond(p, lambda: x * 2, lambda: x - 1), (FLAG, of(2, 3)), lambda p, x: x * 2, NUMBERS
    ),
    case(
        "Merge",
        lambda p, x, y: tf.cond(p, lambda: x * y, lambda: x - y),
        (given(False, "bool"), of(2, 3), of(3)),
        lambda p, x, y: x - y,
        NUMBERS,
    ),
    case(
        "Merge",
        lambda x: tf.case([(tf.reduce_sum(x) > 99, lambda: x), (tf.reduce_sum(x) > -99, lambda: x * x)], lambda: -x),
        (of(2, 3),),
        lambda x: x * x,
        label="case",
        unknown_rank=False,
    ),
    case(
        "Merge",
        lambda p, q, x: tf.cond(p, lambda: tf.cond(q, lambda: x * x, lambda: x), lambda: -x),
        (FLAG, FLAG, of(3)),
        lambda p, q, x: x * x,
        label="nested",
        gradients=1,
    ),
]

LOOPS = [
    case(
        "Enter",
        lambda x: loop(lambda v: v * 2 + 1, x, 3, shape_invariants=None),
        (of(2, 3),),
        lambda x: 8 * x + 7,
        NUMBERS,
    ),
    case("Exit", lambda x, n: loop(lambda v: v * v, x, n), (of(2, low=-1, high=1), COUNT), lambda x, n: x**8),
    case(
        "NextIteration",
        lambda x, w: loop(lambda v: tf.tanh(v * w), x, 4),
        (of(2, 3), of(2, 3)),
        lambda x, w: _repeat(lambda v: np.tanh(v * w), x, 4),
    ),
    case(
        "LoopCond",
        lambda x, w: loop(lambda v: tf.matmul(v, w), x, 3),
        (of(2, 3), of(3, 3)),
        lambda x, w: x @ w @ w @ w,
        unknown_rank=False,
    ),
    case("Exit", lambda x: loop(lambda v: loop(lambda u: u * x, v, 2), x, 2), (of(3),), lambda x: x**5, label="nested"),
    case(
        "Exit",
        lambda x: loop(lambda v: tf.cond(tf.reduce_sum(v) > 0, lambda: v - 1, lambda: v * x), x, 3),
        (given([1.5, 1.0]),),
        lambda x: _branching(x),
        label="with branches",
        unknown_rank=False,
    ),
    case("ControlTrigger", lambda x: dependent(make_op("ControlTrigger"), x), (of(2),), lambda x: x),
    *[
        case(
            op,
            lambda x: tf.gradients(loop(lambda v: v * v, x, 3), x),
            (positive(2),),
            lambda x: [8 * x**7],
            label=label,
            gradients=0,
        )
        for op, label in [("StackV2", ""), ("StackPushV2", ""), ("StackPopV2", "")]
    ],
]


def _repeat(function, x, count):
    for _ in range(count):
        x = function(x)
    return x


def _branching(x):
    return _repeat(lambda v: v - 1 if v.sum() > 0 else v * x, x, 3)


def array_of(x, size=None, **more):
    return tf.TensorArray(x.dtype, size=tf.shape(x)[0] if size is None else size, **more)


TENSOR_ARRAYS = [
    case(
        "TensorArrayV3", lambda x: array_of(x).unstack(x).stack(), (of(3, 2),), lambda x: x, NUMBERS, unknown_rank=False
    ),
    case(
        "TensorArrayScatterV3",
        lambda x: array_of(x).scatter([2, 0, 1], x).stack(),
        (of(3, 2),),
        lambda x: x[[1, 2, 0]],
        NUMBERS,
        unknown_rank=False,
    ),
    case(
        "TensorArrayGatherV3",
        lambda x: array_of(x).unstack(x).gather([2, 0]),
        (of(3, 2),),
        lambda x: x[[2, 0]],
        NUMBERS,
        unknown_rank=False,
    ),
    case(
        "TensorArrayReadV3",
        lambda x: array_of(x).unstack(x).read(1),
        (of(3, 2),),
        lambda x: x[1],
        NUMBERS,
        unknown_rank=False,
    ),
    case(
        "TensorArrayWriteV3",
        lambda x: array_of(x, 2).write(1, x).write(0, x * 2).stack(),
        (of(3),),
        lambda x: np.stack([x * 2, x]),
        NUMBERS,
        unknown_rank=False,
    ),
    case(
        "TensorArraySplitV3",
        lambda x: array_of(x, 2, infer_shape=False).split(x, [1, 2]).read(1),
        (of(3, 2),),
        lambda x: x[1:],
        unknown_rank=False,
    ),
    case(
        "TensorArrayConcatV3",
        lambda x: array_of(x, 2, infer_shape=False).split(x, [1, 2]).concat(),
        (of(3, 2),),
        lambda x: x,
        unknown_rank=False,
    ),
    case(
        "TensorArraySizeV3",
        lambda x: array_of(x, 4).size() + tf.cast(x[0] * 0, tf.int32),
        (of(3),),
        lambda x: np.int32(4),
    ),
    case(
        "TensorArrayGradV3",
        lambda x: tf.gradients(tf.square(array_of(x).unstack(x).stack()), x),
        (of(3, 2),),
        lambda x: [2 * x],
        unknown_rank=False,
        gradients=0,
    ),
    case("TensorArrayCloseV3", lambda x: dependent(array_of(x, 2).close(), x), (of(3),), lambda x: x),
    case(
        "TensorArrayReadV3",
        lambda x: tf.map_fn(lambda row: row * row, x),
        (of(4, 2),),
        lambda x: x * x,
        label="map_fn",
        unknown_rank=False,
        gradients=1,
    ),
    case(
        "TensorArrayWriteV3",
        lambda x: tf.scan(lambda a, row: a * row, x),
        (of(4, 2),),
        lambda x: np.cumprod(x, 0),
        label="scan",
        unknown_rank=False,
    ),
]


def numpy_sine(x):
    return np.sin(x)


def branch_of_reference(x, p, y):
    """A reference goes through one branch, which adds to the variable; the Merge gives the reference."""
    variable = tf.Variable(x, use_resource=False)
    no, yes = make_op("RefSwitch", variable._ref(), p)
    merged, _ = make_op("RefMerge", [no, tf.assign_add(yes, y)])
    return merged + 0


def loop_of_reference(x, y):
    """A reference goes round a loop that adds to the variable three times."""
    variable = tf.Variable(x, use_resource=False)
    count = make_op("Enter", 0, frame_name="f")
    entered = make_op("RefEnter", variable._ref(), frame_name="f")
    step = make_op("Enter", y, frame_name="f", is_constant=True)
    counts, _ = make_op("Merge", [count, count])
    refs, _ = make_op("RefMerge", [entered, entered])
    with tf.control_dependencies([counts.op]):
        limit = tf.constant(3)
        one = tf.constant(1)
    go = make_op("LoopCond", counts < limit)
    count_out, count_in = make_op("Switch", counts, go)
    ref_out, ref_in = make_op("RefSwitch", refs, go)
    counts.op._update_input(1, make_op("NextIteration", count_in + one))
    refs.op._update_input(1, make_op("RefNextIteration", tf.assign_add(ref_in, step)))
    return make_op("RefExit", ref_out) + 0, make_op("Exit", count_out)


REFERENCES = [
    case(
        "RefSwitch", branch_of_reference, (of(2), FLAG, of(2)), lambda x, p, y: x + y, gradients=0, unknown_sizes=False
    ),
    case(
        "RefMerge",
        branch_of_reference,
        (of(2), given(False, "bool"), of(2)),
        lambda x, p, y: x,
        gradients=0,
        unknown_sizes=False,
    ),
    *[
        case(
            op,
            loop_of_reference,
            (of(2), of(2)),
            lambda x, y: [x + 3 * y, np.int32(3)],
            gradients=0,
            unknown_sizes=False,
        )
        for op in ("RefEnter", "RefNextIteration", "RefExit")
    ],
]


def pushed_and_closed(x):
    handle = make_op("StackV2", 2, elem_type=x.dtype.base)
    pushed = make_op("StackPushV2", handle, x)
    with tf.control_dependencies([pushed]):
        close = make_op("StackCloseV2", handle)
    return dependent(close, x)


REST = [
    case("StackCloseV2", pushed_and_closed, (of(2, 3),), lambda x: x, gradients=0),
    case("PyFunc", lambda x: tf.py_func(numpy_sine, [x], x.dtype), (of(2, 3),), np.sin, gradients=0, exportable=False),
    case(
        "PyFuncStateless",
        lambda x: tf.py_func(numpy_sine, [x], x.dtype, stateful=False),
        (of(2, 3),),
        np.sin,
        gradients=0,
        exportable=False,
    ),
    case(
        "StringFormat",
        lambda x: tf.strings.format("x = {}", x),
        (given([1, 2], "int32"),),
        lambda x: np.array(b"x = [1 2]", object),
        "int32",
    ),
    case(
        "Assert",
        lambda x: dependent(tf.Assert(tf.reduce_all(tf.equal(x, x)), [x]), x),
        (of(2, 3),),
        lambda x: x,
        unknown_rank=False,
    ),
]

CASES = [*CONDITIONALS, *LOOPS, *REFERENCES, *TENSOR_ARRAYS, *REST]
