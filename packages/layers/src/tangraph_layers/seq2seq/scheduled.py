"""Helpers with scheduled sampling: the right inputs at times, the decoder's own at others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.steps import transpose_batch_time
from tangraph_layers.seq2seq.helpers import TrainingHelper, unstacked
from tangraph_layers.seq2seq.sampling import bernoulli_sample, categorical_sample

if TYPE_CHECKING:
    from collections.abc import Callable


def _probability(value: Any) -> Any:
    """Returns a probability as a tensor; raises ValueError unless it is a scalar or a vector."""
    tensor = tf.convert_to_tensor(value, name="sampling_probability")
    if tensor.shape.ndims not in (0, 1):
        raise ValueError(f"sampling_probability must be either a scalar or a vector. saw shape: {tensor.shape}")
    return tensor


def _int32_where(condition: Any) -> Any:
    return tf.cast(tf.where(condition), tf.int32)


def _scattered(places: list[Any], updates: list[Any], like: Any) -> Any:
    """Returns the rows of two tensors at their places, in the shape of a third."""
    shape = tf.shape(like)
    first, second = [
        tf.scatter_nd(indices=indices, updates=rows, shape=shape) for indices, rows in zip(places, updates, strict=True)
    ]
    return first + second


@export("contrib.seq2seq.ScheduledEmbeddingTrainingHelper")
class ScheduledEmbeddingTrainingHelper(TrainingHelper):
    """Gives a decoder the embedding of a drawn token at times, and the right input otherwise (arXiv:1506.03099).

    Samples are -1 where none was drawn.

    Args:
      inputs: a tensor of shape [batch, time, size]; [time, batch, size] if `time_major`.
      sequence_length: the length of each sequence, an int32 vector.
      embedding: a matrix of shape [tokens, size], or a function of int32 tokens that returns their inputs.
      sampling_probability: how often to draw, a scalar or a vector of the batch size.
      time_major: whether the inputs have the time first.
      seed: the seed of the draws.
      scheduling_seed: the seed of the decision whether to draw.
      name: the name scope.

    Raises:
      ValueError: `sampling_probability` is neither scalar nor vector, or `sequence_length` is no vector.
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        embedding: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: Any = None,
        scheduling_seed: Any = None,
        name: str | None = None,
    ) -> None:
        with tf.name_scope(name, "ScheduledEmbeddingSamplingWrapper", [embedding, sampling_probability]):
            self._embed: Callable[[Any], Any] = (
                embedding if callable(embedding) else lambda ids: tf.nn.embedding_lookup(embedding, ids)
            )
            self._sampling_probability = _probability(sampling_probability)
            self._seed = seed
            self._scheduling_seed = scheduling_seed
            super().__init__(inputs=inputs, sequence_length=sequence_length, time_major=time_major, name=name)

    def sample(self, time: Any, outputs: Any, state: Any = None, name: str | None = None) -> Any:
        """Returns drawn tokens, and -1 where none was to be drawn."""
        with tf.name_scope(name, "ScheduledEmbeddingTrainingHelperSample", [time, outputs, state]):
            drawn = bernoulli_sample(
                self._sampling_probability, dtype=tf.bool, sample_shape=self.batch_size, seed=self._scheduling_seed
            )
            return tf.where(drawn, categorical_sample(outputs, seed=self._seed), tf.fill([self.batch_size], -1))

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any = None, name: str | None = None) -> Any:
        """Returns which sequences are finished, the next inputs and the state."""
        values = [time, outputs, state, sample_ids]
        with tf.name_scope(name, "ScheduledEmbeddingTrainingHelperNextInputs", values):
            finished, right, state = super().next_inputs(time, outputs, state, sample_ids=sample_ids, name=name)

            def mixed() -> Any:
                drawn, others = _int32_where(sample_ids > -1), _int32_where(sample_ids <= -1)
                tokens = tf.gather_nd(sample_ids, drawn)
                kept = tf.gather_nd(right, others)
                return _scattered([drawn, others], [self._embed(tokens), kept], right)

            return finished, tf.cond(tf.reduce_all(finished), lambda: right, mixed), state


@export("contrib.seq2seq.ScheduledOutputTrainingHelper")
class ScheduledOutputTrainingHelper(TrainingHelper):
    """Gives a decoder its own output at times, and the right input otherwise (arXiv:1506.03099).

    Samples are one where the output is given.

    Args:
      inputs: a tensor of shape [batch, time, size], or a structure of them; [time, batch, size] if `time_major`.
      sequence_length: the length of each sequence, an int32 vector.
      sampling_probability: how often to give the output, a scalar or a vector of the batch size.
      time_major: whether the inputs have the time first.
      seed: the seed of that decision.
      next_inputs_fn: a function of outputs that returns inputs; the outputs themselves when None.
      auxiliary_inputs: what is put behind all inputs, with their shape but for the last axis.
      name: the name scope.

    Raises:
      ValueError: `sampling_probability` is neither scalar nor vector, or `sequence_length` is no vector.
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: Any = None,
        next_inputs_fn: Any = None,
        auxiliary_inputs: Any = None,
        name: str | None = None,
    ) -> None:
        values = [inputs, auxiliary_inputs, sampling_probability]
        with tf.name_scope(name, "ScheduledOutputTrainingHelper", values):
            self._sampling_probability = _probability(sampling_probability)
            self._auxiliary_arrays = None
            if auxiliary_inputs is not None:
                inputs = tf.convert_to_tensor(inputs, name="inputs")
                auxiliary_inputs = tf.convert_to_tensor(auxiliary_inputs, name="auxiliary_inputs")
                inputs = tf.concat((inputs, auxiliary_inputs), -1)
                self._auxiliary_arrays = unstacked(
                    auxiliary_inputs if time_major else transpose_batch_time(auxiliary_inputs)
                )
            self._seed = seed
            self._next_inputs_fn = next_inputs_fn
            super().__init__(inputs=inputs, sequence_length=sequence_length, time_major=time_major, name=name)

    def sample(self, time: Any, outputs: Any, state: Any = None, name: str | None = None) -> Any:
        """Returns ones where the output is to be the next input."""
        with tf.name_scope(name, "ScheduledOutputTrainingHelperSample", [time, outputs, state]):
            return bernoulli_sample(self._sampling_probability, sample_shape=self.batch_size, seed=self._seed)

    def _with_auxiliary(self, outputs: Any, time: Any, indices: Any = None) -> Any:
        """Returns outputs with the auxiliary inputs of the next step behind them."""
        if self._auxiliary_arrays is None:
            return outputs
        auxiliary = self._auxiliary_arrays.read(time + 1)
        if indices is not None:
            auxiliary = tf.gather_nd(auxiliary, indices)
        return tf.nest.map_structure(lambda output, more: tf.concat((output, more), -1), outputs, auxiliary)

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any = None, name: str | None = None) -> Any:
        """Returns which sequences are finished, the next inputs and the state."""
        values = [time, outputs, state, sample_ids]
        with tf.name_scope(name, "ScheduledOutputTrainingHelperNextInputs", values):
            finished, right, state = super().next_inputs(time, outputs, state, sample_ids=sample_ids, name=name)
            given = tf.cast(sample_ids, tf.bool)

            def mixed() -> Any:
                if self._next_inputs_fn is None:
                    return tf.where(given, self._with_auxiliary(outputs, time), right)
                places = [_int32_where(given), _int32_where(tf.logical_not(given))]
                own = tf.gather_nd(outputs, places[0])
                kept = tf.gather_nd(right, places[1])
                made = self._with_auxiliary(self._next_inputs_fn(own), time, places[0])
                return _scattered(places, [made, kept], right)

            all_finished = tf.reduce_all(finished)
            none_given = tf.logical_not(tf.reduce_any(given))
            return finished, tf.cond(tf.logical_or(all_finished, none_given), lambda: right, mixed), state
