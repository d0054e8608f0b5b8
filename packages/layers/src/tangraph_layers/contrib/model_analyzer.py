"""`tf.contrib.slim.model_analyzer`: how large a graph and its variables are."""

from __future__ import annotations

import sys
from typing import Any

from tangraph.export import export


@export("contrib.slim.model_analyzer.tensor_description")
def tensor_description(var: Any) -> str:
    """Returns type and shape of a tensor or variable, as in "(float32 3x4)"."""
    return f"({var.dtype.name} {'x'.join(str(size) for size in var.get_shape())})"


def _say(print_info: bool, *lines: str) -> None:
    if print_info:
        sys.stdout.write("".join(f"{line}\n" for line in lines))


@export("contrib.slim.model_analyzer.analyze_ops")
def analyze_ops(graph: Any, print_info: bool = False) -> int:
    """Returns how many elements all outputs of a graph's operations have, as far as it is known.

    Args:
      graph: the graph.
      print_info: whether to print a line for each operation.
    """
    _say(print_info, "---------", "Operations: name -> (type shapes) [size]", "---------")
    total = 0
    for op in graph.get_operations():
        size = sum(output.get_shape().num_elements() or 0 for output in op.outputs)
        shapes = [tensor_description(output) for output in op.outputs if output.get_shape()]
        _say(print_info, f"{op.name} \t-> {', '.join(shapes)} [{size}]")
        total += size
    return total


@export("contrib.slim.model_analyzer.analyze_vars")
def analyze_vars(variables: Any, print_info: bool = False) -> tuple[int, int]:
    """Returns how many elements and how many bytes variables have.

    Args:
      variables: a list of variables.
      print_info: whether to print a line for each, and the sums.
    """
    _say(print_info, "---------", "Variables: name (type shape) [size]", "---------")
    elements = size = 0
    for var in variables:
        count = var.get_shape().num_elements() or 0
        _say(print_info, f"{var.name} {tensor_description(var)} [{count}, bytes: {count * var.dtype.size}]")
        elements += count
        size += count * var.dtype.size
    _say(print_info, f"Total size of variables: {elements}", f"Total bytes of variables: {size}")
    return elements, size
