"""What a cell wrote into TensorArrays, in the order of the beams that came out at the end."""

from __future__ import annotations

from typing import Any

import tangraph as tf


def reordered(value: Any, parent_ids: Any, lengths: Any, *, batch_size: Any, beams: int) -> Any:
    """Returns a part of the final state; a TensorArray as one tensor [time, ...] whose beams are followed back.

    A TensorArray whose elements cannot be split into beams stays as it is, with a warning.
    """
    if not isinstance(value, tf.TensorArray):
        return value
    shape = value.element_shape
    if shape.ndims is None or shape.ndims < 1:
        tf.logging.warn(
            "The TensorArray %s in the cell state is not amenable to sorting based on the beam search result. For a "
            "TensorArray to be sorted, its elements shape must be defined and have at least a rank of 1, but saw "
            "shape: %s",
            value.handle.name,
            shape,
        )
        return value
    if not _may_hold_beams(shape.as_list(), tf.contrib.util.constant_value(batch_size), beams):
        tf.logging.warn(
            "TensorArray reordering expects elements to be reshapable to %s which is incompatible with the current "
            "shape %s. Consider setting reorder_tensor_arrays to False to disable TensorArray reordering during the "
            "beam search.",
            tf.TensorShape([tf.contrib.util.constant_value(batch_size), beams, None]),
            shape,
        )
        return value
    stacked = value.stack()
    with tf.control_dependencies([_assert_beams(stacked, batch_size, beams)]):
        return _followed_back(stacked, parent_ids, lengths)


def _may_hold_beams(shape: list[int | None], batch: Any, beams: int) -> bool:
    if batch is None or shape[0] is None:
        return True
    if shape[0] != batch * beams:
        return False
    return len(shape) < 2 or shape[1] is None or (shape[0] == batch and shape[1] == beams)


def _assert_beams(stacked: Any, batch_size: Any, beams: int) -> Any:
    message = (
        "TensorArray reordering expects elements to be reshapable to [batch_size, beam_size, -1] which is incompatible "
        f"with the dynamic shape of {stacked.name} elements. Consider setting reorder_tensor_arrays to False to disable "
        "TensorArray reordering during the beam search."
    )
    shape = tf.shape(stacked)
    if stacked.shape.ndims == 2:
        fits = tf.equal(shape[1], batch_size * beams)
    else:
        merged = tf.equal(shape[1], batch_size * beams)
        fits = tf.logical_or(merged, tf.logical_and(tf.equal(shape[1], batch_size), tf.equal(shape[2], beams)))
    return tf.Assert(fits, [message])


def _followed_back(stacked: Any, parent_ids: Any, lengths: Any) -> Any:
    static = parent_ids.shape.as_list()
    time, batch, beams = (static[axis] or tf.shape(parent_ids)[axis] for axis in range(3))
    own = tf.tile(tf.expand_dims(tf.expand_dims(tf.range(beams), 0), 0), [time, batch, 1])
    longest = tf.cast(tf.reduce_max(lengths, axis=1), tf.int32)
    followed = tf.contrib.seq2seq.gather_tree(own, parent_ids, max_sequence_lengths=longest, end_token=beams + 1)
    within = tf.transpose(tf.sequence_mask(lengths, maxlen=time), perm=[2, 0, 1])
    followed = tf.where(within, x=followed, y=own)
    times = tf.tile(tf.reshape(tf.range(time), [-1, 1, 1]), [1, batch, beams])
    entries = tf.tile(tf.reshape(tf.range(batch), [-1, 1, 1]), [1, time, beams])
    entries = tf.transpose(entries, perm=[1, 0, 2])
    places = tf.stack([times, entries, followed], -1)
    shape = tf.shape(stacked)
    return tf.reshape(tf.gather_nd(tf.reshape(stacked, [time, batch, beams, -1]), places), shape)
