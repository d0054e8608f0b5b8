"""ConcreteFunction: the body of a function, traced once, and how nodes call it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from tangraph.framework import stacks
from tangraph.framework.handle_data import copy_handle_data
from tangraph.framework.operation import Operation
from tangraph.framework.scopes import control_dependencies
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.functions.backward import Rewriting
from tangraph.functions.building import func_graph_from_py_func
from tangraph.functions.definition import GraphFunction
from tangraph.ops.functions.calls import partitioned_call
from tangraph.ops.state.resource_variable import BaseResourceVariable
from tangraph.util import nest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tangraph.framework.graph import Graph
    from tangraph.functions.func_graph import FuncGraph


def define_from_graph(name: str, graph: FuncGraph, attrs: Mapping[str, Any] | None = None) -> GraphFunction:
    """Returns the function whose body is what a FuncGraph holds now."""
    outputs = list(graph.outputs)
    names: list[str] = []
    known = graph._output_names
    if known is not None and all(tensor in known for tensor in outputs):
        names = [known[tensor] for tensor in outputs]
        if len(set(names)) != len(names):
            names = []
    return GraphFunction(name, graph, graph.inputs, outputs, graph.control_outputs, attrs, names)


def call(function: GraphFunction, args: list[Any]) -> Any:
    """Adds a node that calls a function in the default graph; its results have the shapes of those of the body.

    Raises:
      ValueError: too few or too many arguments.
    """
    if len(args) != len(function.inputs):
        raise ValueError(
            f"Arguments and signature arguments do not match. got: {len(args)}, expected: {len(function.inputs)} "
        )
    captured = list(getattr(function.graph, "control_captures", ()))
    with control_dependencies(captured):
        results = partitioned_call(args, function)
    if isinstance(results, Operation):
        return results
    for result, output in zip(results, function.outputs, strict=True):
        result.set_shape(output.shape)
        copy_handle_data(output, result)
    return results


class ConcreteFunction:
    """A traced function. Calling it adds a node that calls its body.

    Args:
      func_graph: the body.
      attrs: attrs of the function.
      signature: TensorSpecs of the arguments, where what is passed is to be converted.

    Attributes:
      graph: the body.
    """

    def __init__(self, func_graph: FuncGraph, attrs: Mapping[str, Any] | None = None, signature: Any = None) -> None:
        self._func_graph = func_graph
        self._captured_inputs = func_graph.external_captures
        self._signature = signature
        self._arg_keywords: list[str] | None = None
        self._num_positional_args: int | None = None
        self._rewriting = Rewriting(func_graph, attrs or {})

    # -- what it is ----------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The function's name in graphs."""
        return self._rewriting.forward.name

    @property
    def graph(self) -> FuncGraph:
        """The body."""
        return self._func_graph

    @property
    def inputs(self) -> list[Tensor]:
        """The arguments in the body, those for captured tensors last."""
        return self._func_graph.inputs

    @property
    def outputs(self) -> list[Tensor]:
        """The results in the body."""
        return self._func_graph.outputs

    @property
    def captured_inputs(self) -> list[Tensor]:
        """The tensors outside that a call passes after its own arguments."""
        return list(self._captured_inputs)

    @property
    def stateful_ops(self) -> tuple[Operation, ...]:
        """The operations of the body that have effects or change from run to run."""
        return self._rewriting.forward.stateful_ops

    @property
    def function_def(self) -> Any:
        """The FunctionDef message."""
        return self._rewriting.forward.definition

    @property
    def structured_input_signature(self) -> Any:
        """The arguments as the Python function has them, as TensorSpecs."""
        return self._func_graph.structured_input_signature

    @property
    def structured_outputs(self) -> Any:
        """The results in the body, as the Python function returned them."""
        return self._func_graph.structured_outputs

    @property
    def output_shapes(self) -> Any:
        """The shapes of the results, in their structure."""
        return nest.map_structure(lambda x: getattr(x, "shape", TensorShape(None)), self.structured_outputs)

    @property
    def output_dtypes(self) -> Any:
        """The types of the results, in their structure."""
        return nest.map_structure(lambda x: None if x is None else x.dtype, self.structured_outputs)

    def add_to_graph(self, g: Graph | None = None) -> None:
        """Makes the function known to a graph, the default one when None."""
        self._rewriting.forward.add_to_graph(g or stacks.get_default_graph())

    def add_gradient_functions_to_graph(self, g: Graph | None = None) -> None:
        """Makes the functions that compute its gradient known to a graph, too."""
        graph = g or stacks.get_default_graph()
        self._rewriting.forward.add_to_graph(graph)
        forward, backward = self._rewriting.pair()
        forward.add_to_graph(graph)
        backward.add_to_graph(graph)

    # -- calls ---------------------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function.

        Args:
          *args: tensors, one for each argument of the Python function.
          **kwargs: the same by name.

        Raises:
          TypeError: an argument is missing, given twice or unknown.
          ValueError: an argument is no tensor, or of another shape than the function was traced with.
        """
        if self._arg_keywords is None or self._num_positional_args is None:
            if self._signature is None:
                raise AssertionError(
                    "Tried to call a concrete function obtained from an internal API through the public interface. Use "
                    "get_concrete_function instead."
                )
            if kwargs:
                raise NotImplementedError(
                    "Keyword arguments not supported when calling a wrap_function-decorated function."
                )
            return self._call_flat(list(args), self.captured_inputs)
        return self._call_flat(self._bound(list(args), kwargs), self.captured_inputs)

    def _bound(self, args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
        names, most = self._arg_keywords or [], self._num_positional_args or 0
        if len(args) > most:
            raise TypeError(
                f"Expected at most {most} positional arguments (and the rest keywords, of {names}), got {args}. When "
                "calling a concrete function, positional arguments may not be bound to Tensors within nested structures."
            )
        given = len(args)
        for name in names[given:]:
            if name not in kwargs:
                known = [*names[:given], *kwargs]
                raise TypeError(
                    f"Expected argument names {names} but got values for {known}. Missing: {list(set(names) - set(known))}."
                )
            args.append(kwargs.pop(name))
        for name in kwargs:
            if name in names[:given]:
                raise TypeError(f"Got two values for keyword '{name}'.")
        if kwargs:
            raise TypeError(f"Keyword arguments {list(kwargs)} unknown. Expected {names}.")
        return args

    def _filtered_call(self, args: Any, kwargs: Any) -> Any:
        """Calls the function with the tensors and variables among the arguments of the Python function."""
        leaves = nest.flatten((args, kwargs), expand_composites=True)
        return self._call_flat(
            [leaf for leaf in leaves if isinstance(leaf, (Tensor, BaseResourceVariable))], self.captured_inputs
        )

    def _call_flat(self, args: list[Any], captured_inputs: list[Tensor]) -> Any:
        graph = stacks.get_default_graph()
        watch = getattr(graph, "watch_variable", None)
        if watch is not None:
            for variable in self._func_graph.variables:
                watch(variable)
        inputs: list[Tensor] = []
        seen: set[Tensor] = set()
        for index, value in enumerate(args):
            if isinstance(value, BaseResourceVariable):
                if value.handle not in seen:
                    seen.add(value.handle)
                    inputs.append(value.handle)
            else:
                inputs.append(self._argument(index, value))
        name = self._rewriting.register()
        with graph.gradient_override_map({"PartitionedCall": name, "StatefulPartitionedCall": name}):
            results = call(self._rewriting.forward, [*inputs, *captured_inputs])
        return self._structured(results)

    def _argument(self, index: int, value: Any) -> Tensor:
        if isinstance(value, Tensor):
            wanted = self._func_graph.inputs[index].shape
            if not wanted.is_compatible_with(value.shape):
                name = f"'{self._arg_keywords[index]}'" if self._arg_keywords else f"with index {index}"
                raise ValueError(
                    f"The argument {name} (value {value}) is not compatible with the shape this function was traced with. "
                    f"Expected shape {wanted}, but got shape {value.shape}.\n\nIf you called get_concrete_function, you "
                    "may need to pass a tf.TensorSpec(..., shape=...) with a less specific shape, having None on axes which "
                    "can vary."
                )
            return value
        if self._signature is not None and isinstance(self._signature[index], TensorSpec):
            return convert_to_tensor(value, self._signature[index].dtype)
        raise ValueError(
            "All inputs to `ConcreteFunction`s must be Tensors; on invocation of "
            f"{self._func_graph.name}, the {index}-th input ({value}) was not a Tensor."
        )

    def _structured(self, results: Any) -> Any:
        """The results of a call in the structure that the Python function returned."""
        structure = self._func_graph.structured_outputs
        if structure is None or isinstance(results, Operation):
            return results if structure is None else nest.map_structure(lambda _: None, structure)
        found = iter(results)
        leaves = [None if leaf is None else next(found) for leaf in nest.flatten(structure, expand_composites=True)]
        return nest.pack_sequence_as(structure, leaves, expand_composites=True)

    def __repr__(self) -> str:
        return f"<ConcreteFunction {self.name}>"


def concrete_function(
    python_func: Callable[..., Any],
    name: str,
    signature: Any,
    attributes: Mapping[str, Any] | None = None,
    collections: Any = None,
) -> ConcreteFunction:
    """Traces a Python function for arguments of given types.

    Args:
      python_func: takes tensors of `signature`, returns a structure of tensors.
      name: goes into the function's name, ``__inference_<name>_<number>``.
      signature: a list of TensorSpecs.
      attributes: attrs of the function: bool, int, float or str.
      collections: see FuncGraph.

    Raises:
      TypeError: the function returns what is no tensor.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     double = concrete_function(lambda x: x * 2, "double", [tf.TensorSpec([], tf.int32)])
    ...     [t.name for t in double.inputs], double.output_shapes
    (['x:0'], TensorShape([]))
    """
    graph = func_graph_from_py_func(
        name,
        python_func,
        None,
        None,
        signature,
        arg_names=argument_names(python_func, len(signature)),
        collections=collections,
    )
    return ConcreteFunction(graph, attributes)


def argument_names(python_func: Callable[..., Any], count: int) -> list[str]:
    """Returns the names of the first arguments of a Python function; of those in ``*args``, ``args_0`` and so on."""
    spec = inspect.getfullargspec(python_func)
    names = spec.args[1:] if inspect.ismethod(python_func) else spec.args
    missing = count - len(names)
    return [*names[:count], *(f"{spec.varargs}_{i}" for i in range(missing))]
