"""Graphs of queues, readers, parsers and input pipelines: node for node those of TensorFlow 1.15.5, from which the JSON
file was recorded, with the static shapes, the queue runners and the seeds.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tangraph as tf

CASES = json.loads(Path(__file__).with_name("input_graphs.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_graph(name):
    case = CASES[name]
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1234)
        exec(case["code"], {"tf": tf})
    operations = graph.get_operations()
    nodes = [
        " ".join([op.name, op.type, *(x.name for x in op.inputs), *sorted(f"^{c.name}" for c in op.control_inputs)])
        for op in operations
    ]
    assert nodes == case["nodes"]
    assert {op.name: [str(t.shape) for t in op.outputs] for op in operations if op.name in case["shapes"]} == case[
        "shapes"
    ]
    runners = graph.get_collection(tf.GraphKeys.QUEUE_RUNNERS)
    found = [[r.queue.name, [op.name for op in r.enqueue_ops], r.close_op.name, r.cancel_op.name] for r in runners]
    assert found == case["runners"]
    seeds = {op.name: [op.get_attr("seed"), op.get_attr("seed2")] for op in operations if op.type.startswith("Random")}
    assert seeds == case["seeds"]
    assert [t.name for t in graph.get_collection(tf.GraphKeys.SUMMARIES)] == case["summaries"]
