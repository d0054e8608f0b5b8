"""The servers of this process: what a session's target names, and the state that its sessions share."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tangraph.client.resources import ResourceStore
from tangraph.framework import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

#: The task of a session without a server.
LOCAL_TASK: Final = "/job:localhost/replica:0/task:0"
#: What a session keeps for itself: every session counts its random numbers from the beginning.
_OF_SESSION: Final = frozenset(["candidate_sampler", "print", "random"])


class Server:
    """A task of a cluster that this process is.

    Args:
      target: what sessions name it by, "grpc://localhost:2222".
      task: its name in devices, "/job:local/replica:0/task:0".
      others: the names of the other tasks of its cluster.
      cluster: what the servers of one cluster have in common; these share their variables.
    """

    def __init__(self, target: str, task: str, others: Sequence[str], cluster: str) -> None:
        self.target = target
        self.task = task
        self.others = tuple(others)
        self.cluster = cluster


_lock: Final = threading.Lock()
_servers: Final[dict[str, Server]] = {}
_stores: Final[dict[str, ResourceStore]] = {}


def add(server: Server) -> None:
    """Makes a server known, for as long as the process lives: TensorFlow's servers cannot be stopped.

    Raises:
      UnknownError: there is one at that address.
    """
    with _lock:
        if server.target in _servers:
            raise errors.UnknownError(None, None, "Could not start gRPC server")
        _servers[server.target] = server
        _stores.setdefault(server.cluster, ResourceStore())


def absent(server: Server) -> list[str]:
    """Returns the tasks of a server's cluster that are not in this process."""
    there = {other.task for other in _servers.values() if other.cluster == server.cluster}
    return [task for task in server.others if task not in there]


def find(target: str) -> Server:
    """Returns the server that a target names, all tasks of whose cluster are in this process.

    Raises:
      NotFoundError: it is no target.
      UnimplementedError: it names a server, or needs one, that is not in this process.
    """
    if target in _servers:
        server = _servers[target]
        if missing := absent(server):
            raise errors.UnimplementedError(
                None,
                None,
                f"A session of '{target}' needs all tasks of its cluster, and Tangraph runs graphs in one process: "
                f"{', '.join(missing)} must be servers in this one, too.",
            )
        return server
    if not target.startswith("grpc://"):
        raise errors.NotFoundError(
            None,
            None,
            f'No session factory registered for the given session options: {{target: "{target}" config: }} '
            "Registered factories are {DIRECT_SESSION, GRPC_SESSION}.",
        )
    raise errors.UnimplementedError(
        None,
        None,
        "Tangraph runs graphs in one process: a session's target must be that of a tf.train.Server in it. "
        f"Received: '{target}'; there are: {', '.join(map(repr, sorted(_servers))) or 'none'}.",
    )


def tasks_of(server: Server) -> list[str]:
    """Returns the tasks whose devices a session of a server sees, its own first."""
    return [server.task, *(task for task in server.others)]


class SharedStore(ResourceStore):
    """The resources of a session of a server: those of its cluster, and a few that are its own.

    Args:
      server: the server.
    """

    def __init__(self, server: Server) -> None:
        super().__init__()
        self._own = ResourceStore()
        self._shared = _stores[server.cluster]

    def _store(self, kind: str) -> ResourceStore:
        return self._own if kind in _OF_SESSION else self._shared

    def get_or_create(self, kind: str, container: str, name: str, make: Callable[[], T]) -> T:
        """Returns the resource, made on first use."""
        return self._store(kind).get_or_create(kind, container, name, make)

    def find(self, kind: str, container: str, name: str) -> Any:
        """Returns the resource, or None."""
        return self._store(kind).find(kind, container, name)

    def delete(self, kind: str, container: str, name: str) -> bool:
        """Forgets a resource; says whether there was one."""
        return self._store(kind).delete(kind, container, name)


def reset(target: str, containers: Sequence[str] | None) -> None:
    """Forgets the variables of a server's cluster: those of some containers, or all.

    Raises:
      OpError: the target names no server in this process.
    """
    store = _stores[find(target).cluster]
    if not containers:
        store.clear()
    for container in containers or ():
        store.clear(container)
