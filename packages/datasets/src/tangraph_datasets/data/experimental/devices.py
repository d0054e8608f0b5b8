"""Datasets whose elements come on another device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes, stacks
from tangraph.framework.device import DeviceSpec
from tangraph.framework.scopes import control_dependencies, device
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.functions.concrete import concrete_function
from tangraph.ops.array.constant import constant
from tangraph.plugin import export, make_op
from tangraph_datasets.data import structure
from tangraph_datasets.data.dataset import DatasetV2, UnaryUnchangedStructureDataset
from tangraph_datasets.data.iterator import Iterator
from tangraph_datasets.data.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable


class _CopyToDeviceDataset(UnaryUnchangedStructureDataset):
    """The elements, which an iterator on the source device makes.

    Args:
      input_dataset: the dataset.
      target_device: where the elements come.
      source_device: where they are made.
    """

    def __init__(self, input_dataset: DatasetV2, target_device: str, source_device: str) -> None:
        self._is_gpu_target = DeviceSpec.from_string(target_device).device_type == "GPU"
        convert_to_tensor(source_device)
        wrapped = make_op("WrapDatasetVariant", input_dataset._variant_tensor)
        flat, spec = input_dataset._flat_structure, input_dataset.element_spec

        def init() -> Any:
            dataset = make_op("UnwrapDatasetVariant", wrapped)
            resource = make_op("AnonymousIterator", **flat)
            with control_dependencies([make_op("MakeIterator", dataset, resource)]):
                return make_op("IteratorToStringHandle", resource)

        def get_next(string_handle: Any) -> list[Any]:
            types, shapes = structure.legacy_types(spec), structure.legacy_shapes(spec)
            with device(source_device):
                iterator = Iterator.from_string_handle(string_handle, types, shapes, structure.legacy_classes(spec))
            return structure.to_tensor_list(spec, iterator.get_next())

        def finalize(string_handle: Any) -> Any:
            resource = make_op("IteratorFromStringHandleV2", string_handle, **flat)
            with control_dependencies([make_op("DestroyResourceOp", resource, ignore_lookup_error=True)]):
                return constant(0, dtypes.int64)

        handle = [TensorSpec([], dtypes.string)]
        functions = [
            concrete_function(init, "_remote_init_func", []),
            concrete_function(get_next, "_remote_next_func", handle),
            concrete_function(finalize, "_remote_finalize_func", handle),
        ]
        for function in functions:
            function.add_to_graph(stacks.get_default_graph())
        with device(target_device):
            variant = make_op(
                "GeneratorDataset",
                *(function.captured_inputs for function in functions),
                init_func=functions[0],
                next_func=functions[1],
                finalize_func=functions[2],
                **flat,
            )
        super().__init__(input_dataset, variant)


@export("data.experimental.copy_to_device", "contrib.data.copy_to_device")
def copy_to_device(target_device: str, source_device: str = "/cpu:0") -> Callable[[DatasetV2], Any]:
    """Returns the transformation that brings elements to a device.

    Args:
      target_device: the device.
      source_device: where the elements are made.
    """

    def apply(dataset: DatasetV2) -> Any:
        options = Options()
        options.experimental_optimization.apply_default_optimizations = False
        options.experimental_optimization.autotune = False
        return _CopyToDeviceDataset(dataset, target_device, source_device).with_options(options)

    return apply


@export("data.experimental.prefetch_to_device", "contrib.data.prefetch_to_device")
def prefetch_to_device(device: str, buffer_size: Any = None) -> Callable[[DatasetV2], Any]:
    """Returns the transformation that brings elements to a device ahead of time.

    Args:
      device: the device.
      buffer_size: how many elements.
    """
    return lambda dataset: dataset.apply(copy_to_device(target_device=device)).prefetch(buffer_size)
