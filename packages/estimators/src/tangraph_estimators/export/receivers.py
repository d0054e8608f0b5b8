"""What an exported model is served with: tensors that a request fills, and the features made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Self

import tangraph as tf
from tangraph.export import export

#: field -> the name of a tensor that came alone.
_DEFAULT_NAMES: Final = {
    "feature": "feature",
    "label": "label",
    "receiver_tensor": "input",
    "receiver_tensors_alternative": "input",
}


def checked_tensors(tensors: Any, field: str, allow_int_keys: bool = False) -> dict[Any, Any]:
    """Returns tensors by name; one that comes alone is named after its field.

    Raises:
      ValueError: there are none, or something is not of the type it must have.
    """
    if tensors is None:
        raise ValueError(f"{field}s must be defined.")
    named: dict[Any, Any] = tensors if isinstance(tensors, dict) else {_DEFAULT_NAMES[field]: tensors}
    for name, tensor in named.items():
        if not isinstance(name, str):
            if not allow_int_keys:
                raise ValueError(f"{field} keys must be strings: {name}.")
            if not isinstance(name, int):
                raise ValueError(f"{field} keys must be strings or ints: {name}.")
        check_tensor(tensor, name, field)
    return named


def check_tensor(tensor: Any, name: Any, label: str = "feature") -> None:
    """Raises ValueError unless it is a tensor, dense or sparse."""
    if isinstance(tensor, tf.Tensor | tf.SparseTensor):
        return
    if not hasattr(tensor, "tensor"):  # what stands for a tensor has one
        raise ValueError(f"{label}{f' {name}' if name else ''} must be a Tensor or SparseTensor.")
    tf.convert_to_tensor(tensor)


class _ReceiverFields(NamedTuple):
    features: Any
    receiver_tensors: Any
    receiver_tensors_alternatives: Any


@export("estimator.export.ServingInputReceiver")
class ServingInputReceiver(_ReceiverFields):
    """Features, and the tensors that a request fills.

    Args:
      features: name -> tensor, or one tensor, which is named "feature".
      receiver_tensors: name -> tensor, or one tensor, which is named "input".
      receiver_tensors_alternatives: name -> other tensors that can be filled in their place.

    Raises:
      ValueError: something is missing or no tensor.
    """

    __slots__ = ()

    def __new__(cls, features: Any, receiver_tensors: Any, receiver_tensors_alternatives: Any = None) -> Self:
        """Checks everything."""
        features = checked_tensors(features, "feature", allow_int_keys=True)
        receiver_tensors = checked_tensors(receiver_tensors, "receiver_tensor")
        alternatives = receiver_tensors_alternatives
        if alternatives is not None:
            if not isinstance(alternatives, dict):
                raise ValueError(f"receiver_tensors_alternatives must be a dict: {alternatives}.")
            for name, tensors in alternatives.items():
                alternatives[name] = checked_tensors(tensors, "receiver_tensors_alternative")
        return super().__new__(cls, features, receiver_tensors, alternatives)


@export("estimator.export.TensorServingInputReceiver")
class TensorServingInputReceiver(_ReceiverFields):
    """The same, for a model function whose features are one tensor and no dictionary.

    Args:
      features: a tensor.
      receiver_tensors: name -> tensor, or one tensor.
      receiver_tensors_alternatives: name -> other tensors that can be filled in their place.

    Raises:
      ValueError: something is missing or no tensor.
    """

    __slots__ = ()

    def __new__(cls, features: Any, receiver_tensors: Any, receiver_tensors_alternatives: Any = None) -> Self:
        """Checks everything."""
        if features is None:
            raise ValueError("features must be defined.")
        check_tensor(features, None)
        receiver = ServingInputReceiver(features, receiver_tensors, receiver_tensors_alternatives)
        return super().__new__(
            cls, receiver.features["feature"], receiver.receiver_tensors, receiver.receiver_tensors_alternatives
        )


class _SupervisedFields(NamedTuple):
    features: Any
    labels: Any
    receiver_tensors: Any


class SupervisedInputReceiver(_SupervisedFields):
    """Features, labels, and the tensors that are filled, of an exported training step or evaluation.

    Args:
      features: a tensor, or tensors by name.
      labels: a tensor, or tensors by name.
      receiver_tensors: name -> tensor.

    Raises:
      ValueError: something is missing or no tensor.
    """

    __slots__ = ()

    def __new__(cls, features: Any, labels: Any, receiver_tensors: Any) -> Self:
        """Checks everything."""
        checked_tensors(features, "feature", allow_int_keys=True)
        checked_tensors(labels, "label", allow_int_keys=True)
        return super().__new__(cls, features, labels, checked_tensors(receiver_tensors, "receiver_tensor"))


@export("estimator.export.build_parsing_serving_input_receiver_fn")
def build_parsing_serving_input_receiver_fn(
    feature_spec: Mapping[str, Any], default_batch_size: int | None = None
) -> Callable[[], ServingInputReceiver]:
    """Returns a function for exports whose model is served with serialized `tf.Example`s.

    Args:
      feature_spec: name -> FixedLenFeature or VarLenFeature, as `tf.parse_example` takes it.
      default_batch_size: how many examples a request has; None for any number.

    >>> import tangraph as tf
    >>> receiver_fn = tf.estimator.export.build_parsing_serving_input_receiver_fn(
    ...     {"x": tf.FixedLenFeature([2], tf.float32)}
    ... )
    >>> with tf.Graph().as_default():
    ...     receiver_fn().features["x"].shape.as_list()
    [None, 2]
    """

    def serving_input_receiver_fn() -> ServingInputReceiver:
        serialized = tf.placeholder(tf.string, shape=[default_batch_size], name="input_example_tensor")
        return ServingInputReceiver(tf.parse_example(serialized, feature_spec), {"examples": serialized})

    return serving_input_receiver_fn


def _placeholder_like(tensor: Any, batch_size: int | None) -> Any:
    shape = tf.TensorShape([batch_size]).concatenate(tensor.get_shape()[1:])
    return tf.placeholder(tensor.dtype, shape=shape, name=tensor.op.name)


def _placeholders_like(tensors: Any, batch_size: int | None) -> Any:
    return {name: _placeholder_like(tensor, batch_size) for name, tensor in tensors.items()}


@export("estimator.export.build_raw_serving_input_receiver_fn")
def build_raw_serving_input_receiver_fn(
    features: Mapping[str, Any], default_batch_size: int | None = None
) -> Callable[[], ServingInputReceiver]:
    """Returns a function for exports whose model is served with its features themselves.

    Args:
      features: name -> tensor, of which types, shapes and names are taken.
      default_batch_size: how many examples a request has; None for any number.
    """

    def serving_input_receiver_fn() -> ServingInputReceiver:
        tensors = _placeholders_like(features, default_batch_size)
        return ServingInputReceiver(tensors, tensors)

    return serving_input_receiver_fn


@export(
    "estimator.experimental.build_raw_supervised_input_receiver_fn",
    "contrib.estimator.build_raw_supervised_input_receiver_fn",
)
def build_raw_supervised_input_receiver_fn(
    features: Any, labels: Any, default_batch_size: int | None = None
) -> Callable[[], SupervisedInputReceiver]:
    """Returns a function for exports of training steps and evaluations, whose features and labels are filled.

    Args:
      features: a tensor, or tensors by name, of which types, shapes and names are taken.
      labels: the same.
      default_batch_size: how many examples there are; None for any number.

    Raises:
      ValueError: a name stands for both a feature and a label.
    """

    def names(tensors: Any, alone: str) -> set[Any]:
        return set(tensors) if isinstance(tensors, Mapping) else {alone}

    both = names(features, "input") & names(labels, "label")
    if both:
        raise ValueError(f"Features and labels must have distinct keys. Found overlapping keys: {both}")

    def supervised_input_receiver_fn() -> SupervisedInputReceiver:
        filled: dict[str, Any] = {}
        made = []
        for tensors, alone in ((features, "input"), (labels, "label")):
            if isinstance(tensors, dict):
                placeholders = _placeholders_like(tensors, default_batch_size)
                filled.update(placeholders)
            else:
                placeholders = _placeholder_like(tensors, default_batch_size)
                filled[alone] = placeholders
            made.append(placeholders)
        return SupervisedInputReceiver(made[0], made[1], filled)

    return supervised_input_receiver_fn
