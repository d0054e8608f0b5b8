"""Array ops against NumPy, with shapes that are known, partly known and unknown."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf

A = np.arange(24.0, dtype=np.float32).reshape(2, 3, 4)
M = np.array([[3, 1, 2], [6, 5, 4]], np.int32)
V = np.array([3, 1, 3, 2, 1], np.int64)
S = np.array([b"a", b"b", b"c"], object)


def _band(x, lower, upper):
    i, j = np.indices(x.shape[-2:])
    return x * ((lower < 0) | (i - j <= lower)) * ((upper < 0) | (j - i <= upper))


def _scattered(indices, updates, shape):
    result = np.zeros(shape, np.asarray(updates).dtype)
    np.add.at(result, tuple(np.moveaxis(np.asarray(indices), -1, 0)), updates)
    return result


# (name, op, inputs, what NumPy makes of them)
CASES = [
    ("shape", tf.shape, [A], lambda x: np.int32(x.shape)),
    ("shape_int64", lambda x: tf.shape(x, out_type=tf.int64), [A], lambda x: np.int64(x.shape)),
    ("size", tf.size, [A], lambda x: np.int32(x.size)),
    ("rank", tf.rank, [A], lambda x: np.int32(x.ndim)),
    ("reshape", lambda x: tf.reshape(x, [4, -1]), [A], lambda x: x.reshape(4, 6)),
    ("reshape_empty", lambda x: tf.reshape(x, [-1, 0]), [A[:0]], lambda x: x.reshape(12, 0)),
    ("reshape_scalar", lambda x: tf.reshape(x, []), [M[:1, :1]], lambda x: x[0, 0]),
    ("reshape_strings", lambda x: tf.reshape(x, [3, 1]), [S], lambda x: x.reshape(3, 1)),
    ("expand_dims", lambda x: tf.expand_dims(x, -2), [A], lambda x: x[:, :, None]),
    ("squeeze", tf.squeeze, [A[:1, :, :1]], lambda x: x[0, :, 0]),
    ("squeeze_axis", lambda x: tf.squeeze(x, [-1]), [A[:1, :, :1]], lambda x: x[:, :, 0]),
    ("zeros_like", tf.zeros_like, [M], np.zeros_like),
    ("zeros_like_strings", tf.zeros_like, [S], lambda x: np.full(x.shape, b"", object)),
    ("ones_like", lambda x: tf.ones_like(x, tf.float64), [M], lambda x: np.ones(x.shape)),
    ("fill", lambda d: tf.fill(d, 7), [M[0]], lambda d: np.full(d, 7, np.int32)),
    ("fill_minus_zero", lambda d: tf.fill(d, -0.0), [M[0]], lambda d: np.full(d, -0.0, np.float32)),
    ("fill_strings", lambda d: tf.fill(d, "q"), [M[0]], lambda d: np.full(d, b"q", object)),
    ("stack", lambda x, y: tf.stack([x, y], -1), [M, M * 2], lambda x, y: np.stack([x, y], -1)),
    ("stack_scalars", lambda x: tf.stack([x[0], 9, x[1]]), [V], lambda x: np.array([x[0], 9, x[1]])),
    ("unstack", lambda x: tf.unstack(x, 3, 1), [A], lambda x: list(np.moveaxis(x, 1, 0))),
    ("unstack_one", lambda x: tf.unstack(x, 1), [A[:1]], lambda x: [x[0]]),
    ("parallel_stack", lambda: tf.parallel_stack([M, M]), [], lambda: np.stack([M, M])),
    ("concat", lambda x, y: tf.concat([x, y, x], -1), [M, M], lambda x, y: np.concatenate([x, y, x], -1)),
    ("concat_strings", lambda x: tf.concat([x, ["d"]], 0), [S], lambda x: np.append(x, [b"d"])),
    ("split", lambda x: tf.split(x, 2, -1), [A], lambda x: np.split(x, 2, -1)),
    ("split_one", lambda x: tf.split(x, 1, 0), [A], lambda x: [x]),
    ("split_sizes", lambda x: tf.split(x, [1, -1], 1), [A], lambda x: np.split(x, [1], 1)),
    ("slice", lambda x: tf.slice(x, [0, 1, 2], [-1, 1, 2]), [A], lambda x: x[:, 1:2, 2:4]),
    ("getitem", lambda x: x[-1, ::-1, 1:], [A], lambda x: x[-1, ::-1, 1:]),
    ("getitem_tensor", lambda x, i: x[i[0] :, i[1]], [A, np.int32([1, 2])], lambda x, i: x[i[0] :, i[1]]),
    ("getitem_newaxis", lambda x: x[..., tf.newaxis, 0], [A], lambda x: x[..., None, 0]),
    ("getitem_element", lambda x: x[1, 2, 3], [A], lambda x: x[1, 2, 3]),
    ("getitem_string", lambda x: x[1], [S], lambda x: x[1]),
    ("transpose", tf.transpose, [A], np.transpose),
    ("transpose_perm", lambda x: tf.transpose(x, [1, 2, 0]), [A], lambda x: x.transpose(1, 2, 0)),
    (
        "transpose_conjugate",
        lambda x: tf.transpose(x, [1, 0], conjugate=True),
        [np.array([[1 + 2j, 3j]], np.complex64)],
        lambda x: x.T.conj(),
    ),
    ("matrix_transpose", tf.matrix_transpose, [A], lambda x: x.swapaxes(-1, -2)),
    ("invert_permutation", tf.invert_permutation, [np.int64([2, 0, 1])], np.argsort),
    ("gather", lambda x, i: tf.gather(x, i), [A, M[0] % 2], lambda x, i: x[i]),
    ("gather_axis", lambda x, i: tf.gather(x, i, axis=1), [A, M % 3], lambda x, i: x[:, i]),
    (
        "gather_batch",
        lambda x, i: tf.gather(x, i, axis=2, batch_dims=1),
        [A, M % 4],
        lambda x, i: np.stack([x[b][:, i[b]] for b in range(2)]),
    ),
    ("gather_nd", lambda x: tf.gather_nd(x, [[1, 2], [0, 0]]), [A], lambda x: x[[1, 0], [2, 0]]),
    ("gather_nd_whole", lambda x: tf.gather_nd(x, np.zeros([2, 0], np.int32)), [A], lambda x: np.stack([x, x])),
    (
        "gather_nd_batch",
        lambda x, i: tf.gather_nd(x, i, batch_dims=1),
        [A, np.int32([[2], [0]])],
        lambda x, i: x[[0, 1], [2, 0]],
    ),
    (
        "scatter_nd",
        lambda u: tf.scatter_nd([[4], [1], [4]], u, [6]),
        [np.float32([1, 2, 3])],
        lambda u: _scattered([[4], [1], [4]], u, [6]),
    ),
    (
        "scatter_nd_rows",
        lambda u: tf.scatter_nd([[1], [1]], u, [3, 3]),
        [M],
        lambda u: _scattered([[1], [1]], u, [3, 3]),
    ),
    (
        "tensor_scatter_update",
        lambda x: tf.tensor_scatter_update(x, [[0, 1]], [9]),
        [M],
        lambda x: np.int32([[3, 9, 2], [6, 5, 4]]),
    ),
    (
        "tensor_scatter_add",
        lambda x: tf.tensor_scatter_add(x, [[0, 1], [0, 1]], [9, 1]),
        [M],
        lambda x: np.int32([[3, 11, 2], [6, 5, 4]]),
    ),
    (
        "tensor_scatter_sub",
        lambda x: tf.tensor_scatter_sub(x, [[1]], [[1, 1, 1]]),
        [M],
        lambda x: np.int32([[3, 1, 2], [5, 4, 3]]),
    ),
    ("tile", lambda x: tf.tile(x, [2, 1, 3]), [A], lambda x: np.tile(x, [2, 1, 3])),
    ("broadcast_to", lambda x: tf.broadcast_to(x, [2, 2, 3]), [M], lambda x: np.broadcast_to(x, [2, 2, 3])),
    ("repeat", lambda x: tf.repeat(x, [1, 0, 2], axis=1), [M], lambda x: np.repeat(x, [1, 0, 2], axis=1)),
    ("repeat_flat", lambda x: tf.repeat(x, 2), [M], lambda x: np.repeat(x, 2)),
    ("pad", lambda x: tf.pad(x, [[1, 0], [0, 2]]), [M], lambda x: np.pad(x, [[1, 0], [0, 2]])),
    (
        "pad_value",
        lambda x: tf.pad(x, [[1, 1], [0, 0]], constant_values=5),
        [M],
        lambda x: np.pad(x, [[1, 1], [0, 0]], constant_values=5),
    ),
    (
        "reflect",
        lambda x: tf.pad(x, [[1, 1], [2, 1]], "REFLECT"),
        [M],
        lambda x: np.pad(x, [[1, 1], [2, 1]], "reflect"),
    ),
    (
        "symmetric",
        lambda x: tf.pad(x, [[2, 0], [0, 3]], "SYMMETRIC"),
        [M],
        lambda x: np.pad(x, [[2, 0], [0, 3]], "symmetric"),
    ),
    ("reverse", lambda x: tf.reverse(x, [0, -1]), [A], lambda x: x[::-1, :, ::-1]),
    (
        "reverse_sequence",
        lambda x: tf.reverse_sequence(x, [3, 1], 1, 0),
        [M],
        lambda x: np.int32([[2, 1, 3], [6, 5, 4]]),
    ),
    ("roll", lambda x: tf.roll(x, [1, -1], [0, 1]), [M], lambda x: np.roll(x, (1, -1), (0, 1))),
    ("one_hot", lambda i: tf.one_hot(i, 3), [np.int64([0, 2, -1, 5])], lambda i: np.float32(np.eye(9)[i, :3])),
    ("one_hot_axis", lambda i: tf.one_hot(i, 7, axis=0), [M], lambda i: np.float32(np.moveaxis(np.eye(7)[i], -1, 0))),
    (
        "one_hot_values",
        lambda i: tf.one_hot(i, 3, "on", "off"),
        [np.uint8([1])],
        lambda i: np.array([[b"off", b"on", b"off"]], object),
    ),
    ("where_indices", lambda x: tf.where(x > 2), [M], lambda x: np.argwhere(x > 2)),
    ("where", lambda x: tf.where(x > 2, x, -x), [M], lambda x: np.where(x > 2, x, -x)),
    (
        "where_rows",
        lambda x: tf.where([True, False], x, -x),
        [M],
        lambda x: np.stack([x[0], -x[1]]),
    ),
    ("where_scalar", lambda x: tf.where(x[0, 0] > 100, x, -x), [M], lambda x: -x),
    ("where_strings", lambda x: tf.where([True, False, True], x, x[::-1]), [S], lambda x: x[[0, 1, 2]]),
    ("where_v2", lambda x: tf.where_v2(x > 2, x, 0), [M], lambda x: np.where(x > 2, x, 0)),
    (
        "boolean_mask",
        lambda x: tf.boolean_mask(x, [[True, False, True]] * 2),
        [A],
        lambda x: x[:, [0, 2]].reshape(4, 4),
    ),
    ("boolean_mask_axis", lambda x: tf.boolean_mask(x, [True, False, True], axis=1), [M], lambda x: x[:, [0, 2]]),
    ("unique", tf.unique, [V], lambda x: [np.int64([3, 1, 2]), np.int32([0, 1, 0, 2, 1])]),
    (
        "unique_with_counts",
        lambda x: tf.unique_with_counts(x, tf.int64),
        [V],
        lambda x: [np.int64([3, 1, 2]), np.int64([0, 1, 0, 2, 1]), np.int64([2, 2, 1])],
    ),
    ("unique_strings", lambda x: tf.unique(x)[0], [S[[0, 1, 0]]], lambda x: x[:2]),
    ("unique_nan", lambda x: tf.unique(x)[1], [np.float32([np.nan, 1, np.nan])], lambda x: np.int32([0, 1, 2])),
    ("setdiff1d", lambda x: tf.setdiff1d(x, [3]), [V], lambda x: [np.int64([1, 2, 1]), np.int32([1, 3, 4])]),
    ("meshgrid", lambda x, y: tf.meshgrid(x, y), [V, V[:2]], lambda x, y: np.meshgrid(x, y)),
    (
        "meshgrid_ij",
        lambda x, y: tf.meshgrid(x, y, x, indexing="ij"),
        [V, V[:2]],
        lambda x, y: np.meshgrid(x, y, x, indexing="ij"),
    ),
    ("sequence_mask", lambda x: tf.sequence_mask(x), [M], lambda x: np.arange(6) < x[..., None]),
    (
        "sequence_mask_float",
        lambda x: tf.sequence_mask(x, 4, tf.float32),
        [M],
        lambda x: np.float32(np.arange(4) < x[..., None]),
    ),
    (
        "broadcast_dynamic_shape",
        tf.broadcast_dynamic_shape,
        [np.int32([3, 1]), np.int32([2])],
        lambda *_: np.int32([3, 2]),
    ),
    ("diag", tf.diag, [V], np.diag),
    ("diag_part", tf.diag_part, [M[:, :2]], lambda x: x.diagonal()),
    ("matrix_diag", tf.matrix_diag, [M], lambda x: np.stack([np.diag(r) for r in x])),
    ("matrix_diag_part", tf.matrix_diag_part, [A], lambda x: x.diagonal(axis1=1, axis2=2)),
    (
        "matrix_set_diag",
        lambda x: tf.matrix_set_diag(x, np.zeros((2, 3), np.float32)),
        [A],
        lambda x: x * (1 - np.eye(3, 4, dtype=np.float32)),
    ),
    ("matrix_band_part", lambda x: tf.matrix_band_part(x, 1, 0), [A], lambda x: np.float32(_band(x, 1, 0))),
    ("matrix_band_upper", lambda x: tf.matrix_band_part(x, 0, -1), [A], lambda x: np.float32(_band(x, 0, -1))),
    ("eye", lambda: tf.eye(2, 3, [2]), [], lambda: np.stack([np.eye(2, 3, dtype=np.float32)] * 2)),
    ("eye_dynamic", lambda n: tf.eye(n, dtype=tf.int32), [np.int32(3)], lambda n: np.eye(3, dtype=np.int32)),
    (
        "dynamic_partition",
        lambda x: tf.dynamic_partition(x, [1, 0, 1, 1, 0], 3),
        [V],
        lambda x: [x[[1, 4]], x[[0, 2, 3]], x[:0]],
    ),
    (
        "dynamic_stitch",
        lambda x: tf.dynamic_stitch([[4, 0], [1, 4]], [x, x * 2]),
        [M],
        lambda x: np.int32([[6, 5, 4], [6, 2, 4], [0, 0, 0], [0, 0, 0], [12, 10, 8]]),
    ),
    ("searchsorted", lambda x: tf.searchsorted(x, [2.5, 3.0]), [A[0, 0]], lambda x: np.int32([3, 3])),
    ("searchsorted_right", lambda x: tf.searchsorted(x, [3.0], "right"), [A[0, 0]], lambda x: np.int32([4])),
    ("sort", lambda x: tf.sort(x, axis=-1), [M], lambda x: np.sort(x, -1)),
    (
        "argsort_axis",
        lambda x: tf.argsort(x, axis=0, direction="DESCENDING"),
        [M],
        lambda x: np.int32([[1] * 3, [0] * 3]),
    ),
    ("bitcast", lambda x: tf.bitcast(x, tf.int32), [A], lambda x: x.view(np.int32)),
    ("bitcast_smaller", lambda x: tf.bitcast(x, tf.uint8), [M], lambda x: x[..., None].view(np.uint8)),
    ("bitcast_larger", lambda x: tf.bitcast(x, tf.int64), [M[:, :2]], lambda x: x.copy().view(np.int64)[:, 0]),
    ("ensure_shape", lambda x: tf.ensure_shape(x, [None, 3]), [M], lambda x: x),
    (
        "space_to_batch",
        lambda x: tf.space_to_batch(x, [[0, 0], [0, 0]], 2),
        [np.arange(16.0).reshape(1, 4, 4, 1)],
        lambda x: np.stack([x[0, i::2, j::2] for i in range(2) for j in range(2)]),
    ),
    (
        "batch_to_space",
        lambda x: tf.batch_to_space(tf.space_to_batch(x, [[1, 1], [0, 0]], 2), [[1, 1], [0, 0]], 2),
        [np.arange(16.0).reshape(1, 4, 4, 1)],
        lambda x: x,
    ),
    (
        "space_to_depth",
        lambda x: tf.space_to_depth(x, 2),
        [np.arange(16.0).reshape(1, 4, 4, 1)],
        lambda x: np.concatenate([x[:, i::2, j::2] for i in range(2) for j in range(2)], -1),
    ),
    (
        "depth_to_space",
        lambda x: tf.depth_to_space(tf.space_to_depth(x, 2, data_format="NCHW"), 2, data_format="NCHW"),
        [np.arange(32.0).reshape(1, 2, 4, 4)],
        lambda x: x,
    ),
    (
        "extract_image_patches",
        lambda x: tf.extract_image_patches(x, [1, 2, 2, 1], [1, 3, 3, 1], [1, 2, 2, 1], "SAME"),
        [np.arange(16.0).reshape(1, 4, 4, 1)],
        lambda x: np.array([[[[0, 0, 0, 5], [0, 0, 6, 0]], [[0, 9, 0, 0], [10, 0, 0, 0]]]], float),
    ),
    ("guarantee_const", tf.guarantee_const, [M], lambda x: x),
    ("identity_n", lambda x, y: tf.identity_n([x, y]), [M, A], lambda x, y: [x, y]),
    ("unravel_index", lambda i: tf.unravel_index(i, [2, 4]), [np.int32([7, 3])], lambda i: np.int32([[1, 0], [3, 3]])),
]


def _placeholder(value, known):
    dtype = tf.string if value.dtype == object else value.dtype
    shape = {"known": value.shape, "partly": [None] * value.ndim, "unknown": None}[known]
    return tf.placeholder(dtype, shape)


@pytest.mark.parametrize("known", ["known", "partly", "unknown"])
@pytest.mark.parametrize(("name", "op", "inputs", "reference"), CASES, ids=[c[0] for c in CASES])
def test_values(name, op, inputs, reference, known):
    arrays = [np.asarray(v) for v in inputs]
    needs_rank = name in {"repeat", "gather_nd_batch", "boolean_mask", "boolean_mask_axis", "gather_batch"}
    with tf.Graph().as_default(), tf.Session() as session:
        tensors = [_placeholder(v, "partly" if known == "unknown" and needs_rank else known) for v in arrays]
        outputs = op(*tensors)
        before = [v.copy() for v in arrays]
        found = session.run(outputs, dict(zip(tensors, arrays, strict=True)))
        again = session.run(outputs, dict(zip(tensors, arrays, strict=True)))
    expected = reference(*arrays)
    single = not isinstance(expected, (list, tuple))
    outputs, found, again = ([outputs], [found], [again]) if single else (outputs, found, again)
    for tensor, value, twice, want in zip(outputs, found, again, [expected] if single else expected, strict=True):
        want = np.asarray(want, object) if isinstance(want, bytes) else np.asarray(want)
        np.testing.assert_array_equal(value, want)
        np.testing.assert_array_equal(value, twice)
        assert np.asarray(value, want.dtype if isinstance(value, bytes) else None).dtype == want.dtype
        assert np.dtype(tensor.dtype.as_numpy_dtype) == want.dtype
        assert tensor.shape.is_compatible_with(want.shape)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_views_of_a_variable_are_not_overwritten():
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
        views = [v.value()[0], tf.transpose(v), tf.reshape(v, [4]), tf.reverse(v, [0])]
        with tf.control_dependencies(views):
            update = v.assign_add(tf.ones([2, 2]))
        with tf.control_dependencies([update]):
            late = [tf.identity(x) for x in views]
        session.run(v.initializer)
        found = session.run(late)
    np.testing.assert_array_equal(found[0], [1, 2])
    np.testing.assert_array_equal(found[1], [[1, 3], [2, 4]])
    np.testing.assert_array_equal(found[3], [[3, 4], [1, 2]])


def test_fake_quant():
    x = np.float32([-7.0, -1.0, 0.3, 5.0, 9.0])
    with tf.Graph().as_default(), tf.Session() as session:
        outputs = [
            tf.fake_quant_with_min_max_args(x),
            tf.fake_quant_with_min_max_vars(x, -5.0, 5.0, num_bits=4),
            tf.quantization.quantize_and_dequantize(x, -3.0, 5.0, range_given=True),
            tf.dequantize(*tf.quantize(x, -3.0, 5.0, tf.quint8)),
        ]
        found = session.run(outputs)
    # Measured on TensorFlow 1.15.5.
    np.testing.assert_allclose(found[0], [-6.0235295, -0.9882355, 0.28235292, 4.988235, 5.9764705], rtol=1e-5)
    np.testing.assert_allclose(found[1], [-5.3333335, -0.6666665, 0.0, 4.6666665, 4.6666665], atol=1e-5)
    np.testing.assert_allclose(found[2], [-5.03937, -0.9842520, 0.3149606, 5.0, 5.0], rtol=1e-5)
    np.testing.assert_allclose(found[3], [-3.0, -0.9921569, 0.2941177, 5.0, 5.0], rtol=1e-5)
