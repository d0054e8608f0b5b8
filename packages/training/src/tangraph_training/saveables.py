"""What a Saver saves: variables by the names that checkpoints have for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import device
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import internal_convert_to_tensor
from tangraph.ops.array.identity import identity
from tangraph.ops.array.reshape import reshape
from tangraph.ops.state.partitioned_variable import PartitionedVariable
from tangraph.ops.state.resource_variable import ResourceVariable
from tangraph.ops.state.variable_base import Variable
from tangraph.ops.state.variable_ops import assign

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.dtypes import DType

_VARIABLE_OPS: Final = frozenset({"Variable", "VariableV2", "AutoReloadVariable", "VarHandleOp", "ReadVariableOp"})


class SaveSpec:
    """One tensor of a checkpoint.

    Args:
      tensor: the tensor to save, or a function that makes it whenever it is asked for.
      slice_spec: the slice of a larger tensor that it is ("4 2 0,2:-"), or "".
      name: the tensor's name in checkpoints.
      dtype: its type; needed for a function only.
      device: where it is; needed for a function only.

    Raises:
      AssertionError: a function came without a type or a device.
    """

    def __init__(
        self, tensor: Any, slice_spec: str, name: str, dtype: DType | None = None, device: str | None = None
    ) -> None:
        self._tensor = tensor
        self.slice_spec = slice_spec
        self.name = name
        if not callable(tensor):
            dtype, device = tensor.dtype, tensor.device
        elif dtype is None or device is None:
            raise AssertionError(
                "When passing a callable `tensor` to a SaveSpec, an explicit dtype and device must be provided."
            )
        self.dtype: DType = dtype
        self.device: str = device

    @property
    def tensor(self) -> Any:
        """The tensor to save. A function is called each time, as TensorFlow does: the nodes are part of its graphs."""
        return self._tensor() if callable(self._tensor) else self._tensor


class SaveableObject:
    """Something that is saved and restored; a program may give objects of its own to a Saver.

    Args:
      op: the operation or tensor that it is about.
      specs: its tensors.
      name: its name in checkpoints.
    """

    def __init__(self, op: Any, specs: Sequence[Any], name: str) -> None:
        self.op = op
        self.specs = list(specs)
        self.name = name

    @property
    def optional_restore(self) -> bool:
        """Whether a checkpoint may lack it."""
        return False

    @property
    def device(self) -> str:
        """Where its first tensor is."""
        found: str = self.specs[0].device
        return found

    def restore(self, restored_tensors: Sequence[Tensor], restored_shapes: Sequence[Any] | None) -> Any:
        """Returns the operation that takes over what was read from a checkpoint."""
        raise NotImplementedError("Calling an abstract method.")


class ReferenceVariableSaveable(SaveableObject):
    """A variable with a reference."""

    def __init__(self, variable: Any, slice_spec: str, name: str) -> None:
        reference = internal_convert_to_tensor(variable, as_ref=True)
        source = variable if isinstance(variable, Tensor) else internal_convert_to_tensor(variable)
        spec = SaveSpec(lambda: source, slice_spec, name, reference.dtype.base, reference.device)
        super().__init__(reference, [spec], name)

    def restore(self, restored_tensors: Sequence[Tensor], restored_shapes: Sequence[Any] | None) -> Any:
        """Assigns what was read."""
        value = restored_tensors[0]
        if restored_shapes is not None:
            value = reshape(value, restored_shapes[0])
        known = restored_shapes is None and self.op.get_shape().is_fully_defined()
        return assign(self.op, value, validate_shape=known)


class ResourceVariableSaveable(SaveableObject):
    """A variable behind a handle, given as itself or as a read of it."""

    def __init__(self, variable: Any, slice_spec: str, name: str) -> None:
        self._device = variable.device
        self._shape = variable.get_shape()
        if isinstance(variable, Tensor):
            self.handle_op = variable.op.inputs[0]
            make: Callable[[], Any] = lambda: variable  # noqa: E731  beside the other one
        else:
            self.handle_op = variable.handle
            make = self._reader(variable)
        spec = SaveSpec(make, slice_spec, name, variable.dtype.base, variable.device)
        super().__init__(variable, [spec], name)

    @staticmethod
    def _reader(variable: Any) -> Callable[[], Tensor]:
        def read() -> Tensor:
            with device(variable.device):
                value = variable.read_value()
                with device("/device:CPU:0"):
                    return identity(value)

        return read

    def restore(self, restored_tensors: Sequence[Tensor], restored_shapes: Sequence[Any] | None) -> Any:
        """Assigns what was read, where the variable is."""
        value = restored_tensors[0]
        if restored_shapes is not None:
            value = reshape(value, restored_shapes[0])
        with device(self._device):
            value = identity(value)
            self._shape.assert_is_compatible_with(value.get_shape())
            return make_op("AssignVariableOp", self.handle_op, value)


def saveables_of(var_list: Any) -> list[SaveableObject]:
    """Returns what a Saver's list or dict of variables stands for, sorted by name.

    Raises:
      TypeError: something in it is no variable.
      ValueError: two of them have one name, or one has two.
    """
    by_name = var_list if isinstance(var_list, dict) else _by_name(var_list)
    found: list[SaveableObject] = []
    seen: set[Any] = set()
    for name in sorted(by_name, key=str):
        if not isinstance(name, str):
            raise TypeError(
                "names_to_saveables must be a dict mapping string names to trackable operations. "
                f"Name is not a string: {name}"
            )
        for saveable in saveables_for(by_name[name], name):
            key = saveable.op.op if isinstance(saveable.op, Tensor) else saveable.op
            if key in seen:
                raise ValueError(f"The same saveable will be restored with two names: {saveable.name}")
            seen.add(key)
            found.append(saveable)
    return found


def _by_name(var_list: Any) -> dict[str, Any]:
    if not isinstance(var_list, (list, tuple, set)):
        raise TypeError(f"Variables to save should be passed in a dict or a list: {var_list}")
    result: dict[str, Any] = {}
    # Reference variables first, by name, as TensorFlow goes through them.
    for variable in sorted(set(var_list) if isinstance(var_list, set) else var_list, key=lambda v: v.name):
        if _is_saveable(variable) or isinstance(variable, PartitionedVariable):
            _insert(result, variable.name, variable)
        elif isinstance(variable, Variable) and variable._save_slice_info is not None:
            name = variable._save_slice_info.full_name or ""
            slices = result.setdefault(name, [])
            if not isinstance(slices, list):
                raise ValueError(f"Mixing slices and non-slices with the same name: {name}")
            slices.append(variable)
        else:
            tensor = _as_tensor(variable)
            owner = tensor.op.inputs[0].op if tensor.op.type == "ReadVariableOp" else tensor.op
            _insert(result, owner.name, tensor)
    return result


def _insert(result: dict[str, Any], name: str, value: Any) -> None:
    if name in result:
        raise ValueError(f"At least two variables have the same name: {name}")
    result[name] = value


def _as_tensor(variable: Any) -> Tensor:
    """A variable as the tensor that says which it is: the reference, or the read of a resource variable."""
    if isinstance(variable, ResourceVariable):
        tensor: Tensor = variable._as_graph_element()
    else:
        tensor = internal_convert_to_tensor(variable, as_ref=True)
    if not _is_variable(tensor):
        raise TypeError(f"Variable to save is not a Variable: {tensor}")
    return tensor


def _is_variable(tensor: Tensor) -> bool:
    return tensor.op.type in _VARIABLE_OPS


def _is_saveable(value: Any) -> bool:
    """Whether a value is a SaveableObject, or one of another distribution's that looks like it (a lookup table's)."""
    return isinstance(value, SaveableObject) or (hasattr(value, "specs") and callable(getattr(value, "restore", None)))


def saveables_for(value: Any, name: str) -> list[SaveableObject]:
    """Returns what a variable, a list of slices or a partitioned variable is in checkpoints.

    Raises:
      TypeError: it is none of them.
      ValueError: the slices are not those of one tensor of that name.
    """
    if _is_saveable(value):
        return [value]
    if isinstance(value, (list, tuple, PartitionedVariable)):
        return [_slice_saveable(variable, name) for variable in value]
    tensor = value if isinstance(value, Tensor) else None
    if tensor is None and isinstance(value, ResourceVariable):
        tensor = value._as_graph_element()
    elif tensor is None:
        tensor = internal_convert_to_tensor(value, as_ref=True)
    if not _is_variable(tensor):
        raise TypeError(
            f"names_to_saveables must be a dict mapping string names to Tensors/Variables. Not a variable: {tensor}"
        )
    if tensor.op.type in {"Variable", "VariableV2", "AutoReloadVariable"}:
        return [ReferenceVariableSaveable(tensor, "", name)]
    return [ResourceVariableSaveable(tensor, "", name)]


def _slice_saveable(variable: Any, name: str) -> SaveableObject:
    if not isinstance(variable, Variable):
        raise ValueError(f"Slices must all be Variables: {variable}")
    info = variable._save_slice_info
    if info is None:
        raise ValueError(f"Slices must all be slices: {variable}")
    if name != info.full_name:
        raise ValueError(f"Slices must all be from the same tensor: {name} != {info.full_name}")
    kind = ResourceVariableSaveable if isinstance(variable, ResourceVariable) else ReferenceVariableSaveable
    return kind(variable, info.spec, name)


__all__ = ["SaveSpec", "SaveableObject", "saveables_for", "saveables_of"]
