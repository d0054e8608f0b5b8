"""Each wheel in a clean environment with just what it declares, used from outside the checkout.

One environment a test, since making one takes seconds.
"""

from __future__ import annotations

import json
import re
from email.parser import HeaderParser
from pathlib import Path
from zipfile import ZipFile

import pytest

PACKAGES = sorted(path.parent.name for path in Path(__file__).parents[2].glob("packages/*/pyproject.toml"))
#: What only a program that uses them has in memory.
NEVER_AT_IMPORT = {"scipy", "pandas", "cupy", "sklearn", "matplotlib"}
PROBE = """
import sys
before = set(sys.modules)
import {module}
after = set(sys.modules) - before
import json, importlib.metadata
print(json.dumps([
    {module}.__file__,
    sorted({{name.partition(".")[0] for name in after}}),
    sorted(d.name for d in importlib.metadata.distributions()),
]))
"""
NO_BACKEND = "No backend is installed: tf.Session needs one. Install the CPU backend: pip install tangraph-backend-cpu"

# Package -> a program that uses it with nothing else there, and what the program prints.
PROGRAMS = {
    "core": (
        """
import tangraph as tf
x = tf.placeholder(tf.float32, [None, 2], name="x")
y = tf.matmul(x, tf.ones([2, 3])) + 1
print(y.name, y.shape, [op.type for op in tf.get_default_graph().get_operations()])
for make in (tf.Session, tf.InteractiveSession):
    try:
        make()
    except RuntimeError as error:
        print(error)
""",
        ["add:0 (?, 3) ['Placeholder', 'Const', 'MatMul', 'Const', 'AddV2']", NO_BACKEND, NO_BACKEND],
    ),
    "backend-cpu": (
        """
import tangraph as tf
x = tf.placeholder(tf.float32, [None, 2])
y = tf.reduce_sum(tf.matmul(x, tf.ones([2, 3])) + 1)
with tf.Session() as session:
    print(session.run([y, tf.gradients(y, x)[0]], {x: [[1, 2]]}))
try:
    tf.train.AdamOptimizer
except AttributeError as error:
    print(error)
""",
        [
            "[np.float32(12.0), array([[3., 3.]], dtype=float32)]",
            (
                "tf.train.AdamOptimizer is provided by 'tangraph-training', which is not installed: "
                "pip install tangraph-training"
            ),
        ],
    ),
    "backend-cuda": (
        """
import os
import tangraph as tf
from tangraph import registry
try:
    registry.backend("cuda")
except tf.errors.NotFoundError as error:
    print(str(error).partition(":")[0])
registry.manager.current().registries.backends.failures.clear()
os.environ["TANGRAPH_CUDA_SIMULATE"] = "1"
x = tf.placeholder(tf.float32, [None, 2])
with tf.Session() as session:
    print([d.device_type for d in session.list_devices()], session.run(tf.reduce_sum(x * 2.0), {x: [[1, 2]]}))
""",
        ["Backend 'cuda' does not work here", "['CPU', 'GPU'] 6.0"],
    ),
    "interop": (
        """
import tangraph as tf
with tf.Graph().as_default() as graph:
    tf.constant(1.0, name="x")
print([node.op for node in tf.GraphDef.FromString(graph.as_graph_def().SerializeToString()).node])
""",
        ["['Const']"],
    ),
    "summary": (
        """
import pathlib
import tangraph as tf
with tf.summary.FileWriter("logs") as writer:
    writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="loss", simple_value=0.5)]), 7)
(path,) = pathlib.Path("logs").iterdir()
print([(event.step, [value.tag for value in event.summary.value]) for event in tf.train.summary_iterator(path)])
print(tf.summary.scalar("loss", 0.5).name)
""",
        ["[(0, []), (7, ['loss'])]", "loss:0"],
    ),
    "training": (
        """
import tangraph as tf
w = tf.Variable([1.0, 2.0], name="w")
step = tf.train.AdamOptimizer(0.1).minimize(tf.reduce_sum(w * w))
print(step.name, [v.name for v in tf.global_variables()])
""",
        ["Adam ['w:0', 'beta1_power:0', 'beta2_power:0', 'w/Adam:0', 'w/Adam_1:0']"],
    ),
    "layers": (
        """
import tangraph as tf
y = tf.layers.dense(tf.placeholder(tf.float32, [None, 4]), 3, activation=tf.nn.relu)
print(y.name, y.shape, [v.name for v in tf.trainable_variables()])
""",
        ["dense/Relu:0 (?, 3) ['dense/kernel:0', 'dense/bias:0']"],
    ),
    "estimators": (
        """
import tangraph as tf
print(tf.estimator.ModeKeys.TRAIN, tf.estimator.ModeKeys.PREDICT)
""",
        ["train infer"],
    ),
    "keras": (
        """
import tangraph as tf
layers = tf.keras.layers
model = tf.keras.Sequential([layers.Dense(3, activation="relu", input_shape=(4,)), layers.Dense(1)])
model.compile("adam", "mse")
print(model.count_params(), [w.name for w in model.trainable_weights], isinstance(model, tf.keras.layers.Layer))
""",
        ["19 ['dense/kernel:0', 'dense/bias:0', 'dense_1/kernel:0', 'dense_1/bias:0'] True"],
    ),
    "compat": (
        """
import subprocess, sysconfig, pathlib
program = pathlib.Path("program.py")
program.write_text('''
import sys
import tensorflow as tf
from tensorflow.python.framework import ops
c = tf.constant([1.0, 2.0]) + 1.0
print(tf.__version__, c.name, isinstance(c, ops.Tensor), sys.argv[1:])
''')
tangraph = pathlib.Path(sysconfig.get_path("scripts")) / "tangraph"
print(subprocess.run([tangraph, "run", program, "--flag"], capture_output=True, text=True, check=True).stdout.strip())
""",
        ["1.15.5 add:0 True ['--flag']"],
    ),
    "datasets": (
        """
import tangraph_datasets
for name in ("digits", "digit"):
    try:
        tangraph_datasets.load(name)
    except (ImportError, ValueError) as error:
        print(type(error).__name__, error)
""",
        [
            (
                "ImportError The data set 'digits' comes with scikit-learn, which cannot be imported: "
                "pip install tangraph-datasets[digits]"
            ),
            "ValueError There is no data set of that name. There are: cifar10, digits. Received: name='digit'",
        ],
    ),
}


def required(wheelhouse, distribution):
    """The distribution and all that its wheel and ours below it require, without extras."""
    found = {distribution}
    for wheel in wheelhouse.glob(f"{distribution.replace('-', '_')}-[0-9]*.whl"):
        with ZipFile(wheel) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
            lines = HeaderParser().parsestr(archive.read(name).decode()).get_all("Requires-Dist")
        for line in lines:
            if "extra ==" not in line:
                found |= required(wheelhouse, re.match(r"[\w-]+", line)[0])
    return found


def normal(name):
    return name.replace("_", "-").lower()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wheel_alone(environment, wheelhouse, package):
    alone = environment(f"tangraph-{package}")
    module = "tangraph" if package == "core" else f"tangraph_{package.replace('-', '_')}"
    file, imported, distributions = json.loads(alone.python(PROBE.format(module=module)))
    assert "site-packages" in file

    # Theirs may bring what they require, ours bring what they declare and no more.
    expected = {normal(name) for name in required(wheelhouse, f"tangraph-{package}")}
    installed = {normal(name) for name in distributions}
    assert expected <= installed
    assert {name for name in installed if name.startswith("tangraph")} <= expected
    assert {name for name in imported if name.startswith("tangraph")} <= {module, "tangraph"}
    assert not NEVER_AT_IMPORT & set(imported)

    program, printed = PROGRAMS[package]
    assert alone.python(program).splitlines() == printed


def test_everything(environment):
    everything = environment("tangraph[digits]")
    code = """
import numpy as np, tangraph as tf, tangraph_datasets
digits = tangraph_datasets.load("digits", one_hot=True)
x = tf.placeholder(tf.float32, [None, 64])
t = tf.placeholder(tf.float32, [None, 10])
w = tf.get_variable("w", [64, 10], initializer=tf.zeros_initializer())
loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=t, logits=tf.matmul(x, w)))
step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
feed = {x: digits.train.images, t: digits.train.labels}
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    losses = [session.run([loss, step], feed)[0] for _ in range(20)]
print(losses == sorted(losses, reverse=True), losses[-1] < 1.5 < losses[0])
"""
    assert everything.python(code) == "True True"
    listed = everything.call(str(everything.scripts / "tangraph"), "plugins").splitlines()
    # What needs a GPU is an extra of its own.
    expected = {f"tangraph-{package}" for package in PACKAGES if package != "backend-cuda"}
    assert {line.split()[1] for line in listed[1:]} == expected
    assert all(" loaded " in line for line in listed[1:])
