"""Op cases: one line of data tests an op."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tangraph.testing.inputs import Input


@dataclass(frozen=True, eq=False)
class OpCase:
    """What an op is called with and what must come out.

    Attributes:
      op: the op type that the case is about. The graph that `call` builds (with its gradient) must have such a node.
      call: a function of the input tensors; returns a tensor or a list of tensors.
      inputs: one :class:`~tangraph.testing.inputs.Input` for each argument.
      reference: a function of the input arrays that returns what is expected, an array or a list of them. It gets
        floats as float64 (complex ones as complex128), rounded to the type in question before; other types as they
        are. None where values are random: then types, shapes and how the op is reached are checked.
      types: the types that the case is checked in, "float32 int32".
      label: tells cases of one op apart.
      tolerance: how many times the usual error is allowed.
      gradients: how often it is differentiated and compared with differences, in float64; 0 for never. Ops that are
        declared not differentiable are left alone anyway.
      known_shape: whether the static shape must be complete when those of the inputs are; False where values decide.
      unknown_rank: whether the call works on inputs of unknown rank.
      unknown_sizes: whether the call works on inputs of unknown size.
      repeatable: whether two runs give the same.
      exportable: whether the graph can be written as a GraphDef (not so with Python functions in it).
    """

    op: str
    call: Callable[..., Any]
    inputs: tuple[Input, ...] = ()
    reference: Callable[..., Any] | None = None
    types: str = "float32"
    label: str = ""
    tolerance: float = 1.0
    gradients: int = 1
    known_shape: bool = True
    unknown_rank: bool = True
    unknown_sizes: bool = True
    repeatable: bool = True
    exportable: bool = True

    @property
    def id(self) -> str:
        """How tests call the case."""
        return f"{self.op}-{self.label.replace(' ', '_')}" if self.label else self.op

    def arrays(self, dtype: str) -> list[Any]:
        """Returns the inputs' values in one type, always the same ones."""
        rng = np.random.default_rng(zlib.crc32(self.id.encode()))
        return [one.make(dtype, rng) for one in self.inputs]

    def __repr__(self) -> str:
        return f"<OpCase {self.id}>"
