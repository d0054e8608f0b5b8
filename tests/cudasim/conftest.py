"""These tests run on the simulated device: `pytest tests/cudasim`."""

from __future__ import annotations

import os

import pytest

os.environ["TANGRAPH_CUDA_SIMULATE"] = "1"


@pytest.fixture
def transfers():
    from tangraph_backend_cuda.simulated.transfers import TRANSFERS

    return TRANSFERS


@pytest.fixture(autouse=True)
def graph():
    import tangraph as tf

    with tf.Graph().as_default() as graph:
        yield graph
