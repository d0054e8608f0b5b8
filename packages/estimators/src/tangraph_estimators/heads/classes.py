"""The classes of a classification: their numbers and their names, for every example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tangraph as tf
from tangraph_estimators.export.outputs import ClassificationOutput

Vocabulary = Sequence[Any] | None


def all_class_ids(logits: Any, n_classes: int) -> Any:
    """Returns the numbers of all classes, [batch, n_classes]."""
    return _for_each(lambda: tf.range(n_classes), logits)


def all_classes(logits: Any, n_classes: int, vocabulary: Vocabulary) -> Any:
    """Returns the names of all classes, [batch, n_classes]: those of a vocabulary, or their numbers."""
    return _for_each(lambda: vocabulary or tf.as_string(tf.range(n_classes)), logits)


def _for_each(make: Any, logits: Any) -> Any:
    batch_size = tf.shape(logits)[0]
    return tf.tile(input=tf.expand_dims(input=make(), axis=0), multiples=[batch_size, 1])


def classes_of(class_ids: Any, vocabulary: Vocabulary) -> Any:
    """Returns the names of classes by their numbers."""
    if not vocabulary:
        return tf.as_string(class_ids, name="str_classes")
    table = tf.contrib.lookup.index_to_string_table_from_tensor(vocabulary, name="class_string_lookup")
    return table.lookup(class_ids)


def ids_of(labels: Any, vocabulary: Sequence[Any]) -> Any:
    """Returns the numbers of classes by their names."""
    table = tf.contrib.lookup.index_table_from_tensor(tuple(vocabulary), name="class_id_lookup")
    return table.lookup(labels)


def classification_output(scores: Any, n_classes: int, vocabulary: Vocabulary) -> ClassificationOutput:
    """Returns the output of an exported classifier: scores and names of all classes."""
    return ClassificationOutput(scores=scores, classes=all_classes(scores, n_classes, vocabulary))
