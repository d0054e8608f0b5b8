"""Vectors that several columns of the newer generation share."""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.bridges import NewDense, NewSequence
from tangraph_estimators.feature_columns.embedding import (
    Embedding,
    check_embedding,
    default_initializer,
    restore,
)
from tangraph_estimators.feature_columns.interface import CategoricalColumn, _DenseColumn, _SequenceDenseColumn
from tangraph_estimators.feature_columns.shared_embedding import check_same
from tangraph_estimators.feature_columns.sources import Generation, NewSource, Source


class SharedEmbeddingColumnCreator:
    """The vectors, and what they are made from; in each graph there is one variable.

    Args:
      dimension: the length of a vector.
      initializer: of the vectors.
      ckpt_to_load_from: a checkpoint with their first values; or None.
      tensor_name_in_ckpt: their name there.
      num_buckets: how many vectors there are.
      trainable: whether they are trained.
      name: the variable's name.
    """

    def __init__(
        self,
        dimension: int,
        initializer: Any,
        ckpt_to_load_from: Any,
        tensor_name_in_ckpt: Any,
        num_buckets: int,
        trainable: bool,
        name: str = "shared_embedding_column_creator",
    ) -> None:
        self.dimension = dimension
        self._initializer = initializer
        self._checkpoint = (ckpt_to_load_from, tensor_name_in_ckpt)
        self._num_buckets = num_buckets
        self._trainable = trainable
        self._name = name
        self._variables: dict[Any, Any] = {}

    def __call__(self, categorical_column: Any, combiner: str, max_norm: float | None) -> SharedEmbeddingColumn:
        """Makes one of the columns."""
        return SharedEmbeddingColumn(categorical_column, self, combiner, max_norm)

    @property
    def embedding_weights(self) -> Any:
        """The variable of the vectors in the default graph."""
        graph = tf.get_default_graph()
        if graph not in self._variables:
            variable = tf.get_variable(
                name=self._name,
                shape=(self._num_buckets, self.dimension),
                dtype=tf.float32,
                initializer=self._initializer,
                trainable=self._trainable,
            )
            if self._checkpoint[0] is not None:
                restore(variable, *self._checkpoint)
            self._variables[graph] = variable
        return self._variables[graph]


class _Fields(NamedTuple):
    categorical_column: Any
    shared_embedding_column_creator: SharedEmbeddingColumnCreator
    combiner: str
    max_norm: float | None


class SharedEmbeddingColumn(NewDense, NewSequence, Embedding, _DenseColumn, _SequenceDenseColumn, _Fields):
    """See `shared_embedding_columns_v2`. Functions of the older generation refuse it."""

    _older = False
    ckpt_to_load_from = None
    tensor_name_in_ckpt = None

    @property
    def _title(self) -> str:
        return f"{self.categorical_column.name}_shared_embedding"

    @property
    def parents(self) -> list[Any]:
        """The categorical column."""
        return [self.categorical_column]

    @property
    def _is_v2_column(self) -> bool:
        return True

    def _shape(self, generation: Generation) -> Any:
        del generation
        return [self.shared_embedding_column_creator.dimension]

    def _weights(self, source: Source) -> Any:
        del source
        return self.shared_embedding_column_creator.embedding_weights

    def _looked_up(self, source: Source) -> Any:
        with tf.name_scope(None, default_name=self.name):
            return super()._looked_up(source)

    def _get_config(self) -> dict[str, Any]:
        raise NotImplementedError

    @classmethod
    def _from_config(cls, config: Any, custom_objects: Any = None, columns_by_name: Any = None) -> Any:
        raise NotImplementedError

    @property
    def _parse_example_spec(self) -> dict[str, Any]:
        _refuse()

    @property
    def _variable_shape(self) -> tf.TensorShape:
        _refuse()

    def _transform_feature(self, inputs: Any) -> Any:
        _refuse()

    def _get_dense_tensor(self, inputs: Any, weight_collections: Any = None, trainable: Any = None) -> Any:
        _refuse()

    def _get_sequence_dense_tensor(self, inputs: Any, weight_collections: Any = None, trainable: Any = None) -> Any:
        _refuse()


def _refuse() -> NoReturn:
    raise ValueError(
        "SharedEmbeddingColumns are not supported in `linear_model` or `input_layer`. Please use `DenseFeatures` or "
        "`LinearModel` instead."
    )


@export("compat.v2.feature_column.shared_embeddings")
def shared_embedding_columns_v2(
    categorical_columns: Any,
    dimension: int,
    combiner: str = "mean",
    initializer: Any = None,
    shared_embedding_collection_name: str | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> list[SharedEmbeddingColumn]:
    """As `tf.feature_column.shared_embedding_columns`, for `tf.keras.layers.DenseFeatures`.

    Raises:
      ValueError: see there.
    """
    check_embedding(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt)
    in_order = sorted(categorical_columns, key=lambda column: column.name)
    check_same(in_order, CategoricalColumn, NewSource)
    creator = SharedEmbeddingColumnCreator(
        dimension,
        initializer or default_initializer(dimension),
        ckpt_to_load_from,
        tensor_name_in_ckpt,
        in_order[0].num_buckets,
        trainable,
        shared_embedding_collection_name or "_".join(column.name for column in in_order) + "_shared_embedding",
    )
    return [creator(column, combiner, max_norm) for column in categorical_columns]
