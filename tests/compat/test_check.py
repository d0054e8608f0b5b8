"""`tangraph check`."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def check(command, tmp_path):
    def run(code, expect, name="program.py"):
        (tmp_path / name).write_text(code)
        return command("check", name, expect=expect)

    return run


def test_nothing_is_missing(check):
    code = "import tensorflow as tf\nfrom tensorflow.python.framework import ops\ntf.constant(1, dtype=tf.int32)\nops.reset_default_graph()\n"
    assert check(code, 0).out == "Nothing is missing: 4 names of TensorFlow are used.\n"


def test_what_is_missing(check):
    code = """
import tensorflow as tf
from tensorflow import nn as network
from tensorflow.python.framework import ops
core = tf.math
tf.constant(1, dtipe=3)
tf.mul(1, 2)
tf.matmull(1, 2)
tf.GraphKeys.NOPE, tf.GraphKeys.GLOBAL_VARIABLES
ops.nope
network.nothing_like_it(core.nothing_like_it)
tf.nn.relu(1, fearures=2).anything(x=1)
tf.mul
"""
    done = check(code, 1)
    lines = done.out.splitlines()
    assert lines[:-1] == [
        "tf.constant(dtipe=): there is no such argument; the nearest is dtype= (program.py:6)",
        "tf.mul: module 'tangraph' has no attribute 'mul'. TensorFlow 1.15 calls it tf.multiply (program.py:7, program.py:13)",
        "tf.matmull: module 'tangraph' has no attribute 'matmull'. Did you mean: tf.matmul? (program.py:8)",
        "tf.GraphKeys.NOPE: type object 'GraphKeys' has no attribute 'NOPE' (program.py:9)",
        "tf.python.framework.ops.nope: module 'tensorflow.python.framework.ops' has no attribute 'nope' in Tangraph (program.py:10)",
        "tf.nn.nothing_like_it: module 'tangraph.nn' has no attribute 'nothing_like_it' (program.py:11)",
        "tf.math.nothing_like_it: module 'tangraph.math' has no attribute 'nothing_like_it' (program.py:11)",
        "tf.nn.relu(fearures=): there is no such argument; the nearest is features= (program.py:12)",
    ]
    assert lines[-1].startswith("8 missing, ")


def test_what_to_install(command, tmp_path):
    (tmp_path / "program.py").write_text("import tensorflow as tf\ntf.train.AdamOptimizer\n")
    environment = {"TANGRAPH_DISABLE_PLUGINS": "training"}
    done = command("check", "program.py", expect=1, environment=environment)
    assert "tf.train.AdamOptimizer is provided by 'tangraph-training', which is disabled" in done.out


def test_what_a_program_is_ready_for_does_not_count(check):
    code = """
import tensorflow as tf
try:
    tf.nothing_like_it
except AttributeError:
    pass
try:
    import tensorflow.nothing_like_it
except ImportError:
    import tensorflow.nor_this
"""
    done = check(code, 1)
    assert done.out.startswith("tf.nor_this: ")
    assert len(done.out.splitlines()) == 2


def test_what_stands_in_for_something_that_is_there_does_not_count(check):
    code = """
import tensorflow as tf
try:
    summary = tf.image_summary
except:
    summary = tf.summary.no_image
if "concat_v2" in dir(tf):
    tf.concat_v2(1, 2)
else:
    tf.concat_v3
if hasattr(tf, "concat"):
    tf.concat
else:
    tf.concat_v4
if not hasattr(tf.nn, "conv9d"):
    tf.nn.conv8d
else:
    tf.nn.conv9d.anything
try:
    tf.nn.relu(features=1)
except TypeError:
    tf.nn.relu(inputs=1)
try:
    tf.concat
except ValueError:
    tf.nn.in_an_error_of_another_kind
try:
    import something_else
except ImportError:
    tf.concat_v5
"""
    lines = check(code, 1).out.splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == [
        "tf.summary.no_image",
        "tf.concat_v3",
        "tf.nn.conv8d",
        "tf.nn.in_an_error_of_another_kind",
        "tf.concat_v5",
    ]


def test_what_the_program_puts_there_is_there(check):
    code = (
        "import tensorflow as tf\ntf.model = tf.Graph()\ntf.model.anything()\nx = tf.constant\nx = tf.nothing_like_it\n"
    )
    assert check(code, 1).out.startswith("tf.nothing_like_it: ")


def test_one_line_for_all_that_is_missing_for_one_reason(command, tmp_path):
    (tmp_path / "program.py").write_text("import tensorflow as tf\ntf.layers.dense\ntf.layers.conv2d\n")
    done = command("check", tmp_path / "program.py", expect=1, environment={"TANGRAPH_DISABLE_PLUGINS": "layers"})
    first, last = done.out.splitlines()
    assert first.startswith(
        "tf.layers.dense, tf.layers.conv2d: tf.layers is provided by 'tangraph-layers', which is disabled"
    )
    assert first.endswith("(program.py:2, program.py:3)")
    assert last.startswith("2 missing, 2 names")


def test_the_programs_own_modules_are_read(check, tmp_path):
    (tmp_path / "model.py").write_text("import tensorflow as tf\ntf.nothing_like_it\n")
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("import tensorflow as tf\ntf.nor_this\n")
    done = check("import model\nimport package\nfrom program import x\n", 1)
    assert "model.py:2" in done.out
    assert "tf.nor_this" in done.out


def test_notebooks(check):
    cells = [
        {"cell_type": "code", "source": s}
        for s in ("%matplotlib inline\nimport tensorflow as tf", "tf.nothing_like_it")
    ]
    done = check(json.dumps({"cells": cells}), 1, "chapter.ipynb")
    assert "(chapter.ipynb, cell 2:1)" in done.out


def test_what_cannot_be_read(check, command):
    assert "this is Python 2 source: print 'x'" in check("print 'x'", 2).err
    assert "line 1" in check("def f(:", 2).err
    assert "No such file" in command("check", "none.py", expect=2).err


def test_nothing_is_run(check):
    assert check("import tensorflow as tf\nraise SystemExit(9)\n", 0).out.startswith("Nothing is missing")
