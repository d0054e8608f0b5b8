"""The signatures of an exported model, and what is logged about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import tangraph as tf
from tangraph_estimators.export.outputs import DEFAULT_KEY
from tangraph_interop.saved_model import constants
from tangraph_interop.saved_model.signatures import is_valid_signature

_METHODS: Final = {
    constants.CLASSIFY_METHOD_NAME: "Classify",
    constants.REGRESS_METHOD_NAME: "Regress",
    constants.PREDICT_METHOD_NAME: "Predict",
    constants.SUPERVISED_TRAIN_METHOD_NAME: "Train",
    constants.SUPERVISED_EVAL_METHOD_NAME: "Eval",
}


def build_signatures(
    receiver_tensors: Any, outputs: Mapping[str, Any], alternatives: Mapping[str, Any] | None, serving_only: bool
) -> dict[str, Any]:
    """Returns name -> SignatureDef for all outputs, from every kind of input.

    Args:
      receiver_tensors: the tensors that a request fills.
      outputs: name -> ExportOutput.
      alternatives: name -> other tensors that can be filled.
      serving_only: whether to leave out what no server can serve.
    """
    signatures: dict[str, Any] = {}
    excluded: dict[str, str] = {}
    inputs = {"": _by_name(receiver_tensors)}
    inputs |= {f"{name or 'None'}:": _by_name(tensors) for name, tensors in (alternatives or {}).items()}
    for prefix, tensors in inputs.items():
        for key, output in outputs.items():
            name = f"{prefix}{key or 'None'}"
            try:
                signatures[name] = output.as_signature_def(tensors)
            except ValueError as error:
                excluded[name] = str(error)
    _report(signatures, excluded)
    if serving_only:
        return {name: signature for name, signature in signatures.items() if is_valid_signature(signature)}
    return signatures


def _by_name(tensors: Any) -> dict[str, Any]:
    return tensors if isinstance(tensors, dict) else {"input": tensors}


def _report(signatures: Mapping[str, Any], excluded: Mapping[str, str]) -> None:
    names: dict[str, list[str]] = {method: [] for method in _METHODS}
    for name, signature in signatures.items():
        names.setdefault(signature.method_name, []).append(name)
    for method, found in names.items():
        tf.logging.info(f"Signatures INCLUDED in export for {_METHODS.get(method, method)}: {found or 'None'}")
    if excluded:
        tf.logging.info("Signatures EXCLUDED from export because they cannot be be served via TensorFlow Serving APIs:")
        for name, message in excluded.items():
            tf.logging.info(f"'{name}' : {message}")
    if not signatures:
        tf.logging.warning("Export includes no signatures!")
    elif DEFAULT_KEY not in signatures:
        tf.logging.warning("Export includes no default signature!")
