"""Graphs of losses and metrics: node for node those of TensorFlow 1.15.5, from which the graphs in the JSON file were recorded."""

import json
from pathlib import Path

import pytest

import tangraph as tf

CASES = json.loads(Path(__file__).with_name("loss_and_metric_graphs.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_graph(name):
    case = CASES[name]
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1234)
        exec(case["code"], {"tf": tf})
    nodes = [
        " ".join([op.name, op.type, *(x.name for x in op.inputs), *sorted(f"^{c.name}" for c in op.control_inputs)])
        for op in graph.get_operations()
    ]
    assert nodes == case["nodes"]
    for key, names in case["collections"].items():
        assert [item.name for item in graph.get_collection(key)] == names
