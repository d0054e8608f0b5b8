"""A linear model of the columns of a batch."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.embedding_layer import add_to_collections, parts_of
from tangraph_estimators.feature_columns.features import _LazyBuilder
from tangraph_estimators.feature_columns.input_layer import variable_collections
from tangraph_estimators.feature_columns.interface import _CategoricalColumn, _DenseColumn
from tangraph_estimators.feature_columns.normalized import by_names, check_batch_sizes, normalized
from tangraph_layers.base import Layer as LegacyLayer
from tangraph_layers.engine.layer import Layer


@export("feature_column.linear_model")
def linear_model(
    features: dict[str, Any],
    feature_columns: Any,
    units: int = 1,
    sparse_combiner: str = "sum",
    weight_collections: Any = None,
    trainable: bool = True,
    cols_to_vars: dict[Any, Any] | None = None,
) -> tf.Tensor:
    """Returns a weighted sum of what columns make of features, plus a bias.

    Args:
      features: a dictionary from keys to tensors or SparseTensors; one of rank 1 counts as [batch, 1].
      feature_columns: columns; categorical ones have a weight for each id.
      units: how many sums there are.
      sparse_combiner: how the weights of an example with several ids are combined: "sum", "mean" or "sqrtn".
      weight_collections: collections that variables join, besides GLOBAL_VARIABLES and MODEL_VARIABLES.
      trainable: whether variables are trained.
      cols_to_vars: a dictionary that gets the list of each column's variables, and of the bias under "bias".

    Returns:
      A tensor [batch, units] of float32. Weights and bias begin as zeros.

    Raises:
      ValueError: what is no column, two columns of one name, or a feature that is missing.

    >>> price = tf.feature_column.numeric_column("price")
    >>> with tf.Graph().as_default():
    ...     prediction = tf.feature_column.linear_model({"price": [[1.0], [5.0]]}, [price])
    ...     prediction.shape.as_list(), [v.name for v in tf.global_variables()]
    ([2, 1], ['linear_model/price/weights:0', 'linear_model/bias_weights:0'])
    """
    with tf.variable_scope(None, "linear_model") as scope:
        name = last_part(scope.name)
    model = _LinearModel(
        feature_columns=feature_columns,
        units=units,
        sparse_combiner=sparse_combiner,
        weight_collections=weight_collections,
        trainable=trainable,
        name=name,
    )
    result: tf.Tensor = model(features)
    if cols_to_vars is not None:
        cols_to_vars.update(model.cols_to_vars())
    return result


def last_part(name: str) -> str:
    """Returns the innermost scope of a name."""
    return name.rsplit("/", 1)[-1]


class _ColumnLayer(LegacyLayer):
    """The weights of one column, and their sum."""

    def __init__(
        self, column: Any, units: int, sparse_combiner: str, weight_collections: list[str], trainable: bool, name: str
    ) -> None:
        super().__init__(trainable=trainable, name=name)
        self.column = column
        self._units = units
        self._sparse_combiner = sparse_combiner
        self._weight_collections = weight_collections

    def build(self, input_shape: Any) -> None:
        """Makes the variable."""
        del input_shape
        if isinstance(self.column, _CategoricalColumn):
            rows = self.column._num_buckets
        else:
            rows = self.column._variable_shape.num_elements()
        self._weight = self.add_weight(
            name="weights",
            shape=(rows, self._units),
            initializer=tf.zeros_initializer(),
            trainable=self.trainable,
        )
        add_to_collections(self._weight, self._weight_collections)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Returns the weighted sum, [batch, units], given a `_LazyBuilder`."""
        options = {"weight_collections": self._weight_collections, "trainable": self.trainable}
        if isinstance(self.column, _CategoricalColumn):
            pair = self.column._get_sparse_tensors(inputs, **options)
            return weighted_ids(pair, self._weight, self._sparse_combiner)
        tensor = self.column._get_dense_tensor(inputs, **options)
        return weighted_values(tensor, self.column._variable_shape.num_elements(), self._weight)


def weighted_values(tensor: Any, size: int, weight: Any) -> Any:
    """Returns the product of a batch of values and their weights."""
    batch_size: Any = tf.shape(tensor)[0]
    return tf.matmul(tf.reshape(tensor, shape=(batch_size, size)), weight, name="weighted_sum")


def weighted_ids(pair: Any, weight: Any, sparse_combiner: str) -> Any:
    """Returns what the weights of a batch of ids combine to."""
    ids = tf.sparse_reshape(pair.id_tensor, [tf.shape(pair.id_tensor)[0], -1])
    weights = pair.weight_tensor
    if weights is not None:
        weights = tf.sparse_reshape(weights, [tf.shape(weights)[0], -1])
    return tf.nn.safe_embedding_lookup_sparse(
        weight, ids, sparse_weights=weights, combiner=sparse_combiner, name="weighted_sum"
    )


class _BiasLayer(LegacyLayer):
    """The bias."""

    def __init__(self, units: int, trainable: bool, weight_collections: list[str], name: str) -> None:
        super().__init__(trainable=trainable, name=name)
        self._units = units
        self._weight_collections = weight_collections

    def build(self, input_shape: Any) -> None:
        """Makes the variable."""
        del input_shape
        self.bias = self.add_weight(
            "bias_weights", shape=[self._units], initializer=tf.zeros_initializer(), trainable=self.trainable
        )
        add_to_collections(self.bias, self._weight_collections)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Returns the variable."""
        del inputs
        return self.bias


class _LinearModel(Layer):
    """`tf.feature_column.linear_model` as a layer."""

    def __init__(
        self,
        feature_columns: Any,
        units: int = 1,
        sparse_combiner: str = "sum",
        weight_collections: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        self._feature_columns = normalized(feature_columns)
        self._weight_collections = variable_collections(weight_collections)
        self._column_layers: dict[str, _ColumnLayer] = {}
        for column in by_names(self._feature_columns):
            with tf.variable_scope(None, default_name=column._var_scope_name) as scope:
                column_name = last_part(scope.name)
            layer = _ColumnLayer(column, units, sparse_combiner, self._weight_collections, trainable, column_name)
            self._column_layers[column_name] = layer
        self._bias_layer = _BiasLayer(units, trainable, self._weight_collections, name="bias_layer")
        layers: list[LegacyLayer] = [*self._column_layers.values(), self._bias_layer]
        for part in layers:
            part._use_resource_variables = True  # as the layers in a Keras model have them
        self._cols_to_vars: dict[Any, Any] = {}

    def cols_to_vars(self) -> dict[Any, Any]:
        """Returns the variables of each column, and of "bias"."""
        return self._cols_to_vars

    def call(self, features: Any) -> Any:
        """Returns the sums, [batch, units]."""
        with tf.variable_scope(self.name):
            for column in self._feature_columns:
                if not isinstance(column, _DenseColumn | _CategoricalColumn):
                    raise ValueError(
                        f"Items of feature_columns must be either a _DenseColumn or _CategoricalColumn. Given: {column}"
                    )
            builder = _LazyBuilder(features)
            sums, columns = [], []
            for layer in sorted(self._column_layers.values(), key=lambda layer: layer.name):
                columns.append(layer.column)
                sums.append(layer(builder))
                self._cols_to_vars[layer.column] = tf.get_collection(
                    tf.GraphKeys.GLOBAL_VARIABLES, scope=layer.scope_name
                )
            check_batch_sizes(sums, columns)
            total = tf.add_n(sums, name="weighted_sum_no_bias")
            bias = self._bias_layer(builder, scope=tf.get_variable_scope())
            prediction = tf.nn.bias_add(total, bias, name="weighted_sum")
            self._cols_to_vars["bias"] = parts_of(self._bias_layer.variables[0])
        return prediction
