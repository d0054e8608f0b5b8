"""`tf.test`: what the tests run on, and how they are started."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any
from unittest import mock

from absl import app as absl_app
from absl import flags as absl_flags
from absl.testing import absltest

from tangraph import registry
from tangraph.export import export

__all__ = ["mock"]
__tf_values__ = {"test.mock": mock}


@export("test.main")
def main(argv: Sequence[str] | None = None) -> None:
    """Runs the tests of `__main__`, with absl's flags, and exits.

    Args:
      argv: the command line; `sys.argv` by default.

    Raises:
      SystemExit: always; its code tells whether the tests passed.
    """
    absl_app.run(
        main=lambda rest: absltest.main(argv=list(rest)), argv=None if argv is None else list(argv), flags_parser=_parse
    )


def _parse(arguments: Sequence[str]) -> list[str]:
    """Takes the flags that are known, and leaves the others (unittest's) where they are."""
    rest: list[str] = absl_flags.FLAGS(sys.argv if arguments is None else arguments, known_only=True)
    return rest


_temp_dir: list[str] = []


@export("test.get_temp_dir")
def get_temp_dir() -> str:
    """Returns a folder for the tests' files, the same one throughout the process; it is removed at the end."""
    if not _temp_dir:
        import atexit
        import shutil
        import tempfile

        folder = absl_flags.FLAGS.test_tmpdir if absl_flags.FLAGS.is_parsed() else absltest.get_default_test_tmpdir()
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103  as absl does
        made = tempfile.mkdtemp(dir=folder)
        atexit.register(shutil.rmtree, made, ignore_errors=True)
        _temp_dir.append(made)
    return _temp_dir[0]


@export("test.test_src_dir_path")
def test_src_dir_path(relative_path: str) -> str:
    """Returns a path below `$TEST_SRCDIR/org_tensorflow/tensorflow`.

    Raises:
      KeyError: TEST_SRCDIR is not set.
    """
    return os.path.join(os.environ["TEST_SRCDIR"], "org_tensorflow/tensorflow", relative_path)  # noqa: PTH118  a str


@export("test.gpu_device_name")
def gpu_device_name() -> str:
    """Returns the name of a GPU, "/device:GPU:0", or "" when there is none."""
    return next((name for name in _devices() if "GPU" in name), "")


@export("test.is_gpu_available")
def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: Any = None) -> bool:
    """Returns whether there is a GPU that an installed backend runs on."""
    return bool(gpu_device_name())


@export("test.is_built_with_cuda")
def is_built_with_cuda() -> bool:
    """Returns whether a backend for CUDA is installed and works."""
    return any(backend.device_type == "GPU" for backend in registry.backends().values())


@export("test.is_built_with_gpu_support")
def is_built_with_gpu_support() -> bool:
    """Returns whether a backend for GPUs is installed and works."""
    return is_built_with_cuda()


@export("test.is_built_with_rocm")
def is_built_with_rocm() -> bool:
    """Returns False: there is no backend for ROCm."""
    return False


@export("test.benchmark_config")
def benchmark_config() -> Any:
    """Returns the ConfigProto for benchmarks: the graph is run as it is written."""
    from tangraph.client.config import ConfigProto

    config = ConfigProto()
    config.graph_options.rewrite_options.dependency_optimization = 2  # OFF
    return config


def _devices() -> list[str]:
    return [device for backend in registry.backends().values() for device in backend.devices()]
