"""The scopes of the default graph: names, devices, control dependencies, colocation, collections."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import stacks
from tangraph.framework.operation import Operation
from tangraph.framework.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from types import TracebackType

    from tangraph.framework.graph import Graph


@export("name_scope", "keras.backend.name_scope")
class name_scope:
    """Prefixes the names of operations created inside the block.

    Args:
      name: the scope's name; when None, `default_name` is used.
      default_name: used when `name` is None.
      values: tensors from which the graph is taken.

    Raises:
      ValueError: neither name is given, though values are; a name that is not valid.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.name_scope("layer") as scope:
    ...     scope, tf.constant(1).name
    ('layer/', 'layer/Const:0')
    """

    def __init__(self, name: str | None, default_name: str | None = None, values: Any = None) -> None:
        if not (default_name is None or isinstance(default_name, str)):
            raise TypeError(
                f"`default_name` type ({type(default_name)}) is not a string type. You likely meant to pass "
                "this into the `values` kwarg."
            )
        self._given = name
        self._name = default_name if name is None else name
        self._default_name = default_name
        self._values = values
        self._graph_context: AbstractContextManager[Any] | None = None
        self._scope_context: AbstractContextManager[str] | None = None

    @property
    def name(self) -> str | None:
        """The name that the scope asks for."""
        return self._name

    def __enter__(self) -> str:
        if self._given is None and self._values is not None and self._default_name is None:
            raise ValueError(
                f"At least one of name ({self._given}) and default_name ({self._default_name}) must be provided."
            )
        values = [] if self._values is None else self._values
        graph = graph_from_inputs(values)
        if graph is not stacks.get_default_graph():
            self._graph_context = graph.as_default()
            self._graph_context.__enter__()
        self._scope_context = graph.name_scope(self._name)
        try:
            return self._scope_context.__enter__()
        except BaseException:
            self._leave_graph()
            raise

    def _leave_graph(self) -> None:
        if self._graph_context is not None:
            self._graph_context.__exit__(None, None, None)
            self._graph_context = None

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._scope_context is not None:
            self._scope_context.__exit__(kind, value, trace)
        self._leave_graph()


def graph_from_inputs(values: Any, graph: Graph | None = None) -> Graph:
    """Returns the one graph that all the tensors among `values` belong to, or the default graph.

    Raises:
      ValueError: two values belong to different graphs.
    """
    default = stacks.get_default_graph()
    if default.building_function:
        return default
    owner: Any = None
    for value in values:
        element = value if isinstance(value, (Tensor, Operation)) else None
        if element is None and hasattr(value, "_as_graph_element"):
            element = value._as_graph_element()
        if element is None:
            continue
        if graph is None:
            graph, owner = element.graph, element
        elif element.graph is not graph:
            raise ValueError(f"{element} must be from the same graph as {owner}.")
    return graph or default


@export("op_scope")
@contextmanager
def op_scope(values: Any, name: str | None, default_name: str | None = None) -> Iterator[str]:
    """The old form of `name_scope(name, default_name, values)`."""
    with name_scope(name, default_name, values) as scope:
        yield scope


@export("device")
def device(device_name_or_function: Any) -> AbstractContextManager[None]:
    """Asks that operations created inside the block are placed on a device; see `Graph.device`."""
    return stacks.get_default_graph().device(device_name_or_function)


@export("container")
def container(container_name: str) -> AbstractContextManager[str]:
    """Sets the resource container of stateful operations created inside the block."""
    return stacks.get_default_graph().container(container_name)


@export("colocate_with")
def colocate_with(op: Any, ignore_existing: bool = False) -> AbstractContextManager[None]:
    """Places the operations created inside the block where `op` is."""
    return stacks.get_default_graph().colocate_with(op, ignore_existing)


@export("control_dependencies")
def control_dependencies(control_inputs: Any) -> Any:
    """Makes operations created inside the block wait for `control_inputs`.

    Args:
      control_inputs: a list of operations, tensors or variables; None clears the outer blocks.
    """
    return stacks.get_default_graph().control_dependencies(control_inputs)


@export("add_to_collection")
def add_to_collection(name: Any, value: Any) -> None:
    """Appends a value to a collection of the default graph."""
    stacks.get_default_graph().add_to_collection(name, value)


@export("add_to_collections")
def add_to_collections(names: Any, value: Any) -> None:
    """Appends a value to several collections of the default graph."""
    stacks.get_default_graph().add_to_collections(names, value)


@export("get_collection")
def get_collection(key: Any, scope: str | None = None) -> list[Any]:
    """Returns a copy of a collection of the default graph; see `Graph.get_collection`."""
    return stacks.get_default_graph().get_collection(key, scope)


@export("get_collection_ref")
def get_collection_ref(key: Any) -> list[Any]:
    """Returns a collection of the default graph itself."""
    return stacks.get_default_graph().get_collection_ref(key)
