"""replica_device_setter: variables on parameter servers, everything else on the worker."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.export import export
from tangraph.framework.device import DeviceSpec
from tangraph.framework.tensor_shape import TensorShape
from tangraph.util import tf_logging
from tangraph_training.distributed.cluster import ClusterSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.operation import Operation

_PS_OPS: Final = (
    "Variable",
    "VariableV2",
    "AutoReloadVariable",
    "MutableHashTable",
    "MutableHashTableV2",
    "MutableHashTableOfTensors",
    "MutableHashTableOfTensorsV2",
    "MutableDenseHashTable",
    "MutableDenseHashTableV2",
    "VarHandleOp",
    "BoostedTreesEnsembleResourceHandleOp",
    "BoostedTreesQuantileStreamResourceHandleOp",
    "ResourceConditionalAccumulator",
)


class _RoundRobin:
    """One task after the other."""

    def __init__(self, num_tasks: int) -> None:
        self._num_tasks = num_tasks
        self._next_task = 0

    def __call__(self, op: Operation) -> int:
        task = self._next_task
        self._next_task = (task + 1) % self._num_tasks
        return task


class _Chooser:
    """The device function."""

    def __init__(
        self,
        ps_device: str,
        worker_device: str,
        merge_devices: bool,
        ps_ops: Sequence[str],
        ps_strategy: Callable[[Operation], int],
    ) -> None:
        self._ps_device = ps_device
        self._worker_device = worker_device
        self._merge_devices = merge_devices
        self._ps_ops = frozenset(ps_ops)
        self._ps_strategy = ps_strategy

    def device_function(self, op: Operation) -> str:
        """Returns the device of an operation; what it asks for itself has precedence."""
        if not self._merge_devices and op.device:
            return op.device
        asked = DeviceSpec.from_string(op.device or "")
        if self._ps_device and op.type in self._ps_ops:
            spec = DeviceSpec.from_string(self._ps_device)
            if spec.job and (not asked.job or asked.job == spec.job):
                spec = spec.replace(task=self._ps_strategy(op))
        else:
            spec = DeviceSpec.from_string(self._worker_device or "")
        return spec.make_merged_spec(asked).to_string()


@export("train.replica_device_setter")
def replica_device_setter(
    ps_tasks: int = 0,
    ps_device: str = "/job:ps",
    worker_device: str = "/job:worker",
    merge_devices: bool = True,
    cluster: Any = None,
    ps_ops: Sequence[str] | None = None,
    ps_strategy: Callable[[Operation], int] | None = None,
) -> Callable[[Operation], str] | None:
    """Returns a function for `tf.device` that puts variables on parameter servers.

    Args:
      ps_tasks: how many tasks the job of parameter servers has.
      ps_device: the device of variables.
      worker_device: the device of everything else.
      merge_devices: whether what an operation asks for is completed rather than taken as it is.
      cluster: a ClusterSpec, or what makes one, in place of `ps_tasks`.
      ps_ops: the types of operations that go to parameter servers.
      ps_strategy: chooses the task for an operation; one after the other when None.

    Returns:
      The function; None when there are no parameter servers.

    Raises:
      TypeError: `ps_strategy` cannot be called.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.device(tf.train.replica_device_setter(ps_tasks=2)):
    ...     [tf.get_variable(name, [2]).device for name in "abc"]
    ['/job:ps/task:0', '/job:ps/task:1', '/job:ps/task:0']
    """
    if cluster is not None:
        tasks = (cluster if isinstance(cluster, ClusterSpec) else ClusterSpec(cluster)).as_dict()
        ps_tasks = len(tasks.get(DeviceSpec.from_string(ps_device).job or "") or ())
    if ps_tasks == 0:
        return None
    if not merge_devices:
        tf_logging.warning("DEPRECATION: It is recommended to set merge_devices=true in replica_device_setter")
    strategy = _RoundRobin(ps_tasks) if ps_strategy is None else ps_strategy
    if not callable(strategy):
        raise TypeError("ps_strategy must be callable")
    ops = _PS_OPS if ps_ops is None else ps_ops
    return _Chooser(ps_device, worker_device, merge_devices, ops, strategy).device_function


@export("contrib.training.RandomStrategy")
class RandomStrategy:
    """Chooses parameter servers by a hash of the operation's name.

    Args:
      num_ps_tasks: how many there are.
      seed: another number gives another choice.
    """

    def __init__(self, num_ps_tasks: int, seed: int = 0) -> None:
        self._num_tasks = num_ps_tasks
        self._seed = seed

    def __call__(self, op: Operation) -> int:
        """Returns the task for an operation."""
        key = f"{op.name}_{self._seed}".encode()
        return int(hashlib.md5(key, usedforsecurity=False).hexdigest(), 16) % self._num_tasks


@export("contrib.training.GreedyLoadBalancingStrategy")
class GreedyLoadBalancingStrategy:
    """Chooses the parameter server that has least.

    Args:
      num_tasks: how many there are.
      load_fn: returns what an operation weighs.
    """

    def __init__(self, num_tasks: int, load_fn: Callable[[Operation], float]) -> None:
        self._load_fn = load_fn
        self._ps_loads = np.zeros(num_tasks)

    def __call__(self, op: Operation) -> int:
        """Returns the task for an operation."""
        task = int(np.argmin(self._ps_loads))
        self._ps_loads[task] += self._load_fn(op)
        return task


@export("contrib.training.byte_size_load_fn")
def byte_size_load_fn(op: Operation) -> int:
    """Returns how many bytes the only output of an operation takes, for `GreedyLoadBalancingStrategy`.

    Raises:
      ValueError: there are several outputs, or the shape is not known.
    """
    if len(op.outputs) != 1:
        raise ValueError(f"Op {op} must have a single output")
    output = op.outputs[0]
    shape = output.get_shape()
    if not shape.is_fully_defined():
        shape = TensorShape(op.get_attr("shape"))
    shape.assert_is_fully_defined()
    return int(shape.num_elements() or 0) * output.dtype.size
