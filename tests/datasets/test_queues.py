"""Queues: what they hand out and when, and how waiting ends. Expected orders and texts are TensorFlow 1.15.5's."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter

import numpy as np
import pytest

import tangraph as tf

SOON = tf.RunOptions(timeout_in_ms=20000)


def listed(values):
    return [np.asarray(v).tolist() for v in values]


def test_elements_come_in_their_order_one_or_several_at_a_time():
    queue = tf.FIFOQueue(10, [tf.int32, tf.float32], shapes=[[], [2]])
    one = queue.enqueue([1, [1.0, 2.0]])
    many = queue.enqueue_many([[2, 3], [[3.0, 4.0], [5.0, 6.0]]])
    single, batch, size = queue.dequeue(), queue.dequeue_many(2), queue.size()
    with tf.Session() as session:
        session.run(one)
        session.run(many)
        assert session.run(size) == 3
        assert listed(session.run(single)) == [1, [1.0, 2.0]]
        assert listed(session.run(batch)) == [[2, 3], [[3.0, 4.0], [5.0, 6.0]]]
        assert session.run(size) == 0
    assert [t.shape.as_list() for t in batch] == [[2], [2, 2]]


def test_names_make_elements_dictionaries():
    queue = tf.FIFOQueue(10, [tf.int32, tf.string], names=["n", "s"])
    with tf.Session() as session:
        session.run(queue.enqueue({"s": "a", "n": 4}))
        assert session.run(queue.dequeue()) == {"n": 4, "s": b"a"}


def test_a_random_queue_draws_as_tensorflow_does():
    queue = tf.RandomShuffleQueue(20, 0, [tf.int32], shapes=[[]], seed=7)
    fill = queue.enqueue_many([list(range(10))])
    one, four, rest = queue.dequeue(), queue.dequeue_many(4), queue.dequeue_up_to(100)
    with tf.Session() as session:
        session.run(fill)
        assert session.run(one) == 7
        assert session.run(four).tolist() == [1, 5, 6, 4]
        session.run(fill)
        assert session.run(one) == 3
        assert session.run(four).tolist() == [5, 6, 9, 1]
        session.run(queue.close())
        with pytest.raises(tf.errors.OutOfRangeError, match=r"\(requested 90, current size 10\)"):
            session.run(queue.dequeue_many(90))
        assert session.run(rest).tolist() == [0, 8, 7, 3, 2, 0, 2, 9, 8, 4]


def test_a_random_queue_keeps_some_elements_while_it_is_open():
    queue = tf.RandomShuffleQueue(20, 3, tf.int32, shapes=[()])
    take = queue.dequeue()
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2, 3, 4]]))
        first = session.run(take)
        with pytest.raises(tf.errors.DeadlineExceededError):
            session.run(take, options=tf.RunOptions(timeout_in_ms=30))
        session.run(queue.close())
        assert {int(first), *(int(session.run(take)) for _ in range(3))} == {1, 2, 3, 4}


def test_a_padding_queue_fills_up_batches():
    queue = tf.PaddingFIFOQueue(9, [tf.int32, tf.string], shapes=[[None, 2], [None]])
    number, text = tf.placeholder(tf.int32), tf.placeholder(tf.string)
    put, take = queue.enqueue([number, text]), queue.dequeue_many(2)
    with tf.Session() as session:
        session.run(put, {number: [[1, 2]], text: ["a"]})
        session.run(put, {number: [[3, 4], [5, 6]], text: []})
        assert listed(session.run(take)) == [[[[1, 2], [0, 0]], [[3, 4], [5, 6]]], [[b"a"], [b""]]]
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"component 0. Expected \[\?,2\], got \[1,3\]"):
            session.run(put, {number: [[1, 2, 3]], text: []})
    assert [t.shape.as_list() for t in take] == [[2, None, 2], [2, None]]


def test_a_priority_queue_orders_equals_as_a_heap_does():
    queue = tf.PriorityQueue(20, [tf.string], shapes=[[]])
    with tf.Session() as session:
        session.run(queue.enqueue_many([np.array([3, 1, 2, 1, 3, 1, 2, 2, 1, 3], np.int64), list("abcdefghij")]))
        priorities, values = session.run(queue.dequeue_many(10))
    assert priorities.tolist() == [1, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert b"".join(values.tolist()) == b"bfdigchjae"


def test_a_tensor_chooses_among_queues():
    queues = [tf.FIFOQueue(3, tf.int32, shapes=[()]) for _ in range(2)]
    index = tf.placeholder(tf.int32, [])
    take = tf.QueueBase.from_list(index, queues).dequeue()
    with tf.Session() as session:
        session.run([queues[0].enqueue(10), queues[1].enqueue(11)])
        assert session.run(take, {index: 1}) == 11
        assert session.run(take, {index: 0}) == 10


def test_a_batch_larger_than_the_queue_is_collected():
    queue = tf.FIFOQueue(2, tf.int32, shapes=[()])
    take, put = queue.dequeue_many(5), queue.enqueue_many([[1, 2, 3, 4, 5, 6]])
    with tf.Session() as session:
        adding = threading.Thread(target=session.run, args=(put,))
        adding.start()
        assert session.run(take, options=SOON).tolist() == [1, 2, 3, 4, 5]
        adding.join(20)
        assert session.run(queue.size()) == 1


# -- closing ---------------------------------------------------------------------------------------------------------


def test_a_closed_queue():
    queue = tf.FIFOQueue(2, [tf.int32], shapes=[[]], name="a")
    close, put, take = queue.close(), queue.enqueue(1), queue.dequeue()
    with tf.Session() as session:
        session.run(put)
        session.run(close)
        assert session.run(queue.is_closed())
        expected = [
            (close, tf.errors.CancelledError, r"Queue '_\d+_a' is already closed."),
            (put, tf.errors.CancelledError, r"FIFOQueue '_\d+_a' is closed."),
            (queue.enqueue_many([[1]]), tf.errors.CancelledError, "is closed."),
            (queue.dequeue_many(3), tf.errors.OutOfRangeError, r"\(requested 3, current size 1\)"),
        ]
        for operation, error, text in expected:
            with pytest.raises(error, match=text):
                session.run(operation)
        assert session.run(queue.dequeue_up_to(3)).tolist() == [1]
        assert session.run(queue.dequeue_many(0)).tolist() == []
        text = r"FIFOQueue '_\d+_a' is closed and has insufficient elements \(requested 1, current size 0\)"
        with pytest.raises(tf.errors.OutOfRangeError, match=text):
            session.run(take)


class Waiting:
    """A thread that runs an operation which has to wait."""

    def __init__(self, session, operation):
        self.error = self.value = None
        self._thread = threading.Thread(target=self._run, args=(session, operation))
        self._thread.start()

    def _run(self, session, operation):
        try:
            self.value = session.run(operation)
        except tf.errors.OpError as error:
            self.error = error

    def joined(self):
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self


def until(condition):
    """Waits for what another thread does."""
    pause = threading.Event()
    for _ in range(4000):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError("it did not happen")


def stored(session, queue):
    return session.resources.find("queue", "", queue.queue_ref.op.name)


def test_closing_wakes_who_waits_for_elements():
    queue = tf.FIFOQueue(2, tf.int32, shapes=[()])
    take, batch, close = queue.dequeue(), queue.dequeue_many(3), queue.close()
    with tf.Session() as session:
        session.run(queue.enqueue(1))
        waiting = [Waiting(session, batch)]
        until(lambda: len(stored(session, queue).lines.fetching) == 1)
        waiting.append(Waiting(session, take))
        until(lambda: len(stored(session, queue).lines.fetching) == 2)
        session.run(close)
        # The batch gives back what it had collected.
        assert isinstance(waiting[0].joined().error, tf.errors.OutOfRangeError)
        assert waiting[1].joined().value == 1


def test_closing_cancels_who_waits_for_room_or_lets_them_in_first():
    queue = tf.FIFOQueue(1, tf.int32, shapes=[()])
    put, close, cancel = queue.enqueue(1), queue.close(), queue.close(cancel_pending_enqueues=True)
    with tf.Session() as session:
        session.run(put)
        waiting = Waiting(session, put)
        until(lambda: stored(session, queue).lines.bringing)
        closing = Waiting(session, close)
        until(lambda: len(stored(session, queue).lines.bringing) == 2)
        assert not session.run(queue.is_closed())
        session.run(queue.dequeue())
        assert waiting.joined().error is None
        assert closing.joined().error is None
        assert session.run(queue.is_closed())
    with tf.Session() as session:
        session.run(put)
        waiting = Waiting(session, put)
        until(lambda: stored(session, queue).lines.bringing)
        session.run(cancel)
        assert "Enqueue operation was cancelled" in str(waiting.joined().error)
        assert session.run(queue.size()) == 1


@pytest.mark.parametrize("many", [False, True])
def test_closing_the_session_cancels_what_waits(many):
    queue = tf.FIFOQueue(1, tf.int32, shapes=[()])
    take = queue.dequeue_many(3) if many else queue.dequeue()
    session = tf.Session()
    waiting = Waiting(session, take)
    until(lambda: stored(session, queue) is not None and stored(session, queue).lines.fetching)
    session.close()
    error = waiting.joined().error
    assert isinstance(error, tf.errors.CancelledError)
    assert "Dequeue operation was cancelled" in str(error)
    assert error.op is take.op
    with pytest.raises(RuntimeError, match="closed Session"):
        session.run(take)


def test_a_run_that_waits_too_long_leaves_the_line():
    queue = tf.FIFOQueue(4, tf.int32, shapes=[()])
    take, batch, put = queue.dequeue(), queue.dequeue_many(3), queue.enqueue_many([[1, 2]])
    config = tf.ConfigProto(operation_timeout_in_ms=30)
    with tf.Session(config=config) as session:
        with pytest.raises(tf.errors.DeadlineExceededError, match="Timed out waiting for notification"):
            session.run(take)
        session.run(put)
        with pytest.raises(tf.errors.DeadlineExceededError):
            session.run(batch)
        assert session.run(take) == 1
        assert session.run(take) == 2


def test_many_threads_lose_and_double_nothing():
    queue = tf.RandomShuffleQueue(7, 2, tf.int32, shapes=[()])
    number = tf.placeholder(tf.int32, [])
    put, put_two = queue.enqueue(number), queue.enqueue_many([tf.stack([number, number + 1])])
    take, take_three = queue.dequeue(), queue.dequeue_up_to(3)
    found, lock = Counter(), threading.Lock()
    with tf.Session() as session:
        calls = {op: session.make_callable(op, [number]) for op in (put, put_two)}

        def add(start):
            for i in range(start, start + 60, 3):
                calls[put](i)
                calls[put_two](i + 1)

        def remove(operation):
            while True:
                try:
                    values = np.atleast_1d(session.run(operation)).tolist()
                except tf.errors.OutOfRangeError:
                    return
                with lock:
                    found.update(values)

        adding = [threading.Thread(target=add, args=(60 * i,)) for i in range(4)]
        removing = [threading.Thread(target=remove, args=(op,)) for op in (take, take_three, take)]
        for thread in adding + removing:
            thread.start()
        for thread in adding:
            thread.join(60)
        session.run(queue.close())
        for thread in removing:
            thread.join(60)
    assert found == Counter(range(240))


INTERRUPTED = """
import os, signal, threading
import tangraph as tf
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored in the background
queue = tf.FIFOQueue(1, tf.int32, shapes=[()])
with tf.Session() as session:
    session.run(queue.size())
    lines = session.resources.find("queue", "", "fifo_queue").lines
    def interrupt():
        while not lines.fetching:
            pass
        os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=interrupt, daemon=True).start()
    try:
        session.run(queue.dequeue(), options=tf.RunOptions(timeout_in_ms=20000))
    except KeyboardInterrupt:
        print("interrupted", len(lines.fetching))
"""


def test_ctrl_c_ends_waiting():
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "interrupted 0\n"


# -- what is in a queue stays as it was ------------------------------------------------------------------------------


def test_elements_do_not_share_memory_with_variables_and_feeds():
    variable = tf.Variable(np.zeros(5000, np.float32))
    fed = tf.placeholder(tf.float32, [5000])
    queue = tf.FIFOQueue(9, tf.float32, shapes=[[5000]])
    puts = [queue.enqueue(variable), queue.enqueue(fed), queue.enqueue_many([fed[None] + 1.0])]
    grow, take = variable.assign_add(np.ones(5000, np.float32)), queue.dequeue()
    array = np.zeros(5000, np.float32)
    with tf.Session() as session:
        session.run(variable.initializer)
        for put in puts:
            session.run(put, {fed: array})
        session.run(grow)
        array += 7.0
        assert [session.run(take).max() for _ in range(3)] == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("take_first", [False, True])
def test_a_run_may_add_to_a_full_queue_what_it_takes_from(take_first):
    queue = tf.FIFOQueue(1, tf.int32, shapes=[()])
    area = tf.contrib.staging.StagingArea([tf.int32], capacity=1)
    number = tf.placeholder(tf.int32, [])
    made = {}
    for what in ("take", "put") if take_first else ("put", "take"):
        made[what] = (queue.dequeue(), area.get()[0]) if what == "take" else (queue.enqueue(number), area.put([number]))
    with tf.Session() as session:
        for put in made["put"]:
            session.run(put, {number: 0})
        for i in range(1, 4):
            values = session.run([*made["take"], *made["put"]], {number: i}, options=SOON)
            assert values[:2] == [i - 1, i - 1]


# -- errors ----------------------------------------------------------------------------------------------------------

BAD_QUEUES = [
    (
        lambda: tf.PaddingFIFOQueue(9, [tf.int32], [None]),
        ValueError,
        "partial shapes, a list of shapes must be provided",
    ),
    (lambda: tf.FIFOQueue(9, [tf.int32], [[None]]), ValueError, "All shapes must be fully defined"),
    (lambda: tf.FIFOQueue(9, [tf.int32], [[], []]), ValueError, "Queue shapes must have the same length as dtypes"),
    (lambda: tf.FIFOQueue(9, [tf.int32], names=["a", "b"]), ValueError, "same length as the list of dtypes"),
    (lambda: tf.FIFOQueue(9, []), ValueError, "passed list of length 0 less than minimum 1"),
    (lambda: tf.FIFOQueue(9, tf.int32, "a"), TypeError, "shapes must be a TensorShape or a list or tuple"),
    (lambda: tf.PriorityQueue(9, [tf.int32]), TypeError, "Expected list for 'shapes'"),
    (lambda: tf.FIFOQueue(9, tf.int32).enqueue({"a": 1}), ValueError, "must have names to enqueue a dictionary"),
    (lambda: tf.FIFOQueue(9, tf.int32, names="a").enqueue(1), ValueError, "must enqueue a dictionary"),
    (lambda: tf.FIFOQueue(9, tf.int32, [[2]]).enqueue([[1]]), ValueError, "incompatible"),
    (lambda: tf.FIFOQueue(9, tf.int32).dequeue_many(-1), ValueError, "Input 'n' must be >= 0, but is -1"),
    (lambda: tf.QueueBase.from_list(0, []), TypeError, "A list of queues expected"),
]


@pytest.mark.parametrize(("make", "error", "text"), BAD_QUEUES)
def test_bad_arguments(make, error, text):
    with pytest.raises(error, match=text):
        make()


BAD_RUNS = [
    (lambda: tf.RandomShuffleQueue(5, 9, tf.int32).size(), "min_after_dequeue 9 must be < capacity 5"),
    (lambda: tf.RandomShuffleQueue(5, -1, tf.int32).size(), "min_after_dequeue -1 must be >= 0"),
    (lambda: tf.FIFOQueue(9, tf.int32).dequeue_many(1), "require the components to have specified shapes"),
    (lambda: tf.FIFOQueue(8, tf.float32, [()], shared_name="S").size(), "has capacity 9 but requested capacity was 8"),
    (
        lambda: tf.FIFOQueue(9, tf.int32, [()], shared_name="S").size(),
        "types float but requested component types were int32",
    ),
    (
        lambda: tf.FIFOQueue(9, tf.float32, [(2,)], shared_name="S").size(),
        r"shapes \[\[\]\] but requested .* \[\[2\]\]",
    ),
    (lambda: tf.RandomShuffleQueue(9, 0, tf.float32, [()], shared_name="S").size(), "Expected FIFOQueue, found Random"),
]


@pytest.mark.parametrize(("make", "text"), BAD_RUNS)
def test_bad_runs(make, text):
    with tf.Session() as session:
        session.run(tf.FIFOQueue(9, tf.float32, [()], shared_name="S").size())
        with pytest.raises(tf.errors.InvalidArgumentError, match=text):
            session.run(make())


def test_components_of_the_wrong_size():
    x, y = tf.placeholder(tf.int32), tf.placeholder(tf.float32)
    queue, free = tf.FIFOQueue(9, [tf.int32, tf.float32], [[], [2]]), tf.FIFOQueue(9, [tf.int32, tf.float32])
    one, many, open_many = queue.enqueue([x, y]), queue.enqueue_many([x, y]), free.enqueue_many([x, y])
    cases = [
        (one, [1], [1, 2], r"component 0. Expected \[\], got \[1\]"),
        (many, [1], [1, 2], r"component 1. Expected \[1,2\], got \[2\]"),
        (many, [1, 2, 3], [[1, 2]], r"component 1. Expected \[3,2\], got \[1,2\]"),
        (open_many, [1, 2], [1], "Component 1 has 1, and should have 2"),
    ]
    with tf.Session() as session:
        for operation, a, b, text in cases:
            with pytest.raises(tf.errors.InvalidArgumentError, match=text):
                session.run(operation, {x: a, y: b})
