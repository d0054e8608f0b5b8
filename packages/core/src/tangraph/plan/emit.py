"""Stage 8: one Python function, one line a step, locals freed at their last use.

The function's parameters are the fed values; it returns the fetched ones. Kernels, constants and variables' cells are
its globals. The source is kept in `linecache`, so that tracebacks and debuggers show it.
"""

from __future__ import annotations

import itertools
import linecache
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.plan.effects import takes_reference
from tangraph.plan.liveness import Liveness

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.client.resources import ResourceStore
    from tangraph.plan.ir import Guard, Program, Region, Step, Value
    from tangraph.plan.transfer import Transfers

#: A function is cut where it grows beyond this many lines.
MAX_LINES: Final = 5000
_METHODS: Final = (list.append, list.pop)
_counter = itertools.count(1)


@dataclass(slots=True)
class _Line:
    """One line of the emitted source."""

    indent: int
    text: str
    step: Step | None = None
    uses: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()


@dataclass(slots=True)
class Emitted:
    """A compiled plan function.

    Attributes:
      function: takes the fed values, returns a tuple of the fetched ones.
      source: its text.
      filename: under which the text stands in `linecache`.
      steps: line number -> step.
    """

    function: Callable[..., tuple[Any, ...]]
    source: str
    filename: str
    steps: dict[int, Step] = field(default_factory=dict)


def take(value: Any) -> Any:
    """A fetched value whose memory somebody else owns: a copy (NumPy scalars and bytes need none)."""
    return value.copy() if isinstance(value, np.ndarray) else value


def copy(value: Any) -> Any:
    """A copy on the device of a value there."""
    return value.copy()


def scalar(value: Any) -> Any:
    """A fetched value that may be an array of rank 0: as the scalar that it holds."""
    return value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value


class _Emitter:
    def __init__(self, program: Program, resources: ResourceStore, transfers: Transfers | None) -> None:
        self.program = program
        self.resources = resources
        self.transfers = transfers
        self.lines: list[_Line] = []
        self.globals: dict[str, Any] = {"_take": take, "_copy": copy, "_scalar": scalar}
        self._locals = itertools.count()
        self._constants: dict[tuple[int, int], str] = {}
        self._kernels: dict[str, int] = {}

    # -- names ---------------------------------------------------------------------------------------------------

    def name(self, value: Value) -> str:
        """Returns the variable that holds a value; constants and cells are globals."""
        if value.name:
            return value.name
        if value.constant is not None:
            value.name = self._bind_constant(value)
        else:
            value.name = f"v{next(self._locals)}"
        return value.name

    def _bind_constant(self, value: Value) -> str:
        array = value.constant
        key = (id(array), id(value.where))
        known = self._constants.get(key)
        if known is None:
            known = self._constants[key] = f"k{len(self._constants)}"
            self.globals[known] = self._constant(value)
        return known

    def _bind_array(self, value: Value) -> str:
        """Returns the name of a constant as an array: beside arrays, ufuncs take one of rank 0 quicker than a scalar."""
        name = self.name(value)
        if value.constant is None or value.constant.ndim or value.where is not None:
            return name
        self.globals[f"{name}a"] = value.constant
        return f"{name}a"

    @staticmethod
    def _constant(value: Value) -> Any:
        """A constant where its step runs; on the host as a NumPy scalar where it is one, since those are quicker."""
        array = value.constant
        assert array is not None
        if value.where is not None:
            return value.where.to_device(array)
        if value.step.backend is not None:
            return array
        return array[()] if array.ndim == 0 and array.dtype != object else array

    def _bind_kernel(self, step: Step) -> str:
        stem = re.sub(r"\W", "_", step.op_type)
        number = self._kernels[stem] = self._kernels.get(stem, 0) + 1
        name = f"{stem}_{number}"
        self.globals[name] = step.kernel
        return name

    def argument(self, step: Step, index: int) -> str:
        """Returns the expression for one input: a reference where the schema takes one, else the value."""
        value = step.inputs[index]
        if value.constant is not None and isinstance(step.kernel, np.ufunc) and step.outputs[0].shape != ():
            return self._bind_array(value)
        name = self.name(value)
        return f"{name}.value" if value.dtype.is_ref and not takes_reference(step, index) else name

    # -- statements ----------------------------------------------------------------------------------------------

    def add(self, indent: int, text: str, step: Step | None, uses: Any = (), defines: Any = ()) -> None:
        self.lines.append(_Line(indent, text, step, tuple(uses), tuple(defines)))

    def region(self, region: Region, indent: int, live: Liveness, condition: Value | None = None) -> None:
        """Emits the steps of a region; inside a loop, the test of its condition stands before the first body step."""
        opened: Guard = ()
        tested = condition is None
        for step in region.steps:
            if step.op_type in {"VariableV2", "Variable", "VarHandleOp"}:
                self._cell(step)
        for step in region.steps:
            if step.op_type in {"VariableV2", "Variable", "VarHandleOp"}:
                continue
            guard = step.guard
            if condition is not None and any(p is condition for p, _ in guard):
                guard = tuple(c for c in guard if c[0] is not condition)
                if not tested:
                    tested = True
                    self._break(condition, indent, step)
                    opened = ()
            if guard != opened:
                self._open(opened, guard, indent, step)
                opened = guard
            depth = indent + len(guard)
            self._step(step, depth, live)
            dead = [self.name(v) for v in live.free_after[step] if self._is_stored(v) and self._is_local(v)]
            if dead:
                self.add(depth, f"del {', '.join(dead)}", step, dead)
        if not tested:
            assert condition is not None
            self._break(condition, indent, None)

    def _is_local(self, value: Value) -> bool:
        return bool(value.name) and value.name[0] == "v" and not value.dtype.is_ref

    def _is_stored(self, value: Value) -> bool:
        """Whether a local holds the value: a Merge's index, or the one result of a step, only if somebody asks for it."""
        if value in self._used:
            return True
        return len(value.step.outputs) > 1 and (value.step.op_type != "_Merge" or value.index == 0)

    def _break(self, condition: Value, indent: int, step: Step | None) -> None:
        name = self.name(condition)
        test = f"{name}.value" if condition.dtype.is_ref else name
        self.add(indent, f"if not {test}:", step, [name])
        self.add(indent + 1, "break", step)

    def _open(self, old: Guard, new: Guard, indent: int, step: Step) -> None:
        """Emits the `if` lines that lead from one condition to another."""
        shared = 0
        while shared < min(len(old), len(new)) and old[shared] == new[shared]:
            shared += 1
        for depth in range(shared, len(new)):
            predicate, value = new[depth]
            name = self.name(predicate) + (".value" if predicate.dtype.is_ref else "")
            self.add(indent + depth, f"if {name}:" if value else f"if not {name}:", step, [self.name(predicate)])

    def _cell(self, step: Step) -> None:
        value = step.outputs[0]
        name = f"c{sum(1 for k in self.globals if k[0] == 'c')}"
        self.globals[name] = self.resources.variable(
            step.attrs.get("container", ""), step.attrs.get("shared_name") or step.label
        )
        value.name = name

    def _step(self, step: Step, indent: int, live: Liveness) -> None:
        if step.loop is not None:
            self._loop(step, indent, live)
            return
        if step.op_type == "_Merge":
            return
        uses = [self.name(v) for v in step.inputs]
        arguments = [self.argument(step, i) for i in range(len(step.inputs))]
        if step.op_type == "_MergeInput":
            self._merge_input(step, indent, arguments[0], uses)
            return
        defines = [self.name(v) for v in step.outputs]
        if step.op_type in {"ReadVariableOp", "_Snapshot"}:
            expression = f"{arguments[0]}.value"
        elif step.op_type in {"_Alias", "Identity"}:
            expression = arguments[0]
        else:
            index = live.in_place.get(step)
            if index is not None:
                arguments.append(f"out={arguments[index]}")
            expression = self._call(step, arguments)
        if step in live.copies and len(defines) == 1:
            expression = f"{'_take' if step.outputs[0].where is None else '_copy'}({expression})"
        if len(defines) == 1 and not self._is_stored(step.outputs[0]):
            defines = []
        if step.op_type == "StackPushV2" and defines:
            self.add(indent, f"{defines[0]} = {arguments[1]}", step, uses, defines)
            defines = []
        target = f"{', '.join(defines)} = " if defines else ""
        comment = f"  # {step.op_type} '{step.label}'"
        self.add(indent, f"{target}{expression}{comment}", step, uses, defines)

    def _call(self, step: Step, arguments: list[str]) -> str:
        kernel = step.kernel
        if kernel in _METHODS:
            # Python calls methods of lists quicker than it finds a global.
            return f"{arguments[0]}.{kernel.__name__}({', '.join(arguments[1:])})"
        return f"{self._bind_kernel(step)}({', '.join(arguments)})"

    def _merge_input(self, step: Step, indent: int, argument: str, uses: list[str]) -> None:
        merge = self._merge_of[step.outputs[0]]
        names = [self.name(v) for v in merge.outputs]
        step.outputs[0].name = names[0]
        if step.inputs[0].dtype.is_ref and not merge.outputs[0].dtype.is_ref:
            argument = f"{argument}.value"
        self.add(indent, f"{names[0]} = {argument}  # {merge.label}", step, uses, names[:1])
        if merge.outputs[1] in self._used:
            constant = f"k{len(self._constants)}"
            index = np.int32(step.attrs["index"])
            self._constants[id(index), 0] = constant
            self.globals[constant] = index
            self.add(indent, f"{names[1]} = {constant}", step, (), names[1:])

    def _loop(self, step: Step, indent: int, live: Liveness) -> None:
        loop = step.loop
        assert loop is not None
        names = [self.name(v) for v in loop.variables]
        for name, entry, variable in zip(names, loop.entries, loop.variables, strict=True):
            source = self.name(entry) + (".value" if entry.dtype.is_ref and not variable.dtype.is_ref else "")
            self.add(indent, f"{name} = {source}  # {step.label}", step, [self.name(entry)], [name])
        self.add(indent, "while True:", step)
        inside = Liveness(loop.region, set(loop.nexts) | {loop.condition}, live.effects.inside(loop), in_loop=True)
        self.region(loop.region, indent + 1, inside, loop.condition)
        after = [
            self.name(v) + (".value" if v.dtype.is_ref and not m.dtype.is_ref else "")
            for v, m in zip(loop.nexts, loop.variables, strict=True)
        ]
        changed = [(n, a) for n, a in zip(names, after, strict=True) if n != a]
        if changed:
            left, right = (", ".join(side) for side in zip(*changed, strict=True))
            self.add(indent + 1, f"{left} = {right}", step, [a for _, a in changed], [n for n, _ in changed])
        for out, index in loop.exits:
            self.add(indent, f"{self.name(out)} = {names[index]}", step, [names[index]], [self.name(out)])

    # -- the whole -----------------------------------------------------------------------------------------------

    def emit(self) -> Emitted:
        program = self.program
        self._survey()
        parameters = [self.name(v) for v in program.feeds]
        live = Liveness(program.region, set(program.fetches))
        self.region(program.region, 1, live)
        results = self._results(live)
        uses = [self.name(v) for v in program.fetches]
        self.add(1, f"return ({', '.join(results)}{',' if results else ''})", None, uses)
        return self._compile(parameters)

    def _survey(self) -> None:
        """Notes which values somebody asks for, and which Merge each stored value belongs to."""
        self._used = set(self.program.fetches)
        self._merge_of: dict[Value, Step] = {}
        for step in self.program.region.walk():
            self._used.update(step.inputs)
            self._used.update(p for p, _ in step.guard)
            if step.loop is not None:
                self._used.update(step.loop.nexts)
                self._used.add(step.loop.condition)
            if step.op_type == "_Merge":
                self._merge_of.update(dict.fromkeys(step.inputs, step))

    def _results(self, live: Liveness) -> list[str]:
        seen: set[str] = set()
        results = []
        for value in self.program.fetches:
            name = self.name(value)
            expression = name
            if value.dtype.is_ref and value.where is not None and self.transfers is not None:
                self.globals["_host"] = self.transfers.to_host
                expression = f"_host({name}.value)"
            elif value.dtype.is_ref:
                expression = f"_take({name}.value)"
            elif not live.owned(value) or name in seen:
                expression = f"_take({name})"
            results.append(expression if value.shape else f"_scalar({expression})")
            seen.add(name)
        return results

    def _compile(self, parameters: list[str]) -> Emitted:
        from tangraph.plan.split import split

        filename = f"<tangraph plan {next(_counter)}>"
        functions = split(self.lines, parameters, MAX_LINES)
        text: list[str] = []
        steps: dict[int, Step] = {}
        for header, lines in functions:
            text.append(header)
            for line in lines:
                text.append("    " * line.indent + line.text)
                if line.step is not None:
                    steps[len(text)] = line.step
            text.append("")
        source = "\n".join(text)
        namespace = self.globals
        exec(compile(source, filename, "exec"), namespace)  # noqa: S102  the point of the stage
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        return Emitted(namespace["plan"], source, filename, steps)


def emit(program: Program, resources: ResourceStore, transfers: Transfers | None = None) -> Emitted:
    """Compiles an ordered program whose kernels are bound.

    Args:
      program: the program.
      resources: where the cells of its variables are.
      transfers: moves values between devices and the host; None where no device has arrays of its own.
    """
    return _Emitter(program, resources, transfers).emit()
