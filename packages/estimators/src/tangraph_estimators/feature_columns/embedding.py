"""Ids as trained vectors."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.bridges import NewDense, NewSequence, OldDense, OldSequence
from tangraph_estimators.feature_columns.interface import TensorSequenceLengthPair
from tangraph_estimators.feature_columns.lengths import sequence_length_from_sparse_tensor
from tangraph_estimators.feature_columns.sequence_categorical import check_sequence
from tangraph_estimators.feature_columns.sources import Generation, NewSource, Source


class _Fields(NamedTuple):
    categorical_column: Any
    dimension: int
    combiner: str
    initializer: Any
    ckpt_to_load_from: Any
    tensor_name_in_ckpt: Any
    max_norm: float | None
    trainable: bool


class _OldFields(NamedTuple):
    categorical_column: Any
    dimension: int
    combiner: str
    layer_creator: Callable[..., Any]
    ckpt_to_load_from: Any
    tensor_name_in_ckpt: Any
    max_norm: float | None
    trainable: bool


class Embedding:
    """What columns of vectors for ids have in common."""

    _older: ClassVar[bool] = True
    _asks_twice: ClassVar[bool] = True  # for the ids of sequences, whose nodes are made twice then
    categorical_column: Any
    dimension: Any
    combiner: Any
    max_norm: Any
    ckpt_to_load_from: Any
    tensor_name_in_ckpt: Any

    if TYPE_CHECKING:

        @property
        def name(self) -> str:
            """The column's name."""

        def _weights(self, source: Source) -> Any: ...

    @property
    def _title(self) -> str:
        return f"{self.categorical_column.name}_embedding"

    def _spec(self, generation: Generation) -> dict[str, Any]:
        return generation.spec(self.categorical_column)

    def _shape(self, generation: Generation) -> Any:
        del generation
        return [self.dimension]

    def _made(self, source: Source) -> Any:
        return source.get(self.categorical_column)

    def _dense(self, source: Source) -> Any:
        check_sequence(self, False, "embedding", source, self._older)
        return self._looked_up(source)

    def _sequence(self, source: Source) -> TensorSequenceLengthPair:
        check_sequence(self, True, "embedding", source, self._older)
        if self._asks_twice:
            tensor = self._looked_up(source)
            ids, _ = source.ids(self.categorical_column)
        else:
            ids, weights = source.ids(self.categorical_column)
            tensor = self._combined(ids, weights, self._restored(self._weights(source)))
        return TensorSequenceLengthPair(tensor, sequence_length_from_sparse_tensor(ids))

    def _looked_up(self, source: Source) -> Any:
        ids, weights = source.ids(self.categorical_column)
        return self._combined(ids, weights, self._restored(self._weights(source)))

    def _restored(self, embeddings: Any) -> Any:
        """Returns the variable of the vectors, which gets its first value from a checkpoint if the column has one."""
        if self.ckpt_to_load_from is not None:
            restore(embeddings, self.ckpt_to_load_from, self.tensor_name_in_ckpt)
        return embeddings

    def _combined(self, ids: Any, weights: Any, embeddings: Any) -> Any:
        return tf.nn.safe_embedding_lookup_sparse(
            embedding_weights=embeddings,
            sparse_ids=ids,
            sparse_weights=weights,
            combiner=self.combiner,
            name=f"{self.name}_weights",
            max_norm=self.max_norm,
        )


def restore(variable: Any, checkpoint: Any, tensor_name: Any) -> None:
    """Lets a variable, or the parts of one, get its first value from a checkpoint."""
    parts = variable._get_variable_list() if hasattr(variable, "_get_variable_list") else variable
    tf.train.init_from_checkpoint(checkpoint, {tensor_name: parts})


class EmbeddingColumn(NewDense, NewSequence, OldDense, OldSequence, Embedding, _Fields):
    """See `tf.feature_column.embedding_column`."""

    _older = False
    _asks_twice = False

    @property
    def parents(self) -> list[Any]:
        """The categorical column."""
        return [self.categorical_column]

    def create_state(self, state_manager: Any) -> None:
        """Makes the variable of the vectors."""
        state_manager.create_variable(
            self,
            name="embedding_weights",
            shape=(NewSource.buckets(self.categorical_column), self.dimension),
            dtype=tf.float32,
            trainable=self.trainable,
            use_resource=True,
            initializer=self.initializer,
        )

    def _weights(self, source: Source) -> Any:
        return source.embedding(self)


class _EmbeddingColumn(OldDense, OldSequence, Embedding, _OldFields):
    """An EmbeddingColumn of the older generation."""

    def _weights(self, source: Source) -> Any:
        collections = getattr(source, "weight_collections", None)
        return self.layer_creator(weight_collections=collections, scope=tf.get_variable_scope())


@export("feature_column.embedding_column")
def embedding_column(
    categorical_column: Any,
    dimension: int,
    combiner: str = "mean",
    initializer: Any = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> EmbeddingColumn:
    """Makes a dense column of a categorical one: for each id there is a vector, which is trained.

    Args:
      categorical_column: the categorical column.
      dimension: the length of a vector.
      combiner: how the vectors of an example with several ids become one: "mean", "sqrtn" or "sum".
      initializer: of the vectors; a truncated normal of standard deviation ``1 / sqrt(dimension)`` when None.
      ckpt_to_load_from: a checkpoint with the vectors' first values.
      tensor_name_in_ckpt: their name there.
      max_norm: vectors that are longer are shortened to this length.
      trainable: whether they are trained.

    Raises:
      ValueError: a dimension below 1; a checkpoint without a name or a name without a checkpoint; an initializer that
        cannot be called.

    >>> word = tf.feature_column.categorical_column_with_identity("word", 3)
    >>> column = tf.feature_column.embedding_column(word, 2, initializer=tf.ones_initializer())
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     inputs = tf.feature_column.input_layer({"word": [[0, 2], [-1, -1]]}, [column])
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(inputs).tolist()
    [[1.0, 1.0], [0.0, 0.0]]
    """
    check_embedding(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt, lambda: _of(categorical_column))
    initializer = initializer or default_initializer(dimension)
    return EmbeddingColumn(
        categorical_column,
        dimension,
        combiner,
        initializer,
        ckpt_to_load_from,
        tensor_name_in_ckpt,
        max_norm,
        trainable,
    )


def _embedding_column(
    categorical_column: Any,
    dimension: int,
    combiner: str = "mean",
    initializer: Any = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
) -> _EmbeddingColumn:
    """Makes an embedding column of the older generation."""
    from tangraph_estimators.feature_columns.embedding_layer import EmbeddingColumnLayer

    check_embedding(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt, lambda: _of(categorical_column))
    initializer = initializer or default_initializer(dimension)
    shape = (categorical_column._num_buckets, dimension)

    def creator(weight_collections: Any, scope: Any) -> Any:
        layer = EmbeddingColumnLayer(
            shape, initializer, weight_collections, trainable=trainable, name="embedding_column_layer"
        )
        return layer(None, scope=scope)

    return _EmbeddingColumn(
        categorical_column, dimension, combiner, creator, ckpt_to_load_from, tensor_name_in_ckpt, max_norm, trainable
    )


def check_embedding(
    dimension: Any, initializer: Any, checkpoint: Any, tensor_name: Any, whose: Callable[[], str] = lambda: ""
) -> None:
    """Checks the arguments of columns of vectors, and raises a ValueError for what does not go."""
    if dimension is None or dimension < 1:
        raise ValueError(f"Invalid dimension {dimension}.")
    if (checkpoint is None) != (tensor_name is None):
        raise ValueError("Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them.")
    if initializer is not None and not callable(initializer):
        raise ValueError(f"initializer must be callable if specified.{whose()}")


def default_initializer(dimension: int) -> Any:
    """Returns the initializer of vectors that are given none."""
    return tf.truncated_normal_initializer(mean=0.0, stddev=1 / math.sqrt(dimension))


def _of(categorical_column: Any) -> str:
    return f" Embedding of column_name: {categorical_column.name}"
