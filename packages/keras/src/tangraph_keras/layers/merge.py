"""Layers that make one tensor of several."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend import arithmetic
from tangraph_keras.backend.products import batch_dot
from tangraph_keras.backend.shaping import concatenate as join
from tangraph_layers import settings
from tangraph_layers.engine.layer import Layer


def _sizes(shapes: Any) -> Any:
    """Returns shapes as tuples, None for an unknown rank."""
    if not isinstance(shapes, list):
        return shapes
    known = [tf.TensorShape(shape) for shape in shapes]
    return [None if shape.ndims is None else tuple(shape.as_list()) for shape in known]


class _Merge(Layer):
    """Combines tensors element by element; those of fewer axes are spread over the others."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self._reshape_required = False

    def _merge_function(self, inputs: list[Any]) -> Any:
        raise NotImplementedError

    def build(self, input_shape: Any) -> None:
        """Checks the shapes of the inputs.

        Raises:
          ValueError: no list of two or more, or shapes that do not fit.
        """
        shapes = _sizes(input_shape)
        if not isinstance(shapes, list):
            raise ValueError("A merge layer should be called on a list of inputs.")
        if len(shapes) < 2:
            raise ValueError(
                f"A merge layer should be called on a list of at least 2 inputs. Got {len(shapes)} inputs."
            )
        if len({shape[0] for shape in shapes if shape is not None} - {None}) > 1:
            raise ValueError(f"Can not merge tensors with different batch sizes. Got tensors with shapes : {shapes}")
        self._elements_shape(shapes)
        self._reshape_required = None in shapes or len({len(shape) for shape in shapes}) > 1
        self.built = True

    def _elements_shape(self, shapes: list[Any]) -> Any:
        merged = None if shapes[0] is None else shapes[0][1:]
        for shape in shapes[1:]:
            merged = _broadcast(merged, None if shape is None else shape[1:])
        return merged

    def call(self, inputs: Any) -> Any:
        """Returns the merged tensor."""
        if not isinstance(inputs, list):
            raise ValueError("A merge layer should be called on a list of inputs.")
        if not self._reshape_required:
            return self._merge_function(inputs)
        ranks = [x.shape.ndims for x in inputs]
        if None in ranks:
            return self._merge_of_unknown_rank(inputs)
        wide = []
        for x, rank in zip(inputs, ranks, strict=True):
            for _ in range(max(ranks) - rank):
                x = tf.expand_dims(x, axis=1)
            wide.append(x)
        return self._merge_function(wide)

    def _merge_of_unknown_rank(self, inputs: list[Any]) -> Any:
        """Merges with the batch moved to the end, where broadcasting aligns it."""
        moved = []
        transposed = False
        for x in inputs:
            rank = x.shape.ndims
            if rank is None:
                shape = tf.shape(x)
                batch = shape[0]
                turned = join([shape[1:], tf.expand_dims(batch, axis=-1)])
                flat = tf.reshape(x, tf.stack([batch, tf.reduce_prod(shape[1:])], axis=0))
                x = tf.reshape(tf.transpose(flat, perm=(1, 0)), turned)
                transposed = True
            elif rank > 1:
                x = tf.transpose(x, perm=[*range(1, rank), 0])
                transposed = True
            moved.append(x)
        y = self._merge_function(moved)
        if not transposed:
            return y
        rank = y.shape.ndims
        if rank is None:
            shape = tf.shape(y)
            count = tf.shape(shape)[0]
            batch = shape[count - 1]
            turned = join([tf.expand_dims(batch, axis=-1), shape[: count - 1]])
            y = tf.transpose(tf.reshape(y, (-1, batch)), perm=(1, 0))
            return tf.reshape(y, turned)
        return tf.transpose(y, perm=[rank - 1, *range(rank - 1)]) if rank > 1 else y

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the output."""
        shapes = _sizes(input_shape)
        merged = self._elements_shape(shapes)
        batches = {shape[0] for shape in shapes if shape is not None} - {None}
        return tf.TensorShape([next(iter(batches)) if len(batches) == 1 else None, *merged])

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns where the masks of all inputs that have one are set."""
        if not self._has_masks(inputs, mask):
            return None
        masks = [tf.expand_dims(m, axis=0) for m in mask if m is not None]
        return arithmetic.all(join(masks, axis=0), axis=0, keepdims=False)

    @staticmethod
    def _has_masks(inputs: Any, mask: Any) -> bool:
        if mask is None:
            return False
        if not isinstance(mask, list):
            raise ValueError("`mask` should be a list.")
        if not isinstance(inputs, list):
            raise ValueError("`inputs` should be a list.")
        if len(mask) != len(inputs):
            raise ValueError("The lists `inputs` and `mask` should have the same length.")
        return any(m is not None for m in mask)


def _broadcast(a: Any, b: Any) -> Any:
    """Returns the shape of what two shapes are spread to, without the batch; None for an unknown rank."""
    if a is None or b is None:
        return None
    if len(a) < len(b):
        a, b = b, a
    merged = list(a[: len(a) - len(b)])
    for i, j in zip(a[len(a) - len(b) :], b, strict=True):
        if i is None or j is None:
            merged.append(None)
        elif 1 in (i, j) or i == j:
            merged.append(j if i == 1 else i)
        else:
            raise ValueError(f"Operands could not be broadcast together with shapes {a} {b}")
    return tuple(merged)


@export("keras.layers.Add")
class Add(_Merge):
    """Returns the sum of tensors.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     sess.run(Add()([tf.constant([[1.0]]), tf.constant([[2.0]])])).tolist()
    [[3.0]]
    """

    def _merge_function(self, inputs: list[Any]) -> Any:
        output = inputs[0]
        for x in inputs[1:]:
            output += x
        return output


@export("keras.layers.Subtract")
class Subtract(_Merge):
    """Returns the difference of two tensors."""

    def build(self, input_shape: Any) -> None:
        """Checks the shapes of the inputs."""
        super().build(input_shape)
        if len(input_shape) != 2:
            raise ValueError("A `Subtract` layer should be called on exactly 2 inputs")

    def _merge_function(self, inputs: list[Any]) -> Any:
        if len(inputs) != 2:
            raise ValueError("A `Subtract` layer should be called on exactly 2 inputs")
        return inputs[0] - inputs[1]


@export("keras.layers.Multiply")
class Multiply(_Merge):
    """Returns the product of tensors."""

    def _merge_function(self, inputs: list[Any]) -> Any:
        output = inputs[0]
        for x in inputs[1:]:
            output *= x
        return output


@export("keras.layers.Average")
class Average(_Merge):
    """Returns the mean of tensors."""

    def _merge_function(self, inputs: list[Any]) -> Any:
        output = inputs[0]
        for x in inputs[1:]:
            output += x
        return output / len(inputs)


@export("keras.layers.Maximum")
class Maximum(_Merge):
    """Returns the larger one of each two elements."""

    def _merge_function(self, inputs: list[Any]) -> Any:
        output = inputs[0]
        for x in inputs[1:]:
            output = tf.maximum(output, x)
        return output


@export("keras.layers.Minimum")
class Minimum(_Merge):
    """Returns the smaller one of each two elements."""

    def _merge_function(self, inputs: list[Any]) -> Any:
        output = inputs[0]
        for x in inputs[1:]:
            output = tf.minimum(output, x)
        return output


@export("keras.layers.Concatenate")
class Concatenate(_Merge):
    """Returns tensors joined along an axis.

    Args:
      axis: the axis.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def build(self, input_shape: Any) -> None:
        """Checks the shapes of the inputs.

        Raises:
          ValueError: no list of two or more, or shapes that differ in other axes.
        """
        shapes = _sizes(input_shape)
        if not isinstance(shapes, list) or len(shapes) < 2:
            raise ValueError("A `Concatenate` layer should be called on a list of at least 2 inputs")
        self.built = True
        if all(shape is None for shape in shapes):
            return
        others = set()
        for shape in shapes:
            rest = list(shape)
            del rest[self.axis]
            others.add(tuple(rest))
        if len(others) > 1:
            raise ValueError(
                "A `Concatenate` layer requires inputs with matching shapes except for the concat axis. Got inputs "
                f"shapes: {shapes}"
            )

    def _merge_function(self, inputs: list[Any]) -> Any:
        return join(inputs, axis=self.axis)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the output."""
        shapes = _sizes(input_shape)
        if not isinstance(shapes, list):
            raise ValueError("A `Concatenate` layer should be called on a list of inputs.")
        merged = list(shapes[0])
        sizes = [shape[self.axis] for shape in shapes]
        merged[self.axis] = None if None in sizes else sum(sizes)
        return tf.TensorShape(merged)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns the masks joined; inputs without one have it set."""
        if not self._has_masks(inputs, mask):
            return None
        masks = []
        for x, m in zip(inputs, mask, strict=True):
            if m is None:
                masks.append(tf.ones_like(x, dtype="bool"))
            else:
                masks.append(tf.expand_dims(m, axis=-1) if m.shape.ndims < x.shape.ndims else m)
        return arithmetic.all(join(masks, axis=self.axis), axis=-1, keepdims=False)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "axis": self.axis}


@export("keras.layers.Dot")
class Dot(_Merge):
    """Returns the products of the elements of two batches.

    Args:
      axes: the axis of each along which to multiply and add: one number for both, or two.
      normalize: whether they are brought to length 1 along the axes before.
      **kwargs: see `tf.keras.layers.Layer`.

    Raises:
      TypeError: axes of another type.
      ValueError: another number of them.
    """

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(axes, int):
            if not isinstance(axes, list | tuple):
                raise TypeError("Invalid type for `axes` - should be a list or an int.")
            if len(axes) != 2:
                raise ValueError("Invalid format for `axes` - should contain two elements.")
            if not isinstance(axes[0], int) or not isinstance(axes[1], int):
                raise ValueError('Invalid format for `axes` - list elements should be "int".')
        self.axes = axes
        self.normalize = normalize

    def _both(self, ranks: tuple[int, int]) -> list[int]:
        axes = [self.axes] * 2 if isinstance(self.axes, int) else self.axes
        return [axis % rank if axis < 0 else axis for axis, rank in zip(axes, ranks, strict=True)]

    def build(self, input_shape: Any) -> None:
        """Checks the shapes of the inputs.

        Raises:
          ValueError: no list of two, or sizes that differ.
        """
        shapes = self._two(input_shape)
        self.built = True
        if None in shapes:
            return
        a, b = shapes
        first, second = self._both((len(a), len(b)))
        if a[first] != b[second]:
            raise ValueError(f"Dimension incompatibility {a[first]} != {b[second]}. Layer shapes: {a}, {b}")

    @staticmethod
    def _two(input_shape: Any) -> list[Any]:
        shapes = _sizes(input_shape)
        if not isinstance(shapes, list) or len(shapes) != 2:
            raise ValueError("A `Dot` layer should be called on a list of 2 inputs.")
        return shapes

    def _merge_function(self, inputs: list[Any]) -> Any:
        if len(inputs) != 2:
            raise ValueError("A `Dot` layer should be called on exactly 2 inputs")
        axes = self._both((inputs[0].shape.ndims, inputs[1].shape.ndims))
        if self.normalize:
            inputs = [tf.nn.l2_normalize(x, axis=axis) for x, axis in zip(inputs, axes, strict=True)]
        first, second = inputs
        return batch_dot(first, second, axes)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the output."""
        a, b = (list(shape) for shape in self._two(input_shape))
        first, second = self._both((len(a), len(b)))
        del a[first], b[second], b[0]
        merged = a + b
        return tf.TensorShape(merged if len(merged) > 1 else [*merged, 1])

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """Returns None: products have no mask."""
        return

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), **settings.config_of(self, "axes normalize")}


@export("keras.layers.add")
def add(inputs: Any, **kwargs: Any) -> Any:
    """Calls a new `Add` layer on a list of tensors."""
    return Add(**kwargs)(inputs)


@export("keras.layers.subtract")
def subtract(inputs: Any, **kwargs: Any) -> Any:
    """Calls a new `Subtract` layer on a list of two tensors."""
    return Subtract(**kwargs)(inputs)


@export("keras.layers.multiply")
def multiply(inputs: Any, **kwargs: Any) -> Any:
    """Calls a new `Multiply` layer on a list of tensors."""
    return Multiply(**kwargs)(inputs)


@export("keras.layers.average")
def average(inputs: Any, **kwargs: Any) -> Any:
    """Calls a new `Average` layer on a list of tensors."""
    return Average(**kwargs)(inputs)


@export("keras.layers.maximum")
def maximum(inputs: Any, **kwargs: Any) -> Any:
    """Calls a new `Maximum` layer on a list of tensors."""
    return Maximum(**kwargs)(inputs)


@export("keras.layers.minimum")
def minimum(inputs: Any, **kwargs: Any) -> Any:
    """Calls a new `Minimum` layer on a list of tensors."""
    return Minimum(**kwargs)(inputs)


@export("keras.layers.concatenate")
def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """Calls a new `Concatenate` layer on a list of tensors."""
    return Concatenate(axis=axis, **kwargs)(inputs)


@export("keras.layers.dot")
def dot(inputs: Any, axes: Any, normalize: bool = False, **kwargs: Any) -> Any:
    """Calls a new `Dot` layer on a list of two tensors."""
    return Dot(axes=axes, normalize=normalize, **kwargs)(inputs)
