"""`tf.contrib.eager.defun`: a Python function that is traced once for each kind of arguments."""

from __future__ import annotations

import functools
import threading
import weakref
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import device as device_lib
from tangraph.framework import stacks
from tangraph.framework.init_scope import init_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.functions.building import func_graph_from_py_func
from tangraph.functions.concrete import ConcreteFunction
from tangraph.functions.spec import FunctionSpec, validate_signature
from tangraph.ops.state.resource_variable import BaseResourceVariable
from tangraph.util import nest

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping


class Function:
    """A Python function as functions of graphs: the first call with new kinds of arguments traces it.

    What tells kinds apart: types and shapes of tensors, other arguments themselves, the graph.

    Args:
      python_function: the Python function.
      name: goes into the names of the functions.
      input_signature: TensorSpecs that all calls conform to; the function is traced once then.
      attributes: attrs of the functions.
      autograph: whether `if`, `while` and `for` on tensors are converted.
      autograph_options: accepted as TensorFlow does.
      experimental_relax_shapes: whether later traces are for the shapes that all arguments so far have in common.
      capture_by_value: see FuncGraph.
      instance: the object whose method it is, to which it holds no reference.
    """

    def __init__(
        self,
        python_function: Callable[..., Any],
        name: str,
        input_signature: Any = None,
        attributes: Mapping[str, Any] | None = None,
        autograph: bool = True,
        autograph_options: Any = None,
        experimental_relax_shapes: bool = False,
        capture_by_value: bool | None = None,
        instance: Any = None,
    ) -> None:
        self._python_function = python_function
        self._name = name
        self._instance = None if instance is None else weakref.ref(instance)
        self._function_spec = FunctionSpec(python_function, input_signature, is_bound=instance is not None)
        self._attributes = dict(attributes or {})
        self._autograph = autograph
        self._autograph_options = autograph_options
        self._relax_shapes = experimental_relax_shapes
        self._capture_by_value = capture_by_value
        self._lock = threading.RLock()
        self._traced: dict[Hashable, ConcreteFunction] = {}
        self._relaxed: dict[Hashable, tuple[list[Any], ConcreteFunction]] = {}
        self._missed: set[Hashable] = set()
        self._bound: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
        functools.update_wrapper(self, python_function, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function for the kind of the arguments; returns what the Python function returns, as tensors."""
        concrete, args, kwargs = self._define(args, kwargs)
        return concrete._filtered_call(args, kwargs)

    @property
    def python_function(self) -> Callable[..., Any]:
        """The Python function."""
        return self._python_function

    @property
    def function_spec(self) -> FunctionSpec:
        """Its parameters."""
        return self._function_spec

    @property
    def input_signature(self) -> Any:
        """The TensorSpecs that all calls conform to, or None."""
        return self._function_spec.input_signature

    def _get_concrete_function_internal(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """Returns the function for the kind of some arguments."""
        if self.input_signature:
            return self._define(None, None)[0]
        return self._define(args, kwargs)[0]

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """Returns the function for the kind of some arguments: tensors, TensorSpecs, or other values.

        Raises:
          ValueError: arguments that do not conform to the signature.
        """
        if self.input_signature:
            self._check_signature(args, kwargs)
            concrete = self._define(None, None)[0]
        else:
            concrete = self._define(args, kwargs)[0]
        self._name_arguments(concrete)
        return concrete

    def _check_signature(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        signature, specs = self.input_signature, self._function_spec.flat_input_signature or ()
        if kwargs:
            raise ValueError(
                "Cannot define a TensorFlow function from a Python function with keyword arguments when input_signature "
                "is provided."
            )
        if not args:
            return
        try:
            nest.assert_same_structure(signature, args, check_types=False, expand_composites=True)
        except (ValueError, TypeError):
            raise ValueError("Structure of Python function inputs does not match input_signature.") from None
        flat = nest.flatten(args, expand_composites=True)
        if any(not isinstance(value, (Tensor, TensorSpec)) for value in flat):
            raise ValueError(
                "When input_signature is provided, all inputs to the Python function must be Tensors or tf.TensorSpec "
                "objects."
            )
        if any(not spec.is_compatible_with(value) for spec, value in zip(specs, flat, strict=True)):
            raise ValueError(
                f"Python inputs incompatible with input_signature: inputs ({args}), input_signature ({signature})"
            )

    @staticmethod
    def _name_arguments(concrete: ConcreteFunction) -> None:
        captured = set(concrete.graph.internal_captures)
        names: list[str] = []
        counts: dict[str, int] = {}
        for tensor in concrete.graph.inputs:
            if tensor in captured:
                break
            given = proposal = tensor.op.attrs["_user_specified_name"]
            while proposal in names:
                number = counts.get(given, 1)
                proposal = f"{given}_{number}"
                counts[given] = number + 1
            names.append(proposal)
        concrete._arg_keywords, concrete._num_positional_args = names, len(names)

    # -- tracing -------------------------------------------------------------------------------------------------

    def _define(self, args: Any, kwargs: Any) -> tuple[ConcreteFunction, Any, Any]:
        if self.input_signature is None or args is not None:
            args, kwargs = self._function_spec.bind(args, kwargs)
        context = _context_key()
        key = (self._key(args, kwargs, ranks_only=False), context)
        try:
            hash(key)
        except TypeError as error:
            raise TypeError(
                f"Arguments supplied to `defun`-generated functions must be hashable.  Original error: {error}"
            ) from None
        with self._lock:
            known = self._traced.get(key)
            if known is None:
                if self._relax_shapes and self.input_signature is None and context in self._missed:
                    return self._trace_relaxed(args, kwargs, context), args, kwargs
                self._missed.add(context)
                known = self._trace(args, kwargs)
                self._traced[key] = known
            return known, args, kwargs

    def _key(self, args: Any, kwargs: Any, *, ranks_only: bool) -> Hashable:
        if self.input_signature is not None:
            return self._function_spec.flat_input_signature
        return encoded((args, sorted(kwargs.items())) if kwargs else args, ranks_only=ranks_only)

    def _trace(self, args: Any, kwargs: Any, shapes: Any = None) -> ConcreteFunction:
        names = self._function_spec.arg_names
        count = len(args) if self.input_signature is None else len(self.input_signature)
        missing = [f"{self._function_spec.vararg_name}_{i}" for i in range(count - len(names))]
        graph = func_graph_from_py_func(
            self._name,
            self._converted(),
            args,
            kwargs,
            self.input_signature,
            arg_names=[*names[:count], *missing],
            override_flat_arg_shapes=shapes,
            capture_by_value=self._capture_by_value,
        )
        return ConcreteFunction(graph, self._attributes)

    def _converted(self) -> Callable[..., Any]:
        """The Python function as it is traced."""
        function, instance = self._python_function, self._instance
        if instance is None:
            return function
        return lambda *args, **kwargs: function(instance(), *args, **kwargs)

    def _trace_relaxed(self, args: Any, kwargs: Any, context: Hashable) -> ConcreteFunction:
        key = (self._key(args, kwargs, ranks_only=True), context)
        shapes = _flat_shapes(args, kwargs)
        if key in self._relaxed:
            known, concrete = self._relaxed[key]
            if all(
                mine is None or (theirs is not None and _covers(mine, theirs))
                for mine, theirs in zip(known, shapes, strict=True)
            ):
                return concrete
            shapes = [
                None if s is None else s.most_specific_compatible_shape(k) for s, k in zip(shapes, known, strict=True)
            ]
        concrete = self._trace(args, kwargs, shapes)
        self._relaxed[key] = (shapes, concrete)
        return concrete

    # -- methods -------------------------------------------------------------------------------------------------

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            return self
        if instance not in self._bound:
            self._bound[instance] = type(self)(
                self._python_function,
                self._name,
                self.input_signature,
                self._attributes,
                self._autograph,
                self._autograph_options,
                self._relax_shapes,
                self._capture_by_value,
                instance,
            )
        return self._bound[instance]


def _context_key() -> Hashable:
    """What a trace depends on beside its arguments: the graph outside of functions, devices that a function chooses."""
    graph = stacks.get_default_graph()
    with init_scope():
        outside = stacks.get_default_graph()
    devices = graph._device_stack
    chosen = tuple(devices) if any(device_lib.decides(applied) for applied in devices) else ()
    return (outside, chosen, tuple(graph._colocation_stack))


def encoded(value: Any, *, ranks_only: bool = False) -> Hashable:
    """Returns what tells arguments of one kind from those of another."""
    if isinstance(value, (Tensor, TensorSpec)):
        raw = value.shape.raw
        return ("tensor", value.dtype, (None if raw is None else len(raw)) if ranks_only else raw)
    if isinstance(value, BaseResourceVariable):
        return ("variable", id(value), value.dtype, value.shape.raw)
    if isinstance(value, dict):
        return ("dict", tuple((key, encoded(value[key], ranks_only=ranks_only)) for key in sorted(value)))
    if isinstance(value, (list, tuple)):
        return (type(value).__name__, tuple(encoded(item, ranks_only=ranks_only) for item in value))
    if hasattr(value, "_to_components"):
        return (type(value), tuple(encoded(item, ranks_only=ranks_only) for item in value._to_components()))
    return (type(value), value)


def _flat_shapes(args: Any, kwargs: Any) -> list[TensorShape | None]:
    leaves = [*nest.flatten(args, True), *nest.flatten([kwargs[key] for key in sorted(kwargs)], True)]
    return [leaf.shape if isinstance(leaf, (Tensor, TensorSpec)) else None for leaf in leaves]


def _covers(relaxed: TensorShape, shape: TensorShape) -> bool:
    """Says whether every tensor of a shape has another shape, too."""
    if relaxed.raw is None:
        return True
    if shape.raw is None or len(relaxed.raw) != len(shape.raw):
        return False
    return all(mine is None or mine == theirs for mine, theirs in zip(relaxed.raw, shape.raw, strict=True))


@export("contrib.eager.defun")
def defun(
    func: Callable[..., Any] | None = None,
    input_signature: Any = None,
    autograph: bool = True,
    experimental_autograph_options: Any = None,
    experimental_relax_shapes: bool = False,
) -> Any:
    """Makes functions of graphs of a Python function; calls of it add nodes that call them.

    Args:
      func: the Python function; None to use the result as a decorator.
      input_signature: a structure of TensorSpecs that all calls conform to.
      autograph, experimental_autograph_options: see `tf.function`.
      experimental_relax_shapes: whether traces are for the shapes that calls so far have in common.

    Raises:
      TypeError: the signature is no structure of TensorSpecs.

    >>> import tangraph as tf
    >>> double = tf.contrib.eager.defun(lambda x: x * 2)
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     y = double(tf.constant(3))
    ...     y.op.type, int(sess.run(y))
    ('PartitionedCall', 6)
    """
    return defun_with_attributes(
        func,
        input_signature,
        None,
        autograph,
        experimental_autograph_options,
        experimental_relax_shapes,
    )


def defun_with_attributes(
    func: Callable[..., Any] | None = None,
    input_signature: Any = None,
    attributes: dict[str, Any] | None = None,
    autograph: bool = True,
    experimental_autograph_options: Any = None,
    experimental_relax_shapes: bool = False,
) -> Any:
    """As :func:`defun`, with attrs for the functions, `func_name` among them."""
    if input_signature is not None:
        validate_signature(input_signature)

    def decorated(function: Callable[..., Any]) -> Function:
        given = dict(attributes or {})
        name = given.pop("func_name", None) or getattr(function, "__name__", "function")
        return Function(
            function,
            name,
            input_signature,
            given,
            autograph,
            experimental_autograph_options,
            experimental_relax_shapes,
        )

    return decorated if func is None else decorated(func)
