"""What goes into models of ImageNet, and what comes out."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.pooling import bias_add
from tangraph_keras.backend.tensors import cast, constant
from tangraph_keras.utils.download import get_file
from tangraph_layers.engine.settings import floatx, image_data_format

_CLASSES: Final = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
_CLASSES_MD5: Final = "c2c37ea517e94d9795004a39431a14cb"
_CAFFE: Final = ([103.939, 116.779, 123.68], None)
_TORCH: Final = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])

# The negated mean colours as a constant of each graph, by the mode.
_means: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


def _channel_axis(ndims: int, data_format: str) -> int:
    return (1 if ndims == 4 else 0) if data_format == "channels_first" else ndims - 1


def _reversed(x: Any, ndims: int, data_format: str) -> Any:
    """Returns images with blue first."""
    if data_format != "channels_first":
        return x[..., ::-1]
    return x[::-1, ...] if ndims == 3 else x[:, ::-1, ...]


def _changed_array(x: Any, data_format: str, mode: str) -> Any:
    if not issubclass(x.dtype.type, np.floating):
        x = x.astype(floatx(), copy=False)
    if mode == "tf":
        x /= 127.5
        x -= 1.0
        return x
    mean, deviation = _TORCH if mode == "torch" else _CAFFE
    if mode == "torch":
        x /= 255.0
    else:
        x = _reversed(x, x.ndim, data_format)
    shape = [1] * x.ndim
    shape[_channel_axis(x.ndim, data_format)] = 3
    x -= np.reshape(np.asarray(mean, x.dtype), shape)
    if deviation is not None:
        x /= np.reshape(np.asarray(deviation, x.dtype), shape)
    return x


def _changed_tensor(x: Any, data_format: str, mode: str) -> Any:
    if mode == "tf":
        x /= 127.5
        x -= 1.0
        return x
    mean, deviation = _TORCH if mode == "torch" else _CAFFE
    x = x / 255.0 if mode == "torch" else _reversed(x, x.shape.ndims, data_format)
    kept = _means.setdefault(tf.get_default_graph(), {})
    if mode not in kept:
        kept[mode] = constant(-np.array(mean))
    shift = kept[mode]
    x = bias_add(x, shift if x.dtype.base_dtype == shift.dtype else cast(shift, x.dtype.base_dtype.name), data_format)
    return x if deviation is None else x / deviation


@export(
    "keras.applications.imagenet_utils.preprocess_input",
    "keras.applications.vgg16.preprocess_input",
    "keras.applications.vgg19.preprocess_input",
)
def preprocess_input(x: Any, data_format: str | None = None, mode: str = "caffe") -> Any:
    """Returns images as a model wants them.

    An array of floating-point numbers is changed in place. The constant that tensors need is made once a graph and mode;
    TensorFlow makes one for all graphs, which only the first can use.

    Args:
      x: images, of [rows, columns, 3] or [n, rows, columns, 3], from 0 to 255; an array or a tensor.
      data_format: "channels_last" or "channels_first"; Keras' setting when None.
      mode: "caffe": blue first, less the mean colour; "tf": from -1 to 1; "torch": from 0 to 1, less the mean colour, by
        the standard deviation.

    Raises:
      ValueError: an unknown data format.

    >>> preprocess_input(np.full([1, 1, 3], 255.0), mode="tf").tolist()
    [[[1.0, 1.0, 1.0]]]
    """
    data_format = data_format or image_data_format()
    if data_format not in {"channels_first", "channels_last"}:
        raise ValueError(f"Unknown data_format {data_format}")
    change = _changed_array if isinstance(x, np.ndarray) else _changed_tensor
    return change(x, data_format, mode)


@export("keras.applications.resnet.preprocess_input", "keras.applications.resnet50.preprocess_input")
def _preprocess_caffe(x: Any, data_format: str | None = None) -> Any:
    """Returns images with blue first, less the mean colour; see `imagenet_utils.preprocess_input`."""
    return preprocess_input(x, data_format, "caffe")


@export(
    "keras.applications.inception_resnet_v2.preprocess_input",
    "keras.applications.inception_v3.preprocess_input",
    "keras.applications.mobilenet.preprocess_input",
    "keras.applications.mobilenet_v2.preprocess_input",
    "keras.applications.nasnet.preprocess_input",
    "keras.applications.resnet_v2.preprocess_input",
    "keras.applications.xception.preprocess_input",
)
def _preprocess_tf(x: Any, data_format: str | None = None) -> Any:
    """Returns images from -1 to 1; see `imagenet_utils.preprocess_input`."""
    return preprocess_input(x, data_format, "tf")


@export("keras.applications.densenet.preprocess_input")
def _preprocess_torch(x: Any, data_format: str | None = None) -> Any:
    """Returns images less the mean colour, by the standard deviation; see `imagenet_utils.preprocess_input`."""
    return preprocess_input(x, data_format, "torch")


@functools.cache
def _classes() -> dict[str, list[str]]:
    path = get_file("imagenet_class_index.json", _CLASSES, cache_subdir="models", file_hash=_CLASSES_MD5)
    classes: dict[str, list[str]] = json.loads(Path(path).read_text(encoding="utf-8"))
    return classes


@export(
    "keras.applications.imagenet_utils.decode_predictions",
    "keras.applications.densenet.decode_predictions",
    "keras.applications.inception_resnet_v2.decode_predictions",
    "keras.applications.inception_v3.decode_predictions",
    "keras.applications.mobilenet.decode_predictions",
    "keras.applications.mobilenet_v2.decode_predictions",
    "keras.applications.nasnet.decode_predictions",
    "keras.applications.resnet.decode_predictions",
    "keras.applications.resnet50.decode_predictions",
    "keras.applications.resnet_v2.decode_predictions",
    "keras.applications.vgg16.decode_predictions",
    "keras.applications.vgg19.decode_predictions",
    "keras.applications.xception.decode_predictions",
)
def decode_predictions(preds: Any, top: int = 5) -> list[list[tuple[str, str, Any]]]:
    """Returns the likeliest classes of ImageNet.

    Args:
      preds: probabilities, of [n, 1000].
      top: how many.

    Returns:
      For each image (WordNet's number, name, probability), the likeliest first.

    Raises:
      ValueError: another shape.
    """
    if len(preds.shape) != 2 or preds.shape[1] != 1000:
        raise ValueError(
            "`decode_predictions` expects a batch of predictions (i.e. a 2D array of shape (samples, 1000)). "
            f"Found array with shape: {preds.shape}"
        )
    classes = _classes()
    results = []
    for row in preds:
        best = row.argsort()[-top:][::-1]
        results.append(sorted([(*classes[str(i)], row[i]) for i in best], key=lambda one: one[2], reverse=True))
    return results
