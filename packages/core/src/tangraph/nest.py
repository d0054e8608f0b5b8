"""`tf.nest`: core's names, and what plugins add."""

from tangraph import facade

__getattr__, __dir__, __path__ = facade.namespace(__name__)
