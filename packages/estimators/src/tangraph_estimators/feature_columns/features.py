"""The features of a batch, and what columns have made of them: each is made once."""

from __future__ import annotations

from typing import Any, ClassVar

import tangraph as tf
from tangraph_estimators.feature_columns.interface import FeatureColumn, _FeatureColumn


class _Features:
    """A dictionary of features, and what columns made of them."""

    _column_type: ClassVar[type] = object

    def __init__(self, features: Any) -> None:
        self._features = features.copy()
        self._feature_tensors: dict[Any, Any] = {}

    def _got(self, key: Any, transform: Any) -> Any:
        if key in self._feature_tensors:
            return self._feature_tensors[key]
        if key in self._features:
            tensor = raw_feature(key, self._features[key])
            self._feature_tensors[key] = tensor
            return tensor
        if isinstance(key, str):
            raise ValueError(f"Feature {key} is not in features dictionary.")
        if not isinstance(key, self._column_type):
            raise TypeError(f'"key" must be either a "str" or "{self._column_type.__name__}". Provided: {key}')
        tf.logging.debug("Transforming feature_column %s.", key)
        transformed = transform(key)
        if transformed is None:
            raise ValueError(f"Column {key.name} is not supported.")  # type: ignore[attr-defined]
        self._feature_tensors[key] = transformed
        return transformed


class _LazyBuilder(_Features):
    """What columns of the older generation are given.

    Args:
      features: a dictionary from keys to tensors or SparseTensors; a feature of rank 1 counts as [batch, 1].
    """

    _column_type = _FeatureColumn

    def get(self, key: Any) -> Any:
        """Returns a feature, by its key, or what a column makes of the features.

        Raises:
          ValueError: there is no such feature, or one of rank 0; a column that makes None.
          TypeError: neither a key nor a column.
        """
        return self._got(key, lambda column: column._transform_feature(self))


class FeatureTransformationCache(_Features):
    """What columns of the newer generation are given.

    Args:
      features: a dictionary from keys to tensors or SparseTensors; a feature of rank 1 counts as [batch, 1].
    """

    _column_type = FeatureColumn

    def get(self, key: Any, state_manager: Any) -> Any:
        """Returns a feature, by its key, or what a column makes of the features.

        Args:
          key: the key or the column.
          state_manager: who keeps the column's variables.

        Raises:
          ValueError: there is no such feature, or one of rank 0; a column that makes None.
          TypeError: neither a key nor a column.
        """
        return self._got(key, lambda column: column.transform_feature(self, state_manager))


def raw_feature(key: Any, value: Any) -> Any:
    """Returns a feature as a tensor or SparseTensor of rank 2 or more.

    Raises:
      ValueError: its rank is 0.
    """
    tensor = tf.convert_to_tensor_or_sparse_tensor(value)
    rank = tensor.get_shape().ndims
    scalar = f"Feature (key: {key}) cannot have rank 0. Given: {tensor}"
    if rank is not None:
        if rank == 0:
            raise ValueError(scalar)
        return tensor if rank != 1 else _as_column(tensor)
    with tf.control_dependencies([tf.assert_positive(tf.rank(tensor), message=scalar)]):
        return tf.cond(tf.equal(1, tf.rank(tensor)), lambda: _as_column(tensor), lambda: tensor)


def _as_column(tensor: Any) -> Any:
    if isinstance(tensor, tf.SparseTensor):
        return tf.sparse_reshape(tensor, [tf.shape(tensor)[0], 1])
    return tf.expand_dims(tensor, -1)


def to_sparse(tensor: Any, ignore_value: Any = None) -> Any:
    """Returns a tensor as a SparseTensor without the elements that mean "nothing".

    Args:
      tensor: a tensor, or a SparseTensor, which is returned as it is.
      ignore_value: what means "nothing"; the empty string, -1 or 0.0 when None, by the type.
    """
    tensor = tf.convert_to_tensor_or_sparse_tensor(tensor)
    if isinstance(tensor, tf.SparseTensor):
        return tensor
    with tf.name_scope(None, "to_sparse_input", (tensor, ignore_value)):
        if ignore_value is None:
            if tensor.dtype == tf.string:
                ignore_value = ""
            elif tensor.dtype.is_integer:
                ignore_value = -1
            else:
                ignore_value = tensor.dtype.as_numpy_dtype()
        ignore_value = tf.cast(ignore_value, tensor.dtype, name="ignore_value")
        indices = tf.where(tf.not_equal(tensor, ignore_value), name="indices")
        return tf.SparseTensor(
            indices=indices,
            values=tf.gather_nd(tensor, indices, name="values"),
            dense_shape=tf.shape(tensor, out_type=tf.int64, name="dense_shape"),
        )
