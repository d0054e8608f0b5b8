"""The layer that holds the vectors of an embedding column of the older generation."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_layers.base import Layer


def add_to_collections(variable: Any, weight_collections: Any) -> None:
    """Adds a variable, or the parts of one, to collections; layers add to GLOBAL_VARIABLES themselves."""
    for collection in weight_collections:
        if collection == tf.GraphKeys.GLOBAL_VARIABLES:
            continue
        for part in parts_of(variable):
            tf.add_to_collection(collection, part)


def parts_of(variable: Any) -> list[Any]:
    """Returns the parts of a partitioned variable; another one alone."""
    return list(variable) if hasattr(variable, "_get_variable_list") else [variable]


class EmbeddingColumnLayer(Layer):
    """Vectors as a layer, which is called on nothing.

    Args:
      embedding_shape: [ids, length of a vector].
      initializer: of the vectors.
      weight_collections: the collections that the variable joins.
      trainable: whether it is trained.
      name: the layer's name.
    """

    def __init__(
        self,
        embedding_shape: Any,
        initializer: Any,
        weight_collections: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(trainable=trainable, name=name)
        self._embedding_shape = embedding_shape
        self._initial = initializer
        self._weight_collections = weight_collections

    def build(self, input_shape: Any) -> None:
        """Makes the variable."""
        del input_shape
        self._embeddings = self.add_weight(
            name="embedding_weights",
            shape=self._embedding_shape,
            dtype=tf.float32,
            initializer=self._initial,
            trainable=self.trainable,
        )
        if self._weight_collections:
            add_to_collections(self._embeddings, self._weight_collections)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Returns the variable."""
        del inputs
        return self._embeddings
