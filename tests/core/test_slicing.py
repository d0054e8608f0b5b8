"""`tensor[...]`: the nodes that it makes, static shapes, and the index arithmetic against NumPy."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

import tangraph as tf
from tangraph.framework.constant_value import constant_value
from tangraph.framework.strided_index import numpy_index, strided_slice_shape


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def _names(graph):
    return [op.name for op in graph.get_operations()]


def test_nodes_of_constant_indices(graph):
    x = tf.placeholder(tf.float32, [None, 3, 4], name="x")
    y = x[0, ..., None, ::2]
    assert _names(graph) == [
        "x",
        "strided_slice/stack",
        "strided_slice/stack_1",
        "strided_slice/stack_2",
        "strided_slice",
    ]
    assert [constant_value(t).tolist() for t in y.op.inputs[1:]] == [[0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 1, 2]]
    masks = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    assert [y.op.get_attr(m) for m in masks] == [8, 8, 2, 4, 1]
    assert y.shape.as_list() == [3, 1, 2]


def test_nodes_of_tensor_indices(graph):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    i = tf.placeholder(tf.int32, [], name="i")
    x[i, 1:]
    assert _names(graph)[2:] == [
        "add/y",
        "add",
        "strided_slice/stack/1",
        "strided_slice/stack",
        "strided_slice/stack_1/1",
        "strided_slice/stack_1",
        "strided_slice/stack_2",
        "strided_slice",
    ]


def test_int64_indices_are_cast_to_one_type():
    x = tf.placeholder(tf.float32, [3, 3])
    y = x[tf.constant(1, tf.int64) :]
    assert [t.dtype for t in y.op.inputs[1:]] == [tf.int64] * 3
    assert [t.op.type for t in y.op.inputs[1:]] == ["Pack", "Cast", "Cast"]


def test_empty_index(graph):
    y = tf.constant([1, 2])[()]
    assert _names(graph) == ["Const", "strided_slice/Const", "strided_slice"]
    assert y.shape.as_list() == [2]


def test_boolean_index_is_a_mask():
    x = tf.constant([1, 2, 3])
    for mask in (np.array([True, False, True]), tf.constant([True, False, True])):
        assert x[mask].op.type == "GatherV2"


@pytest.mark.parametrize("index", [1.5, "a", np.array([0, 1]), tf.float32])
def test_other_indices_are_refused(index):
    with pytest.raises(TypeError, match="Only integers, slices"):
        tf.constant([1, 2, 3])[index]


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (
            5,
            (
                "slice index 5 of dimension 0 out of bounds. for 'strided_slice' (op: 'StridedSlice') with input shapes: [3], "
                "[1], [1], [1] and with computed input tensors: input[1] = <5>, input[2] = <6>, input[3] = <1>."
            ),
        ),
        (
            (0, 0),
            (
                "Index out of range using input dim 1; input has only 1 dims for 'strided_slice' (op: 'StridedSlice') with "
                "input shapes: [3], [2], [2], [2] and with computed input tensors: input[3] = <1 1>."
            ),
        ),
        (slice(None, None, 0), "strides[0] must be non-zero"),
        ((..., ...), "Multiple ellipses in slice spec not allowed"),
        (-4, "slice index -1 of dimension 0 out of bounds."),
    ],
)
def test_errors(index, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        tf.constant([1, 2, 3])[index]


def test_unknown_shapes():
    x = tf.placeholder(tf.float32, [None, None, 3])
    i = tf.placeholder(tf.int32, [])
    shapes = [x[0], x[:, -1], x[:2], x[..., :2], x[:, :, 0], x[i], x[i:], x[:, :, i:], x[:, :, ::i]]
    assert [str(t.shape) for t in shapes] == [
        "(?, 3)",
        "(?, 3)",
        "(?, ?, 3)",
        "(?, ?, 2)",
        "(?, ?)",
        "(?, 3)",
        "(?, ?, 3)",
        "(?, ?, ?)",
        "<unknown>",
    ]
    assert tf.placeholder(tf.float32)[0].shape.ndims is None


def test_sliced_shape_is_known_to_the_library():
    x = tf.placeholder(tf.float32, [None, 3, 4])
    assert tf.zeros(tf.shape(x)[1:]).shape.as_list() == [3, 4]
    assert tf.reshape(x, tf.shape(x)[:2]).shape.as_list() == [None, 3]


def test_assign_needs_a_variable():
    with pytest.raises(ValueError, match="Sliced assignment is only supported for variables"):
        tf.constant([1, 2])[0].assign(3)


def _spec(index):
    """The vectors and masks that `tensor[index]` makes."""
    op = tf.zeros([1] * 6)[index].op if index else None
    if op is None:
        return [], [], [], {}
    vectors = [constant_value(t).tolist() for t in op.inputs[1:]]
    return (*vectors, {m: v for m, v in op.attrs.items() if m.endswith("_mask")})


_BOUNDS = [None, 0, 1, 3, -1, -2, -5, 7]


def test_ranges_against_numpy():
    x = np.arange(4)
    for start, stop, step in itertools.product(_BOUNDS, _BOUNDS, [None, 1, 2, -1, -3]):
        index = (slice(start, stop, step),)
        begin, end, strides, masks = _spec(index)
        expected = x[index]
        assert strided_slice_shape((4,), begin, end, strides, masks) == expected.shape
        np.testing.assert_array_equal(x[numpy_index(masks, begin, end, strides)], expected)


@pytest.mark.parametrize(
    "index",
    [
        (0,),
        (-1, None),
        (..., 1),
        (None, ..., None),
        (slice(1, None), ..., slice(None, None, -1)),
        (None, 1, None, slice(0, 1)),
        (0, 1, 2),
        (..., 0, slice(None), 1),
        (slice(None), slice(None), slice(None), ...),
        (None, None, 0, None, ..., None, -1, None),
    ],
)
def test_mixed_indices_against_numpy(index):
    x = np.arange(24).reshape(2, 3, 4)
    begin, end, strides = [], [], []
    masks = dict.fromkeys(("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0)
    for i, item in enumerate(index):
        if isinstance(item, slice):
            masks["begin_mask"] |= (item.start is None) << i
            masks["end_mask"] |= (item.stop is None) << i
            parts = (item.start or 0, item.stop or 0, item.step or 1)
        else:
            name = "ellipsis_mask" if item is ... else "new_axis_mask" if item is None else "shrink_axis_mask"
            masks[name] |= 1 << i
            parts = (item, item + 1, 1) if isinstance(item, int) else (0, 0, 1)
        for vector, part in zip((begin, end, strides), parts, strict=True):
            vector.append(part)
    expected = x[index]
    assert strided_slice_shape(x.shape, begin, end, strides, masks) == expected.shape
    np.testing.assert_array_equal(x[numpy_index(masks, begin, end, strides)], expected)


def test_functions(graph):
    x = tf.constant([[1, 2, 3], [4, 5, 6]])
    assert tf.strided_slice(x, [0, 0], [1, 3], shrink_axis_mask=1, name="s").shape.as_list() == [3]
    assert _names(graph)[1:] == [
        "ones_like/tensor",
        "ones_like/Shape",
        "ones_like/Const",
        "ones_like",
        "s/begin",
        "s/end",
        "s",
    ]
    assert tf.slice(x, [0, 1], [-1, 2], name="t").shape.as_list() == [2, 2]
    assert _names(graph)[-3:] == ["t/begin", "t/size", "t"]
    assert tf.newaxis is None


def test_zeros_of_a_dynamic_shape_leave_the_nodes_of_the_comparison(graph):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    n = tf.shape(x, name="n")[0]
    before = len(_names(graph))
    y = tf.zeros([n, 4])
    assert _names(graph)[before:] == [
        "zeros/mul/y",
        "zeros/mul",
        "zeros/Less/y",
        "zeros/Less",
        "zeros/packed/1",
        "zeros/packed",
        "zeros/Const",
        "zeros",
    ]
    assert y.shape.as_list() == [None, 4]


def test_lists_with_tensors_are_packed(graph):
    a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
    tf.convert_to_tensor([[a, 3], [b, a]], name="p")
    assert _names(graph)[2:] == ["p/0/1", "p/0", "p/1", "p"]
    with pytest.raises(TypeError, match="Cannot convert a list containing a tensor of dtype"):
        tf.convert_to_tensor([a, tf.constant(1)])
    cast = tf.convert_to_tensor([tf.constant(1), 2], dtype=tf.int64)
    assert cast.op.inputs[0].op.type == "Cast"
