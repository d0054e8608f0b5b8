"""Which slice of a tensor a piece of it is: as Savers write it, and as checkpoints name it."""

from __future__ import annotations

from dataclasses import dataclass

from tangraph.framework.errors import InvalidArgumentError
from tangraph_interop.checkpoint.varint import ordered_number, ordered_signed, ordered_string
from tangraph_interop.messages import TensorSliceProto


@dataclass(frozen=True)
class TensorSlice:
    """A slice of a tensor.

    Attributes:
      extents: (start, length) of each dimension; the length is -1 for all of it.
    """

    extents: tuple[tuple[int, int], ...]

    @staticmethod
    def full(rank: int) -> TensorSlice:
        """Returns the slice that is the whole tensor."""
        return TensorSlice(((0, -1),) * rank)

    @staticmethod
    def from_proto(message: TensorSliceProto) -> TensorSlice:
        """Returns the slice that a message describes."""
        return TensorSlice(tuple((e.start, e.length if e.WhichOneof("has_length") else -1) for e in message.extent))

    def to_proto(self) -> TensorSliceProto:
        """Returns a message that describes the slice."""
        message = TensorSliceProto()
        for start, length in self.extents:
            extent = message.extent.add()
            if length >= 0:
                extent.start = start
                extent.length = length
        return message

    def key(self, name: str) -> bytes:
        """Returns the key under which a checkpoint's index has this slice of a tensor."""
        parts = [ordered_number(0), ordered_string(name.encode()), ordered_number(len(self.extents))]
        for start, length in self.extents:
            parts += [ordered_signed(start), ordered_signed(length)]
        return b"".join(parts)

    def ranges(self, shape: tuple[int, ...]) -> list[tuple[int, int]]:
        """Returns (begin, end) of each dimension in a tensor of the shape."""
        return [
            (0, size) if length < 0 else (start, start + length)
            for (start, length), size in zip(self.extents, shape, strict=True)
        ]


def parse_spec(text: str) -> tuple[tuple[int, ...], TensorSlice, tuple[int, ...]]:
    """Returns what "4 2 0,2:-" says: the whole's shape, the slice, and the slice's shape.

    Raises:
      InvalidArgumentError: it cannot be read, or the slice is outside of the whole.

    >>> parse_spec("4 2 0,2:-")
    ((4, 2), TensorSlice(extents=((0, 2), (0, -1))), (2, 2))
    """
    *sizes, spec = text.split(" ")
    try:
        shape = tuple(int(size) for size in sizes)
        extents = []
        for part in spec.split(":") if spec else []:
            start, comma, length = part.partition(",")
            extents.append((0, -1) if part == "-" else (int(start), int(length) if comma else int("x")))
    except ValueError:
        raise _invalid(f"Need shape and slice, as in '4 2 0,2:-'. Received: '{text}'") from None
    if len(extents) != len(shape) or min(shape, default=0) < 0:
        raise _invalid(f"Shape and slice have different ranks in the shape-and-slice spec. Received: '{text}'")
    found = TensorSlice(tuple(extents))
    ranges = found.ranges(shape)
    for (begin, end), size in zip(ranges, shape, strict=True):
        if not 0 <= begin <= end <= size:
            raise _invalid(f"Extent {begin},{end - begin} is out of a dimension of size {size}. Received: '{text}'")
    return shape, found, tuple(end - begin for begin, end in ranges)


def _invalid(message: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, message)
