"""Decodes `tf.train.Example`s: features are parsed, and handlers make items of them."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.slim.data.providing import DataDecoder

if TYPE_CHECKING:
    from collections.abc import Callable


def _dense(value: Any, *default: Any) -> Any:
    return tf.sparse_tensor_to_dense(value, *default) if isinstance(value, tf.SparseTensor) else value


@export("contrib.slim.tfexample_decoder.ItemHandler")
class ItemHandler(abc.ABC):
    """Makes an item of parsed features.

    Args:
      keys: the names of the features, or one.
    """

    def __init__(self, keys: Any) -> None:
        self._keys = keys if isinstance(keys, list | tuple) else [keys]

    @property
    def keys(self) -> Any:
        """The names of the features."""
        return self._keys

    @abc.abstractmethod
    def tensors_to_item(self, keys_to_tensors: Any) -> Any:
        """Returns the item."""


@export("contrib.slim.tfexample_decoder.ItemHandlerCallback")
class ItemHandlerCallback(ItemHandler):
    """Makes an item by a function.

    Args:
      keys: the names of the features.
      func: a function of the dictionary of parsed features.
    """

    def __init__(self, keys: Any, func: Callable[[Any], Any]) -> None:
        super().__init__(keys)
        self._func = func

    def tensors_to_item(self, keys_to_tensors: Any) -> Any:
        """Returns the item."""
        return self._func(keys_to_tensors)


@export("contrib.slim.tfexample_decoder.BoundingBox")
class BoundingBox(ItemHandler):
    """Makes boxes, [boxes, 4], of the features that hold their sides.

    Args:
      keys: the names of the four features; "ymin", "xmin", "ymax" and "xmax" when None.
      prefix: what stands before them.

    Raises:
      ValueError: there are not four.
    """

    def __init__(self, keys: Any = None, prefix: str = "") -> None:
        keys = ["ymin", "xmin", "ymax", "xmax"] if keys is None else keys
        if len(keys) != 4:
            raise ValueError(f"BoundingBox expects 4 keys but got {len(keys)}")
        self._full_keys = [prefix + key for key in keys]
        super().__init__(self._full_keys)

    def tensors_to_item(self, keys_to_tensors: Any) -> Any:
        """Returns the boxes."""
        sides = []
        for key in self._full_keys:
            side = keys_to_tensors[key]
            sides.append(tf.expand_dims(side.values if isinstance(side, tf.SparseTensor) else side, 0))
        return tf.transpose(tf.concat(sides, 0))


@export("contrib.slim.tfexample_decoder.Tensor")
class Tensor(ItemHandler):
    """Makes a dense tensor of a feature.

    Args:
      tensor_key: the name of the feature.
      shape_keys: the names of features that hold its shape, or one.
      shape: its shape.
      default_value: what stands where a sparse feature has nothing.

    Raises:
      ValueError: the shape is given in two ways.
    """

    def __init__(self, tensor_key: str, shape_keys: Any = None, shape: Any = None, default_value: Any = 0) -> None:
        if shape_keys and shape is not None:
            raise ValueError("Cannot specify both shape_keys and shape parameters.")
        if shape_keys and not isinstance(shape_keys, list):
            shape_keys = [shape_keys]
        self._tensor_key = tensor_key
        self._shape_keys = shape_keys
        self._shape = shape
        self._default_value = default_value
        super().__init__([tensor_key, *(shape_keys or [])])

    def tensors_to_item(self, keys_to_tensors: Any) -> Any:
        """Returns the tensor."""
        tensor, shape = keys_to_tensors[self._tensor_key], self._shape
        if self._shape_keys:
            sizes = [_dense(keys_to_tensors[key]) for key in self._shape_keys]
            shape = tf.reshape(tf.stack(sizes), [-1])
        if isinstance(tensor, tf.SparseTensor):
            tensor = tensor if shape is None else tf.sparse_reshape(tensor, shape)
            return _dense(tensor, self._default_value)
        return tensor if shape is None else tf.reshape(tensor, shape)


@export("contrib.slim.tfexample_decoder.LookupTensor")
class LookupTensor(Tensor):
    """Makes a dense tensor of what a table holds for a feature.

    Args:
      tensor_key: see `Tensor`, and so for the others.
      table: the table.
      shape_keys: see there.
      shape: see there.
      default_value: see there.
    """

    def __init__(
        self, tensor_key: str, table: Any, shape_keys: Any = None, shape: Any = None, default_value: Any = ""
    ) -> None:
        self._table = table
        super().__init__(tensor_key, shape_keys, shape, default_value)

    def tensors_to_item(self, keys_to_tensors: Any) -> Any:
        """Returns the tensor."""
        return self._table.lookup(super().tensors_to_item(keys_to_tensors))


@export("contrib.slim.tfexample_decoder.BackupHandler")
class BackupHandler(ItemHandler):
    """Makes an item by one handler, and by another where that one gives nothing.

    Args:
      handler: the first.
      backup: the second.

    Raises:
      ValueError: one is no handler.
    """

    def __init__(self, handler: Any, backup: Any) -> None:
        for name, one in (("Primary", handler), ("Backup", backup)):
            if not isinstance(one, ItemHandler):
                raise ValueError(f"{name} handler is of type {type(one)} instead of ItemHandler")
        self._handler = handler
        self._backup = backup
        super().__init__(handler.keys + backup.keys)

    def tensors_to_item(self, keys_to_tensors: Any) -> Any:
        """Returns the item."""
        item = self._handler.tensors_to_item(keys_to_tensors)
        return tf.cond(
            pred=tf.equal(tf.reduce_prod(tf.shape(item)), 0),
            true_fn=lambda: self._backup.tensors_to_item(keys_to_tensors),
            false_fn=lambda: item,
        )


@export("contrib.slim.tfexample_decoder.SparseTensor")
class SparseTensor(ItemHandler):
    """Makes a sparse tensor of a feature with its indices and one with its values.

    Args:
      indices_key: the name of the indices' feature; "indices" when None.
      values_key: that of the values' feature; "values" when None.
      shape_key: that of the shape's feature.
      shape: the shape; that of the indices when neither is given.
      densify: whether to make it dense.
      default_value: what stands where it has nothing, then.
    """

    def __init__(
        self,
        indices_key: str | None = None,
        values_key: str | None = None,
        shape_key: str | None = None,
        shape: Any = None,
        densify: bool = False,
        default_value: Any = 0,
    ) -> None:
        self._indices_key = indices_key or "indices"
        self._values_key = values_key or "values"
        self._shape_key = shape_key
        self._shape = shape
        self._densify = densify
        self._default_value = default_value
        keys = [self._indices_key, self._values_key]
        super().__init__([*keys, shape_key] if shape_key else keys)

    def tensors_to_item(self, keys_to_tensors: Any) -> Any:
        """Returns the tensor."""
        indices, values = keys_to_tensors[self._indices_key], keys_to_tensors[self._values_key]
        given = _dense(keys_to_tensors[self._shape_key]) if self._shape_key else self._shape
        shape = indices.dense_shape if given is None or given == [] else given
        rank = tf.shape(indices.indices)[1]
        ids = tf.cast(indices.values, tf.int64)
        before = tf.slice(indices.indices, [0, 0], tf.stack([-1, rank - 1]))
        tensor = tf.SparseTensor(tf.concat([before, tf.reshape(ids, [-1, 1])], 1), values.values, shape)
        return _dense(tensor, self._default_value) if self._densify else tensor


@export("contrib.slim.tfexample_decoder.Image")
class Image(ItemHandler):
    """Makes an image of encoded bytes.

    Args:
      image_key: the name of the feature with the bytes; "image/encoded" when None.
      format_key: that of the feature with the format; "image/format" when None.
      shape: the shape that all images have; None when they differ.
      channels: the number of channels.
      dtype: the element type.
      repeated: whether the feature holds several images.
      dct_method: see `tf.image.decode_jpeg`.
    """

    def __init__(
        self,
        image_key: str | None = None,
        format_key: str | None = None,
        shape: Any = None,
        channels: int = 3,
        dtype: Any = tf.uint8,
        repeated: bool = False,
        dct_method: str = "",
    ) -> None:
        self._image_key = image_key or "image/encoded"
        self._format_key = format_key or "image/format"
        super().__init__([self._image_key, self._format_key])
        self._shape = shape
        self._channels = channels
        self._dtype = dtype
        self._repeated = repeated
        self._dct_method = dct_method

    def tensors_to_item(self, keys_to_tensors: Any) -> Any:
        """Returns the image, or the images."""
        data, kind = keys_to_tensors[self._image_key], keys_to_tensors[self._format_key]
        if self._repeated:
            return tf.map_fn(lambda one: self._decode(one, kind), data, dtype=self._dtype)
        return self._decode(data, kind)

    def _decode(self, data: Any, kind: Any) -> Any:
        """Decodes bytes by their header, or takes them as they are when the format is "raw"."""

        def by_header() -> Any:
            return tf.cast(tf.image.decode_image(data, channels=self._channels), self._dtype)

        def jpeg() -> Any:
            image = tf.image.decode_jpeg(data, channels=self._channels, dct_method=self._dct_method)
            return tf.cast(image, self._dtype)

        def encoded() -> Any:
            return tf.cond(tf.image.is_jpeg(data), jpeg, by_header, name="cond_jpeg")

        is_raw = tf.logical_or(tf.equal(kind, "raw"), tf.equal(kind, "RAW"))
        raw = [(is_raw, lambda: tf.decode_raw(data, out_type=self._dtype))]
        image = tf.case(raw, default=encoded, exclusive=True)
        image.set_shape([None, None, self._channels])
        return image if self._shape is None else tf.reshape(image, self._shape)


@export("contrib.slim.tfexample_decoder.TFExampleDecoder")
class TFExampleDecoder(DataDecoder):
    """Parses an example and makes its items.

    Args:
      keys_to_features: what to parse: `tf.FixedLenFeature`s and `tf.VarLenFeature`s by name.
      items_to_handlers: an `ItemHandler` for each item.
    """

    def __init__(self, keys_to_features: Any, items_to_handlers: Any) -> None:
        self._keys_to_features = keys_to_features
        self._items_to_handlers = items_to_handlers

    def list_items(self) -> list[str]:
        """Returns the names of the items."""
        return list(self._items_to_handlers)

    def decode(self, data: Any, items: Any = None) -> list[Any]:
        """Returns items of a serialized example.

        Args:
          data: the example, a string scalar.
          items: the names of the items; all when None.
        """
        example = tf.parse_single_example(data, self._keys_to_features)
        for key in sorted(self._keys_to_features):
            feature = self._keys_to_features[key]
            if isinstance(feature, tf.FixedLenFeature):
                example[key] = tf.reshape(example[key], feature.shape)
        outputs = []
        for item in items or self._items_to_handlers:
            handler = self._items_to_handlers[item]
            outputs.append(handler.tensors_to_item({key: example[key] for key in handler.keys}))
        return outputs
