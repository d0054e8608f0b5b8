"""Signatures: what a graph computes, as named inputs and outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.tensor import Tensor
from tangraph_interop.messages import SignatureDef, TensorInfo
from tangraph_interop.saved_model import constants
from tangraph_interop.saved_model.tensor_info import build_tensor_info, build_tensor_info_from_op

if TYPE_CHECKING:
    from collections.abc import Mapping

_STRING = dtypes.string.as_datatype_enum
_FLOAT = dtypes.float32.as_datatype_enum


@export("saved_model.build_signature_def", "saved_model.signature_def_utils.build_signature_def")
def build_signature_def(
    inputs: Mapping[str, Any] | None = None,
    outputs: Mapping[str, Any] | None = None,
    method_name: str | None = None,
) -> SignatureDef:
    """Returns a signature.

    Args:
      inputs: name -> TensorInfo of each input.
      outputs: name -> TensorInfo of each output.
      method_name: which kind of signature it is.

    >>> build_signature_def(method_name="tensorflow/serving/predict").method_name
    'tensorflow/serving/predict'
    """
    signature = SignatureDef()
    for given, target in ((inputs, signature.inputs), (outputs, signature.outputs)):
        for name, info in (given or {}).items():
            target[name].CopyFrom(info)
    if method_name is not None:
        signature.method_name = method_name
    return signature


def _checked(tensor: Any, kind: int, message: str) -> TensorInfo:
    info = build_tensor_info(tensor)
    if info.dtype != kind:
        raise ValueError(message)
    return info


def _examples(tensor: Any, what: str) -> TensorInfo:
    if tensor is None:
        raise ValueError(f"{what} examples cannot be None.")
    if not isinstance(tensor, Tensor):
        raise ValueError(f"{what} examples must be a string Tensor.")
    return _checked(tensor, _STRING, f"{what} examples must be a string Tensor.")


@export("saved_model.regression_signature_def", "saved_model.signature_def_utils.regression_signature_def")
def regression_signature_def(examples: Any, predictions: Any) -> SignatureDef:
    """Returns the signature of a regression.

    Args:
      examples: a string tensor, of serialized examples.
      predictions: a float32 tensor.

    Raises:
      ValueError: one is None or of another type.
    """
    if isinstance(examples, Tensor) and predictions is None:
        raise ValueError("Regression predictions cannot be None.")
    inputs = {constants.REGRESS_INPUTS: _examples(examples, "Regression")}
    outputs = {constants.REGRESS_OUTPUTS: _checked(predictions, _FLOAT, "Regression output must be a float Tensor.")}
    return build_signature_def(inputs, outputs, constants.REGRESS_METHOD_NAME)


@export("saved_model.classification_signature_def", "saved_model.signature_def_utils.classification_signature_def")
def classification_signature_def(examples: Any, classes: Any, scores: Any) -> SignatureDef:
    """Returns the signature of a classification.

    Args:
      examples: a string tensor, of serialized examples.
      classes: a string tensor, or None.
      scores: a float32 tensor, or None.

    Raises:
      ValueError: both are None, or one is of another type.
    """
    if isinstance(examples, Tensor) and classes is None and scores is None:
        raise ValueError("Classification classes and scores cannot both be None.")
    inputs = {constants.CLASSIFY_INPUTS: _examples(examples, "Classification")}
    outputs = {}
    if classes is not None:
        message = "Classification classes must be a string Tensor."
        outputs[constants.CLASSIFY_OUTPUT_CLASSES] = _checked(classes, _STRING, message)
    if scores is not None:
        message = "Classification scores must be a float Tensor."
        outputs[constants.CLASSIFY_OUTPUT_SCORES] = _checked(scores, _FLOAT, message)
    return build_signature_def(inputs, outputs, constants.CLASSIFY_METHOD_NAME)


@export("saved_model.predict_signature_def", "saved_model.signature_def_utils.predict_signature_def")
def predict_signature_def(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> SignatureDef:
    """Returns the signature of a prediction.

    Args:
      inputs: name -> tensor of each input.
      outputs: name -> tensor of each output.

    Raises:
      ValueError: there are no inputs or no outputs.
    """
    if not inputs:
        raise ValueError("Prediction inputs cannot be None or empty.")
    if not outputs:
        raise ValueError("Prediction outputs cannot be None or empty.")
    return build_signature_def(_infos(inputs), _infos(outputs), constants.PREDICT_METHOD_NAME)


def _infos(tensors: Mapping[str, Any] | None) -> dict[str, TensorInfo]:
    return {name: build_tensor_info(tensor) for name, tensor in (tensors or {}).items()}


def supervised_train_signature_def(
    inputs: Mapping[str, Any],
    loss: Mapping[str, Any] | None,
    predictions: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
) -> SignatureDef:
    """Returns the signature of a training step."""
    return _supervised(constants.SUPERVISED_TRAIN_METHOD_NAME, inputs, loss, predictions, metrics)


def supervised_eval_signature_def(
    inputs: Mapping[str, Any],
    loss: Mapping[str, Any] | None,
    predictions: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
) -> SignatureDef:
    """Returns the signature of an evaluation."""
    return _supervised(constants.SUPERVISED_EVAL_METHOD_NAME, inputs, loss, predictions, metrics)


def _supervised(method: str, inputs: Mapping[str, Any], *outputs: Mapping[str, Any] | None) -> SignatureDef:
    if not inputs:
        raise ValueError(f"{method} inputs cannot be None or empty.")
    merged = {name: tensor for some in outputs for name, tensor in (some or {}).items()}
    return build_signature_def(_infos(inputs), _infos(merged), method)


@export("saved_model.is_valid_signature", "saved_model.signature_def_utils.is_valid_signature")
def is_valid_signature(signature_def: Any) -> bool:
    """Returns whether a server of models can serve a signature: its method's inputs and outputs are as they must be."""
    if signature_def is None:
        return False
    inputs = {name: info.dtype for name, info in signature_def.inputs.items()}
    outputs = {name: info.dtype for name, info in signature_def.outputs.items()}
    method = signature_def.method_name
    if method == constants.PREDICT_METHOD_NAME:
        return bool(inputs and outputs)
    if method == constants.REGRESS_METHOD_NAME:
        return inputs == {constants.REGRESS_INPUTS: _STRING} and outputs == {constants.REGRESS_OUTPUTS: _FLOAT}
    if method == constants.CLASSIFY_METHOD_NAME:
        allowed = {constants.CLASSIFY_OUTPUT_CLASSES: _STRING, constants.CLASSIFY_OUTPUT_SCORES: _FLOAT}
        right = all(allowed.get(name) == dtype for name, dtype in outputs.items())
        return inputs == {constants.CLASSIFY_INPUTS: _STRING} and bool(outputs) and right
    return False


def op_signature_def(op: Any, key: str) -> SignatureDef:
    """Returns a signature whose one output names an operation."""
    return build_signature_def(outputs={key: build_tensor_info_from_op(op)})
