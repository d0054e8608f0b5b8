"""What the package registers: its names, the ops that save and restore, and what serializes messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.framework.message import Message, set_codec
from tangraph.plugin import hookimpl

if TYPE_CHECKING:
    from tangraph.plugins.registries import KernelRegistry, NamespaceRegistry, OpRegistry


class _LazyCodec:
    """Stands in for `tangraph_interop.wire` until a message is serialized, since protobuf is slow to import."""

    def serialize(self, message: Message) -> bytes:
        """Returns the message in the wire format."""
        return self._load().serialize(message)

    def merge(self, message: Message, data: bytes) -> None:
        """Merges what ``data`` holds into the message."""
        self._load().merge(message, data)

    def descriptor(self, message_type: type[Message]) -> object:
        """Returns the protobuf descriptor of a message class."""
        return self._load().descriptor(message_type)

    @staticmethod
    def _load() -> WireCodec:
        from tangraph_interop.wire import codec

        set_codec(codec)
        return codec


if TYPE_CHECKING:
    from tangraph_interop.wire import WireCodec


@hookimpl
def tangraph_register_namespaces(registry: NamespaceRegistry) -> None:
    """The package's names under `tf`."""
    from tangraph_interop._index import NAMES

    registry.add_index(NAMES)
    set_codec(_LazyCodec())


@hookimpl
def tangraph_register_ops(registry: OpRegistry) -> None:
    """The ops that save and restore."""
    from tangraph_interop._index import OPS

    registry.add_index(OPS)


@hookimpl
def tangraph_register_kernels(registry: KernelRegistry) -> None:
    """Their kernels, which are those of every backend."""
    from tangraph_interop._index import KERNELS

    registry.add_index("*", KERNELS)
