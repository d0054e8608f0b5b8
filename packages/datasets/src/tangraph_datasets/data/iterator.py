"""``tf.data.Iterator``: brings the elements of a dataset into the graph, one a run."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import dtypes, stacks
from tangraph.framework.scopes import colocate_with, device, name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape, as_shape
from tangraph.plugin import export, make_op
from tangraph_datasets.data import nest, structure

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph_datasets.data.dataset import DatasetV2

GET_NEXT_CALL_WARNING_THRESHOLD: Final = 32
GET_NEXT_CALL_WARNING_MESSAGE: Final = (
    "An unusually high number of `Iterator.get_next()` calls was detected. This often indicates that `Iterator.get_next()` "
    "is being called inside a training loop, which will cause gradual slowdown and eventual resource exhaustion. If this is "
    "the case, restructure your code to call `next_element = iterator.get_next()` once outside the loop, and use "
    "`next_element` as the input to some computation that is invoked inside the loop."
)
#: The collection of the graph's iterators.
GLOBAL_ITERATORS: Final = "iterators"


def _on_cpu(op_type: str, *inputs: Any, **attrs: Any) -> Any:
    """Adds a node, on the CPU where nothing says where."""
    if stacks.get_default_graph()._device_stack:
        return make_op(op_type, *inputs, **attrs)
    with device("/cpu:0"):
        return make_op(op_type, *inputs, **attrs)


def _legacy(output_types: Any, output_shapes: Any, output_classes: Any) -> tuple[Any, Any, Any]:
    """Returns structures of types, shapes and classes, with what was left out."""
    types = nest.map_structure(dtypes.as_dtype, output_types)
    if output_shapes is None:
        shapes = nest.map_structure(lambda _: TensorShape(None), types)
    else:
        shapes = nest.map_structure_up_to(types, as_shape, output_shapes)
    classes = nest.map_structure(lambda _: Tensor, types) if output_classes is None else output_classes
    nest.assert_same_structure(types, shapes)
    return types, shapes, classes


@export("data.Iterator")
class Iterator:
    """Where in a dataset a session is. `get_next` gives the tensors of the next element, one element a run.

    Args:
      iterator_resource: the tensor that stands for the iterator.
      initializer: the operation that puts it at the beginning of a dataset, or None.
      output_types, output_shapes, output_classes: the structures of types, shapes and classes of its elements.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     iterator = tf.data.Dataset.range(2).make_initializable_iterator()
    ...     element = iterator.get_next()
    ...     sess.run(iterator.initializer)
    ...     int(sess.run(element)), int(sess.run(element))
    (0, 1)
    """

    def __init__(
        self,
        iterator_resource: Tensor,
        initializer: Operation | None,
        output_types: Any,
        output_shapes: Any,
        output_classes: Any,
    ) -> None:
        if output_types is None or output_shapes is None or output_classes is None:
            raise ValueError(
                "If `structure` is not specified, all of `output_types`, `output_shapes`, and `output_classes` must be "
                "specified."
            )
        self._iterator_resource = iterator_resource
        self._initializer = initializer
        self._element_spec = structure.convert_legacy_structure(output_types, output_shapes, output_classes)
        self._flat_structure = {
            "output_types": structure.get_flat_tensor_types(self._element_spec),
            "output_shapes": structure.get_flat_tensor_shapes(self._element_spec),
        }
        self._string_handle: Tensor = make_op("IteratorToStringHandle", iterator_resource)
        self._get_next_call_count = 0
        stacks.get_default_graph().add_to_collection(GLOBAL_ITERATORS, iterator_resource)

    @staticmethod
    def from_structure(
        output_types: Any, output_shapes: Any = None, shared_name: str | None = None, output_classes: Any = None
    ) -> Iterator:
        """Returns an iterator of no dataset yet; see `make_initializer`.

        Args:
          output_types: the structure of types of its elements.
          output_shapes: the structure of shapes; unknown ones when None.
          shared_name: a name under which sessions of a server share it.
          output_classes: the structure of classes; Tensor when None.

        Raises:
          TypeError, ValueError: the structures differ.
        """
        types, shapes, classes = _legacy(output_types, output_shapes, output_classes)
        spec = structure.convert_legacy_structure(types, shapes, classes)
        resource = _on_cpu(
            "IteratorV2",
            container="",
            shared_name=shared_name or "",
            output_types=structure.get_flat_tensor_types(spec),
            output_shapes=structure.get_flat_tensor_shapes(spec),
        )
        return Iterator(resource, None, types, shapes, classes)

    @staticmethod
    def from_string_handle(
        string_handle: Any, output_types: Any, output_shapes: Any = None, output_classes: Any = None
    ) -> Iterator:
        """Returns the iterator for which a string stands, which may be fed: see `string_handle`.

        Args:
          string_handle: a string scalar.
          output_types, output_shapes, output_classes: as for `from_structure`.

        In a run it raises InvalidArgumentError where the string stands for none, or its elements do not fit.
        """
        types, shapes, classes = _legacy(output_types, output_shapes, output_classes)
        spec = structure.convert_legacy_structure(types, shapes, classes)
        handle = convert_to_tensor(string_handle, dtype=dtypes.string)
        resource = _on_cpu(
            "IteratorFromStringHandleV2",
            handle,
            output_types=structure.get_flat_tensor_types(spec),
            output_shapes=structure.get_flat_tensor_shapes(spec),
        )
        return Iterator(resource, None, types, shapes, classes)

    @property
    def initializer(self) -> Operation:
        """The operation that puts the iterator at the beginning of its dataset.

        Raises:
          ValueError: there is none.
        """
        if self._initializer is None:
            raise ValueError("Iterator does not have an initializer.")
        return self._initializer

    def make_initializer(self, dataset: DatasetV2, name: str | None = None) -> Operation:
        """Returns an operation that puts the iterator at the beginning of a dataset.

        Raises:
          TypeError: the dataset's elements have other types, shapes or classes.
          ValueError: they have another structure.
        """
        with name_scope(name, "make_initializer") as scope:
            self._check(dataset)
        with colocate_with(self._iterator_resource):
            operation: Operation = make_op("MakeIterator", dataset._variant_tensor, self._iterator_resource, name=scope)
        return operation

    def _check(self, dataset: DatasetV2) -> None:
        spec = dataset.element_spec
        types, shapes = structure.legacy_types(spec), structure.legacy_shapes(spec)
        classes = structure.legacy_classes(spec)
        nest.assert_same_structure(self.output_types, types)
        nest.assert_same_structure(self.output_shapes, shapes)
        for known, found in zip(nest.flatten(self.output_classes), nest.flatten(classes), strict=True):
            if known is not found:
                raise TypeError(
                    f"Expected output classes {self.output_classes!r} but got dataset with output class {classes!r}."
                )
        for known, found in zip(nest.flatten(self.output_types), nest.flatten(types), strict=True):
            if known != found:
                raise TypeError(
                    f"Expected output types {self.output_types!r} but got dataset with output types {types!r}."
                )
        for known, found in zip(nest.flatten(self.output_shapes), nest.flatten(shapes), strict=True):
            if not known.is_compatible_with(found):
                raise TypeError(
                    f"Expected output shapes compatible with {self.output_shapes!r} but got dataset with output shapes "
                    f"{shapes!r}."
                )

    def get_next(self, name: str | None = None) -> Any:
        """Returns the tensors of the next element; each run takes one element for all of them.

        In a run it raises OutOfRangeError at the end of the dataset, and FailedPreconditionError before the iterator was
        initialized.
        """
        self._get_next_call_count += 1
        if self._get_next_call_count > GET_NEXT_CALL_WARNING_THRESHOLD:
            warnings.warn(GET_NEXT_CALL_WARNING_MESSAGE, stacklevel=2)
        tensors = make_op("IteratorGetNext", self._iterator_resource, name=name, **self._flat_structure)
        return structure.from_tensor_list(self._element_spec, tensors)

    def string_handle(self, name: str | None = None) -> Tensor:
        """Returns a string scalar that stands for the iterator; see `from_string_handle`."""
        if name is None:
            return self._string_handle
        handle: Tensor = make_op("IteratorToStringHandle", self._iterator_resource, name=name)
        return handle

    @property
    def output_classes(self) -> Any:
        """The structure of classes of its elements."""
        return structure.legacy_classes(self._element_spec)

    @property
    def output_shapes(self) -> Any:
        """The structure of shapes of its elements."""
        return structure.legacy_shapes(self._element_spec)

    @property
    def output_types(self) -> Any:
        """The structure of types of its elements."""
        return structure.legacy_types(self._element_spec)

    @property
    def element_spec(self) -> Any:
        """The structure of TypeSpecs of its elements."""
        return self._element_spec
