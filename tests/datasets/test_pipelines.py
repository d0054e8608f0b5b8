"""Input pipelines from files to training, as they end, and as they fail. Numbers are those of TensorFlow 1.15.5."""

from __future__ import annotations

import contextlib
import threading

import numpy as np
import pytest

import tangraph as tf

LOSSES = [
    *(0.62218, 0.4898, 0.41688, 0.13749, 0.51938, 0.53178, 0.26037, 0.36626),
    *(0.27561, 0.44588, 0.36377, 0.28628, 0.39723, 0.23658, 0.30583),
]
WEIGHTS = [[-1.2614283561706543, 0.47200989723205566], [-1.512690782546997, 0.16953134536743164]]


def written(folder):
    """Two files of comma-separated values."""
    numbers = np.random.RandomState(0)
    paths = []
    for name in "ab":
        lines = [f"{x:.3f},{y:.3f},{int(x + y > 0)}\n" for x, y in numbers.randn(20, 2)]
        paths.append(folder / f"{name}.csv")
        paths[-1].write_text("".join(["x,y,label\n", *lines]))
    return [str(path) for path in paths]


def run_to_the_end(session, fetch):
    """Runs a tensor until the input is used up; returns its values."""
    coordinator = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(session, coordinator)
    values = []
    try:
        while not coordinator.should_stop():
            values.append(session.run(fetch))
    except tf.errors.OutOfRangeError:
        pass
    finally:
        coordinator.request_stop()
    coordinator.join(threads)
    return values


def test_files_queue_reader_csv_shuffling_and_training(tmp_path):
    # The names of the files are in random order, which depends on their number and the seed alone.
    tf.set_random_seed(5)
    names = tf.train.string_input_producer(written(tmp_path), num_epochs=3)
    _, line = tf.TextLineReader(skip_header_lines=1).read(names)
    x, y, label = tf.decode_csv(line, [[0.0], [0.0], [0]])
    points, labels = tf.train.shuffle_batch(
        [tf.stack([x, y]), label], 8, 200, 20, seed=3, allow_smaller_final_batch=True
    )
    w = tf.get_variable("w", [2, 2])
    loss = tf.losses.sparse_softmax_cross_entropy(labels, tf.matmul(points, w))
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    size = tf.get_default_graph().get_tensor_by_name("shuffle_batch/random_shuffle_queue_Size:0")
    losses = []
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        # With all examples in the queue, the draws depend on the seed alone.
        while session.run(size) < 120:
            coordinator.wait_for_stop(0.005)
        with contextlib.suppress(tf.errors.OutOfRangeError):
            while not coordinator.should_stop():
                losses.append(session.run([loss, step])[0])
        coordinator.request_stop()
        coordinator.join(threads)
        np.testing.assert_allclose(losses, LOSSES, atol=2e-5)
        np.testing.assert_allclose(session.run(w), WEIGHTS, rtol=1e-5)


def test_an_input_that_ends_leaves_a_smaller_batch():
    number = tf.train.range_input_producer(5, num_epochs=2, shuffle=False).dequeue()
    batch = tf.train.batch([number], 4, allow_smaller_final_batch=True)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        values = run_to_the_end(session, batch)
    assert [v.tolist() for v in values] == [[0, 1, 2, 3], [4, 0, 1, 2], [3, 4]]


def test_dictionaries_padding_and_what_is_left_out():
    number = tf.train.range_input_producer(6, num_epochs=1, shuffle=False).dequeue()
    batch = tf.train.maybe_batch({"n": number, "row": tf.range(number)}, tf.equal(number % 2, 1), 3, dynamic_pad=True)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        (value,) = run_to_the_end(session, batch)
    assert value["n"].tolist() == [1, 3, 5]
    assert value["row"].tolist() == [[0, 0, 0, 0, 0], [0, 1, 2, 0, 0], [0, 1, 2, 3, 4]]


def test_sparse_tensors_go_through_a_queue():
    number = tf.train.range_input_producer(4, num_epochs=1, shuffle=False).dequeue()
    row = tf.SparseTensor([[tf.cast(number, tf.int64)]], [number * 10], [4])
    sparse, numbers = tf.train.batch([row, number], 2)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        values = run_to_the_end(session, [sparse, numbers])
    assert [v[1].tolist() for v in values] == [[0, 1], [2, 3]]
    assert [v[0].indices.tolist() for v in values] == [[[0, 0], [1, 1]], [[0, 2], [1, 3]]]
    assert [v[0].values.tolist() for v in values] == [[0, 10], [20, 30]]
    assert values[0][0].dense_shape.tolist() == [2, 4]


def test_several_sources_in_random_order_lose_nothing():
    sources = [tf.train.range_input_producer(20, num_epochs=1).dequeue() + 100 * i for i in range(3)]
    batch = tf.train.shuffle_batch_join([[s] for s in sources], 6, 30, 10, allow_smaller_final_batch=True)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        values = np.concatenate(run_to_the_end(session, batch))
    assert sorted(values.tolist()) == [100 * i + n for i in range(3) for n in range(20)]


# -- failing ---------------------------------------------------------------------------------------------------------


def failing_batches(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("1\n2\nthree\n")
    names = tf.train.string_input_producer([str(path)], shuffle=False)
    (number,) = tf.decode_csv(tf.TextLineReader().read(names).value, [[0]])
    return tf.train.batch([number], 2)


def test_the_error_of_an_input_thread_comes_out_of_join(tmp_path):
    batch = failing_batches(tmp_path)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="not a valid int32: three"):
        run_to_the_end(session, batch)


def test_without_a_coordinator_who_reads_gets_the_error(tmp_path):
    batch = failing_batches(tmp_path)
    with tf.Session() as session:
        tf.train.start_queue_runners(session)
        session.run(batch)
        with pytest.raises(tf.errors.InvalidArgumentError, match="not a valid int32: three"):
            session.run(batch)
        runner = tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)[1]
        assert [type(e) for e in runner.exceptions_raised] == [tf.errors.InvalidArgumentError]


def test_a_closed_session_ends_its_input_threads():
    batch = tf.train.batch([tf.train.range_input_producer(3).dequeue()], 2)
    with tf.Session() as session:
        threads = tf.train.start_queue_runners(session)
        session.run(batch)
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)


def test_a_runner_starts_its_threads_once_and_again_when_they_have_ended():
    queue = tf.FIFOQueue(50, tf.int32, shapes=[()])
    number = tf.train.limit_epochs(tf.constant(1), 3)
    runner = tf.train.QueueRunner(queue, [queue.enqueue(number)])
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        coordinator = tf.train.Coordinator()
        threads = runner.create_threads(session, coordinator, daemon=True)
        assert [type(t) for t in threads] == [threading.Thread] * 2
        assert runner.create_threads(session) == []
        for thread in threads:
            thread.start()
        threads[0].join(20)
        coordinator.request_stop()
        coordinator.join(threads)
        assert session.run([queue.size(), queue.is_closed()]) == [3, True]
        assert len(runner.create_threads(session)) == 1


def test_a_runner_as_a_message():
    queue = tf.FIFOQueue(3, tf.int32, name="q")
    runner = tf.train.QueueRunner(queue, [queue.enqueue(1)], queue_closed_exception_types=(tf.errors.CancelledError,))
    message = runner.to_proto()
    assert message.enqueue_op_name == ["q_enqueue"]
    assert (message.close_op_name, message.cancel_op_name) == ("q_Close", "q_Close_1")
    copy = tf.train.QueueRunner.from_proto(message)
    assert copy.queue is queue.queue_ref.op
    assert copy.enqueue_ops == runner.enqueue_ops
    assert copy.queue_closed_exception_types == (tf.errors.CancelledError,)
    assert runner.to_proto(export_scope="elsewhere") is None


BAD = [
    (lambda: tf.train.string_input_producer([]), ValueError, "requires a non-null input tensor"),
    (lambda: tf.train.slice_input_producer([]), ValueError, "Expected at least one tensor in slice_input_producer"),
    (lambda: tf.train.batch([], 3), ValueError, r"Expected at least one tensor in batch\(\)"),
    (lambda: tf.train.batch([tf.placeholder(tf.float32)], 3), ValueError, "Cannot infer Tensor's rank"),
    (lambda: tf.train.shuffle_batch([[1]], 3, 4, 5), ValueError, "capacity 4 must be bigger than min_after_dequeue 5"),
    (lambda: tf.train.batch_join([], 3), ValueError, "Expected at least one set of tensors"),
    (lambda: tf.train.batch_join([[1], [1.0]], 3), TypeError, "Expected types to be consistent: int32 vs. float32"),
    (lambda: tf.train.batch_join([{"a": 1}, {"b": 1}], 3), ValueError, "must have the same keys"),
    (lambda: tf.train.maybe_batch([1], [True], 3), ValueError, "cannot be a vector when `enqueue_many=False`"),
    (lambda: tf.train.maybe_batch([1], tf.placeholder(tf.bool), 3), ValueError, "must be known at graph construction"),
    (lambda: tf.train.limit_epochs(1, 0), ValueError, "num_epochs must be > 0 not 0"),
    (lambda: tf.train.QueueRunner(), ValueError, "Must provide queue and enqueue_ops"),
    (lambda: tf.train.start_queue_runners(), ValueError, "No default session is registered"),
    (lambda: tf.train.start_queue_runners(3), TypeError, "sess must be a `tf.Session` object"),
]


@pytest.mark.parametrize(("make", "error", "text"), BAD)
def test_bad_arguments(make, error, text):
    with pytest.raises(error, match=text):
        make()
