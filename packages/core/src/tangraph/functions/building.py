"""From a Python function to a FuncGraph: the function is called once, on arguments that are Placeholders."""

from __future__ import annotations

import itertools
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.framework.operation import Operation
from tangraph.framework.scopes import control_dependencies
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.functions.auto_control import AutomaticControlDependencies
from tangraph.functions.func_graph import FuncGraph, make_argument
from tangraph.ops.array.identity import identity
from tangraph.ops.control_flow.tensor_array import TensorArray
from tangraph.ops.state.resource_variable import BaseResourceVariable
from tangraph.ops.state.scope_state import get_variable_scope
from tangraph.util import nest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_MUTATED = (
    "Function to be traced should not modify structure of input arguments. Check if your function has list and dictionary "
    "operations that alter input arguments, such as `list.pop`, `list.append`"
)


class UnknownArgument:
    """Stands in a recorded signature for an argument that is neither a tensor nor a plain value."""


def func_graph_from_py_func(
    name: str,
    python_func: Callable[..., Any],
    args: Any,
    kwargs: Any,
    signature: Any = None,
    func_graph: FuncGraph | None = None,
    add_control_dependencies: bool = True,
    arg_names: Sequence[str] | None = None,
    op_return_value: Tensor | None = None,
    collections: Any = None,
    capture_by_value: bool | None = None,
    override_flat_arg_shapes: Any = None,
) -> FuncGraph:
    """Returns the graph that a Python function makes.

    Args:
      name: the function's name.
      python_func: the Python function.
      args, kwargs: what it is called with; tensors, TensorSpecs and variables become arguments of the function.
      signature: a structure of TensorSpecs to call it with instead.
      func_graph: the graph to build in; a new one when None.
      add_control_dependencies: whether stateful operations run in the order of the program, and with every call.
      arg_names: the names of `args`.
      op_return_value: what an operation that is returned stands for.
      collections, capture_by_value: see FuncGraph.
      override_flat_arg_shapes: shapes of the arguments, in place of those of the tensors.

    Raises:
      TypeError: the function returns what is no tensor.
      ValueError: it changes the structure of its arguments, or both a signature and shapes are given.
    """
    graph = func_graph or FuncGraph(name, collections, capture_by_value)
    control = AutomaticControlDependencies() if add_control_dependencies else None
    if signature is not None and override_flat_arg_shapes is not None:
        raise ValueError(
            f"Passed both signature and override_flat_arg_shapes: {signature} and {override_flat_arg_shapes}."
        )
    with graph.as_default(), control or nullcontext():
        scope = get_variable_scope()
        use_resource = scope.use_resource
        scope.set_use_resource(True)
        try:
            if signature is not None:
                args, kwargs = signature, {}
            call_args, call_kwargs = _arguments(graph, args, kwargs, arg_names, override_flat_arg_shapes)
            before = [(part, _copied(part)) for part in (call_args, call_kwargs)]
            outputs = python_func(*call_args, **call_kwargs)
            outputs = nest.map_structure(
                lambda x: _converted(x, python_func, control, op_return_value), outputs, expand_composites=True
            )
            for part, copy in before:
                _check_unchanged(copy, part)
        finally:
            scope.set_use_resource(use_resource)
        _finish(graph, [*nest.flatten(call_args, True), *nest.flatten(call_kwargs, True)], outputs)
    if control is not None:
        graph.control_outputs.extend(control.ops_which_must_run)
    return graph


def _arguments(graph: FuncGraph, args: Any, kwargs: Any, names: Any, shapes: Any) -> tuple[Any, Any]:
    """Makes the arguments; notes their structure in the graph."""
    kwarg_names = sorted(kwargs or {})
    if shapes is not None:
        _check_shapes(args, kwargs, shapes)
    left: Iterator[Any] = iter(shapes) if shapes is not None else itertools.repeat(None)
    call_args = nest.pack_sequence_as(args, _placeholders(graph, args, names, left), expand_composites=True)
    values = [kwargs[key] for key in kwarg_names]
    packed = nest.pack_sequence_as(values, _placeholders(graph, values, kwarg_names, left), expand_composites=True)
    call_kwargs = dict(zip(kwarg_names, packed, strict=True))
    graph.structured_input_signature = (
        structure_signature(call_args, names),
        structure_signature(call_kwargs, None),
    )
    flat = [*nest.flatten(call_args, True), *nest.flatten(call_kwargs, True)]
    # The captures that variables among the arguments have made come back in `_finish`.
    graph.inputs = [argument for argument in flat if isinstance(argument, Tensor)]
    return call_args, call_kwargs


def _check_shapes(args: Any, kwargs: Any, shapes: Any) -> None:
    flat = [*nest.flatten(args, True), *nest.flatten(kwargs, True)]
    if len(flat) != len(shapes):
        raise RuntimeError(
            f"Length of fully flat shapes ({len(shapes)}) must match that of flatten(args) ({len(flat)}).  args: {args}, "
            f"flat_shapes: {shapes}"
        )


def _placeholders(graph: FuncGraph, args: Any, names: Any, shapes: Iterator[Any]) -> list[Any]:
    made: list[Any] = []
    for value, name in zip(args, itertools.repeat(None) if names is None else names, strict=names is not None):
        leaves = nest.flatten(value, True)
        specs = [leaf for leaf in leaves if isinstance(leaf, TensorSpec)]
        named = [spec for spec in specs if spec.name]
        if named and len(named) < len(specs):
            raise ValueError(
                "If specifying TensorSpec names for nested structures, either zero or all names have to be specified."
            )
        made.extend([_placeholder(graph, leaf, name, next(shapes)) for leaf in leaves])
    return made


def _placeholder(graph: FuncGraph, leaf: Any, name: str | None, shape: Any) -> Any:
    if isinstance(leaf, BaseResourceVariable):
        argument = graph.capture(leaf.handle, name)
        argument.op.attrs["_user_specified_name"] = name
        return leaf
    if not isinstance(leaf, (Tensor, TensorSpec)):
        if shape is not None:
            raise RuntimeError(
                f"Expected provided shape override to be None for arg that isn't a Tensor, but saw arg: '{leaf}', shape: "
                f"'{shape}'."
            )
        return leaf
    requested = leaf.name if isinstance(leaf, TensorSpec) and leaf.name else name
    raw = (leaf.shape if shape is None else shape).raw
    try:
        argument = make_argument(leaf.dtype, raw, requested)
    except ValueError:  # the name of a parameter need not be one that a node may have
        argument = make_argument(leaf.dtype, raw, None)
    if name is not None:
        argument.op.attrs["_user_specified_name"] = requested
    return argument


def structure_signature(structure: Any, arg_names: Any = None) -> Any:
    """Returns a structure with TensorSpecs for its tensors, named by where they stand."""
    found = nest.flatten_with_tuple_paths(structure)
    if arg_names and len(arg_names) != len(structure):
        raise ValueError(f"Passed in arg_names don't match actual signature ({arg_names}).")
    specs = []
    for path, value in found:
        names = [str(p) for p in ((arg_names[path[0]], *path[1:]) if arg_names else path)]
        specs.append(_argument_spec(value, names))
    return nest.pack_sequence_as(structure, specs)


def _argument_spec(value: Any, path: list[str]) -> Any:
    if isinstance(value, Tensor):
        given = value.op.attrs.get("_user_specified_name")
        name = given if given and path and given != path[0] else "/".join(path)
        return TensorSpec(value.shape, value.dtype, name)
    if hasattr(value, "_type_spec"):
        return value._type_spec
    if isinstance(value, (int, float, bool, type(None), TensorSpec)) or type(value).__name__ == "DType":
        return value
    return UnknownArgument()


def _converted(value: Any, python_func: Any, control: Any, op_return_value: Any) -> Any:
    """A result as a tensor of the function's graph."""
    if value is None:
        return None
    if op_return_value is not None and isinstance(value, Operation):
        with control_dependencies([value]):
            value = identity(op_return_value)
    elif not isinstance(value, (TensorArray, IndexedSlices)) and not hasattr(value, "_to_components"):
        try:
            value = convert_to_tensor(value)
        except (ValueError, TypeError):
            raise TypeError(
                "To be compatible with tf.contrib.eager.defun, Python functions must return zero or more Tensors; in "
                f"compilation of {python_func}, found return value of type {type(value)}, which is not a Tensor."
            ) from None
    return value if control is None else control.mark_as_return(value)


def _copied(structure: Any) -> Any:
    return nest.pack_sequence_as(structure, nest.flatten(structure, True), expand_composites=True)


def _check_unchanged(before: Any, after: Any) -> None:
    try:
        nest.assert_same_structure(before, after, expand_composites=True)
    except ValueError:
        raise ValueError(_MUTATED) from None
    for old, new in zip(nest.flatten(before, True), nest.flatten(after, True), strict=True):
        if old is not new:
            raise ValueError(_MUTATED)


def _finish(graph: FuncGraph, arguments: list[Any], outputs: Any) -> None:
    """Orders the inputs: what was passed first, what was captured last; captures the results."""
    inputs: list[Tensor] = []
    passed = []
    for argument in arguments:
        if isinstance(argument, BaseResourceVariable):
            placeholder = graph.pop_capture(argument.handle)
            if placeholder is not None:
                passed.append(argument)
                inputs.append(placeholder)
        elif isinstance(argument, Tensor):
            inputs.append(argument)
    known = {id(variable) for variable in passed}
    watched = [variable for variable in graph._watched_variables if id(variable) not in known]
    graph.structured_outputs = outputs
    graph.outputs.extend(graph.capture(x) for x in flat_tensors(outputs) if x is not None)
    graph.inputs = inputs + graph.internal_captures
    graph.variables = watched


def flat_tensors(structure: Any) -> list[Any]:
    """Returns the tensors of a structure; of a TensorArray, its flow."""
    return [x.flow if isinstance(x, TensorArray) else x for x in nest.flatten(structure, True)]
