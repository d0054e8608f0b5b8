"""What TensorBoard reads in our event files."""

from __future__ import annotations

import io

import numpy as np
import pytest

import tangraph as tf


@pytest.fixture
def accumulator():
    """TensorBoard's reader of a folder."""
    event_accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="tensorboard is not installed"
    )
    return lambda folder: event_accumulator.EventAccumulator(str(folder)).Reload()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tensorboard_reads_what_is_written(tmp_path, accumulator):
    image = (np.arange(24).reshape(1, 4, 2, 3) * 10).astype(np.uint8)
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tf.summary.scalar("loss", tf.placeholder(tf.float32, [], name="x"))
        tf.summary.histogram("weights", [-1.0, 0.5, 2.0])
        tf.summary.image("picture", tf.constant(image))
        tf.summary.audio("sound", np.zeros([1, 8], np.float32), 8000.0)
        tf.summary.text("note", tf.constant("some *text*"))
        merged = tf.summary.merge_all()
        with tf.summary.FileWriter(str(tmp_path), graph) as writer:
            for step in range(3):
                writer.add_summary(session.run(merged, {"x:0": 0.5 * step}), step)
    read = accumulator(tmp_path)
    tags = read.Tags()
    assert (tags["scalars"], tags["images"], tags["histograms"]) == (["loss"], ["picture/image/0"], ["weights"])
    assert (tags["audio"], tags["tensors"], tags["graph"], tags["meta_graph"]) == (
        ["sound/audio/0"],
        ["note"],
        True,
        True,
    )
    assert [(event.step, event.value) for event in read.Scalars("loss")] == [(0, 0.0), (1, 0.5), (2, 1.0)]
    histogram = read.Histograms("weights")[0].histogram_value
    assert (histogram.num, histogram.min, histogram.max, histogram.sum) == (3, -1, 2, 1.5)
    assert [node.op for node in read.Graph().node][:2] == ["Placeholder", "Const"]
    assert read.Tensors("note")[0].tensor_proto.string_val[0] == b"some *text*"
    encoded = read.Images("picture/image/0")[0]
    assert (encoded.height, encoded.width) == (4, 2)
    pillow = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    np.testing.assert_array_equal(np.asarray(pillow.open(io.BytesIO(encoded.encoded_image_string))), image[0])
