"""Models that several devices share."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.session import get_session


@export("keras.utils.multi_gpu_model")
def multi_gpu_model(model: Any, gpus: Any, cpu_merge: bool = True, cpu_relocation: bool = False) -> Any:
    """Returns a model that has each GPU compute a part of each batch.

    Args:
      model: the model; its weights are shared.
      gpus: the number of GPUs, or their numbers; two or more.
      cpu_merge: whether the outputs are joined on the CPU, and not on the first GPU.
      cpu_relocation: whether the weights are made anew on the CPU.

    Returns:
      A model with the same inputs and outputs.

    Raises:
      ValueError: fewer than two GPUs, or some that the machine does not have.
    """
    ids = list(gpus) if isinstance(gpus, list | tuple) else list(range(gpus))
    if len(ids) <= 1:
        wanted = "len(gpus) >= 2" if isinstance(gpus, list | tuple) else "gpus >= 2"
        raise ValueError(
            f"For multi-gpu usage to be effective, call `multi_gpu_model` with `{wanted}`. Received: `gpus={gpus}`"
        )
    wanted_devices = ["/cpu:0", *(f"/gpu:{number}" for number in ids)]
    devices = ["/" + device.name.lower().split("device:")[1] for device in get_session().list_devices()]
    if any(device not in devices for device in wanted_devices):
        raise ValueError(
            f"To call `multi_gpu_model` with `gpus={gpus}`, we expect the following devices to be available: "
            f"{wanted_devices}. However this machine only has: {devices}. Try reducing `gpus`."
        )
    if cpu_relocation:
        with tf.device("/cpu:0"):
            model = tf.keras.models.clone_model(model)
    parts: list[list[Any]] = [[] for _ in model.outputs]
    for number, gpu in enumerate(ids):
        with tf.device(f"/gpu:{gpu}"), tf.name_scope(f"replica_{gpu}"):
            outputs = model([_slice(x, number, len(ids)) for x in model.inputs])
            for own, output in zip(parts, outputs if isinstance(outputs, list) else [outputs], strict=True):
                own.append(output)
    names = list(model.output_names)
    several = {name for name in names if names.count(name) > 1}
    unique = [f"{n}_{names[: i + 1].count(n)}" if n in several else n for i, n in enumerate(names)]
    with tf.device("/cpu:0" if cpu_merge else f"/gpu:{ids[0]}"):
        merged = [tf.keras.layers.concatenate(own, axis=0, name=n) for n, own in zip(unique, parts, strict=True)]
        return tf.keras.Model(model.inputs, merged)


def _slice(x: Any, number: int, count: int) -> Any:
    shape = tuple(x.shape.as_list())[1:]
    return tf.keras.layers.Lambda(get_slice, output_shape=shape, arguments={"i": number, "parts": count})(x)


def get_slice(data: Any, i: int, parts: int) -> Any:
    """Returns the i-th of some parts of a batch; the last has what is left."""
    shape = tf.shape(data)
    batch_size, rest = shape[:1], shape[1:]
    step = batch_size // parts
    size = batch_size - step * i if i == parts - 1 else step
    size = tf.concat([size, rest], axis=0)
    stride = tf.concat([step, rest * 0], axis=0)
    return tf.slice(data, stride * i, size)
