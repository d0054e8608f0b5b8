"""Sessions that run on one particular backend, whatever else is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph import registry
from tangraph.client.session import Session
from tangraph.framework.stacks import get_default_graph
from tangraph.plan.place import Devices

if TYPE_CHECKING:
    from tangraph.framework.graph import Graph


def session_on(backend: str, graph: Graph | None = None) -> Session:
    """Returns a session whose operations run on one backend, unless they ask for a device of another type.

    Two backends may serve devices of one type; a plain session takes the first of them.

    Args:
      backend: the backend's name.
      graph: the graph; the default one when None.

    Raises:
      NotFoundError: there is no such backend.
    """
    chosen = registry.backend(backend)
    others = {n: b for n, b in registry.backends().items() if b.device_type != chosen.device_type}
    session = Session(graph=get_default_graph() if graph is None else graph)
    session._devices = Devices({backend: chosen, **others}, soft=True)
    return session
