"""The hooks of tf.train: what they do, when, and what they log."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest

import tangraph as tf
from tangraph.util import tf_logging


@pytest.fixture(autouse=True)
def _closed_writers():
    yield
    tf.summary.FileWriterCache.clear()


@pytest.fixture
def lines():
    """The lines of the log, with times and folders left out."""
    found = []

    class Handler(logging.Handler):
        def emit(self, record):
            line = re.sub(r"\d+\.\d+ sec|sec: [\d.e+]+", "TIME", record.getMessage())
            found.append(f"{record.levelname} " + re.sub(r"into '?/\S*?(?=model|timeline)", "into FOLDER/", line))

    handler, logger = Handler(), tf_logging.get_logger()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(tf.logging.INFO)
    yield found
    logger.setLevel(level)
    logger.removeHandler(handler)


def model():
    step = tf.train.get_or_create_global_step()
    w = tf.get_variable("w", [2, 1], initializer=tf.ones_initializer())
    loss = tf.reduce_sum(tf.matmul(tf.constant([[1.0, 2.0]]), w) ** 2, name="loss")
    tf.summary.scalar("s", loss)
    return step, loss, tf.train.GradientDescentOptimizer(0.01).minimize(loss, global_step=step)


def run_all(session, op):
    count = 0
    while not session.should_stop():
        session.run(op)
        count += 1
    return count


def events_in(folder):
    return [event for path in sorted(Path(folder).glob("events.*")) for event in tf.train.summary_iterator(str(path))]


def test_what_a_training_session_logs_and_writes(lines, tmp_path):
    """Recorded from TensorFlow 1.15.5, but for times.

    Whether a run reads the step before or after it is counted is another thing in each process of TensorFlow: in four of
    six, one or two such reads make a hook say that the step has not been increased.
    """
    _, loss, train_op = model()
    hooks = [
        tf.train.StopAtStepHook(last_step=5),
        tf.train.LoggingTensorHook({"l": loss, "step": "global_step"}, every_n_iter=2),
        tf.train.LoggingTensorHook(["loss:0"], at_end=True),
    ]
    with tf.train.MonitoredTrainingSession(
        checkpoint_dir=str(tmp_path),
        hooks=hooks,
        save_checkpoint_steps=2,
        save_summaries_steps=2,
        log_step_count_steps=2,
    ) as session:
        assert run_all(session, train_op) == 5
    tf.summary.FileWriterCache.clear()
    assert [line for line in lines if "global step" not in line] == [
        "INFO Create CheckpointSaverHook.",
        "INFO Graph was finalized.",
        "INFO Running local_init_op.",
        "INFO Done running local_init_op.",
        "INFO Saving checkpoints for 0 into FOLDER/model.ckpt.",
        "INFO l = 9.0, step = 1",
        "INFO Saving checkpoints for 2 into FOLDER/model.ckpt.",
        "INFO global_step/TIME",
        "INFO l = 5.9049006, step = 3 (TIME)",
        "INFO Saving checkpoints for 4 into FOLDER/model.ckpt.",
        "INFO global_step/TIME",
        "INFO l = 3.8742054, step = 5 (TIME)",
        "INFO Saving checkpoints for 5 into FOLDER/model.ckpt.",
        "INFO loss:0 = 3.138106",
    ]
    names = {re.sub(r"events\..*", "events", path.name).partition(".data")[0] for path in tmp_path.iterdir()}
    kept = {f"model.ckpt-{step}{end}" for step in (0, 2, 4, 5) for end in ("", ".index", ".meta")}
    assert names == {"checkpoint", "events", "graph.pbtxt"} | kept
    written = [
        (event.WhichOneof("what"), event.step, [value.tag for value in event.summary.value])
        for event in events_in(tmp_path)
    ]
    assert [item for item in written if item[0] == "summary"] == [
        ("summary", 1, ["s"]),
        ("summary", 3, ["global_step/sec"]),
        ("summary", 3, ["s"]),
        ("summary", 5, ["global_step/sec"]),
        ("summary", 5, ["s"]),
    ]
    assert [step for kind, step, _ in written if kind == "session_log"] == [0, 1, 2, 4, 5]
    assert [kind for kind, _, _ in written[:5]] == ["file_version", *["graph_def", "meta_graph_def"] * 2]


HOOK_ERRORS = [
    (lambda: tf.train.StopAtStepHook(), "One of num_steps or last_step must be specified."),
    (lambda: tf.train.StopAtStepHook(1, 2), "Only one of num_steps or last_step can be specified."),
    (lambda: tf.train.LoggingTensorHook(["a"]), "exactly one of every_n_iter and every_n_secs must be provided."),
    (lambda: tf.train.LoggingTensorHook(["a"], 1, 2), "exactly one of every_n_iter and every_n_secs must be provided."),
    (lambda: tf.train.LoggingTensorHook(["a"], every_n_iter=0), "invalid every_n_iter=0."),
    (lambda: tf.train.SecondOrStepTimer(), "Either every_secs or every_steps should be provided."),
    (lambda: tf.train.SecondOrStepTimer(1, 2), "Can not provide both every_secs and every_steps."),
    (lambda: tf.train.CheckpointSaverHook("x", 1, saver=1, scaffold=2), "You cannot provide both saver and scaffold."),
    (lambda: tf.train.StepCounterHook(1, 2), "exactly one of every_n_steps and every_n_secs should be provided."),
    (lambda: tf.train.SummarySaverHook(1), "Exactly one of scaffold or summary_op must be provided."),
    (lambda: tf.train.SummarySaverHook(1, scaffold=1, summary_op=3), "Exactly one of scaffold or summary_op must be"),
]


@pytest.mark.parametrize(("make", "message"), HOOK_ERRORS)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_hooks_that_need_a_global_step(tmp_path):
    hooks = {
        "StopAtStepHook": tf.train.StopAtStepHook(1),
        "StepCounterHook": tf.train.StepCounterHook(),
        "SummarySaverHook": tf.train.SummarySaverHook(1, summary_op=1),
        "_GlobalStepWaiterHook": tf.train.GlobalStepWaiterHook(1),
        "CheckpointSaverHook": tf.train.CheckpointSaverHook(str(tmp_path), 1),
        "ProfilerHook": tf.train.ProfilerHook(1, output_dir=str(tmp_path)),
    }
    for name, hook in hooks.items():
        with pytest.raises(RuntimeError, match=f"Global step should be created to use {name}."):
            hook.begin()


def test_tensors_that_cannot_be_logged():
    tf.split(tf.zeros([4]), 2, name="parts")
    for tensor, error, message in [
        ("nothing", KeyError, "nothing"),
        ("parts", ValueError, "Name parts is ambiguous"),
        (3, ValueError, "Passed 3 should have graph attribute that is equal to current graph"),
    ]:
        with pytest.raises(error, match=message):
            tf.train.LoggingTensorHook([tensor], every_n_iter=1).begin()


def test_logging_with_a_formatter_and_at_the_end(lines):
    x = tf.constant([1.0, 1e-9], name="x")
    hooks = [
        tf.train.LoggingTensorHook({"x": "x:0"}, every_n_iter=1, formatter=lambda values: f"<{sorted(values)}>"),
        tf.train.LoggingTensorHook([x], at_end=True),
    ]
    with tf.train.SingularMonitoredSession(hooks=hooks) as session:
        session.run(x)
    assert lines[-2:] == ["INFO <['x']>", f"INFO {x} = [1. 0.]"]


def test_nan(lines):
    x = tf.placeholder_with_default(float("nan"), [])
    with tf.train.MonitoredSession(hooks=[tf.train.NanTensorHook(x, fail_on_nan_loss=False)]) as session:
        session.run(x, {x: 1.0})
        assert not session.should_stop()
        session.run(x)
        assert session.should_stop()
    assert lines[-1] == "WARNING Model diverged with loss = NaN."
    with (
        tf.train.MonitoredSession(hooks=[tf.train.NanTensorHook(x)]) as session,
        pytest.raises(tf.train.NanLossDuringTrainingError) as caught,
    ):
        session.run(x)
    assert str(caught.value) == "NaN loss during training."
    assert lines[-1] == "ERROR Model diverged with loss = NaN."


def test_stop_after_a_number_of_steps(tmp_path):
    _, _, train_op = model()
    counts = []
    for _ in range(2):
        with tf.train.MonitoredTrainingSession(
            checkpoint_dir=str(tmp_path), hooks=[tf.train.StopAtStepHook(num_steps=3)]
        ) as session:
            counts.append(run_all(session, train_op))
    assert counts == [3, 3]


def test_a_step_that_does_not_increase_is_noticed(lines):
    step = tf.train.get_or_create_global_step()
    with tf.train.MonitoredSession(hooks=[tf.train.StepCounterHook(every_n_steps=1)]) as session:
        for _ in range(3):
            session.run(step)
    assert any(line.startswith("WARNING It seems that global step") for line in lines)


def test_listeners_and_savers(tmp_path):
    _, _, train_op = model()
    calls = []

    class Listener(tf.train.CheckpointSaverListener):
        def begin(self):
            calls.append("begin")

        def before_save(self, session, global_step_value):
            calls.append(("before", int(global_step_value)))

        def after_save(self, session, global_step_value):
            calls.append(("after", int(global_step_value)))
            return global_step_value == 2

        def end(self, session, global_step_value):
            calls.append(("end", int(global_step_value)))

    saver = tf.train.Saver()
    hook = tf.train.CheckpointSaverHook(
        str(tmp_path), save_steps=2, saver=saver, checkpoint_basename="mine", listeners=[Listener()]
    )
    with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
        assert run_all(session, train_op) == 2
    assert calls == ["begin", ("before", 0), ("after", 0), ("before", 2), ("after", 2), ("end", 2)]
    assert [Path(path).name for path in saver.last_checkpoints] == ["mine-0", "mine-2"]
    found = tf.train.CheckpointSaverHook(str(tmp_path), save_steps=2)
    tf.get_default_graph().clear_collection(tf.GraphKeys.SAVERS)
    with pytest.raises(RuntimeError, match="No items in collection savers"):
        found._get_saver()
    for _ in range(2):
        tf.add_to_collection(tf.GraphKeys.SAVERS, saver)
    with pytest.raises(RuntimeError, match="More than one item in collection savers"):
        found._get_saver()


def test_final_ops(lines):
    x = tf.placeholder(tf.float32, [])
    y = x + 1.0
    hook = tf.train.FinalOpsHook({"y": y}, {x: 2.0})
    with tf.train.MonitoredSession(hooks=[hook, tf.train.FinalOpsHook(None)]):
        assert hook.final_ops_values is None
    assert hook.final_ops_values == {"y": 3.0}

    def no_more():
        raise tf.errors.OutOfRangeError(None, None, "no more")

    class NoMore:
        def run(self, *args, **kwargs):
            no_more()

    with pytest.raises(tf.errors.OutOfRangeError):
        tf.train.FinalOpsHook(y).end(NoMore())
    assert "asked for more input" in lines[-1]


def test_waiting_for_a_step(lines, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    step = tf.train.get_or_create_global_step()
    reached = iter([0, 2000, 5000])
    hook = tf.train.GlobalStepWaiterHook(5000)
    hook.begin()

    class Context:
        class session:
            run = staticmethod(lambda fetch: next(reached))

    assert hook.before_run(Context()) is None
    assert hook.before_run(Context()) is None  # only the first time
    assert lines == [
        "INFO Waiting for global step 5000 before starting training.",
        "INFO Waiting for global step 5000 before starting training. Current step is 2000.",
    ]
    assert step.dtype.base_dtype == tf.int64


def test_profiler(lines, tmp_path):
    _, _, train_op = model()
    hooks = [tf.train.ProfilerHook(save_steps=2, output_dir=str(tmp_path)), tf.train.StopAtStepHook(last_step=5)]
    with tf.train.MonitoredSession(hooks=hooks) as session:
        run_all(session, train_op)
    tf.summary.FileWriterCache.clear()
    timelines = sorted(tmp_path.glob("timeline-*.json"))
    assert [path.name for path in timelines] == ["timeline-2.json", "timeline-4.json"]
    assert "INFO Saving timeline for 2 into FOLDER/timeline-2.json'." in lines
    trace = json.loads(timelines[0].read_text())["traceEvents"]
    assert trace[0]["args"]["name"].endswith("device:CPU:0 Compute")
    ran = {event["args"]["name"]: event for event in trace if event["ph"] == "X"}
    assert any(event["name"] == "MatMul" for event in ran.values())
    arrows = [event for event in trace if event.get("cat") == "DataFlow"]
    assert len({event["id"] for event in arrows}) * 2 == len(arrows) > 0
    tags = [event.tagged_run_metadata.tag for event in events_in(tmp_path)]
    assert [tag for tag in tags if tag] == ["step_2", "step_4"]


def test_timers(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    timer = tf.train.SecondOrStepTimer(every_secs=10)
    assert timer.should_trigger_for_step(1)
    assert timer.update_last_triggered_step(1) == (None, None)
    assert not timer.should_trigger_for_step(2)
    now[0] += 10
    assert not timer.should_trigger_for_step(1)
    assert timer.should_trigger_for_step(2)
    assert timer.update_last_triggered_step(4) == (10.0, 3)
    assert timer.last_triggered_step() == 4
    timer.reset()
    assert timer.last_triggered_step() is None
