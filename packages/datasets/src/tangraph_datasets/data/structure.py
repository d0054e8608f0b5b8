"""From the elements of a dataset to flat lists of tensors and back: structures of TypeSpecs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import tangraph.framework.sparse_spec  # noqa: F401  specs of SparseTensors are found from here on
from tangraph.framework.scopes import name_scope
from tangraph.framework.sparse_spec import SparseTensorSpec
from tangraph.framework.sparse_tensor import SparseTensor
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.framework.type_spec import TypeSpec, find_type_spec
from tangraph.util.nest_base import is_namedtuple
from tangraph_datasets.data import nest

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType
    from tangraph.framework.tensor_shape import TensorShape


def type_spec_from_value(element: Any, use_fallback: bool = True) -> Any:
    """Returns the structure of specs of an element.

    Args:
      element: tensors and the like, in tuples, namedtuples and dicts.
      use_fallback: whether other values count, if they convert to a tensor.

    Raises:
      TypeError: a leaf is no tensor and does not become one.
    """
    spec = find_type_spec(element)
    if spec is not None:
        return spec
    if isinstance(element, dict):
        result = element.copy()
        for key in element:
            result[key] = type_spec_from_value(element[key])
        return result
    if isinstance(element, tuple):
        specs = [type_spec_from_value(part) for part in element]
        return type(element)(*specs) if is_namedtuple(element) else tuple(specs)
    if use_fallback:
        try:
            tensor = convert_to_tensor(element)
        except (ValueError, TypeError):
            pass
        else:
            return TensorSpec(tensor.shape, tensor.dtype)
    raise TypeError(f"Could not build a TypeSpec for {element!r} with type {type(element).__name__}")


def normalize_element(element: Any) -> Any:
    """Returns an element whose leaves are tensors, or values made of tensors."""
    from tangraph_datasets.data.spec import DatasetSpec

    with name_scope("normalize_element"):
        leaves: list[Any] = []
        for index, leaf in enumerate(nest.flatten(element)):
            spec = find_type_spec(leaf)
            if isinstance(spec, SparseTensorSpec):
                leaves.append(SparseTensor.from_value(leaf))
            elif isinstance(spec, DatasetSpec) or (spec is not None and not isinstance(spec, TensorSpec)):
                leaves.append(leaf)
            else:
                leaves.append(convert_to_tensor(leaf, name=f"component_{index}"))
    return nest.pack_sequence_as(element, leaves)


def convert_legacy_structure(output_types: Any, output_shapes: Any, output_classes: Any) -> Any:
    """Returns the structure of specs for structures of types, shapes and classes.

    Raises:
      TypeError: a class that cannot be an element.
    """
    flat = []
    for kind, dtype, shape in zip(
        nest.flatten(output_classes), nest.flatten(output_types), nest.flatten(output_shapes), strict=False
    ):
        if isinstance(kind, TypeSpec):
            flat.append(kind)
        elif issubclass(kind, SparseTensor):
            flat.append(SparseTensorSpec(shape, dtype))
        elif issubclass(kind, Tensor):
            flat.append(TensorSpec(shape, dtype))
        else:
            raise TypeError(f"Could not build a structure for output class {kind!r}")
    return nest.pack_sequence_as(output_classes, flat)


def legacy_types(element_spec: Any) -> Any:
    """Returns the types of a structure of specs."""
    return nest.map_structure(lambda spec: spec._to_legacy_output_types(), element_spec)


def legacy_shapes(element_spec: Any) -> Any:
    """Returns the shapes of a structure of specs."""
    return nest.map_structure(lambda spec: spec._to_legacy_output_shapes(), element_spec)


def legacy_classes(element_spec: Any) -> Any:
    """Returns the classes of a structure of specs."""
    return nest.map_structure(lambda spec: spec._to_legacy_output_classes(), element_spec)


def get_flat_tensor_specs(element_spec: Any) -> list[TensorSpec]:
    """Returns the specs of the tensors that stand for an element."""
    return [tensor for spec in nest.flatten(element_spec) for tensor in spec._flat_tensor_specs]


def get_flat_tensor_shapes(element_spec: Any) -> list[TensorShape]:
    """Returns the shapes of the tensors that stand for an element."""
    return [spec.shape for spec in get_flat_tensor_specs(element_spec)]


def get_flat_tensor_types(element_spec: Any) -> list[DType]:
    """Returns the types of the tensors that stand for an element."""
    return [spec.dtype for spec in get_flat_tensor_specs(element_spec)]


def _encode(encode: Callable[[TypeSpec, Any], list[Any]], element_spec: Any, element: Any) -> list[Any]:
    nest.assert_same_structure(element_spec, element)
    pairs = zip(nest.flatten(element_spec), nest.flatten(element), strict=True)
    return [tensor for spec, leaf in pairs for tensor in encode(spec, leaf)]


def to_tensor_list(element_spec: Any, element: Any) -> list[Any]:
    """Returns the tensors that stand for an element."""
    return _encode(lambda spec, leaf: spec._to_tensor_list(leaf), element_spec, element)


def to_batched_tensor_list(element_spec: Any, element: Any) -> list[Any]:
    """Returns the tensors whose rows stand for the rows of an element."""
    return _encode(lambda spec, leaf: spec._to_batched_tensor_list(leaf), element_spec, element)


def _decode(decode: Callable[[Any, list[Any]], Any], element_spec: Any, tensor_list: Any) -> Any:
    specs = nest.flatten(element_spec)
    lengths = [len(spec._flat_tensor_specs) for spec in specs]
    if sum(lengths) != len(tensor_list):
        raise ValueError(f"Expected {sum(lengths)} tensors but got {len(tensor_list)}.")
    leaves, start = [], 0
    for spec, length in zip(specs, lengths, strict=True):
        leaves.append(decode(spec, list(tensor_list[start : start + length])))
        start += length
    return nest.pack_sequence_as(element_spec, leaves)


def from_tensor_list(element_spec: Any, tensor_list: Any) -> Any:
    """Returns the element for which tensors stand.

    Raises:
      ValueError: they do not fit the specs.
    """
    return _decode(lambda spec, tensors: spec._from_tensor_list(tensors), element_spec, tensor_list)


def from_compatible_tensor_list(element_spec: Any, tensor_list: Any) -> Any:
    """As :func:`from_tensor_list`, of tensors that are known to fit."""
    return _decode(lambda spec, tensors: spec._from_compatible_tensor_list(tensors), element_spec, tensor_list)


def are_compatible(spec1: Any, spec2: Any) -> bool:
    """Says whether two structures of specs fit each other."""
    try:
        nest.assert_same_structure(spec1, spec2)
    except (TypeError, ValueError):
        return False
    pairs = list(zip(nest.flatten(spec1), nest.flatten(spec2), strict=True))
    return all(a.is_compatible_with(b) and b.is_compatible_with(a) for a, b in pairs)
