"""Coordinator and LooperThread: stopping together, and the first error in the end."""

from __future__ import annotations

import threading
import traceback

import pytest

import tangraph as tf


def failing_thread(coordinator, error):
    def work():
        with coordinator.stop_on_exception():
            raise error

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_join_raises_the_first_error_with_the_traceback_of_its_thread():
    coordinator = tf.train.Coordinator()
    thread = failing_thread(coordinator, ValueError("first"))
    thread.join()
    coordinator.request_stop(KeyError("second"))
    with pytest.raises(ValueError, match="first") as found:
        coordinator.join([thread])
    assert "work" in [frame.name for frame in traceback.extract_tb(found.value.__traceback__)]
    assert coordinator.joined
    with pytest.raises(ValueError, match="first"):
        coordinator.raise_requested_exception()
    with pytest.raises(TypeError, match="late"):  # nobody would hear of it otherwise
        coordinator.request_stop(TypeError("late"))
    coordinator.clear_stop()
    assert not coordinator.should_stop()
    coordinator.raise_requested_exception()


@pytest.mark.parametrize("as_tuple", [False, True])
def test_errors_that_are_none(as_tuple):
    def stop(coordinator, error):
        coordinator.request_stop((type(error), error, None) if as_tuple else error)

    clean = tf.train.Coordinator()
    stop(clean, tf.errors.OutOfRangeError(None, None, "the end"))
    clean.join()
    other = tf.train.Coordinator(clean_stop_exception_types=(KeyError,))
    stop(other, KeyError("x"))
    other.join()
    strict = tf.train.Coordinator(clean_stop_exception_types=())
    stop(strict, tf.errors.OutOfRangeError(None, None, "the end"))
    with pytest.raises(tf.errors.OutOfRangeError):
        strict.join()


def test_a_request_without_an_error_in_sight():
    coordinator = tf.train.Coordinator()
    coordinator.request_stop("what")
    with pytest.raises(ValueError, match="ex must be a tuple or sys.exc_info must return the current exception"):
        coordinator.join()


def test_stragglers():
    coordinator, end = tf.train.Coordinator(), threading.Event()
    thread = threading.Thread(target=end.wait, args=(30,), name="slow")
    thread.start()
    coordinator.register_thread(thread)
    coordinator.request_stop()
    with pytest.raises(RuntimeError, match="Coordinator stopped with threads still running: slow"):
        coordinator.join(stop_grace_period_secs=0.01)
    coordinator.join([thread], stop_grace_period_secs=0.01, ignore_live_threads=True)
    end.set()
    coordinator.join([thread])


def test_join_ends_when_the_threads_do():
    coordinator = tf.train.Coordinator()
    thread = threading.Thread(target=lambda: None)
    thread.start()
    coordinator.join([thread])
    assert not coordinator.should_stop()
    assert not coordinator.wait_for_stop(0.001)


@pytest.mark.parametrize("interval", [None, 0.001])
def test_a_looper(interval):
    coordinator, seen = tf.train.Coordinator(), []

    def work(item, limit):
        seen.append(item)
        if len(seen) == limit:
            coordinator.request_stop()

    looper = tf.train.LooperThread.loop(coordinator, interval, work, ("x",), {"limit": 3})
    coordinator.join()
    assert not looper.is_alive()
    assert seen == ["x"] * 3


def test_a_looper_of_ones_own_reports_its_error():
    calls = []

    class Looper(tf.train.LooperThread):
        def start_loop(self):
            calls.append("start")

        def run_loop(self):
            calls.append("run")
            raise KeyError("broken")

        def stop_loop(self):
            calls.append("stop")

    coordinator = tf.train.Coordinator()
    Looper(coordinator, None).start()
    with pytest.raises(KeyError, match="broken"):
        coordinator.join()
    assert calls == ["start", "run"]


def test_bad_loopers():
    with pytest.raises(ValueError, match="must be a Coordinator: 3"):
        tf.train.LooperThread(3, 1)
    with pytest.raises(ValueError, match="require that you also pass 'target'"):
        tf.train.LooperThread(tf.train.Coordinator(), 1, args=[3])
