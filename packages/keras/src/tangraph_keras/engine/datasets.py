"""tf.data sets and iterators as the data of a model."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_layers.engine.session import get_session, get_value


def is_dataset(x: Any) -> bool:
    """Returns whether something is a data set of tf.data."""
    return hasattr(x, "make_initializable_iterator") and hasattr(x, "output_shapes")


def is_iterator(x: Any) -> bool:
    """Returns whether something is an iterator of tf.data."""
    return hasattr(x, "get_next") and hasattr(x, "output_shapes") and not is_dataset(x)


def check_arguments(x: Any, y: Any, sample_weight: Any, validation_split: float) -> None:
    """Raises ValueError for arguments that a data set leaves no room for."""
    if y is not None:
        raise ValueError(
            f"You passed a dataset or dataset iterator ({x}) as input `x` to your model. In that case, you should not "
            "specify a target (`y`) argument, since the dataset or dataset iterator generates both input data and "
            f"target data. Received: {y}"
        )
    if sample_weight is not None:
        raise ValueError(
            "`sample_weight` argument is not supported when input `x` is a dataset or a dataset iterator. Instead, you"
            "can provide sample_weight as the third element  of yourdataset, i.e. (inputs, targets, sample_weight). "
            f"Received: x={x}, sample_weight={sample_weight}"
        )
    if validation_split:
        raise ValueError(
            "`validation_split` argument is not supported when input `x` is a dataset or a dataset iterator. "
            f"Received: x={x}, validation_split={validation_split:f}"
        )


def iterator_of(dataset: Any) -> Any:
    """Returns an iterator over a data set, at its beginning."""
    iterator = tf.data.make_initializable_iterator(dataset)
    initialize(iterator)
    return iterator


def initialize(iterator: Any) -> None:
    """Has an iterator begin again."""
    get_session((iterator.initializer,)).run(iterator.initializer)


def unpack(iterator: Any) -> tuple[Any, Any, Any]:
    """Returns the tensors of an iterator's next batch: inputs, targets and weights, None for what there is not.

    Raises:
      ValueError: an element is no pair or triple.
    """
    element = iterator.get_next()
    if not isinstance(element, list | tuple):
        return element, None, None
    if len(element) not in {2, 3}:
        raise ValueError(
            "Please provide model inputs as a list or tuple of 2 or 3 elements: (input, target) or (input, target, "
            f"sample_weights) Received {element}"
        )
    return (*element, None) if len(element) == 2 else tuple(element)


def number_of_steps(dataset: Any, steps: int | None, epochs: int, name: str) -> int | None:
    """Returns how many batches to take, None for all where nobody knows how many there are.

    Raises:
      ValueError: there are infinitely many, or fewer than asked for.
    """
    size = int(get_value(tf.data.experimental.cardinality(dataset)))
    if size == tf.data.experimental.INFINITE_CARDINALITY and steps is None:
        raise ValueError(f"When passing an infinitely repeating dataset, you must specify the `{name}` argument.")
    if size >= 0 and steps is not None and steps * epochs > size:
        if epochs > 1:
            raise ValueError(
                f"The dataset you passed contains {size} batches, but you passed `epochs={epochs}` and `{name}={steps}`, "
                f"which is a total of {steps * epochs} steps. We cannot draw that many steps from this dataset. We "
                f"suggest to set `{name}={size // epochs}`."
            )
        raise ValueError(
            f"The dataset you passed contains {size} batches, but you passed `{name}={steps}`. We cannot draw that many "
            f"steps from this dataset. We suggest to set `{name}={size}`."
        )
    return size if steps is None and size >= 0 else steps
