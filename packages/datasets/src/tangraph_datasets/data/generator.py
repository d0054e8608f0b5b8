"""The dataset of what a Python generator yields."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import dtypes
from tangraph.framework.tensor_conversion import internal_convert_n_to_tensor
from tangraph.framework.tensor_shape import TensorShape, as_shape
from tangraph.ops.script import numpy_function
from tangraph.plugin import make_op
from tangraph_datasets.data import nest, structure
from tangraph_datasets.data.dataset import Dataset, DatasetSource
from tangraph_datasets.data.functions import StructuredFunctionWrapper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NAME = "Dataset.from_generator()"


class GeneratorDataset(DatasetSource):
    """What a function makes of a state until it raises OutOfRangeError.

    Args:
      init_args: what `init_func` takes.
      init_func: makes the state.
      next_func: makes an element of the state.
      finalize_func: takes the state at the end.
    """

    def __init__(
        self,
        init_args: Any,
        init_func: Callable[..., Any],
        next_func: Callable[..., Any],
        finalize_func: Callable[..., Any],
    ) -> None:
        spec = structure.type_spec_from_value(init_args)
        init = StructuredFunctionWrapper(init_func, _NAME, input_structure=spec)
        state = init.output_structure
        self._next_func = StructuredFunctionWrapper(next_func, _NAME, input_structure=state)
        finalize = StructuredFunctionWrapper(finalize_func, _NAME, input_structure=state)
        variant = make_op(
            "GeneratorDataset",
            [*structure.to_tensor_list(spec, init_args), *init.function.captured_inputs],
            self._next_func.function.captured_inputs,
            finalize.function.captured_inputs,
            init_func=init.function,
            next_func=self._next_func.function,
            finalize_func=finalize.function,
            **self._flat_structure,
        )
        super().__init__(variant)

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._next_func.output_structure


class _GeneratorState:
    """The iterations over a generator that are under way, by number."""

    def __init__(self, generator: Callable[..., Any]) -> None:
        self._generator = generator
        self._lock = threading.Lock()
        self._next_id = 0
        self._args: dict[int, tuple[Any, ...]] = {}
        self._iterators: dict[int, Iterator[Any]] = {}

    def get_next_id(self, *args: Any) -> Any:
        """Returns the number of a new iteration, with the arguments of the generator."""
        with self._lock:
            number = self._next_id
            self._next_id += 1
        self._args[number] = args
        return np.array(number, np.int64)

    def get_iterator(self, iterator_id: Any) -> Iterator[Any]:
        """Returns the iterator of an iteration, which starts with it."""
        number = int(iterator_id)
        if number not in self._iterators:
            self._iterators[number] = iter(self._generator(*self._args.pop(number)))
        return self._iterators[number]

    def iterator_completed(self, iterator_id: Any) -> None:
        """Forgets an iteration."""
        self._iterators.pop(int(iterator_id), None)


def _converted(value: Any, dtype: Any) -> Any:
    """Returns a yielded value as an array; strings as objects."""
    array = np.asarray(value, dtype=dtype.as_numpy_dtype if dtype is not dtypes.string else None, order="C")
    if dtype is not dtypes.string:
        return array
    flat = [item.encode() if isinstance(item, str) else item for item in array.reshape(-1).tolist()]
    if not all(isinstance(item, bytes) for item in flat):
        raise TypeError(f"Strings were expected. Received: {value!r}")
    out = np.empty(array.shape, object)
    out.reshape(-1)[:] = flat
    return out


def _checked(value: Any, dtype: Any, shape: TensorShape) -> Any:
    """Returns a yielded value as an array of a type and shape."""
    try:
        array = _converted(value, dtype)
    except (TypeError, ValueError) as error:
        raise TypeError(
            "`generator` yielded an element that could not be converted to the expected type. The expected type was "
            f"{dtype.name}, but the yielded element was {value}."
        ) from error
    if not shape.is_compatible_with(array.shape):
        raise ValueError(
            f"`generator` yielded an element of shape {array.shape} where an element of shape {shape} was expected."
        )
    return array


def from_generator(generator: Any, output_types: Any, output_shapes: Any, args: Any) -> Any:
    """Returns the dataset of what a Python generator yields; see `Dataset.from_generator`."""
    if not callable(generator):
        raise TypeError("`generator` must be callable.")
    if output_shapes is None:
        output_shapes = nest.map_structure(lambda _: TensorShape(None), output_types)
    else:
        output_shapes = nest.map_structure_up_to(output_types, as_shape, output_shapes)
    tensors = () if args is None else tuple(internal_convert_n_to_tensor(args, name="args"))
    types = [dtypes.as_dtype(dtype) for dtype in nest.flatten(output_types)]
    shapes = nest.flatten(output_shapes)
    state = _GeneratorState(generator)

    def get_iterator_id_fn(unused_dummy: Any) -> Any:
        del unused_dummy
        return numpy_function(state.get_next_id, tensors, dtypes.int64)

    def generator_next_fn(iterator_id_t: Any) -> Any:
        def generator_py_func(iterator_id: Any) -> list[Any]:
            values = next(state.get_iterator(iterator_id))
            try:
                flat = nest.flatten_up_to(output_types, values)
            except (TypeError, ValueError) as error:
                raise TypeError(
                    "`generator` yielded an element that did not match the expected structure. The expected structure "
                    f"was {output_types}, but the yielded element was {values}."
                ) from error
            return [_checked(*found) for found in zip(flat, types, shapes, strict=True)]

        flat_values = numpy_function(generator_py_func, [iterator_id_t], types)
        for value, shape in zip(flat_values, shapes, strict=True):
            value.set_shape(shape)
        return nest.pack_sequence_as(output_types, flat_values)

    def finalize_fn(iterator_id_t: Any) -> Any:
        def finalize_py_func(iterator_id: Any) -> Any:
            state.iterator_completed(iterator_id)
            return np.array(0, np.int64)

        return numpy_function(finalize_py_func, [iterator_id_t], dtypes.int64)

    def flat_map_fn(dummy_arg: Any) -> GeneratorDataset:
        return GeneratorDataset(dummy_arg, get_iterator_id_fn, generator_next_fn, finalize_fn)

    return Dataset.from_tensors(0).flat_map(flat_map_fn)
