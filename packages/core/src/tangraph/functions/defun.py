"""`Defun`: TensorFlow's older decorator for functions, whose calls are nodes of a type of their own."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import stacks
from tangraph.framework.dtypes import as_dtype
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.functions.definition import GraphFunction
from tangraph.functions.defun_graph import DefunGraph, defun_graph_from_py_func
from tangraph.functions.hashing import function_hash
from tangraph.functions.names import function_name
from tangraph.ops.state.scope_state import STORE_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.graph import Graph
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

_SHARED: Final = (
    GraphKeys.GLOBAL_VARIABLES,
    GraphKeys.LOCAL_VARIABLES,
    GraphKeys.METRIC_VARIABLES,
    GraphKeys.MODEL_VARIABLES,
    GraphKeys.TRAINABLE_VARIABLES,
    GraphKeys.MOVING_AVERAGE_VARIABLES,
    GraphKeys.CONCATENATED_VARIABLES,
    GraphKeys.TRAINABLE_RESOURCE_VARIABLES,
    STORE_KEY,
)


class Defun:
    """Decorator that makes a function of a Python function; every call of it is a node.

    The Python function takes tensors and returns one or several. It is called once, when the function is first used.
    Variables that it makes belong to the graph outside.

    Args:
      *input_types: the types of the arguments; without them, those of each call are taken.
      **kwargs: `func_name`; `grad_func`, a function of the arguments and the gradients of the results;
        `python_grad_func(op, *grads)`, as `tf.RegisterGradient` takes it; `out_names`; `shape_func(op)`, the shapes of the
        results; `capture_by_value`; `noinline` and other attrs of the function.

    >>> import tangraph as tf
    >>> @Defun(tf.float32, tf.float32, func_name="Sum")
    ... def add(x, y):
    ...     return x + y
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     z = add(1.0, 2.0)
    ...     z.op.type, float(sess.run(z))
    ('Sum', 3.0)
    """

    def __init__(self, *input_types: Any, **kwargs: Any) -> None:
        self._input_types = input_types
        self._func_name = kwargs.pop("func_name", None)
        self._grad_func = kwargs.pop("grad_func", None)
        self._python_grad_func = kwargs.pop("python_grad_func", None)
        self._out_names = kwargs.pop("out_names", None)
        self._extra_kwargs = kwargs

    def __call__(self, func: Callable[..., Any]) -> Any:
        """Returns the function.

        Raises:
          ValueError: `func` cannot be called, has default values or keyword arguments, or takes another number of
            arguments than there are types.
        """
        if not callable(func):
            raise ValueError(f"function {func} must be callable")
        spec = inspect.getfullargspec(func)
        if spec.varkw or spec.defaults:
            raise ValueError(
                "function with argument defaults or keywords arguments are not supported. "
                f"{func} has defaults {spec.defaults} and keywords {spec.varkw}."
            )
        least = len(spec.args)
        most = 1000000 if spec.varargs else least
        names = spec.args
        if inspect.ismethod(func):
            least, names = least - 1, names[1:]
        about = (self._func_name, self._grad_func, self._python_grad_func)
        if self._input_types:
            if not least <= len(self._input_types) <= most:
                raise ValueError("The function has fewer arguments than the number of specified input types.")
            return DefinedFunction(
                func, names, self._input_types, *about, out_names=self._out_names, **self._extra_kwargs
            )
        if least == most == 0:
            return DefinedFunction(func, [], [], *about, out_names=self._out_names, **self._extra_kwargs)
        return OverloadedFunction(func, names, *about, out_names=self._out_names, **self._extra_kwargs)


class DefinedFunction:
    """A `Defun` of given argument types; its body is made when it is first needed.

    Attributes:
      python_grad_func: differentiates calls of it, or None.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        argnames: Sequence[str],
        input_types: Sequence[Any],
        func_name: str | None = None,
        grad_func: Any = None,
        python_grad_func: Any = None,
        out_names: Sequence[str] | None = None,
        shape_func: Any = None,
        capture_by_value: bool = False,
        whitelisted_stateful_ops: Any = None,
        capture_resource_var_by_value: bool = True,
        **kwargs: Any,
    ) -> None:
        self._func = func
        self._input_types = input_types
        self._func_name = func_name
        self._grad_func = grad_func
        self._python_grad_func = python_grad_func
        self._out_names = out_names
        self._shape_func = shape_func
        self._capture_by_value = capture_by_value
        self._whitelisted_stateful_ops = whitelisted_stateful_ops or ()
        self._capture_resource_var_by_value = capture_resource_var_by_value
        self._extra_kwargs = kwargs
        devices = stacks.get_default_graph()._device_stack
        self._caller_device = devices[-1] if devices else None
        self._arg_types = input_types
        self._arg_names = [argnames[i] if i < len(argnames) else f"arg{i}" for i in range(len(input_types))]
        self._function: GraphFunction | None = None
        self._body: DefunGraph | None = None

    # -- the interface of GraphFunction --------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The function's name in graphs."""
        return self._defined().name

    @property
    def definition(self) -> Any:
        """The FunctionDef message."""
        return self._defined().definition

    @property
    def _signature(self) -> Any:
        return self._defined().signature

    @property
    def graph(self) -> Graph:
        """The body."""
        return self._defined().graph

    @property
    def op_def(self) -> OpDef:
        """The schema of calls."""
        return self._defined().op_def

    @property
    def inputs(self) -> list[Tensor]:
        """The arguments, tensors of the body."""
        return self._defined().inputs

    @property
    def outputs(self) -> list[Tensor]:
        """The results, tensors of the body."""
        return self._defined().outputs

    @property
    def operations(self) -> list[Operation]:
        """The operations of the body without the arguments."""
        return self._defined().operations

    @property
    def node_names(self) -> list[str]:
        """The names of these in the definition."""
        return self._defined().node_names

    @property
    def attrs(self) -> dict[str, Any]:
        """The function's own attrs."""
        return self._defined().attrs

    @property
    def control_outputs(self) -> list[Operation]:
        """What runs with every call: a Defun says nothing of it."""
        return []

    @property
    def grad_func(self) -> Any:
        """The function that is its gradient, or None."""
        return self._grad_func

    @property
    def grad_func_name(self) -> str | None:
        """The name of the function that is its gradient, or None."""
        return self._grad_func.name if self._grad_func else None

    @property
    def python_grad_func(self) -> Any:
        """The Python function that differentiates calls, or None."""
        return self._python_grad_func

    def set_grad_func(self, grad_func: DefinedFunction) -> None:
        """Says which function is the gradient of this one, which has none yet."""
        if self._grad_func or not isinstance(grad_func, DefinedFunction):
            raise AssertionError(f"The gradient of a Defun is a Defun, given once. Received: {grad_func!r}")
        self._grad_func = grad_func

    @property
    def declared_input_types(self) -> Sequence[Any]:
        """The types of the arguments without the captured ones."""
        return self._input_types

    @property
    def captured_inputs(self) -> list[Tensor]:
        """The tensors outside that a call passes after its own arguments."""
        self._defined()
        assert self._body is not None
        return self._body.extra_inputs

    @property
    def stateful_ops(self) -> list[tuple[str, str]]:
        """(name, type) of the operations of the body that have effects or change from run to run."""
        return [(op.name, op.type) for op in self.effect_ops]

    @property
    def effect_ops(self) -> tuple[Operation, ...]:
        """These operations."""
        return self._defined().effect_ops

    # -- making it -----------------------------------------------------------------------------------------------

    def _create_definition_if_needed(self) -> None:
        self._defined()

    def _defined(self) -> GraphFunction:
        if self._function is None:
            self._function = self._define()
        return self._function

    def _define(self) -> GraphFunction:
        outer = stacks.get_default_graph()
        body = self._body = defun_graph_from_py_func(
            self._func,
            self._arg_names,
            self._arg_types,
            self._func_name,
            self._capture_by_value,
            self._caller_device,
            collections_ref={key: outer.get_collection_ref(key) for key in _SHARED},
            whitelisted_stateful_ops=self._whitelisted_stateful_ops,
            capture_resource_var_by_value=self._capture_resource_var_by_value,
        )
        base = self._func_name or function_name(self._func)
        if not self._func_name and self._grad_func:
            base += f"_{self._grad_func.name}"
        made = GraphFunction(
            base,
            body,
            body.inputs,
            body.outputs,
            output_names=self._out_names or (),
            description=self._func.__doc__ or "",
        )
        if not self._func_name:
            made.rename(f"{base}_{function_hash(made.definition)}")
        made.set_attrs(_function_attrs(base, self._extra_kwargs))
        self._func_name = made.name
        return made

    def add_to_graph(self, g: Graph) -> None:
        """Makes the function known to a graph, and those that it calls, and its gradient."""
        self._defined()
        g._add_function(self)
        assert self._body is not None
        for function in list(self._body._functions.values()):
            function.add_to_graph(g)
        if self._grad_func:
            self._grad_func.add_to_graph(g)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Adds a node that calls the function.

        Args:
          *args: the arguments.
          **kwargs: `name`, and attrs of the node.

        Returns:
          The result; a tuple of several; the operation when there is none.

        Raises:
          ValueError: a wrong number of arguments.
        """
        graph = stacks.get_default_graph()
        self.add_to_graph(graph)
        tensors = [convert_to_tensor(value) for value in args] + self.captured_inputs
        if len(tensors) != len(self.inputs):
            raise ValueError(f"Expected number of arguments: {len(self.inputs)}, received: {len(tensors)}")
        name = kwargs.pop("name", None)
        attrs = _function_attrs(self.name, kwargs)
        op = graph.create_op(
            self.name, tensors, name=self.name if name is None else name, attrs=attrs, op_def=self.op_def
        )
        op.__dict__["__defun"] = self
        if self._shape_func is not None:
            shapes = self._shape_func(op)
            if len(shapes) != len(op.outputs):
                raise ValueError(f"shape_func produced {len(shapes)} shapes for {len(op.outputs)} outputs")
            for tensor, shape in zip(op.outputs, shapes, strict=True):
                tensor.set_shape(shape)
        if not op.outputs:
            return op
        return op.outputs[0] if len(op.outputs) == 1 else tuple(op.outputs)


class OverloadedFunction:
    """A `Defun` without argument types: one function for each combination of types that it is called with."""

    def __init__(
        self,
        func: Callable[..., Any],
        argnames: Sequence[str],
        func_name: str | None = None,
        grad_func: Any = None,
        python_grad_func: Any = None,
        out_names: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        if grad_func is not None and not isinstance(grad_func, OverloadedFunction):
            raise AssertionError(f"The gradient of a Defun without types has none, either. Received: {grad_func!r}")
        self._func = func
        self._argnames = argnames
        self._func_name = func_name
        self._grad_func = grad_func
        self._python_grad_func = python_grad_func
        self._out_names = out_names
        self._extra_kwargs = kwargs
        self._overload: dict[str, DefinedFunction] = {}

    def instantiate(self, input_types: Sequence[Any]) -> DefinedFunction:
        """Returns the function for arguments of given types.

        Raises:
          ValueError: a type that functions cannot be named after.
        """
        key = _type_list_to_str([as_dtype(dtype) for dtype in input_types])
        defined = self._overload.get(key)
        if defined is None:
            name = None if self._func_name is None else f"{self._func_name}_{key}"
            defined = DefinedFunction(
                self._func,
                self._argnames,
                list(input_types),
                name,
                None,
                self._python_grad_func,
                out_names=self._out_names,
                **self._extra_kwargs,
            )
            results = [tensor.dtype.base for tensor in defined.outputs]
            if self._grad_func:
                defined._grad_func = self._grad_func.instantiate([*input_types, *results])
            self._overload[key] = defined
        return defined

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function for the types of the arguments."""
        tensors = [convert_to_tensor(value) for value in args]
        return self.instantiate([tensor.dtype.base for tensor in tensors])(*tensors, **kwargs)


_TYPE_NAMES: Final = {
    "float16": "f16",
    "float32": "f32",
    "float64": "f64",
    "int32": "i32",
    "uint8": "i8",
    "uint16": "u16",
    "uint32": "u32",
    "uint64": "u64",
    "int16": "i16",
    "int8": "i8",
    "string": "s",
    "complex64": "c64",
    "complex128": "c128",
    "int64": "i64",
    "bool": "b",
    "qint8": "qi8",
    "quint8": "qu8",
    "qint16": "qi16",
    "quint16": "qu16",
    "qint32": "qi32",
    "bfloat16": "b16",
}


def _type_list_to_str(types: Sequence[Any]) -> str:
    if any(dtype.name not in _TYPE_NAMES for dtype in types):
        raise ValueError(f"Unsupported dtypes: {types}")
    return "".join([_TYPE_NAMES[dtype.name] for dtype in types])


def _function_attrs(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """The attrs that keyword arguments of a function, or of a call of it, mean.

    Raises:
      ValueError: an unknown one, or one of a type that attrs cannot have.
    """
    left = dict(options)
    attrs: dict[str, Any] = {}
    noinline = left.pop("noinline", None)
    if noinline is not None:
        attrs["_noinline"] = bool(noinline)
    attrs["_disable_call_shape_inference"] = True
    compiled, separate = left.pop("compiled", None), left.pop("separate_compiled_gradients", None)
    if compiled is not None:
        scopes = stacks.get_default_graph()._attr_scope_map
        attrs["_XlaCompile"] = bool(compiled)
        attrs["_XlaSeparateCompiledGradients"] = bool(separate)
        attrs["_XlaScope"] = scopes.get("_XlaScope", f"function_{name}")
    for key in list(left):
        if key.startswith("experimental_"):
            if not isinstance(left[key], (bool, int, float, str)):
                raise ValueError(f"Unsupported attribute type for {key} with type {type(left[key])}")
            attrs[key] = left.pop(key)
        elif key in {"_implements", "_reference"}:
            if not isinstance(left[key], str):
                raise ValueError(f"Unsupported attribute type for {key} with type {type(left[key])}")
            attrs[key] = left.pop(key)
    if left:
        raise ValueError(f"Unknown keyword arguments: {left.keys()}")
    return attrs


def get_extra_vars() -> list[Any]:
    """Returns the variables that the body which is being made has made so far."""
    graph = stacks.get_default_graph()
    return graph.extra_vars if isinstance(graph, DefunGraph) else []


def get_extra_inputs() -> list[Any]:
    """Returns the tensors outside that the body which is being made has used so far."""
    graph = stacks.get_default_graph()
    return graph.extra_inputs if isinstance(graph, DefunGraph) else []


def get_extra_args() -> list[Any]:
    """Returns the arguments that stand for :func:`get_extra_inputs`."""
    graph = stacks.get_default_graph()
    return graph.extra_args if isinstance(graph, DefunGraph) else []
