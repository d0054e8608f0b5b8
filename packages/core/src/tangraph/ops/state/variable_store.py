"""The variables of one graph by name, which `get_variable` makes and shares."""

from __future__ import annotations

import enum
import inspect
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import dtypes, stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.init_scope import init_scope
from tangraph.framework.scopes import colocate_with, name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape, as_shape
from tangraph.ops.state import use_resource as defaults
from tangraph.ops.state.partitioned_variable import PartitionedVariable
from tangraph.ops.state.partitioning import PartitionInfo, call_partitioner, slices
from tangraph.ops.state.save_slice_info import SaveSliceInfo
from tangraph.ops.state.variable_base import (
    Variable,
    VariableAggregation,
    VariableSynchronization,
    validate_modes,
)

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType


class _ReuseMode(enum.Enum):
    """What `reuse` may be besides True, False and None."""

    AUTO_REUSE = 1


#: For `reuse`: make the variable when there is none, else share it.
AUTO_REUSE: Final = _ReuseMode.AUTO_REUSE
__tf_values__ = {"AUTO_REUSE": AUTO_REUSE}

_HINT: Final = "Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope?"


class VariableStore:
    """Variables by their full names."""

    def __init__(self) -> None:
        self._vars: dict[str, Any] = {}
        self._partitioned_vars: dict[str, PartitionedVariable] = {}

    def get_variable(
        self,
        name: str,
        *,
        custom_getter: Any = None,
        dtype: Any = dtypes.float32,
        constraint: Any = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
        trainable: bool | None = None,
        **options: Any,
    ) -> Any:
        """Makes a variable or returns the one of that name; see `tf.get_variable`.

        Args:
          name: with the scopes' names.
          custom_getter: a function that is called in place of this method, with the rest of it as `getter`.
          dtype, constraint, synchronization, aggregation, trainable, **options: as `get_variable` takes them, and `reuse`.
        """
        if custom_getter is not None and not callable(custom_getter):
            raise ValueError(f"Passed a custom_getter which is not callable: {custom_getter}")
        dtype = getattr(dtype, "base_dtype", dtype)
        synchronization, aggregation, trainable = validate_modes(synchronization, aggregation, trainable, name)
        options.update(dtype=dtype, trainable=trainable, synchronization=synchronization, aggregation=aggregation)
        if custom_getter is None:
            return self._true_getter(name, constraint=constraint, **options)
        if _takes(custom_getter, "constraint"):
            options["constraint"] = constraint
        return custom_getter(getter=self._true_getter, name=name, **options)

    def _true_getter(
        self,
        name: str,
        shape: Any = None,
        dtype: Any = dtypes.float32,
        initializer: Any = None,
        regularizer: Any = None,
        reuse: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        validate_shape: bool = True,
        use_resource: bool | None = None,
        constraint: Any = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
    ) -> Any:
        options = {
            "trainable": trainable,
            "collections": collections,
            "caching_device": caching_device,
            "validate_shape": validate_shape,
            "use_resource": use_resource,
            "constraint": constraint,
            "synchronization": synchronization,
            "aggregation": aggregation,
        }
        is_scalar = isinstance(shape, Sequence) and not shape
        if partitioner is not None and not is_scalar:
            if not callable(partitioner):
                raise ValueError(f"Partitioner must be callable, but received: {partitioner}")
            with name_scope(None):
                return self.get_partitioned_variable(
                    name, partitioner, shape, dtype, initializer, regularizer, reuse, options
                )
        if reuse is True and partitioner is None and name in self._partitioned_vars:
            return self.get_partitioned_variable(name, None, shape, dtype, initializer, regularizer, reuse, options)
        if f"{name}/part_0" in self._vars:
            raise ValueError(
                f"No partitioner was provided, but a partitioned version of the variable was found: {name}/part_0. "
                "Perhaps a variable of the same name was already created with partitioning?"
            )
        return self._get_single_variable(name, shape, dtype, initializer, regularizer, reuse, None, options)

    # -- partitioned variables -----------------------------------------------------------------------------------

    def get_partitioned_variable(
        self,
        name: str,
        partitioner: Any,
        shape: Any,
        dtype: Any,
        initializer: Any,
        regularizer: Any,
        reuse: Any,
        options: dict[str, Any],
    ) -> PartitionedVariable:
        """Makes a partitioned variable, or returns the one of that name."""
        if name in self._vars:
            raise ValueError(
                f"A partitioner was provided, but an unpartitioned version of the variable was found: {name}.  Perhaps a "
                "variable of the same name was already created without partitioning?"
            )
        shape = as_shape(shape)
        if isinstance(initializer, Tensor):
            shape = shape.merge_with(initializer.get_shape())
        partitions = call_partitioner(partitioner, shape, dtype) if not reuse or partitioner else None
        if name in self._partitioned_vars:
            return self._shared_partitioned(name, shape, dtype, partitions, reuse)
        if reuse is True:
            raise ValueError(
                f"PartitionedVariable {name} does not exist, or was not created with tf.get_variable(). Did you mean to "
                "set reuse=False or reuse=tf.AUTO_REUSE in VarScope?"
            )
        assert partitions is not None
        self._check_parts(name, max(partitions))
        parts = []
        for i, (offset, part_shape) in enumerate(slices(shape.as_list(), partitions)):
            info = PartitionInfo(full_shape=shape.as_list(), var_offset=offset)
            part_name = f"{name}/part_{i}"
            with name_scope(f"{part_name}/PartitionedInitializer"):
                init, dtype, init_shape = _part_initializer(name, initializer, dtype, offset, part_shape)
            with name_scope(None):
                part = self._get_single_variable(part_name, init_shape, dtype, init, regularizer, reuse, info, options)
            part._set_save_slice_info(SaveSliceInfo(name, shape.as_list(), offset, part_shape))
            parts.append(part)
        whole = PartitionedVariable(name, shape, dtype, parts, partitions)
        self._partitioned_vars[name] = whole
        return whole

    def _shared_partitioned(
        self, name: str, shape: TensorShape, dtype: DType, partitions: Any, reuse: Any
    ) -> PartitionedVariable:
        if reuse is False:
            raise ValueError(f"Partitioned variable with name {name} already exists. {_HINT}")
        found = self._partitioned_vars[name]
        for what, given, known, fits in (
            ("shape", shape, found.get_shape(), shape.is_compatible_with(found.get_shape())),
            ("dtype", dtype.name, found.dtype.name, dtype.is_compatible_with(found.dtype)),
            ("partitions", partitions, found._get_partitions(), partitions in (None, found._get_partitions())),
        ):
            if not fits:
                raise ValueError(
                    f"Trying to reuse partitioned variable {name}, but specified {what} {given} and found {what} {known}."
                )
        return found

    def _check_parts(self, name: str, count: int) -> None:
        if f"{name}/part_0" not in self._vars:
            return
        prefix = (
            "Partitioner returned a different partitioning than what was already found.  Partitioner returned "
            f"{count} shards, and shard {name}/part_0 was found, but"
        )
        if f"{name}/part_{count - 1}" not in self._vars:
            raise ValueError(f"{prefix} {name}/part_{count - 1} was not.")
        if f"{name}/part_{count}" in self._vars:
            raise ValueError(f"{prefix} so was the extra shard {name}/part_{count}.")

    # -- single variables ----------------------------------------------------------------------------------------

    def _get_single_variable(
        self,
        name: str,
        shape: Any,
        dtype: Any,
        initializer: Any,
        regularizer: Any,
        reuse: Any,
        partition_info: PartitionInfo | None,
        options: dict[str, Any],
    ) -> Any:
        from_value = initializer is not None and not callable(initializer)
        if shape is not None and from_value:
            raise ValueError("If initializer is a constant, do not specify shape.")
        dtype = dtypes.as_dtype(dtype)
        shape = as_shape(shape)
        if name in self._vars:
            return self._shared(name, shape, dtype, reuse)
        if reuse is True:
            raise ValueError(
                f"Variable {name} does not exist, or was not created with tf.get_variable(). Did you mean to set "
                "reuse=tf.AUTO_REUSE in VarScope?"
            )
        if initializer is None:
            initializer = _default_initializer(name, dtype)
        if from_value:
            initial_value, variable_dtype = initializer, None
        else:
            initial_value, variable_dtype = _bound_initializer(initializer, shape, dtype, partition_info)
        if options["use_resource"] is None:
            options = {**options, "use_resource": defaults.resource_variables_enabled()}
        make: Any = Variable
        variable = make(initial_value=initial_value, name=name, dtype=variable_dtype, **options)
        self._vars[name] = variable
        if regularizer:
            _regularize(name, variable, regularizer)
        return variable

    def _shared(self, name: str, shape: TensorShape, dtype: DType, reuse: Any) -> Any:
        found = self._vars[name]
        if reuse is False:
            message = f"Variable {name} already exists, disallowed. {_HINT}"
            if not found.dtype.is_ref:
                raise ValueError(message)
            lines = "".join(traceback.format_list(found.op.traceback[::-1][:5]))
            raise ValueError(f"{message} Originally defined at:\n\n{lines}")
        if not shape.is_compatible_with(found.get_shape()):
            raise ValueError(
                f"Trying to share variable {name}, but specified shape {shape} and found shape {found.get_shape()}."
            )
        if not dtype.is_compatible_with(found.dtype):
            raise ValueError(
                f"Trying to share variable {name}, but specified dtype {dtype.name} and found dtype {found.dtype.name}."
            )
        return found


def _takes(function: Any, parameter: str) -> bool:
    """Says whether a function has a parameter of that name, or takes any keyword."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return True
    return parameter in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def _default_initializer(name: str, dtype: DType) -> Any:
    from tangraph.ops.state.initializers import GlorotUniform, Zeros

    if dtype.is_floating:
        return GlorotUniform()
    if dtype.is_integer or dtype.is_unsigned or dtype.is_bool or dtype.base is dtypes.string:
        return Zeros()
    raise ValueError(f"An initializer for variable {name} of {dtype.base} is required")


def _part_initializer(
    name: str, initializer: Any, dtype: Any, offset: list[int], shape: list[int]
) -> tuple[Any, Any, list[int] | None]:
    """Returns the initializer of one slice, its element type, and the shape that it is to be called with."""
    if initializer is None:
        return _default_initializer(name, dtypes.as_dtype(dtype)), dtype, shape
    if callable(initializer):
        return initializer, dtype, shape
    from tangraph.ops.array.slicing import slice as cut

    if isinstance(initializer, Tensor):
        part = cut(initializer, offset, shape)
        return part, part.dtype.base, None
    return cut(convert_to_tensor(initializer, dtype=dtype), offset, shape), dtype, None


def _bound_initializer(
    initializer: Any, shape: TensorShape, dtype: DType, partition_info: PartitionInfo | None
) -> tuple[Any, DType | None]:
    """Returns a function without arguments that makes the initial value, and the type that the variable is to have."""
    if inspect.isclass(initializer):
        initializer = initializer()
    if shape.is_fully_defined():
        sizes = shape.as_list()
        return lambda: initializer(sizes, dtype=dtype, partition_info=partition_info), dtype.base
    required = [
        p for p in inspect.signature(initializer).parameters.values() if p.default is p.empty and p.kind not in {2, 4}
    ]
    if required:
        raise ValueError(
            "The initializer passed is not valid. It should be a callable with no arguments and the shape should not be "
            "provided or an instance of `tf.keras.initializers.*' and `shape` should be fully defined."
        )
    return initializer, None


def _regularize(name: str, variable: Any, regularizer: Any) -> None:
    with colocate_with(variable), name_scope(f"{name}/Regularizer/"), init_scope():
        loss = regularizer(variable)
    if loss is not None:
        stacks.get_default_graph().add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)
