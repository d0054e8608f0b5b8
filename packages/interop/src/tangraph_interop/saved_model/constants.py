"""The names of a SavedModel's files, collections, tags and signatures."""

from __future__ import annotations

from typing import Final

ASSETS_DIRECTORY: Final = "assets"
ASSETS_KEY: Final = "saved_model_assets"
EXTRA_ASSETS_DIRECTORY: Final = "assets.extra"
INIT_OP_SIGNATURE_KEY: Final = "__saved_model_init_op"
LEGACY_INIT_OP_KEY: Final = "legacy_init_op"
MAIN_OP_KEY: Final = "saved_model_main_op"
SAVED_MODEL_FILENAME_PB: Final = "saved_model.pb"
SAVED_MODEL_FILENAME_PBTXT: Final = "saved_model.pbtxt"
SAVED_MODEL_SCHEMA_VERSION: Final = 1
TRAIN_OP_KEY: Final = "saved_model_train_op"
TRAIN_OP_SIGNATURE_KEY: Final = "__saved_model_train_op"
VARIABLES_DIRECTORY: Final = "variables"
VARIABLES_FILENAME: Final = "variables"

SERVING: Final = "serve"
TRAINING: Final = "train"
EVAL: Final = "eval"
GPU: Final = "gpu"
TPU: Final = "tpu"

CLASSIFY_INPUTS: Final = "inputs"
CLASSIFY_METHOD_NAME: Final = "tensorflow/serving/classify"
CLASSIFY_OUTPUT_CLASSES: Final = "classes"
CLASSIFY_OUTPUT_SCORES: Final = "scores"
DEFAULT_SERVING_SIGNATURE_DEF_KEY: Final = "serving_default"
PREDICT_INPUTS: Final = "inputs"
PREDICT_METHOD_NAME: Final = "tensorflow/serving/predict"
PREDICT_OUTPUTS: Final = "outputs"
REGRESS_INPUTS: Final = "inputs"
REGRESS_METHOD_NAME: Final = "tensorflow/serving/regress"
REGRESS_OUTPUTS: Final = "outputs"
SUPERVISED_EVAL_METHOD_NAME: Final = "tensorflow/supervised/eval"
SUPERVISED_TRAIN_METHOD_NAME: Final = "tensorflow/supervised/training"

_PUBLIC: Final = {
    "constants": (
        "ASSETS_DIRECTORY",
        "ASSETS_KEY",
        "LEGACY_INIT_OP_KEY",
        "MAIN_OP_KEY",
        "SAVED_MODEL_FILENAME_PB",
        "SAVED_MODEL_FILENAME_PBTXT",
        "SAVED_MODEL_SCHEMA_VERSION",
        "VARIABLES_DIRECTORY",
        "VARIABLES_FILENAME",
    ),
    "tag_constants": ("SERVING", "TRAINING", "GPU", "TPU"),
    "signature_constants": (
        "CLASSIFY_INPUTS",
        "CLASSIFY_METHOD_NAME",
        "CLASSIFY_OUTPUT_CLASSES",
        "CLASSIFY_OUTPUT_SCORES",
        "DEFAULT_SERVING_SIGNATURE_DEF_KEY",
        "PREDICT_INPUTS",
        "PREDICT_METHOD_NAME",
        "PREDICT_OUTPUTS",
        "REGRESS_INPUTS",
        "REGRESS_METHOD_NAME",
        "REGRESS_OUTPUTS",
    ),
}
# TensorFlow has each of them in a module of its own, and in the namespace above it.
__tf_values__ = {
    name: globals()[leaf]
    for module, leaves in _PUBLIC.items()
    for leaf in leaves
    for name in (f"saved_model.{leaf}", f"saved_model.{module}.{leaf}")
}
