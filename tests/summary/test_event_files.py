"""FileWriter and summary_iterator: what is in event files."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf


def events_in(folder):
    return [event for path in sorted(Path(folder).glob("events.*")) for event in tf.train.summary_iterator(str(path))]


def kinds(folder):
    return [(event.WhichOneof("what"), event.step) for event in events_in(folder)]


def number(tag, value):
    return tf.Summary(value=[tf.Summary.Value(tag=tag, simple_value=value)])


def test_everything_a_writer_writes(tmp_path):
    folder = tmp_path / "a" / "b"
    with tf.Graph().as_default() as graph, tf.Session() as session:
        summary = session.run(tf.summary.scalar("x", 1.5))
        with tf.summary.FileWriter(folder, graph, filename_suffix=".end") as writer:
            assert writer.get_logdir() == str(folder)
            writer.add_summary(summary, 1)
            writer.add_summary(number("y", 2.5), np.int64(2))
            writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), 3)
            writer.add_run_metadata(tf.RunMetadata(), "run", 4)
            writer.add_event(tf.Event(wall_time=7.0, step=5))
            writer.add_graph(graph.as_graph_def())
    (path,) = folder.iterdir()
    assert path.name.startswith("events.out.tfevents.")
    assert path.name.endswith(".end")
    events = events_in(folder)
    assert [(event.WhichOneof("what"), event.step) for event in events] == [
        ("file_version", 0),
        ("graph_def", 0),
        ("meta_graph_def", 0),
        ("summary", 1),
        ("summary", 2),
        ("session_log", 3),
        ("tagged_run_metadata", 4),
        (None, 5),
        ("graph_def", 0),
    ]
    assert events[0].file_version == "brain.Event:2"
    assert tf.GraphDef.FromString(events[1].graph_def).node[-1].op == "ScalarSummary"
    assert tf.MetaGraphDef.FromString(events[2].meta_graph_def).graph_def.node[-1].op == "ScalarSummary"
    assert [(v.tag, v.simple_value) for event in events for v in event.summary.value] == [("x", 1.5), ("y", 2.5)]
    assert events[5].session_log.status == tf.SessionLog.START
    assert events[6].tagged_run_metadata.tag == "run"
    assert events[7].wall_time == 7.0


def test_metadata_is_written_once_a_tag(tmp_path):
    summary = number("x", 1.0)
    summary.value[0].metadata.display_name = "shown"
    with tf.summary.FileWriter(str(tmp_path)) as writer:
        for step in range(2):
            writer.add_summary(summary, step)
    assert [event.summary.value[0].metadata.display_name for event in events_in(tmp_path)[1:]] == ["shown", ""]


def test_close_and_reopen(tmp_path):
    writer = tf.summary.FileWriter(str(tmp_path))
    writer.flush()
    writer.close()
    assert list(tmp_path.iterdir()) == []  # there is a file when there is something in it
    with pytest.warns(UserWarning, match="Attempting to use a closed FileWriter"):
        writer.add_summary(number("x", 1.0), 1)
    writer.reopen()
    writer.add_summary(number("x", 1.0), 2)
    writer.close()
    writer.close()
    # In the same second: nothing that was written gets lost.
    writer.reopen()
    writer.add_summary(number("x", 1.0), 3)
    writer.flush()
    with tf.summary.FileWriter(str(tmp_path)) as other:
        other.add_summary(number("x", 1.0), 4)
    writer.close()
    files = sorted(tmp_path.iterdir())
    assert len(files) == 3
    steps = [[event.step for event in tf.train.summary_iterator(str(path))] for path in files]
    assert sorted(steps) == [[0, 2], [0, 3], [0, 4]]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda w: w.add_graph(3), TypeError, "The passed graph must be an instance of `Graph`"),
        (lambda w: w.add_graph(tf.Graph(), graph_def=tf.GraphDef()), ValueError, "but not both"),
        (lambda w: w.add_meta_graph(3), TypeError, "meta_graph_def must be type MetaGraphDef, saw type: <class 'int'>"),
        (lambda w: w.add_summary(None), TypeError, "Received: None of type NoneType"),
        (lambda w: w.add_summary("text"), TypeError, "Received: 'text' of type str"),
        (lambda w: w.add_summary(b"junk"), ValueError, "Error parsing message with type 'tensorflow.Summary'"),
        (lambda w: [w.add_run_metadata(tf.RunMetadata(), "t") for _ in "ab"], ValueError, "tag was already used"),
    ],
)
def test_what_cannot_be_written(tmp_path, call, error, message):
    with tf.summary.FileWriter(str(tmp_path)) as writer, pytest.raises(error, match=message):
        call(writer)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(tf.errors.OpError):
        tf.summary.FileWriter(str(tmp_path / "file" / "logs"))


def test_a_failure_of_the_thread_is_raised(tmp_path):
    """And nobody waits for ever: the thread goes on."""

    class Broken:
        def SerializeToString(self):
            raise OSError("No space left on device")

    writer = tf.summary.FileWriter(str(tmp_path), max_queue=1)
    writer.add_event(Broken())
    with pytest.raises(OSError, match="No space left on device"):
        writer.flush()
    for step in range(5):
        writer.add_summary(number("x", 1.0), step)
    writer.close()
    assert len(events_in(tmp_path)) == 6


def test_a_program_that_does_not_close(tmp_path):
    program = f"""
import tangraph as tf
writer = tf.summary.FileWriter({str(tmp_path)!r})
for step in range(100):
    writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="x", simple_value=step)]), step)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
    assert [step for _, step in kinds(tmp_path)] == [0, *range(100)]


def add_in_child(writer):
    writer.add_summary(number("x", 1.0), 7)
    writer.close()


def test_a_fork_does_not_hang(tmp_path):
    writer = tf.summary.FileWriter(str(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking a process that has threads
        child = multiprocessing.get_context("fork").Process(target=add_in_child, args=(writer,))
        child.start()
    child.join(60)
    assert child.exitcode == 0
    writer.close()
    assert kinds(tmp_path) == [("file_version", 0), ("summary", 7)]


def test_damaged_files(tmp_path):
    with tf.summary.FileWriter(str(tmp_path)) as writer:
        writer.add_summary(number("x", 1.0), 1)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    first = 16 + int.from_bytes(whole[:8], "little")

    def read(data):
        path.write_bytes(data)
        steps = []
        with pytest.raises(tf.errors.DataLossError) as caught:
            steps.extend(event.step for event in tf.train.summary_iterator(str(path)))
        return str(caught.value)

    assert read(b"junk" * 5) == "corrupted record at 0"
    assert read(whole[:-3]) == f"truncated record at {first + 12}"
    assert read(whole[: first + 5]) == f"truncated record at {first}"
    assert read(whole[:20] + b"?" + whole[21:]) == "corrupted record at 12"
    path.write_bytes(b"")
    assert list(tf.train.summary_iterator(str(path))) == []
    with pytest.raises(tf.errors.NotFoundError, match="; No such file or directory"):
        next(tf.train.summary_iterator(str(tmp_path / "none")))


def test_one_writer_a_folder(tmp_path):
    with tf.Graph().as_default():
        tf.constant(1.0)
        writer = tf.summary.FileWriterCache.get(str(tmp_path))
        assert tf.summary.FileWriterCache.get(str(tmp_path)) is writer
    tf.summary.FileWriterCache.clear()
    assert kinds(tmp_path) == [("file_version", 0), ("graph_def", 0), ("meta_graph_def", 0)]


def test_a_writer_in_a_session(tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        writer = tf.summary.FileWriter(str(tmp_path), session=session)
        writer.add_summary(number("x", 1.0), 1)
        writer.close()
        writer.reopen()
        writer.add_summary(number("x", 1.0), 2)
        writer.flush()
        assert [step for _, step in kinds(tmp_path)] == [0, 1, 0, 2]


def test_projector(tmp_path):
    projector = tf.contrib.tensorboard.plugins.projector
    config = projector.ProjectorConfig(model_checkpoint_path="m")
    embedding = config.embeddings.add(tensor_name="e:0", metadata_path="m.tsv")
    embedding.sprite.image_path = "s.png"
    embedding.sprite.single_image_dim.extend([28, 28])
    with tf.summary.FileWriter(str(tmp_path)) as writer:
        projector.visualize_embeddings(writer, config)
    assert (tmp_path / "projector_config.pbtxt").read_text() == (
        'model_checkpoint_path: "m"\nembeddings {\n  tensor_name: "e:0"\n  metadata_path: "m.tsv"\n  sprite {\n'
        '    image_path: "s.png"\n    single_image_dim: 28\n    single_image_dim: 28\n  }\n}\n'
    )
