"""What array ops object to when they run, and to what when they are built; the texts were measured on TensorFlow."""

from __future__ import annotations

import re

import numpy as np
import pytest

import tangraph as tf

# (op, the arrays that are fed, the text)
RUN = [
    (
        tf.reshape,
        [np.zeros((2, 3)), [4, 2]],
        "Input to reshape is a tensor with 6 values, but the requested shape has 8",
    ),
    (tf.reshape, [np.zeros((2, 3)), [-1, 4]], "but the requested shape requires a multiple of 4"),
    (tf.reshape, [np.zeros((2, 3)), [-1, -1]], "Only one input size may be -1, not both 0 and 1"),
    (tf.reshape, [np.zeros((2, 3)), [-2, 3]], "Size 0 must be non-negative, not -2"),
    (tf.reshape, [np.zeros((2, 3)), 6], "sizes input must be 1-D, not []"),
    (lambda x: tf.squeeze(x, [1]), [np.ones((1, 2))], "Can not squeeze dim[1], expected a dimension of 1, got 2"),
    (lambda x: tf.squeeze(x, [5]), [np.ones((1, 2))], "Tried to squeeze dim index 5 for tensor with 2 dimensions."),
    (lambda d: tf.fill(d, 1.0), [[2, -1]], "Dimension -1 must be >= 0"),
    (lambda d: tf.fill(d, 1.0), [2], "dims must be a vector, got shape []"),
    (
        lambda x, y: tf.stack([x, y]),
        [[1, 2], [1]],
        "Shapes of all inputs must match: values[0].shape = [2] != values[1]",
    ),
    (lambda x: tf.unstack(x, 2, 1), [np.zeros((3, 3))], "Input shape axis 1 must equal 2, got shape [3,3]"),
    (lambda x: tf.unstack(x, 2, 4), [np.zeros((3, 2))], "axis = 4 not in [-2, 2)"),
    (
        lambda x, y: tf.concat([x, y], 0),
        [np.zeros((1, 2)), np.zeros((1, 3))],
        "ConcatOp : Dimensions of inputs should match: shape[0] = [1,2] vs. shape[1] = [1,3]",
    ),
    (
        lambda x, y: tf.concat([x, y], 0),
        [np.zeros((1, 2)), np.zeros(1)],
        "ConcatOp : Ranks of all input tensors should",
    ),
    (
        lambda x: tf.split(x, 2, 1),
        [np.ones((2, 3))],
        "Number of ways to split should evenly divide the split dimension",
    ),
    (lambda x: tf.split(x, [1, 1], 1), [np.ones((2, 3))], "Determined shape must either match input shape"),
    (lambda x: tf.split(x, [1, 1], 2), [np.ones((2, 3))], "-input rank(-2) <= split_dim < input rank (2), but got 2"),
    (lambda b: tf.slice([1, 2, 3], b, [2]), [[2]], "Expected size[0] in [0, 1], but got 2"),
    (lambda b: tf.slice([1, 2, 3], b, [2]), [[-1]], "Expected begin[0] in [0, 3], but got -1"),
    (lambda x: x[5], [[1, 2]], "slice index 5 of dimension 0 out of bounds."),
    (lambda x: x[0, 0], [[1, 2]], "Index out of range using input dim 1; input has only 1 dims"),
    (lambda p: tf.transpose(tf.zeros([2, 3]), p), [[0, 0]], "1 is missing from {0,0}."),
    (lambda p: tf.transpose(tf.zeros([2, 3]), p), [[0, 5]], "5 is out of range [0 .. 2)"),
    (tf.invert_permutation, [[0, 0]], "0 is duplicated in the input."),
    (tf.invert_permutation, [[0, 3]], "3 is not between 0 and 2"),
    (lambda i: tf.gather([1, 2, 3], i), [[[0, 4]]], "indices[0,1] = 4 is not in [0, 3)"),
    (lambda i: tf.gather([1, 2, 3], i), [-1], "indices = -1 is not in [0, 3)"),
    (lambda i: tf.gather_nd([1, 2, 3], i), [[[3]]], "indices[0] = [3] does not index into param shape [3]"),
    (lambda i: tf.scatter_nd(i, [1.0], [3]), [[[-1]]], "indices[0] = [-1] does not index into shape [3]"),
    (lambda i: tf.scatter_nd(i, [1.0], [3]), [[[1], [2]]], "Outer dimensions of indices and update must match."),
    (lambda m: tf.tile([[1, 2]], m), [[1]], "Expected multiples argument to be a vector of length 2 but got length 1"),
    (lambda m: tf.tile([[1, 2]], m), [[1, -1]], "Expected multiples[1] >= 0, but got -1"),
    (lambda s: tf.broadcast_to([1, 2], s), [[3]], "Incompatible shapes: [2] vs. [3]"),
    (lambda p: tf.pad([1, 2], p), [[[-1, 0]]], "Paddings must be non-negative: -1 0"),
    (lambda p: tf.pad([1, 2], p, "REFLECT"), [[[2, 0]]], "paddings must be less than the dimension size"),
    (lambda p: tf.pad([1, 2], p, "SYMMETRIC"), [[[3, 0]]], "paddings must be no greater than the dimension size"),
    (lambda a: tf.reverse([[1, 2]], a), [[1, -1]], "axis 1 specified more than once."),
    (lambda a: tf.roll([1, 2], 1, a), [3], "axis 3 is out of range"),
    (lambda d: tf.one_hot([1], d), [-1], "depth must be non-negative, got: -1"),
    (
        lambda c: tf.where(c, [1, 2], [3, 4], name="w"),
        [[True]],
        "Inputs to operation w of type Select must have the same",
    ),
    (tf.unique, [[[1]]], "unique expects a 1D vector."),
    (lambda p: tf.dynamic_partition([1, 2], p, 2), [[0, 2]], "partitions[1] = 2 is not in [0, 2)"),
    (lambda x: tf.ensure_shape(x, [None, 3]), [np.ones((2, 2))], "[2,2] is not compatible with expected shape [?,3]."),
    (lambda i: tf.sparse_to_dense(i, [5], [7, 8]), [[3, 1]], "indices[1] = [1] is out of order"),
    (lambda i: tf.sparse_to_dense(i, [5], [7, 8]), [[1, 1]], "indices[1] = [1] is repeated"),
    (
        lambda i: tf.sparse_to_dense(i, [5], [7, 8]),
        [[1, 5]],
        "indices[1] = [5] is out of bounds: need 0 <= index < [5]",
    ),
]


@pytest.mark.parametrize(("op", "values", "text"), RUN)
def test_run_errors(op, values, text):
    arrays = [np.asarray(v) for v in values]
    arrays = [a.astype(np.int32) if a.dtype == np.int64 else a for a in arrays]
    with tf.Graph().as_default(), tf.Session() as session:
        tensors = [tf.placeholder(a.dtype) for a in arrays]
        output = op(*tensors)
        with pytest.raises(tf.errors.InvalidArgumentError) as raised:
            session.run(output, dict(zip(tensors, arrays, strict=True)))
    assert text in str(raised.value)


def _zeros(*shape):
    return np.zeros(shape, np.float32)


# (what is called, a part of the text)
BUILD = [
    (
        lambda: tf.reshape(_zeros(2, 3), [4, 2]),
        (
            "Cannot reshape a tensor with 6 elements to shape [4,2] (8 elements) for 'Reshape' (op: 'Reshape') with input "
            "shapes: [2,3], [2] and with input tensors computed as partial shapes: input[1] = [4,2]."
        ),
    ),
    (
        lambda: tf.reshape(_zeros(2, 3), 6),
        "Shape must be rank 1 but is rank 0 for 'Reshape' (op: 'Reshape') with input",
    ),
    (lambda: tf.reshape(_zeros(2, 3), [-2, 3]), "Invalid value in tensor used for shape: -2"),
    (lambda: tf.expand_dims([1, 2], 3), "dim 3 not in the interval [-2, 1]. for 'ExpandDims'"),
    (lambda: tf.expand_dims([1, 2]), "Must specify an axis argument to tf.expand_dims()"),
    (lambda: tf.expand_dims([1, 2], 0, dim=0), "Cannot specify both 'dim' and 'axis'"),
    (lambda: tf.squeeze(_zeros(1, 2), [2]), "squeeze_dims[0] not in [-2,2). for 'Squeeze'"),
    (
        lambda: tf.fill([-1, 2], 1.0),
        "Fill dimensions must be >= 0 for 'Fill' (op: 'Fill') with input shapes: [2], [] and",
    ),
    (
        lambda: tf.stack([_zeros(2), _zeros(3)], 1),
        (
            "Dimension 0 in both shapes must be equal, but are 2 and 3. Shapes are [2] and [3].\n\tFrom merging shape 0 with "
            "other shapes. for 'stack_1' (op: 'Pack') with input shapes: [2], [3]."
        ),
    ),
    (lambda: tf.stack([tf.zeros([2])] * 2, 2), "axis = 2 not in [-2, 2)"),
    (lambda: tf.unstack(tf.placeholder(tf.float32, [None, 2])), "Cannot infer num from shape (?, 2)"),
    (
        lambda: tf.concat([1, 2], 0),
        "Can't concatenate scalars (use tf.stack instead) for 'concat' (op: 'ConcatV2') with ",
    ),
    (lambda: tf.split(_zeros(2, 4), [1, 2], 1), "can't split axis of size 4 into pieces of size [1,2] for 'split'"),
    (lambda: tf.split(_zeros(2, 4), tf.constant(2), 1), "Rank-0 tensors are not supported as the num_or_size_splits"),
    (lambda: tf.slice([1, 2, 3], [4], [-1]), "Negative dimension size caused by subtracting 4 from 3 for 'Slice'"),
    (
        lambda: tf.transpose(_zeros(2, 3), [0, 1, 2]),
        "Dimension must be 2 but is 3 for 'transpose' (op: 'Transpose') with input shapes: [2,3], [3].",
    ),
    (lambda: tf.transpose(_zeros(2, 3), [0, 2]), "perm dim 2 is out of range of input rank 2 for 'transpose'"),
    (lambda: tf.matrix_transpose(_zeros(3)), "Argument 'a' should be a (batch) matrix, with rank >= 2.  Found: (3,)"),
    (lambda: tf.gather(1, 0), "Shape must be at least rank 1 but is rank 0 for 'GatherV2'"),
    (
        lambda: tf.gather_nd([1, 2], [[0, 0]]),
        "indices.shape[-1] must be <= params.rank, but saw indices shape: [1,2] and",
    ),
    (
        lambda: tf.tensor_scatter_update(_zeros(3), [[1]], [[1.0]]),
        (
            "The inner 0 dimensions of output.shape=[3] must match the inner 1 dimensions of updates.shape=[1,1]: Shapes must "
            "be equal rank, but are 0 and 1 for 'TensorScatterUpdate'"
        ),
    ),
    (lambda: tf.where([True], 1), "x and y must both be non-None or both be None."),
    (lambda: tf.boolean_mask([1], True), "mask cannot be scalar."),
    (lambda: tf.boolean_mask([1], tf.placeholder(tf.bool)), "Number of mask dimensions must be specified"),
    (lambda: tf.boolean_mask([1, 2, 3], [True, False]), "Shapes (3,) and (2,) are incompatible"),
    (lambda: tf.pad([1], [[1, 1]], "WRAP"), "Unknown padding mode: WRAP"),
    (lambda: tf.reverse([1, 2], [1]), "'axis'[0] = 1 is out of valid range [0, 0 for 'ReverseV2'"),
    (lambda: tf.reverse_sequence([[1]], [1], 1, 2), "batch_dim must be < input rank: 2 vs. 2 for 'ReverseSequence'"),
    (lambda: tf.one_hot([1], 3, axis=-2), "axis must be >= -1 for 'one_hot'"),
    (lambda: tf.meshgrid([1], indexing="x"), "indexing parameter must be either 'xy' or 'ij'"),
    (lambda: tf.diag_part(_zeros(3)), "Input must have even and non-zero rank, input rank is 1 for 'DiagPart'"),
    (lambda: tf.repeat([1, 2], 1, axis=1), "axis=1 out of bounds: expected -1<=axis<1"),
    (lambda: tf.searchsorted([1], [1], "up"), "side must be either 'right' or 'left'.  Saw: up."),
    (lambda: tf.sequence_mask([1], [3]), "maxlen must be scalar for sequence_mask"),
    (lambda: tf.bitcast([1, 2, 3], tf.int64), "Cannot bitcast due to shape. 3 does not match 2 for 'Bitcast'"),
    (
        lambda: tf.ensure_shape(_zeros(2), [3]),
        "Dimension 0 in both shapes must be equal, but are 3 and 2. Shapes are [3]",
    ),
    (lambda: tf.space_to_depth(_zeros(1, 3, 3, 1), 2), "Dimension size must be evenly divisible by 2 but is 3"),
    (lambda: tf.SparseTensor([[0, 0]], [1, 2], [2, 2]), "Dimensions 1 and 2 are not compatible"),
]


@pytest.mark.parametrize(("call", "text"), BUILD)
def test_build_errors(call, text):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=re.escape(text)):
        call()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: tf.stack([tf.zeros([2]), tf.zeros([2], tf.int32)]), "don't all match"),
        (
            lambda: tf.one_hot([1], 3, 1, 0.0),
            "dtype <dtype: 'int32'> of on_value does not match dtype <dtype: 'float32'> of",
        ),
        (
            lambda: tf.one_hot([1], 3, 1, dtype=tf.float32),
            "of on_value does not match dtype parameter <dtype: 'float32'>",
        ),
        (lambda: tf.meshgrid([1], foo=1), "'foo' is an invalid keyword argument for this function"),
        (lambda: tf.repeat([1, 2], 1.5), "repeats must be an integer tensor"),
        (lambda: tf.eye(2.0), "num_rows and num_columns must be positive integer values."),
        (lambda: tf.edit_distance([1], [2]), "Hypothesis must be a SparseTensor."),
        (lambda: tf.sparse_tensor_to_dense([1]), "Input must be a SparseTensor."),
        (
            lambda: tf.gather([1, 2], [0.5]),
            "Value passed to parameter 'indices' has DataType float32 not in list of allowed",
        ),
    ],
)
def test_type_errors(call, text):
    with tf.Graph().as_default(), pytest.raises(TypeError, match=re.escape(text)):
        call()
