"""The version of Keras that programs see."""

from __future__ import annotations

from tangraph_keras.engine.network_config import KERAS_VERSION

__tf_values__ = {"keras.__version__": KERAS_VERSION}
