"""`tf.contrib.learn.RunConfig`: a RunConfig with the older arguments."""

from __future__ import annotations

import json
import os
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_estimators import run_config, task


@export("contrib.learn.RunConfig")
class RunConfig(run_config.RunConfig):
    """How an estimator runs; see `tf.estimator.RunConfig` for what is not told here.

    Args:
      master: the target of sessions; that of the task in TF_CONFIG when None.
      num_cores: how many threads `tf_config` allows; 0 for as many as there are cores.
      log_device_placement: whether `tf_config` logs devices.
      gpu_memory_fraction: how much of a GPU's memory `tf_config` takes.
      save_checkpoints_secs: the seconds between two checkpoints; 0 for 600, or for `save_checkpoints_steps`.
      evaluation_master: the target of evaluations' sessions.

    >>> import tangraph as tf
    >>> tf.contrib.learn.RunConfig(save_checkpoints_steps=10).save_checkpoints_secs is None
    True
    """

    def __init__(
        self,
        master: str | None = None,
        num_cores: int = 0,
        log_device_placement: bool = False,
        gpu_memory_fraction: float = 1,
        tf_random_seed: int | None = None,
        save_summary_steps: int | None = 100,
        save_checkpoints_secs: int | None = 0,
        save_checkpoints_steps: int | None = None,
        keep_checkpoint_max: int | None = 5,
        keep_checkpoint_every_n_hours: float | None = 10000,
        log_step_count_steps: int | None = 100,
        protocol: str | None = None,
        evaluation_master: str | None = "",
        model_dir: Any = None,
        session_config: Any = None,
        session_creation_timeout_secs: float = 7200,
    ) -> None:
        tf_config = json.loads(os.environ.get("TF_CONFIG") or "{}")
        self._set_task(tf_config, master, evaluation_master)
        if save_checkpoints_secs == 0:
            save_checkpoints_secs = 600 if save_checkpoints_steps is None else None
        self._tf_config = tf.ConfigProto(
            log_device_placement=log_device_placement,
            inter_op_parallelism_threads=num_cores,
            intra_op_parallelism_threads=num_cores,
            gpu_options=tf.GPUOptions(per_process_gpu_memory_fraction=gpu_memory_fraction),
        )
        fields = {
            "train_distribute": None,
            "eval_distribute": None,
            "experimental_max_worker_delay_secs": None,
            "device_fn": None,
            "tf_random_seed": tf_random_seed,
            "save_summary_steps": save_summary_steps,
            "save_checkpoints_secs": save_checkpoints_secs,
            "log_step_count_steps": log_step_count_steps,
            "protocol": protocol,
            "session_config": session_config,
            "save_checkpoints_steps": save_checkpoints_steps,
            "keep_checkpoint_max": keep_checkpoint_max,
            "keep_checkpoint_every_n_hours": keep_checkpoint_every_n_hours,
            "model_dir": task.model_dir_of(tf_config, model_dir),
            "session_creation_timeout_secs": session_creation_timeout_secs,
        }
        for name, value in fields.items():
            setattr(self, f"_{name}", value)

    def _set_task(self, tf_config: dict[str, Any], master: str | None, evaluation_master: str | None) -> None:
        """Takes the task from TF_CONFIG."""
        described = tf_config.get("task", {})
        self._task_type = described.get("type")
        self._task_id = int(described.get("index") or 0)
        self._cluster_spec = tf.train.ClusterSpec(tf_config.get("cluster", {}))
        if master is None:
            cluster, kind = self._cluster_spec, self._task_type
            master = _master(cluster, kind, self._task_id) if cluster and kind else ""
        jobs = self._cluster_spec.as_dict()
        self._master = master
        self._num_ps_replicas = len(jobs.get("ps", []))
        self._num_worker_replicas = len(jobs.get("worker", [])) + len(jobs.get("master", []))
        self._environment = tf_config.get("environment", "local")
        chief = "master" if self._environment == "cloud" else "worker"
        self._is_chief = self._task_id == 0 and self._task_type in {None, chief}
        self._evaluation_master = evaluation_master or ""

    @property
    def environment(self) -> str:
        """Where the cluster is."""
        environment: str = self._environment
        return environment

    @property
    def tf_config(self) -> Any:
        """A ConfigProto of the older arguments."""
        return self._tf_config


def _master(cluster: Any, task_type: str, task_id: int) -> str:
    if len(cluster.jobs) > 1 or len(cluster.job_tasks(cluster.jobs[0])) > 1:
        task.check_member(cluster, task_type, task_id)
    return task.session_master({}, cluster, task_type, task_id)
