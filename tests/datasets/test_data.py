"""`tf.data` where it meets the rest: sessions, threads, errors, memory. Numbers and graphs are in tests/recorded."""

from __future__ import annotations

import threading
from itertools import islice

import numpy as np
import pytest

import tangraph as tf
from tangraph_datasets.data.values import batching, reordering, sources
from tangraph_datasets.data.values.base import IterationContext
from tangraph_datasets.data.values.shuffling import Shuffle
from tangraph_datasets.queues.philox_words import words

Dataset = tf.data.Dataset


@pytest.fixture(autouse=True)
def _graph():
    with tf.Graph().as_default():
        yield


class _Looked(reordering.Reordering):
    """The same elements, one by one: nothing passes numbers of rows on."""

    def __init__(self, source):
        super().__init__(source)
        self.tables = None

    def order(self, context, place, start):
        return iter(list(self.source.iterate(context, place)))


@pytest.mark.parametrize("count", [1, 3, -1])
@pytest.mark.parametrize("fuse", [False, True])
def test_rows_by_number_are_the_elements(count, fuse):
    tables = [np.arange(14.0).reshape(7, 2), np.array([b"%d" % i for i in range(7)], object), np.arange(7)]

    def batches(source):
        shuffled = Shuffle(source, 4, 5, 6, reshuffle=True)
        dataset = reordering.Skip(reordering.Repeat(shuffled, count), 1)
        batched = batching.Batch(reordering.Shard(dataset, 2, 1), 3, drop_remainder=False)
        return list(islice(batched.iterate(IterationContext(None, fuse=fuse), ""), 10))

    by_number = batches(sources.TensorSliceValue(tables))
    one_by_one = batches(_Looked(sources.TensorSliceValue(tables)))
    assert len(by_number) == len(one_by_one)
    for batch, other in zip(by_number, one_by_one, strict=True):
        for part, expected in zip(batch, other, strict=True):
            np.testing.assert_array_equal(part, expected)
            assert part.dtype == expected.dtype


def test_many_words_are_those_that_are_computed_one_by_one():
    from tangraph_datasets.queues.philox_words import _block

    expected = [word for block in range(300) for word in _block(5, 0, block, 0, 7, 0)]
    assert list(islice(words(5, 7), 1200)) == expected


def test_what_is_fetched_is_nobody_elses():
    rows = np.arange(6.0).reshape(3, 2)
    kinds = [
        Dataset.from_tensor_slices(rows).repeat(),
        Dataset.from_tensors(rows[0]).repeat(),
        Dataset.from_tensor_slices(rows).cache().repeat(),
        Dataset.from_tensor_slices(rows).map(lambda x: x).cache().repeat(),
        Dataset.from_tensor_slices(rows).batch(3).repeat(),
        Dataset.from_tensors(rows).apply(tf.data.experimental.unbatch()).repeat(),
    ]
    elements = [dataset.make_one_shot_iterator().get_next() for dataset in kinds]
    with tf.Session() as session:
        first = session.run(elements)
        for value in first:
            value[...] = -1.0
        for _ in range(3):
            assert all((value >= 0).all() for value in session.run(elements))
    np.testing.assert_array_equal(rows, np.arange(6.0).reshape(3, 2))


def test_a_batch_may_be_changed_in_place_by_the_run():
    source = np.ones((4, 8192), np.float32)
    element = Dataset.from_tensor_slices(source).batch(2).repeat().make_one_shot_iterator().get_next()
    out = tf.sqrt(element + 3.0) * 2.0 - 4.0
    with tf.Session() as session:
        for _ in range(4):
            np.testing.assert_array_equal(session.run(out), np.zeros((2, 8192), np.float32))


def test_threads_share_an_iterator():
    element = Dataset.range(400).map(lambda x: x * 2).make_one_shot_iterator().get_next()
    found = []
    with tf.Session() as session:

        def work():
            try:
                while True:
                    found.append(int(session.run(element)))
            except tf.errors.OutOfRangeError:
                return

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(found) == list(range(0, 800, 2))


def test_sessions_have_iterators_of_their_own():
    element = Dataset.range(3).make_one_shot_iterator().get_next()
    with tf.Session() as one, tf.Session() as other:
        assert [one.run(element), one.run(element), other.run(element), one.run(element)] == [0, 1, 0, 2]


def test_a_closed_session_gives_nothing_more():
    started, go_on = threading.Event(), threading.Event()

    def generator():
        yield 1
        started.set()
        go_on.wait(20)
        yield 2

    element = Dataset.from_generator(generator, tf.int32).repeat().make_one_shot_iterator().get_next()
    session = tf.Session()
    assert session.run(element) == 1
    caught = []

    def work():
        try:
            session.run(element)
            session.run(element)
        except (RuntimeError, tf.errors.CancelledError) as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert started.wait(20)
    session.close()
    go_on.set()
    thread.join(20)
    assert not thread.is_alive()
    assert caught


def test_a_generator_that_raises_ends_the_run_with_its_error_and_its_place():
    def generator():
        yield 1
        raise KeyError("no such thing")

    element = Dataset.from_generator(generator, tf.int32).prefetch(2).make_one_shot_iterator().get_next()
    with tf.Session() as session:
        assert session.run(element) == 1
        with pytest.raises(tf.errors.UnknownError, match=r"KeyError: 'no such thing'[\s\S]*test_data\.py"):
            session.run(element)


def test_an_error_costs_one_element():
    dataset = Dataset.from_tensor_slices([1.0, 0.0, 2.0]).map(lambda x: tf.check_numerics(1.0 / x, "zero"))
    element = dataset.make_one_shot_iterator().get_next()
    with tf.Session() as session:
        assert session.run(element) == 1.0
        with pytest.raises(tf.errors.InvalidArgumentError, match="zero"):
            session.run(element)
        assert session.run(element) == 0.5
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(element)


def test_a_monitored_session_stops_at_the_end():
    features, labels = (
        Dataset.from_tensor_slices((np.eye(4, dtype=np.float32), np.arange(4.0, dtype=np.float32)))
        .shuffle(4, seed=1)
        .repeat(3)
        .batch(2)
        .make_one_shot_iterator()
        .get_next()
    )
    weights = tf.get_variable("weights", [4], initializer=tf.zeros_initializer())
    loss = tf.reduce_mean(tf.square(tf.reduce_sum(features * weights, 1) - labels))
    step = tf.train.get_or_create_global_step()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step)
    steps = []
    with tf.train.MonitoredTrainingSession() as session:
        while not session.should_stop():
            steps.append(session.run([step, train])[0])
    assert len(steps) == 6


def test_variables_are_read_when_elements_are_made():
    factor = tf.get_variable("factor", [], tf.int64, initializer=tf.ones_initializer(), use_resource=True)
    iterator = Dataset.range(1, 5).map(lambda x: x * factor).make_initializable_iterator()
    element, change = iterator.get_next(), factor.assign(10)
    with tf.Session() as session:
        session.run([factor.initializer, iterator.initializer])
        assert session.run(element) == 1
        session.run(change)
        assert session.run(element) == 20


def test_a_table_in_a_pipeline():
    table = tf.contrib.lookup.index_table_from_tensor(["a", "b"], num_oov_buckets=0, default_value=-1)
    iterator = Dataset.from_tensor_slices(["b", "c", "a"]).map(table.lookup).batch(3).make_initializable_iterator()
    element = iterator.get_next()
    with tf.Session() as session:
        session.run([tf.tables_initializer(), iterator.initializer])
        assert session.run(element).tolist() == [1, -1, 0]


def test_an_unfinished_file_cache_is_locked(tmp_path):
    path = str(tmp_path / "cache")
    iterator = Dataset.range(3).cache(path).make_initializable_iterator()
    element = iterator.get_next()
    with tf.Session() as session:
        session.run(iterator.initializer)
        session.run(element)
        session.run(iterator.initializer)
        with pytest.raises(tf.errors.AlreadyExistsError, match="cache lockfile already exists"):
            session.run(element)


def test_no_string_stands_for_an_iterator_that_is_not_there():
    handle = tf.placeholder(tf.string, [])
    element = tf.data.Iterator.from_string_handle(handle, tf.int64, []).get_next()
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="valid ResourceHandle"):
        session.run(element, {handle: b"nothing"})


def test_a_string_for_an_iterator_of_other_elements():
    handle = tf.placeholder(tf.string, [])
    element = tf.data.Iterator.from_string_handle(handle, tf.int32, []).get_next()
    own = Dataset.range(3).make_one_shot_iterator().string_handle()
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="Data type mismatch"):
        session.run(element, {handle: session.run(own)})
