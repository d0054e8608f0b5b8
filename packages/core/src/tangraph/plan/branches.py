"""`If`, `Case`, `While` and `For`: steps that choose between functions, or repeat one, as Switches, Merges and frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.plan.calls import Expansion
    from tangraph.plan.ir import Step, Value


def _kind(value: Value) -> tuple[Any, Any]:
    return value.dtype.base, value.shape


def expand_branches(expansion: Expansion, step: Step) -> None:
    """`If` and `Case`: a chain of decisions, each between one function and the rest."""
    selector, inputs = step.inputs[0], step.inputs[1:]
    entry = expansion.entry(step)
    if step.op_type == "Case":
        functions = [expansion.find(step, branch) for branch in step.attrs["branches"]]
        names = [f"branch{i}/" for i in range(len(functions))]
        tests = [_index_is(expansion, step, selector, i) for i in range(len(functions) - 1)]
    else:
        functions = [expansion.find(step, step.attrs[key]) for key in ("then_branch", "else_branch")]
        names = ["then/", "else/"]
        tests = [_as_bool(expansion, step, selector)]
    outputs, done = _choose(expansion, step, tests, functions, names, inputs, entry)
    expansion.finish(step, outputs, [done])


def _choose(
    expansion: Expansion,
    step: Step,
    tests: Sequence[Value],
    functions: Sequence[Any],
    names: Sequence[str],
    inputs: Sequence[Value],
    entry: Sequence[Step],
) -> tuple[list[Value], Step]:
    """Returns the results of the first function whose test holds (the last has none), and what has run when they did."""
    if not tests:
        body = expansion.body(step, functions[0], inputs, entry, names[0])
        held = [_held(expansion, step, v, entry) for v in body.outputs]
        return held, expansion.done(step, entry, [*body.effects, *(v.step for v in held)])
    test = tests[0]
    switches = [expansion.add(step, "Switch", [v, test], [_kind(v), _kind(v)]) for v in inputs]
    pivot = expansion.add(step, "Switch", [test, test], [_kind(test), _kind(test)], entry)
    sides = []
    for side, rest in ((1, 1), (0, len(tests))):
        at = 0 if side else 1
        start = expansion.add(step, "Identity", [pivot.outputs[side]], [_kind(test)])
        taken = [s.outputs[side] for s in switches]
        sides.append(
            (
                start,
                _choose(
                    expansion,
                    step,
                    [] if side else tests[1:],
                    functions[at : at + rest] if side else functions[1:],
                    names[at : at + rest] if side else names[1:],
                    taken,
                    [start],
                ),
            )
        )
    (yes, (then_values, then_done)), (no, (else_values, else_done)) = sides
    ended = [
        expansion.add(step, "Identity", [start.outputs[0]], [_kind(test)], [done])
        for start, done in ((no, else_done), (yes, then_done))
    ]
    executed = _merge(expansion, step, [s.outputs[0] for s in ended], test.shape)
    merged = []
    for index, (no_value, yes_value) in enumerate(zip(else_values, then_values, strict=True)):
        shape = step.outputs[index].shape if index < len(step.outputs) else None
        merged.append(_merge(expansion, step, [no_value, yes_value], shape).outputs[0])
    return merged, executed


def _merge(expansion: Expansion, step: Step, values: Sequence[Value], shape: Any) -> Step:
    return expansion.add(step, "Merge", values, [(values[0].dtype, shape), (dtypes.int32, ())])


def _held(expansion: Expansion, step: Step, value: Value, entry: Sequence[Step]) -> Value:
    """A result that exists only where its branch or iteration runs, whatever it is made from."""
    return expansion.add(step, "Identity", [value], [_kind(value)], entry).outputs[0]


def _as_bool(expansion: Expansion, step: Step, value: Value) -> Value:
    if value.dtype.base is dtypes.bool and value.shape == ():
        return value
    return expansion.add(step, "_ToBool", [value], [(dtypes.bool, ())]).outputs[0]


def _index_is(expansion: Expansion, step: Step, index: Value, wanted: int) -> Value:
    return expansion.add(step, "_IndexIs", [index], [(dtypes.bool, ())], attrs={"index": wanted}).outputs[0]


def expand_while(expansion: Expansion, step: Step) -> None:
    """`While`: a frame whose variables are all of its inputs."""
    condition, body = (expansion.find(step, step.attrs[key]) for key in ("cond", "body"))

    def test(variables: list[Value], top: list[Step]) -> tuple[Value, list[Step]]:
        tested = expansion.body(step, condition, variables, top, "cond/")
        return _as_bool(expansion, step, tested.outputs[0]), tested.effects

    def iterate(variables: list[Value], pivot: list[Step]) -> tuple[list[Value], list[Step]]:
        done = expansion.body(step, body, variables, pivot, "body/")
        return done.outputs, done.effects

    kinds = [_kind(value) for value in step.outputs]
    outputs, exits = _loop(expansion, step, step.inputs, kinds, test, iterate)
    expansion.finish(step, outputs, exits)


def expand_for(expansion: Expansion, step: Step) -> None:
    """`For`: a loop over a counter; its body takes the counter and the variables."""
    body = expansion.find(step, step.attrs["body"])

    def test(variables: list[Value], _: list[Step]) -> tuple[Value, list[Step]]:
        return expansion.add(step, "_ForMore", variables[:3], [(dtypes.bool, ())]).outputs[0], []

    def iterate(variables: list[Value], pivot: list[Step]) -> tuple[list[Value], list[Step]]:
        counter, limit, delta, *rest = variables
        done = expansion.body(step, body, [counter, *rest], pivot, "body/")
        following = expansion.add(step, "_ForNext", [counter, delta], [(dtypes.int32, ())]).outputs[0]
        return [following, limit, delta, *done.outputs], done.effects

    kinds = [(dtypes.int32, ())] * 3 + [_kind(value) for value in step.outputs]
    outputs, exits = _loop(expansion, step, step.inputs, kinds, test, iterate)
    expansion.finish(step, outputs[3:], exits)


def _loop(
    expansion: Expansion, step: Step, entries: Sequence[Value], kinds: Sequence[Any], test: Any, iterate: Any
) -> tuple[list[Value], list[Step]]:
    """Adds the frame of a loop; returns the final values of its variables, and the steps that end it.

    Args:
      expansion: the steps.
      step: the call.
      entries: the values of the variables before the first iteration.
      kinds: the (type, shape) of the variables.
      test: from the variables, and what runs with every test, to the condition and what runs for its effect.
      iterate: the same to the variables' next values.
    """
    entry = expansion.entry(step)
    frame = {"frame_name": expansion.unique(step.label), "is_constant": False}
    enters = [expansion.add(step, "Enter", [v], [kind], entry, frame) for v, kind in zip(entries, kinds, strict=True)]
    merges = [_merge(expansion, step, [e.outputs[0], e.outputs[0]], e.outputs[0].shape) for e in enters]
    variables = [m.outputs[0] for m in merges]
    top = [expansion.add(step, "Identity", [v], [_kind(v)]) for v in variables[:1]]
    condition, effects = test(variables, top)
    held = _held(expansion, step, condition, [*top, expansion.done(step, top, effects)])
    loop_cond = expansion.add(step, "LoopCond", [held], [(dtypes.bool, ())]).outputs[0]
    switches = [expansion.add(step, "Switch", [v, loop_cond], [_kind(v), _kind(v)]) for v in variables]
    pivot = [expansion.add(step, "Identity", [s.outputs[1]], [_kind(s.outputs[1])]) for s in switches[:1]]
    values, effects = iterate([s.outputs[1] for s in switches], pivot)
    done = expansion.done(step, pivot, effects)
    for merge, value in zip(merges, values, strict=True):
        following = _held(expansion, step, value, [*pivot, done])
        merge.inputs[1] = expansion.add(step, "NextIteration", [following], [_kind(merge.outputs[0])]).outputs[0]
    exits = [expansion.add(step, "Exit", [s.outputs[0]], [_kind(s.outputs[0])]) for s in switches]
    return [e.outputs[0] for e in exits], exits
