"""`tf.graph_util`: provided by tangraph-interop."""

from tangraph import facade

__getattr__, __dir__, __path__ = facade.namespace(__name__)
