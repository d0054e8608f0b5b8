"""`tf.contrib.cluster_resolver.TPUClusterResolver`: finds TPUs, of which there are none here."""

from __future__ import annotations

import os
from typing import Any

from tangraph.export import export


@export("contrib.cluster_resolver.TPUClusterResolver")
class TPUClusterResolver:
    """The name that programs use where they run on TPUs. Making one is an error.

    Args:
      tpu: the name or address of a TPU; that in the environment variable TPU_NAME when None.
      args, kwargs: what else TensorFlow takes.

    Raises:
      ValueError: no TPU is named, as in TensorFlow.
      NotImplementedError: one is named.
    """

    def __init__(self, tpu: Any = None, *args: Any, **kwargs: Any) -> None:
        if isinstance(tpu, list):
            if not tpu:
                raise ValueError("At least one TPU must be specified.")
            if len(tpu) != 1:
                raise NotImplementedError("Using multiple TPUs in a single session is not yet implemented")
            tpu = tpu[0]
        if tpu is None:
            tpu = os.environ.get("KUBE_GOOGLE_CLOUD_TPU_ENDPOINTS", os.environ.get("TPU_NAME"))
        if tpu is None:
            raise ValueError("Please provide a TPU Name to connect to.")
        raise NotImplementedError(f"Tangraph has no TPUs. Received: tpu={tpu!r}")
