"""`tf.test.create_local_cluster`: servers of this process."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import Any

from tangraph.export import export
from tangraph_compat.internals import public


def _free_ports(count: int) -> list[int]:
    """Returns ports that nobody uses, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("localhost", 0))
        return [one.getsockname()[1] for one in sockets]


@export("test.create_local_cluster")
def create_local_cluster(
    num_workers: int, num_ps: int, protocol: str = "grpc", worker_config: Any = None, ps_config: Any = None
) -> tuple[list[Any], list[Any]]:
    """Starts the servers of a cluster in this process.

    Args:
      num_workers: how many workers.
      num_ps: how many parameter servers.
      protocol: see `tf.train.Server`.
      worker_config: a `ConfigProto` for the workers.
      ps_config: a `ConfigProto` for the parameter servers.

    Returns:
      The workers and the parameter servers, lists of `tf.train.Server`.
    """
    ports = _free_ports(num_workers + num_ps)
    addresses = [f"localhost:{port}" for port in ports]
    cluster = public("train.ClusterSpec")({"worker": addresses[:num_workers], "ps": addresses[num_workers:]})
    server = public("train.Server")
    jobs = (("worker", num_workers, worker_config), ("ps", num_ps, ps_config))
    workers, parameters = [
        [
            server(cluster, job_name=job, protocol=protocol, task_index=n, config=config, start=True)
            for n in range(count)
        ]
        for job, count, config in jobs
    ]
    return workers, parameters
