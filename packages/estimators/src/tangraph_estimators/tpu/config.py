"""`tf.contrib.tpu.TPUConfig` and `RunConfig`: how an estimator would use TPUs."""

from __future__ import annotations

import json
import os
import re
from typing import Any, Final, NamedTuple, Self

import tangraph as tf
from tangraph.export import export
from tangraph_estimators import run_config
from tangraph_estimators.task import TaskType

_ITERATIONS: Final = re.compile(r"(?P<value>[1-9]\d*)(?P<unit>[smh|]?)")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}
_CORES: Final = (1, 2, 4, 8, 16, 32, 64, 128)


@export("contrib.tpu.InputPipelineConfig", "estimator.tpu.InputPipelineConfig")
class InputPipelineConfig:
    """Which host of a TPU runs the input function, and for what.

    >>> InputPipelineConfig.PER_HOST_V2
    3
    """

    PER_SHARD_V1 = 1
    PER_HOST_V1 = 2
    PER_HOST_V2 = 3
    BROADCAST = 4
    SLICED = 5


class Iterations(NamedTuple):
    """How long a TPU runs without its host: a number of steps, or of seconds."""

    value: int
    unit: str


def check_positive_integer(value: Any, name: str) -> None:
    """Raises TypeError or ValueError unless it is a positive integer."""
    if not isinstance(value, int):
        raise TypeError(f"{name} must be int, got {type(value)}")
    if value <= 0:
        raise ValueError(f"{name} must be positive, got {value}")


def parse_iterations_per_loop(iterations_per_loop: Any) -> Iterations:
    """Returns what `iterations_per_loop` means.

    Args:
      iterations_per_loop: a number of steps, or a time: "3600s", "60m", "1h".

    Raises:
      ValueError: it is neither.

    >>> parse_iterations_per_loop("2m")
    Iterations(value=120, unit='seconds')
    """
    found = _ITERATIONS.fullmatch(str(iterations_per_loop))
    if found is None:
        raise ValueError(
            "Invalid TPUConfig `iterations_per_loop` value. Value must be positive integer value or time-based value "
            "`<N><s|m|h>` where <N> is anypositive integer and `s`, `m`, `h` are unit of time in seconds, minutes, hours "
            "respectively. Examples of valid values: `3600s`, `60m`, `1h`."
        )
    unit = found["unit"]
    return Iterations(int(found["value"]) * _SECONDS.get(unit, 1), "seconds" if unit in _SECONDS else "count")


class _TPUFields(NamedTuple):
    iterations_per_loop: Any
    num_shards: Any
    num_cores_per_replica: Any
    per_host_input_for_training: Any
    tpu_job_name: Any
    initial_infeed_sleep_secs: Any
    input_partition_dims: Any
    eval_training_input_configuration: Any
    experimental_host_call_every_n_steps: Any


@export("contrib.tpu.TPUConfig", "estimator.tpu.TPUConfig")
class TPUConfig(_TPUFields):
    """How TPUs are used. On the CPU, nothing of it counts.

    Args:
      iterations_per_loop: how many steps, or how long, a TPU runs without its host.
      num_shards: the number of replicas.
      num_cores_per_replica: the cores of each.
      per_host_input_for_training: one of InputPipelineConfig, or a bool.
      tpu_job_name: the name of the job.
      initial_infeed_sleep_secs: how long the threads of the input wait at first.
      input_partition_dims: how inputs are cut.
      eval_training_input_configuration: PER_HOST_V1 or SLICED.
      experimental_host_call_every_n_steps: the steps between two host calls.

    Raises:
      ValueError: a value is none of those that are possible.
      TypeError: a number is no integer.

    >>> import tangraph as tf
    >>> tf.contrib.tpu.TPUConfig(iterations_per_loop=100).per_host_input_for_training
    2
    """

    __slots__ = ()

    def __new__(
        cls,
        iterations_per_loop: Any = 2,
        num_shards: int | None = None,
        num_cores_per_replica: int | None = None,
        per_host_input_for_training: Any = True,
        tpu_job_name: str | None = None,
        initial_infeed_sleep_secs: int | None = None,
        input_partition_dims: Any = None,
        eval_training_input_configuration: int = InputPipelineConfig.PER_HOST_V1,
        experimental_host_call_every_n_steps: int = 1,
    ) -> Self:
        """Checks everything."""
        parse_iterations_per_loop(iterations_per_loop)
        if num_shards is not None:
            check_positive_integer(num_shards, "TPUConfig num_shards")
        if input_partition_dims is not None:
            _check_partition(input_partition_dims, per_host_input_for_training, num_cores_per_replica)
        if num_cores_per_replica is not None and num_cores_per_replica not in _CORES:
            raise ValueError(f"num_cores_per_replica must be 1, 2, 4, 8, 16, 32, 64, 128; got {num_cores_per_replica}")
        if eval_training_input_configuration not in {InputPipelineConfig.PER_HOST_V1, InputPipelineConfig.SLICED}:
            raise ValueError(
                "eval_training_input_configuration must be PER_HOST_V1 or SLICED; got "
                f"{eval_training_input_configuration}"
            )
        if isinstance(per_host_input_for_training, bool):
            per_host = InputPipelineConfig.PER_HOST_V1
            per_host_input_for_training = per_host if per_host_input_for_training else InputPipelineConfig.PER_SHARD_V1
        if initial_infeed_sleep_secs:
            check_positive_integer(initial_infeed_sleep_secs, "TPUConfig initial_infeed_sleep_secs")
        return super().__new__(
            cls,
            iterations_per_loop,
            num_shards,
            num_cores_per_replica,
            per_host_input_for_training,
            tpu_job_name or _job_name(),
            initial_infeed_sleep_secs,
            input_partition_dims,
            eval_training_input_configuration,
            experimental_host_call_every_n_steps,
        )


def _check_partition(dims: Any, per_host_input: Any, num_cores_per_replica: Any) -> None:
    if len(dims) not in {1, 2}:
        raise ValueError("input_partition_dims must be a list/tuple with one or two elements.")
    if per_host_input is not InputPipelineConfig.PER_HOST_V2:
        raise ValueError("input_partition_dims is only supported in PER_HOST_V2 mode.")
    if num_cores_per_replica is None:
        raise ValueError("input_partition_dims requires setting num_cores_per_replica.")


def _job_name() -> str | None:
    service = json.loads(os.environ.get("TF_CONFIG", "{}")).get("service", {})
    name: str | None = service.get("tpu_worker_job_name")
    if name:
        tf.logging.info("Load TPU job name from TF_CONFIG: %s", name)
    return name


@export("contrib.tpu.RunConfig", "estimator.tpu.RunConfig")
class RunConfig(run_config.RunConfig):
    """A RunConfig with what a TPUEstimator needs besides.

    Args:
      tpu_config: a TPUConfig.
      evaluation_master: the target of evaluations' sessions.
      master: the target of sessions.
      cluster: must be None: there are no TPUs to resolve.
      kwargs: see `tf.estimator.RunConfig`.

    Raises:
      NotImplementedError: `cluster` is given.

    >>> import tangraph as tf
    >>> tf.contrib.tpu.RunConfig(save_checkpoints_steps=10).tpu_config.iterations_per_loop
    2
    """

    def __init__(
        self,
        tpu_config: Any = None,
        evaluation_master: Any = None,
        master: Any = None,
        cluster: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if cluster is not None:
            raise NotImplementedError(f"Tangraph has no TPUs: leave `cluster` None. Received: {cluster}")
        self._tpu_config = tpu_config or TPUConfig()
        self._cluster = cluster
        if master is not None:
            self._master = master
        if evaluation_master is not None:
            self._evaluation_master = evaluation_master
        elif not self._evaluation_master and self.task_type != TaskType.EVALUATOR:
            self._evaluation_master = self._master

    _master: Any
    _evaluation_master: Any

    def _device_filters(self) -> None:
        """Returns None: TPU workers see all devices."""

    @property
    def tpu_config(self) -> Any:
        """The TPUConfig."""
        return self._tpu_config

    @property
    def cluster(self) -> Any:
        """None: there is no cluster of TPUs."""
        return self._cluster

    def replace(self, **kwargs: Any) -> Self:
        """Returns a copy with other values in some fields; see `tf.estimator.RunConfig.replace`."""
        tpu_config = kwargs.pop("tpu_config", self._tpu_config)
        copied = super().replace(**kwargs)
        copied._tpu_config = tpu_config
        return copied
