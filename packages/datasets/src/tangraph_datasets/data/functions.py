"""From a Python function of elements to a function of the graph."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from tangraph.framework import stacks
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.functions.concrete import concrete_function
from tangraph.functions.names import function_name, uid
from tangraph_datasets.data import structure

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph_datasets.data.dataset import DatasetV2


class StructuredFunctionWrapper:
    """A function of elements, built once for the structure that they have.

    Args:
      func: takes an element (its parts, where it is a tuple), returns a structure of tensors.
      transformation_name: what it is for, in names and errors: ``"Dataset.map()"``.
      dataset: whose elements it takes; or
      input_structure: the structure of specs of what it takes.
      add_to_graph: whether the graph gets the function now.
      use_legacy_function: whether `Defun` makes it.

    Raises:
      TypeError: it returns something that cannot be an element.

    Attributes:
      function: the function of the graph, with `captured_inputs`.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        transformation_name: str,
        dataset: DatasetV2 | None = None,
        input_structure: Any = None,
        add_to_graph: bool = True,
        use_legacy_function: bool = False,
    ) -> None:
        self._func = func
        self._transformation_name = transformation_name
        self._input_structure = input_structure if dataset is None else dataset.element_spec
        self._output_structure: Any = None
        readable = transformation_name.replace(".", "_")[:-2]
        name = f"{readable}_{function_name(func)}"
        self.function: Any = self._legacy(name) if use_legacy_function else self._concrete(name)
        if add_to_graph:
            self.function.add_to_graph(stacks.get_default_graph())
        if not use_legacy_function:
            self._warn_of_seed(name)

    def _call(self, args: Any) -> list[Any]:
        nested = structure.from_compatible_tensor_list(self._input_structure, args)
        if type(nested) is not tuple:
            nested = (nested,)
        result = self._func(*nested)
        if isinstance(result, list):
            result = tuple(result)
        try:
            self._output_structure = structure.type_spec_from_value(result)
        except (ValueError, TypeError):
            raise TypeError(
                f"Unsupported return value from function passed to {self._transformation_name}: {result}."
            ) from None
        return structure.to_tensor_list(self._output_structure, result)

    def _concrete(self, name: str) -> Any:
        def wrapper(*args: Any) -> list[Any]:
            return [convert_to_tensor(tensor) for tensor in self._call(args)]

        return concrete_function(wrapper, name, structure.get_flat_tensor_specs(self._input_structure))

    def _legacy(self, name: str) -> Any:
        from tangraph.functions.defun import Defun

        types = structure.get_flat_tensor_types(self._input_structure)
        function = Defun(*types, func_name=f"{name}_{uid()}")(lambda *args: self._call(args))
        function._create_definition_if_needed()
        return function

    def _warn_of_seed(self, name: str) -> None:
        seed, graph = stacks.get_default_graph().seed, self.function.graph
        if seed and graph.seed == seed and getattr(graph, "_seed_used", False):
            warnings.warn(
                f"Seed {seed} from outer graph might be getting used by function {name}, if the random op has not been "
                "provided any seed. Explicitly set the seed in the function if this is not the intended behavior.",
                stacklevel=4,
            )

    @property
    def output_structure(self) -> Any:
        """The structure of specs of what the function returns."""
        return self._output_structure

    @property
    def output_classes(self) -> Any:
        """The structure of classes of what the function returns."""
        return structure.legacy_classes(self._output_structure)

    @property
    def output_shapes(self) -> Any:
        """The structure of shapes of what the function returns."""
        return structure.legacy_shapes(self._output_structure)

    @property
    def output_types(self) -> Any:
        """The structure of types of what the function returns."""
        return structure.legacy_types(self._output_structure)
