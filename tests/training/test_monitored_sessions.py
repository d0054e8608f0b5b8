"""Monitored sessions: their graphs, how they initialize, recover and stop."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import tangraph as tf

# Recorded from TensorFlow 1.15.5: the nodes of a model with all that a monitored session adds.
GRAPHS = json.loads((Path(__file__).parent / "monitored_graphs.json").read_text())


@pytest.fixture(autouse=True)
def _closed_writers():
    yield
    tf.summary.FileWriterCache.clear()


@pytest.mark.parametrize("case", GRAPHS["cases"].values(), ids=GRAPHS["cases"])
def test_graphs(case, tmp_path):
    names = {"tf": tf, "resource": case["resource"], "folder": str(tmp_path)}
    exec(GRAPHS["model"], names)
    exec(case["code"], names)
    nodes = tf.get_default_graph().as_graph_def().node
    added = [" ".join([node.name, node.op, *node.input]) for node in nodes][case["model_nodes"] :]
    assert added == case["nodes"]


def counter():
    step = tf.train.get_or_create_global_step()
    return step, tf.assign_add(step, 1)


class Recorder(tf.train.SessionRunHook):
    """Writes down what is called."""

    def __init__(self, log, name=""):
        self.log, self.name = log, name

    def begin(self):
        self.log.append(f"{self.name}begin")

    def after_create_session(self, session, coord):
        self.log.append(f"{self.name}created")

    def before_run(self, run_context):
        self.log.append(f"{self.name}before")

    def after_run(self, run_context, run_values):
        self.log.append(f"{self.name}after")

    def end(self, session):
        self.log.append(f"{self.name}end")


def test_the_order_of_calls():
    _, train_op = counter()
    log = []
    with tf.train.MonitoredSession(hooks=[Recorder(log, "a "), Recorder(log, "b ")]) as session:
        session.run(train_op)
    calls = ("begin", "created", "before", "after", "end")
    assert log == [f"{name} {call}" for call in calls for name in "ab"]


def test_an_error_skips_the_end_and_the_end_of_input_does_not():
    tf.constant(1.0)
    log = []
    with (
        pytest.raises(ValueError, match="my error"),
        tf.train.MonitoredSession(hooks=[Recorder(log)]),
    ):
        raise ValueError("my error")
    assert log == ["begin", "created"]
    for ending in (tf.errors.OutOfRangeError(None, None, "no more"), StopIteration()):
        with tf.train.MonitoredSession(hooks=[Recorder(log)]):
            raise ending
        assert log[-1] == "end"


def test_the_graph_is_finalized_as_long_as_the_session_lives():
    graph = tf.get_default_graph()
    tf.constant(1.0)
    with tf.train.MonitoredSession() as session:
        assert graph.finalized
        assert session.graph is graph
    assert not graph.finalized
    assert session.graph is None
    assert session.should_stop()
    for call in (session.close, lambda: session.run([]), lambda: session.run_step_fn(lambda step_context: None)):
        with pytest.raises(RuntimeError, match="Session is already closed"):
            call()
    scaffold = tf.train.Scaffold().finalize()
    with tf.train.SingularMonitoredSession(scaffold=scaffold):
        pass
    assert graph.finalized


def test_requests_are_merged():
    x, y = tf.placeholder(tf.float32, [], "x"), tf.placeholder(tf.float32, [], "y")
    total = x + y
    half = total / 2.0
    seen = []

    class Asker(tf.train.SessionRunHook):
        def before_run(self, run_context):
            seen.append(run_context.original_args)
            options = tf.RunOptions(trace_level=tf.RunOptions.SOFTWARE_TRACE, timeout_in_ms=60000)
            return tf.train.SessionRunArgs({"half": half}, {x: 1.0}, options)

        def after_run(self, run_context, run_values):
            seen.append(run_values)

    with tf.train.MonitoredSession(hooks=[Asker(), tf.train.SessionRunHook()]) as session:
        assert session.run({"sum": [total]}, {y: 2.0}) == {"sum": [3.0]}
        with pytest.raises(RuntimeError, match="Same tensor is fed by a SessionRunHook and user"):
            session.run(total, {x: 1.0, y: 1.0})
    arguments, values, _ = seen
    assert arguments == tf.train.SessionRunArgs({"sum": [total]}, {y: 2.0})
    assert values.results == {"half": 1.5}
    assert (values.options.trace_level, values.options.timeout_in_ms) == (tf.RunOptions.SOFTWARE_TRACE, 60000)
    assert values.run_metadata.step_stats.dev_stats
    twice = [tf.train.FeedFnHook(lambda: {x: 1.0})] * 2
    with (
        tf.train.MonitoredSession(hooks=twice) as session,
        pytest.raises(RuntimeError, match="Same tensor is fed by two hooks"),
    ):
        session.run(total, {y: 1.0})


def test_stopping():
    _, train_op = counter()

    class Stopper(tf.train.SessionRunHook):
        def after_run(self, run_context, run_values):
            run_context.request_stop()

    with tf.train.MonitoredSession(hooks=[Stopper()]) as session:
        assert not session.should_stop()
        assert session.run(train_op) == 1
        assert session.should_stop()
        with pytest.raises(RuntimeError, match="Run called even after should_stop requested"):
            session.run(train_op)


@pytest.mark.parametrize("error", [tf.errors.AbortedError, tf.errors.UnavailableError])
def test_a_lost_session_is_replaced(error, tmp_path):
    """It goes on from the last checkpoint."""
    _, train_op = counter()
    log, lost = [], []

    class Loser(Recorder):
        def after_run(self, run_context, run_values):
            if len(lost) < 2 and run_context.session.run("global_step:0") == 3:
                lost.append(True)
                raise error(None, None, "lost")

    hooks = [Loser(log), tf.train.StopAtStepHook(num_steps=5)]
    steps = []
    with tf.train.MonitoredTrainingSession(
        checkpoint_dir=str(tmp_path), hooks=hooks, save_checkpoint_steps=2, log_step_count_steps=None
    ) as session:
        while not session.should_stop():
            steps.append(int(session.run(train_op)))
    assert log.count("created") == 3
    assert steps == [1, 2, 3, 4, 5]  # the third step is done again until it succeeds
    with pytest.raises(error, match="lost"), tf.train.SingularMonitoredSession(hooks=[Raiser(error)]) as singular:
        singular.run(train_op)


class Raiser(tf.train.SessionRunHook):
    def __init__(self, error):
        self.error = error

    def before_run(self, run_context):
        raise self.error(None, None, "lost")


PROGRAM = """
import os
import tangraph as tf
tf.set_random_seed(3)
step = tf.train.get_or_create_global_step()
w = tf.get_variable("w", [3])
loss = tf.reduce_sum((w - [1.0, 2.0, 3.0]) ** 2)
train_op = tf.train.AdamOptimizer(0.1).minimize(loss, global_step=step)
hooks = [tf.train.StopAtStepHook(last_step=8)]
with tf.train.MonitoredTrainingSession(checkpoint_dir=folder, hooks=hooks, save_checkpoint_steps=2) as session:
    while not session.should_stop():
        _, value = session.run([train_op, loss])
        number = int(session.run_step_fn(lambda step_context: step_context.session.run(step)))
        report(number, float(value))
        if number == crash:
            os._exit(1)  # no handler runs, nothing is closed
"""


def test_a_program_that_is_killed_goes_on_where_it_was(tmp_path):
    def train(folder):
        reports = []
        with tf.Graph().as_default():
            names = {"folder": str(tmp_path / folder), "crash": None}
            exec(PROGRAM, {**names, "report": lambda *values: reports.append(values)})
        return reports

    whole = train("whole")
    assert [number for number, _ in whole] == list(range(1, 9))
    killed = f"folder, crash, report = {str(tmp_path / 'killed')!r}, 5, print" + PROGRAM
    assert subprocess.run([sys.executable, "-c", killed], check=False, timeout=120).returncode == 1
    resumed = train("killed")
    assert resumed == whole[4:]  # a checkpoint was written after every second step


def test_scaffold():
    variable = tf.Variable(1.0, name="v")
    given = tf.assign(variable, 5.0)
    fed = tf.placeholder(tf.float32, [])
    calls = []
    scaffold = tf.train.Scaffold(
        init_op=tf.assign(variable, fed),
        init_feed_dict={fed: 3.0},
        init_fn=lambda scaffold, session: calls.append((scaffold, session.run(variable))),
        local_init_op=tf.no_op(),
    )
    copied = tf.train.Scaffold(copy_from_scaffold=scaffold, init_op=given)
    with tf.train.MonitoredSession(tf.train.ChiefSessionCreator(copied)) as session:
        assert session.run(variable) == 5.0
        assert copied.init_feed_dict == {fed: 3.0}
    ((caller, value),) = calls
    assert caller is copied
    assert value == 5.0
    assert tf.get_collection(tf.GraphKeys.READY_OP) == [copied.ready_op]
    with pytest.raises(TypeError, match="copy_from_scaffold is not a Scaffold instance"):
        tf.train.Scaffold(copy_from_scaffold=5)
    tf.add_to_collection(tf.GraphKeys.INIT_OP, given)
    tf.add_to_collection(tf.GraphKeys.INIT_OP, given)
    with pytest.raises(RuntimeError, match='More than one item in the collection "init_op"'):
        tf.train.Scaffold().finalize()


def test_what_does_not_become_ready():
    tf.Variable(1.0, name="v")
    nothing = tf.no_op(name="n")
    with pytest.raises(ValueError, match="you must also pass a local_init_op"):
        tf.train.SessionManager(ready_for_local_init_op=nothing)
    manager = tf.train.SessionManager(ready_op=tf.report_uninitialized_variables())
    with pytest.raises(RuntimeError, match="Model is not initialized and no init_op"):
        manager.prepare_session("")
    with pytest.raises(RuntimeError, match="did not make model ready.  Init op: n, .*: Variables not initialized: v"):
        manager.prepare_session("", init_op=nothing)
    creator = tf.train.ChiefSessionCreator(tf.train.Scaffold(init_op=nothing))
    with pytest.raises(RuntimeError, match="did not make model ready for local_init.*Variables not initialized: v"):
        tf.train.MonitoredSession(creator)


def test_session_manager(tmp_path):
    variable = tf.Variable(1.0, name="v")
    saver = tf.train.Saver()
    manager = tf.train.SessionManager(ready_op=tf.report_uninitialized_variables(), recovery_wait_secs=0.01)
    folder = str(tmp_path)
    assert not manager.recover_session("", saver, folder)[1]
    with manager.prepare_session("", tf.global_variables_initializer(), saver, folder) as prepared:
        path = saver.save(prepared, folder + "/m", global_step=1)
    for arguments in ({"checkpoint_dir": folder}, {"checkpoint_filename_with_path": path}):
        session, restored = manager.recover_session("", saver, **arguments)
        assert restored
        assert session.run(variable) == 1.0
    with pytest.raises(ValueError, match="Can not provide both checkpoint_dir and checkpoint_filename_with_path"):
        manager.prepare_session("", saver=saver, checkpoint_dir=folder, checkpoint_filename_with_path=path)
    with pytest.raises(tf.errors.DeadlineExceededError, match="Session was not ready after waiting 0 secs"):
        manager.wait_for_session("", max_wait_secs=0)


def test_waiting_for_a_checkpoint(tmp_path):
    variable = tf.Variable(7.0, name="v")
    saver, init = tf.train.Saver(), tf.global_variables_initializer()
    manager = tf.train.SessionManager(recovery_wait_secs=0.01)

    def save():
        with tf.Session(graph=variable.graph) as session:
            session.run(init)
            saver.save(session, str(tmp_path / "m"))

    writer = threading.Timer(0.05, save)
    writer.start()
    restored = manager.prepare_session("", saver=saver, checkpoint_dir=str(tmp_path), wait_for_checkpoint=True)
    writer.join()
    assert restored.run(variable) == 7.0


def test_a_worker_waits_for_its_chief():
    server = tf.train.Server.create_local_server()
    step, train_op = counter()
    scaffold = tf.train.Scaffold().finalize()
    worker = tf.train.WorkerSessionCreator(scaffold, server.target, max_wait_secs=0)
    worker._get_session_manager()._recovery_wait_secs = 0.01
    with pytest.raises(tf.errors.DeadlineExceededError):
        worker.create_session()
    chief = tf.train.MonitoredSession(tf.train.ChiefSessionCreator(scaffold, server.target))
    assert chief.run(train_op) == 1
    with tf.train.MonitoredSession(worker) as session:
        assert session.run(train_op) == 2
    assert chief.run(step) == 2
    chief.close()


def test_step_functions():
    x = tf.placeholder(tf.float32, [])
    y = x + 1.0
    log = []
    with tf.train.MonitoredSession(hooks=[Recorder(log)]) as session:

        def step(step_context):
            assert step_context.session.run(y, {x: 1.0}) == 2.0
            assert "before" not in log
            return step_context.run_with_hooks(y, feed_dict={x: 2.0})

        class Holder:
            def method(self, step_context):
                step_context.request_stop()

        assert session.run_step_fn(step) == 3.0
        assert log[-1] == "after"
        with pytest.raises(ValueError, match="`step_fn` may either have one `step_context` argument.*Got \\('a',\\)"):
            session.run_step_fn(lambda a: None)
        session.run_step_fn(Holder().method)
        log.append("not reached: request_stop leaves the block")
    assert log[-1] == "end"


class Runner:
    """What a QueueRunner is to a session: it makes threads."""

    def __init__(self, error=None):
        self.error = error
        self.stopped = threading.Event()

    def create_threads(self, sess, coord=None, daemon=False, start=False):
        def work():
            if self.error is not None:
                coord.request_stop(self.error)
            coord.wait_for_stop(60)
            self.stopped.set()

        thread = threading.Thread(target=work, daemon=daemon)
        coord.register_thread(thread)
        thread.start()
        return [thread]


def test_queue_runners_are_started_and_stopped():
    step, _ = counter()
    runner = Runner()
    tf.add_to_collection(tf.GraphKeys.QUEUE_RUNNERS, runner)
    with tf.train.MonitoredSession() as session:
        session.run(step)
        assert not runner.stopped.is_set()
    assert runner.stopped.is_set()


def test_an_error_of_a_thread_ends_the_session():
    step, _ = counter()
    tf.add_to_collection(tf.GraphKeys.QUEUE_RUNNERS, Runner(ValueError("in the thread")))
    session = tf.train.MonitoredSession()
    while not session.should_stop():
        session.run(step)
    with pytest.raises(ValueError, match="in the thread"):
        session.close()


def test_supervisor(tmp_path):
    step, train_op = counter()
    tf.summary.scalar("step", tf.cast(step, tf.float32))
    supervisor = tf.train.Supervisor(logdir=str(tmp_path), save_summaries_secs=0.01, save_model_secs=0)
    wrote = threading.Event()
    original = supervisor.summary_writer.add_summary
    supervisor.summary_writer.add_summary = lambda *args: (original(*args), wrote.set())
    with supervisor.managed_session() as session:
        session.run(train_op)
        assert wrote.wait(60)
        supervisor.summary_computed(session, session.run(supervisor.summary_op))
        path = supervisor.saver.save(session, supervisor.save_path, global_step=step)
        assert not supervisor.should_stop()
    assert supervisor.should_stop()
    assert path == str(tmp_path / "model.ckpt-1")
    (events,) = tmp_path.glob("events.*")
    logged = [event.WhichOneof("what") for event in tf.train.summary_iterator(str(events))]
    assert {"graph_def", "meta_graph_def", "summary", "session_log"} < set(logged)
    with pytest.raises(ValueError, match="my error"), supervisor.managed_session():
        raise ValueError("my error")
    with supervisor.managed_session() as session:
        assert session.run(step) == 1
        raise tf.errors.OutOfRangeError(None, None, "the end of the input is no error")


def test_a_supervisor_saves_by_itself(tmp_path):
    counter()
    supervisor = tf.train.Supervisor(logdir=str(tmp_path), save_summaries_secs=0, save_model_secs=0.01)
    saved = threading.Event()
    original = supervisor.summary_writer.add_session_log
    supervisor.summary_writer.add_session_log = lambda log, step=None: (
        original(log, step),
        log.status == tf.SessionLog.CHECKPOINT and saved.set(),
    )
    with supervisor.managed_session():
        assert saved.wait(60)
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / "model.ckpt-0")


def test_supervisor_without_anything():
    variable = tf.Variable(1.0)
    with pytest.raises(ValueError, match="all Variables must have their device set"):
        tf.train.Supervisor(is_chief=False)
    supervisor = tf.train.Supervisor(saver=None, summary_op=None, init_op=variable.initializer, summary_writer=None)
    assert (supervisor.saver, supervisor.global_step, supervisor.save_path) == (None, None, None)
    session = supervisor.PrepareSession()
    assert session.run(variable) == 1.0
    with pytest.raises(RuntimeError, match="Writing a summary requires a summary writer"):
        supervisor.summary_computed(session, b"")
    called = threading.Event()
    supervisor.loop(0.01, called.set)
    assert called.wait(60)
    supervisor.Stop()


def test_basic_train_loop():
    _, train_op = counter()
    supervisor = tf.train.Supervisor()
    calls = []

    def step(session, a, b):
        calls.append((a, b, int(session.run(train_op))))
        if len(calls) == 2:
            raise tf.errors.AbortedError(None, None, "lost")
        if len(calls) == 4:
            supervisor.request_stop()

    tf.train.basic_train_loop(supervisor, step, args=[1], kwargs={"b": 2})
    assert calls == [(1, 2, 1), (1, 2, 2), (1, 2, 1), (1, 2, 2)]
