"""Ops that call functions, optionals and tensor lists: through the functions that make the nodes."""

from __future__ import annotations

import numpy as np

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.functions.concrete import concrete_function
from tangraph.functions.defun import Defun
from tangraph.ops.functions import optional
from tangraph.ops.functions import tensor_lists as lists
from tangraph.testing import OpCase, given, of

WIDE = "float32 float64"
FLAG = given(True, "bool")
SECOND = given(1, "int32")


def case(op, call, inputs, reference, label="", types=WIDE, **more):
    options = {"tolerance": 4, "known_shape": False, "unknown_rank": False, **more}
    return OpCase(op, call, inputs, reference, types, label, **options)


def function_of(python_func, *tensors):
    """The body of a function for tensors of these types."""
    specs = [tf.TensorSpec(None, tensor.dtype.base) for tensor in tensors]
    return concrete_function(python_func, "f", specs)._rewriting.forward


def called(op, python_func, *tensors, **attrs):
    function = function_of(python_func, *tensors)
    return make_op(op, list(tensors), f=function, Tout=[t.dtype.base for t in function.outputs], **attrs)[0]


def in_function(python_func):
    """Calls a function traced for the tensors."""
    return lambda *tensors: tf.function(python_func)(*tensors)


def chosen(op, selector, x, branches):
    functions = [function_of(branch, x) for branch in branches]
    if op == "Case":
        return make_op(op, selector, [x], branches=functions, Tout=[x.dtype.base])[0]
    return make_op(op, selector, [x], then_branch=functions[0], else_branch=functions[1], Tout=[x.dtype.base])[0]


def looped(op, x):
    counter = tf.constant(0)
    test = function_of(lambda i, _: i < 3, counter, x)
    body = function_of(lambda i, v: (i + 1, v * 2), counter, x)
    return make_op(op, [counter, x], cond=test, body=body)[1]


def functional(x):
    """A loop that is a function, as the public function builds it."""
    tf.enable_control_flow_v2()
    try:
        return tf.while_loop(lambda i, _: i < 3, lambda i, v: (i + 1, tf.sin(v) * x), [0, x])[1]
    finally:
        tf.disable_control_flow_v2()


def checked(x):
    with tf.control_dependencies([tf.Assert(True, [x])]):
        return x * 2


def symbolic(x, grad):
    cube = Defun(x.dtype.base)(lambda v: v * v * v)
    cube.add_to_graph(tf.get_default_graph())
    return make_op("SymbolicGradient", [x, grad], Tout=[x.dtype.base], f=cube.name)[0]


CALLS = [
    case("PartitionedCall", in_function(lambda x, y: x * y + x), (of(2, 3), of(3)), lambda x, y: x * y + x),
    case(
        "StatefulPartitionedCall",
        in_function(checked),
        (of(2, 3),),
        lambda x: x * 2,
    ),
    case("SymbolicGradient", symbolic, (of(2, 3), of(2, 3)), lambda x, g: 3 * x * x * g, gradients=0),
    case(
        "RemoteCall",
        lambda x: make_op("RemoteCall", "/cpu:0", [x], f=function_of(lambda v: v * v, x), Tout=[x.dtype.base])[0],
        (of(2, 3),),
        lambda x: x * x,
        gradients=0,
    ),
]

CHOICES = [
    case("If", lambda p, x: chosen("If", p, x, [lambda v: v * v, tf.negative]), (FLAG, of(2, 3)), lambda p, x: x * x),
    case(
        "StatelessIf",
        lambda p, x: chosen("StatelessIf", p, x, [lambda v: v * v, tf.exp]),
        (given(False, "bool"), of(2, 3)),
        lambda p, x: np.exp(x),
    ),
    case(
        "If",
        lambda p, x: chosen("If", p, x, [lambda v: v * v, tf.negative]),
        (given(0.0, "float32"), of(2, 3)),
        lambda p, x: -x,
        label="number",
    ),
    case(
        "Case",
        lambda i, x: chosen("Case", i, x, [tf.negative, lambda v: v * v * v, tf.exp]),
        (SECOND, of(2, 3)),
        lambda i, x: x**3,
    ),
    case(
        "Case",
        lambda i, x: chosen("Case", i, x, [tf.negative, tf.exp]),
        (given(9, "int32"), of(2, 3)),
        lambda i, x: np.exp(x),
        label="out of range",
    ),
    case(
        "FakeParam",
        lambda x: x + make_op("FakeParam", dtype=x.dtype, shape=[2, 3]) * 0.0,
        (of(2, 3),),
        lambda x: x,
        gradients=0,
    ),
]

LOOPS = [
    # The gradient is that of loops which `tf.while_loop` builds: they count their iterations.
    case("While", lambda x: looped("While", x), (of(2, 3),), lambda x: x * 8, gradients=0),
    case("While", functional, (of(2, 3),), lambda x: np.sin(np.sin(np.sin(x) * x) * x) * x, label="gradient"),
    case("StatelessWhile", lambda x: looped("StatelessWhile", x), (of(2, 3),), lambda x: x * 8, gradients=0),
    case(
        "For",
        lambda x: make_op(
            "For",
            1,
            4,
            2,
            [x],
            body=function_of(lambda i, v: v * tf.cast(i, v.dtype), tf.constant(1), x),
        )[0],
        (of(2, 3),),
        lambda x: x * 3,
        gradients=0,
    ),
]


def through_optional(x):
    return optional.optional_get_value(optional.optional_from_value([x]), [x])[0]


OPTIONALS = [
    case("OptionalFromValue", through_optional, (of(2, 3),), lambda x: x),
    case("OptionalGetValue", lambda x: through_optional(x * x), (of(2, 3),), lambda x: x * x),
    case(
        "OptionalNone",
        lambda x: (x, make_op("OptionalHasValue", optional.optional_none())),
        (of(3),),
        lambda x: (x, np.False_),
        gradients=0,
    ),
    case(
        "OptionalHasValue",
        lambda x: make_op("OptionalHasValue", optional.optional_from_value([x])),
        (of(3),),
        lambda x: np.True_,
        gradients=0,
    ),
]


def rows(x):
    """The rows of a matrix as a list."""
    return lists.from_tensor(x, [3])


def stack(handle, x, count=-1):
    return lists.stack(handle, x.dtype.base, count, [3])


def pushed(x):
    return lists.push_back(lists.push_back(lists.empty_list([3], x.dtype.base), x[0]), x[1])


def popped(x):
    rest, last = lists.pop_back(pushed(x), x.dtype.base)
    return last * 2 + stack(rest, x)[0]


LISTS = [
    case("EmptyTensorList", lambda x: stack(pushed(x), x), (of(2, 3),), lambda x: x),
    case("TensorListPushBack", lambda x: stack(pushed(x * x), x), (of(2, 3),), lambda x: x * x),
    case("TensorListPopBack", popped, (of(2, 3),), lambda x: x[1] * 2 + x[0]),
    case(
        "TensorListReserve",
        lambda x: stack(lists.set_item(lists.reserve([3], 2, x.dtype.base), 1, x[0]), x),
        (of(2, 3),),
        lambda x: np.stack([np.zeros(3, x.dtype), x[0]]),
    ),
    case("TensorListFromTensor", lambda x: stack(rows(x), x), (of(2, 3),), lambda x: x),
    case(
        "TensorListGetItem",
        lambda x: lists.get_item(rows(x), 1, x.dtype.base, [3]) + lists.get_item(rows(x), 0, x.dtype.base, [3]),
        (of(2, 3),),
        lambda x: x[1] + x[0],
    ),
    case(
        "TensorListSetItem",
        lambda x, y: stack(lists.set_item(rows(x), 1, y), x),
        (of(2, 3), of(3)),
        lambda x, y: np.stack([x[0], y]),
    ),
    case("TensorListStack", lambda x: stack(rows(x), x, 2), (of(2, 3),), lambda x: x, label="count"),
    case(
        "TensorListGather",
        lambda x: lists.gather(rows(x), [1, 0], x.dtype.base, [3]),
        (of(2, 3),),
        lambda x: x[[1, 0]],
    ),
    case(
        "TensorListScatter",
        lambda x: stack(make_op("TensorListScatter", x, [1, 0], [3]), x),
        (of(2, 3),),
        lambda x: x[[1, 0]],
    ),
    case("TensorListScatterV2", lambda x: stack(lists.scatter(x, [1, 0], [3]), x), (of(2, 3),), lambda x: x[[1, 0]]),
    case(
        "TensorListScatterIntoExistingList",
        lambda x, y: stack(lists.scatter(y, [0], handle=rows(x)), x),
        (of(2, 3), of(1, 3)),
        lambda x, y: np.stack([y[0], x[1]]),
    ),
    case(
        "TensorListConcat",
        lambda x: make_op("TensorListConcat", rows(x), element_dtype=x.dtype.base)[0],
        (of(2, 3),),
        lambda x: x.ravel(),
        gradients=0,
    ),
    case("TensorListConcatV2", lambda x: lists.concat(rows(x), x.dtype.base, [3]), (of(2, 3),), lambda x: x.ravel()),
    case(
        "TensorListSplit",
        lambda x: lists.get_item(lists.split(x, [-1, 3], tf.constant([1, 2], tf.int64)), 1, x.dtype.base, [2, 3]),
        (of(3, 3),),
        lambda x: x[1:],
    ),
    case("TensorListLength", lambda x: lists.length(rows(x)), (of(2, 3),), lambda x: np.int32(2), gradients=0),
    case(
        "TensorListElementShape",
        lambda x: lists.element_shape_tensor(rows(x)),
        (of(2, 3),),
        lambda x: np.array([3], np.int32),
        gradients=0,
    ),
    case(
        "TensorListResize",
        lambda x: stack(make_op("TensorListResize", rows(x), 3), x),
        (of(2, 3),),
        lambda x: np.concatenate([x, np.zeros((1, 3), x.dtype)]),
    ),
    case(
        "TensorListConcatLists",
        lambda x: stack(make_op("TensorListConcatLists", rows(x), rows(x * 2), element_dtype=x.dtype.base), x),
        (of(2, 3),),
        lambda x: np.concatenate([x, x * 2]),
        gradients=0,
    ),
]

CASES = [*CALLS, *CHOICES, *LOOPS, *OPTIONALS, *LISTS]
