"""The facade: how ``tf.*`` is served from core's index and from what plugins register, without importing it all.

Each reserved namespace has a tiny module in core, ``tangraph/layers.py``, made of one call to :func:`namespace`; the
namespaces below them (``tf.nn.rnn_cell``) are made by the finder when they are imported.
"""

from tangraph.facade import absent
from tangraph.facade.namespace import forget, module_for, namespace

__all__ = ["absent", "forget", "module_for", "namespace"]
