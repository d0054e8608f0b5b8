"""Server: this process as a task of a cluster."""

from __future__ import annotations

import itertools
import socket
import threading
from typing import Any, Final

from tangraph.client import servers
from tangraph.export import export
from tangraph.framework import errors
from tangraph_interop.messages import ServerDef
from tangraph_training.distributed.cluster import ClusterSpec

_numbers: Final = itertools.count()


@export("train.Server")
class Server:
    """A task of a cluster, in this process; sessions with its target share their variables.

    All tasks of the cluster must be servers in this process: nothing goes over the network.

    Args:
      server_or_cluster_def: a ServerDef, or what `tf.train.ClusterSpec` takes.
      job_name: the job that this task belongs to; may be left out where there is one only.
      task_index: the task's number; may be left out where there is one only.
      protocol: "grpc".
      config: the ConfigProto of sessions that have none.
      start: accepted; a server serves as soon as it is there.

    Raises:
      TypeError: `server_or_cluster_def` is something else.
      ValueError: the job or the task is left out, and there are several.
      InvalidArgumentError: there is no such task.

    >>> import tangraph as tf
    >>> server = tf.train.Server.create_local_server()
    >>> with tf.Graph().as_default():
    ...     v = tf.Variable(1.0)
    ...     with tf.Session(server.target) as session:
    ...         session.run(v.initializer)
    ...     with tf.Session(server.target) as session:
    ...         float(session.run(v))
    1.0
    """

    def __init__(
        self,
        server_or_cluster_def: Any,
        job_name: str | None = None,
        task_index: int | None = None,
        protocol: str | None = None,
        config: Any = None,
        start: bool = True,
    ) -> None:
        self._server: servers.Server | None = None
        self._server_def = server_def = _make_server_def(server_or_cluster_def, job_name, task_index, protocol, config)
        if server_def.protocol not in {"grpc", "grpc+verbs", "grpc+gdr", "grpc+mpi"}:
            raise errors.NotFoundError(
                None,
                None,
                f"No server factory registered for the given ServerDef: {server_def}\n"
                "The available server factories are: [ GRPC_SERVER ]",
            )
        spec = ClusterSpec(server_def.cluster)
        if server_def.task_index not in spec.task_indices(server_def.job_name):
            raise errors.InvalidArgumentError(
                None, None, f'Task {server_def.task_index} was not defined in job "{server_def.job_name}"'
            )
        address = spec.task_address(server_def.job_name, server_def.task_index)
        host, _, port = address.rpartition(":")
        own_port = int(port) if port.isdecimal() else 0
        task = f"/job:{server_def.job_name}/replica:0/task:{server_def.task_index}"
        tasks = [f"/job:{job}/replica:0/task:{index}" for job in spec.jobs for index in spec.task_indices(job)]
        # Without a port, no other server can have meant this one.
        cluster = str(spec) if own_port else f"{next(_numbers)}: {spec}"
        server = servers.Server(
            f"grpc://{host or 'localhost'}:{own_port or _free_port()}",
            task,
            [other for other in tasks if other != task],
            cluster,
        )
        servers.add(server)
        self._server = server

    def start(self) -> None:
        """Does nothing: the server serves already."""

    def join(self) -> None:
        """Waits for ever, while other threads of this process use the server.

        Raises:
          UnimplementedError: a task of the cluster is not in this process, so that nobody could reach this one.
        """
        assert self._server is not None
        if missing := servers.absent(self._server):
            raise errors.UnimplementedError(
                None,
                None,
                f"{self._server.task} would wait for ever: Tangraph runs graphs in one process, and "
                f"{', '.join(missing)} must be servers in this one, too.",
            )
        threading.Event().wait()

    @property
    def server_def(self) -> ServerDef:
        """The cluster, and which task of it this is."""
        return self._server_def

    @property
    def target(self) -> str:
        """What sessions name the server by."""
        assert self._server is not None
        return self._server.target

    @staticmethod
    def create_local_server(config: Any = None, start: bool = True) -> Server:
        """Returns the only server of a cluster of its own."""
        return Server({"local": ["localhost:0"]}, protocol="grpc", config=config, start=start)


def _make_server_def(
    server_or_cluster_def: Any, job_name: str | None, task_index: int | None, protocol: str | None, config: Any
) -> ServerDef:
    server_def = ServerDef()
    if isinstance(server_or_cluster_def, ServerDef):
        server_def.MergeFrom(server_or_cluster_def)
    else:
        try:
            spec = ClusterSpec(server_or_cluster_def)
        except TypeError:
            raise TypeError(
                "Could not convert `server_or_cluster_def` to a `tf.train.ServerDef` or `tf.train.ClusterSpec`."
            ) from None
        job_name = _only(spec.jobs, "job_name") if job_name is None else job_name
        task_index = _only(spec.task_indices(job_name), "task_index") if task_index is None else task_index
        protocol = "grpc" if protocol is None else protocol
        server_def.cluster.MergeFrom(spec.as_cluster_def())
    if job_name is not None:
        server_def.job_name = job_name
    if task_index is not None:
        server_def.task_index = task_index
    if protocol is not None:
        server_def.protocol = protocol
    if config is not None:
        server_def.default_session_config.MergeFrom(config)
    return server_def


def _only(items: list[Any], what: str) -> Any:
    if len(items) != 1:
        raise ValueError(f"Must specify an explicit `{what}`.")
    return items[0]


def _free_port() -> int:
    """Returns the number of a port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
        return port
