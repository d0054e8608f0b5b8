"""`tf.contrib.legacy_seq2seq`: encoders and decoders over lists of inputs."""

from __future__ import annotations

import copy
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.linear import Linear
from tangraph_layers.rnn.static import static_rnn


def from_previous(embedding: Any, output_projection: Any = None, update_embedding: bool = True) -> Any:
    """Returns a loop function: the embedding of the most probable token of an output."""

    def loop_function(previous: Any, _: int) -> Any:
        if output_projection is not None:
            previous = tf.nn.xw_plus_b(previous, output_projection[0], output_projection[1])
        embedded = tf.nn.embedding_lookup(embedding, tf.argmax(previous, 1))
        return embedded if update_embedding else tf.stop_gradient(embedded)

    return loop_function


def check_projection(output_projection: Any, num_symbols: int, dtype: Any) -> None:
    """Raises ValueError unless a pair of weights and biases makes logits of so many tokens."""
    weights = tf.convert_to_tensor(output_projection[0], dtype=dtype)
    weights.shape.assert_is_compatible_with([None, num_symbols])
    biases = tf.convert_to_tensor(output_projection[1], dtype=dtype)
    biases.shape.assert_is_compatible_with([num_symbols])


@export("contrib.legacy_seq2seq.rnn_decoder")
def rnn_decoder(
    decoder_inputs: Any, initial_state: Any, cell: Any, loop_function: Any = None, scope: Any = None
) -> Any:
    """Runs a cell over a list of inputs, or over what a function makes of its own outputs.

    Args:
      decoder_inputs: a list of tensors of shape [batch, size].
      initial_state: the state before the first step.
      cell: the cell.
      loop_function: a function of an output and the number of the step that returns the next input; None for the inputs.
      scope: the variable scope, or its name; "rnn_decoder" when None.

    Returns:
      The list of outputs and the final state.
    """
    with tf.variable_scope(scope or "rnn_decoder"):
        state, outputs, previous = initial_state, [], None
        for i, one in enumerate(decoder_inputs):
            if loop_function is not None and previous is not None:
                with tf.variable_scope("loop_function", reuse=True):
                    one = loop_function(previous, i)
            if i > 0:
                tf.get_variable_scope().reuse_variables()
            output, state = cell(one, state)
            outputs.append(output)
            if loop_function is not None:
                previous = output
    return outputs, state


@export("contrib.legacy_seq2seq.basic_rnn_seq2seq")
def basic_rnn_seq2seq(
    encoder_inputs: Any, decoder_inputs: Any, cell: Any, dtype: Any = tf.float32, scope: Any = None
) -> Any:
    """Runs a copy of the cell over the encoder's inputs, and the cell from that state over the decoder's.

    Args:
      encoder_inputs, decoder_inputs: lists of tensors of shape [batch, size].
      cell: the cell.
      dtype: the element type of the state.
      scope: the variable scope, or its name; "basic_rnn_seq2seq" when None.

    Returns:
      The list of outputs and the final state.
    """
    with tf.variable_scope(scope or "basic_rnn_seq2seq"):
        _, state = static_rnn(copy.deepcopy(cell), encoder_inputs, dtype=dtype)
        return rnn_decoder(decoder_inputs, state, cell)


@export("contrib.legacy_seq2seq.tied_rnn_seq2seq")
def tied_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    loop_function: Any = None,
    dtype: Any = tf.float32,
    scope: Any = None,
) -> Any:
    """The same with shared variables; see `basic_rnn_seq2seq` and `rnn_decoder`."""
    with tf.variable_scope("combined_tied_rnn_seq2seq"):
        scope = scope or "tied_rnn_seq2seq"
        _, state = static_rnn(cell, encoder_inputs, dtype=dtype, scope=scope)
        tf.get_variable_scope().reuse_variables()
        return rnn_decoder(decoder_inputs, state, cell, loop_function=loop_function, scope=scope)


@export("contrib.legacy_seq2seq.embedding_rnn_decoder")
def embedding_rnn_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    output_projection: Any = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    scope: Any = None,
) -> Any:
    """Runs a cell over the embeddings of tokens.

    Args:
      decoder_inputs: a list of int32 vectors of the batch size.
      initial_state: the state before the first step.
      cell: the cell.
      num_symbols, embedding_size: the shape of the matrix of embeddings.
      output_projection: a pair of matrix and vector that make logits of outputs; None when the outputs are logits.
      feed_previous: whether each step but the first gets the most probable token of the one before.
      update_embedding_for_previous: whether gradients flow through these embeddings.
      scope: the variable scope, or its name; "embedding_rnn_decoder" when None.

    Returns:
      The list of outputs and the final state.

    Raises:
      ValueError: the projection does not fit.
    """
    with tf.variable_scope(scope or "embedding_rnn_decoder") as opened:
        if output_projection is not None:
            dtype = opened.dtype
            check_projection(output_projection, num_symbols, dtype)
        embedding = tf.get_variable("embedding", [num_symbols, embedding_size])
        loop = from_previous(embedding, output_projection, update_embedding_for_previous) if feed_previous else None
        embedded = (tf.nn.embedding_lookup(embedding, i) for i in decoder_inputs)
        return rnn_decoder(embedded, initial_state, cell, loop_function=loop)


@export("contrib.legacy_seq2seq.embedding_rnn_seq2seq")
def embedding_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> Any:
    """Encodes tokens, and decodes from the encoder's state.

    Args:
      encoder_inputs, decoder_inputs: lists of int32 vectors of the batch size.
      cell: the cell; the encoder runs a copy.
      num_encoder_symbols, num_decoder_symbols: the numbers of tokens.
      embedding_size: the size of embeddings.
      output_projection: a pair of matrix and vector that make logits of outputs; a layer of its own when None.
      feed_previous: whether the decoder gets its own tokens; a bool, or a bool scalar tensor.
      dtype: the element type of the encoder's state.
      scope: the variable scope, or its name; "embedding_rnn_seq2seq" when None.

    Returns:
      The list of outputs and the final state.
    """
    with tf.variable_scope(scope or "embedding_rnn_seq2seq") as opened:
        if dtype is not None:
            opened.set_dtype(dtype)
        else:
            dtype = opened.dtype
        encoder = tf.contrib.rnn.EmbeddingWrapper(
            copy.deepcopy(cell), embedding_classes=num_encoder_symbols, embedding_size=embedding_size
        )
        _, state = static_rnn(encoder, encoder_inputs, dtype=dtype)
        if output_projection is None:
            cell = tf.contrib.rnn.OutputProjectionWrapper(cell, num_decoder_symbols)

        def decode(feed: bool) -> Any:
            return embedding_rnn_decoder(
                decoder_inputs,
                state,
                cell,
                num_decoder_symbols,
                embedding_size,
                output_projection=output_projection,
                feed_previous=feed,
                update_embedding_for_previous=isinstance(feed_previous, bool),
            )

        return decoded(decode, feed_previous, state)


def decoded(decode: Any, feed_previous: Any, state: Any) -> Any:
    """Decodes from a state with or without feeding back, as a bool or a tensor says; see `decode_either_way`."""
    if isinstance(feed_previous, bool):
        return decode(feed_previous)
    outputs, flat = decode_either_way(decode, feed_previous, len(tf.nest.flatten(state)))
    return outputs, tf.nest.pack_sequence_as(state, flat) if tf.nest.is_nested(state) else flat[0]


def decode_either_way(decode: Any, feed_previous: Any, states: int) -> Any:
    """Decodes both ways in a conditional.

    Args:
      decode: a function of a bool, whether to feed back, that returns outputs and the final state.
      feed_previous: a bool scalar tensor.
      states: how many tensors the state has.

    Returns:
      The list of outputs, and the list of the final state's tensors.
    """

    def branch(feed: bool) -> Any:
        with tf.variable_scope(tf.get_variable_scope(), reuse=None if feed else True):
            outputs, final = decode(feed)
            return outputs + tf.nest.flatten(final)

    both = tf.cond(feed_previous, lambda: branch(True), lambda: branch(False))
    count = len(both) - states
    return both[:count], both[count:]


@export("contrib.legacy_seq2seq.attention_decoder")
def attention_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    attention_states: Any,
    cell: Any,
    output_size: int | None = None,
    num_heads: int = 1,
    loop_function: Any = None,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> Any:
    """Runs a cell that looks at a memory (Vinyals et al. 2015, arXiv:1412.7449).

    Args:
      decoder_inputs: a list of tensors of shape [batch, size].
      initial_state: the state before the first step.
      attention_states: the memory, of shape [batch, places, size].
      cell: the cell.
      output_size: the size of the outputs; the cell's when None.
      num_heads: how many times it looks in each step.
      loop_function: see `rnn_decoder`.
      dtype: the element type; the scope's when None.
      scope: the variable scope, or its name; "attention_decoder" when None.
      initial_state_attention: whether it looks with the initial state before the first step.

    Returns:
      The list of outputs and the final state.

    Raises:
      ValueError: there are no inputs or heads, or the memory's sizes are not known.
    """
    if not decoder_inputs:
        raise ValueError("Must provide at least 1 input to attention decoder.")
    if num_heads < 1:
        raise ValueError("With less than 1 heads, use a non-attention decoder.")
    if attention_states.shape[2].value is None:
        raise ValueError(f"Shape[2] of attention_states must be known: {attention_states.shape}")
    with tf.variable_scope(scope or "attention_decoder", dtype=dtype) as opened:
        dtype = opened.dtype
        batch = tf.shape(decoder_inputs[0])[0]
        heads = _Heads(attention_states, num_heads, dtype)
        state, outputs, previous = initial_state, [], None
        empty = tf.stack([batch, heads.size])
        attentions = [tf.zeros(empty, dtype=dtype) for _ in range(num_heads)]
        for one in attentions:
            one.set_shape([None, heads.size])
        if initial_state_attention:
            attentions = heads.look(initial_state)
        for i, one in enumerate(decoder_inputs):
            if i > 0:
                tf.get_variable_scope().reuse_variables()
            if loop_function is not None and previous is not None:
                with tf.variable_scope("loop_function", reuse=True):
                    one = loop_function(previous, i)
            depth = one.shape.with_rank(2)[1]
            if depth.value is None:
                raise ValueError(f"Could not infer input size from input: {one.name}")
            args = [one, *attentions]
            x = Linear(args, depth.value, True)(args)
            cell_output, state = cell(x, state)
            if i == 0 and initial_state_attention:
                with tf.variable_scope(tf.get_variable_scope(), reuse=True):
                    attentions = heads.look(state)
            else:
                attentions = heads.look(state)
            with tf.variable_scope("AttnOutputProjection"):
                args = [cell_output, *attentions]
                output = Linear(args, cell.output_size if output_size is None else output_size, True)(args)
            if loop_function is not None:
                previous = output
            outputs.append(output)
    return outputs, state


class _Heads:
    """The parts of a decoder that look at its memory."""

    def __init__(self, memory: Any, count: int, dtype: Any) -> None:
        length = memory.shape[1].value
        self.length = tf.shape(memory)[1] if length is None else length
        self.size = memory.shape[2].value
        self.dtype = dtype
        self.hidden = tf.reshape(memory, [-1, self.length, 1, self.size])
        self.features, self.vectors = [], []
        for a in range(count):
            kernel = tf.get_variable(f"AttnW_{a}", [1, 1, self.size, self.size], dtype=dtype)
            self.features.append(tf.nn.conv2d(self.hidden, kernel, [1, 1, 1, 1], "SAME"))
            self.vectors.append(tf.get_variable(f"AttnV_{a}", [self.size], dtype=dtype))

    def look(self, query: Any) -> list[Any]:
        """Returns what each head sees, for a query that may be a nested structure."""
        if tf.nest.is_nested(query):
            query = tf.concat(tf.nest.flatten(query), 1)
        seen = []
        for a, (features, vector) in enumerate(zip(self.features, self.vectors, strict=True)):
            with tf.variable_scope(f"Attention_{a}"):
                y = tf.reshape(Linear(query, self.size, True)(query), [-1, 1, 1, self.size])
                y = tf.cast(y, self.dtype)
                weights = tf.nn.softmax(tf.reduce_sum(vector * tf.tanh(features + y), [2, 3]))
                weights = tf.cast(weights, self.dtype)
                summed = tf.reduce_sum(tf.reshape(weights, [-1, self.length, 1, 1]) * self.hidden, [1, 2])
                seen.append(tf.reshape(summed, [-1, self.size]))
        return seen


@export("contrib.legacy_seq2seq.embedding_attention_decoder")
def embedding_attention_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    attention_states: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_size: int | None = None,
    output_projection: Any = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> Any:
    """Runs `attention_decoder` over the embeddings of tokens; see there and `embedding_rnn_decoder`."""
    output_size = cell.output_size if output_size is None else output_size
    if output_projection is not None:
        biases = tf.convert_to_tensor(output_projection[1], dtype=dtype)
        biases.shape.assert_is_compatible_with([num_symbols])
    with tf.variable_scope(scope or "embedding_attention_decoder", dtype=dtype):
        embedding = tf.get_variable("embedding", [num_symbols, embedding_size])
        loop = from_previous(embedding, output_projection, update_embedding_for_previous) if feed_previous else None
        embedded = [tf.nn.embedding_lookup(embedding, i) for i in decoder_inputs]
        return attention_decoder(
            embedded,
            initial_state,
            attention_states,
            cell,
            output_size=output_size,
            num_heads=num_heads,
            loop_function=loop,
            initial_state_attention=initial_state_attention,
        )


@export("contrib.legacy_seq2seq.embedding_attention_seq2seq")
def embedding_attention_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> Any:
    """Encodes tokens, and decodes looking at the encoder's outputs; see `embedding_rnn_seq2seq`."""
    with tf.variable_scope(scope or "embedding_attention_seq2seq", dtype=dtype) as opened:
        dtype = opened.dtype
        encoder = tf.contrib.rnn.EmbeddingWrapper(
            copy.deepcopy(cell), embedding_classes=num_encoder_symbols, embedding_size=embedding_size
        )
        encoded, state = static_rnn(encoder, encoder_inputs, dtype=dtype)
        memory = tf.concat([tf.reshape(e, [-1, 1, cell.output_size]) for e in encoded], 1)
        output_size = None
        if output_projection is None:
            cell = tf.contrib.rnn.OutputProjectionWrapper(cell, num_decoder_symbols)
            output_size = num_decoder_symbols

        def decode(feed: bool) -> Any:
            return embedding_attention_decoder(
                decoder_inputs,
                state,
                memory,
                cell,
                num_decoder_symbols,
                embedding_size,
                num_heads=num_heads,
                output_size=output_size,
                output_projection=output_projection,
                feed_previous=feed,
                update_embedding_for_previous=isinstance(feed_previous, bool),
                initial_state_attention=initial_state_attention,
            )

        return decoded(decode, feed_previous, state)


@export("contrib.legacy_seq2seq.sequence_loss_by_example")
def sequence_loss_by_example(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    softmax_loss_function: Any = None,
    name: str | None = None,
) -> Any:
    """Returns the weighted cross entropy of each sequence of a batch.

    Args:
      logits: a list of tensors of shape [batch, classes].
      targets: a list of int32 vectors.
      weights: a list of float vectors.
      average_across_timesteps: whether to divide by the sum of weights.
      softmax_loss_function: a function of `labels` and `logits` that replaces the sparse softmax cross entropy.
      name: the name scope.

    Returns:
      A vector of the batch size.

    Raises:
      ValueError: the lists are not of one length.
    """
    if len(targets) != len(logits) or len(weights) != len(logits):
        raise ValueError(
            f"Lengths of logits, weights, and targets must be the same {len(logits)}, {len(weights)}, {len(targets)}."
        )
    with tf.name_scope(name, "sequence_loss_by_example", logits + targets + weights):
        losses = []
        for logit, target, weight in zip(logits, targets, weights, strict=True):
            if softmax_loss_function is None:
                target = tf.reshape(target, [-1])
                loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=target, logits=logit)
            else:
                loss = softmax_loss_function(labels=target, logits=logit)
            losses.append(loss * weight)
        total = tf.add_n(losses)
        if average_across_timesteps:
            total /= tf.add_n(weights) + 1e-12
    return total


@export("contrib.legacy_seq2seq.sequence_loss")
def sequence_loss(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    softmax_loss_function: Any = None,
    name: str | None = None,
) -> Any:
    """Returns the sum of `sequence_loss_by_example`, divided by the batch size if `average_across_batch`."""
    with tf.name_scope(name, "sequence_loss", logits + targets + weights):
        cost = tf.reduce_sum(
            sequence_loss_by_example(
                logits,
                targets,
                weights,
                average_across_timesteps=average_across_timesteps,
                softmax_loss_function=softmax_loss_function,
            )
        )
        return cost / tf.cast(tf.shape(targets[0])[0], cost.dtype) if average_across_batch else cost


@export("contrib.legacy_seq2seq.model_with_buckets")
def model_with_buckets(
    encoder_inputs: Any,
    decoder_inputs: Any,
    targets: Any,
    weights: Any,
    buckets: Any,
    seq2seq: Any,
    softmax_loss_function: Any = None,
    per_example_loss: bool = False,
    name: str | None = None,
) -> Any:
    """Builds a model for each of several pairs of lengths, with shared variables.

    Args:
      encoder_inputs, decoder_inputs, targets, weights: lists as long as the longest bucket.
      buckets: pairs of the encoder's and the decoder's length.
      seq2seq: a function of encoder and decoder inputs that returns outputs and state.
      softmax_loss_function: see `sequence_loss_by_example`.
      per_example_loss: whether losses are kept apart for each example.
      name: the name scope.

    Returns:
      The outputs and the losses, lists with one element a bucket.

    Raises:
      ValueError: a list is shorter than the last bucket.
    """
    for given, what, length in (
        (encoder_inputs, "encoder_inputs", buckets[-1][0]),
        (targets, "targets", buckets[-1][1]),
        (weights, "weights", buckets[-1][1]),
    ):
        if len(given) < length:
            raise ValueError(f"Length of {what} ({len(given)}) must be at least that of last bucket ({length}).")
    loss_of = sequence_loss_by_example if per_example_loss else sequence_loss
    losses, outputs = [], []
    with tf.name_scope(name, "model_with_buckets", encoder_inputs + decoder_inputs + targets + weights):
        for number, (encoder_length, length) in enumerate(buckets):
            with tf.variable_scope(tf.get_variable_scope(), reuse=True if number > 0 else None):
                bucket_outputs, _ = seq2seq(encoder_inputs[:encoder_length], decoder_inputs[:length])
                outputs.append(bucket_outputs)
                losses.append(
                    loss_of(
                        bucket_outputs,
                        targets[:length],
                        weights[:length],
                        softmax_loss_function=softmax_loss_function,
                    )
                )
    return outputs, losses
