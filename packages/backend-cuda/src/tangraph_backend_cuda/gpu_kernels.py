"""Which operations have a GPU kernel in TensorFlow 1.15, in which types, and what it keeps in the host's memory."""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tangraph.plan.memory import Node

_TABLE: Final = "gpu_kernels.txt"


class GpuKernel(NamedTuple):
    """One kernel, or several that differ in their types alone.

    Attributes:
      types: attr -> the names of the types that it may be; any type where it does not stand here.
      host: the arguments, inputs and outputs, in the host's memory.
    """

    types: Mapping[str, frozenset[str]]
    host: frozenset[str]

    def takes(self, node: Node) -> bool:
        """Says whether it is for the types of a node."""
        return all(_names(node.attrs.get(attr)) <= allowed for attr, allowed in self.types.items())


def kernel_for(node: Node) -> GpuKernel | None:
    """Returns TensorFlow's GPU kernel for a node, or None."""
    return next((kernel for kernel in table().get(node.op_type, ()) if kernel.takes(node)), None)


@functools.cache
def table() -> Mapping[str, tuple[GpuKernel, ...]]:
    """Returns op type -> its kernels.

    >>> [kernel.types["T"] for kernel in table()["Acos"]] == [{"float32", "float64"}]
    True
    """
    found: dict[str, tuple[GpuKernel, ...]] = {}
    for line in files(__package__).joinpath(_TABLE).read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        left, _, host = line.partition("|")
        op_type, *constraints = left.split()
        pairs = [constraint.split("=") for constraint in constraints]
        types = {attr: frozenset(names.split(",")) for attr, names in pairs}
        found[op_type] = (*found.get(op_type, ()), GpuKernel(types, frozenset(host.split())))
    return found


def _names(value: Any) -> frozenset[str]:
    """Returns the names of the types that an attr holds."""
    values = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
    return frozenset([dtype.base.name for dtype in values])
