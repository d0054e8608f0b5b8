"""The task that this process is, as the environment variable TF_CONFIG says."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Final

import tangraph as tf
from tangraph.export import export

LOCAL_MASTER: Final = ""


@export("contrib.learn.TaskType")
class TaskType:
    """The kinds of tasks of a cluster."""

    MASTER = "master"
    PS = "ps"
    WORKER = "worker"
    CHIEF = "chief"
    EVALUATOR = "evaluator"


def environment() -> dict[str, Any]:
    """Returns what TF_CONFIG holds, an empty dictionary when it is not set."""
    found: dict[str, Any] = json.loads(os.environ.get("TF_CONFIG", "{}"))
    if found:
        tf.logging.info("TF_CONFIG environment variable: %s", found)
    return found


def model_dir_of(tf_config: Mapping[str, Any], model_dir: str | None) -> str | None:
    """Returns the model's folder, from the argument or from TF_CONFIG.

    Raises:
      ValueError: it is empty, or the two differ.
    """
    if model_dir == "":
        raise ValueError("model_dir should be non-empty.")
    found: str | None = tf_config.get("model_dir")
    if found == "":
        raise ValueError("model_dir in TF_CONFIG should be non-empty.")
    if found:
        if model_dir and found != model_dir:
            raise ValueError(
                "`model_dir` provided in RunConfig construct, if set, must have the same value as the model_dir in "
                f'TF_CONFIG. model_dir: {model_dir}\nTF_CONFIG["model_dir"]: {found}.\n'
            )
        tf.logging.info("Using model_dir in TF_CONFIG: %s", found)
    return model_dir or found


def settings(tf_config: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields of a RunConfig that TF_CONFIG decides, by name and in TensorFlow's order.

    Raises:
      ValueError: the task is none of the cluster's.
      TypeError: "service" is no dictionary.
    """
    service = tf_config.get("service")
    if service is not None and not isinstance(service, dict):
        raise TypeError(f'If "service" is set in TF_CONFIG, it must be a dict. Given {type(service)}')
    cluster = tf.train.ClusterSpec(tf_config.get("cluster", {}))
    start = {"service": service, "cluster_spec": cluster}
    task = tf_config.get("task", {})
    if not cluster:
        return start | _alone(tf_config, task)
    if TaskType.MASTER not in cluster.jobs:
        return start | _in_cluster(tf_config, cluster, task, TaskType.CHIEF)
    if TaskType.CHIEF in cluster.jobs:
        raise ValueError("If `master` node exists in `cluster`, job `chief` is not supported.")
    return start | _in_cluster(tf_config, cluster, task, TaskType.MASTER)


def _alone(tf_config: Mapping[str, Any], task: Mapping[str, Any]) -> dict[str, Any]:
    task_type, task_id = task.get("type", TaskType.WORKER), int(task.get("index", 0))
    if task_type != TaskType.WORKER:
        raise ValueError('If "cluster" is not set in TF_CONFIG, task type must be WORKER.')
    if task_id != 0:
        raise ValueError('If "cluster" is not set in TF_CONFIG, task index must be 0.')
    return {
        "task_type": task_type,
        "task_id": task_id,
        "global_id_in_cluster": 0,
        "master": tf_config.get("session_master", LOCAL_MASTER),
        "evaluation_master": tf_config.get("eval_session_master", LOCAL_MASTER),
        "is_chief": True,
        "num_ps_replicas": 0,
        "num_worker_replicas": 1,
    }


def _in_cluster(tf_config: Mapping[str, Any], cluster: Any, task: Mapping[str, Any], chief: str) -> dict[str, Any]:
    task_type, task_id = _checked_task(cluster, task, chief)
    if task_type == TaskType.EVALUATOR:
        if chief == TaskType.MASTER:
            raise ValueError("If `master` node exists in `cluster`, task_type `evaluator` is not supported.")
        return {
            "cluster_spec": tf.train.ClusterSpec({}),
            "task_type": task_type,
            "task_id": task_id,
            "evaluation_master": tf_config.get("eval_session_master", LOCAL_MASTER),
            "master": LOCAL_MASTER,
            "num_ps_replicas": 0,
            "num_worker_replicas": 0,
            "global_id_in_cluster": None,
            "is_chief": False,
        }
    jobs = cluster.as_dict()
    return {
        "task_type": task_type,
        "task_id": task_id,
        "evaluation_master": LOCAL_MASTER,
        "master": session_master(tf_config, cluster, task_type, task_id),
        "num_ps_replicas": len(jobs.get(TaskType.PS, [])),
        "num_worker_replicas": len(jobs.get(TaskType.WORKER, [])) + len(jobs.get(chief, [])),
        "global_id_in_cluster": _global_id(cluster, task_type, task_id, chief),
        "is_chief": task_type == chief,
    }


def _checked_task(cluster: Any, task: Mapping[str, Any], chief: str) -> tuple[str, int]:
    if chief not in cluster.jobs:
        raise ValueError(f'If "cluster" is set in TF_CONFIG, it must have one "{chief}" node.')
    if len(cluster.job_tasks(chief)) > 1:
        raise ValueError(f'The "cluster" in TF_CONFIG must have only one "{chief}" node.')
    task_type, task_id = task.get("type"), task.get("index")
    if not task_type:
        raise ValueError('If "cluster" is set in TF_CONFIG, task type must be set.')
    if task_id is None:
        raise ValueError('If "cluster" is set in TF_CONFIG, task index must be set.')
    task_id = int(task_id)
    if task_id < 0:
        raise ValueError("Task index must be non-negative number.")
    if task_type == TaskType.EVALUATOR:
        return task_type, task_id
    check_member(cluster, task_type, task_id)
    return task_type, task_id


def check_member(cluster: Any, task_type: str, task_id: int) -> None:
    """Raises ValueError unless a cluster has a task."""
    note = "\n\nNote that these values may be coming from the TF_CONFIG environment variable."
    if task_type not in cluster.jobs:
        raise ValueError(f"{task_type} is not a valid task_type in the cluster_spec:\n{cluster}{note}")
    if not 0 <= task_id < len(cluster.job_tasks(task_type)):
        raise ValueError(
            f"{task_id} is not a valid task_id for task_type {task_type} in the cluster_spec:\n{cluster}{note}"
        )


def session_master(tf_config: Mapping[str, Any], cluster: Any, task_type: str, task_id: int) -> str:
    """Returns the target of the sessions of a task; the task that is alone needs none."""
    if "session_master" in tf_config:
        return str(tf_config["session_master"])
    jobs = cluster.jobs
    if len(jobs) == 1 and len(cluster.job_tasks(jobs[0])) == 1:
        return LOCAL_MASTER
    return f"grpc://{cluster.job_tasks(task_type)[task_id]}"


def _global_id(cluster: Any, task_type: str, task_id: int, chief: str) -> int:
    """Returns a task's place among all: the chief, the others by name, and the parameter servers last."""
    others = [job for job in sorted(cluster.jobs) if job not in {chief, TaskType.PS}]
    before = 0
    for job in [chief, *others, TaskType.PS]:
        if job == task_type:
            break
        before += len(cluster.job_tasks(job))
    return before + task_id
