"""Numbers as tables and slice names hold them."""

from __future__ import annotations


class FormatError(ValueError):
    """Bytes that are not what they should be."""


def write_varint(value: int) -> bytes:
    r"""Returns a number, seven bits a byte, the lowest first.

    >>> write_varint(300)
    b'\xac\x02'
    """
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """Returns the number at a position, and the position after it.

    Raises:
      FormatError: there is none.
    """
    value = shift = 0
    while shift < 70:
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise FormatError("a number is cut off or too long")


def ordered_number(value: int) -> bytes:
    """Returns a number so that bytes sort as the numbers do: how many bytes, then these."""
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes([len(digits)]) + digits


def ordered_string(value: bytes) -> bytes:
    """Returns a string so that what follows does not change how it sorts."""
    escapes = {0: b"\x00\xff", 255: b"\xff\x00"}
    return b"".join([escapes.get(byte) or bytes([byte]) for byte in value]) + b"\x00\x01"


def ordered_signed(value: int) -> bytes:
    r"""Returns a signed number so that bytes sort as the numbers do; its length is in its first bits.

    >>> ordered_signed(0), ordered_signed(-1), ordered_signed(64)
    (b'\x80', b'\x7f', b'\xc0@')
    """
    magnitude = ~value if value < 0 else value
    length = 1
    while magnitude >= 1 << (7 * length - 1):
        length += 1
    header = ((1 << length) - 1) << (8 * length - length)
    low = value & ((1 << (8 * length)) - 1)
    return (low ^ header).to_bytes(length, "big")
