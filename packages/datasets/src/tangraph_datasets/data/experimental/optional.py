"""Optional: an element, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.framework.type_spec import TypeSpec
from tangraph.plugin import export, make_op
from tangraph_datasets.data import structure

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor
    from tangraph_datasets.data.iterator import Iterator


@export("data.experimental.Optional", "contrib.data.Optional")
class Optional:
    """An element that may be missing; see :func:`get_next_as_optional`."""

    def has_value(self, name: str | None = None) -> Tensor:
        """Returns a bool scalar: whether there is an element."""
        raise NotImplementedError("Optional.has_value()")

    def get_value(self, name: str | None = None) -> Any:
        """Returns the element; where there is none, it raises InvalidArgumentError in a run."""
        raise NotImplementedError("Optional.get_value()")

    @property
    def value_structure(self) -> Any:
        """The structure of TypeSpecs of the element."""
        raise NotImplementedError("Optional.value_structure")

    @staticmethod
    def from_value(value: Any) -> Optional:
        """Returns the Optional of an element."""
        with name_scope("optional") as scope, name_scope("value"):
            spec = structure.type_spec_from_value(value)
            tensors = structure.to_tensor_list(spec, value)
        return _OptionalImpl(make_op("OptionalFromValue", tensors, name=scope), spec)

    @staticmethod
    def none_from_structure(value_structure: Any) -> Optional:
        """Returns the Optional of no element, of a structure of TypeSpecs."""
        return _OptionalImpl(make_op("OptionalNone"), value_structure)


class _OptionalImpl(Optional):
    def __init__(self, variant_tensor: Tensor, value_structure: Any) -> None:
        self._variant_tensor = variant_tensor
        self._value_structure = value_structure

    def has_value(self, name: str | None = None) -> Tensor:
        """See `Optional.has_value`."""
        result: Tensor = make_op("OptionalHasValue", self._variant_tensor, name=name)
        return result

    def get_value(self, name: str | None = None) -> Any:
        """See `Optional.get_value`."""
        with name_scope(name, "OptionalGetValue", [self._variant_tensor]) as scope:
            tensors = make_op(
                "OptionalGetValue",
                self._variant_tensor,
                name=scope,
                output_types=structure.get_flat_tensor_types(self._value_structure),
                output_shapes=structure.get_flat_tensor_shapes(self._value_structure),
            )
            return structure.from_tensor_list(self._value_structure, tensors)

    @property
    def value_structure(self) -> Any:
        """See `Optional.value_structure`."""
        return self._value_structure

    @property
    def _type_spec(self) -> OptionalSpec:
        return OptionalSpec(self._value_structure)


@export("OptionalSpec", "data.experimental.OptionalStructure")
class OptionalSpec(TypeSpec):
    """The type of an Optional.

    Args:
      value_structure: the structure of TypeSpecs of the element.
    """

    def __init__(self, value_structure: Any) -> None:
        self._value_structure = value_structure

    @staticmethod
    def from_value(value: Any) -> OptionalSpec:
        """Returns the spec of an Optional."""
        return OptionalSpec(value.value_structure)

    @property
    def value_type(self) -> Any:
        """The class of the values."""
        return _OptionalImpl

    def _serialize(self) -> tuple[Any, ...]:
        return (self._value_structure,)

    @property
    def _component_specs(self) -> Any:
        return TensorSpec((), dtypes.variant)

    def _components_of(self, value: Any) -> Any:
        return value._variant_tensor

    def _made_of(self, components: Any) -> Any:
        return _OptionalImpl(components, self._value_structure)

    def _to_legacy_output_types(self) -> Any:
        return self

    def _to_legacy_output_shapes(self) -> Any:
        return self

    def _to_legacy_output_classes(self) -> Any:
        return self


@export("data.experimental.get_next_as_optional", "contrib.data.get_next_as_optional")
def get_next_as_optional(iterator: Iterator) -> Optional:
    """Returns the next element of an iterator, or none at its end, as an Optional."""
    variant = make_op(
        "IteratorGetNextAsOptional",
        iterator._iterator_resource,
        output_types=structure.get_flat_tensor_types(iterator.element_spec),
        output_shapes=structure.get_flat_tensor_shapes(iterator.element_spec),
    )
    return _OptionalImpl(variant, iterator.element_spec)
