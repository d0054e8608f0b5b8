"""The threads that share the work of a kernel, and the number of threads of BLAS."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import tangraph as tf
from tangraph_backend_cpu import blas, threads


@pytest.fixture
def four_cores(monkeypatch):
    """A machine with four processors, whatever this one has."""
    monkeypatch.setattr(threads, "cores", lambda: 4)


def _note(where, index):
    where.append((index, threading.get_ident()))


@pytest.mark.parametrize("count", [1, 2, 3, 10])
@pytest.mark.parametrize("tasks", [0, 1, 2, 3, 17])
def test_every_task_runs_once(four_cores, tasks, count):
    pool, done = threads.Pool(), []
    pool.run([functools.partial(_note, done, i) for i in range(tasks)], count)
    assert sorted(i for i, _ in done) == list(range(tasks))
    assert len({thread for _, thread in done}) <= min(count, 4)


def test_tasks_run_side_by_side(four_cores):
    """Each of the tasks waits for all others: they end only if they run at the same time."""
    pool, meeting = threads.Pool(), threading.Barrier(4)
    pool.run([functools.partial(meeting.wait, 30)] * 4, 4)
    assert not meeting.broken


def test_one_thread_is_the_callers(four_cores):
    pool, done = threads.Pool(), []
    pool.run([functools.partial(_note, done, i) for i in range(5)], 1)
    assert done == [(i, threading.get_ident()) for i in range(5)]


def test_the_first_error_reaches_the_caller(four_cores):
    pool = threads.Pool()

    def fail():
        raise KeyError("here")

    for _ in range(20):
        with pytest.raises(KeyError, match="here"):
            pool.run([lambda: None, fail, lambda: None], 2)
    done = []
    pool.run([functools.partial(_note, done, i) for i in range(3)], 2)
    assert len(done) == 3


def test_nothing_goes_on_after_an_error(four_cores):
    """The caller's own task fails while another one runs: `run` returns when that one has ended."""
    pool, started, ended = threads.Pool(), threading.Event(), []

    def fail():
        assert started.wait(30)
        raise ValueError("caller")

    def slow():
        started.set()
        time.sleep(0.2)
        ended.append(True)

    with pytest.raises(ValueError, match="caller"):
        pool.run([fail, slow], 2)
    assert ended == [True]


def test_tasks_may_share_their_work_too(four_cores):
    pool, done = threads.Pool(), []
    inner = [functools.partial(_note, done, i) for i in range(5)]
    pool.run([functools.partial(pool.run, inner, 4)] * 6, 4)
    assert len(done) == 30


def test_many_threads_use_one_pool(four_cores):
    pool, totals = threads.Pool(), []

    def many():
        done = []
        for _ in range(50):
            pool.run([functools.partial(_note, done, i) for i in range(4)], 4)
        totals.append(len(done))

    callers = [threading.Thread(target=many) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert totals == [200] * 8


def test_overflow_is_silent_in_all_threads(four_cores):
    pool, meeting = threads.Pool(), threading.Barrier(3)
    large, found = np.full(1000, 1e30, np.float32), []

    def overflow():
        meeting.wait(30)
        found.append(np.multiply(large, large))

    with np.errstate(all="ignore"):
        pool.run([overflow] * 3, 3)
    assert len(found) == 3
    assert all(np.isinf(f).all() for f in found)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_has_threads_of_its_own():
    program = """
import os, threading
import numpy as np
import tangraph as tf
from tangraph_backend_cpu import threads
threads.cores = lambda: 4
x = tf.placeholder(tf.float32, [None, None])
session = tf.Session()
product = tf.matmul(x, x)
a = np.random.RandomState(0).rand(300, 300).astype("f")
first = session.run(product, {x: a})
meeting = threading.Barrier(3)
threads.run([meeting.wait] * 3, 3)
child = os.fork()
if not child:
    meeting = threading.Barrier(3)
    threads.run([lambda: meeting.wait(30)] * 3, 3)
    os._exit(0 if np.array_equal(session.run(product, {x: a}), first) else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout.strip() == "0", done.stderr


def test_an_interrupt_waits_for_what_is_under_way():
    """Ctrl-C while the caller waits: the other thread's task ends before the exception leaves `run`."""
    program = """
import os, signal, threading, time
from tangraph_backend_cpu import threads
threads.cores = lambda: 2
started, interrupted, ended = threading.Event(), threading.Event(), []
def handler(*_):
    interrupted.set()
    raise KeyboardInterrupt
signal.signal(signal.SIGINT, handler)
def slow():
    started.set()
    interrupted.wait()
    time.sleep(0.2)
    ended.append(True)
def interrupt():
    started.wait()
    threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    threads.Pool().run([interrupt, slow], 2)
except KeyboardInterrupt:
    print("interrupted", ended)
"""
    if not hasattr(signal, "pthread_kill"):
        pytest.skip("no signals between threads on this system")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.strip() == "interrupted [True]", done.stderr


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 100, 784, 1000])
@pytest.mark.parametrize("count", [1, 2, 3, 16, 100])
@pytest.mark.parametrize("multiple", [1, 16])
def test_cuts_cover_everything_once(size, count, multiple):
    slices = threads.cut(size, count, multiple)
    assert [s.start for s in slices[1:]] == [s.stop for s in slices[:-1]]
    assert (slices[0].start, slices[-1].stop) == (0, size)
    assert len(slices) <= count
    assert all(s.start % multiple == 0 for s in slices)
    sizes = [s.stop - s.start for s in slices]
    assert max(sizes) == sizes[-1]
    assert max(sizes) - min(sizes) < 2 * multiple


def test_as_many_threads_as_the_user_allows(monkeypatch):
    monkeypatch.setattr(threads, "cores", lambda: 8)
    monkeypatch.setattr(blas, "threads", lambda: None)
    assert [threads.available(n) for n in (0, 1, 3, 20, -1)] == [8, 1, 3, 8, 8]
    monkeypatch.setattr(blas, "threads", lambda: 2)
    assert [threads.available(n) for n in (0, 1, 3)] == [2, 1, 2]


class _Library:
    """An OpenBLAS with a number of threads."""

    def __init__(self, number):
        self.number = number
        self.context = blas.OneThread(lambda: self.number, self._set)

    def _set(self, number):
        self.number = number


def test_one_thread_puts_the_setting_back():
    library = _Library(6)
    with library.context:
        assert library.number == 1
        with library.context:
            assert library.number == 1
        assert library.number == 1
    assert library.number == 6


def test_one_thread_puts_the_setting_back_after_an_error():
    library = _Library(6)
    with pytest.raises(ValueError, match="inside"), library.context:
        raise ValueError("inside")
    assert library.number == 6


def test_a_setting_made_inside_is_kept():
    library = _Library(6)
    with library.context:
        library.number = 3
    assert library.number == 3


def test_overlapping_users_in_threads():
    library, meeting = _Library(4), threading.Barrier(2)

    def use():
        for _ in range(200):
            meeting.wait(30)
            with library.context:
                assert library.number == 1

    users = [threading.Thread(target=use) for _ in range(2)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert library.number == 4


@pytest.mark.skipif(blas.control() is None, reason="NumPy does not use an OpenBLAS that can be told")
def test_numpys_own_library_is_told():
    control = blas.control()
    before = control.get()
    try:
        control.set(1)
        assert control.get() == 1
        control.set(before)
        with blas.one_thread():
            assert control.get() == 1
            assert blas.threads() in (before, None)
        assert control.get() == before
    finally:
        control.set(before)


def test_a_run_leaves_the_setting_alone():
    control = blas.control()
    before = None if control is None else control.get()
    with tf.Graph().as_default(), tf.Session() as session:
        session.run(tf.matmul(tf.ones([500, 500]), tf.ones([500, 500])))
    assert (None if control is None else control.get()) == before
