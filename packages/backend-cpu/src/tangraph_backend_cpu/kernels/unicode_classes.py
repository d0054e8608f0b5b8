"""Sets of characters by name: POSIX's, Perl's, the categories and scripts of Unicode."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

Ranges = tuple[tuple[int, int], ...]
_LAST: Final = 0x10FFFF
#: ICU's numbers of scripts (UScriptCode) are the places in this list; newer scripts have numbers only.
_SCRIPTS: Final = [
    "Common",
    "Inherited",
    "Arabic",
    "Armenian",
    "Bengali",
    "Bopomofo",
    "Cherokee",
    "Coptic",
    "Cyrillic",
    "Deseret",
    "Devanagari",
    "Ethiopic",
    "Georgian",
    "Gothic",
    "Greek",
    "Gujarati",
    "Gurmukhi",
    "Han",
    "Hangul",
    "Hebrew",
    "Hiragana",
    "Kannada",
    "Katakana",
    "Khmer",
    "Lao",
    "Latin",
    "Malayalam",
    "Mongolian",
    "Myanmar",
    "Ogham",
    "Old_Italic",
    "Oriya",
    "Runic",
    "Sinhala",
    "Syriac",
    "Tamil",
    "Telugu",
    "Thaana",
    "Thai",
    "Tibetan",
    "Canadian_Aboriginal",
    "Yi",
    "Tagalog",
    "Hanunoo",
    "Buhid",
    "Tagbanwa",
    "Braille",
    "Cypriot",
    "Limbu",
    "Linear_B",
    "Osmanya",
    "Shavian",
    "Tai_Le",
    "Ugaritic",
]


def _of(text: str) -> Ranges:
    """The ranges in "azAZ__": each two characters are the first and the last of one."""
    return tuple((ord(a), ord(b)) for a, b in zip(text[::2], text[1::2], strict=True))


PERL: Final = {"d": _of("09"), "s": _of("\t\n\f\r  "), "w": _of("09AZ__az")}
POSIX: Final = {
    "alnum": _of("09AZaz"),
    "alpha": _of("AZaz"),
    "ascii": _of("\x00\x7f"),
    "blank": _of("\t\t  "),
    "cntrl": _of("\x00\x1f\x7f\x7f"),
    "digit": _of("09"),
    "graph": _of("!~"),
    "lower": _of("az"),
    "print": _of(" ~"),
    "punct": _of("!/:@[`{~"),
    "space": _of("\t\r  "),
    "upper": _of("AZ"),
    "word": _of("09AZ__az"),
    "xdigit": _of("09AFaf"),
}


def complement(ranges: Ranges) -> Ranges:
    """Returns all other characters; lone surrogates are none."""
    result, start = [], 0
    for first, last in sorted((*ranges, (0xD800, 0xDFFF))):
        if first > start:
            result.append((start, first - 1))
        start = max(start, last + 1)
    return (*result, (start, _LAST)) if start <= _LAST else tuple(result)


@cache
def scripts() -> tuple[tuple[int, int, int], ...]:
    """Returns (first, last, script) of all code points, in order; the scripts are ICU's numbers."""
    table = files(__package__).joinpath("unicode_scripts.txt").read_text(encoding="ascii")
    rows, start = [], 0
    for entry in table.split():
        size, _, script = entry.partition(":")
        rows.append((start, start + int(size) - 1, int(script)))
        start += int(size)
    return tuple(rows)


@cache
def named(name: str) -> Ranges | None:
    """Returns the characters of a category ("L", "Lu") or script ("Greek"), or all ("Any"); None for other names."""
    if name == "Any":
        return ((0, _LAST),)
    if name in _SCRIPTS:
        number = _SCRIPTS.index(name)
        return tuple((first, last) for first, last, script in scripts() if script == number)
    found: list[tuple[int, int]] = []
    if 1 <= len(name) <= 2 and name[0].isupper() and name.isalpha():
        for code in range(_LAST + 1):
            if unicodedata.category(chr(code)).startswith(name):
                if found and found[-1][1] == code - 1:
                    found[-1] = (found[-1][0], code)
                else:
                    found.append((code, code))
    return tuple(found) or None
