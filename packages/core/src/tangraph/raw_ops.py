"""`tf.raw_ops`: provided by tangraph-compat."""

from tangraph import facade

__getattr__, __dir__, __path__ = facade.namespace(__name__)
