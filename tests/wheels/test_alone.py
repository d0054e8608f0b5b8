"""Each wheel in a clean environment with just what it declares, used from outside the checkout.

One environment a test, since making one takes seconds.
"""

from __future__ import annotations

import json
from pathlib import Path

PACKAGES = [path.parent.name for path in Path(__file__).parents[2].glob("packages/*/pyproject.toml")]
PROBE = """
import sys
before = set(sys.modules)
import {package}
after = set(sys.modules) - before
import json, importlib.metadata
print(json.dumps([
    {package}.__file__,
    sorted({{name.partition(".")[0] for name in after}}),
    sorted(d.name for d in importlib.metadata.distributions()),
]))
"""
NEVER_AT_IMPORT = {"scipy", "pandas", "cupy", "sklearn", "matplotlib"}


def check_import(environment, package, installed):
    """The package comes from the environment, where just `installed` is, and imports nothing heavy and no other one."""
    file, imported, distributions = json.loads(environment.python(PROBE.format(package=package)))
    assert "site-packages" in file
    assert {name for name in distributions if name not in {"pip", "setuptools"}} == {*installed}
    ours = {name for name in imported if name.startswith("tangraph")}
    assert ours <= {package, "tangraph"}
    assert not NEVER_AT_IMPORT & set(imported)


CORE = {"tangraph-core", "numpy", "ml_dtypes", "pluggy"}


def test_core(environment):
    core = environment("tangraph-core")
    check_import(core, "tangraph", CORE)
    code = """
import tangraph as tf
x = tf.placeholder(tf.float32, [None, 2], name="x")
y = tf.matmul(x, tf.ones([2, 3])) + 1
print(y.name, y.shape, [op.type for op in tf.get_default_graph().get_operations()])
for make in (tf.Session, tf.InteractiveSession):
    try:
        make()
    except RuntimeError as error:
        print(error)
"""
    missing = "No backend is installed: tf.Session needs one. Install the CPU backend: pip install tangraph-backend-cpu"
    assert core.python(code).splitlines() == [
        "add:0 (?, 3) ['Placeholder', 'Const', 'MatMul', 'Const', 'AddV2']",
        missing,
        missing,
    ]
    listed = core.call(str(core.scripts / "tangraph"), "plugins").splitlines()
    assert [line.split()[:4] for line in listed[1:]] == [["core", "tangraph-core", listed[1].split()[2], "loaded"]]


def test_backend_cpu(environment):
    cpu = environment("tangraph-backend-cpu")
    check_import(cpu, "tangraph_backend_cpu", CORE | {"tangraph-backend-cpu", "scipy"})
    code = """
import tangraph as tf
x = tf.placeholder(tf.float32, [None, 2])
y = tf.reduce_sum(tf.matmul(x, tf.ones([2, 3])) + 1)
with tf.Session() as session:
    print(session.run([y, tf.gradients(y, x)[0]], {x: [[1, 2]]}))
try:
    tf.train.AdamOptimizer
except AttributeError as error:
    print(error)
"""
    values, missing = cpu.python(code).splitlines()
    assert values == "[np.float32(12.0), array([[3., 3.]], dtype=float32)]"
    assert missing == (
        "tf.train.AdamOptimizer is provided by 'tangraph-training', which is not installed: "
        "pip install tangraph-training"
    )


def test_training(environment):
    training = environment("tangraph-training")
    check_import(training, "tangraph_training", CORE | {"tangraph-training"})
    code = """
import tangraph as tf
w = tf.Variable([1.0, 2.0], name="w")
step = tf.train.AdamOptimizer(0.1).minimize(tf.reduce_sum(w * w))
print(step.name, [v.name for v in tf.global_variables()])
"""
    assert training.python(code) == "Adam ['w:0', 'beta1_power:0', 'beta2_power:0', 'w/Adam:0', 'w/Adam_1:0']"


def test_compat(environment):
    compat = environment("tangraph-compat")
    check_import(compat, "tangraph_compat", CORE | {"tangraph-compat", "absl-py"})
    program = compat.folder / "program.py"
    program.write_text(
        "import sys, tensorflow as tf\n"
        "from tensorflow.python.framework import ops\n"
        "c = tf.constant([1.0, 2.0]) + 1.0\n"
        "print(tf.__version__, c.name, isinstance(c, ops.Tensor), sys.argv[1:])\n"
    )
    printed = compat.call(str(compat.scripts / "tangraph"), "run", str(program), "--flag")
    assert printed.splitlines() == ["1.15.5 add:0 True ['--flag']"]


def test_datasets(environment):
    datasets = environment("tangraph-datasets")
    check_import(datasets, "tangraph_datasets", CORE | {"tangraph-datasets"})
    code = """
import tangraph_datasets
for name in ("digits", "digit"):
    try:
        tangraph_datasets.load(name)
    except (ImportError, ValueError) as error:
        print(type(error).__name__, error)
"""
    assert datasets.python(code).splitlines() == [
        (
            "ImportError The data set 'digits' comes with scikit-learn, which cannot be imported: "
            "pip install tangraph-datasets[digits]"
        ),
        "ValueError There is no data set of that name. There are: digits. Received: name='digit'",
    ]


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
    assert {line.split()[1] for line in listed[1:]} == {f"tangraph-{package}" for package in PACKAGES}
    assert all(" loaded " in line for line in listed[1:])
