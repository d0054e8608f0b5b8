"""Weights as older versions of Keras, Theano and cuDNN lay them out, made those of today's layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph_layers.engine.node import int_shape

if TYPE_CHECKING:
    from collections.abc import Callable

_CONVOLUTIONS: Final = {"Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "ConvLSTM2D"}


def converted(layer: Any, weights: list[Any], version: str, backend: str | None) -> list[Any]:
    """Returns the weights that a layer has for those of a file.

    Args:
      layer: the layer.
      weights: the arrays of the file.
      version: the version of Keras that wrote it.
      backend: what Keras ran on, "theano" or "tensorflow"; None when the file does not say.

    Raises:
      ValueError: weights of a layer of another kind.
    """
    name = type(layer).__name__
    weights = list(weights)
    if name == "Bidirectional":
        half = len(weights) // 2
        weights = converted(layer.forward_layer, weights[:half], version, backend) + converted(
            layer.backward_layer, weights[half:], version, backend
        )
    elif name == "TimeDistributed":
        weights = converted(layer.layer, weights, version, backend)
    elif name in {"Model", "Sequential"}:
        weights = _of_model(layer, weights, version, backend)
    if version == "1":
        weights = _of_keras_1(layer, name, weights)
    if name in _CONVOLUTIONS:
        count = 2 if name == "ConvLSTM2D" else 1
        if backend == "theano":
            weights[:count] = [_flipped(kernel) for kernel in weights[:count]]
        if int_shape(layer.weights[0]) != weights[0].shape:
            weights[:count] = [np.transpose(kernel, (3, 2, 0, 1)) for kernel in weights[:count]]
    if name in {"LSTM", "CuDNNLSTM"} and len(weights) == 3:
        return _of_lstm(name, weights)
    if name in {"GRU", "CuDNNGRU"} and len(weights) == 3:
        return _of_gru(layer, name, weights)
    return weights


def _of_model(model: Any, weights: list[Any], version: str, backend: str | None) -> list[Any]:
    """The layers of a model one after the other; of all of them, what is trained comes first."""
    count = len(model.trainable_weights)
    trained, fixed = weights[:count], weights[count:]
    new_trained: list[Any] = []
    new_fixed: list[Any] = []
    for layer in model.layers:
        a, b = len(layer.trainable_weights), len(layer.non_trainable_weights)
        if a + b:
            own = converted(layer, trained[:a] + fixed[:b], version, backend)
            new_trained += own[:a]
            new_fixed += own[a:]
            trained, fixed = trained[a:], fixed[b:]
    return new_trained + new_fixed


def _flipped(kernel: Any) -> Any:
    """A kernel as Theano has it: turned about all axes but the last two, the channels."""
    return np.copy(kernel[tuple([slice(None, None, -1)] * (kernel.ndim - 2))])


def _of_keras_1(layer: Any, name: str, weights: list[Any]) -> list[Any]:
    first = getattr(layer, "data_format", None) == "channels_first"
    if name == "Conv1D":
        shape = weights[0].shape
        if shape[:2] != (layer.kernel_size[0], 1) or shape[3] != layer.filters:
            weights[0] = np.transpose(weights[0], (2, 3, 1, 0))
        weights[0] = weights[0][:, 0, :, :]
    elif name == "Conv2D" and first:
        weights[0] = np.transpose(weights[0], (2, 3, 1, 0))
    elif name == "Conv2DTranspose":
        weights[0] = np.transpose(weights[0], (2, 3, 0, 1) if first else (0, 1, 3, 2))
    elif name == "Conv3D" and first:
        weights[0] = np.transpose(weights[0], (2, 3, 4, 1, 0))
    elif name == "GRU" and len(weights) == 9:
        weights = [np.concatenate(weights[part::3], axis=-1) for part in range(3)]
    elif name in {"LSTM", "ConvLSTM2D"} and len(weights) == 12:
        # The gates were i, c, f, o.
        weights = [np.concatenate([weights[part + 3 * gate] for gate in (0, 2, 1, 3)], axis=-1) for part in range(3)]
        if name == "ConvLSTM2D" and first:
            weights[:2] = [np.transpose(kernel, (2, 3, 1, 0)) for kernel in weights[:2]]
    return weights


def _by_gate(kernels: Any, function: Callable[[Any], Any], gates: int) -> Any:
    return np.hstack([function(kernel) for kernel in np.hsplit(kernels, gates)])


def _layout(from_cudnn: bool) -> Callable[[Any], Any]:
    """Input kernels are laid out by columns in cuDNN, by rows elsewhere."""
    return lambda kernel: kernel.T.reshape(kernel.shape, order="F" if from_cudnn else "C")


def _of_lstm(name: str, weights: list[Any]) -> list[Any]:
    kernels, recurrent, bias = weights
    units = recurrent.shape[0]
    sources = {(8 * units,): "CuDNNLSTM", (4 * units,): "LSTM"}
    if bias.shape not in sources:
        raise ValueError(f"Invalid bias shape: {bias.shape}")
    source = sources[bias.shape]
    if source == name:
        return weights
    from_cudnn = source == "CuDNNLSTM"
    # cuDNN has two biases, whose sum counts.
    bias = np.sum(np.split(bias, 2, axis=0), axis=0) if from_cudnn else np.tile(0.5 * bias, 2)
    return [_by_gate(kernels, _layout(from_cudnn), 4), _by_gate(recurrent, np.transpose, 4), bias]


def _of_gru(layer: Any, name: str, weights: list[Any]) -> list[Any]:
    kernels, recurrent, bias = weights
    units = recurrent.shape[0]
    sources = {
        (6 * units,): "CuDNNGRU",
        (2, 3 * units): "GRU(reset_after=True)",
        (3 * units,): "GRU(reset_after=False)",
    }
    if bias.shape not in sources:
        raise ValueError(f"Invalid bias shape: {bias.shape}")
    source = sources[bias.shape]
    target = name if name == "CuDNNGRU" else f"GRU(reset_after={bool(layer.reset_after)})"
    if source == target:
        return weights
    if "GRU(reset_after=False)" in (source, target):
        raise ValueError(f"{source} is not compatible with {target}")
    from_cudnn = source == "CuDNNGRU"
    bias = bias.reshape((2, -1) if from_cudnn else -1)
    return [_by_gate(kernels, _layout(from_cudnn), 3), _by_gate(recurrent, np.transpose, 3), bias]
