"""Op schemas: what an op is called, takes, gives and is differentiated by.

A schema is written in TensorFlow's own terms (`"x: T"`, `"N: int >= 1"`), so that GraphDefs interoperate. The
schemas of one family live in one file, in an :class:`OpSet`, with their shape functions and gradients beside them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from tangraph.framework import dtypes

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType
    from tangraph.framework.shape_context import ShapeContext

GradientFunction = Callable[..., Any]
ShapeFunction = Callable[["ShapeContext"], Any]
F = TypeVar("F", bound=Callable[..., Any])

_NUMBER_TYPES = (
    "float32 float64 int32 uint8 int16 int8 complex64 int64 qint8 quint8 qint32 bfloat16 uint16 complex128 float16 "
    "uint32 uint64"
)
_REAL_NUMBER_TYPES = "float32 float64 int32 uint8 int16 int8 int64 bfloat16 uint16 float16 uint32 uint64"
_TYPE_SETS: Final = {"numbertype": _NUMBER_TYPES, "realnumbertype": _REAL_NUMBER_TYPES}
_REQUIRED: Final = object()


class NotDifferentiable:
    """Marks an op whose gradient is known not to exist (TensorFlow's ``NotDifferentiable``)."""

    def __repr__(self) -> str:
        return "NOT_DIFFERENTIABLE"


NOT_DIFFERENTIABLE: Final = NotDifferentiable()
#: What stands in a family's table of gradients; None says that an op has none on purpose.
Gradient = GradientFunction | NotDifferentiable | None


@dataclass(frozen=True, slots=True)
class ArgDef:
    """One input or output of an op, ``"values: N * T"``.

    Attributes:
      name: the argument's name.
      dtype: its fixed type, or None when an attr gives it.
      type_attr: the attr that gives its type, or "".
      number_attr: the attr that gives how many tensors stand in this place, or "".
      type_list_attr: the attr that lists the types of a heterogeneous list, or "".
      is_ref: whether it is a reference to a mutable buffer.
    """

    name: str
    dtype: DType | None = None
    type_attr: str = ""
    number_attr: str = ""
    type_list_attr: str = ""
    is_ref: bool = False

    @property
    def is_list(self) -> bool:
        """Whether several tensors stand in this place."""
        return bool(self.number_attr or self.type_list_attr)


@dataclass(frozen=True, slots=True)
class AttrDef:
    """One attr of an op, ``"padding: {'SAME', 'VALID'} = 'SAME'"``.

    Attributes:
      name: the attr's name.
      kind: "type", "int", "float", "bool", "string", "shape", "tensor", "func" or "list(<one of them>)".
      default: the default value; meaningful when `has_default`.
      has_default: whether the attr may be left out.
      allowed: the types or strings that it may be, or None for any.
      minimum: the least value, or the least length of a list, or None.
    """

    name: str
    kind: str
    default: Any = None
    has_default: bool = False
    allowed: tuple[Any, ...] | None = None
    minimum: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class OpDef:
    """The frozen record of one op type.

    Attributes:
      name: TensorFlow's op type, "MatMul".
      inputs, outputs, attrs: the schema.
      shape: the shape function, ``fn(c: ShapeContext)`` -> a raw shape (one output) or a list of them; None when
        every output's shape is unknown.
      stateful: whether two runs may differ or something is left behind (never merged, folded or reordered).
      host_inputs: positions in `inputs` of what a kernel reads on the host (axes, shapes); the rest is on its device.
      aliases: output index -> input index whose buffer the output may share.
      elementwise: whether every output element depends on the elements at its own place only.
      blocking: whether the kernel may wait (a dequeue).
      gradients: the table of the family in which the op's gradient stands.
    """

    name: str
    inputs: tuple[ArgDef, ...]
    outputs: tuple[ArgDef, ...]
    attrs: Mapping[str, AttrDef]
    shape: ShapeFunction | None = None
    stateful: bool = False
    host_inputs: frozenset[int] = frozenset()
    aliases: Mapping[int, int] = field(default_factory=dict)
    elementwise: bool = False
    blocking: bool = False
    gradients: Mapping[str, Gradient] = field(default_factory=dict, repr=False)
    inferred: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def gradient(self) -> Gradient:
        """The gradient function, NOT_DIFFERENTIABLE, or None when there is none."""
        return self.gradients.get(self.name)

    def __getattr__(self, name: str) -> Any:
        """The fields of TensorFlow's OpDef message (`op.op_def.input_arg`), which programs look into."""
        from tangraph.framework.op_def_message import op_def_message

        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(op_def_message(self), name)

    def __str__(self) -> str:
        from tangraph.framework.op_def_message import op_def_message

        return str(op_def_message(self))


class OpSet(Mapping[str, OpDef]):
    """The ops of one family: a mapping from op type to schema, filled by :meth:`define` and :meth:`gradient`.

    >>> ops = OpSet()
    >>> double = ops.define("Double", inputs=["x: T"], outputs=["y: T"], attrs=["T: {float, double}"])
    >>> double.inputs[0].type_attr
    'T'
    """

    def __init__(self) -> None:
        self._defs: dict[str, OpDef] = {}
        self._gradients: dict[str, Gradient] = {}

    def __getitem__(self, op_type: str) -> OpDef:
        return self._defs[op_type]

    def __iter__(self) -> Iterator[str]:
        return iter(self._defs)

    def __len__(self) -> int:
        return len(self._defs)

    def define(
        self,
        name: str,
        inputs: Sequence[str] = (),
        outputs: Sequence[str] = (),
        attrs: Sequence[str] = (),
        *,
        shape: ShapeFunction | None = None,
        stateful: bool = False,
        host_inputs: Sequence[int] = (),
        aliases: Mapping[int, int] | None = None,
        elementwise: bool = False,
        blocking: bool = False,
    ) -> OpDef:
        """Adds a schema to the family and returns it.

        Args:
          name: the op type, TensorFlow's where TensorFlow has the op.
          inputs: "name: T", "name: Ref(T)", "name: N * T", "name: Tlist", "name: int32".
          outputs: the same.
          attrs: "T: {float, double} = DT_FLOAT", "N: int >= 1", "axis: int = 0", "padding: {'SAME', 'VALID'}".
          shape: see :class:`OpDef`, as are the rest.

        Raises:
          ValueError: the name is taken in this family, or a line of the schema cannot be read.
        """
        if name in self._defs:
            raise ValueError(f"Op type '{name}' is defined twice in one OpSet.")
        attr_defs = {a.name: a for a in map(_parse_attr, attrs)}
        ins = tuple(_parse_arg(text, attr_defs) for text in inputs)
        outs = tuple(_parse_arg(text, attr_defs) for text in outputs)
        inferred = {n for a in ins for n in (a.type_attr, a.number_attr, a.type_list_attr) if n}
        self._defs[name] = op_def = OpDef(
            name,
            ins,
            outs,
            attr_defs,
            shape,
            stateful,
            frozenset(host_inputs),
            dict(aliases or {}),
            elementwise,
            blocking,
            self._gradients,
            frozenset(inferred),
            {a.name: a.default for a in attr_defs.values() if a.has_default},
        )
        return op_def

    def gradient(self, *op_types: str) -> Callable[[F], F]:
        """Decorator: ``fn(op, *output_gradients)`` -> gradients of the inputs, tensors in and tensors out."""

        def attach(function: F) -> F:
            for op_type in op_types:
                self._set_gradient(op_type, function)
            return function

        return attach

    def not_differentiable(self, *op_types: str) -> None:
        """Declares that the ops have no gradient, so that it stops at them without an error."""
        for op_type in op_types:
            self._set_gradient(op_type, NOT_DIFFERENTIABLE)

    def without_gradient(self, *op_types: str) -> None:
        """Declares that nobody has defined a gradient of the ops: `tf.gradients` through them is a LookupError."""
        for op_type in op_types:
            self._set_gradient(op_type, None)

    def _set_gradient(self, op_type: str, function: Gradient) -> None:
        if op_type in self._gradients:
            raise ValueError(f"The gradient of op type '{op_type}' is given twice.")
        self._gradients[op_type] = function


_ARG = re.compile(
    r"^(?P<name>\w+)\s*:\s*(?P<ref>Ref\()?\s*(?:(?P<number>\w+)\s*\*\s*)?(?P<inner>Ref\()?(?P<type>\w+)\s*\)?$"
)
_ATTR = re.compile(
    r"^(?P<name>\w+)\s*:\s*(?P<kind>list\(.*?\)(?=\s*(?:>=|=|$))|\{.*?\}|\w+)\s*(?:>=\s*(?P<min>-?\d+))?\s*"
    r"(?:=\s*(?P<default>.*))?$",
    re.DOTALL,
)


def _parse_arg(text: str, attrs: Mapping[str, AttrDef]) -> ArgDef:
    match = _ARG.match(text.strip())
    if match is None:
        raise ValueError(f"Cannot read an op argument from {text!r}.")
    name, number, kind, is_ref = (
        match["name"],
        match["number"] or "",
        match["type"],
        bool(match["ref"] or match["inner"]),
    )
    attr = attrs.get(kind)
    if attr is None:
        return ArgDef(name, dtypes.as_dtype(kind), "", number, "", is_ref)
    if attr.kind == "list(type)":
        return ArgDef(name, None, "", "", kind, is_ref)
    return ArgDef(name, None, kind, number, "", is_ref)


def _parse_attr(text: str) -> AttrDef:
    match = _ATTR.match(text.strip())
    if match is None:
        raise ValueError(f"Cannot read an op attr from {text!r}.")
    kind, allowed = _parse_kind(match["kind"])
    minimum = int(match["min"]) if match["min"] else None
    if match["default"] is None:
        return AttrDef(match["name"], kind, None, False, allowed, minimum)
    return AttrDef(match["name"], kind, _parse_default(kind, match["default"].strip()), True, allowed, minimum)


def _parse_kind(text: str) -> tuple[str, tuple[Any, ...] | None]:
    if text.startswith("list("):
        inner, allowed = _parse_kind(text[5:-1].strip())
        return f"list({inner})", allowed
    if text in _TYPE_SETS:
        return "type", tuple(dtypes.as_dtype(n) for n in _TYPE_SETS[text].split())
    if not text.startswith("{"):
        return text, None
    words = [w.strip() for w in text[1:-1].split(",") if w.strip()]
    if words and words[0][0] in "'\"":
        return "string", tuple(w[1:-1] for w in words)
    return "type", tuple(dtypes.as_dtype(w) for w in words)


def _parse_default(kind: str, text: str) -> Any:
    if kind.startswith("list("):
        words = [w.strip() for w in text[1:-1].split(",") if w.strip()]
        return [_parse_default(kind[5:-1], w) for w in words]
    match kind:
        case "int":
            return int(text)
        case "float":
            return float(text.rstrip("f"))
        case "bool":
            return text.lower() == "true"
        case "type":
            return dtypes.as_dtype(text.removeprefix("DT_").lower())
        case "string":
            return text.strip("'\"")
        case "shape":
            return None if "unknown_rank" in text else tuple(int(w) for w in re.findall(r"-?\d+", text))
        case "tensor":  # a vector, "uint8[255, 0]"
            name, _, numbers = text.partition("[")
            return np.array([int(w) for w in re.findall(r"-?\d+", numbers)], dtypes.as_dtype(name).np)
    raise ValueError(f"An attr of kind {kind!r} cannot have the default {text!r}.")
