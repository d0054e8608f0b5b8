"""Loops as nodes that call functions: While for `tf.while_loop`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes, stacks
from tangraph.framework.handle_data import copy_handle_data
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import (
    convert_to_tensor,
    internal_convert_to_tensor_or_indexed_slices,
)
from tangraph.framework.tensor_shape import TensorShape
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.functions.building import func_graph_from_py_func
from tangraph.ops.array.constant import constant
from tangraph.ops.array.identity import identity
from tangraph.ops.control_flow import function_graphs as graphs
from tangraph.ops.control_flow.cond_v2 import pack
from tangraph.ops.control_flow.loop_building import invariants_of
from tangraph.ops.control_flow.tensor_array import flow_of
from tangraph.util import nest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.functions.func_graph import FuncGraph

#: The variables in front of the program's own: how often the body ran, and how often it may.
COUNTERS = 2


def while_loop_v2(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    maximum_iterations: Any = None,
    name: str | None = None,
    return_same_structure: bool = True,
) -> Any:
    """`tf.while_loop` as one While node; see there."""
    given = loop_vars
    flows = nest.map_structure(flow_of, list(loop_vars), expand_composites=True)
    values = nest.map_structure(internal_convert_to_tensor_or_indexed_slices, flows, expand_composites=True)
    flat = nest.flatten(values, expand_composites=True)
    shapes = _invariants(given, values, shape_invariants)
    with name_scope(name or "while") as scope:
        cond_name, body_name = (graphs.unique_function_name(scope, key) for key in ("cond", "body"))
        limit = convert_to_tensor(
            -1 if maximum_iterations is None else maximum_iterations, dtype=dtypes.int32, name="maximum_iterations"
        )
        counter = constant(0, dtype=None if maximum_iterations is None else limit.dtype, name="loop_counter")
        counters = [counter, limit]
        signature = [TensorSpec.from_tensor(tensor) for tensor in counters] + [
            TensorSpec(TensorShape.from_raw(shape), tensor.dtype.base)
            for shape, tensor in zip(shapes, flat, strict=True)
        ]
        builder = _Builder(cond, body, given, signature, bounded=maximum_iterations is not None)
        test, step = builder.graphs(cond_name, body_name, [*counters, *flat])
        inputs = [*counters, *flat, *step.external_captures]
        _check_shapes(step.outputs[COUNTERS : COUNTERS + len(flat)], shapes, flat)
        _check_types(step, inputs)
        output_shapes = [tensor.raw_shape for tensor in step.outputs]
        output_shapes[: COUNTERS + len(flat)] = [(), (), *shapes]
        outputs = _add_node(test, step, inputs, output_shapes, parallel_iterations, scope)
        results = [identity(tensor) for tensor in outputs]
    packed = pack(given, results[COUNTERS : COUNTERS + len(flat)])
    if return_same_structure:
        return packed
    leaves = nest.flatten(packed, expand_composites=True)
    return leaves[0] if len(leaves) == 1 else packed


class _Builder:
    """The condition and the body of a loop, as functions of the counters and the variables."""

    def __init__(
        self, cond: Callable[..., Any], body: Callable[..., Any], structure: Any, signature: Any, *, bounded: bool
    ) -> None:
        self._cond, self._body = cond, body
        self._structure = structure
        self._signature = signature
        self._bounded = bounded

    def graphs(self, cond_name: str, body_name: str, starts: Sequence[Tensor]) -> tuple[FuncGraph, FuncGraph]:
        """Returns the bodies of both, which take the same arguments: the variables, and what either captures."""
        outer = stacks.get_default_graph()
        test = graphs.WhileCondFuncGraph(cond_name, outer._collections)
        self._build(cond_name, self._test, test, starts)
        step = graphs.WhileBodyFuncGraph(body_name, outer._collections)

        def iterate(*args: Any) -> Any:
            # What the condition has captured comes first here, too.
            for tensor in test.external_captures:
                step.capture(tensor)
            return self._iterate(*args)

        self._build(body_name, iterate, step, starts)
        step.outputs.extend(step.internal_captures)
        for tensor in step.external_captures:
            test.capture(tensor)
        return test, step

    def _build(self, name: str, function: Callable[..., Any], graph: FuncGraph, starts: Sequence[Tensor]) -> None:
        outer = stacks.get_default_graph()

        def with_handles(*args: Any) -> Any:
            for start, argument in zip(starts, args, strict=True):
                copy_handle_data(start, argument)
            return function(*args)

        func_graph_from_py_func(
            name,
            with_handles,
            [],
            {},
            signature=self._signature,
            func_graph=graph,
            add_control_dependencies=outer._add_control_dependencies,
        )

    def _test(self, counter: Tensor, limit: Tensor, *args: Tensor) -> Any:
        pred = self._cond(*pack(self._structure, args))
        if isinstance(pred, Tensor) and (pred.raw_shape is None or pred.raw_shape):
            from tangraph.ops.array.reshape import squeeze

            pred = squeeze(pred)
        if not self._bounded:
            return pred
        from tangraph.ops.math.logical import logical_and

        return logical_and(counter < limit, pred)

    def _iterate(self, counter: Tensor, limit: Tensor, *args: Tensor) -> list[Any]:
        outputs = self._body(*pack(self._structure, args))
        if not nest.is_sequence_or_composite(outputs):
            outputs = [outputs]
        nest.assert_same_structure(list(outputs), list(self._structure), expand_composites=True)
        flows = nest.map_structure(flow_of, outputs, expand_composites=True)
        return [counter + 1, limit, *flows]


def _invariants(structure: Any, values: Any, shape_invariants: Any) -> list[Any]:
    """The raw shapes that the variables keep in every iteration."""
    if shape_invariants is None:
        return [tensor.raw_shape for tensor in nest.flatten(values, expand_composites=True)]
    nest.assert_same_structure(structure, shape_invariants, expand_composites=False)
    shapes: list[Any] = []
    for value, shape in zip(nest.flatten(values), nest.flatten(shape_invariants), strict=True):
        shapes.extend(TensorShape(s).raw for s in invariants_of(value, shape))
    return shapes


def _check_shapes(outputs: Sequence[Tensor], shapes: Sequence[Any], inputs: Sequence[Tensor]) -> None:
    for output, shape, start in zip(outputs, shapes, inputs, strict=True):
        found = output.raw_shape
        fits = shape is None or (
            found is not None
            and len(found) == len(shape)
            and all(wanted is None or wanted == size for wanted, size in zip(shape, found, strict=True))
        )
        if not fits:
            raise ValueError(
                f"Input tensor '{start.name}' enters the loop with shape {TensorShape.from_raw(shape)}, but has shape "
                f"{output.shape} after one iteration. To allow the shape to vary across iterations, use the "
                "`shape_invariants` argument of tf.while_loop to specify a less-specific shape."
            )


def _check_types(step: FuncGraph, inputs: Sequence[Tensor]) -> None:
    for argument, result, start in zip(step.inputs, step.outputs, inputs, strict=True):
        if argument.dtype is not result.dtype:
            raise TypeError(
                f"Loop var {start.name} enters the loop with type {argument.dtype!r} but has type {result.dtype!r} after "
                "1 iteration."
            )


def _add_node(
    test: FuncGraph, step: FuncGraph, inputs: Sequence[Tensor], shapes: Sequence[Any], parallel: int, name: str
) -> list[Tensor]:
    with control_dependencies([*test.control_captures, *step.control_captures]):
        outputs = make_op(
            "While",
            list(inputs),
            cond=graphs.add_function_of(test),
            body=graphs.add_function_of(step),
            output_shapes=list(shapes),
            parallel_iterations=parallel,
            name=name,
        )
    node = outputs[0].op
    node.attrs["_num_original_outputs"] = len(outputs)
    for inside, outside in zip(step.outputs, outputs, strict=True):
        copy_handle_data(inside, outside)
    graphs.set_lowering(node)
    found: list[Tensor] = outputs
    return found
