"""Variables at run time: what is written, what is read when, and what a failed update leaves behind."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tangraph as tf
from tangraph.client.resources import Cell
from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.framework.make_op import make_op

BOTH = pytest.mark.parametrize("use_resource", [False, True], ids=["reference", "resource"])


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def run_after_init(session, fetches, feeds=None):
    session.run(tf.global_variables_initializer())
    return session.run(fetches, feeds)


# -- assignment --------------------------------------------------------------------------------------------------


@BOTH
def test_assign_add_and_sub(sess, use_resource):
    v = tf.Variable([1.0, 2.0], use_resource=use_resource)
    writes = [v.assign([3.0, 4.0]), v.assign_add([1.0, 1.0]), v.assign_sub([0.5, 0.5])]
    sess.run(v.initializer)
    results = [sess.run(w).tolist() for w in writes]
    assert results == [[3.0, 4.0], [4.0, 5.0], [3.5, 4.5]]
    assert sess.run(v).tolist() == sess.run(v.read_value()).tolist() == v.eval(sess).tolist() == [3.5, 4.5]


@BOTH
@pytest.mark.parametrize(
    "dtype", ["float16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64", "complex64", "complex128"]
)
@pytest.mark.parametrize("shape", [[], [3]])
def test_types_stay_what_they_are(sess, use_resource, dtype, shape):
    v = tf.Variable(np.full(shape, 2, dtype), use_resource=use_resource)
    added = v.assign_add(np.full(shape, 3, dtype))
    result = run_after_init(sess, [added, v.assign_sub(np.full(shape, 1, dtype)).op])[0]
    assert result.dtype == dtype
    assert sess.run(v).dtype == dtype
    assert np.all(sess.run(v) == 4)


@BOTH
def test_strings_and_bools(sess, use_resource):
    s, t, b = (tf.Variable(x, use_resource=use_resource) for x in ("x", ["a", "b"], [True, False]))
    writes = [s.assign("yy"), t.assign(["c", "dd"]), b.assign([False, True])]
    assert run_after_init(sess, s) == b"x"
    results = [sess.run(w) for w in writes]
    assert results[0] == sess.run(s) == b"yy"
    assert results[1].tolist() == [b"c", b"dd"]
    assert results[2].tolist() == [False, True]


@BOTH
@pytest.mark.parametrize("start", [0.0, [0.0, 0.0]], ids=["scalar", "vector"])
def test_updates_of_many_threads_all_count(sess, use_resource, start):
    v = tf.Variable(start, use_resource=use_resource)
    add = v.assign_add(np.ones_like(start), use_locking=True, read_value=False)
    sess.run(v.initializer)
    step = sess.make_callable(add)
    step()

    def work():
        for _ in range(10_000):
            step()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.all(sess.run(v) == 80_001)


def test_neither_constants_nor_feeds_are_the_buffer(sess):
    constant, fed = tf.constant([1.0, 2.0]), tf.placeholder(tf.float32, [2])
    v = tf.Variable(constant)
    assign, add = v.assign(fed), v.assign_add([1.0, 1.0])
    array = np.array([7.0, 8.0], np.float32)
    sess.run(v.initializer)
    sess.run(add)
    sess.run(assign, {fed: array})
    kept = sess.run(v)
    sess.run(add)
    assert array.tolist() == kept.tolist() == [7.0, 8.0]
    assert sess.run(constant).tolist() == [1.0, 2.0]
    sess.run(v.initializer)
    assert sess.run(v).tolist() == [1.0, 2.0]


def test_one_variable_assigned_to_another_is_copied(sess):
    v, w = tf.Variable([1.0, 2.0]), tf.Variable([0.0, 0.0])
    copy, add = w.assign(v), v.assign_add([1.0, 1.0])
    run_after_init(sess, copy)
    sess.run(add)
    assert sess.run([v, w])[1].tolist() == [1.0, 2.0]


def test_sessions_do_not_share_variables():
    v = tf.Variable(1.0)
    with tf.Session() as a, tf.Session() as b:
        a.run(v.initializer)
        a.run(v.assign(5.0))
        b.run(v.initializer)
        assert (a.run(v), b.run(v)) == (5.0, 1.0)


def test_without_validation_the_shape_may_change(sess):
    fed = tf.placeholder(tf.float32, None)
    v = tf.Variable(fed, validate_shape=False)
    assert v.shape.ndims is None
    sess.run(v.initializer, {fed: [1.0, 2.0]})
    assert sess.run(v + 1.0).tolist() == [2.0, 3.0]
    assert sess.run(tf.assign(v, [[9.0]], validate_shape=False)).tolist() == [[9.0]]
    assert sess.run(tf.shape(v)).tolist() == [1, 1]


def test_a_resource_variable_takes_a_value_of_another_shape(sess):
    fed = tf.placeholder(tf.float32, None)
    v = tf.Variable([1.0, 2.0], use_resource=True)
    write = v.assign(fed, read_value=False)
    run_after_init(sess, write, {fed: [1.0, 2.0, 3.0]})
    assert sess.run(v.op.graph.get_tensor_by_name("Variable/Read/ReadVariableOp:0")).tolist() == [1.0, 2.0, 3.0]
    assert sess.run(make_op("VariableShape", v.handle)).tolist() == [3]


@BOTH
def test_load(sess, use_resource):
    v = tf.Variable([1.0, 2.0], use_resource=use_resource)
    v.load([5.0, 6.0], sess)
    assert sess.run(v).tolist() == [5.0, 6.0]
    with sess.as_default():
        v.load(np.array([7, 8]))
        assert v.eval().tolist() == [7.0, 8.0]


# -- the order of reads and writes -------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [1.0, [1.0]], ids=["scalar", "vector"])
def test_a_reference_is_read_where_it_is_used(sess, start):
    """TensorFlow's `v/read` shares the buffer, so that a use after a write sees the write."""
    v = tf.Variable(start)
    early = v.value()
    write = v.assign(np.full_like(start, 5.0))
    with tf.control_dependencies([write]):
        uses = [early + 0.0, tf.identity(early), v.read_value()]
    assert all(np.all(value == 5.0) for value in run_after_init(sess, uses))


def test_a_resource_is_read_where_the_read_stands(sess):
    v = tf.Variable([1.0], use_resource=True)
    early = v.value()
    with tf.control_dependencies([early]):
        write = v.assign([5.0], read_value=False)
    with tf.control_dependencies([write]):
        old, new = early + 0.0, v.read_value()
    assert [x.tolist() for x in run_after_init(sess, [early, old, new])] == [[1.0], [1.0], [5.0]]


def test_a_read_that_nothing_orders_comes_before_the_write(sess):
    v = tf.Variable([1.0])
    doubled, add = v * 2.0, v.assign_add([1.0])
    assert run_after_init(sess, [doubled, add])[0].tolist() == [2.0]


@BOTH
def test_writes_in_loops_and_conditionals(sess, use_resource):
    v = tf.Variable(0.0, use_resource=use_resource)

    def body(i):
        with tf.control_dependencies([v.assign_add(2.0, read_value=False)]):
            return tf.identity(i) + 1

    loop = tf.while_loop(lambda i: i < 5, body, [0])
    which = tf.placeholder(tf.bool, [])
    branch = tf.cond(which, lambda: tf.group(v.assign(1.0)), lambda: tf.group(v.assign(-1.0)))
    assert run_after_init(sess, loop) == 5
    assert sess.run(v) == 10.0
    sess.run(branch, {which: True})
    assert sess.run(v) == 1.0
    sess.run(branch, {which: False})
    assert sess.run(v) == -1.0


def test_variables_that_depend_on_each_other_are_initialised_in_one_run(sess):
    a = tf.Variable([1.0, 2.0])
    b = tf.Variable(a.initialized_value() * 2.0)
    c = tf.Variable(b + 1.0)
    assert [x.tolist() for x in run_after_init(sess, [a, b, c])] == [[1.0, 2.0], [2.0, 4.0], [3.0, 5.0]]
    sess.run(a.assign([5.0, 5.0]))
    sess.run(b.initializer)
    assert sess.run(b).tolist() == [10.0, 10.0]


# -- scatter -----------------------------------------------------------------------------------------------------

ROWS = {
    "update": lambda live, i, u: live.__setitem__(i, u),
    "add": np.add.at,
    "sub": np.subtract.at,
    "mul": np.multiply.at,
    "div": np.divide.at,
    "max": np.maximum.at,
    "min": np.minimum.at,
}


@BOTH
@pytest.mark.parametrize("kind", list(ROWS))
@pytest.mark.parametrize(
    ("shape", "indices"),
    [
        ([4], [1, 3]),
        ([4], [2, 2, 0]),
        ([4], 1),
        ([4, 2], [[0, 1], [3, 1]]),
        ([4, 2, 2], [3]),
        ([4, 2], []),
        ([2], [1] * 20),
    ],
)
def test_scatter_rows(sess, use_resource, kind, shape, indices):
    start = np.arange(1, 1 + np.prod(shape), dtype=np.float32).reshape(shape)
    index = np.array(indices, np.int32)
    updates = np.random.default_rng(0).uniform(1, 4, index.shape + tuple(shape[1:])).astype(np.float32)
    v = tf.Variable(start, use_resource=use_resource)
    result = run_after_init(sess, getattr(tf, f"scatter_{kind}")(v, index, updates))
    expected = start.copy()
    ROWS[kind](expected, index, updates)
    np.testing.assert_allclose(result, expected, rtol=1e-6)
    np.testing.assert_allclose(sess.run(v), expected, rtol=1e-6)


@BOTH
@pytest.mark.parametrize("kind", ["update", "add", "sub"])
@pytest.mark.parametrize(
    ("shape", "indices"),
    [([4], [[1], [3]]), ([4], [[2], [2]]), ([3, 2], [[0, 1], [2, 0]]), ([3, 2], [[1]]), ([3, 2], [[[0], [2]]])],
)
def test_scatter_slices(sess, use_resource, kind, shape, indices):
    start = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
    index = np.array(indices, np.int64)
    updates = 1.0 + np.arange(np.prod([*index.shape[:-1], *shape[index.shape[-1] :]]), dtype=np.float64)
    updates = updates.reshape([*index.shape[:-1], *shape[index.shape[-1] :]])
    v = tf.Variable(start, use_resource=use_resource)
    result = run_after_init(sess, getattr(tf, f"scatter_nd_{kind}")(v, index, updates))
    expected = start.copy()
    ROWS[kind](expected, tuple(np.moveaxis(index, -1, 0)), updates)
    np.testing.assert_array_equal(result, expected)


@BOTH
def test_one_update_for_all_rows(sess, use_resource):
    v = tf.Variable([1.0, 2.0, 3.0], use_resource=use_resource)
    assert run_after_init(sess, tf.scatter_add(v, [0, 0, 2], 5.0)).tolist() == [11.0, 2.0, 8.0]


@BOTH
def test_integers_are_divided_towards_zero(sess, use_resource):
    v = tf.Variable([7, -7, 100], use_resource=use_resource)
    divided = tf.scatter_div(v, [0, 1, 2, 2], [2, 2, 7, -3])
    assert run_after_init(sess, divided).tolist() == [3, -3, -4]
    with pytest.raises(tf.errors.InvalidArgumentError, match="division by zero"):
        sess.run(tf.scatter_div(v, [0], [0]))


@BOTH
def test_methods_take_slices(sess, use_resource):
    v = tf.Variable([1.0, 2.0, 3.0], use_resource=use_resource)
    delta = IndexedSlices(tf.constant([10.0]), tf.constant([1]), tf.constant([3]))
    kinds = ["add", "sub", "mul", "div", "max", "min", "update"]
    updates = [getattr(v, f"scatter_{kind}")(delta) for kind in kinds]
    updates += [getattr(v, f"scatter_nd_{kind}")([[0]], [5.0]) for kind in ("add", "sub", "update")]
    sess.run(v.initializer)
    values = [sess.run(u).tolist() for u in updates]
    assert [value[1] for value in values[:7]] == [12.0, 2.0, 20.0, 2.0, 10.0, 10.0, 10.0]
    assert [value[0] for value in values[7:]] == [6.0, 1.0, 5.0]


@BOTH
def test_batches(sess, use_resource):
    v = tf.Variable([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], use_resource=use_resource)
    update = tf.batch_scatter_update(v, [[0], [2]], [[10.0], [20.0]])
    assert run_after_init(sess, update).tolist() == [[10.0, 2.0, 3.0], [4.0, 5.0, 20.0]]


def test_updates_may_come_from_the_variable_itself(sess):
    v = tf.Variable([1.0, 2.0, 3.0])
    assert run_after_init(sess, tf.scatter_update(v, [2, 1, 0], v)).tolist() == [3.0, 2.0, 1.0]
    assert sess.run(v.assign(v[::-1])).tolist() == [1.0, 2.0, 3.0]
    assert sess.run(v.assign_add(v)).tolist() == [2.0, 4.0, 6.0]


@BOTH
def test_parts_are_assigned(sess, use_resource):
    v = tf.Variable(np.zeros([2, 3], np.float32), use_resource=use_resource)
    parts = [v[0, 1:].assign([7.0, 8.0]), v[:, 0].assign([1.0, 2.0]), v[1, 2].assign(9.0)]
    sess.run(v.initializer)
    for part in parts:
        sess.run(part.op)
    assert sess.run(v).tolist() == [[1.0, 7.0, 8.0], [2.0, 0.0, 9.0]]


# -- gathers and gradients ---------------------------------------------------------------------------------------


def test_gathers_from_a_handle(sess):
    table = np.arange(12, dtype=np.float32).reshape(4, 3)
    v = tf.Variable(table, use_resource=True)
    rows, elements = v.sparse_read([[3, 0]]), v.gather_nd([[1, 2], [0, 0]])
    got = run_after_init(sess, [rows, elements])
    np.testing.assert_array_equal(got[0], table[[[3, 0]]])
    assert got[1].tolist() == [5.0, 0.0]
    batched = make_op("ResourceGather", v.handle, [[1], [0], [2], [2]], batch_dims=1, dtype=tf.float32)
    assert sess.run(batched).tolist() == [[1.0], [3.0], [8.0], [11.0]]


def test_gradients(sess):
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    w = tf.Variable([[5.0, 6.0], [7.0, 8.0]], use_resource=True)
    loss = tf.reduce_sum(v * w + w)
    gradients = run_after_init(sess, tf.gradients(loss, [v, w]))
    assert gradients[0].tolist() == [[5.0, 6.0], [7.0, 8.0]]
    assert gradients[1].tolist() == [[2.0, 3.0], [4.0, 5.0]]
    (sparse,) = tf.gradients(tf.reduce_sum(w.sparse_read([1, 1]) * 3.0), w)
    assert sess.run(sparse.indices).tolist() == [1, 1]
    assert sess.run(sparse.values).tolist() == [[3.0, 3.0], [3.0, 3.0]]
    assert sess.run(sparse.dense_shape).tolist() == [2, 2]


# -- the rest of the family --------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
def test_counting_stops_at_the_limit(sess, use_resource, dtype):
    v = tf.Variable(0, dtype=dtype, use_resource=use_resource)
    count = v.count_up_to(2)
    sess.run(v.initializer)
    values = [sess.run(count), sess.run(count)]
    assert values == [0, 1]
    assert values[0].dtype == dtype.as_numpy_dtype
    with pytest.raises(tf.errors.OutOfRangeError, match="Reached limit of 2"):
        sess.run(count)
    assert sess.run(v) == 2


def test_temporary_variables(sess):
    ref = make_op("TemporaryVariable", shape=[2], dtype=tf.float32, var_name="t")
    ref = tf.assign_add(tf.assign(ref, [1.0, 2.0]), [3.0, 4.0])
    final = make_op("DestroyTemporaryVariable", ref, var_name="t")
    assert [sess.run(final).tolist() for _ in range(2)] == [[4.0, 6.0]] * 2


def test_what_is_initialised(sess):
    v, w = tf.Variable(1.0, name="v"), tf.Variable(1.0, name="w", use_resource=True)
    local = tf.get_local_variable("local", [1])
    report, flags = tf.report_uninitialized_variables(), [tf.is_variable_initialized(x) for x in (v, w)]
    certain = tf.assert_variables_initialized()
    assert sess.run(flags) == [False, False]
    assert sess.run(report).tolist() == [b"v", b"w", b"local"]
    with pytest.raises(tf.errors.FailedPreconditionError):
        sess.run(certain)
    sess.run(tf.global_variables_initializer())
    assert sess.run([flags, report])[0] == [True, True]
    assert sess.run(report).tolist() == [b"local"]
    sess.run(local.initializer)
    assert sess.run(certain).tolist() == [0, 0, 1]


def test_a_destroyed_resource_is_uninitialised(sess):
    v = tf.Variable(1.0, use_resource=True)
    destroy = make_op("DestroyResourceOp", v.handle)
    run_after_init(sess, destroy)
    assert not sess.run(tf.is_variable_initialized(v))
    sess.run(destroy)
    with pytest.raises(tf.errors.NotFoundError):
        sess.run(make_op("DestroyResourceOp", v.handle, ignore_lookup_error=False))


def test_partitioned_variables(sess):
    with tf.variable_scope("p", partitioner=tf.fixed_size_partitioner(2)):
        whole = tf.get_variable("w", [3, 2], initializer=tf.ones_initializer())
    parts = (
        whole.assign(tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])),
        whole.assign_add([[[1.0, 1.0]] * 2, [[1.0, 1.0]]]),
    )
    assert run_after_init(sess, tf.identity(whole)).tolist() == [[1.0, 1.0]] * 3
    sess.run(parts[0])
    sess.run(parts[1])
    assert sess.run(tf.convert_to_tensor(whole)).tolist() == [[2.0, 3.0], [4.0, 5.0], [6.0, 7.0]]


def test_templates_give_one_value(sess):
    template = tf.make_template("t", lambda x: x * tf.get_variable("w", [1], initializer=tf.constant_initializer(3.0)))
    assert [x.tolist() for x in run_after_init(sess, [template(1.0), template(2.0)])] == [[3.0], [6.0]]


# -- errors ------------------------------------------------------------------------------------------------------

UNINITIALIZED = [
    (lambda v, w: v, "FailedPreconditionError", "Attempting to use uninitialized value v"),
    (lambda v, w: v.value(), "FailedPreconditionError", "Attempting to use uninitialized value v"),
    (lambda v, w: v * 2.0, "FailedPreconditionError", "Attempting to use uninitialized value v"),
    (lambda v, w: v.assign_add([1.0]), "FailedPreconditionError", "Attempting to use uninitialized value v"),
    (lambda v, w: tf.scatter_add(v, [0], [1.0]), "FailedPreconditionError", "Attempting to use uninitialized value v"),
    (
        lambda v, w: w,
        "FailedPreconditionError",
        "Error while reading resource variable w from Container: localhost. This",
    ),
    (lambda v, w: w + 1.0, "FailedPreconditionError", "could mean that the variable was uninitialized."),
    (lambda v, w: w.assign_add([1.0]), "NotFoundError", "Resource localhost/w/N10tensorflow3VarE does not exist."),
    (lambda v, w: w.sparse_read([0]), "NotFoundError", "Resource localhost/w/N10tensorflow3VarE does not exist."),
]


@pytest.mark.parametrize(("read", "error", "text"), UNINITIALIZED)
def test_uninitialised_variables(sess, read, error, text):
    fetch = read(tf.Variable([1.0], name="v"), tf.Variable([1.0], name="w", use_resource=True))
    with pytest.raises(getattr(tf.errors, error)) as caught:
        sess.run(fetch)
    assert text in str(caught.value)


def test_operations_of_uninitialised_variables_run(sess):
    v, w = tf.Variable([1.0]), tf.Variable([1.0], use_resource=True)
    assert sess.run([v.op, w.op]) == [None, None]


SCATTER_ERRORS = [
    ("scatter_add", [0, 5], [1.0, 2.0], "indices[1] = 5 is not in [0, 3)"),
    ("scatter_update", [0, -1], [1.0, 2.0], "indices[1] = -1 is not in [0, 3)"),
    ("scatter_max", [[0], [7]], [[1.0], [2.0]], "indices[1,0] = 7 is not in [0, 3)"),
    ("scatter_nd_add", [[0], [5]], [1.0, 2.0], "indices[1] = [5] does not index into shape [3]"),
    ("scatter_nd_update", [[0], [1]], [1.0, 2.0, 3.0], "Got indices.shape [2,1], updates.shape [3]"),
    (
        "scatter_nd_sub",
        [[0, 1]],
        [1.0],
        "got updates.shape: [1], indices.shape: [1,2], params_shape: [3], slice_dim: 2, and",
    ),
]


@BOTH
@pytest.mark.parametrize(("function", "indices", "updates", "text"), SCATTER_ERRORS)
def test_a_failed_update_changes_nothing(sess, use_resource, function, indices, updates, text):
    v = tf.Variable([1.0, 2.0, 3.0], use_resource=use_resource)
    index, value = tf.placeholder(tf.int32), tf.placeholder(tf.float32)
    update = getattr(tf, function)(v, index, value)
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        run_after_init(sess, update, {index: indices, value: updates})
    assert text in str(caught.value)
    assert sess.run(v).tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("use_resource", "write", "text"),
    [
        (False, tf.assign, "Assign requires shapes of both tensors to match. lhs shape= [3] rhs shape= [2]"),
        (False, tf.assign_add, "Parameters and update must be the same size"),
        (
            True,
            tf.assign_sub,
            "Cannot update variable with shape [3] using a Tensor with shape [2], shapes must be equal.",
        ),
        (
            False,
            lambda v, x: tf.scatter_add(v, [0], x),
            (
                "Must have updates.shape = indices.shape + params.shape[1:] or updates.shape = [], got updates.shape [2], "
                "indices.shape [1], params.shape [3]"
            ),
        ),
        (
            True,
            lambda v, x: tf.scatter_add(v, [0], x),
            "shape of indices ([1]) is not compatible with the shape of updates ([2])",
        ),
    ],
)
def test_shapes_that_show_at_run_time_only(sess, use_resource, write, text):
    v = tf.Variable([1.0, 2.0, 3.0], use_resource=use_resource)
    fed = tf.placeholder(tf.float32)
    fetch = write(v, fed)
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        run_after_init(sess, fetch, {fed: [1.0, 2.0]})
    assert text in str(caught.value)
    assert sess.run(v).tolist() == [1.0, 2.0, 3.0]


def test_an_uninitialised_variable_keeps_to_its_declared_shape(sess):
    v = tf.Variable([1.0, 2.0, 3.0])
    fed = tf.placeholder(tf.float32)
    write = v.assign(fed)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"lhs shape= \[3\] rhs shape= \[1\]"):
        sess.run(write, {fed: [1.0]})
    assert sess.run(write, {fed: [4.0, 5.0, 6.0]}).tolist() == [4.0, 5.0, 6.0]


def test_slices_are_not_broadcast(sess):
    v = tf.Variable([1.0, 2.0, 3.0])
    with pytest.raises(
        tf.errors.UnimplementedError, match=r"sliced l-value shape \[2\] does not match r-value shape \[\]"
    ):
        run_after_init(sess, v[1:].assign(7.0))


# -- cells -------------------------------------------------------------------------------------------------------


def test_cells_copy_what_they_do_not_own():
    cell = Cell("c")
    assert not cell.initialized
    given = np.array([1.0, 2.0])
    cell.store(given)
    live = cell.value
    given[0] = 9.0
    cell.store(np.array([3.0, 4.0]))
    assert cell.value is live
    assert live.tolist() == [3.0, 4.0]
    cell.store(np.array(5.0))
    assert isinstance(cell.value, np.float64)
    cell.store(b"text")
    assert cell.value == b"text"
    owned = np.array([1])
    cell.store(owned, owned=True)
    assert cell.value is owned
    cell.clear()
    assert not cell.initialized


@BOTH
def test_initializers_run_before_reads_that_nothing_orders(sess, use_resource):
    a = tf.Variable([1.0, 2.0], use_resource=use_resource)
    b = tf.Variable(a * 2.0, use_resource=use_resource)
    assert run_after_init(sess, b).tolist() == [2.0, 4.0]
    sess.run(a.assign([9.0, 9.0]).op)
    sess.run(tf.global_variables_initializer())
    assert sess.run(b).tolist() == [2.0, 4.0]
