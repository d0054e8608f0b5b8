"""The gradient of a function by its body, for SymbolicGradient nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.functions.definition import GraphFunction
from tangraph.functions.func_graph import FuncGraph, make_argument
from tangraph.ops.gradients.gradients import gradients_from
from tangraph.ops.gradients.zeros import shape_and_dtype, zeros_like

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


def backward_of(function: Any) -> tuple[GraphFunction, list[Tensor]]:
    """Returns the function that goes backwards, and what it takes of the body beside the gradients of the results.

    Its arguments are the gradients of the results, then those tensors of the body; its results are the gradients of the
    arguments, zeros where there are none.

    Raises:
      LookupError: an operation of the body has no gradient.
    """
    known: tuple[GraphFunction, list[Tensor]] | None = function.__dict__.get("_backward")
    if known is None:
        known = function.__dict__["_backward"] = _make_backward(function)
    return known


def _make_backward(function: Any) -> tuple[GraphFunction, list[Tensor]]:
    with function.graph.as_default():
        body = FuncGraph(f"{function.name}_gradient")
        with body.as_default():
            grads = [_argument_like(tensor) for tensor in function.outputs]
            body.inputs = list(grads)
            found = gradients_from(function.graph, function.outputs, function.inputs, grads)
            results = []
            for argument, gradient in zip(function.inputs, found, strict=True):
                value = zeros_like(argument) if gradient is None else convert_to_tensor(gradient)
                results.append(body.capture(value))
        body.outputs = results
        captured = body.external_captures
        return GraphFunction(body.name, body, body.inputs, body.outputs), captured


def _argument_like(tensor: Tensor) -> Tensor:
    """Adds the argument that stands for a gradient of `tensor`."""
    shape, dtype = shape_and_dtype(tensor)
    return make_argument(dtype, shape.raw, None)
