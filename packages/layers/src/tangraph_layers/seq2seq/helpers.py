"""What decoders are given in each step: the right tokens, or their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.steps import transpose_batch_time
from tangraph_layers.seq2seq.sampling import categorical_sample

if TYPE_CHECKING:
    from collections.abc import Callable


@export("contrib.seq2seq.Helper")
class Helper:
    """Samples tokens from outputs and makes the next inputs of a decoder."""

    @property
    def batch_size(self) -> Any:
        """The batch size, a scalar tensor."""
        raise NotImplementedError("batch_size has not been implemented")

    @property
    def sample_ids_shape(self) -> Any:
        """The shape of samples, without the batch."""
        raise NotImplementedError("sample_ids_shape has not been implemented")

    @property
    def sample_ids_dtype(self) -> Any:
        """The element type of samples."""
        raise NotImplementedError("sample_ids_dtype has not been implemented")

    def initialize(self, name: str | None = None) -> Any:
        """Returns which sequences are finished at once, and the first inputs."""
        raise NotImplementedError("initialize has not been implemented")

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Returns samples from outputs."""
        raise NotImplementedError("sample has not been implemented")

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None) -> Any:
        """Returns which sequences are finished, the next inputs and the state."""
        raise NotImplementedError("next_inputs has not been implemented")


class _TokenHelper(Helper):
    """A helper whose samples are single integers."""

    _batch_size: Any

    @property
    def batch_size(self) -> Any:
        """The batch size, a scalar tensor."""
        return self._batch_size

    @property
    def sample_ids_shape(self) -> Any:
        """The shape of a token: that of a scalar."""
        return tf.TensorShape([])

    @property
    def sample_ids_dtype(self) -> Any:
        """int32."""
        return tf.int32


def unstacked(inputs: Any) -> Any:
    """Returns a TensorArray of a tensor's slices along its first axis."""
    array = tf.TensorArray(dtype=inputs.dtype, size=tf.shape(inputs)[0], element_shape=inputs.shape[1:])
    return array.unstack(inputs)


@export("contrib.seq2seq.TrainingHelper")
class TrainingHelper(_TokenHelper):
    """Gives a decoder the right inputs, whatever it puts out.

    Args:
      inputs: a tensor of shape [batch, time, ...], or a nested structure of them; [time, batch, ...] if `time_major`.
      sequence_length: the length of each sequence, an integer vector.
      time_major: whether the inputs have the time first.
      name: the name scope.

    Raises:
      ValueError: `sequence_length` is no vector.
    """

    def __init__(self, inputs: Any, sequence_length: Any, time_major: bool = False, name: str | None = None) -> None:
        with tf.name_scope(name, "TrainingHelper", [inputs, sequence_length]):
            inputs = tf.nest.map_structure(lambda one: tf.convert_to_tensor(one, name="inputs"), inputs)
            self._inputs = inputs
            if not time_major:
                inputs = tf.nest.map_structure(transpose_batch_time, inputs)
            self._arrays = tf.nest.map_structure(unstacked, inputs)
            self._sequence_length = tf.convert_to_tensor(sequence_length, name="sequence_length")
            if self._sequence_length.shape.ndims != 1:
                raise ValueError(
                    f"Expected sequence_length to be a vector, but received shape: {self._sequence_length.shape}"
                )
            self._zero_inputs = tf.nest.map_structure(lambda one: tf.zeros_like(one[0, :]), inputs)
            self._batch_size = tf.size(sequence_length)

    @property
    def inputs(self) -> Any:
        """The inputs, as they were given."""
        return self._inputs

    @property
    def sequence_length(self) -> Any:
        """The lengths."""
        return self._sequence_length

    def _read(self, finished: Any, time: Any) -> Any:
        """Returns the inputs of a step; zeros when all sequences are finished."""
        return tf.cond(
            tf.reduce_all(finished),
            lambda: self._zero_inputs,
            lambda: tf.nest.map_structure(lambda array: array.read(time), self._arrays),
        )

    def initialize(self, name: str | None = None) -> Any:
        """Returns which sequences are empty, and the first inputs."""
        with tf.name_scope(name, "TrainingHelperInitialize"):
            finished = tf.equal(0, self._sequence_length)
            return finished, self._read(finished, 0)

    def sample(self, time: Any, outputs: Any, state: Any = None, name: str | None = None) -> Any:
        """Returns the most probable tokens."""
        with tf.name_scope(name, "TrainingHelperSample", [time, outputs]):
            return tf.cast(tf.argmax(outputs, axis=-1), tf.int32)

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any = None, name: str | None = None) -> Any:
        """Returns which sequences are finished, the next inputs and the state."""
        with tf.name_scope(name, "TrainingHelperNextInputs", [time, outputs, state]):
            next_time = time + 1
            finished = next_time >= self._sequence_length
            return finished, self._read(finished, next_time), state


@export("contrib.seq2seq.GreedyEmbeddingHelper")
class GreedyEmbeddingHelper(_TokenHelper):
    """Gives a decoder the embedding of its own most probable token.

    Args:
      embedding: a matrix of shape [tokens, size], or a function of int32 tokens that returns their inputs.
      start_tokens: the tokens before the first step, an int32 vector of the batch size.
      end_token: the token that ends a sequence, an int32 scalar.

    Raises:
      ValueError: `start_tokens` is no vector, or `end_token` no scalar.
    """

    def __init__(self, embedding: Any, start_tokens: Any, end_token: Any) -> None:
        self._embed: Callable[[Any], Any] = (
            embedding if callable(embedding) else lambda ids: tf.nn.embedding_lookup(embedding, ids)
        )
        self._start_tokens = tf.convert_to_tensor(start_tokens, dtype=tf.int32, name="start_tokens")
        self._end_token = tf.convert_to_tensor(end_token, dtype=tf.int32, name="end_token")
        if self._start_tokens.shape.ndims != 1:
            raise ValueError("start_tokens must be a vector")
        self._batch_size = tf.size(start_tokens)
        if self._end_token.shape.ndims != 0:
            raise ValueError("end_token must be a scalar")
        self._start_inputs = self._embed(self._start_tokens)

    def initialize(self, name: str | None = None) -> Any:
        """Returns that no sequence is finished, and the first inputs."""
        return tf.tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Returns the most probable tokens.

        Raises:
          TypeError: the outputs are not one tensor.
        """
        _check_one_tensor(outputs)
        return tf.argmax(outputs, axis=-1, output_type=tf.int32)

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None) -> Any:
        """Returns which sequences are finished, the next inputs and the state."""
        finished = tf.equal(sample_ids, self._end_token)
        all_finished = tf.reduce_all(finished)
        inputs = tf.cond(all_finished, lambda: self._start_inputs, lambda: self._embed(sample_ids))
        return finished, inputs, state


def _check_one_tensor(outputs: Any) -> None:
    if not isinstance(outputs, tf.Tensor):
        raise TypeError(f"Expected outputs to be a single Tensor, got: {type(outputs)}")


@export("contrib.seq2seq.SampleEmbeddingHelper")
class SampleEmbeddingHelper(GreedyEmbeddingHelper):
    """Gives a decoder the embedding of a token that is drawn from its outputs.

    Args:
      embedding, start_tokens, end_token: see `GreedyEmbeddingHelper`.
      softmax_temperature: what the outputs are divided by first; None for 1.
      seed: the seed of the draws.
    """

    def __init__(
        self, embedding: Any, start_tokens: Any, end_token: Any, softmax_temperature: Any = None, seed: Any = None
    ) -> None:
        super().__init__(embedding, start_tokens, end_token)
        self._softmax_temperature = softmax_temperature
        self._seed = seed

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Returns tokens drawn from the outputs.

        Raises:
          TypeError: the outputs are not one tensor.
        """
        _check_one_tensor(outputs)
        logits = outputs if self._softmax_temperature is None else outputs / self._softmax_temperature
        return categorical_sample(logits, seed=self._seed)


@export("contrib.seq2seq.CustomHelper")
class CustomHelper(Helper):
    """A helper made of functions.

    Args:
      initialize_fn: returns `(finished, inputs)`.
      sample_fn: a function of `time`, `outputs` and `state` that returns samples.
      next_inputs_fn: a function of `time`, `outputs`, `state` and `sample_ids` that returns `(finished, inputs, state)`.
      sample_ids_shape: the shape of samples, without the batch; that of a scalar when None.
      sample_ids_dtype: their element type; int32 when None.
    """

    def __init__(
        self,
        initialize_fn: Any,
        sample_fn: Any,
        next_inputs_fn: Any,
        sample_ids_shape: Any = None,
        sample_ids_dtype: Any = None,
    ) -> None:
        self._initialize_fn = initialize_fn
        self._sample_fn = sample_fn
        self._next_inputs_fn = next_inputs_fn
        self._batch_size: Any = None
        self._sample_ids_shape = tf.TensorShape(sample_ids_shape or [])
        self._sample_ids_dtype = sample_ids_dtype or tf.int32

    @property
    def batch_size(self) -> Any:
        """The batch size, a scalar tensor.

        Raises:
          ValueError: `initialize` has not been called.
        """
        if self._batch_size is None:
            raise ValueError("batch_size accessed before initialize was called")
        return self._batch_size

    @property
    def sample_ids_shape(self) -> Any:
        """The shape of samples."""
        return self._sample_ids_shape

    @property
    def sample_ids_dtype(self) -> Any:
        """The element type of samples."""
        return self._sample_ids_dtype

    def initialize(self, name: str | None = None) -> Any:
        """Returns what `initialize_fn` returns."""
        with tf.name_scope(name, "CustomHelperInitialize"):
            finished, inputs = self._initialize_fn()
            if self._batch_size is None:
                self._batch_size = tf.size(finished)
        return finished, inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Returns what `sample_fn` returns."""
        with tf.name_scope(name, "CustomHelperSample", (time, outputs, state)):
            return self._sample_fn(time=time, outputs=outputs, state=state)

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None) -> Any:
        """Returns what `next_inputs_fn` returns."""
        with tf.name_scope(name, "CustomHelperNextInputs", (time, outputs, state)):
            return self._next_inputs_fn(time=time, outputs=outputs, state=state, sample_ids=sample_ids)


@export("contrib.seq2seq.InferenceHelper")
class InferenceHelper(Helper):
    """Gives a decoder its own samples.

    Args:
      sample_fn: a function of outputs that returns samples.
      sample_shape: their shape, without the batch.
      sample_dtype: their element type.
      start_inputs: the first inputs.
      end_fn: a function of samples that returns which sequences are finished.
      next_inputs_fn: a function of samples that returns inputs; the samples themselves when None.
    """

    def __init__(
        self,
        sample_fn: Any,
        sample_shape: Any,
        sample_dtype: Any,
        start_inputs: Any,
        end_fn: Any,
        next_inputs_fn: Any = None,
    ) -> None:
        self._sample_fn = sample_fn
        self._end_fn = end_fn
        self._sample_shape = tf.TensorShape(sample_shape)
        self._sample_dtype = sample_dtype
        self._next_inputs_fn = next_inputs_fn
        self._batch_size = tf.shape(start_inputs)[0]
        self._start_inputs = tf.convert_to_tensor(start_inputs, name="start_inputs")

    @property
    def batch_size(self) -> Any:
        """The batch size, a scalar tensor."""
        return self._batch_size

    @property
    def sample_ids_shape(self) -> Any:
        """The shape of samples."""
        return self._sample_shape

    @property
    def sample_ids_dtype(self) -> Any:
        """The element type of samples."""
        return self._sample_dtype

    def initialize(self, name: str | None = None) -> Any:
        """Returns that no sequence is finished, and the first inputs."""
        return tf.tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Returns samples."""
        return self._sample_fn(outputs)

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None) -> Any:
        """Returns which sequences are finished, the next inputs and the state."""
        inputs = sample_ids if self._next_inputs_fn is None else self._next_inputs_fn(sample_ids)
        return self._end_fn(sample_ids), inputs, state
