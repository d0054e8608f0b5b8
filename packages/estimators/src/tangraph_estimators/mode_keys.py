"""What a model is built for: `tf.estimator.ModeKeys`."""

from __future__ import annotations

from tangraph.export import export


@export("estimator.ModeKeys")
class ModeKeys:
    """The three ways in which a model function is called.

    >>> import tangraph as tf
    >>> tf.estimator.ModeKeys.TRAIN, tf.estimator.ModeKeys.EVAL, tf.estimator.ModeKeys.PREDICT
    ('train', 'eval', 'infer')
    """

    TRAIN = "train"
    EVAL = "eval"
    PREDICT = "infer"
