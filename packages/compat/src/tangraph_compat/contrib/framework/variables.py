"""`tf.contrib.framework`: making, finding and assigning variables."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any

from tangraph.export import export
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.scopes import add_to_collection, device, get_collection
from tangraph.framework.stacks import get_default_graph
from tangraph_compat.contrib.framework.arg_scope import add_arg_scope
from tangraph_compat.internals import public


def add_model_variable(var: Any) -> None:
    """Adds a variable to the collection MODEL_VARIABLES, once."""
    if not any(var is other for other in get_collection(GraphKeys.MODEL_VARIABLES)):
        add_to_collection(GraphKeys.MODEL_VARIABLES, var)


@export("contrib.framework.variable")
@add_arg_scope
def variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    use_resource: bool | None = None,
    **kwargs: Any,
) -> Any:
    """Gets a variable as `tf.get_variable` does, on a device.

    Args:
      name: its name.
      shape: its shape.
      dtype: its dtype.
      initializer: what it starts from.
      regularizer: a function of it, whose result goes to REGULARIZATION_LOSSES.
      trainable: whether optimizers train it.
      collections: where it is listed; GLOBAL_VARIABLES by default.
      caching_device: where reads are cached.
      device: where it lives.
      partitioner: how it is cut.
      custom_getter: called in place of `tf.get_variable`, with `reuse` too.
      use_resource: whether it is a resource variable.
      **kwargs: `synchronization` and `aggregation`.
    """
    get = public("get_variable")
    if custom_getter is not None:
        get = functools.partial(custom_getter, reuse=public("get_variable_scope")().reuse)
    with _on(device or ""):
        return get(
            name,
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            regularizer=regularizer,
            trainable=trainable,
            collections=list(dict.fromkeys([GraphKeys.GLOBAL_VARIABLES] if collections is None else collections)),
            caching_device=caching_device,
            partitioner=partitioner,
            use_resource=use_resource,
            **kwargs,
        )


_on = device


@export("contrib.framework.model_variable")
@add_arg_scope
def model_variable(
    name: str, shape: Any = None, dtype: Any = None, initializer: Any = None, *args: Any, **kwargs: Any
) -> Any:
    """Gets a variable as `variable` does, and lists it in MODEL_VARIABLES too. `dtype` is float32 by default."""
    more = dict(zip(("regularizer", "trainable", "collections"), args, strict=False)) | kwargs
    collections = [*(more.pop("collections", None) or []), GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES]
    dtype = public("float32") if dtype is None else dtype
    return variable(name, shape, dtype, initializer, collections=collections, **more)


@export("contrib.framework.local_variable")
def local_variable(
    initial_value: Any, validate_shape: bool = True, name: str | None = None, use_resource: bool | None = None
) -> Any:
    """Makes a variable that is not trained and listed in LOCAL_VARIABLES only."""
    return _listed_in(GraphKeys.LOCAL_VARIABLES, initial_value, validate_shape, name, use_resource)


@export("contrib.framework.global_variable")
def global_variable(
    initial_value: Any, validate_shape: bool = True, name: str | None = None, use_resource: bool | None = None
) -> Any:
    """Makes a variable that is not trained and listed in GLOBAL_VARIABLES only."""
    return _listed_in(GraphKeys.GLOBAL_VARIABLES, initial_value, validate_shape, name, use_resource)


def _listed_in(key: str, initial_value: Any, validate_shape: bool, name: str | None, use_resource: bool | None) -> Any:
    return public("Variable")(
        initial_value,
        trainable=False,
        collections=[key],
        validate_shape=validate_shape,
        name=name,
        use_resource=use_resource,
    )


@export("contrib.framework.get_variables")
def get_variables(
    scope: Any = None, suffix: str | None = None, collection: Any = GraphKeys.GLOBAL_VARIABLES
) -> list[Any]:
    """Returns the variables of a collection by the start and the end of their names.

    Args:
      scope: a name scope, a regular expression or a variable scope.
      suffix: the end of the name.
      collection: the collection's key.
    """
    scope = getattr(scope, "name", scope)
    if suffix is not None:
        scope = f"{scope or ''}.*{suffix if ':' in suffix else f'{suffix}:'}"
    return get_collection(collection, scope)


@export("contrib.framework.get_model_variables")
def get_model_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """Returns model variables: see `get_variables`."""
    return get_variables(scope, suffix, GraphKeys.MODEL_VARIABLES)


@export("contrib.framework.get_local_variables")
def get_local_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """Returns local variables: see `get_variables`."""
    return get_variables(scope, suffix, GraphKeys.LOCAL_VARIABLES)


@export("contrib.framework.get_trainable_variables")
def get_trainable_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """Returns trainable variables: see `get_variables`."""
    return get_variables(scope, suffix, GraphKeys.TRAINABLE_VARIABLES)


@export("contrib.framework.get_variables_by_suffix")
def get_variables_by_suffix(suffix: str, scope: Any = None) -> list[Any]:
    """Returns the global variables whose names end so."""
    return get_variables(scope, suffix)


@export("contrib.framework.get_variables_by_name")
def get_variables_by_name(given_name: str, scope: Any = None) -> list[Any]:
    """Returns the global variables of that name, in whichever scope below `scope`."""
    return get_variables(scope, f"/{given_name}:|^{given_name}:")


@export("contrib.framework.get_variables_to_restore")
def get_variables_to_restore(include: Any = None, exclude: Any = None) -> list[Any]:
    """Returns the global variables of some scopes without those of others.

    Args:
      include: scopes; all variables when None.
      exclude: scopes.

    Raises:
      TypeError: one of them is no list or tuple.
    """
    for what, scopes in (("include", include), ("exclude", exclude)):
        if scopes is not None and not isinstance(scopes, list | tuple):
            raise TypeError(f"{what} is provided but is not a list or a tuple.")
    chosen = get_variables() if include is None else [v for scope in include for v in get_variables(scope)]
    left_out = {v.name for scope in exclude or () for v in get_variables(scope)}
    return [v for v in chosen if v.name not in left_out]


@export("contrib.framework.get_unique_variable")
def get_unique_variable(var_op_name: str) -> Any:
    """Returns the global variable whose op has that name.

    Raises:
      ValueError: there is none.
    """
    candidates = get_variables(scope=var_op_name)
    if not candidates:
        raise ValueError(f"Couldn't find variable {var_op_name}")
    for candidate in candidates:
        if candidate.op.name == var_op_name:
            return candidate
    raise ValueError(f"Variable {var_op_name} does not uniquely identify a variable")


@export("contrib.framework.get_variable_full_name")
def get_variable_full_name(var: Any) -> str:
    """Returns a variable's name in checkpoints; of a slice, that of the whole."""
    info = getattr(var, "_save_slice_info", None)
    return str(info.full_name if info else var.op.name)


@export("contrib.framework.filter_variables")
def filter_variables(
    var_list: Iterable[Any], include_patterns: Any = None, exclude_patterns: Any = None, reg_search: bool = True
) -> list[Any]:
    """Returns the variables whose names match one pattern of the first kind and none of the second.

    Args:
      var_list: the variables.
      include_patterns: regular expressions; everything matches when None.
      exclude_patterns: regular expressions.
      reg_search: whether a pattern may match anywhere in the name (`re.search`), or only at its start.
    """
    matches = re.search if reg_search else re.match
    found = list(var_list)
    if include_patterns:
        found = [v for v in found if any(matches(pattern, v.name) for pattern in include_patterns)]
    if exclude_patterns:
        found = [v for v in found if not any(matches(pattern, v.name) for pattern in exclude_patterns)]
    return found


@export("contrib.framework.assign_from_values")
def assign_from_values(var_names_to_values: Any) -> tuple[Any, dict[Any, Any]]:
    """Makes the operation that assigns values to variables.

    Args:
      var_names_to_values: variable name -> array.

    Returns:
      The operation, and what to feed when it is run.

    Raises:
      ValueError: there is no such variable, or more than one.
    """
    feeds: dict[Any, Any] = {}
    assigns = []
    for name, value in var_names_to_values.items():
        target = _exactly(name)
        placeholder = public("placeholder")(target.dtype.base_dtype, value.shape, name=f"placeholder/{target.op.name}")
        assigns.append(target.assign(placeholder))
        feeds[placeholder] = value.reshape(target.get_shape().as_list())
    return public("group")(*assigns), feeds


def _exactly(name: str) -> Any:
    found = get_collection(GraphKeys.GLOBAL_VARIABLES, name)
    if not found:
        raise ValueError(f"Variable {name} wasn't found")
    exact = [v for v in found if v.op.name == name] if len(found) > 1 else found
    if not exact:
        raise ValueError(f"Variable {name} doesn't uniquely identify a variable")
    return exact[0]


@export("contrib.framework.assign_from_values_fn")
def assign_from_values_fn(var_names_to_values: Any) -> Callable[[Any], None]:
    """Returns a function of a session that assigns values to variables: see `assign_from_values`."""
    operation, feeds = assign_from_values(var_names_to_values)

    def assign(session: Any) -> None:
        session.run(operation, feeds)

    return assign


@export("contrib.framework.assign_from_checkpoint_fn")
def assign_from_checkpoint_fn(
    model_path: str, var_list: Any, ignore_missing_vars: bool = False, reshape_variables: bool = False
) -> Callable[[Any], None] | None:
    """Returns a function of a session that restores variables from a checkpoint; None when it has none of them.

    Args:
      model_path: the checkpoint.
      var_list: variables, or a dictionary from names in the checkpoint to variables.
      ignore_missing_vars: whether to pass over those that the checkpoint lacks.
      reshape_variables: whether shapes may differ where the number of elements does not.

    Raises:
      ValueError: there are no variables.
    """
    if not var_list:
        raise ValueError("var_list cannot be empty")
    if ignore_missing_vars:
        reader = public("train.load_checkpoint")(model_path)
        named = var_list if isinstance(var_list, dict) else {v.op.name: v for v in var_list}
        var_list = {}
        for name, variable in named.items():
            if reader.has_tensor(name):
                var_list[name] = variable
            else:
                public("logging.warning")("Variable %s missing in checkpoint %s", name, model_path)
    if not var_list:
        public("logging.warning")("No Variables to restore")
        return None
    saver = public("train.Saver")(var_list, reshape=reshape_variables, write_version=public("train.SaverDef").V1)

    def restore(session: Any) -> None:
        saver.restore(session, model_path)

    return restore


def _by_checkpoint_name(var_list: Any) -> dict[str, list[Any]]:
    """Returns the variables for each name in a checkpoint."""
    if not isinstance(var_list, list | tuple):
        return {name: list(some) if isinstance(some, list | tuple) else [some] for name, some in var_list.items()}
    grouped: dict[str, list[Any]] = {}
    for variable in var_list:
        grouped.setdefault(get_variable_full_name(variable), []).append(variable)
    return grouped


@export("contrib.framework.assign_from_checkpoint")
def assign_from_checkpoint(
    model_path: str, var_list: Any, ignore_missing_vars: bool = False
) -> tuple[Any, dict[Any, Any]]:
    """Returns an operation that assigns a checkpoint's values to variables, and what to feed it.

    Args:
      model_path: the checkpoint.
      var_list: variables, or a dictionary from names in the checkpoint to variables or lists of parts.
      ignore_missing_vars: whether to pass over those that the checkpoint lacks.

    Raises:
      ValueError: the checkpoint lacks a variable, or has another shape for it.
    """
    reader = public("train.load_checkpoint")(model_path)
    feeds, assigns = {}, []
    for name, variables in _by_checkpoint_name(var_list).items():
        if not reader.has_tensor(name):
            text = f"Checkpoint is missing variable [{name}]"
            if not ignore_missing_vars:
                raise ValueError(text)
            public("logging.warning")(text)
            continue
        value = reader.get_tensor(name)
        for variable in variables:
            placeholder = public("placeholder")(
                dtype=variable.dtype.base_dtype, shape=variable.shape, name=f"placeholder/{variable.op.name}"
            )
            assigns.append(variable.assign(placeholder))
            feeds[placeholder] = _value_for(variable, value, name)
    return public("group")(*assigns), feeds


def _value_for(variable: Any, value: Any, name: str) -> Any:
    """Returns the part of a checkpoint's value that belongs to a variable."""
    part = variable._save_slice_info  # noqa: SLF001  a part of a variable says so nowhere else
    if part:
        return value[tuple(slice(n, n + size) for n, size in zip(part.var_offset, part.var_shape, strict=True))]
    if variable.shape != value.shape:
        raise ValueError(
            f"Total size of new array must be unchanged for {name} lh_shape: [{value.shape}], rh_shape: [{variable.shape}]"
        )
    return value


@export("contrib.framework.assert_or_get_global_step")
def assert_or_get_global_step(graph: Any = None, global_step_tensor: Any = None) -> Any:
    """Returns the graph's global step, or the one that is given after a check that it is one."""
    if global_step_tensor is None:
        return public("train.get_global_step")(graph)
    public("train.assert_global_step")(global_step_tensor)
    return global_step_tensor


@export("contrib.framework.VariableDeviceChooser")
class VariableDeviceChooser:
    """A device function that spreads variables over parameter servers in turn.

    Args:
      num_tasks: how many there are; 0 for none.
      job_name: their job.
      device_type: "CPU" or "GPU".
      device_index: which of the task's devices.
      replica: which replica.
    """

    def __init__(
        self,
        num_tasks: int = 0,
        job_name: str = "ps",
        device_type: str = "CPU",
        device_index: int = 0,
        replica: int | None = None,
    ) -> None:
        self._tasks, self._next = num_tasks, 0
        self._parts = {"device_type": device_type, "device_index": device_index, "replica": replica}
        self._job = job_name

    def __call__(self, op: Any) -> str:
        """Returns the device of the next variable."""
        from tangraph.framework.device import DeviceSpec

        parts: dict[str, Any] = dict(self._parts)
        if self._tasks:
            parts |= {"job": self._job, "task": self._next}
            self._next = (self._next + 1) % self._tasks
        return str(DeviceSpec(**parts).to_string())


@export("contrib.framework.get_placeholders")
def get_placeholders(graph: Any) -> list[Any]:
    """Returns the outputs of a graph's placeholders."""
    return [op.outputs[0] for op in graph.get_operations() if op.type == "Placeholder"]


@export("contrib.framework.get_name_scope")
def get_name_scope() -> str:
    """Returns the current name scope, "" at the top."""
    return get_default_graph().get_name_scope()


@export("contrib.framework.strip_name_scope")
def strip_name_scope(name: str, export_scope: str | None) -> str:
    """Returns a name without a name scope in front."""
    if not export_scope:
        return name
    scope = export_scope.removesuffix("/")
    stripped = re.sub(rf"([\^]|loc:@|^){re.escape(scope)}[\/]+(.*)", r"\1\2", name, count=1)
    return stripped or name


@export("contrib.framework.prepend_name_scope")
def prepend_name_scope(name: str, import_scope: str | None) -> str:
    """Returns a name with a name scope in front."""
    if not import_scope:
        return name
    scope = import_scope.removesuffix("/")
    return re.sub(r"([\^]|loc:@|^)(.*)", rf"\g<1>{scope}/\2", name, count=1)


@export("contrib.framework.assert_scalar_int")
def assert_scalar_int(tensor: Any, name: str | None = None) -> Any:
    """Returns a tensor that is a scalar of an integer type.

    Raises:
      ValueError: it is not.
    """
    with public("name_scope")(name, "assert_scalar_int", [tensor]):
        tensor = public("convert_to_tensor")(tensor)
        if not tensor.dtype.base_dtype.is_integer:
            raise ValueError(f"Expected integer type for {tensor.name}, received type: {tensor.dtype.name}.")
        if tensor.get_shape().ndims not in {None, 0}:
            raise ValueError(f"Unexpected type for {tensor.name}: shape {tensor.get_shape()}.")
        return tensor


@export("contrib.framework.reduce_sum_n")
def reduce_sum_n(tensors: Any, name: str | None = None) -> Any:
    """Returns the sum of all elements of all tensors, a scalar.

    Raises:
      ValueError: there are no tensors.
    """
    if not tensors:
        raise ValueError("No tensors provided.")
    with public("name_scope")(name, "reduce_sum_n", tensors) as scope:
        values = [public("convert_to_tensor")(tensor) for tensor in tensors]
        sums = [public("reduce_sum")(value, name=f"{value.op.name}/sum") for value in values]
        return sums[0] if len(sums) == 1 else public("add_n")(sums, name=scope)


@export("contrib.framework.smart_case")
def smart_case(pred_fn_pairs: Any, default: Any = None, exclusive: bool = False, name: str = "smart_case") -> Any:
    """As `tf.case`, but predicates that are known while the graph is built leave only their branch.

    Args:
      pred_fn_pairs: a list of (predicate, function), or a dictionary.
      default: the function for when no predicate is true.
      exclusive: whether at most one may be true.
      name: the name scope.
    """
    from tangraph.ops.control_flow.cond import smart_constant_value

    pairs = list(pred_fn_pairs.items() if isinstance(pred_fn_pairs, dict) else pred_fn_pairs)
    known = [smart_constant_value(pred) for pred, _ in pairs]
    with public("name_scope")(name):
        if True in known and not any(value is None for value in known[: known.index(True)]):
            return pairs[known.index(True)][1]()
        open_pairs = [pair for pair, value in zip(pairs, known, strict=True) if value is not False]
        if not open_pairs and default is not None:
            return default()
        return public("case")(open_pairs, default=default, exclusive=exclusive)
