"""`tf.train`: optimizers, savers, sessions, queues; each leaf from the package that provides it."""

from tangraph import facade

__getattr__, __dir__, __path__ = facade.namespace(__name__)
