"""Attention over a memory: Luong's and Bahdanau's, and the cell that uses them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import RNNCell, assert_like_rnncell
from tangraph_layers.rnn.states import zero_state_tensors

if TYPE_CHECKING:
    from collections.abc import Callable


@export("contrib.seq2seq.AttentionMechanism")
class AttentionMechanism:
    """A function from a query and a state to weights of the memory's places."""

    @property
    def alignments_size(self) -> Any:
        """The number of the memory's places."""
        raise NotImplementedError

    @property
    def state_size(self) -> Any:
        """The size of the state."""
        raise NotImplementedError


def _size(tensor: Any, axis: int) -> Any:
    """Returns a size: a number if it is known, else a tensor."""
    known = tensor.shape.dims[axis].value
    return tf.shape(tensor)[axis] if known is None else known


def _masked_memory(memory: Any, mask: Any) -> Any:
    rank = tf.rank(memory) if memory.shape.ndims is None else memory.shape.ndims
    ones = tf.ones(rank - 2, dtype=tf.int32)
    return memory * tf.reshape(mask, tf.concat((tf.shape(mask), ones), 0))


def _prepared(memory: Any, lengths: Any, check_inner_dims_defined: bool) -> Any:
    memory = tf.nest.map_structure(lambda m: tf.convert_to_tensor(m, name="memory"), memory)
    if lengths is not None:
        lengths = tf.convert_to_tensor(lengths, name="memory_sequence_length")
    if check_inner_dims_defined:
        for m in tf.nest.flatten(memory):
            if not m.shape[2:].is_fully_defined():
                raise ValueError(f"Expected memory {m.name} to have fully defined inner dims, but saw shape: {m.shape}")
    if lengths is None:
        return memory
    first = tf.nest.flatten(memory)[0]
    mask = tf.sequence_mask(lengths, maxlen=tf.shape(first)[1], dtype=first.dtype)
    return tf.nest.map_structure(lambda m: _masked_memory(m, mask), memory)


class _Mechanism(AttentionMechanism):
    """What the mechanisms share: memory, keys and masks."""

    def __init__(
        self,
        query_layer: Any,
        memory: Any,
        probability_fn: Callable[..., Any],
        memory_sequence_length: Any,
        memory_layer: Any,
        score_mask_value: Any,
        custom_key_value_fn: Any,
        name: str,
    ) -> None:
        self._query_layer = query_layer
        self._memory_layer = memory_layer
        self.dtype = memory_layer.dtype
        self._lengths = memory_sequence_length
        self._mask_value = -math.inf if score_mask_value is None else score_mask_value
        self._probability = probability_fn
        with tf.name_scope(name, "BaseAttentionMechanismInit", tf.nest.flatten(memory)):
            self._values = _prepared(memory, memory_sequence_length, True)
            self._keys = self._memory_layer(self._values) if self._memory_layer else self._values
            if custom_key_value_fn is not None:
                self._keys, self._values = custom_key_value_fn(self._keys, self._values)
            self._batch_size = _size(self._keys, 0)
            self._alignments_size = _size(self._keys, 1)

    @property
    def memory_layer(self) -> Any:
        """The layer that makes keys."""
        return self._memory_layer

    @property
    def query_layer(self) -> Any:
        """The layer on queries, or None."""
        return self._query_layer

    @property
    def values(self) -> Any:
        """The memory, zero behind the sequences' ends."""
        return self._values

    @property
    def keys(self) -> Any:
        """What queries are compared with."""
        return self._keys

    @property
    def batch_size(self) -> Any:
        """The batch size."""
        return self._batch_size

    @property
    def alignments_size(self) -> Any:
        """The number of the memory's places."""
        return self._alignments_size

    @property
    def state_size(self) -> Any:
        """The same: the state is the alignments."""
        return self._alignments_size

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Any:
        """Returns zeros."""
        return zero_state_tensors(self._alignments_size, batch_size, dtype)

    def initial_state(self, batch_size: Any, dtype: Any) -> Any:
        """Returns zeros."""
        return self.initial_alignments(batch_size, dtype)

    def _alignments(self, score: Any, previous: Any) -> Any:
        """Returns probabilities of scores of shape [batch, places]."""
        if self._lengths is not None:
            check = tf.assert_positive(
                self._lengths, message="All values in memory_sequence_length must be greater than zero."
            )
            with tf.control_dependencies([check]):
                mask = tf.sequence_mask(self._lengths, maxlen=tf.shape(score)[1])
            score = tf.where(mask, score, self._mask_value * tf.ones_like(score))
        return self._of_scores(score, previous)

    def _of_scores(self, score: Any, previous: Any) -> Any:
        """Returns the alignments that scores make."""
        del previous
        return self._probability(score)

    def _shifted(self, score: Any, query: Any) -> Any:
        """Returns the scores with whatever is added to them."""
        del query
        return score


@export("contrib.seq2seq.LuongAttention")
class LuongAttention(_Mechanism):
    """Scores are products of query and keys (Luong et al. 2015, arXiv:1508.04025).

    Args:
      num_units: the size of keys and queries.
      memory: a tensor of shape [batch, places, size].
      memory_sequence_length: the number of places of each batch entry; the rest is not looked at.
      scale: whether scores are multiplied by a variable.
      probability_fn: a function from scores to probabilities; softmax when None.
      score_mask_value: the score of places behind the end; -inf when None.
      dtype: the element type of the layers; float32 when None.
      custom_key_value_fn: a function of keys and values that returns new ones.
      name: the name scope.
    """

    _scope = "luong_attention"

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        probability_fn: Any = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        custom_key_value_fn: Any = None,
        name: str = "LuongAttention",
    ) -> None:
        dtype = dtype or tf.float32
        super().__init__(
            query_layer=None,
            memory_layer=tf.layers.Dense(num_units, name="memory_layer", use_bias=False, dtype=dtype),
            memory=memory,
            probability_fn=probability_fn or tf.nn.softmax,
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            custom_key_value_fn=custom_key_value_fn,
            name=name,
        )
        self._num_units = num_units
        self._scale = scale
        self._name = name

    def __call__(self, query: Any, state: Any) -> Any:
        """Returns the alignments, twice.

        Raises:
          ValueError: the query has another size than the keys.
        """
        with tf.variable_scope(None, self._scope, [query]):
            factor = None
            if self._scale:
                factor = tf.get_variable("attention_g", dtype=query.dtype, initializer=tf.ones_initializer(), shape=())
            score = self._shifted(self._score(query, factor), query)
        alignments = self._alignments(score, state)
        return alignments, alignments

    def _score(self, query: Any, factor: Any) -> Any:
        depth, key_units = query.shape[-1], self.keys.shape[-1]
        if depth != key_units:
            raise ValueError(
                f"Incompatible or unknown inner dimensions between query and keys.  Query ({query}) has units: {depth}. "
                f" Keys ({self.keys}) have units: {key_units}.  Perhaps you need to set num_units to the keys' dimension "
                f"({key_units})?"
            )
        score = tf.squeeze(tf.matmul(tf.expand_dims(query, 1), self.keys, transpose_b=True), [1])
        return score if factor is None else factor * score


@export("contrib.seq2seq.BahdanauAttention")
class BahdanauAttention(_Mechanism):
    """Scores are v · tanh(keys + query) (Bahdanau et al. 2015, arXiv:1409.0473).

    Args:
      normalize: whether v is normalized (Salimans and Kingma 2016, arXiv:1602.07868).
      num_units, memory, memory_sequence_length, probability_fn, score_mask_value, dtype, custom_key_value_fn, name: see
        `LuongAttention`.
    """

    _scope = "bahdanau_attention"

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        probability_fn: Any = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        custom_key_value_fn: Any = None,
        name: str = "BahdanauAttention",
    ) -> None:
        dtype = dtype or tf.float32
        super().__init__(
            query_layer=tf.layers.Dense(num_units, name="query_layer", use_bias=False, dtype=dtype),
            memory_layer=tf.layers.Dense(num_units, name="memory_layer", use_bias=False, dtype=dtype),
            memory=memory,
            probability_fn=probability_fn or tf.nn.softmax,
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            custom_key_value_fn=custom_key_value_fn,
            name=name,
        )
        self._num_units = num_units
        self._normalize = normalize
        self._name = name

    def __call__(self, query: Any, state: Any) -> Any:
        """Returns the alignments, twice."""
        with tf.variable_scope(None, self._scope, [query]):
            processed = self._query_layer(query) if self._query_layer else query
            v = tf.get_variable("attention_v", [self._num_units], dtype=query.dtype)
            if not self._normalize:
                score = tf.reduce_sum(v * tf.tanh(self._keys + tf.expand_dims(processed, 1)), [2])
            else:
                g = tf.get_variable(
                    "attention_g",
                    dtype=query.dtype,
                    initializer=tf.constant_initializer(math.sqrt(1.0 / self._num_units)),
                    shape=(),
                )
                b = tf.get_variable(
                    "attention_b", [self._num_units], dtype=query.dtype, initializer=tf.zeros_initializer()
                )
                processed = tf.expand_dims(processed, 1)
                normed = g * v * tf.rsqrt(tf.reduce_sum(tf.square(v)))
                score = tf.reduce_sum(normed * tf.tanh(self._keys + processed + b), [2])
            score = self._shifted(score, query)
        alignments = self._alignments(score, state)
        return alignments, alignments


class _State(NamedTuple):
    cell_state: Any
    attention: Any
    time: Any
    alignments: Any
    alignment_history: Any
    attention_state: Any


@export("contrib.seq2seq.AttentionWrapperState")
class AttentionWrapperState(_State):
    """The state of an `AttentionWrapper`."""

    __slots__ = ()

    def clone(self, **kwargs: Any) -> AttentionWrapperState:
        """Returns a copy with other fields, whose shapes must be those of the old ones.

        Where shapes are not known, the run checks them.
        """

        def with_shape(old: Any, new: Any) -> Any:
            if isinstance(old, tf.Tensor) and isinstance(new, tf.Tensor):
                return tf.contrib.framework.with_same_shape(old, new)
            return new

        result: AttentionWrapperState = tf.nest.map_structure(with_shape, self, self._replace(**kwargs))
        return result


def _attention(mechanism: Any, cell_output: Any, state: Any, layer: Any) -> Any:
    """Returns the attention, the alignments and the mechanism's next state."""
    alignments, next_state = mechanism(cell_output, state=state)
    context = tf.squeeze(tf.matmul(tf.expand_dims(alignments, 1), mechanism.values), [1])
    attention = context if layer is None else layer(tf.concat([cell_output, context], 1))
    return attention, alignments, next_state


@export("contrib.seq2seq.AttentionWrapper")
class AttentionWrapper(RNNCell):
    """A cell that looks at a memory.

    Args:
      cell: the cell.
      attention_mechanism: a mechanism, or a list of them.
      attention_layer_size: the size of the attention, which a layer makes of output and context; None for the context
        alone. A list for a list of mechanisms.
      alignment_history: whether the alignments of all steps are kept in the state.
      cell_input_fn: a function of inputs and attention that returns the cell's inputs; side by side when None.
      output_attention: whether the attention is put out, not the cell's output.
      initial_cell_state: the cell's state that `zero_state` takes.
      name: the cell's name.
      attention_layer: a layer in place of the one that `attention_layer_size` makes.
      attention_fn: a function of mechanism, output, state and layer that returns attention, alignments and state.
      dtype: the element type of the variables; the inputs' when None.

    Raises:
      TypeError: what should be a cell, a mechanism or a function is none.
      ValueError: there are not as many layers as mechanisms, or both a layer and a size.
    """

    def __init__(
        self,
        cell: Any,
        attention_mechanism: Any,
        attention_layer_size: Any = None,
        alignment_history: bool = False,
        cell_input_fn: Any = None,
        output_attention: bool = True,
        initial_cell_state: Any = None,
        name: str | None = None,
        attention_layer: Any = None,
        attention_fn: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        assert_like_rnncell("cell", cell)
        self._is_multi = isinstance(attention_mechanism, list | tuple)
        self._mechanisms = tuple(attention_mechanism) if self._is_multi else (attention_mechanism,)
        for mechanism in self._mechanisms:
            if not isinstance(mechanism, AttentionMechanism):
                expected = (
                    "contain only instances of AttentionMechanism"
                    if self._is_multi
                    else "be an AttentionMechanism or list of multiple AttentionMechanism instances"
                )
                raise TypeError(f"attention_mechanism must {expected}, saw type: {type(mechanism).__name__}")
        if cell_input_fn is None:
            cell_input_fn = lambda inputs, attention: tf.concat([inputs, attention], -1)  # noqa: E731  a default
        elif not callable(cell_input_fn):
            raise TypeError(f"cell_input_fn must be callable, saw type: {type(cell_input_fn).__name__}")
        self._make_layers(attention_layer_size, attention_layer)
        self._attention_fn = attention_fn or _attention
        self._cell = cell
        self._cell_input_fn = cell_input_fn
        self._output_attention = output_attention
        self._alignment_history = alignment_history
        with tf.name_scope(name, "AttentionWrapperInit"):
            self._initial_cell_state = None
            if initial_cell_state is not None:
                batch = _size(tf.nest.flatten(initial_cell_state)[-1], 0)
                with tf.control_dependencies(self._batch_size_checks(batch, self._mismatch("__init__"))):
                    self._initial_cell_state = tf.nest.map_structure(
                        lambda s: tf.identity(s, name="check_initial_cell_state"), initial_cell_state
                    )

    def _make_layers(self, sizes: Any, layers: Any) -> None:
        if sizes is not None and layers is not None:
            raise ValueError("Only one of attention_layer_size and attention_layer should be set")
        count = len(self._mechanisms)
        self._attention_layers: Any = None
        if sizes is not None:
            sizes = tuple(sizes) if isinstance(sizes, list | tuple) else (sizes,)
            if len(sizes) != count:
                raise ValueError(
                    "If provided, attention_layer_size must contain exactly one integer per attention_mechanism, saw: "
                    f"{len(sizes)} vs {count}"
                )
            self._attention_layers = tuple(
                tf.layers.Dense(size, name="attention_layer", use_bias=False, dtype=mechanism.dtype)
                for size, mechanism in zip(sizes, self._mechanisms, strict=True)
            )
            self._attention_layer_size = sum(sizes)
        elif layers is not None:
            self._attention_layers = tuple(layers) if isinstance(layers, list | tuple) else (layers,)
            if len(self._attention_layers) != count:
                raise ValueError(
                    "If provided, attention_layer must contain exactly one layer per attention_mechanism, saw: "
                    f"{len(self._attention_layers)} vs {count}"
                )
            shapes = [[None, m.values.shape[-1].value] for m in self._mechanisms]
            self._attention_layer_size = sum(
                layer.compute_output_shape(shape)[-1].value
                for layer, shape in zip(self._attention_layers, shapes, strict=True)
            )
        else:
            self._attention_layer_size = sum(m.values.shape[-1].value for m in self._mechanisms)

    def _mismatch(self, where: str) -> str:
        return (
            f"When calling {where} of AttentionWrapper {self._base_name}: Non-matching batch sizes between the memory "
            "(encoder output) and the requested batch size.  Are you using the BeamSearchDecoder?  If so, make sure your "
            "encoder output has been tiled to beam_width via tf.contrib.seq2seq.tile_batch, and the batch_size= argument "
            "passed to zero_state is batch_size * beam_width."
        )

    def _batch_size_checks(self, batch_size: Any, message: str) -> list[Any]:
        return [tf.assert_equal(batch_size, m.batch_size, message=message) for m in self._mechanisms]

    def _item_or_tuple(self, values: Any) -> Any:
        made = tuple(values)
        return made if self._is_multi else made[0]

    @property
    def output_size(self) -> Any:
        """The size of the attention, or of the cell's output."""
        return self._attention_layer_size if self._output_attention else self._cell.output_size

    @property
    def state_size(self) -> Any:
        """The sizes of the state."""
        return AttentionWrapperState(
            cell_state=self._cell.state_size,
            time=tf.TensorShape([]),
            attention=self._attention_layer_size,
            alignments=self._item_or_tuple(m.alignments_size for m in self._mechanisms),
            attention_state=self._item_or_tuple(m.state_size for m in self._mechanisms),
            alignment_history=self._item_or_tuple(
                m.alignments_size if self._alignment_history else () for m in self._mechanisms
            ),
        )

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Returns the state before the first step."""
        with tf.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            if self._initial_cell_state is not None:
                cell_state = self._initial_cell_state
            else:
                cell_state = self._cell.zero_state(batch_size, dtype)
            with tf.control_dependencies(self._batch_size_checks(batch_size, self._mismatch("zero_state"))):
                cell_state = tf.nest.map_structure(lambda s: tf.identity(s, name="checked_cell_state"), cell_state)
            alignments = [m.initial_alignments(batch_size, dtype) for m in self._mechanisms]
            return AttentionWrapperState(
                cell_state=cell_state,
                time=tf.zeros([], dtype=tf.int32),
                attention=zero_state_tensors(self._attention_layer_size, batch_size, dtype),
                alignments=self._item_or_tuple(alignments),
                attention_state=self._item_or_tuple(m.initial_state(batch_size, dtype) for m in self._mechanisms),
                alignment_history=self._item_or_tuple(
                    tf.TensorArray(dtype, size=0, dynamic_size=True, element_shape=one.shape)
                    if self._alignment_history
                    else ()
                    for one in alignments
                ),
            )

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the attention (or the cell's output) and the next state.

        Raises:
          TypeError: the state is not an `AttentionWrapperState`.
        """
        if not isinstance(state, AttentionWrapperState):
            raise TypeError(
                f"Expected state to be instance of AttentionWrapperState. Received type {type(state)} instead."
            )
        cell_output, next_cell_state = self._cell(self._cell_input_fn(inputs, state.attention), state.cell_state)
        batch = _size(cell_output, 0)
        with tf.control_dependencies(self._batch_size_checks(batch, self._mismatch("call"))):
            cell_output = tf.identity(cell_output, name="checked_cell_output")
        old_states = state.attention_state if self._is_multi else [state.attention_state]
        old_history = state.alignment_history if self._is_multi else [state.alignment_history]
        attentions, alignments, states, histories = [], [], [], []
        for i, mechanism in enumerate(self._mechanisms):
            layer = self._attention_layers[i] if self._attention_layers else None
            attention, aligned, next_state = self._attention_fn(mechanism, cell_output, old_states[i], layer)
            histories.append(old_history[i].write(state.time, aligned) if self._alignment_history else ())
            attentions.append(attention)
            alignments.append(aligned)
            states.append(next_state)
        attention = tf.concat(attentions, 1)
        new = AttentionWrapperState(
            time=state.time + 1,
            cell_state=next_cell_state,
            attention=attention,
            attention_state=self._item_or_tuple(states),
            alignments=self._item_or_tuple(alignments),
            alignment_history=self._item_or_tuple(histories),
        )
        return (attention if self._output_attention else cell_output), new


@export("contrib.seq2seq.hardmax")
def hardmax(logits: Any, name: str | None = None) -> Any:
    """Returns one-hot vectors of the greatest elements along the last axis."""
    with tf.name_scope(name, "Hardmax", [logits]):
        logits = tf.convert_to_tensor(logits, name="logits")
        known = logits.shape[-1].value
        depth = tf.shape(logits)[-1] if known is None else known
        return tf.one_hot(tf.argmax(logits, -1), depth, dtype=logits.dtype)
