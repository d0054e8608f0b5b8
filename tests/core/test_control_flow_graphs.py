"""The graphs of conditionals and loops and of their gradients, node for node as TensorFlow 1.15.5 builds them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf

#: Recorded from TensorFlow: "name op inputs ^control-inputs" for each node, in the order of creation.
CASES = json.loads((Path(__file__).parent / "control_flow_graphs.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_graph_is_tensorflows(case):
    exec("\n".join(case["code"]), {"tf": tf, "np": np})
    nodes = [
        " ".join([op.name, op.type, *(t.name for t in op.inputs), *sorted(f"^{c.name}" for c in op.control_inputs)])
        for op in tf.get_default_graph().get_operations()
    ]
    assert nodes == case["nodes"]
