"""group, tuple and with_dependencies: operations that wait for others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import stacks
from tangraph.framework.operation import Operation
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor, is_dense_tensor_like
from tangraph.ops.array.identity import no_op
from tangraph.ops.control_flow.composite import as_tensor_or_composite
from tangraph.ops.control_flow.frames import identity_or_reference
from tangraph.util import nest

if TYPE_CHECKING:
    from collections.abc import Sequence


def with_dependencies(dependencies: Sequence[Any], output_tensor: Any, name: str | None = None) -> Any:
    """Returns a tensor equal to another, computed after some operations have run.

    Args:
      dependencies: operations and tensors to wait for.
      output_tensor: a tensor, or IndexedSlices.
      name: the operation's name.
    """
    graph = stacks.get_default_graph()
    with (
        name_scope(name, "control_dependency", [*dependencies, output_tensor]) as scope,
        graph.colocate_with(output_tensor),
        graph.control_dependencies(dependencies),
    ):
        value = as_tensor_or_composite(output_tensor)
        if isinstance(value, Tensor):
            return identity_or_reference(value, name=scope)
        from tangraph.framework.indexed_slices import IndexedSlices

        return IndexedSlices(identity_or_reference(value.values, name=scope), value.indices, value.dense_shape)


def _group_on(device: str, dependencies: Sequence[Any], name: str | None = None) -> Operation:
    graph = stacks.get_default_graph()
    with graph.control_dependencies(dependencies):
        if device is None:
            return no_op(name=name)
        with graph.device(device):
            return no_op(name=name)


@export("group")
def group(*inputs: Any, **kwargs: Any) -> Operation:
    """Returns an operation that is done when all the inputs are.

    Args:
      *inputs: operations, tensors and variables, or nested structures of them.
      **kwargs: `name`, the operation's name.

    Raises:
      ValueError: another keyword argument is given.
      TypeError: an input is neither.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.group(tf.no_op(), tf.no_op(), name="both").type
    'NoOp'
    """
    name = kwargs.pop("name", None)
    if kwargs:
        raise ValueError(f"Unknown keyword arguments: {', '.join(kwargs)}")
    with name_scope(name, "group_deps", inputs) as scope:
        if not inputs:
            return no_op(name=scope)
        by_device: dict[str, list[Any]] = {}
        for item in nest.flatten(inputs, expand_composites=True):
            if not hasattr(item, "device"):
                raise TypeError(f"Expected tf.group() expected Tensor arguments not '{item}' with type '{type(item)}'")
            by_device.setdefault(item.device, []).append(item)
        if len(by_device) == 1:
            ((device, items),) = by_device.items()
            return _group_on(device, items, name=scope)
        # One node a device, so that only one edge leads from each to the node that waits for all.
        groups = [_group_on(device, by_device[device]) for device in sorted(by_device, key=lambda d: d or "")]
        with stacks.get_default_graph().control_dependencies(groups):
            return no_op(name=scope)


@export("tuple")
def tuple_(tensors: Any, name: str | None = None, control_inputs: Any = None) -> list[Any]:
    """Returns tensors equal to the given ones, each computed only after all of them are.

    Args:
      tensors: tensors, IndexedSlices, operations and None.
      name: the name scope.
      control_inputs: further operations and tensors to wait for.

    Raises:
      ValueError: there is nothing but None.
      TypeError: a control input is neither a tensor nor an operation.
    """
    with name_scope(name, "tuple", tensors):
        items = [t if t is None or isinstance(t, Operation) or _is_tensor(t) else convert_to_tensor(t) for t in tensors]
        gates = [t if isinstance(t, Operation) else t.op for t in items if t is not None]
        for item in control_inputs or ():
            if not isinstance(item, (Tensor, Operation)):
                raise TypeError(f"Control input must be Operation or Tensor: {item}")
            gates.append(item.op if isinstance(item, Tensor) else item)
        if not gates:
            raise ValueError(f"Must have at least one Tensor: {items}")
        gate = group(*sorted(set(gates), key=lambda op: op._id))
        return [_gated(gate, item) for item in items]


def _is_tensor(value: Any) -> bool:
    return is_dense_tensor_like(value) or nest.is_composite(value)


def _gated(gate: Operation, item: Any) -> Any:
    if item is None:
        return None
    if not isinstance(item, Operation):
        return with_dependencies([gate], item)
    with stacks.get_default_graph().control_dependencies([gate]):
        return group(item)
