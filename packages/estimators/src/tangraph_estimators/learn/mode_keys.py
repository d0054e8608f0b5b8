"""`tf.contrib.learn.ModeKeys`."""

from __future__ import annotations

from tangraph.export import export


@export("contrib.learn.ModeKeys")
class ModeKeys:
    """The three ways in which a model function is called, under their older names.

    >>> import tangraph as tf
    >>> tf.contrib.learn.ModeKeys.INFER
    'infer'
    """

    TRAIN = "train"
    EVAL = "eval"
    INFER = "infer"

    @classmethod
    def validate(cls, key: str) -> None:
        """Raises ValueError for what is none of them."""
        if key not in {cls.TRAIN, cls.EVAL, cls.INFER}:
            raise ValueError(f"Invalid mode {key}.")
