"""What the schemas of the dataset ops have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.plugin import OpDef, OpSet, ShapeContext

#: The types and shapes of the elements.
ELEMENTS: Final = ("output_types: list(type) >= 1", "output_shapes: list(shape) >= 1")
#: Where what is captured by a function comes in.
OTHERS: Final = "other_arguments: Targuments"
OTHER_TYPES: Final = "Targuments: list(type) >= 0"
SOURCE: Final = "input_dataset: variant"


def scalar(c: ShapeContext) -> Raw:
    """The shape of a scalar."""
    del c
    return ()


def nothing(c: ShapeContext) -> list[Raw]:
    """No outputs."""
    del c
    return []


def of_elements(c: ShapeContext) -> list[Raw]:
    """The shapes of the components of an element."""
    shapes: list[Raw] = c.attr("output_shapes")
    return list(shapes) if len(shapes) == len(c.attr("output_types")) else [None] * len(c.attr("output_types"))


def dataset(
    ops: OpSet,
    name: str,
    inputs: Sequence[str],
    attrs: Sequence[str] = (),
    *,
    elements: Sequence[str] = ELEMENTS,
    last: Sequence[str] = (),
    output: str = "handle",
    **options: Any,
) -> OpDef:
    """Defines an op that makes a dataset.

    Args:
      ops: the family.
      name: the op type.
      inputs: as for `OpSet.define`; all are read on the host.
      attrs: those that stand before the types and shapes of the elements.
      elements: the types and shapes of the elements.
      last: the attrs that stand behind.
      output: the name of the output.
      **options: as for `OpSet.define`.
    """
    return ops.define(
        name,
        inputs,
        [f"{output}: variant"],
        [*attrs, *elements, *last],
        shape=scalar,
        host_inputs=range(len(inputs)),
        **options,
    )
