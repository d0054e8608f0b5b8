"""Embeddings of sequences."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_compat.contrib.framework.variables import model_variable


@export("contrib.layers.embedding_lookup_unique", "contrib.slim.embedding_lookup_unique")
def embedding_lookup_unique(params: Any, ids: Any, partition_strategy: str = "mod", name: str | None = None) -> Any:
    """Looks up embeddings, each only once; see `tf.nn.embedding_lookup`."""
    with tf.name_scope(name, "EmbeddingLookupUnique", [params, ids]):
        ids = tf.convert_to_tensor(ids)
        shape = tf.shape(ids)
        flat = tf.reshape(ids, tf.reduce_prod(shape, keepdims=True))
        unique, places = tf.unique(flat)
        looked_up = tf.nn.embedding_lookup(params, unique, partition_strategy)
        rows = tf.gather(looked_up, places)
        embeds = tf.reshape(rows, tf.concat([shape, tf.shape(looked_up)[1:]], 0))
        embeds.set_shape(ids.get_shape().concatenate(looked_up.get_shape()[1:]))
        return embeds


@export("contrib.layers.embed_sequence", "contrib.slim.embed_sequence")
def embed_sequence(
    ids: Any,
    vocab_size: int | None = None,
    embed_dim: int | None = None,
    unique: bool = False,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: Any = None,
) -> Any:
    """Looks up a vector for each symbol of sequences.

    Args:
      ids: [batch, length] whole numbers below `vocab_size`.
      vocab_size: the number of symbols.
      embed_dim: the size of the vectors.
      unique: whether to look each symbol up only once.
      initializer: how the vectors start.
      regularizer: a function from them to a scalar loss.
      trainable: whether optimizers train them.
      scope: the variable scope.
      reuse: whether to share the variables of the scope.

    Returns:
      A tensor [batch, length, embed_dim].

    Raises:
      ValueError: neither the sizes nor `reuse` are given.
    """
    if not (reuse or (vocab_size and embed_dim)):
        raise ValueError(
            "Must specify vocab size and embedding dimension when not reusing. Got "
            f"vocab_size={vocab_size} and embed_dim={embed_dim}"
        )
    with tf.variable_scope(scope, "EmbedSequence", [ids], reuse=reuse):
        shape = None if (reuse and vocab_size is None) or embed_dim is None else [vocab_size, embed_dim]
        embeddings = _embeddings(shape, initializer, regularizer, trainable)
        return (embedding_lookup_unique if unique else tf.nn.embedding_lookup)(embeddings, ids)


@export("contrib.layers.bow_encoder", "contrib.slim.bow_encoder")
def bow_encoder(
    ids: Any,
    vocab_size: int,
    embed_dim: int,
    sparse_lookup: bool = True,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: Any = None,
) -> Any:
    """Returns the mean of the vectors of each sequence's symbols.

    Args:
      ids: [batch, length] whole numbers, or a SparseTensor.
      sparse_lookup: whether to look them up as a SparseTensor; those that are 0 are left out then.
      vocab_size, embed_dim, initializer, regularizer, trainable, scope, reuse: see `embed_sequence`.

    Raises:
      ValueError: a size is missing.
      TypeError: a SparseTensor, and no sparse lookup.
    """
    if not vocab_size or not embed_dim:
        raise ValueError("Must specify vocab size and embedding dimension")
    with tf.variable_scope(scope, "bow_encoder", [ids], reuse=reuse):
        embeddings = _embeddings([vocab_size, embed_dim], initializer, regularizer, trainable)
        is_sparse = isinstance(ids, tf.SparseTensor)
        if sparse_lookup:
            sparse = ids if is_sparse else _sparse(ids)
            return tf.nn.safe_embedding_lookup_sparse([embeddings], sparse, combiner="mean", default_id=0)
        if is_sparse:
            raise TypeError("ids are expected to be dense Tensor, got: %s", ids)
        return tf.reduce_mean(tf.nn.embedding_lookup(embeddings, ids), axis=1)


def _sparse(ids: Any) -> Any:
    """Returns a SparseTensor of the ids that are not 0."""
    with tf.name_scope("DenseToSparseTensor"):
        ids = tf.convert_to_tensor(ids)
        zero = tf.cast(ids.dtype.as_numpy_dtype(), ids.dtype, name="ignore_value")
        indices = tf.where(tf.not_equal(ids, zero), name="indices")
        values = tf.gather_nd(ids, indices, name="values")
        return tf.SparseTensor(indices, values, tf.shape(ids, out_type=tf.int64, name="dense_shape"))


def _embeddings(shape: Any, initializer: Any, regularizer: Any, trainable: bool) -> Any:
    return model_variable(
        "embeddings", shape=shape, initializer=initializer, regularizer=regularizer, trainable=trainable
    )
