"""tf.summary: the nodes, and the bytes that come out."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf

HERE = Path(__file__).parent
# Recorded from TensorFlow 1.15.5: a call, its nodes, and the summary or the error.
SUMMARIES = json.loads((HERE / "summaries.json").read_text())
# The same for images: what the PNG's data are when they are unpacked, and the file.
IMAGES = json.loads((HERE / "images.json").read_text())


def made_by(code):
    return eval(code, {"tf": tf, "np": np})


@pytest.mark.parametrize("case", SUMMARIES, ids=[case["code"] for case in SUMMARIES])
def test_what_tensorflow_makes(case):
    def run():
        summary = made_by(case["code"])
        with tf.Session() as session:
            return session.run(summary)

    if "summary" in case:
        assert run() == bytes.fromhex(case["summary"])
    else:
        name, message = case["error"]
        with pytest.raises((tf.errors.OpError, TypeError, ValueError)) as caught:
            run()
        assert type(caught.value).__name__ == name
        assert str(caught.value).splitlines()[0] == message
    if "nodes" in case:
        nodes = tf.get_default_graph().as_graph_def().node
        assert [[node.name, node.op, *node.input] for node in nodes] == case["nodes"]


@pytest.mark.parametrize("case", IMAGES, ids=[case["image"] for case in IMAGES])
def test_images(case):
    with tf.Session() as session:
        (value,) = tf.Summary.FromString(session.run(tf.summary.image("i", made_by(case["image"]), 1))).value
    image = value.image
    assert (value.tag, [image.height, image.width, image.colorspace]) == ("i/image", case["size"])
    chunks = dict(png_chunks(image.encoded_image_string))
    assert zlib.decompress(chunks[b"IDAT"]).hex() == case["filtered"]
    # zlib is not the same everywhere; what stands around its stream is.
    recorded = bytes.fromhex(case["file"])
    assert image.encoded_image_string[:33] == recorded[:33]
    assert image.encoded_image_string[-12:] == recorded[-12:]
    assert chunks[b"IDAT"][:2] == dict(png_chunks(recorded))[b"IDAT"][:2]


def png_chunks(file):
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    position = 8
    while position < len(file):
        size = int.from_bytes(file[position : position + 4], "big")
        kind, data = file[position + 4 : position + 8], file[position + 8 : position + 8 + size]
        assert int.from_bytes(file[position + 8 + size : position + 12 + size], "big") == zlib.crc32(kind + data)
        yield kind, data
        position += 12 + size


def test_large_images_are_several_chunks():
    from tangraph_summary.png import encode_png

    noise = np.random.default_rng(0).integers(0, 256, [80, 90, 3]).astype(np.uint8)
    chunks = list(png_chunks(encode_png(noise)))
    assert [kind for kind, _ in chunks] == [b"IHDR", b"IDAT", b"IDAT", b"IDAT", b"IEND"]
    data = np.frombuffer(zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT")), np.uint8)
    np.testing.assert_array_equal(unfiltered(data.reshape(80, 271), 3).reshape(80, 90, 3), noise)


def unfiltered(rows, channels):
    """What a PNG reader does, byte by byte."""
    image = np.zeros((len(rows) + 1, rows.shape[1] - 1 + channels), int)
    for y, (kind, *row) in enumerate(rows.tolist(), 1):
        for x, byte in enumerate(row, channels):
            left, above, corner = image[y, x - channels], image[y - 1, x], image[y - 1, x - channels]
            nearest = min((left, above, corner), key=lambda v, guess=left + above - corner: abs(v - guess))
            image[y, x] = (byte + (0, left, above, (left + above) // 2, nearest)[kind]) % 256
    return image[1:, channels:]


def test_collections():
    plain = tf.summary.scalar("a", 1.0)
    other = tf.summary.scalar("b", 1.0, collections=["mine"])
    with tf.name_scope("scope"):
        inner = tf.summary.scalar("c", 1.0)
    assert tf.get_collection(tf.GraphKeys.SUMMARIES) == [plain, inner]
    assert list(tf.summary.merge_all("mine").op.inputs) == [other]
    assert list(tf.summary.merge_all(scope="scope").op.inputs) == [inner]
    assert tf.summary.merge_all("nothing") is None
    merged = tf.summary.merge([plain], collections=["merged"])
    assert tf.get_collection("merged") == [merged]


def test_summary_description():
    node = tf.NodeDef(op="TensorSummary", name="n")
    node.attr["description"].s = b'{"type_hint": "scalar"}'
    assert tf.summary.get_summary_description(node).type_hint == "scalar"
    node.attr["description"].s = b"[1]"
    with pytest.raises(ValueError, match=r"JSON of a SummaryDescription in node 'n'. Received: \[1\]"):
        tf.summary.get_summary_description(node)
    node.op = "Const"
    with pytest.raises(ValueError, match="Can't get_summary_description on Const"):
        tf.summary.get_summary_description(node)


def test_old_names_say_what_they_are_called_now():
    with pytest.raises(AttributeError, match=r"tf\.summary\.merge_all"):
        tf.merge_all_summaries


def test_bad_color_of_an_imported_graph():
    """An ImageSummary without `bad_color` has the op's default."""
    tf.summary.image("i", np.array([np.nan, 1.0], "f").reshape(1, 1, 2, 1))
    graph_def = tf.get_default_graph().as_graph_def()
    del graph_def.node[-1].attr["bad_color"]
    (summary,) = tf.import_graph_def(graph_def, return_elements=["i:0"], name="")
    assert summary.op.get_attr("max_images") == 3
    with tf.Session(graph=summary.graph) as session:
        assert tf.Summary.FromString(session.run(summary)).value[0].tag == "i/image/0"
