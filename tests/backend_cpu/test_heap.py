"""What is asked of the C library about freed memory."""

import os
import subprocess
import sys

import pytest

from tangraph_backend_cpu import heap

STEPS = """
import resource
import numpy as np
import tangraph as tf
x = tf.placeholder(tf.float32, [None, 1000])
y = tf.reduce_sum(tf.reverse(tf.square(x) + 1.0, [0]))
data = np.ones((1000, 1000), np.float32)
with tf.Session() as sess:
    for _ in range(5):
        sess.run(y, {x: data})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        sess.run(y, {x: data})
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // 20)
"""


def run(code, **settings):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MALLOC_", "GLIBC_"))} | settings
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.skipif(heap._mallopt() is None, reason="another C library than glibc")
def test_a_step_that_makes_the_arrays_of_the_last_one_takes_no_pages_from_the_system():
    pages = 4 * 1000 * 1000 // 4096
    assert int(run(STEPS)) < pages // 10


@pytest.mark.parametrize("setting", [{"MALLOC_TRIM_THRESHOLD_": "100000"}, {"GLIBC_TUNABLES": "glibc.malloc.check=0"}])
def test_what_the_environment_says_stands(setting):
    assert run("from tangraph_backend_cpu import heap; print(heap.keep())", **setting) == "False\n"


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(heap, "_mallopt", lambda: None)
    assert heap.keep.__wrapped__() is False
