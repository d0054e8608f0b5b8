"""`tf.distributions`: provided by tangraph-training."""

from tangraph import facade

__getattr__, __dir__, __path__ = facade.namespace(__name__)
