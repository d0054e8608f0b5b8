"""One op case built into a graph in one of the ways in which programs reach an op, and run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tangraph.framework.graph import Graph
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.operation import Operation
from tangraph.framework.tensor import Tensor
from tangraph.ops.array.constant import constant, placeholder
from tangraph.testing.sessions import session_on

if TYPE_CHECKING:
    from tangraph.testing.cases import OpCase
    from tangraph.testing.inputs import Input


class Run:
    """A graph with one op case in it, and a session on one backend; use it in a ``with`` statement.

    Args:
      case: the op case.
      backend: the name of the backend.
      dtype: the type that it is checked in.
      enter: what an input becomes in the graph, a function of (Input, array, dtype) that returns a tensor.

    Attributes:
      arrays: the inputs' values.
      tensors: the inputs in the graph.
      outputs: the outputs in the graph.
    """

    def __init__(self, case: OpCase, backend: str, dtype: str, enter: Callable[[Input, Any, Any], Tensor]) -> None:
        self.case = case
        self.graph = Graph()
        self.arrays = case.arrays(dtype)
        with self.graph.as_default():
            self.tensors: list[Tensor] = []
            for one, array in zip(case.inputs, self.arrays, strict=True):
                kind = one.dtype_in(dtype)
                self.tensors.append(constant(array, kind) if one.constant else enter(one, array, kind))
            self.outputs = tensors_in(case.call(*self.tensors))
        self._session = session_on(backend, self.graph)

    def __enter__(self) -> Self:
        self._default = self.graph.as_default()
        self._default.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._default.__exit__(*error)
        self._session.close()

    def feeds(self) -> dict[Tensor, Any]:
        """Returns values for every input that is no constant."""
        pairs = zip(self.case.inputs, self.tensors, self.arrays, strict=True)
        return {tensor: array for one, tensor, array in pairs if not one.constant}

    def run(self, fetches: Sequence[Any], feeds: dict[Tensor, Any]) -> list[Any]:
        """Initialises the graph's variables, runs the fetches and returns the values (references read at the end)."""
        initializers = [v.initializer for v in self.graph.get_collection(GraphKeys.GLOBAL_VARIABLES)]
        if initializers:
            self._session.run(initializers, feeds)
        values: list[Any] = self._session.run(list(fetches), feeds)
        return values

    def op_types(self) -> set[str]:
        """Returns the types of all operations in the graph."""
        return {op.type for op in self.graph.get_operations()}


def tensors_in(result: Any) -> list[Tensor]:
    """Returns the tensors in what an op call returned: one, or a nested list of them."""
    if isinstance(result, (list, tuple)):
        return [tensor for part in result for tensor in tensors_in(part)]
    if isinstance(result, Tensor):
        return [result]
    if isinstance(result, Operation) or result is None:
        raise TypeError(f"The call of an op case must return tensors. Received: {result!r}")
    return [result.value() if hasattr(result, "value") else result]


def as_fed(one: Input, array: Any, dtype: Any) -> Tensor:
    """A placeholder of the input's shape."""
    return placeholder(dtype, one.shape if one.values is None else np.shape(array))


def as_constant(one: Input, array: Any, dtype: Any) -> Tensor:
    """A constant of the graph."""
    return constant(array, dtype)


def with_unknown_sizes(one: Input, array: Any, dtype: Any) -> Tensor:
    """A placeholder of known rank whose every size, the batch's too, is unknown."""
    return placeholder(dtype, [None] * np.ndim(array))


def with_unknown_rank(one: Input, array: Any, dtype: Any) -> Tensor:
    """A placeholder of which only the type is known."""
    return placeholder(dtype)


def ways_without_shapes(case: OpCase) -> list[Callable[[Input, Any, Any], Tensor]]:
    """Returns the ways to enter inputs with less than their whole shapes that a case allows."""
    if not case.unknown_sizes:
        return []
    return [with_unknown_sizes, with_unknown_rank] if case.unknown_rank else [with_unknown_sizes]
