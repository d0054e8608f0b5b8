"""Optimizers ask for gradients that wait for each other (`gate_gradients`); they are the same numbers."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf

pytestmark = pytest.mark.filterwarnings("ignore")
CASES = {
    case["id"]: case
    for path in sorted((Path(__file__).parent / "open").glob("*.json"))
    for case in json.loads(path.read_text(encoding="utf-8"))
    if "wrt" in case["code"]
    and case.get("grads") is not None
    and case["id"].startswith(("control", "rnn", "layers", "gradgraph", "math", "nn"))
    and not {"random", "dropout"} & set(case["code"].replace(".", " ").replace("_", " ").replace("(", " ").split())
}


def values_of(names, results):
    """Runs what a case differentiates."""
    feed = names.get("feed")
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        if "pre" in names:
            session.run(names["pre"])
        return session.run([x for x in results if x is not None], feed[0] if isinstance(feed, list) else feed)


@pytest.mark.parametrize("name", CASES)
def test_same_numbers(name, tmp_path):
    names = {"tf": tf, "np": np, "os": os, "tmp": str(tmp_path)}
    with tf.Graph().as_default():
        tf.set_random_seed(1234)
        np.random.seed(0)
        exec(CASES[name]["code"], names)
        outputs = [x for x in tf.nest.flatten(names["out"]) if isinstance(x, tf.Tensor) and x.dtype.is_floating]
        free = values_of(names, tf.gradients(outputs, names["wrt"]))
        gated = values_of(names, tf.gradients(outputs, names["wrt"], gate_gradients=True))
    for one, other in zip(free, gated, strict=True):
        if hasattr(one, "indices"):
            np.testing.assert_array_equal(one.indices, other.indices)
            one, other = one.values, other.values
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
