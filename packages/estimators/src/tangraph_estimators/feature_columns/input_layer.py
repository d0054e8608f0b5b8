"""The columns of a batch as one tensor."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.features import _LazyBuilder
from tangraph_estimators.feature_columns.interface import _DenseColumn
from tangraph_estimators.feature_columns.normalized import by_names, check_batch_sizes, normalized


@export("feature_column.input_layer")
def input_layer(
    features: dict[str, Any],
    feature_columns: Any,
    weight_collections: Any = None,
    trainable: bool = True,
    cols_to_vars: dict[Any, Any] | None = None,
    cols_to_output_tensors: dict[Any, Any] | None = None,
) -> tf.Tensor:
    """Returns what columns make of features, side by side, in the order of the columns' names.

    Args:
      features: a dictionary from keys to tensors or SparseTensors; one of rank 1 counts as [batch, 1].
      feature_columns: dense columns: numeric, bucketized, indicator and embedding columns.
      weight_collections: collections that variables join, besides GLOBAL_VARIABLES and MODEL_VARIABLES.
      trainable: whether variables are trained.
      cols_to_vars: a dictionary that gets the list of each column's variables.
      cols_to_output_tensors: a dictionary that gets the tensor of each column.

    Returns:
      A tensor [batch, sum of the columns' sizes] of float32.

    Raises:
      ValueError: a column that is not dense, two columns of one name, or a feature that is missing.

    >>> size, price = tf.feature_column.numeric_column("size", 2), tf.feature_column.numeric_column("price")
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     inputs = tf.feature_column.input_layer({"size": [[1.0, 2.0]], "price": [[9.0]]}, [size, price])
    ...     inputs.name, session.run(inputs).tolist()
    ('input_layer/concat:0', [[9.0, 1.0, 2.0]])
    """
    return _internal_input_layer(
        features,
        feature_columns,
        weight_collections=weight_collections,
        trainable=trainable,
        cols_to_vars=cols_to_vars,
        cols_to_output_tensors=cols_to_output_tensors,
    )


def _internal_input_layer(
    features: Any,
    feature_columns: Any,
    weight_collections: Any = None,
    trainable: bool = True,
    cols_to_vars: Any = None,
    scope: Any = None,
    cols_to_output_tensors: Any = None,
    from_template: bool = False,
) -> tf.Tensor:
    """As `tf.feature_column.input_layer`; in a template, no scope is opened here."""
    columns = normalized(feature_columns)
    for column in columns:
        if not isinstance(column, _DenseColumn):
            raise ValueError(
                "Items of feature_columns must be a _DenseColumn. You can wrap a categorical column with an "
                f"embedding_column or indicator_column. Given: {column}"
            )
    collections = variable_collections(weight_collections)
    if from_template:
        return _side_by_side(features, columns, collections, trainable, cols_to_vars, cols_to_output_tensors)
    with tf.variable_scope(scope, default_name="input_layer", values=features.values()):
        return _side_by_side(features, columns, collections, trainable, cols_to_vars, cols_to_output_tensors)


def variable_collections(weight_collections: Any) -> list[str]:
    """Returns the collections that the variables of columns join."""
    collections = list(weight_collections or [])
    for key in (tf.GraphKeys.GLOBAL_VARIABLES, tf.GraphKeys.MODEL_VARIABLES):
        if key not in collections:
            collections.append(key)
    return collections


def _side_by_side(
    features: Any, columns: list[Any], collections: list[str], trainable: bool, variables: Any, outputs: Any
) -> tf.Tensor:
    builder = _LazyBuilder(features)
    tensors, ordered = [], by_names(columns)
    for column in ordered:
        with tf.variable_scope(None, default_name=column._var_scope_name):
            tensor = column._get_dense_tensor(builder, weight_collections=collections, trainable=trainable)
            size = column._variable_shape.num_elements()
            batch_size: Any = tf.shape(tensor)[0]
            output = tf.reshape(tensor, shape=(batch_size, size))
            tensors.append(output)
            if variables is not None:
                scope = tf.get_variable_scope().name
                variables[column] = tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope=scope)
            if outputs is not None:
                outputs[column] = output
    check_batch_sizes(tensors, ordered)
    return tf.concat(tensors, 1)


class InputLayer:
    """`tf.feature_column.input_layer` as an object, whose calls share their variables.

    Args:
      feature_columns: dense columns.
      weight_collections: collections that variables join, besides GLOBAL_VARIABLES and MODEL_VARIABLES.
      trainable: whether variables are trained.
      cols_to_vars: taken and left as it is, as in TensorFlow.
      name: the name of the scope.
      create_scope_now: whether the scope is made here, or when the object is first called.
    """

    def __init__(
        self,
        feature_columns: Any,
        weight_collections: Any = None,
        trainable: bool = True,
        cols_to_vars: Any = None,
        name: str = "feature_column_input_layer",
        create_scope_now: bool = True,
    ) -> None:
        self._feature_columns = feature_columns
        self._weight_collections = weight_collections
        self._trainable = trainable
        self._cols_to_vars = cols_to_vars
        self._name = name
        self._template: Any = tf.make_template(name, _internal_input_layer, create_scope_now_=create_scope_now)

    def __call__(self, features: Any) -> tf.Tensor:
        """Returns what the columns make of features, side by side."""
        tensor: tf.Tensor = self._template(
            features=features,
            feature_columns=self._feature_columns,
            weight_collections=self._weight_collections,
            trainable=self._trainable,
            cols_to_vars=None,
            from_template=True,
        )
        return tensor

    @property
    def name(self) -> str:
        """The name of the scope."""
        return self._name

    def __getattr__(self, name: str) -> Any:
        """The variables, under all names that layers have for them."""
        if name in {"variables", "weights", "trainable_variables", "trainable_weights"} or (
            name in {"non_trainable_variables", "non_trainable_weights"}
        ):
            return getattr(self._template, name)
        raise AttributeError(name)
