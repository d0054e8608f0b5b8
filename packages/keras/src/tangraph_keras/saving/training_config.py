"""What a file says of how a model is trained."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_keras.engine.network_config import KERAS_VERSION
from tangraph_keras.losses import lookup as losses


def metadata(model: Any, include_optimizer: bool) -> dict[str, Any]:
    """Returns what is written of a model besides its weights."""
    found: dict[str, Any] = {
        "keras_version": KERAS_VERSION,
        "backend": "tensorflow",
        "model_config": {"class_name": type(model).__name__, "config": model.get_config()},
    }
    optimizer = model.optimizer
    if not optimizer or not include_optimizer:
        return found
    if not has_config(optimizer):
        tf.logging.warning(
            "TensorFlow optimizers do not make it possible to access optimizer attributes or optimizer state after "
            "instantiation. As a result, we cannot save the optimizer as part of the model save file. You will have to "
            "compile your model again after loading it. Prefer using a Keras optimizer instead (see keras.io/optimizers)."
        )
        return found
    found["training_config"] = {
        "loss": model.loss,
        "metrics": model._compile_metrics,
        "weighted_metrics": model._compile_weighted_metrics,
        "sample_weight_mode": model.sample_weight_mode,
        "loss_weights": model.loss_weights,
        "optimizer_config": {"class_name": type(optimizer).__name__, "config": optimizer.get_config()},
    }
    return found


def has_config(optimizer: Any) -> bool:
    """Returns whether an optimizer is one of Keras', and not one of `tf.train` in its place."""
    return type(optimizer).__name__ != "TFOptimizer"


def compile_arguments(config: dict[str, Any], custom_objects: dict[str, Any]) -> dict[str, Any]:
    """Returns the arguments of `compile` from what `metadata` wrote as `training_config`."""

    def found(value: Any) -> Any:
        return tf.nest.map_structure(lambda x: custom_objects.get(x, x) if isinstance(x, str) else x, value)

    loss = config["loss"]
    if isinstance(loss, dict) and "class_name" in loss:
        loss = losses.get(loss)
    return {
        "optimizer": tf.keras.optimizers.deserialize(config["optimizer_config"], custom_objects=custom_objects),
        "loss": found(loss),
        "metrics": found(config["metrics"]),
        "weighted_metrics": found(config.get("weighted_metrics")),
        "loss_weights": config["loss_weights"],
        "sample_weight_mode": config["sample_weight_mode"],
    }
