"""Vectors that several columns share."""

from __future__ import annotations

from typing import Any, NamedTuple

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.bridges import OldDense, OldSequence
from tangraph_estimators.feature_columns.embedding import Embedding, check_embedding, default_initializer
from tangraph_estimators.feature_columns.interface import _CategoricalColumn
from tangraph_estimators.feature_columns.sources import Generation, OldSource, Source
from tangraph_estimators.feature_columns.weighted import WeightedCategoricalColumn, _WeightedCategoricalColumn


class _Fields(NamedTuple):
    categorical_column: Any
    dimension: int
    combiner: str
    initializer: Any
    shared_embedding_collection_name: str
    ckpt_to_load_from: Any
    tensor_name_in_ckpt: Any
    max_norm: float | None
    trainable: bool


_ADVICE = (
    "Suggested fix A: Choose a unique name for this collection. Suggested fix B: Do not add any variables to this "
    "collection. The feature_column library already adds a variable under the hood."
)


class _SharedEmbeddingColumn(OldDense, OldSequence, Embedding, _Fields):
    """See `tf.feature_column.shared_embedding_columns`."""

    @property
    def _title(self) -> str:
        return f"{self.categorical_column.name}_shared_embedding"

    @property
    def _var_scope_name(self) -> str:
        return self.shared_embedding_collection_name

    def _looked_up(self, source: Source) -> Any:
        with tf.name_scope(None, default_name=self.name):
            return super()._looked_up(source)

    def _weights(self, source: Source) -> Any:
        shape = (OldSource.buckets(self.categorical_column), self.dimension)
        shared = tf.get_collection(self.shared_embedding_collection_name)
        if not shared:
            made = tf.get_variable(
                name="embedding_weights",
                shape=shape,
                dtype=tf.float32,
                initializer=self.initializer,
                trainable=self.trainable and getattr(source, "trainable", True),
                collections=getattr(source, "weight_collections", None),
            )
            tf.add_to_collection(self.shared_embedding_collection_name, made)
            return made
        if len(shared) > 1:
            raise ValueError(f"Collection {shared} can only contain one variable. {_ADVICE}")
        if shared[0].get_shape() != shape:
            raise ValueError(
                f"Shared embedding collection {self.shared_embedding_collection_name} contains variable "
                f"{shared[0].name} of unexpected shape {shared[0].get_shape()}. Expected shape is {shape}. {_ADVICE}"
            )
        return shared[0]


@export("feature_column.shared_embedding_columns")
def shared_embedding_columns(
    categorical_columns: Any,
    dimension: int,
    combiner: str = "mean",
    initializer: Any = None,
    shared_embedding_collection_name: str | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> list[_SharedEmbeddingColumn]:
    """Makes dense columns of categorical ones, with the same trained vectors for all.

    Args:
      categorical_columns: categorical columns of one type and number of ids, in any order; those with weights count as
        what they give weights to.
      dimension: the length of a vector.
      combiner: how the vectors of an example with several ids become one: "mean", "sqrtn" or "sum".
      initializer: of the vectors; a truncated normal of standard deviation ``1 / sqrt(dimension)`` when None.
      shared_embedding_collection_name: the collection that the variable joins, and its scope; one made of the columns'
        names when None.
      ckpt_to_load_from: a checkpoint with the vectors' first values.
      tensor_name_in_ckpt: their name there.
      max_norm: vectors that are longer are shortened to this length.
      trainable: whether they are trained.

    Returns:
      A column for each categorical one.

    Raises:
      ValueError: columns of several types or numbers of ids; see also `tf.feature_column.embedding_column`.

    >>> one = tf.feature_column.categorical_column_with_identity("one", 3)
    >>> other = tf.feature_column.categorical_column_with_identity("other", 3)
    >>> with tf.Graph().as_default():
    ...     columns = tf.feature_column.shared_embedding_columns([one, other], 2)
    ...     inputs = tf.feature_column.input_layer({"one": [[0]], "other": [[2]]}, columns)
    ...     inputs.shape, [v.name for v in tf.global_variables()]
    (TensorShape([Dimension(1), Dimension(4)]), ['input_layer/one_other_shared_embedding/embedding_weights:0'])
    """
    check_embedding(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt)
    initializer = initializer or default_initializer(dimension)
    in_order = sorted(categorical_columns, key=lambda column: column.name)
    check_same(in_order, _CategoricalColumn, OldSource)
    if not shared_embedding_collection_name:
        shared_embedding_collection_name = "_".join(column.name for column in in_order) + "_shared_embedding"
    return [
        _SharedEmbeddingColumn(
            column,
            dimension,
            combiner,
            initializer,
            shared_embedding_collection_name,
            ckpt_to_load_from,
            tensor_name_in_ckpt,
            max_norm,
            trainable,
        )
        for column in categorical_columns
    ]


def check_same(columns: list[Any], column_type: type, generation: Generation) -> None:
    """Raises a ValueError unless columns are categorical, of one type and of one number of ids.

    Args:
      columns: the columns, in the order of their names.
      column_type: what categorical columns are.
      generation: how they are asked for their number of ids.
    """
    first = columns[0]
    number = generation.buckets(first)
    if not isinstance(first, column_type):
        raise ValueError(
            f"All categorical_columns must be subclasses of {column_type.__name__}. "
            f"Given: {first}, of type: {type(first)}"
        )
    first = _without_weights(first)
    start = "To use shared_embedding_column, all categorical_columns must have the same "
    for column in map(_without_weights, columns[1:]):
        if not isinstance(column, type(first)):
            raise ValueError(
                f"{start}type, or be weighted_categorical_column of the same type. Given column: {first} of type: "
                f"{type(first)} does not match given column: {column} of type: {type(column)}"
            )
        buckets = generation.buckets(column)
        if number != buckets:
            # The two spaces are TensorFlow's.
            raise ValueError(
                f"{start}number of buckets. Given column: {first} with buckets: {number} does  not match column: "
                f"{column} with buckets: {buckets}"
            )


def _without_weights(column: Any) -> Any:
    weighted = isinstance(column, WeightedCategoricalColumn | _WeightedCategoricalColumn)
    return column.categorical_column if weighted else column
