"""rejection_resample: a dataset with another distribution of classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.fill import fill
from tangraph.ops.array.gather import gather
from tangraph.ops.array.one_hot import one_hot
from tangraph.ops.array.reshape import expand_dims
from tangraph.ops.array.shape import shape
from tangraph.ops.array.tile import tile
from tangraph.ops.control_flow.cond import cond
from tangraph.ops.logging_ops import Print
from tangraph.ops.math.arithmetic import add
from tangraph.ops.math.cast import cast
from tangraph.ops.math.comparison import less
from tangraph.ops.math.division import truediv
from tangraph.ops.math.reductions import reduce_max, reduce_min, reduce_sum
from tangraph.ops.random.uniform import random_uniform
from tangraph.plugin import export
from tangraph_datasets.data.dataset import Dataset, DatasetV2
from tangraph_datasets.data.experimental.choosing import sample_from_datasets
from tangraph_datasets.data.experimental.transforms import scan, unbatch

if TYPE_CHECKING:
    from collections.abc import Callable

_ESTIMATION_BATCH: Final = 32
_SMOOTHING: Final = 10


@export("data.experimental.rejection_resample", "contrib.data.rejection_resample")
def rejection_resample(
    class_func: Callable[..., Any], target_dist: Any, initial_dist: Any = None, seed: Any = None
) -> Callable[[DatasetV2], Any]:
    """Returns the transformation to pairs of class and element, some left out so that classes have given probabilities.

    Args:
      class_func: makes the class of an element, an int32 scalar.
      target_dist: the probability that each class shall have, a float vector.
      initial_dist: the probability that it has; estimated when None.
      seed: as for other random operations.
    """

    def apply(dataset: DatasetV2) -> Any:
        target = convert_to_tensor(target_dist, name="target_dist")
        classes = dataset.map(class_func)
        static = None
        if initial_dist is not None:
            initial = convert_to_tensor(initial_dist, name="initial_dist")
            acceptance, original = _acceptance(initial, target)
            initial_ds = Dataset.from_tensors(initial).repeat()
            acceptance_ds = Dataset.from_tensors(acceptance).repeat()
            original_ds = Dataset.from_tensors(original).repeat()
            static = _original_static(initial, target)
        else:
            initial_ds = _estimated(target, classes)
            both = initial_ds.map(lambda initial: _acceptance(initial, target))
            acceptance_ds = both.map(lambda accept_prob, _: accept_prob)
            original_ds = both.map(lambda _, prob_original: prob_original)
        filtered = _filtered(dataset, acceptance_ds, initial_ds, classes, seed).prefetch(3)
        if static == 1:
            return Dataset.zip((classes, dataset))
        if static == 0:
            return filtered
        datasets = [Dataset.zip((classes, dataset)), filtered]
        weights = original_ds.map(lambda prob: [(prob, 1.0 - prob)])
        return sample_from_datasets(datasets, weights=weights, seed=seed)

    return apply


def _original_static(initial: Any, target: Any) -> Any:
    known_initial, known_target = constant_value(initial), constant_value(target)
    if known_initial is None or known_target is None:
        return None
    return np.min(known_target / known_initial)


def _filtered(dataset: Any, acceptance_ds: Any, initial_ds: Any, classes: Any, seed: Any) -> Any:
    """Returns the pairs of class and element that are accepted."""

    def maybe_warn_on_large_rejection(accept_dist: Any, initial_dist: Any) -> Any:
        rejected = reduce_sum((1 - accept_dist) * initial_dist)
        return cond(
            less(rejected, 0.5),
            lambda: accept_dist,
            lambda: Print(
                accept_dist,
                [rejected, initial_dist, accept_dist],
                message="Proportion of examples rejected by sampler is high: ",
                summarize=100,
                first_n=10,
            ),
        )

    acceptance_ds = Dataset.zip((acceptance_ds, initial_ds)).map(maybe_warn_on_large_rejection)

    def _gather_and_copy(class_val: Any, acceptance_prob: Any, data: Any) -> Any:
        return class_val, gather(acceptance_prob, class_val), data

    with_probabilities = Dataset.zip((classes, acceptance_ds, dataset)).map(_gather_and_copy)
    accepted = with_probabilities.filter(lambda _1, p, _2: random_uniform([], seed=seed) < p)
    return accepted.map(lambda class_value, _, data: (class_value, data))


def _estimated(target: Any, classes: Any) -> Any:
    """Returns the dataset of the probabilities of the classes, estimated from those that came so far."""
    size: Any = target.shape[0]
    count = getattr(size, "value", size) or shape(target)[0]
    seen = fill([count], np.int64(_SMOOTHING))

    def update_estimate_and_tile(num_examples_per_class_seen: Any, c: Any) -> Any:
        updated, estimate = _distribution(c, num_examples_per_class_seen)
        return updated, tile(expand_dims(estimate, 0), [_ESTIMATION_BATCH, 1])

    return classes.batch(_ESTIMATION_BATCH).apply(scan(seen, update_estimate_and_tile)).apply(unbatch())


def _distribution(c: Any, seen: Any) -> Any:
    count = seen.get_shape()[0]
    seen = add(seen, reduce_sum(one_hot(c, count, dtype=dtypes.int64), 0))
    return seen, cast(truediv(seen, reduce_sum(seen)), dtypes.float32)


def _acceptance(initial: Any, target: Any) -> Any:
    """Returns how likely an element of each class is taken, and how likely any element is taken as it comes."""
    ratio = target / (initial + np.finfo(initial.dtype.as_numpy_dtype).tiny)
    most, least = reduce_max(ratio), reduce_min(ratio)
    return (ratio - least) / (most - least), least
