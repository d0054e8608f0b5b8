"""From the elements of a dataset to one state: `reduce`, and how the states of functions get their structure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import stacks
from tangraph.framework.scopes import name_scope
from tangraph.plugin import make_op
from tangraph_datasets.data import nest, structure
from tangraph_datasets.data.functions import StructuredFunctionWrapper

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph_datasets.data.dataset import DatasetV2


class StatefulFunction:
    """A function of a state, which is built again with less known shapes until its states keep theirs.

    Args:
      make: builds the function for the structure of specs of a state.
      element_spec: that of the first state.
      what: stands before "must match" in errors: "The element {} for the new state".
      new_state: from the structure of what the function returns to that of the new state.

    Attributes:
      state: the structure of specs of all states.
      wrapped: the function.
    """

    def __init__(
        self,
        make: Callable[[Any], StructuredFunctionWrapper],
        element_spec: Any,
        new_state: Callable[[Any], Any] = lambda made: made,
        what: str = "The element {} for the new state must match the initial state.",
    ) -> None:
        self.state = element_spec
        while True:
            self.wrapped = make(self.state)
            made = new_state(self.wrapped.output_structure)
            self._check(made, what)
            shapes = structure.legacy_shapes(self.state)
            weaker = _weaker(nest.flatten(shapes), nest.flatten(structure.legacy_shapes(made)))
            if weaker is None:
                return
            types, classes = structure.legacy_types(self.state), structure.legacy_classes(self.state)
            self.state = structure.convert_legacy_structure(types, nest.pack_sequence_as(shapes, weaker), classes)

    def _check(self, made: Any, what: str) -> None:
        classes, new_classes = structure.legacy_classes(self.state), structure.legacy_classes(made)
        for new, known in zip(nest.flatten(new_classes), nest.flatten(classes), strict=False):
            if not _is_subclass(new, known):
                raise TypeError(f"{what.format('classes')} Expected {classes}; got {new_classes}.")
        types, new_types = structure.legacy_types(self.state), structure.legacy_types(made)
        for new, known in zip(nest.flatten(new_types), nest.flatten(types), strict=False):
            if new != known:
                raise TypeError(f"{what.format('types')} Expected {types}; got {new_types}.")


def _is_subclass(new: Any, known: Any) -> bool:
    return issubclass(new, known) if isinstance(new, type) and isinstance(known, type) else bool(new == known)


def _weaker(shapes: list[Any], new_shapes: list[Any]) -> list[Any] | None:
    """Returns the shapes that both fit, or None where those are the first ones."""
    common = [one.most_specific_compatible_shape(new) for one, new in zip(shapes, new_shapes, strict=False)]
    for shape, found in zip(shapes, common, strict=True):
        if shape.ndims is not None and (found.ndims is None or shape.as_list() != found.as_list()):
            return common
    return None


def reduce(dataset: DatasetV2, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
    """Returns the last state that a function makes of the elements; see `Dataset.reduce`."""
    with name_scope("initial_state"):
        initial_state = structure.normalize_element(initial_state)

    def make(state: Any) -> StructuredFunctionWrapper:
        spec = (state, dataset.element_spec)
        return StructuredFunctionWrapper(reduce_func, "reduce()", input_structure=spec, add_to_graph=False)

    found = StatefulFunction(make, structure.type_spec_from_value(initial_state))
    function = found.wrapped.function
    function.add_to_graph(stacks.get_default_graph())
    tensors = make_op(
        "ReduceDataset",
        dataset._variant_tensor,
        structure.to_tensor_list(found.state, initial_state),
        function.captured_inputs,
        f=function,
        output_shapes=structure.get_flat_tensor_shapes(found.state),
        output_types=structure.get_flat_tensor_types(found.state),
    )
    return structure.from_compatible_tensor_list(found.state, tensors)
