"""Arrays as users give them, made a list in the order of a model's inputs or outputs, and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import tangraph as tf
from tangraph_keras.engine.objectives import check_keys
from tangraph_keras.losses import base, differences, entropy
from tangraph_keras.losses.lookup import is_categorical_crossentropy


def is_tensor(x: Any) -> bool:
    """Returns whether something is a tensor of a graph, or a variable."""
    return bool(tf.contrib.framework.is_tensor(x))


def has_tensors(data: Any) -> bool:
    """Returns whether there is a tensor in a list or dictionary, or whether something is one."""
    if isinstance(data, list | tuple):
        return any(is_tensor(x) for x in data)
    if isinstance(data, dict):
        return any(is_tensor(x) for x in data.values())
    return is_tensor(data)


def _is_composite(x: Any) -> bool:
    return isinstance(x, tf.SparseTensor | tf.SparseTensorValue | tf.RaggedTensor | tf.ragged.RaggedTensorValue)


def _values(x: Any) -> Any:
    return x.values if type(x).__name__ == "DataFrame" else x


def standardize_input_data(
    data: Any, names: list[str], shapes: Any = None, check_batch_axis: bool = True, exception_prefix: str = ""
) -> list[Any]:
    """Returns data as a list with one array for each name.

    Args:
      data: an array, a list of them, a dictionary from names to them, or None.
      names: the names.
      shapes: the shapes that the arrays must have, or None.
      check_batch_axis: whether the first axis counts.
      exception_prefix: "input" or "target", for errors.

    Raises:
      ValueError: another number of arrays, other shapes, a name without an array.
      TypeError: something that is no array.
    """
    if not names:
        if not isinstance(data, dict) and hasattr(data, "__len__") and not is_tensor(data) and len(data):
            raise ValueError(f"Error when checking model {exception_prefix}: expected no data, but got:", data)
        return []
    if data is None:
        return [None] * len(names)
    arrays = [
        _with_an_axis(x, shape) for x, shape in zip(_listed(data, names), shapes or _forever_none(), strict=False)
    ]
    if len(arrays) != len(names):
        arrays = _other_number(arrays, names, exception_prefix)
    if shapes:
        for x, name, shape in zip(arrays, names, shapes, strict=True):
            if shape is not None:
                _check_shape(x, name, shape, check_batch_axis, exception_prefix)
    return arrays


def _forever_none() -> Any:
    while True:
        yield None


def _listed(data: Any, names: list[str]) -> list[Any]:
    if isinstance(data, dict):
        for name in names:
            if name not in data:
                raise ValueError(f'No data provided for "{name}". Need data for each key in: {names}')
        return [_values(data[name]) for name in names]
    if isinstance(data, list | tuple):
        if data and isinstance(data[0], list | tuple):
            return [np.asarray(x) for x in data]
        if len(names) == 1 and data and isinstance(data[0], float | int):
            return [np.asarray(data)]
        return [_values(x) for x in data]
    return [_values(data)]


def _with_an_axis(x: Any, expected: Any) -> Any:
    """Returns an array, with an axis of size 1 after its only one unless one axis is what is expected."""
    if x is None or _is_composite(x):
        return x
    if isinstance(x, int):
        raise ValueError(f"Expected an array data type but received an integer: {x}")
    if x.shape is not None and len(x.shape) == 1 and (expected is None or len(expected) != 1):
        return tf.expand_dims(x, axis=1) if is_tensor(x) else np.expand_dims(x, 1)
    return x


def _other_number(arrays: list[Any], names: list[str], prefix: str) -> list[Any]:
    if arrays and hasattr(arrays[0], "shape"):
        raise ValueError(
            f"Error when checking model {prefix}: the list of Numpy arrays that you are passing to your model is not "
            f"the size the model expected. Expected to see {len(names)} array(s), but instead got the following list of "
            f"{len(arrays)} arrays: {str(arrays)[:200]}..."
        )
    if len(names) > 1:
        raise ValueError(
            f"Error when checking model {prefix}: you are passing a list as input to your model, but the model expects "
            f"a list of {len(names)} Numpy arrays instead. The list you passed was: {str(arrays)[:200]}"
        )
    if len(arrays) == 1 and not hasattr(arrays[0], "shape"):
        raise TypeError(
            f"Error when checking model {prefix}: data should be a Numpy array, or list/dict of Numpy arrays. Found: "
            f"{str(arrays)[:200]}..."
        )
    return [np.asarray(arrays)]


def _check_shape(x: Any, name: str, expected: Any, check_batch_axis: bool, prefix: str) -> None:
    if is_tensor(x):
        if x.shape.ndims is None:
            return
        shape = tuple(x.shape.as_list())
    elif isinstance(x, tf.SparseTensorValue):
        shape = tuple(x.dense_shape)
    elif _is_composite(x):
        shape = tuple(tf.TensorShape(x.shape).as_list())
    else:
        shape = x.shape
    if len(shape) != len(expected):
        raise ValueError(
            f"Error when checking {prefix}: expected {name} to have {len(expected)} dimensions, but got array with shape "
            f"{shape}"
        )
    if not check_batch_axis:
        shape, expected = shape[1:], expected[1:]
    if any(a != b and a is not None and b is not None for a, b in zip(shape, expected, strict=True)):
        raise ValueError(
            f"Error when checking {prefix}: expected {name} to have shape {expected} but got array with shape {shape}"
        )


def weights_by_output(weights: Any, output_names: list[str], kind: str) -> list[Any]:
    """Returns the weights of samples or of classes for each output.

    Args:
      weights: an array, or a dictionary of classes, for a model with one output; otherwise a list or dictionary of
        them; None for none.
      output_names: the names of the outputs.
      kind: "sample_weight" or "class_weight", for errors.

    Raises:
      ValueError: a list of another length, a dictionary with other keys.
      TypeError: neither, for a model with several outputs.
    """
    if weights is None or (isinstance(weights, list | tuple) and not weights):
        return [None] * len(output_names)
    if len(output_names) == 1:
        if isinstance(weights, list | tuple) and len(weights) == 1:
            return list(weights)
        if isinstance(weights, dict) and output_names[0] in weights:
            return [weights[output_names[0]]]
        return [weights]
    if isinstance(weights, list | tuple):
        if len(weights) != len(output_names):
            raise ValueError(
                f"Provided `{kind}` was a list of {len(weights)} elements, but the model has {len(output_names)} "
                f"outputs. You should provide one `{kind}`array per model output."
            )
        return list(weights)
    if isinstance(weights, Mapping):
        check_keys(kind, weights, output_names)
        return [weights.get(name) for name in output_names]
    raise TypeError(
        f"The model has multiple outputs, so `{kind}` should be either a list or a dict. Provided `{kind}` type not "
        f"understood: {weights}"
    )


def standardize_weights(y: Any, sample_weight: Any, class_weight: Any, mode: str | None) -> Any:
    """Returns the weight of each sample, from those of samples and of classes; None for none.

    Raises:
      ValueError: weights that do not fit what is true, a class without a weight.
    """
    if isinstance(sample_weight, tuple):
        (sample_weight,) = sample_weight
    _check_weight_rank(y, sample_weight, mode)
    if sample_weight is not None:
        if len(sample_weight.shape) > len(y.shape):
            raise ValueError(
                f"Found a sample_weight with shape{sample_weight.shape}.Expected sample_weight with rank less than or "
                f"equal to {len(y.shape)}"
            )
        if not is_tensor(sample_weight) and y.shape[: sample_weight.ndim] != sample_weight.shape:
            raise ValueError(
                f"Found a sample_weight array with shape {sample_weight.shape} for an input with shape {y.shape}. "
                "sample_weight cannot be broadcast."
            )
    if not isinstance(class_weight, dict):
        return sample_weight
    by_class = _weights_of_classes(y, class_weight)
    return by_class if sample_weight is None else by_class * sample_weight


def _check_weight_rank(y: Any, weight: Any, mode: str | None) -> None:
    if mode is None or mode == "samplewise":
        if weight is not None and len(weight.shape) != 1:
            raise ValueError(
                f"Found a sample_weight array with shape {weight.shape}. In order to use timestep-wise sample weights, "
                'you should specify sample_weight_mode="temporal" in compile(). If you just mean to use sample-wise '
                "weights, make sure your sample_weight array is 1D."
            )
        return
    if mode != "temporal":
        raise ValueError(f'"sample_weight_mode should be None or "temporal". Found: {mode}')
    if len(y.shape) < 3:
        raise ValueError(
            f"Found a sample_weight array for an input with shape {y.shape}. Timestep-wise sample weighting (use of "
            'sample_weight_mode="temporal") is restricted to outputs that are at least 3D, i.e. that have a time '
            "dimension."
        )
    if weight is not None and len(weight.shape) != 2:
        raise ValueError(
            f"Found a sample_weight array with shape {weight.shape}. In order to use timestep-wise sample weighting, you "
            "should pass a 2D sample_weight array."
        )


def _weights_of_classes(y: Any, weights: dict[Any, float]) -> Any:
    if len(y.shape) > 2:
        raise ValueError("`class_weight` not supported for 3+ dimensional targets.")
    classes = y
    if len(y.shape) == 2:
        classes = np.argmax(y, axis=1) if y.shape[1] > 1 else np.reshape(y, y.shape[0])
    missing = set(classes.tolist()) - set(weights)
    if missing:
        raise ValueError(
            f"`class_weight` must contain all classes in the data. The classes {missing} exist in the data but not in "
            "`class_weight`."
        )
    return np.asarray([weights[one] for one in classes])


def check_array_lengths(inputs: Any, targets: Any, weights: Any) -> None:
    """Raises ValueError unless inputs, targets and weights have as many samples."""

    def lengths(arrays: Any) -> set[int]:
        return {x.shape[0] for x in arrays or () if x is not None and not is_tensor(x) and not _is_composite(x)}

    of_inputs, of_targets, of_weights = lengths(inputs), lengths(targets), lengths(weights)
    named = (
        ("input arrays (x)", of_inputs, inputs),
        ("target arrays (y)", of_targets, targets),
        ("sample_weight arrays", of_weights, weights),
    )
    for what, found, arrays in named:
        if len(found) > 1:
            raise ValueError(
                f"All {what} should have the same number of samples. Got array shapes: {[x.shape for x in arrays]}"
            )
    if of_inputs and of_targets and of_inputs != of_targets:
        raise ValueError(
            "Input arrays should have the same number of samples as target arrays. Found "
            f"{of_inputs.pop()} input samples and {of_targets.pop()} target samples."
        )
    if of_targets and of_weights and of_targets != of_weights:
        raise ValueError(
            "Sample_weight arrays should have the same number of samples as target arrays. Got "
            f"{of_targets.pop()} input samples and {of_weights.pop()} target samples."
        )


def check_targets(targets: list[Any], endpoints: list[Any]) -> None:
    """Raises ValueError for targets that a loss cannot take: classes for one-hot vectors, or another shape."""
    functions = {
        differences.mean_squared_error,
        entropy.binary_crossentropy,
        entropy.categorical_crossentropy,
    }
    for y, endpoint in zip(targets, endpoints, strict=True):
        loss = endpoint.loss_fn
        if y is None or loss is None or is_tensor(y):
            continue
        if is_categorical_crossentropy(loss) and y.shape[-1] == 1:
            raise ValueError(
                f"You are passing a target array of shape {y.shape} while using as loss `categorical_crossentropy`. "
                "`categorical_crossentropy` expects targets to be binary matrices (1s and 0s) of shape (samples, "
                "classes). If your targets are integer classes, you can convert them to the expected format via:\n```\n"
                "from keras.utils import to_categorical\ny_binary = to_categorical(y_int)\n```\n\nAlternatively, you can "
                "use the loss function `sparse_categorical_crossentropy` instead, which does expect integer targets."
            )
        shape = endpoint.fed_shape
        if isinstance(loss, base.LossFunctionWrapper) and loss.fn in functions:
            for size, expected in zip(y.shape[1:], shape[1:], strict=False):
                if expected is not None and size != expected:
                    raise ValueError(
                        f"A target array with shape {y.shape} was passed for an output of shape {shape} while using as "
                        f"loss `{loss.name or loss.fn.__name__}`. This loss expects targets to have the same shape as "
                        "the output."
                    )
