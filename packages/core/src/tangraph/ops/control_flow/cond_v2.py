"""Conditionals as nodes that call functions: If for `tf.cond`, Case for `tf.switch_case`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from tangraph.framework import stacks
from tangraph.framework.dtypes import int32, int64
from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.functions.building import func_graph_from_py_func
from tangraph.ops.array.identity import identity
from tangraph.ops.control_flow import function_graphs as graphs
from tangraph.ops.control_flow.tensor_array import TensorArray, build_ta_with_new_flow
from tangraph.util import nest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor
    from tangraph.functions.func_graph import FuncGraph


class Kind(NamedTuple):
    """How messages name a conditional and its branches."""

    name: str
    op: str
    branch: Callable[[int], str]
    argument: Callable[[int], str]


COND = Kind("tf.cond", "cond", lambda i: ("true_fn", "false_fn")[i], lambda i: ("true_fn", "false_fn")[i])
CASE = Kind("tf.switch_case", "case", lambda i: f"branch {i}", lambda i: f"branches[{i}]")


def cond_v2(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any], name: str | None = "cond") -> Any:
    """`tf.cond` as one If node; see there."""
    if isinstance(pred, bool):
        raise TypeError("pred must not be a Python bool", pred)
    with name_scope(name or "cond") as scope:
        names = [graphs.unique_function_name(scope, key) for key in ("true", "false")]
        pred = convert_to_tensor(pred)
        if pred.raw_shape is None or pred.raw_shape:
            from tangraph.ops.array.reshape import squeeze

            pred = squeeze(pred)
        branches = [_branch(key, fn, pred) for key, fn in zip(names, (true_fn, false_fn), strict=True)]
        _check_captures(COND, branches)
        return build(COND, pred, branches, [branch.external_captures for branch in branches], scope)


def indexed_case(branch_index: Any, branch_fns: Sequence[Callable[[], Any]], name: str = "indexed_case") -> Any:
    """`tf.switch_case` as one Case node; see there."""
    if isinstance(branch_index, int):
        raise TypeError("branch_index must not be a Python int", branch_index)
    with name_scope(name) as scope:
        names = [graphs.unique_function_name(scope, f"branch{i}") for i in range(len(branch_fns))]
        branch_index = convert_to_tensor(branch_index, name="branch_index")
        branches = [_branch(key, fn, branch_index) for key, fn in zip(names, branch_fns, strict=True)]
        _check_captures(CASE, branches)
        return build(CASE, branch_index, branches, [branch.external_captures for branch in branches], scope)


def _branch(name: str, function: Callable[[], Any], stands_for_operations: Tensor) -> FuncGraph:
    graph = stacks.get_default_graph()
    return func_graph_from_py_func(
        name,
        function,
        [],
        {},
        func_graph=graphs.CondBranchFuncGraph(name, graph._collections),
        add_control_dependencies=graph._add_control_dependencies,
        op_return_value=stands_for_operations,
    )


def build(
    kind: Kind,
    selector: Tensor,
    branches: Sequence[FuncGraph],
    inputs: Sequence[Sequence[Tensor]],
    name: str | None = None,
) -> Any:
    """Adds the node; the branches get the same arguments on the way.

    Args:
      kind: If or Case.
      selector: the predicate or index.
      branches: the bodies.
      inputs: the tensors that each takes.
      name: the node's name.

    Returns:
      Identities of its outputs, in the structure of the branches' results.

    Raises:
      TypeError: the results of the branches differ in structure or type.
    """
    _match_index_types(kind, branches)
    check_same_outputs(kind, branches)
    arguments = match_inputs(branches, inputs)
    captured = [element for branch in branches for element in branch.control_captures]
    with control_dependencies(captured):
        functions = [graphs.add_function_of(branch) for branch in branches]
        shapes = _common_shapes(branches)
        types = [tensor.dtype.base for tensor in branches[0].outputs]
        if kind is CASE:
            outputs = make_op(
                "Case", selector, arguments, branches=functions, Tout=types, output_shapes=shapes, name=name
            )
        else:
            stateful = any(op._is_stateful for branch in branches for op in branch._ops)
            outputs = make_op(
                "If" if stateful else "StatelessIf",
                selector,
                arguments,
                then_branch=functions[0],
                else_branch=functions[1],
                Tout=types,
                output_shapes=shapes,
                name=name,
            )
    node = outputs[0].op
    graphs.set_lowering(node)
    # What is fetched hangs on one result each, so that only what that one needs runs.
    results = [identity(tensor) for tensor in outputs]
    node.graph.prevent_fetching(node)
    return pack(branches[0].structured_outputs, results)


def pack(structure: Any, flat: Sequence[Any]) -> Any:
    """Returns tensors in the structure of a branch's results; TensorArrays are those of the branch with new flows."""
    leaves = nest.flatten(structure, expand_composites=True)
    if len(leaves) != len(flat):
        raise ValueError("Mismatch in element count")
    values = [
        build_ta_with_new_flow(leaf, value) if isinstance(leaf, TensorArray) else value
        for leaf, value in zip(leaves, flat, strict=True)
    ]
    return nest.pack_sequence_as(structure, values, expand_composites=True)


def _common_shapes(branches: Sequence[FuncGraph]) -> list[Raw]:
    found = []
    for outputs in zip(*[branch.outputs for branch in branches], strict=True):
        shape = outputs[0].shape
        for other in outputs[1:]:
            shape = shape.most_specific_compatible_shape(other.shape)
        found.append(shape.raw)
    return found


def match_inputs(branches: Sequence[FuncGraph], inputs: Sequence[Sequence[Tensor]]) -> list[Tensor]:
    """Gives all branches the same arguments: the tensors that any of them takes, each once. Returns these."""
    from tangraph.ops.array.constant import placeholder

    wanted = list(dict.fromkeys(tensor for taken in inputs for tensor in taken))
    for branch, taken in zip(branches, inputs, strict=True):
        known = dict(zip(taken, branch.inputs, strict=False))
        arguments = []
        for tensor in wanted:
            argument = known.get(tensor)
            if argument is None:
                with branch.as_default():
                    argument = placeholder(tensor.dtype.base, tensor.shape)
            arguments.append(argument)
        branch.inputs = arguments
        branch.reset_captures(zip(wanted, arguments, strict=True))
    return wanted


# -- checks --------------------------------------------------------------------------------------------------------


def check_same_outputs(kind: Kind, branches: Sequence[FuncGraph]) -> None:
    """Raises TypeError unless the results of all branches have one structure and the same types."""
    first = branches[0]
    for index, branch in enumerate(branches[1:], 1):
        try:
            nest.assert_same_structure(first.structured_outputs, branch.structured_outputs, expand_composites=True)
        except (ValueError, TypeError) as error:
            _differ(kind, branches, index, str(error))
        if len(first.outputs) != len(branch.outputs):
            raise ValueError(
                f"Lengths of branch outputs of {kind.op} must match.\nlen(graphs[0].outputs): {len(first.outputs)}\n"
                f"len(graphs[{index}].outputs): {len(branch.outputs)}\n"
            )
        for mine, theirs in zip(first.outputs, branch.outputs, strict=True):
            if mine.dtype is not theirs.dtype:
                _differ(kind, branches, index, f"{mine} and {theirs} have different types")


def _differ(kind: Kind, branches: Sequence[FuncGraph], index: int, detail: str) -> NoReturn:
    first, other = kind.argument(0), kind.argument(index)
    raise TypeError(
        f"{first} and {other} arguments to {kind.name} must have the same number, type, and overall structure of return "
        f"values.\n\n{first} output: {branches[0].structured_outputs}\n{other} output: "
        f"{branches[index].structured_outputs}\n\nError details:\n{detail}"
    )


def _check_captures(kind: Kind, branches: Sequence[FuncGraph]) -> None:
    places: dict[Any, int] = {branch: index for index, branch in enumerate(branches)}
    for index, branch in enumerate(branches):
        for tensor in branch.external_captures:
            if tensor.graph in places:
                raise ValueError(
                    f"Tensor {tensor.name} in {kind.branch(places[tensor.graph])} is accessed from {kind.branch(index)}."
                )


def _match_index_types(kind: Kind, branches: Sequence[FuncGraph]) -> None:
    """Makes the indices of IndexedSlices int64 in all branches where they differ."""
    flat = [nest.flatten(branch.structured_outputs) for branch in branches]
    position, places = 0, []
    for results in zip(*flat, strict=False):
        if len({isinstance(result, IndexedSlices) for result in results}) != 1:
            raise TypeError(
                f"Cannot reconcile tf.{'cond' if kind is COND else 'switch_case'} {position}-th outputs:\n  branches "
                f"returned: {results}"
            )
        if isinstance(results[0], IndexedSlices):
            places.append(position + 1)
        position += len(nest.flatten(results[0], expand_composites=True))
    for place in places:
        types = {branch.outputs[place].dtype for branch in branches}
        if types - {int32, int64}:
            raise TypeError(f"Type of IndexedSlices.indices must be int32 or int64. Found: {types}")
        if len(types) > 1:
            _cast_indices(branches, place)
    if places:
        for branch in branches:
            branch.structured_outputs = pack(branch.structured_outputs, branch.outputs)


def _cast_indices(branches: Sequence[FuncGraph], place: int) -> None:
    from tangraph.ops.math.cast import cast

    for branch in branches:
        if branch.outputs[place].dtype is int32:
            with branch.as_default():
                branch.outputs[place] = cast(branch.outputs[place], int64)
