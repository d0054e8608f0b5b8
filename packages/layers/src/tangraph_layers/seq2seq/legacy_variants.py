"""Rarer models of `tf.contrib.legacy_seq2seq`: shared embeddings, several decoders."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.static import static_rnn
from tangraph_layers.seq2seq.legacy import (
    check_projection,
    decode_either_way,
    decoded,
    embedding_rnn_decoder,
    from_previous,
    tied_rnn_seq2seq,
)


@export("contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq")
def embedding_tied_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_decoder_symbols: int | None = None,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> Any:
    """Encodes and decodes tokens with one cell and one matrix of embeddings.

    Args:
      encoder_inputs, decoder_inputs: lists of int32 vectors of the batch size.
      cell: the cell.
      num_symbols: the number of tokens.
      embedding_size: the size of embeddings.
      num_decoder_symbols: of how many tokens there are logits; all when None.
      output_projection: a pair of matrix and vector that make logits of outputs; a layer of its own when None.
      feed_previous: whether the decoder gets its own tokens; a bool, or a bool scalar tensor.
      dtype: the element type; the scope's when None.
      scope: the variable scope, or its name; "embedding_tied_rnn_seq2seq" when None.

    Returns:
      The list of outputs and the final state.

    Raises:
      ValueError: the projection does not fit.
    """
    with tf.variable_scope(scope or "embedding_tied_rnn_seq2seq", dtype=dtype) as opened:
        dtype = opened.dtype
        if output_projection is not None:
            check_projection(output_projection, num_symbols, dtype)
        embedding = tf.get_variable("embedding", [num_symbols, embedding_size], dtype=dtype)
        embedded = [
            [tf.nn.embedding_lookup(embedding, ids) for ids in side] for side in (encoder_inputs, decoder_inputs)
        ]
        if output_projection is None:
            symbols = num_symbols if num_decoder_symbols is None else num_decoder_symbols
            cell = tf.contrib.rnn.OutputProjectionWrapper(cell, symbols)

        def decode(feed: bool) -> Any:
            loop = from_previous(embedding, output_projection, isinstance(feed_previous, bool)) if feed else None
            return tied_rnn_seq2seq(embedded[0], embedded[1], cell, loop_function=loop, dtype=dtype)

        if isinstance(feed_previous, bool):
            return decode(feed_previous)
        states = len(tf.nest.flatten(cell.state_size))
        outputs, flat = decode_either_way(decode, feed_previous, states)
        static = encoder_inputs[0].shape[0]
        for one in encoder_inputs[1:]:
            static.merge_with(one.shape[0])
        batch_size = tf.shape(encoder_inputs[0])[0] if static.value is None else static.value
        zeros = cell.zero_state(batch_size, dtype)
        return outputs, tf.nest.pack_sequence_as(zeros, flat) if tf.nest.is_nested(zeros) else flat[0]


@export("contrib.legacy_seq2seq.one2many_rnn_seq2seq")
def one2many_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs_dict: Any,
    enc_cell: Any,
    dec_cells_dict: Any,
    num_encoder_symbols: int,
    num_decoder_symbols_dict: Any,
    embedding_size: int,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> Any:
    """Encodes tokens once and decodes them several times, for several tasks (Luong et al. 2015, arXiv:1511.06114).

    Args:
      encoder_inputs: a list of int32 vectors of the batch size.
      decoder_inputs_dict: such a list for each decoder's name.
      enc_cell: the encoder's cell.
      dec_cells_dict: the cell of each decoder.
      num_encoder_symbols: the number of the encoder's tokens.
      num_decoder_symbols_dict: that of each decoder.
      embedding_size: the size of embeddings.
      feed_previous: whether decoders get their own tokens; a bool, or a bool scalar tensor.
      dtype: the element type; the scope's when None.
      scope: the variable scope, or its name; "one2many_rnn_seq2seq" when None.

    Returns:
      The list of outputs and the final state, for each decoder's name.

    Raises:
      TypeError: a cell is none.
      ValueError: not all decoders have cell and inputs.
    """
    cells = {"enc_cell": [enc_cell], "dec_cell": list(dec_cells_dict.values())}
    _check_cells("enc_cell", cells["enc_cell"])
    if set(dec_cells_dict) != set(decoder_inputs_dict):
        raise ValueError("keys of dec_cells_dict != keys of decodre_inputs_dict")
    _check_cells("dec_cell", cells["dec_cell"])
    all_outputs, all_states = {}, {}
    with tf.variable_scope(scope or "one2many_rnn_seq2seq", dtype=dtype) as opened:
        encoder = tf.contrib.rnn.EmbeddingWrapper(
            enc_cell, embedding_classes=num_encoder_symbols, embedding_size=embedding_size
        )
        _, encoded = static_rnn(encoder, encoder_inputs, dtype=opened.dtype)
        for name, decoder_inputs in decoder_inputs_dict.items():
            with tf.variable_scope(f"one2many_decoder_{name}"):
                all_outputs[name], all_states[name] = _decoded(
                    decoder_inputs,
                    encoded,
                    dec_cells_dict[name],
                    num_decoder_symbols_dict[name],
                    embedding_size,
                    feed_previous,
                )
    return all_outputs, all_states


def _decoded(inputs: Any, start: Any, cell: Any, symbols: int, embedding_size: int, feed_previous: Any) -> Any:
    """Returns the outputs and the final state of one decoder."""
    cell = tf.contrib.rnn.OutputProjectionWrapper(cell, symbols)

    def decode(feed: bool) -> Any:
        return embedding_rnn_decoder(inputs, start, cell, symbols, embedding_size, feed_previous=feed)

    return decoded(decode, feed_previous, start)


def _check_cells(name: str, cells: list[Any]) -> None:
    for cell in cells:
        if not isinstance(cell, tf.nn.rnn_cell.RNNCell):
            raise TypeError(f"{name} is not an RNNCell: {type(cell)}")
