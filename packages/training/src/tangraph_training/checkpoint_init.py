"""init_from_checkpoint: variables that are initialised from a checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import device
from tangraph.framework.tensor import Tensor
from tangraph.ops.state.partitioned_variable import PartitionedVariable
from tangraph.ops.state.resource_variable import ResourceVariable
from tangraph.ops.state.variable_base import Variable
from tangraph.ops.state.variable_ops import assign
from tangraph.util import tf_logging
from tangraph_interop.checkpoint.reader import CheckpointReader
from tangraph_interop.checkpoint.state import latest_checkpoint

if TYPE_CHECKING:
    from collections.abc import Mapping


@export("train.init_from_checkpoint")
def init_from_checkpoint(ckpt_dir_or_file: str, assignment_map: Mapping[str, Any]) -> None:
    """Makes variables that exist take their initial values from a checkpoint.

    Args:
      ckpt_dir_or_file: the checkpoint, or a folder whose latest one is meant.
      assignment_map: from names in the checkpoint to variables, their names, lists of slices, or partitioned
        variables; from "scope/" to "other_scope/" for all variables of a scope ("/" is the root).

    Raises:
      ValueError: a tensor is not in the checkpoint, a variable does not exist, or their shapes differ.
    """
    path = _checkpoint(ckpt_dir_or_file)
    reader = CheckpointReader(path)
    shapes = reader.get_variable_to_shape_map()
    for name, target in sorted(assignment_map.items()):
        found = _variable_of(target)
        if found is not None:
            _init(path, shapes, name, found, ckpt_dir_or_file)
        elif (isinstance(target, str) and "/" in target[-1:]) or target == "":
            _init_scope(path, shapes, name, target, ckpt_dir_or_file)
        else:
            known = _known_variables()
            if target in known:
                _init(path, shapes, name, known[target], ckpt_dir_or_file)
                continue
            raise ValueError(
                f"Assignment map with scope only name {target.rpartition('/')[0]} should map to scope only {name}. "
                "Should be 'scope/': 'other_scope/'."
            )


def _checkpoint(ckpt_dir_or_file: str) -> str:
    import os

    if os.path.isdir(ckpt_dir_or_file):
        found = latest_checkpoint(ckpt_dir_or_file)
        if found is None:
            raise ValueError(f"Couldn't find 'checkpoint' file or checkpoints in given directory {ckpt_dir_or_file}")
        return found
    return ckpt_dir_or_file


def _variable_of(target: Any) -> Any:
    """The list of slices or the variable that a value of the map is; None for a name."""
    if isinstance(target, PartitionedVariable):
        return list(target)
    if isinstance(target, Variable) or (isinstance(target, Tensor) and target.dtype.is_ref):
        return target
    if isinstance(target, list) and target and all(isinstance(item, Variable) for item in target):
        return target
    return None


def _known_variables() -> dict[str, Any]:
    """The variables of the default scope's store by name; of a partitioned one, its slices."""
    from tangraph.ops.state.scope_state import get_default_variable_store

    found: dict[str, Any] = {}
    for name, variable in get_default_variable_store()._vars.items():
        whole, _, part = name.rpartition("/part_")
        if whole and part.isdigit():
            found.setdefault(whole, []).append(variable)
        else:
            found[name] = variable
    return found


def _init_scope(path: str, shapes: Mapping[str, Any], name: str, target: str, given: str) -> None:
    if name and not name.endswith("/"):
        raise ValueError(
            f"Assignment map with scope only name {target[:-1]} should map to scope only {name}. "
            "Should be 'scope/': 'other_scope/'."
        )
    scope = target.removesuffix("/")
    source = "" if name == "/" else name
    for variable_name, variable in sorted(_known_variables().items()):
        if scope and not variable_name.startswith(f"{scope}/"):
            continue
        inner = variable_name[len(scope) + 1 :] if scope else variable_name
        full = source + inner
        if full not in shapes:
            raise ValueError(f"Tensor {full} ({inner} in {name}) is not found in {given} checkpoint")
        _init(path, shapes, full, variable, given)


def _init(path: str, shapes: Mapping[str, Any], name: str, variable: Any, given: str) -> None:
    if name not in shapes:
        raise ValueError(f"Tensor {name} is not found in {given} checkpoint {dict(shapes)}")
    slices = variable if isinstance(variable, list) else None
    if slices is None:
        expected = variable.get_shape()
        label = f"{variable.name}"
    else:
        expected = slices[0]._save_slice_info.full_shape
        label = slices[0]._save_slice_info.full_name
    stored = list(shapes[name])
    given_shape = list(expected) if slices is not None else expected
    compatible = given_shape == stored if slices is not None else expected.is_compatible_with(stored)
    if not compatible:
        raise ValueError(
            f"Shape of variable {label} ({expected}) doesn't match with shape of tensor {name} ({stored}) from "
            "checkpoint reader."
        )
    for piece in slices or [variable]:
        info = piece._save_slice_info if slices is not None else None
        _set_initializer(piece, path, name, info.spec if info is not None else "")
    tf_logging.debug("Initialize variable %s from checkpoint %s with %s", label, path, name)


def _set_initializer(variable: Any, path: str, name: str, spec: str) -> None:
    """Replaces how a variable is initialised: by a read of the checkpoint, on the CPU."""
    base = variable.dtype.base
    with device(variable.device), device("/cpu:0"):
        value = make_op("RestoreV2", path, [name], [spec], dtypes=[base], name="checkpoint_initializer")[0]
        value.set_shape(variable.get_shape())
        if isinstance(variable, ResourceVariable):
            variable._initializer_op = make_op("AssignVariableOp", variable.handle, value)
        else:
            variable._initializer_op = assign(
                variable, value, validate_shape=variable.get_shape().is_fully_defined()
            ).op
    variable._initial_value = value
