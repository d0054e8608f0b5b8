"""google.protobuf's own text_format and json_format on our messages, texts as recorded from TensorFlow 1.15.5."""

from __future__ import annotations

import pytest
from google.protobuf import json_format, text_format

import tangraph as tf


@pytest.fixture
def graph_def():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2, None], name="x")
        tf.identity(x, name="y")
        tf.constant(["é", b'\x00"q'], name="s")
    return graph.as_graph_def()


def config():
    return tf.ConfigProto(allow_soft_placement=True, device_count={"GPU": 1})


def test_text(graph_def):
    text = text_format.MessageToString(graph_def)
    assert text == str(graph_def)
    assert 'string_val: "\\303\\251"' in text
    assert text_format.MessageToString(graph_def.node[0], as_one_line=True) == (
        'name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "shape" value { shape { '
        "dim { size: 2 } dim { size: -1 } } } }"
    )


@pytest.mark.parametrize("parse", [text_format.Parse, text_format.Merge])
def test_from_text(graph_def, parse):
    message = tf.GraphDef()
    assert parse(str(graph_def), message) is message
    assert message == graph_def
    assert parse(str(graph_def).encode(), tf.GraphDef()) == graph_def


def test_text_that_is_no_such_message():
    with pytest.raises(text_format.ParseError, match=r'Message type "tensorflow.GraphDef" has no field named "nope"'):
        text_format.Parse("nope: 3", tf.GraphDef())


def test_json(graph_def):
    text = '{\n  "deviceCount": {\n    "GPU": 1\n  },\n  "allowSoftPlacement": true\n}'
    assert json_format.MessageToJson(config()) == text
    assert json_format.Parse(text, tf.ConfigProto()) == config()
    described = json_format.MessageToDict(graph_def)
    assert described["node"][1] == {"name": "y", "op": "Identity", "input": ["x"], "attr": {"T": {"type": "DT_FLOAT"}}}
    assert json_format.ParseDict(described, tf.GraphDef()) == graph_def


def test_a_map_of_messages():
    feature = tf.train.Feature(int64_list=tf.train.Int64List(value=[1, 2]))
    example = tf.train.Example(features=tf.train.Features(feature={"a": feature}))
    text = text_format.MessageToString(example, as_one_line=True)
    assert text == 'features { feature { key: "a" value { int64_list { value: 1 value: 2 } } } }'
    assert text_format.Parse(text, tf.train.Example()) == example


def test_fields_are_descriptors(graph_def):
    assert graph_def.DESCRIPTOR.full_name == "tensorflow.GraphDef"
    assert [field.name for field, _ in graph_def.node[1].ListFields()] == ["name", "op", "input", "attr"]
    assert graph_def.node[1].ListFields()[0][0].number == 1
