"""tf.contrib.summary: summaries that operations write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tangraph as tf

summary = tf.contrib.summary


def events_in(folder):
    return [event for path in sorted(Path(folder).iterdir()) for event in tf.train.summary_iterator(str(path))]


def test_every_kind_every_second_step(tmp_path):
    step = tf.train.get_or_create_global_step()
    writer = summary.create_file_writer(str(tmp_path), filename_suffix=".x", name="w")
    with writer.as_default(), summary.record_summaries_every_n_global_steps(2):
        with tf.name_scope("scope"):
            summary.scalar("s", 1.0)
        summary.histogram("h", [1.0, 2.0], family="fam")
        summary.image("i", tf.zeros([1, 2, 2, 1]))
        summary.audio("a", tf.zeros([1, 10]), 8000.0, 3)
        summary.generic("g", tf.constant(["t"]), metadata=tf.SummaryMetadata(display_name="shown"))
    write = summary.all_summary_ops()
    assert len(write) == 5
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.NotFoundError, match="Resource localhost/w/.*not initialized, or closed"):
            session.run(write)
        session.run(summary.summary_writer_initializer_op())
        for _ in range(3):
            session.run(write)
            session.run(step.assign_add(1))
        session.run(writer.close())
    (path,) = tmp_path.iterdir()
    assert path.name.endswith(".x")
    found = [(event.step, value.tag) for event in events_in(tmp_path) for value in event.summary.value]
    tags = {"scope/s", "fam/fam/h", "i/image/0", "a/audio/0", "g"}
    assert set(found) == {(step, tag) for step in (0, 2) for tag in tags}
    assert len(found) == 10


def test_what_is_recorded(tmp_path):
    assert summary.scalar("a", 1.0).type == "NoOp"  # there is no writer
    with summary.create_file_writer(str(tmp_path)).as_default() as writer:
        off = summary.scalar("a", 1.0, step=1)
        with summary.always_record_summaries():
            on = summary.scalar("b", 1.0, step=2)
            with summary.never_record_summaries():
                never = summary.scalar("c", 1.0, step=3)
    assert summary.flush().type == "NoOp"  # the block is left
    with tf.Session() as session:
        session.run(writer.init())
        assert session.run([off, on, never]) == [False, True, False]
        session.run(writer.flush())
    assert [event.step for event in events_in(tmp_path)] == [0, 2]


def test_waiting_events(tmp_path):
    """At most `max_queue` events wait."""
    writer = summary.create_file_writer(str(tmp_path), max_queue=2)
    with writer.as_default(), summary.always_record_summaries():
        write = summary.scalar("a", 1.0, step=1)
    with tf.Session() as session:
        session.run(writer.init())
        counts = []
        for _ in range(4):
            session.run(write)
            counts.append(len(events_in(tmp_path)))
    assert counts == [1, 1, 4, 4]


def test_initialize_writes_the_graph(tmp_path):
    with pytest.raises(RuntimeError, match=r"No default tf\.contrib\.summary\.SummaryWriter found"):
        summary.initialize()
    with summary.create_file_writer(str(tmp_path)).as_default() as writer:
        with pytest.raises(ValueError, match="session must be passed if no default session exists"):
            summary.initialize()
        with tf.Session() as session:
            summary.initialize(graph=tf.get_default_graph())
            session.run(writer.flush())
    nodes = tf.GraphDef.FromString(events_in(tmp_path)[1].graph_def).node
    assert [node.op for node in nodes][:4] == ["Const", "Const", "Const", "SummaryWriter"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: summary.histogram("h", [np.nan], step=1), "Nan in summary histogram for: h"),
        (lambda: summary.scalar("s", [1.0, 2.0], step=1), "must be a scalar. Received: \\[2\\]"),
        (lambda: summary.graph(tf.constant("junk"), step=1), "Bad tf.GraphDef binary proto"),
        (lambda: summary.import_event(tf.constant("junk")), "Bad tf.Event binary proto"),
    ],
)
def test_bad_values(tmp_path, make, message):
    with summary.create_file_writer(str(tmp_path)).as_default() as writer, summary.always_record_summaries():
        write = make()
    with tf.Session() as session:
        session.run(writer.init())
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            session.run(write)


def test_no_writer():
    writer = summary.create_file_writer(None)
    with writer.as_default():
        assert summary.scalar("a", 1.0).type == "NoOp"
    assert (writer.init(), writer.flush(), writer.close()) == (None, None, None)
    with pytest.raises(TypeError, match="graph\\(\\) needs a tf.Tensor"):
        summary.graph(tf.get_default_graph())
