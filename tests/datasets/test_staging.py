"""Staging areas, barriers and accumulators. Expected values and texts are TensorFlow 1.15.5's."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tangraph as tf
from tangraph_datasets.queues.barrier import Barrier
from tangraph_datasets.queues.staging import MapStagingArea

FIRST = -(2**63)
SHORT = tf.RunOptions(timeout_in_ms=30)


def test_a_staging_area():
    area = tf.contrib.staging.StagingArea([tf.float32, tf.int32], shapes=[[2], []], names=["x", "y"], capacity=2)
    number = tf.placeholder(tf.int32, [])
    put = area.put({"x": tf.constant([1.0, 2.0]), "y": number})
    get, peek, size, clear = area.get(), area.peek(1), area.size(), area.clear()
    with tf.Session() as session:
        session.run(put, {number: 3})
        session.run(put, {number: 4})
        with pytest.raises(tf.errors.DeadlineExceededError):
            session.run(put, {number: 5}, options=SHORT)
        assert session.run([size, peek["y"]]) == [2, 4]
        assert session.run(get["y"]) == 3
        session.run(clear)
        assert session.run(size) == 0
    assert get["x"].shape.as_list() == [2]


def test_a_staging_area_has_a_limit_of_bytes():
    area = tf.contrib.staging.StagingArea([tf.float32], memory_limit=10)
    with tf.Session() as session, pytest.raises(tf.errors.ResourceExhaustedError, match="combined size of '80' bytes"):
        session.run(area.put([tf.zeros([20])]))


@pytest.mark.parametrize(("ordered", "first"), [(True, 1), (False, 2)])
def test_a_map_staging_area(ordered, first):
    area = MapStagingArea([tf.float32, tf.int32], names=["x", "y"], ordered=ordered)
    key = tf.placeholder(tf.int64, [])
    x, y = area.put(key, {"x": tf.constant(1.5)}), area.put(key, {"y": tf.constant(7)})
    sizes = [area.size(), area.incomplete_size()]
    found, values = area.get()
    _, chosen = area.get(key)
    with tf.Session() as session:
        session.run(x, {key: 3})
        assert session.run(sizes) == [0, 1]
        with pytest.raises(tf.errors.InvalidArgumentError, match="index '0' for key '3' was already initialized"):
            session.run(x, {key: 3})
        session.run(y, {key: 3})
        for number in (1, 2):
            session.run(x, {key: number})
            session.run(y, {key: number})
        assert session.run(sizes) == [3, 0]
        assert session.run(chosen, {key: 3}) == {"x": 1.5, "y": 7}
        assert session.run([found, values]) == [first, {"x": 1.5, "y": 7}]


def test_a_barrier():
    barrier = Barrier((tf.float32, tf.float32), shapes=((), (2,)), name="B")
    first = barrier.insert_many(0, ["a", "b", "c"], [1.0, 2.0, 3.0])
    second = barrier.insert_many(1, ["c", "a"], [[1.0, 1.0], [2.0, 2.0]])
    sizes = [barrier.ready_size(), barrier.incomplete_size()]
    take = barrier.take_many(1)
    with tf.Session() as session:
        session.run(first)
        assert session.run(sizes) == [0, 3]
        session.run(second)
        assert session.run(sizes) == [2, 1]
        indices, keys, values = session.run(take)
        assert (indices.tolist(), keys.tolist()) == ([FIRST], [b"c"])
        assert [v.tolist() for v in values] == [[3.0], [[1.0, 1.0]]]
        with pytest.raises(tf.errors.InvalidArgumentError, match="Key b already has a value for component 0"):
            session.run(barrier.insert_many(0, ["b"], [9.0]))
        session.run(barrier.close())
        with pytest.raises(tf.errors.CancelledError, match="attempted to insert a brand new key: q"):
            session.run(barrier.insert_many(0, ["q"], [9.0]))
        session.run(barrier.insert_many(1, ["b"], [[9.0, 9.0]]))
        with pytest.raises(tf.errors.OutOfRangeError, match=r"\(requested 5, total size 2\)"):
            session.run(barrier.take_many(5))
        assert session.run(barrier.take_many(5, allow_small_batch=True)).keys.tolist() == [b"a", b"b"]
        assert session.run(barrier.barrier_ref).tolist()[0] == b"localhost"
    assert take.values[1].shape.as_list() == [1, 2]


@pytest.mark.parametrize(("reduction", "expected"), [("MEAN", [2.0, 3.5]), ("SUM", [4.0, 7.0])])
def test_an_accumulator(reduction, expected):
    accumulator = tf.ConditionalAccumulator(tf.float32, shape=[2], reduction_type=reduction)
    gradient, step = tf.placeholder(tf.float32), tf.placeholder(tf.int64, [])
    add, count, take = accumulator.apply_grad(gradient, step), accumulator.num_accumulated(), accumulator.take_grad(2)
    with tf.Session() as session:
        session.run(add, {gradient: [1.0, 2.0], step: 0})
        session.run(add, {gradient: [3.0, 5.0], step: 0})
        assert session.run(take).tolist() == expected
        session.run(add, {gradient: [1.0, 2.0], step: 0})  # of a step that is over
        assert session.run(count) == 0
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"Shape mismatch: expected \[2\], got \[1\]"):
            session.run(add, {gradient: [1.0], step: 1})
        with pytest.raises(tf.errors.InvalidArgumentError, match="num_required must be positive, but was 0"):
            session.run(accumulator.take_grad(0))
        session.run(accumulator.set_global_step(9))
        session.run(add, {gradient: [1.0, 1.0], step: 8})
        assert session.run(count) == 0
        taking = threading.Thread(target=session.run, args=(take,))
        taking.start()
        for _ in range(2):
            session.run(add, {gradient: [1.0, 1.0], step: 9})
        taking.join(20)
        assert not taking.is_alive()


def test_a_sparse_accumulator_averages_row_by_row():
    accumulator = tf.SparseConditionalAccumulator(tf.float32, shape=())
    with tf.Session() as session:
        session.run(accumulator.apply_grad([2], [[1.0, 2.0]]))
        session.run(accumulator.apply_grad([1, 2], [[1.0, 3.0], [5.0, 5.0]]))
        indices, values, shape = session.run(accumulator.take_grad(2))
        assert indices.tolist() == [1, 2]
        np.testing.assert_allclose(values, [[1.0, 3.0], [3.0, 3.5]])
        assert shape.tolist() == [-1, 2]
        session.run(accumulator.apply_indexed_slices_grad(tf.IndexedSlices(tf.ones([1, 2]), [3], [5, 2]), 1))
        assert session.run(accumulator.take_indexed_slices_grad(1)).dense_shape.tolist() == [5, 2]


WAITING = [
    ("accumulator", "conditional_accumulator", lambda: tf.ConditionalAccumulator(tf.float32).take_grad(1)),
    ("staging", "StagingArea", lambda: tf.contrib.staging.StagingArea([tf.float32]).get()),
    ("barrier", "barrier", lambda: Barrier(tf.float32).take_many(1)),
]


@pytest.mark.parametrize(("kind", "name", "take"), WAITING)
def test_closing_the_session_cancels_what_waits(kind, name, take):
    session = tf.Session()
    fetch = take()
    errors = []

    def run():
        try:
            session.run(fetch, options=tf.RunOptions(timeout_in_ms=20000))
        except tf.errors.OpError as error:
            errors.append(error)

    waiting = threading.Thread(target=run)
    waiting.start()
    while session.resources.find(kind, "", name) is None and waiting.is_alive():
        waiting.join(0.005)
    session.close()
    waiting.join(20)
    assert [type(error) for error in errors] == [tf.errors.CancelledError]


BAD = [
    (lambda: tf.contrib.staging.StagingArea([tf.int32], [[], []]), ValueError, "shapes must be the same length"),
    (lambda: tf.contrib.staging.StagingArea([tf.int32], shared_name=3), ValueError, "shared_name must be a string"),
    (lambda: tf.contrib.staging.StagingArea([tf.int32]).put(tf.constant(1.0)), ValueError, "Datatypes do not match"),
    (lambda: MapStagingArea([tf.int32]).get(indices=[]), ValueError, "Empty indices"),
    (lambda: MapStagingArea([tf.int32]).get(indices=["a"]), ValueError, "was not created with names"),
    (lambda: MapStagingArea([tf.int32]).get(indices=3), TypeError, "Invalid indices type"),
    (lambda: MapStagingArea([tf.int32]).put(1, [tf.constant(1)]), ValueError, "Indices must be supplied"),
    (lambda: Barrier(tf.float32, shapes=(0,)), ValueError, "Empty tensors are not supported"),
    (lambda: tf.ConditionalAccumulator(tf.float32, reduction_type="X"), ValueError, "passed string 'X' not in"),
    (lambda: tf.ConditionalAccumulator(tf.string), TypeError, "has DataType string not in list of allowed values"),
]


@pytest.mark.parametrize(("make", "error", "text"), BAD)
def test_bad_arguments(make, error, text):
    with pytest.raises(error, match=text):
        make()
