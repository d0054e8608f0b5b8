"""Gradients of traced functions: a call becomes one of a function that also returns what the backward function needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework.handle_data import copy_handle_data
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.functions.building import func_graph_from_py_func
from tangraph.functions.func_graph import FuncGraph
from tangraph.functions.names import uid
from tangraph.ops.gradients.gradients import gradients_from
from tangraph.ops.gradients.reach import is_trainable
from tangraph.ops.gradients.registry import RegisterGradient
from tangraph.ops.gradients.zeros import shape_and_dtype, zeros_like

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tangraph.framework.operation import Operation
    from tangraph.functions.concrete import ConcreteFunction
    from tangraph.functions.definition import GraphFunction


class Rewriting:
    """The function that calls use, and once a gradient is asked for, the pair of functions that replaces it.

    Args:
      func_graph: the body.
      attrs: attrs of the functions.

    Attributes:
      forward: the function with the results that the user knows of.
    """

    def __init__(self, func_graph: FuncGraph, attrs: Mapping[str, Any]) -> None:
        from tangraph.functions.concrete import define_from_graph

        self._graph = func_graph
        self._attrs = dict(attrs)
        self.forward = define_from_graph(f"__inference_{func_graph.name}_{uid()}", func_graph, attrs)
        self._results = len(func_graph.outputs)
        self._pairs: dict[int, tuple[GraphFunction, ConcreteFunction]] = {}
        self._gradient_name = ""

    def register(self) -> str:
        """Registers the gradient of calls; returns the name under which it is known."""
        if not self._gradient_name:
            self._gradient_name = f"PartitionedCall-{uid()}"
            RegisterGradient(self._gradient_name)(self._gradient)
        return self._gradient_name

    def pair(self, count: int | None = None) -> tuple[GraphFunction, ConcreteFunction]:
        """Returns the forward function with additional results, and the backward one, which takes these.

        Args:
          count: how many of the results there are gradients of; those that the user knows of when None.
        """
        count = self._results if count is None else count
        if count not in self._pairs:
            self._pairs[count] = self._make_pair(count)
        return self._pairs[count]

    def _make_pair(self, count: int) -> tuple[GraphFunction, ConcreteFunction]:
        from tangraph.functions.concrete import ConcreteFunction, define_from_graph

        graph = self._graph
        results = [tensor for tensor in graph.outputs[:count] if is_trainable(tensor)]

        def backward(*grads: Any) -> Any:
            return gradients_from(graph, results, graph.inputs, grads)

        with graph.as_default():
            body = FuncGraph(f"__backward_{graph.name}_{uid()}")
            signature = [TensorSpec(*shape_and_dtype(tensor)) for tensor in results]
            func_graph_from_py_func(body.name, backward, [], {}, signature, body)
            for tensor in body.external_captures:
                if tensor.graph is graph and tensor not in graph.outputs:
                    graph.outputs.append(tensor)
            name = f"__forward_{graph.name}_{uid()}"
            backward_function = ConcreteFunction(body, {"forward_function_name": name, **self._attrs})
            attrs = {"backward_function_name": backward_function.name, **self._attrs}
            return define_from_graph(name, graph, attrs), backward_function

    def _gradient(self, op: Operation, *grads: Any) -> Any:
        """Makes a call one of the forward function, and calls the backward function."""
        forward, backward = self.pair(len(grads))
        if not backward.outputs:
            return []
        forward.add_to_graph(op.graph)
        self._rewrite(op, forward)
        by_body = dict(zip(self._graph.outputs, op.outputs, strict=False))
        captured = [by_body.get(tensor, tensor) for tensor in backward.captured_inputs]
        given = [
            zeros_like(tensor) if grad is None else grad
            for grad, tensor in zip(grads, self._graph.outputs, strict=False)
            if is_trainable(tensor)
        ]
        return backward._call_flat(given, captured)

    @staticmethod
    def _rewrite(op: Operation, forward: GraphFunction) -> None:
        from tangraph.functions.definition import function_reference

        op.attrs["f"] = function_reference(forward.name, "f", op.graph)
        op.attrs["Tout"] = [tensor.dtype.base for tensor in forward.outputs]
        for tensor in forward.outputs[len(op.outputs) :]:
            op.outputs.append(Tensor(op, len(op.outputs), tensor.dtype.base, tensor.raw_shape))
        for inside, outside in zip(forward.outputs, op.outputs, strict=True):
            copy_handle_data(inside, outside)
        op.graph._mutated(op)
