"""Kernels: the arithmetic of ops, bound once a plan.

A kernel is a *factory*: it is called when a plan is compiled, with a :class:`KernelContext`, and returns the plain
callable that runs in every step: input values in the schema's order in, the output value (a tuple when the op has
several outputs) out. Whatever depends on attrs is decided in the factory, never in a step.

Values are arrays of the backend or NumPy scalars of the exact dtype; strings are `bytes` or object arrays of bytes;
a reference to a variable and a resource arrive as the object itself (see `tangraph.client.resources`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np

    from tangraph.client.resources import ResourceStore
    from tangraph.framework.dtypes import DType
    from tangraph.framework.graph import Graph
    from tangraph.framework.raw_shape import Raw
    from tangraph.plan.functions import BoundFunction, Functions

KernelFactory = Callable[["KernelContext"], Callable[..., Any]]
F = TypeVar("F", bound=Callable[..., Any])


class KernelContext:
    """What a kernel factory may know of the node that it is made for.

    Attributes:
      op_type, name, attrs: the node's.
      xp: the backend's array module (NumPy or one of its kind).
      device: the device string that the node is placed on.
      input_dtypes, output_dtypes: element types.
      static_shapes, output_shapes: raw shapes of the inputs and outputs, as far as the plan knows them.
      constants: values of the inputs that the plan knows, None for the others.
      resources: the session's store of variables, queues, tables and random counters.
      threads: how many threads the session wants for one operation; 0 for as many as there are.
      functions, graph: where :meth:`function` finds functions.
      takes_out: a factory sets it to True when its callable accepts ``out=`` (an array of the output's shape and dtype
        that may be one of the inputs). NumPy ufuncs need not be marked.
      takes_draws: a factory sets it to True when its callable draws random numbers and accepts, as one more input, a
        `tangraph.plan.draws.Draws`, which says from where in a loop.
    """

    __slots__ = (
        "attrs",
        "constants",
        "device",
        "functions",
        "graph",
        "input_dtypes",
        "name",
        "op_type",
        "output_dtypes",
        "output_shapes",
        "resources",
        "static_shapes",
        "takes_draws",
        "takes_out",
        "threads",
        "xp",
    )

    def __init__(
        self,
        op_type: str,
        attrs: Mapping[str, Any] | None = None,
        *,
        xp: Any,
        name: str = "",
        device: str = "",
        input_dtypes: tuple[DType, ...] = (),
        output_dtypes: tuple[DType, ...] = (),
        static_shapes: tuple[Raw, ...] = (),
        output_shapes: tuple[Raw, ...] = (),
        constants: tuple[np.ndarray[Any, Any] | None, ...] = (),
        resources: ResourceStore | None = None,
        threads: int = 0,
        functions: Functions | None = None,
        graph: Graph | None = None,
    ) -> None:
        self.op_type = op_type
        self.name = name
        self.attrs: Mapping[str, Any] = attrs or {}
        self.xp = xp
        self.device = device
        self.input_dtypes = input_dtypes
        self.output_dtypes = output_dtypes
        self.static_shapes = static_shapes
        self.output_shapes = output_shapes
        self.constants = constants
        self.resources = resources
        self.threads = threads
        self.functions = functions
        self.graph = graph
        self.takes_out = False
        self.takes_draws = False

    def attr(self, name: str) -> Any:
        """Returns an attr: types as DType, shapes as raw shapes, strings as str."""
        return self.attrs[name]

    def function(self, attr: Any, scope: str | None = None, *, host: bool = True) -> BoundFunction:
        """Returns a function that an attr names as a callable of values; see `tangraph.plan.functions`.

        Args:
          attr: the name of an attr of type func; or one of the values of a list(func) attr.
          scope: whose random counters and other state by name it has; the node's own when None.
          host: whether it runs on the host alone, on NumPy arrays; else on all devices of the session.

        Raises:
          NotFoundError: the graph has no such function.
        """
        assert self.functions is not None
        assert self.graph is not None
        reference = self.attrs[attr] if isinstance(attr, str) else attr
        prefix = f"{self.name}/" if scope is None else scope
        return self.functions.bind(self.graph, reference.name, prefix, host=host)

    def constant(self, index: int) -> np.ndarray[Any, Any] | None:
        """Returns the value of an input when the plan knows it, else None."""
        return self.constants[index] if index < len(self.constants) else None


class KernelSet(Mapping[str, KernelFactory]):
    """The kernels of one family; call it as a decorator.

    >>> kernel = KernelSet()
    >>> @kernel("Neg")
    ... def neg(k):
    ...     return k.xp.negative
    >>> sorted(kernel)
    ['Neg']
    """

    def __init__(self) -> None:
        self._factories: dict[str, KernelFactory] = {}

    def __call__(self, *op_types: str) -> Callable[[F], F]:
        """Returns a decorator that adds a factory for each of the op types."""

        def add(factory: F) -> F:
            for op_type in op_types:
                self.add(op_type, factory)
            return factory

        return add

    def add(self, op_type: str, factory: KernelFactory) -> None:
        """Adds a factory.

        Raises:
          ValueError: the family has a kernel for that op type.
        """
        if op_type in self._factories:
            raise ValueError(f"Op type '{op_type}' has two kernels in one KernelSet.")
        self._factories[op_type] = factory

    def __getitem__(self, op_type: str) -> KernelFactory:
        return self._factories[op_type]

    def __iter__(self) -> Iterator[str]:
        return iter(self._factories)

    def __len__(self) -> int:
        return len(self._factories)
