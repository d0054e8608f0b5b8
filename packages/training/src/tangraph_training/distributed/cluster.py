"""ClusterSpec: the tasks of a cluster and their addresses."""

from __future__ import annotations

from typing import Any

from tangraph.client.config import ClusterDef
from tangraph.export import export
from tangraph.util import compat


@export("train.ClusterSpec")
class ClusterSpec:
    """The jobs of a cluster: the network address of each of their tasks.

    Args:
      cluster: a dict from names of jobs to lists of addresses, or to dicts from task numbers to addresses; a
        ClusterDef; or another ClusterSpec.

    Raises:
      TypeError: it is something else.

    >>> spec = ClusterSpec({"ps": ["host0:2222"], "worker": ["host1:2222", "host2:2222"]})
    >>> spec.jobs, spec.num_tasks("worker"), spec.task_address("worker", 1)
    (['ps', 'worker'], 2, 'host2:2222')
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, cluster: Any) -> None:
        self._cluster_def = ClusterDef()
        self._cluster_spec: dict[str, dict[int, str]] = {}
        if isinstance(cluster, dict):
            self._cluster_spec = {job: _tasks_of(job, tasks) for job, tasks in cluster.items()}
            self._make_cluster_def()
        elif isinstance(cluster, (ClusterDef, ClusterSpec)):
            self._cluster_def.MergeFrom(cluster.as_cluster_def() if isinstance(cluster, ClusterSpec) else cluster)
            self._cluster_spec = {job.name: dict(job.tasks.items()) for job in self._cluster_def.job}
        else:
            raise TypeError(
                "`cluster` must be a dictionary mapping one or more job names to lists of network addresses, or a "
                "`ClusterDef` protocol buffer"
            )

    def __bool__(self) -> bool:
        return bool(self._cluster_spec)

    def __eq__(self, other: object) -> bool:
        return self._cluster_spec == (other._cluster_spec if isinstance(other, ClusterSpec) else other)

    def __str__(self) -> str:
        return f"ClusterSpec({dict(sorted(self.as_dict().items()))})"

    def as_dict(self) -> dict[str, Any]:
        """Returns the addresses of each job: a list, or a dict where task numbers are missing."""
        return {job: self._addresses(job) for job in self.jobs}

    def _addresses(self, job: str) -> Any:
        indices = self.task_indices(job)
        if indices and indices[-1] + 1 == len(indices):
            return self.job_tasks(job)
        return {index: self.task_address(job, index) for index in indices}

    def as_cluster_def(self) -> ClusterDef:
        """Returns the cluster as a message."""
        return self._cluster_def

    @property
    def jobs(self) -> list[str]:
        """The names of the jobs."""
        return list(self._cluster_spec)

    def num_tasks(self, job_name: str) -> int:
        """Returns how many tasks a job has; ValueError when there is no such job."""
        return len(self._job(job_name))

    def task_indices(self, job_name: str) -> list[int]:
        """Returns the numbers of a job's tasks; ValueError when there is no such job."""
        return sorted(self._job(job_name))

    def task_address(self, job_name: str, task_index: int) -> str:
        """Returns the address of a task.

        Raises:
          ValueError: there is no such job or task.
        """
        job = self._job(job_name)
        if task_index not in job:
            raise ValueError(f"No task with index {task_index!r} in job {job_name!r}")
        return job[task_index]

    def job_tasks(self, job_name: str) -> list[str | None]:
        """Returns the addresses of a job's tasks by their numbers; None where there is no task.

        Raises:
          ValueError: there is no such job.
        """
        job = self._job(job_name)
        return [job.get(index) for index in range(max(job, default=-1) + 1)]

    def _job(self, name: str) -> dict[int, str]:
        if name not in self._cluster_spec:
            raise ValueError(f"No such job in cluster: {name!r}")
        return self._cluster_spec[name]

    def _make_cluster_def(self) -> None:
        for name, tasks in sorted(self._cluster_spec.items()):
            job = self._cluster_def.job.add()
            job.name = _text(name, "Job name")
            for index, address in sorted(tasks.items()):
                job.tasks[index] = _text(address, "Task address")


def _tasks_of(job: str, tasks: Any) -> dict[int, str]:
    if isinstance(tasks, (list, tuple)):
        return dict(enumerate(tasks))
    if isinstance(tasks, dict):
        return dict(tasks)
    raise TypeError(f"The tasks for job {job!r} must be a list or a dictionary from integers to strings.")


def _text(value: Any, what: str) -> str:
    try:
        return compat.as_str(value)
    except TypeError:
        raise TypeError(f"{what} {value!r} must be bytes or unicode") from None
