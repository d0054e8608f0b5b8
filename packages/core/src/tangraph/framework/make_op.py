"""`make_op`: the one door through which nodes enter a graph.

It converts the inputs, infers the attrs that follow from them, checks both against the schema, infers the output
shapes and adds the node, with the names, the order and the error texts of TensorFlow 1.15.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np

from tangraph.framework import dtypes, raw_shape, shape_values, stacks, tensor_conversion
from tangraph.framework.attrs import normalise
from tangraph.framework.handle_data import handle_data
from tangraph.framework.operation import Operation
from tangraph.framework.shape_context import ShapeContext
from tangraph.framework.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tangraph.framework.dtypes import DType
    from tangraph.framework.graph import Graph
    from tangraph.framework.op_def import ArgDef, AttrDef, OpDef
    from tangraph.framework.raw_shape import Raw

_INDEX_TYPES: Final = (dtypes.int32, dtypes.int64)


class GraphShapeContext(ShapeContext):
    """A shape context whose values come from walking the graph backwards."""

    __slots__ = ("asked", "asked_as_shapes", "tensors")

    def __init__(self, op_type: str, attrs: dict[str, Any], tensors: Sequence[Tensor]) -> None:
        self.op_type = op_type
        self.attrs = attrs
        self.tensors = tensors
        self.shapes = [t.raw_shape for t in tensors]
        self.asked: set[int] = set()
        self.asked_as_shapes: set[int] = set()

    def value(self, index: int) -> np.ndarray[Any, Any] | None:
        """See `ShapeContext.value`."""
        self.asked.add(index)
        return shape_values.known_value(self.tensors[index])

    def partial_value(self, index: int) -> Raw:
        """See `ShapeContext.partial_value`."""
        self.asked_as_shapes.add(index)
        return shape_values.value_as_shape(self.tensors[index])

    def handle(self, index: int) -> tuple[DType, Raw] | None:
        """Returns the type and shape of the variable behind a resource input, None when it is not known."""
        return handle_data(self.tensors[index])


class _PartialShapeContext(GraphShapeContext):
    """A shape context to which only the values of some inputs are known; it notes what was asked for.

    Attributes:
      known: the indices of those inputs.
    """

    __slots__ = ("known",)

    known: set[int]

    def value(self, index: int) -> np.ndarray[Any, Any] | None:
        """See `ShapeContext.value`."""
        value = super().value(index)
        return value if index in self.known else None

    def partial_value(self, index: int) -> Raw:
        """See `ShapeContext.partial_value`."""
        value = super().partial_value(index)
        return value if index in self.known else None


def make_op(op: OpDef | str, *args: Any, name: str | None = None, **attrs: Any) -> Any:
    """Adds a node to the graph.

    Args:
      op: the schema, or the op type.
      *args: one value for each input of the schema; a list where the schema has one.
      name: the node's name; the op type when None. One that ends in "/" is taken as it is.
      **attrs: the attrs that do not follow from the inputs and have no default.

    Returns:
      The output tensor; a list when the schema has a list or several outputs; the operation when it has none.

    Raises:
      TypeError: an input or attr of the wrong type; the text is TensorFlow's.
      ValueError: shapes that do not fit, a bad name, inputs from two graphs.
    """
    if isinstance(op, str):
        from tangraph import registry

        op = registry.op_def(op)
    graph = _graph_of(args)
    if name is None:
        name = op.name
    elif not isinstance(name, str):
        name = name.decode() if isinstance(name, bytes) else str(name)
    inputs = _fast_inputs(op, args, attrs)
    if inputs is not None and name[-1:] != "/":
        graph._check_not_finalized()
        if name != op.name:
            graph.check_scope_name(name)
        full_name = graph.unique_name(name)
    elif stacks.graphs.stack and stacks.graphs.stack[-1] is graph:
        full_name, inputs = _convert_in_scope(graph, op, args, attrs, name)
    else:
        with graph.as_default():
            full_name, inputs = _convert_in_scope(graph, op, args, attrs, name)
    references = [t for spec, t in zip(op.inputs, inputs, strict=False) if spec.is_ref]
    if graph._control_flow_context is None and not references and not graph._building_function:
        return outputs_of(add_node(graph, op, full_name, inputs, attrs))
    with ExitStack() as stack:
        # A context or a function's body may create nodes for the new one (a Switch, an argument), named inside its scope.
        stack.enter_context(graph.as_default())
        stack.enter_context(graph.name_scope(f"{full_name}/"))
        if references:
            return outputs_of(_add_colocated(graph, op, full_name, inputs, attrs, references))
        return outputs_of(add_node(graph, op, full_name, inputs, attrs))


def _add_colocated(
    graph: Graph, op: OpDef, full_name: str, inputs: list[Tensor], attrs: dict[str, Any], references: list[Tensor]
) -> Operation:
    """As `add_node`; what takes a reference stands on the device of the buffer, and says so in its ``_class``."""
    with ExitStack() as stack:
        for tensor in references:
            stack.enter_context(graph.colocate_with(tensor.op))
        return add_node(graph, op, full_name, inputs, attrs)


def make_node(
    graph: Graph, op: OpDef | str, inputs: list[Tensor], attrs: dict[str, Any], name: str | None
) -> Operation:
    """Adds a node whose inputs are tensors already and whose attrs are complete but for defaults."""
    if isinstance(op, str):
        from tangraph import registry

        function = graph._functions.get(op)
        op = registry.op_def(op) if function is None else function.op_def
    assert not isinstance(op, str)
    name = name or op.name
    if graph._building_function and inputs:
        inputs = graph._captured_inputs(inputs)  # type: ignore[attr-defined]
    if name[-1] == "/":
        name = name[:-1]
    else:
        graph.check_op_name(name)
        name = graph.unique_name(name)
    return add_node(graph, op, name, inputs, attrs)


def add_node(graph: Graph, op: OpDef, full_name: str, inputs: list[Tensor], attrs: dict[str, Any]) -> Operation:
    """Completes the attrs, infers types and shapes of the outputs, and adds the node."""
    graph._check_not_finalized()
    if len(attrs) != len(op.attrs):
        attrs = _complete(op, attrs)
    if graph._building_function:
        made = graph._take_inputs(op, full_name, inputs, attrs)  # type: ignore[attr-defined]
        if made is not None:
            return made  # type: ignore[no-any-return]
    types = _output_types(op, inputs, attrs)
    shapes = infer_shapes(op, full_name, inputs, attrs, len(types))
    return graph.add_operation(op, full_name, inputs, attrs, types, shapes)


def outputs_of(node: Operation) -> Any:
    """Returns a node's outputs in the structure of its schema."""
    op, outputs = node.op_def, node.outputs
    args = op.outputs
    if not outputs:
        return node
    if len(args) == 1:
        return list(outputs) if args[0].is_list else outputs[0]
    result: list[Any] = []
    position = 0
    for arg in args:
        if not arg.is_list:
            result.append(outputs[position])
            position += 1
            continue
        count = node.attrs[arg.number_attr] if arg.number_attr else len(node.attrs[arg.type_list_attr])
        result.append(list(outputs[position : position + count]))
        position += count
    return result


def _graph_of(args: Sequence[Any]) -> Graph:
    stack = stacks.graphs.stack
    if stack and stack[-1]._building_function:
        # What comes from outside is captured.
        return stack[-1]  # type: ignore[no-any-return]
    graph = None
    owner: Any = None
    for arg in args:
        for item in arg if isinstance(arg, (list, tuple)) else (arg,):
            element = item if isinstance(item, (Tensor, Operation)) else _graph_element(item)
            if element is None:
                continue
            if graph is None:
                graph, owner = element.graph, element
            elif element.graph is not graph:
                raise ValueError(f"{element} must be from the same graph as {owner}.")
    return graph or stacks.graphs.get_default()


def _graph_element(item: Any) -> Any:
    convert = getattr(item, "_as_graph_element", None)
    return convert() if convert is not None else None


# -- inputs ------------------------------------------------------------------------------------------------------


def _fast_inputs(op: OpDef, args: Sequence[Any], attrs: dict[str, Any]) -> list[Tensor] | None:
    """The inputs when all of them are single tensors of fitting types; None sends the call the long way."""
    specs = op.inputs
    if len(args) != len(specs):
        return None
    found: dict[str, DType] = {}
    for arg, spec in zip(args, specs, strict=True):
        if type(arg) is not Tensor or spec.number_attr or spec.type_list_attr or spec.is_ref:
            return None
        base = arg.dtype.base
        if spec.dtype is not None:
            if base is not spec.dtype:
                return None
            continue
        key = spec.type_attr
        known = found.get(key)
        if known is None:
            if key in attrs:
                return None
            allowed = op.attrs[key].allowed
            if allowed is not None and base not in allowed:
                return None
            found[key] = base
        elif known is not base:
            return None
    for key, value in attrs.items():
        attr = op.attrs.get(key)
        if attr is None:
            return None
        attrs[key] = normalise(op.name, attr, value)
    attrs.update(found)
    return list(args)


def _convert_in_scope(
    graph: Graph, op: OpDef, args: Sequence[Any], attrs: dict[str, Any], name: str
) -> tuple[str, list[Tensor]]:
    for key, value in attrs.items():
        if key not in op.attrs:
            raise TypeError(f"make_op() got unexpected keyword argument '{key}' for op '{op.name}'.")
        attrs[key] = normalise(op.name, op.attrs[key], value)
    if len(args) != len(op.inputs):
        missing = op.inputs[len(args)].name if len(args) < len(op.inputs) else "?"
        raise TypeError(
            f"Op '{op.name}' takes {len(op.inputs)} inputs, {len(args)} were given. No argument for input {missing}"
        )
    with graph.name_scope(name) as scope:
        inferred_from: dict[str, str] = {}
        inputs: list[Tensor] = []
        for spec, value in zip(op.inputs, args, strict=True):
            if spec.is_list:
                tensors = _convert_list(op, spec, value, attrs, inferred_from)
            else:
                tensors = [_convert_one(op, spec, value, attrs, inferred_from)]
            if spec.is_ref and not all(t.dtype.is_ref for t in tensors):
                raise TypeError(
                    f"'{op.name}' Op requires that input '{spec.name}' be a mutable tensor (e.g.: a tf.Variable)"
                )
            inputs.extend(tensors)
    return scope[:-1], inputs


def _convert_one(op: OpDef, spec: ArgDef, value: Any, attrs: dict[str, Any], inferred_from: dict[str, str]) -> Tensor:
    dtype = spec.dtype if spec.dtype is not None else attrs.get(spec.type_attr)
    preferred = op.defaults.get(spec.type_attr) if dtype is None else None
    if dtype is None and isinstance(value, (list, tuple)) and spec.type_attr:
        value = raw_shape.sizes(value) if op.attrs[spec.type_attr].allowed == _INDEX_TYPES else value
    try:
        tensor = tensor_conversion.internal_convert_to_tensor(value, dtype, spec.name, spec.is_ref, preferred)
    except TypeError as error:
        if dtype is None:
            raise
        raise TypeError(
            f"Expected {dtype.name} passed to parameter '{spec.name}' of op '{op.name}', got {value!r} of type "
            f"'{type(value).__name__}' instead. Error: {error}"
        ) from None
    except ValueError:
        _raise_mismatch(op, spec, value, attrs, inferred_from)
    base = tensor.dtype.base
    if spec.type_attr and spec.type_attr not in attrs:
        _check_allowed(op.attrs[spec.type_attr], base, spec.name)
        attrs[spec.type_attr] = base
        inferred_from[spec.type_attr] = spec.name
    elif dtype is not None and base is not dtype.base:
        _raise_mismatch(op, spec, tensor, attrs, inferred_from)
    return tensor


def _raise_mismatch(
    op: OpDef, spec: ArgDef, value: Any, attrs: dict[str, Any], inferred_from: dict[str, str]
) -> NoReturn:
    try:
        observed = tensor_conversion.internal_convert_to_tensor(value, as_ref=spec.is_ref).dtype.name
    except ValueError as error:
        raise ValueError(f"Tried to convert '{spec.name}' to a tensor and failed. Error: {error}") from None
    prefix = f"Input '{spec.name}' of '{op.name}' Op has type {observed} that does not match"
    if spec.dtype is not None:
        raise TypeError(f"{prefix} expected type of {spec.dtype.name}.")
    key = spec.type_attr
    source = inferred_from.get(key, "Default in OpDef" if key in op.defaults else "attr")
    expected: DType = attrs[key] if key in attrs else op.defaults[key]
    raise TypeError(f"{prefix} type {expected.name} of argument '{source}'.")


def _convert_list(
    op: OpDef, spec: ArgDef, values: Any, attrs: dict[str, Any], inferred_from: dict[str, str]
) -> list[Tensor]:
    if not isinstance(values, (list, tuple)):
        raise TypeError(f"Expected list for '{spec.name}' argument to '{op.name}' Op, not {values}.")
    if spec.type_list_attr:
        return _convert_type_list(op, spec, values, attrs, inferred_from)
    dtype = spec.dtype if spec.dtype is not None else attrs.get(spec.type_attr)
    if dtype is None:
        dtype = next((v.dtype for v in values if isinstance(v, Tensor)), None)
    preferred = op.defaults.get(spec.type_attr) if dtype is None else None
    if dtype is not None and not spec.is_ref:
        dtype = dtype.base
    try:
        tensors = tensor_conversion.internal_convert_n_to_tensor(values, dtype, spec.name, spec.is_ref, preferred)
        if len({t.dtype.base for t in tensors}) > 1:
            raise TypeError  # noqa: TRY301  both ways to fail have one text
    except (TypeError, ValueError):
        prefix = f"Tensors in list passed to '{spec.name}' of '{op.name}' Op have types [{_observed(values, spec)}]"
        if spec.dtype is not None:
            raise TypeError(f"{prefix} that do not match expected type {spec.dtype.name}.") from None
        if spec.type_attr in attrs:
            raise TypeError(
                f"{prefix} that do not match type {attrs[spec.type_attr].name} inferred from earlier arguments."
            ) from None
        raise TypeError(f"{prefix} that don't all match.") from None
    _infer_number(op, spec, len(tensors), attrs, inferred_from)
    if spec.type_attr and spec.type_attr not in attrs:
        if not tensors:
            raise TypeError(
                f"Don't know how to infer type variable from empty input list passed to input '{spec.name}' of "
                f"'{op.name}' Op."
            )
        base = tensors[0].dtype.base
        _check_allowed(op.attrs[spec.type_attr], base, spec.name)
        attrs[spec.type_attr] = base
        inferred_from[spec.type_attr] = spec.name
    return tensors


def _infer_number(op: OpDef, spec: ArgDef, count: int, attrs: dict[str, Any], inferred_from: dict[str, str]) -> None:
    key = spec.number_attr
    if key in attrs:
        if count != attrs[key]:
            raise ValueError(
                f"List argument '{spec.name}' to '{op.name}' Op with length {count} must match length {attrs[key]} of "
                f"argument '{inferred_from.get(key, key)}'."
            )
        return
    minimum = op.attrs[key].minimum
    if minimum is not None and count < minimum:
        raise ValueError(
            f"List argument '{spec.name}' to '{op.name}' Op with length {count} shorter than minimum length {minimum}."
        )
    attrs[key] = count
    inferred_from[key] = spec.name


def _convert_type_list(
    op: OpDef, spec: ArgDef, values: Sequence[Any], attrs: dict[str, Any], inferred_from: dict[str, str]
) -> list[Tensor]:
    wanted = attrs.get(spec.type_list_attr)
    try:
        if wanted is None:
            tensors = tensor_conversion.internal_convert_n_to_tensor(values, None, spec.name, spec.is_ref)
        else:
            if len(wanted) != len(values):
                raise TypeError  # noqa: TRY301  both ways to fail have one text
            tensors = [
                tensor_conversion.internal_convert_to_tensor(v, d, f"{spec.name}_{i}", spec.is_ref)
                for i, (v, d) in enumerate(zip(values, wanted, strict=True))
            ]
    except (TypeError, ValueError):
        prefix = f"Tensors in list passed to '{spec.name}' of '{op.name}' Op have types [{_observed(values, spec)}]"
        raise TypeError(f"{prefix} that are invalid. Tensors: {values}") from None
    types = [t.dtype.base for t in tensors]
    attr = op.attrs[spec.type_list_attr]
    if attr.minimum is not None and len(types) < attr.minimum:
        raise ValueError(
            f"List argument '{spec.name}' to '{op.name}' Op with length {len(types)} shorter than minimum length "
            f"{attr.minimum}."
        )
    for base in types:
        _check_allowed(attr, base, spec.name)
    if wanted is None:
        attrs[spec.type_list_attr] = types
        inferred_from[spec.type_list_attr] = spec.name
    return tensors


def _observed(values: Sequence[Any], spec: ArgDef) -> str:
    names = []
    for value in values:
        try:
            names.append(tensor_conversion.internal_convert_to_tensor(value, as_ref=spec.is_ref).dtype.base.name)
        except (TypeError, ValueError):
            names.append("<NOT CONVERTIBLE TO TENSOR>")
    return ", ".join(names)


def _check_allowed(attr: AttrDef, dtype: DType, parameter: str) -> None:
    if attr.allowed is not None and dtype not in attr.allowed:
        allowed = ", ".join(d.name for d in attr.allowed)
        raise TypeError(
            f"Value passed to parameter '{parameter}' has DataType {dtype.name} not in list of allowed values: {allowed}"
        )


# -- attrs, types, shapes ----------------------------------------------------------------------------------------


def _complete(op: OpDef, attrs: dict[str, Any]) -> dict[str, Any]:
    complete = {**op.defaults, **attrs}
    for key in op.attrs:
        if key not in complete:
            raise TypeError(f"No argument for attr {key} of op '{op.name}'.")
    return complete


def _output_types(op: OpDef, inputs: Sequence[Tensor], attrs: dict[str, Any]) -> list[DType]:
    types: list[DType] = []
    for spec in op.outputs:
        if spec.type_list_attr:
            listed = attrs[spec.type_list_attr]
            types.extend(d._as_ref for d in listed) if spec.is_ref else types.extend(listed)
            continue
        dtype = spec.dtype if spec.dtype is not None else attrs[spec.type_attr]
        if spec.is_ref:
            dtype = dtype._as_ref
        if spec.number_attr:
            types.extend([dtype] * attrs[spec.number_attr])
        else:
            types.append(dtype)
    return types


def infer_shapes(op: OpDef, name: str, inputs: Sequence[Tensor], attrs: dict[str, Any], count: int) -> Iterable[Raw]:
    """Returns the raw shapes of a node's outputs.

    Raises:
      ValueError: the shapes of the inputs do not fit; the text names the node and the shapes received.
    """
    if op.shape is None:
        return [None] * count
    context = GraphShapeContext(op.name, attrs, inputs)
    try:
        shapes = op.shape(context)
    except shape_values.InvalidShapeError:
        raise
    except ValueError as error:
        error, context = _first_error(op, context, error)
        raise ValueError(f"{error} for '{name}' (op: '{op.name}') with {describe_inputs(context)}.") from None
    return shapes if isinstance(shapes, list) else [shapes]


def _first_error(op: OpDef, context: GraphShapeContext, error: ValueError) -> tuple[ValueError, GraphShapeContext]:
    """Returns the error that TensorFlow would give, and the context that it would describe.

    TensorFlow infers shapes without any values first, then with those that were asked for, until no more are.
    """
    partial = _PartialShapeContext(op.name, dict(context.attrs), context.tensors)
    assert op.shape is not None
    while True:
        partial.known = partial.asked | partial.asked_as_shapes
        try:
            op.shape(partial)
        except shape_values.InvalidShapeError:
            raise
        except ValueError as first:
            partial.asked &= partial.known
            partial.asked_as_shapes &= partial.known
            return first, partial
        if partial.known == partial.asked | partial.asked_as_shapes:
            return error, context


def describe_inputs(context: GraphShapeContext) -> str:
    """Returns the inputs' shapes, and the values that shape inference has asked for, as TensorFlow prints them."""
    text = f"input shapes: {', '.join(raw_shape.to_str(s) for s in context.shapes)}"
    computed, partial = [], []
    for index, tensor in enumerate(context.tensors):
        shape = shape_values.value_as_shape(tensor) if index in context.asked_as_shapes else None
        if shape is not None:
            partial.append(f"input[{index}] = {raw_shape.to_str(shape)}")
        elif index in context.asked:
            value = shape_values.known_value(tensor)
            if value is not None:
                computed.append(f"input[{index}] = <{_summary(value)}>")
    if computed:
        text += f" and with computed input tensors: {', '.join(computed)}"
    if partial:
        text += f" and with input tensors computed as partial shapes: {','.join(partial)}"
    return text


def _summary(value: np.ndarray[Any, Any]) -> str:
    """An array's elements as TensorFlow's runtime writes them."""
    if value.ndim <= 1:
        return " ".join([str(v) for v in np.atleast_1d(value).tolist()])
    return "".join([f"[{_summary(row)}]" for row in value])
