"""TypeSpec: what stands for the type of a value.

A spec knows how its values become lists of tensors and how they come back, so that datasets, functions and iterators
can carry values that are made of several tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.dtypes import DType
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape

if TYPE_CHECKING:
    from tangraph.framework.tensor_spec import TensorSpec


@export("TypeSpec", "data.experimental.Structure")
class TypeSpec:
    """The type of a value: a subclass for each kind of value.

    Two specs are compatible when a value of one may stand where one of the other is expected.
    """

    @property
    def value_type(self) -> Any:
        """The class of the values."""
        raise NotImplementedError(f"{type(self).__name__}.value_type")

    def _serialize(self) -> tuple[Any, ...]:
        """Returns the arguments with which the class makes an equal spec."""
        raise NotImplementedError(f"{type(self).__name__}._serialize()")

    @property
    def _component_specs(self) -> Any:
        """The specs of the parts of a value."""
        raise NotImplementedError(f"{type(self).__name__}._component_specs")

    def _components_of(self, value: Any) -> Any:
        """Returns the parts of a value."""
        raise NotImplementedError(f"{type(self).__name__}._components_of()")

    def _made_of(self, components: Any) -> Any:
        """Returns the value that is made of these parts."""
        raise NotImplementedError(f"{type(self).__name__}._made_of()")

    @property
    def _flat_tensor_specs(self) -> list[TensorSpec]:
        """The specs of the tensors that stand for a value in a dataset."""
        specs = self._component_specs
        return list(specs) if isinstance(specs, (list, tuple)) else [specs]

    def _to_tensor_list(self, value: Any) -> list[Any]:
        """Returns the tensors that stand for a value in a dataset."""
        components = self._components_of(value)
        return list(components) if isinstance(components, (list, tuple)) else [components]

    def _from_tensor_list(self, tensor_list: list[Any]) -> Any:
        """Returns the value for which these tensors stand.

        Raises:
          ValueError: they are too many, too few, or of wrong types.
        """
        expected = self._flat_tensor_specs
        if len(tensor_list) != len(expected):
            raise ValueError("Incompatible input: wrong number of tensors")
        for index, (tensor, spec) in enumerate(zip(tensor_list, expected, strict=True)):
            if not type_spec_from_value(tensor).is_compatible_with(spec):
                raise ValueError(f"Incompatible input: tensor {index} ({tensor}) is incompatible with {spec}")
        return self._from_compatible_tensor_list(tensor_list)

    def _from_compatible_tensor_list(self, tensor_list: list[Any]) -> Any:
        """As `_from_tensor_list`, of tensors that are known to fit."""
        many = isinstance(self._component_specs, (list, tuple))
        return self._made_of(tensor_list if many else tensor_list[0])

    def _to_batched_tensor_list(self, value: Any) -> list[Any]:
        """Returns tensors whose rows stand for the rows of a value.

        Raises:
          ValueError: there are none, since a part is a scalar.
        """
        tensors = self._to_tensor_list(value)
        if any(tensor.raw_shape == () for tensor in tensors):
            raise ValueError(f"Value {value} has insufficient rank for batching.")
        return tensors

    def _batch(self, batch_size: int | None) -> TypeSpec:
        """Returns the spec of a batch of such values."""
        raise NotImplementedError(f"{type(self).__name__}._batch")

    def _unbatch(self) -> TypeSpec:
        """Returns the spec of one of the rows of such a value."""
        raise NotImplementedError(f"{type(self).__name__}._unbatch")

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Says whether a value, or values of a spec, fit this one."""
        other = spec_or_value if isinstance(spec_or_value, TypeSpec) else type_spec_from_value(spec_or_value)
        return type(self) is type(other) and _compatible(self._serialize(), other._serialize())

    def most_specific_compatible_type(self, other: TypeSpec) -> TypeSpec:
        """Returns the narrowest spec that both fit.

        Raises:
          ValueError: there is none.
        """
        if type(self) is not type(other):
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        return type(self)(*_common(self._serialize(), other._serialize()))

    def _to_legacy_output_types(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__}._to_legacy_output_types()")

    def _to_legacy_output_shapes(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__}._to_legacy_output_shapes()")

    def _to_legacy_output_classes(self) -> Any:
        return self.value_type

    def _key(self) -> Any:
        return type(self), _hashable(self._serialize())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeSpec) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __reduce__(self) -> Any:
        return type(self), self._serialize()

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self._serialize()!r}"


def _hashable(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((key, _hashable(value[key])) for key in sorted(value))
    if isinstance(value, (list, tuple)):
        return tuple(_hashable(item) for item in value)
    if isinstance(value, TensorShape):
        return TensorShape, None if value.ndims is None else tuple(value.as_list())
    return value


def _compatible(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, tuple):
        return len(a) == len(b) and all(_compatible(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return sorted(a) == sorted(b) and all(_compatible(a[key], b[key]) for key in a)
    if isinstance(a, (TypeSpec, TensorShape, DType)):
        return bool(a.is_compatible_with(b))
    return bool(a == b)


def _common(a: Any, b: Any) -> Any:
    if type(a) is not type(b) or (isinstance(a, tuple) and len(a) != len(b)):
        raise ValueError(f"Types are not compatible: {a!r} vs {b!r}")
    if isinstance(a, tuple):
        return tuple(_common(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and sorted(a) == sorted(b):
        return {key: _common(a[key], b[key]) for key in sorted(a)}
    if isinstance(a, TensorShape):
        return a.most_specific_compatible_shape(b)
    if isinstance(a, TypeSpec):
        return a.most_specific_compatible_type(b)
    if a != b:
        raise ValueError(f"Types are not compatible: {a!r} vs {b!r}")
    return a


_converters: list[tuple[type, Callable[[Any], TypeSpec]]] = []


def register_type_spec_from_value_converter(kind: type, converter: Callable[[Any], TypeSpec]) -> None:
    """Says how the spec of a value of a class is made; the latest that fits is used."""
    _converters.append((kind, converter))


def find_type_spec(value: Any) -> TypeSpec | None:
    """Returns the spec of a tensor, an array, or a value that knows its own (`_type_spec`); None for others."""
    own = getattr(value, "_type_spec", None)
    if isinstance(own, TypeSpec):
        return own
    if isinstance(value, list) and value:
        specs = [find_type_spec(item) for item in value]
        try:
            return _batched(specs)
        except (ValueError, TypeError):
            return None
    for kind, converter in reversed(_converters):
        if isinstance(value, kind):
            found: TypeSpec = converter(value)
            return found
    return None


def _batched(specs: list[TypeSpec | None]) -> TypeSpec | None:
    merged = specs[0]
    if merged is None:
        return None
    for spec in specs[1:]:
        if spec is None:
            return None
        merged = merged.most_specific_compatible_type(spec)
    return merged._batch(len(specs))


def type_spec_from_value(value: Any) -> TypeSpec:
    """Returns the spec of a value, which is converted to a tensor where that is needed.

    Raises:
      TypeError: it is no tensor, and cannot become one.
    """
    spec = find_type_spec(value)
    if spec is not None:
        return spec
    try:
        spec = find_type_spec(convert_to_tensor(value))
    except (ValueError, TypeError):
        spec = None
    if spec is None:
        raise TypeError(f"Could not build a TypeSpec for {value!r} with type {type(value).__name__}")
    return spec
