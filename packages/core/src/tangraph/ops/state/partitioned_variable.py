"""A variable that is kept in several slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor_conversion import register_tensor_conversion_function
from tangraph.ops.array.identity import identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tangraph.framework.dtypes import DType
    from tangraph.framework.tensor import Tensor
    from tangraph.framework.tensor_shape import TensorShape
    from tangraph.ops.state.variable_base import Variable


class PartitionedVariable:
    """Variables that are slices of one, along one axis; as a tensor, their concatenation.

    Args:
      name: the name of the whole.
      shape: its shape.
      dtype: the element type.
      variable_list: the slices, each with a `SaveSliceInfo`.
      partitions: the number of slices along each axis.

    Raises:
      TypeError: `variable_list` or `partitions` is no list.
      ValueError: they do not fit each other.
    """

    def __init__(
        self,
        name: str,
        shape: TensorShape,
        dtype: DType,
        variable_list: Sequence[Variable],
        partitions: Sequence[int],
    ) -> None:
        if not isinstance(variable_list, (list, tuple)):
            raise TypeError(f"variable_list is not a list or tuple: {variable_list}")
        if not isinstance(partitions, (list, tuple)):
            raise TypeError(f"partitions is not a list or tuple: {partitions}")
        if not all(p >= 1 for p in partitions):
            raise ValueError(f"partition values must be positive: {partitions}")
        if not variable_list:
            raise ValueError("variable_list may not be empty")
        offsets: dict[int, Any] = {}
        for variable in variable_list:
            info = variable._get_save_slice_info()
            if info is None:
                names = [v.name for v in variable_list]
                raise ValueError(f"All variables must have a save_slice_info available: {names}")
            if len(shape) != len(partitions):
                raise ValueError(f"len(shape) != len(partitions): {shape} vs. {partitions}")
            if info.full_shape != shape:
                raise ValueError(
                    f"All variables' full shapes must match shape: {shape}; but full shapes were: {[info.full_shape]}"
                )
            offsets[id(variable)] = info.var_offset
        self._variable_list = sorted(variable_list, key=lambda v: offsets[id(v)])
        self._name = name
        self._shape = shape
        self._dtype = dtype
        self._partitions = partitions

    def __iter__(self) -> Iterator[Variable]:
        return iter(self._variable_list)

    def __len__(self) -> int:
        axes = self._partition_axes()
        if len(axes) > 1:
            raise ValueError(f"Cannot get a length for {len(axes)} > 1 partition axes")
        return len(self._variable_list)

    @property
    def name(self) -> str:
        """The name of the whole."""
        return self._name

    @property
    def dtype(self) -> DType:
        """The element type."""
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        """The shape of the whole."""
        return self._shape

    def get_shape(self) -> TensorShape:
        """Returns the shape of the whole."""
        return self._shape

    def _get_variable_list(self) -> list[Variable]:
        return self._variable_list

    def _get_partitions(self) -> Sequence[int]:
        return self._partitions

    def _partition_axes(self) -> list[int]:
        return [i for i, p in enumerate(self._partitions) if p > 1] or [0]

    @property
    def _distribute_strategy(self) -> None:
        return None

    def _concat(self) -> Tensor:
        if len(self._variable_list) == 1:
            with name_scope(None):
                return identity(self._variable_list[0], name=self._name)
        axes = self._partition_axes()
        if len(axes) > 1:
            raise NotImplementedError(
                f"Cannot concatenate along more than one dimension: {axes}.  Multi-axis partition concat is not supported"
            )
        from tangraph.ops.array.concat import concat

        with name_scope(f"{self._name}/ConcatPartitions/"):
            whole = concat(self._variable_list, axes[0])
        with name_scope(None):
            return identity(whole, name=self._name)

    def as_tensor(self) -> Tensor:
        """Returns the slices, concatenated."""
        with control_dependencies(None):
            return self._concat()

    def _convert(self, dtype: DType | None = None, name: str | None = None, as_ref: bool = False) -> Tensor:
        del name
        if dtype is not None and not dtype.is_compatible_with(self.dtype):
            raise ValueError(
                f"Incompatible type conversion requested to type '{dtype.name}' for variable of type '{self.dtype.name}'"
            )
        if as_ref:
            raise NotImplementedError("PartitionedVariable doesn't support being used as a reference.")
        return self.as_tensor()

    # -- writes --------------------------------------------------------------------------------------------------

    def _for_each(self, write: Callable[[Any, Any], Any], value: Any) -> list[Any]:
        axes = self._partition_axes()
        if len(axes) > 1:
            raise NotImplementedError(
                f"Cannot do assign action along more than one dimension: {axes}.  Multi-axis partition assign action is "
                "not supported "
            )
        if isinstance(value, (list, PartitionedVariable)):
            values = list(value)
        else:
            from tangraph.ops.array.split import split

            values = split(value, [v.shape[axes[0]].value for v in self._variable_list], axis=axes[0])
        return [write(variable, part) for variable, part in zip(self._variable_list, values, strict=True)]

    def _write(self, method: str, value: Any, use_locking: bool, name: str | None, read_value: bool) -> list[Any]:
        results = self._for_each(
            lambda variable, part: getattr(variable, method)(
                part, use_locking=use_locking, name=name, read_value=read_value
            ),
            value,
        )
        return results if read_value else [r.op if hasattr(r, "op") else r for r in results]

    def assign(
        self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> list[Any]:
        """Writes a value, a list with one for each slice, or another partitioned variable; returns a list."""
        return self._write("assign", value, use_locking, name, read_value)

    def assign_add(
        self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> list[Any]:
        """Adds in place; see `assign`."""
        return self._write("assign_add", value, use_locking, name, read_value)

    def assign_sub(
        self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> list[Any]:
        """Subtracts in place; see `assign`."""
        return self._write("assign_sub", value, use_locking, name, read_value)


register_tensor_conversion_function(PartitionedVariable, PartitionedVariable._convert)
