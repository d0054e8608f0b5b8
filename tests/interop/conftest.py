"""A Python with TensorFlow 1.15, where the environment names one."""

from __future__ import annotations

import os
import subprocess

import pytest


@pytest.fixture
def tensorflow(tmp_path):
    """Runs a program under TensorFlow 1.15; a test that takes it runs only where TANGRAPH_TF1_PYTHON names a Python."""
    python = os.environ.get("TANGRAPH_TF1_PYTHON")
    if not python:
        pytest.skip("TANGRAPH_TF1_PYTHON names no Python with TensorFlow 1.15")

    def run(code):
        done = subprocess.run(
            [python, "-W", "ignore", "-c", code],
            cwd=tmp_path,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    return run
