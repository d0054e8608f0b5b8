"""Every op has a gradient, stops gradients, or has none, as in TensorFlow 1.15.5 (gradient_registry.txt)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tangraph as tf
from tangraph import registry
from tangraph.framework.op_def import NOT_DIFFERENTIABLE, OpSet
from tangraph.plugins import manager

LINES = (Path(__file__).parent / "gradient_registry.txt").read_text().splitlines()
RECORDED = dict(line.split() for line in LINES if not line.startswith("#"))
# TensorFlow registers these when the first loop is built as a function, after the registry was read.
RECORDED.update(dict.fromkeys(["While", "StatelessWhile"], "function"))


def state(op_type):
    declared = registry.op_def(op_type).gradients.get(op_type, "nothing said")
    return {None: "none", NOT_DIFFERENTIABLE: "not_differentiable", "nothing said": "nothing said"}.get(
        declared, "function"
    )


def test_the_registry_is_that_of_tensorflow():
    found = {op_type: state(op_type) for op_type in manager.current().registries.ops.entries if op_type in RECORDED}
    assert len(found) > 400
    assert {op_type: (ours, RECORDED[op_type]) for op_type, ours in found.items() if ours != RECORDED[op_type]} == {}


def test_the_three_states():
    ops = OpSet()
    for name in ("Function", "Stops", "None", "Undeclared"):
        ops.define(name)
    ops.gradient("Function")(len)
    ops.not_differentiable("Stops")
    ops.without_gradient("None")
    assert [op.gradient for op in ops.values()] == [len, NOT_DIFFERENTIABLE, None, None]
    assert "None" in ops["None"].gradients
    assert "Undeclared" not in ops["Undeclared"].gradients
    with pytest.raises(ValueError, match="The gradient of op type 'None' is given twice"):
        ops.not_differentiable("None")


# Texts recorded from TensorFlow 1.15.5.
@pytest.mark.parametrize(
    ("build", "name", "op_type"),
    [
        (lambda v, x: tf.scatter_update(v, [0], x[:1]), "ScatterUpdate", "ScatterUpdate"),
        (lambda v, x: tf.assign(v[:1], x[:1]) * 2.0, "strided_slice/_assign", "StridedSliceAssign"),
    ],
)
def test_a_gradient_that_nobody_has_defined(build, name, op_type):
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [3])
        y = build(tf.get_variable("v", [3]), x)
        with pytest.raises(
            LookupError, match=re.escape(f"No gradient defined for operation '{name}' (op type: {op_type})")
        ):
            tf.gradients(y, x)
