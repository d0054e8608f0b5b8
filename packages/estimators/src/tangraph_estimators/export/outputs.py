"""What an exported model gives out: one class for each kind of signature."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any, Final

import tangraph as tf
from tangraph.export import export
from tangraph_interop.saved_model import signatures

DEFAULT_KEY: Final = "serving_default"


@export("estimator.export.ExportOutput")
class ExportOutput(abc.ABC):
    """One kind of output of an exported model."""

    @abc.abstractmethod
    def as_signature_def(self, receiver_tensors: Mapping[str, Any]) -> Any:
        """Returns the SignatureDef that leads from the tensors which a request fills to this output."""


def _is_floating(value: Any) -> bool:
    return isinstance(value, tf.Tensor) and value.dtype.is_floating


def _examples(receiver_tensors: Mapping[str, Any], what: str) -> Any:
    """Returns the one string tensor that classifications and regressions are asked with."""
    tensors = list(receiver_tensors.values())
    if len(tensors) != 1 or tf.as_dtype(tensors[0].dtype) != tf.string:
        raise ValueError(f"{what} input must be a single string Tensor; got {receiver_tensors}")
    return tensors[0]


@export("estimator.export.ClassificationOutput")
class ClassificationOutput(ExportOutput):
    """Scores of classes, their names, or both.

    Args:
      scores: a float tensor, [batch, classes].
      classes: a string tensor, [batch, classes].

    Raises:
      ValueError: both are missing, or of another type.
    """

    def __init__(self, scores: Any = None, classes: Any = None) -> None:
        if scores is not None and not _is_floating(scores):
            raise ValueError(f"Classification scores must be a float32 Tensor; got {scores}")
        if classes is not None and not (isinstance(classes, tf.Tensor) and classes.dtype == tf.string):
            raise ValueError(f"Classification classes must be a string Tensor; got {classes}")
        if scores is None and classes is None:
            raise ValueError("At least one of scores and classes must be set.")
        self._scores = scores
        self._classes = classes

    @property
    def scores(self) -> Any:
        """The scores."""
        return self._scores

    @property
    def classes(self) -> Any:
        """The names."""
        return self._classes

    def as_signature_def(self, receiver_tensors: Mapping[str, Any]) -> Any:
        """Returns a signature for classifications."""
        examples = _examples(receiver_tensors, "Classification")
        return signatures.classification_signature_def(examples, self.classes, self.scores)


@export("estimator.export.RegressionOutput")
class RegressionOutput(ExportOutput):
    """A number for each example.

    Args:
      value: a float tensor.

    Raises:
      ValueError: it is none.
    """

    def __init__(self, value: Any) -> None:
        if not _is_floating(value):
            raise ValueError(f"Regression output value must be a float32 Tensor; got {value}")
        self._value = value

    @property
    def value(self) -> Any:
        """The numbers."""
        return self._value

    def as_signature_def(self, receiver_tensors: Mapping[str, Any]) -> Any:
        """Returns a signature for regressions."""
        return signatures.regression_signature_def(_examples(receiver_tensors, "Regression"), self.value)


def checked_key(key: Any, label: str) -> str:
    """Returns the name of an output; the parts of a tuple are joined."""
    if isinstance(key, tuple):
        key = "/".join(key)
    if not isinstance(key, str):
        raise ValueError(f"{label} output key must be a string; got {key}.")
    return key


def checked_outputs(outputs: Any, default_name: str, label: str | None = None) -> dict[str, Any]:
    """Returns outputs by name; one tensor alone gets `default_name`.

    Raises:
      ValueError: a name is no string, or a value no tensor.
    """
    outputs = outputs if isinstance(outputs, dict) else {default_name: outputs}
    checked = {}
    for key, value in outputs.items():
        name = checked_key(key, label or default_name)
        if not isinstance(value, tf.Tensor):
            raise ValueError(f"{label or default_name} output value must be a Tensor; got {value}.")
        checked[name] = value
    return checked


@export("estimator.export.PredictOutput")
class PredictOutput(ExportOutput):
    """Any tensors.

    Args:
      outputs: name -> tensor, or one tensor, which is named "output".

    Raises:
      ValueError: a name is no string, or a value no tensor.
    """

    def __init__(self, outputs: Any) -> None:
        self._outputs = checked_outputs(outputs, "output", "Prediction")

    @property
    def outputs(self) -> dict[str, Any]:
        """The tensors by name."""
        return self._outputs

    def as_signature_def(self, receiver_tensors: Mapping[str, Any]) -> Any:
        """Returns a signature for predictions."""
        return signatures.predict_signature_def(receiver_tensors, self.outputs)


def with_default_output(outputs: Any, predictions: Any) -> dict[str, Any]:
    """Returns the outputs of a model with one that answers requests that name none.

    Args:
      outputs: name -> ExportOutput; None for the predictions alone. A single one becomes the default too: the given
        dictionary is changed, as in TensorFlow.
      predictions: the predictions.

    Raises:
      TypeError: it is no such dictionary.
      ValueError: there are several, and none is the default.
    """
    if outputs is None:
        outputs = {DEFAULT_KEY: PredictOutput(predictions)}
    if not isinstance(outputs, dict):
        raise TypeError(f"export_outputs must be dict, given: {outputs}")
    if not all(isinstance(value, ExportOutput) for value in outputs.values()):
        raise TypeError(f"Values in export_outputs must be ExportOutput objects. Given: {outputs}")
    if len(outputs) == 1:
        outputs.setdefault(DEFAULT_KEY, next(iter(outputs.values())))
    if len(outputs) > 1 and DEFAULT_KEY not in outputs:
        raise ValueError(
            "Multiple export_outputs were provided, but none of them is specified as the default.  Do this by naming one "
            "of them with signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY."
        )
    return outputs
