r"""Regular expressions in RE2's syntax, as Python's `re`.

A pattern is read and written anew: what looks the same but means something else (``$``, ``\s``, classes on invalid
UTF-8, flags in the middle) comes out as what RE2 means by it, and what RE2 refuses (look-ahead, back references) is
refused with its words. Text is UTF-8; bytes that are none become lone surrogates, which only a literal could match.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple, NoReturn

from tangraph.framework import errors
from tangraph_backend_cpu.kernels import unicode_classes
from tangraph_backend_cpu.kernels.unicode_classes import Ranges

_LAST: Final = 0x10FFFF
_SURROGATES: Final = "\\ud800-\\udfff"
_MOST_REPETITIONS: Final = 1000
_SIMPLE: Final = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}


class _Flags(NamedTuple):
    """What ``(?ismU)`` switches."""

    i: bool = False
    s: bool = False
    m: bool = False
    U: bool = False


class _BadPattern(Exception):  # noqa: N818  a reason, no error of ours
    """Why RE2 refuses a pattern."""


def _refuse(why: str, what: str = "") -> NoReturn:
    raise _BadPattern(f"{why}: {what}" if what else why)


def _point(code: int) -> str:
    return f"\\U{code:08x}"


def _class(ranges: Ranges, *, negated: bool = False) -> str:
    inside = "".join(f"{_point(first)}-{_point(last)}" for first, last in ranges)
    if negated:
        return f"[^{inside}{_SURROGATES}]"
    return f"[{inside}]" if inside else "(?!)"


class _Reader:
    """Reads one pattern."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0

    def whole(self) -> str:
        result = self._alternatives(_Flags())
        if self.at < len(self.text):
            _refuse("missing )", self.text)
        return result

    def _ahead(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def _alternatives(self, flags: _Flags) -> str:
        parts = [""]
        while self.at < len(self.text) and not self._ahead(")"):
            if self._ahead("|"):
                self.at += 1
                parts.append("")
                continue
            changed = self._flag_change(flags)
            if changed is not None:
                flags = changed
                continue
            parts[-1] += self._repeated(flags)
        return "|".join(parts)

    def _flag_change(self, flags: _Flags) -> _Flags | None:
        """Reads ``(?i-s)``, which changes the flags up to the end of the group."""
        match = re.compile(r"\(\?([imsU]*)(-[imsU]+)?\)").match(self.text, self.at)
        if match is None or match[0] == "(?)":
            return None
        self.at = match.end()
        return _changed(flags, match[1], match[2])

    def _repeated(self, flags: _Flags) -> str:
        start = self.at
        if self.text[self.at] in "*+?" or (self._ahead("{") and self._bounds()):
            _refuse("no argument for repetition operator", self._operator())
        if self._ahead("\\Q"):
            return self._quoted(flags)
        self.at = start
        atom = self._atom(flags)
        before = self.at
        operator = self._operator()
        if not operator:
            return atom
        second = self.at
        if self._operator():
            _refuse("bad repetition operator", self.text[before : self.at])
        self.at = second
        lazy = operator.endswith("?") and len(operator) > 1
        bare = operator[:-1] if lazy else operator
        return f"(?:{atom}){bare}{'?' if lazy != flags.U else ''}"

    def _quoted(self, flags: _Flags) -> str:
        end = self.text.find("\\E", self.at)
        inner = self.text[self.at + 2 : end if end >= 0 else len(self.text)]
        self.at = len(self.text) if end < 0 else end + 2
        return "".join(self._literal(ord(c), flags) for c in inner)

    def _bounds(self) -> re.Match[str] | None:
        return re.compile(r"\{(\d+)(,(\d*))?\}").match(self.text, self.at)

    def _operator(self) -> str:
        """Reads a repetition, "" when there is none."""
        if self.at >= len(self.text):
            return ""
        start, bounds = self.at, self._bounds() if self._ahead("{") else None
        if bounds is not None:
            least, most = int(bounds[1]), int(bounds[3] or bounds[1])
            if max(least, most) > _MOST_REPETITIONS or most < least:
                _refuse("invalid repetition size", bounds[0])
            self.at = bounds.end()
        elif self.text[self.at] in "*+?":
            self.at += 1
        else:
            return ""
        if self._ahead("?"):
            self.at += 1
        return self.text[start : self.at]

    def _atom(self, flags: _Flags) -> str:
        character = self.text[self.at]
        match character:
            case "(":
                return self._group(flags)
            case "[":
                return self._bracketed(flags)
            case "\\":
                return self._escaped(flags)
        self.at += 1
        match character:
            case ".":
                return f"[^{_SURROGATES}]" if flags.s else f"[^\\n{_SURROGATES}]"
            case "^":
                return "(?m:^)" if flags.m else "\\A"
            case "$":
                return "(?m:$)" if flags.m else "\\Z"
        return self._literal(ord(character), flags)

    def _literal(self, code: int, flags: _Flags) -> str:
        return f"(?i:{_point(code)})" if flags.i else _point(code)

    def _group(self, flags: _Flags) -> str:
        opening = "("
        match = re.compile(r"\(\?(?:P<(\w+)>|([imsU]*)(-[imsU]+)?:)").match(self.text, self.at)
        if match is not None:
            self.at = match.end()
            if match[1] is None:
                opening, flags = "(?:", _changed(flags, match[2], match[3])
        elif self._ahead("(?P"):
            _refuse("invalid named capture group", self.text[self.at : self.text.find(">", self.at) + 1 or None])
        elif self._ahead("(?"):
            _refuse("invalid perl operator", self.text[self.at : self.at + 3])
        else:
            self.at += 1
        inner = self._alternatives(flags)
        if not self._ahead(")"):
            _refuse("missing )", self.text)
        self.at += 1
        return f"{opening}{inner})"

    def _escaped(self, flags: _Flags) -> str:
        if self.at + 1 >= len(self.text):
            _refuse("trailing \\")
        letter = self.text[self.at + 1]
        fixed = {"A": "\\A", "z": "\\Z", "b": "(?a:\\b)", "B": "(?a:\\B)"}.get(letter)
        if fixed is not None:
            self.at += 2
            return fixed
        if letter == "C":
            _refuse("\\C (one byte, of a character perhaps a part) is not supported by Tangraph", "\\C")
        named = self._named_class()
        if named is not None:
            ranges, negated = named
            text = _class(ranges, negated=negated)
            return f"(?i:{text})" if flags.i else text
        return self._literal(self._character(), flags)

    def _named_class(self) -> tuple[Ranges, bool] | None:
        r"""Reads ``\d``, ``\pL``, ``\p{Greek}`` or ``[:alpha:]``; None when it is something else."""
        letter = self.text[self.at + 1 : self.at + 2]
        if self._ahead("\\") and letter and letter in "dDsSwW":
            self.at += 2
            return unicode_classes.PERL[letter.lower()], letter.isupper()
        if self._ahead("\\") and letter and letter in "pP":
            match = re.compile(r"\\[pP](?:\{(\^?)([^}]*)\}|(.))").match(self.text, self.at)
            ranges = None if match is None else unicode_classes.named(match[2] or match[3] or "")
            if match is None or ranges is None:
                _refuse("invalid character class range", match[0] if match else self.text[self.at :])
            self.at = match.end()
            return ranges, (letter == "P") != bool(match[1])
        if self._ahead("[:"):
            match = re.compile(r"\[:(\^?)(\w*):\]").match(self.text, self.at)
            if match is None:
                return None
            if match[2] not in unicode_classes.POSIX:
                _refuse("invalid character class range", match[0])
            self.at = match.end()
            return unicode_classes.POSIX[match[2]], bool(match[1])
        return None

    def _character(self) -> int:
        """Reads one character of a literal or class, which may be escaped."""
        start, character = self.at, self.text[self.at]
        self.at += 1
        if character != "\\":
            return ord(character)
        if self.at >= len(self.text):
            _refuse("trailing \\")
        letter = self.text[self.at]
        self.at += 1
        if letter in _SIMPLE:
            return _SIMPLE[letter]
        if not (letter.isalnum() or letter == "_") and letter.isascii():
            return ord(letter)
        match = re.compile(r"\\(?:x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{2})|(0[0-7]{0,2}|[1-7][0-7]{1,2}))").match(
            self.text, start
        )
        if match is None:
            _refuse("invalid escape sequence", self.text[start : self.at])
        self.at = match.end()
        code = int(match[1] or match[2] or "0", 16) or int(match[3] or "0", 8)
        if code > _LAST:
            _refuse("invalid escape sequence", match[0])
        return code

    def _bracketed(self, flags: _Flags) -> str:
        start = self.at
        self.at += 1
        negated = self._ahead("^")
        self.at += negated
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self._ahead("]"):
            if self.at >= len(self.text):
                _refuse("missing ]", self.text[start:])
            first = False
            named = self._named_class()
            if named is not None:
                inner, opposite = named
                ranges += unicode_classes.complement(inner) if opposite else inner
                continue
            begin = self.at
            low = high = self._character()
            if self._ahead("-") and not self._ahead("-]") and self.at + 1 < len(self.text):
                self.at += 1
                high = self._character()
                if high < low:
                    _refuse("invalid character class range", self.text[begin : self.at])
            ranges.append((low, high))
        self.at += 1
        text = _class(tuple(ranges), negated=negated)
        return f"(?i:{text})" if flags.i else text


def _changed(flags: _Flags, on: str, off: str | None) -> _Flags:
    return flags._replace(**dict.fromkeys(on, True), **dict.fromkeys((off or "-")[1:], False))


@cache
def compiled(pattern: bytes) -> re.Pattern[str]:
    """Returns what a pattern means to Python.

    Raises:
      InvalidArgumentError: RE2 would refuse it.
    """
    text = decoded(pattern)
    try:
        return re.compile(_Reader(text).whole())
    except (_BadPattern, re.error, OverflowError) as error:
        raise errors.InvalidArgumentError(None, None, f"Invalid pattern: {text}, error: {error}") from None


def decoded(text: bytes) -> str:
    """Returns UTF-8 as text; invalid bytes become lone surrogates."""
    return text.decode("utf-8", "surrogateescape")


def full_match(pattern: re.Pattern[str], text: bytes) -> bool:
    """Returns whether a pattern matches a text from start to end."""
    return pattern.fullmatch(decoded(text)) is not None


def replace(pattern: re.Pattern[str], rewrite: bytes, text: bytes, *, everywhere: bool) -> bytes:
    """Returns a text with all matches, or the first one, replaced."""
    parts, is_valid = _rewrite_parts(decoded(rewrite), pattern.groups)
    source, result, at, last = decoded(text), [], 0, -1
    while at <= len(source):
        match = pattern.search(source, at)
        if match is None:
            break
        result.append(source[at : match.start()])
        if match.start() == match.end() == last:
            # No empty match right behind another one.
            result.append(source[match.start() : match.start() + 1])
            at = match.start() + 1
            continue
        if not everywhere and not is_valid:
            return text
        result += [part if isinstance(part, str) else match[part] or "" for part in parts]
        at = last = match.end()
        if not everywhere:
            break
    return "".join([*result, source[at:]]).encode("utf-8", "surrogateescape")


def _rewrite_parts(rewrite: str, groups: int) -> tuple[list[str | int], bool]:
    """Returns literal text and numbers of groups, up to the first mistake, and whether there was none."""
    parts: list[str | int] = []
    for match in re.finditer(r"[^\\]+|\\(.?)", rewrite, re.DOTALL):
        if match[1] is None:
            parts.append(match[0])
        elif match[1] == "\\":
            parts.append("\\")
        elif match[1].isdigit() and match[1].isascii() and int(match[1]) <= groups:
            parts.append(int(match[1]))
        else:
            return parts, False
    return parts, True
