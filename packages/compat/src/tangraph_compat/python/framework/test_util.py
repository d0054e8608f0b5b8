"""`tensorflow.python.framework.test_util`: the decorators of tests; there is one mode here, that of graphs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tangraph.framework.stacks import get_default_graph
from tangraph_compat.internals import names_of
from tangraph_compat.testing.testcase import TestCase as TensorFlowTestCase

__getattr__, __dir__ = names_of(__name__)
__all__ = ["TensorFlowTestCase", "run_v1_only"]

F = TypeVar("F", bound=Callable[..., Any])


def _as_it_is(func: Any = None, *args: Any, **kwargs: Any) -> Any:
    """Decorator, with or without arguments: the test runs in graph mode, as it would anyhow."""
    return func if callable(func) else lambda function: function


run_all_in_graph_and_eager_modes = run_in_graph_and_eager_modes = deprecated_graph_mode_only = _as_it_is
run_deprecated_v1 = run_all_without_tensor_float_32 = disable_xla = no_xla_auto_jit = also_run_as_tf_function = (
    _as_it_is
)
assert_no_new_tensors = assert_no_garbage_created = build_as_function_and_v1_graph = _as_it_is


def run_v1_only(reason: str, func: F | None = None) -> Any:
    """Decorator: the test runs, since this is TensorFlow 1."""
    return func if func is not None else lambda function: function


def run_v2_only(func: Any = None) -> Any:
    """Decorator: the test is skipped, since this is TensorFlow 1."""
    import unittest

    skip = unittest.skip("needs TensorFlow 2")
    return skip(func) if func is not None else skip


def _skipped_without_gpu(func: Any = None) -> Any:
    import unittest

    from tangraph_compat.testing.environment import is_gpu_available

    skip = unittest.skipUnless(is_gpu_available(), "needs a GPU")
    return skip(func) if func is not None else skip


run_gpu_only = run_cuda_only = _skipped_without_gpu


def IsGoogleCudaEnabled() -> bool:
    """Returns whether a backend for CUDA works."""
    from tangraph_compat.testing.environment import is_built_with_cuda

    return is_built_with_cuda()


@contextmanager
def force_cpu() -> Iterator[None]:
    """Pins the ops of the block to the CPU."""
    with get_default_graph().device("/device:CPU:0"):
        yield


@contextmanager
def use_gpu() -> Iterator[None]:
    """Lets the ops of the block go where they can."""
    yield


def get_node_def_from_graph(node_name: str, graph_def: Any) -> Any:
    """Returns the node of a GraphDef with that name, or None."""
    return next((node for node in graph_def.node if node.name == node_name), None)


def assert_ops_in_graph(expected_ops: Any, graph: Any) -> dict[str, Any]:
    """Asserts that a graph has ops of these types: name -> type.

    Raises:
      ValueError: one is missing or of another type.
    """
    found = {node.name: node for node in graph.as_graph_def().node if node.name in expected_ops}
    for name, node in found.items():
        if node.op != expected_ops[name]:
            raise ValueError(f"Expected op for node {name} is different. {expected_ops[name]} vs {node.op}")
    if set(expected_ops) != set(found):
        raise ValueError(f"Not all expected ops are present. Expected {set(expected_ops)}, found {set(found)}")
    return found
