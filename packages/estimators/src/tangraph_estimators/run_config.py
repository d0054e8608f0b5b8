"""RunConfig: how an estimator runs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection
from typing import Any, Final, Self, TypeVar

import tangraph as tf
from tangraph.client.rewriter_config import RewriterConfig
from tangraph.export import export
from tangraph_estimators import task
from tangraph_estimators.arguments import argument_names

USE_DEFAULT: Final[Any] = object()

_Config = TypeVar("_Config", bound="RunConfig")

REPLACEABLE: Final = (
    "model_dir",
    "tf_random_seed",
    "save_summary_steps",
    "save_checkpoints_steps",
    "save_checkpoints_secs",
    "session_config",
    "keep_checkpoint_max",
    "keep_checkpoint_every_n_hours",
    "log_step_count_steps",
    "train_distribute",
    "device_fn",
    "protocol",
    "eval_distribute",
    "experimental_distribute",
    "experimental_max_worker_delay_secs",
    "session_creation_timeout_secs",
)

_BOTH: Final = "`save_checkpoints_steps` and `save_checkpoints_secs` cannot be both set."

#: field -> what its value must fulfil, and the error otherwise; None always does.
_CONDITIONS: Final[dict[str, tuple[Callable[[Any], Any], str]]] = {
    "model_dir": (bool, "model_dir should be non-empty"),
    "save_summary_steps": (lambda n: n >= 0, "save_summary_steps should be >= 0"),
    "save_checkpoints_steps": (lambda n: n >= 0, "save_checkpoints_steps should be >= 0"),
    "save_checkpoints_secs": (lambda n: n >= 0, "save_checkpoints_secs should be >= 0"),
    "session_config": (lambda c: isinstance(c, tf.ConfigProto), "session_config must be instance of ConfigProto"),
    "keep_checkpoint_max": (lambda n: n >= 0, "keep_checkpoint_max should be >= 0"),
    "keep_checkpoint_every_n_hours": (lambda n: n > 0, "keep_checkpoint_every_n_hours should be > 0"),
    "log_step_count_steps": (lambda n: n > 0, "log_step_count_steps should be > 0"),
    "tf_random_seed": (lambda n: isinstance(n, int), "tf_random_seed must be integer."),
    "experimental_max_worker_delay_secs": (
        lambda n: isinstance(n, int),
        "experimental_max_worker_delay_secs must be an integer if set.",
    ),
    "session_creation_timeout_secs": (lambda n: n > 0, "session_creation_timeout_secs should be > 0"),
    "device_fn": (
        lambda f: callable(f) and set(argument_names(f)) == {"op"},
        'device_fn must be callable with exactly one argument "op".',
    ),
    "protocol": (lambda p: p in {"grpc", "grpc+verbs"}, "protocol should be grpc or grpc+verbs"),
}


def default_session_config(**others: Any) -> Any:
    """Returns the ConfigProto of a session when the user gives none: soft placement, one round of rewrites."""
    options = tf.GraphOptions(rewrite_options=RewriterConfig(meta_optimizer_iterations=RewriterConfig.ONE))
    return tf.ConfigProto(allow_soft_placement=True, graph_options=options, **others)


def _field(name: str) -> property:
    return property(lambda self: getattr(self, f"_{name}"), doc=f"The field `{name}`.")


@export("estimator.RunConfig")
class RunConfig:
    """Where a model is kept, how often it is saved and logged, and how its sessions are.

    Args:
      model_dir: the folder of checkpoints and summaries.
      tf_random_seed: the seed of the graphs; random when None.
      save_summary_steps: the steps between two summaries.
      save_checkpoints_steps: the steps between two checkpoints.
      save_checkpoints_secs: the seconds between two checkpoints; 600 when neither is given.
      session_config: a `ConfigProto`.
      keep_checkpoint_max: how many checkpoints are kept; 0 or None for all.
      keep_checkpoint_every_n_hours: one checkpoint is kept for good every so many hours.
      log_step_count_steps: the steps between two lines about loss and speed.
      train_distribute: must be None: there are no distribution strategies.
      device_fn: a function from an operation to its device.
      protocol: how servers talk to each other; "grpc" or "grpc+verbs".
      eval_distribute: must be None.
      experimental_distribute: must be None.
      experimental_max_worker_delay_secs: the longest time that a worker waits before it starts.
      session_creation_timeout_secs: how long a worker waits for the chief.

    Raises:
      ValueError: a value is out of its range.
      NotImplementedError: a distribution strategy is given.

    >>> import tangraph as tf
    >>> config = tf.estimator.RunConfig(tf_random_seed=5)
    >>> config.keep_checkpoint_max, config.is_chief, config.replace(tf_random_seed=6).tf_random_seed
    (5, True, 6)
    """

    def __init__(
        self,
        model_dir: Any = None,
        tf_random_seed: int | None = None,
        save_summary_steps: int | None = 100,
        save_checkpoints_steps: Any = USE_DEFAULT,
        save_checkpoints_secs: Any = USE_DEFAULT,
        session_config: Any = None,
        keep_checkpoint_max: int | None = 5,
        keep_checkpoint_every_n_hours: float | None = 10000,
        log_step_count_steps: int | None = 100,
        train_distribute: Any = None,
        device_fn: Any = None,
        protocol: str | None = None,
        eval_distribute: Any = None,
        experimental_distribute: Any = None,
        experimental_max_worker_delay_secs: int | None = None,
        session_creation_timeout_secs: float = 7200,
    ) -> None:
        if train_distribute or eval_distribute or experimental_distribute:
            raise NotImplementedError(
                "Tangraph has no distribution strategies: leave train_distribute and the like None."
            )
        steps, seconds = _checkpoint_times(save_checkpoints_steps, save_checkpoints_secs)
        tf_config = task.environment()
        values = {
            "model_dir": task.model_dir_of(tf_config, tf.compat.path_to_str(model_dir)),
            "tf_random_seed": tf_random_seed,
            "save_summary_steps": save_summary_steps,
            "save_checkpoints_steps": steps,
            "save_checkpoints_secs": seconds,
            "session_config": session_config,
            "keep_checkpoint_max": keep_checkpoint_max,
            "keep_checkpoint_every_n_hours": keep_checkpoint_every_n_hours,
            "log_step_count_steps": log_step_count_steps,
            "train_distribute": train_distribute,
            "device_fn": device_fn,
            "protocol": protocol,
            "eval_distribute": eval_distribute,
            "experimental_distribute": experimental_distribute,
            "experimental_max_worker_delay_secs": experimental_max_worker_delay_secs,
            "session_creation_timeout_secs": session_creation_timeout_secs,
        }
        RunConfig._replace(self, REPLACEABLE, **values)
        for name, value in task.settings(tf_config).items():
            setattr(self, f"_{name}", value)
        filters = self._device_filters()
        if not self._session_config and self._cluster_spec and filters:
            self._session_config = default_session_config(device_filters=filters)

    def _device_filters(self) -> list[str] | None:
        """Returns which devices a task of a cluster sees: its own and those of the parameter servers."""
        kind = task.TaskType
        return {
            kind.MASTER: ["/job:ps", "/job:master"],
            kind.CHIEF: ["/job:ps", "/job:chief"],
            kind.WORKER: ["/job:ps", f"/job:worker/task:{self._task_id}"],
            kind.PS: ["/job:ps", "/job:worker", "/job:chief", "/job:master"],
        }.get(self._task_type)

    model_dir = _field("model_dir")
    tf_random_seed = _field("tf_random_seed")
    save_summary_steps = _field("save_summary_steps")
    save_checkpoints_steps = _field("save_checkpoints_steps")
    save_checkpoints_secs = _field("save_checkpoints_secs")
    session_config = _field("session_config")
    keep_checkpoint_max = _field("keep_checkpoint_max")
    keep_checkpoint_every_n_hours = _field("keep_checkpoint_every_n_hours")
    log_step_count_steps = _field("log_step_count_steps")
    train_distribute = _field("train_distribute")
    device_fn = _field("device_fn")
    protocol = _field("protocol")
    eval_distribute = _field("eval_distribute")
    experimental_max_worker_delay_secs = _field("experimental_max_worker_delay_secs")
    session_creation_timeout_secs = _field("session_creation_timeout_secs")
    service = _field("service")
    cluster_spec = _field("cluster_spec")
    task_type = _field("task_type")
    task_id = _field("task_id")
    global_id_in_cluster = _field("global_id_in_cluster")
    master = _field("master")
    evaluation_master = _field("evaluation_master")
    is_chief = _field("is_chief")
    num_ps_replicas = _field("num_ps_replicas")
    num_worker_replicas = _field("num_worker_replicas")

    _session_config: Any
    _cluster_spec: Any
    _task_type: Any
    _task_id: int

    def replace(self, **kwargs: Any) -> Self:
        """Returns a copy with other values in some fields.

        Raises:
          ValueError: a field cannot be replaced, or its value is out of its range.
        """
        return RunConfig._replace(copy.deepcopy(self), REPLACEABLE, **kwargs)

    @staticmethod
    def _replace(config: _Config, allowed_properties_list: Collection[str] = (), **kwargs: Any) -> _Config:
        for key, value in kwargs.items():
            if key not in allowed_properties_list:
                raise ValueError(
                    f"Replacing {key} is not supported. Allowed properties are {list(allowed_properties_list)}."
                )
            setattr(config, f"_{key}", value)
        _settle_checkpoint_times(config, kwargs)
        for name, (condition, message) in _CONDITIONS.items():
            value = getattr(config, name)
            if value is not None and not condition(value):
                raise ValueError(message)
        return config


def _checkpoint_times(steps: Any, seconds: Any) -> tuple[Any, Any]:
    if steps is USE_DEFAULT and seconds is USE_DEFAULT:
        return None, 600
    if seconds is USE_DEFAULT:
        return steps, None
    if steps is USE_DEFAULT:
        return None, seconds
    if steps is not None and seconds is not None:
        raise ValueError(_BOTH)
    return steps, seconds


def _settle_checkpoint_times(config: Any, replaced: Collection[str]) -> None:
    """Of steps and seconds, the one that was set last counts."""
    steps, seconds = config.save_checkpoints_steps, config.save_checkpoints_secs
    if {"save_checkpoints_steps", "save_checkpoints_secs"} <= set(replaced):
        if steps is not None and seconds is not None:
            raise ValueError(_BOTH)
    elif "save_checkpoints_steps" in replaced and steps is not None:
        config._save_checkpoints_secs = None
    elif "save_checkpoints_secs" in replaced and seconds is not None:
        config._save_checkpoints_steps = None
