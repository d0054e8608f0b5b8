"""Programs of a few lines whose graphs, numbers and errors were recorded from TensorFlow 1.15.5.

Each JSON file holds one family: a case has its code, which leaves in `out` what is run (fed with `feed`, after `pre`),
in `wrt` what is differentiated by, and in `check` a function of the session. Graphs are kept as the number of their
nodes and the CRC-32 of the lines "name type inputs ^control_inputs", in the order in which the nodes were made.
"""

from __future__ import annotations

import builtins
import json
import os
import re
import zlib
from pathlib import Path

import numpy as np
import pytest

import tangraph as tf

FAMILIES = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(__file__).parent.glob("*.json"))
}
CASES = {f"{family}-{name}": case for family, cases in FAMILIES.items() for name, case in cases.items()}


def plain(value):
    """Returns the value of a run as the JSON files write it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return {"b": value.decode("latin1")}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, tf.ragged.RaggedTensorValue):
        return {"values": plain(value.values), "row_splits": plain(value.row_splits)}
    array = np.asarray(value)
    shape = list(array.shape)
    if array.dtype == object:
        texts = [item.decode("latin1") if isinstance(item, bytes) else plain(item) for item in array.ravel().tolist()]
        return {"texts": texts, "shape": shape}
    if array.dtype.kind == "c":
        return {
            "complex": [[x.real, x.imag] for x in array.ravel().tolist()],
            "shape": shape,
            "dtype": str(array.dtype),
        }
    return {"array": array.ravel().tolist(), "shape": shape, "dtype": str(array.dtype)}


def assert_same(found, expected):
    assert type(found) is type(expected) or {type(found), type(expected)} <= {int, float, bool}, (found, expected)
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), (found, expected)
        for key in expected:
            assert_same(found[key], expected[key])
    elif isinstance(expected, list):
        assert len(found) == len(expected), (found, expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=2e-4, abs=1e-5, nan_ok=True)
    else:
        assert found == expected


def gradients(out, wrt):
    outputs = [
        x for x in tf.nest.flatten(out) if isinstance(x, tf.Tensor) and (x.dtype.is_floating or x.dtype.is_complex)
    ]
    return tf.gradients(outputs, wrt)


def run(code, graph, directory):
    """Returns what a case leaves: its values, its facts and its gradients."""
    names = {"tf": tf, "np": np, "os": os, "tmp": str(directory)}
    exec(code, names)
    results = {}
    out, feed = names.get("out"), names.get("feed")
    derived = gradients(out, names["wrt"]) if "wrt" in names else None
    nodes = [
        " ".join([op.name, op.type, *(x.name for x in op.inputs), *sorted(f"^{c.name}" for c in op.control_inputs)])
        for op in graph.get_operations()
    ]
    results["nodes"] = [len(nodes), zlib.crc32("\n".join(nodes).encode())]
    with tf.Session() as sess:
        if tf.global_variables():
            sess.run(tf.global_variables_initializer())
        if tf.get_collection(tf.GraphKeys.TABLE_INITIALIZERS):
            sess.run(tf.tables_initializer())
        if "pre" in names:
            sess.run(names["pre"])
        if "check" in names:
            results["facts"] = plain(names["check"](sess))
        if out is not None:
            results["values"] = plain(sess.run(out, feed))
        if derived is not None:
            results["gradients"] = [None if x is None else plain(sess.run(x, feed)) for x in derived]
    return results


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_as_recorded(name, tmp_path):
    case = CASES[name]
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1234)
        np.random.seed(0)
        if "error" not in case:
            results = run(case["code"], graph, tmp_path)
            for part in ("nodes", "values", "facts", "gradients"):
                assert_same(results.get(part), case.get(part))
            return
        kind, text = case["error"]
        known = getattr(tf.errors, kind, None) or getattr(builtins, kind)
        with pytest.raises(known, match="^" + re.escape(text[:60])):
            run(case["code"], graph, tmp_path)
