"""What a program's uncaught error says when it is about Python 2: one clear message."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Final

Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]

_CONVERT: Final = "Tangraph runs Python 3: convert the source first, for instance with 2to3 or python-modernize."

# What CPython says of statements that only Python 2 has, and how their lines look.
_MESSAGES: Final = re.compile(
    r"Missing parentheses in call to '(print|exec)'|multiple exception types must be parenthesized"
    r"|leading zeros in decimal integer literals|inconsistent use of tabs|invalid hexadecimal literal"
)
_LINES: Final = re.compile(
    r"""^\s*print\s*(>>|["'\w%])|^\s*print\s+\(?.*%|^\s*exec\s+[\w"']|^\s*raise\s+\w[\w.]*\s*,|^\s*except\s+[\w.]+\s*,\s*\w+\s*:
    |<>|`[^`]*`|\bur["']|\b\d+[lL]\b|^\s*def\s+\w+\(.*\(.*\).*\)\s*:""",
    re.VERBOSE,
)
_BUILTINS: Final = {
    "xrange": "range",
    "raw_input": "input",
    "unicode": "str",
    "basestring": "str",
    "long": "int",
    "unichr": "chr",
    "reduce": "functools.reduce",
    "reload": "importlib.reload",
    "cmp": "(a > b) - (a < b)",
    "execfile": "exec(open(...).read())",
    "file": "open",
    "buffer": "memoryview",
    "apply": "f(*args)",
}
_MODULES: Final = {
    "cPickle": "pickle",
    "ConfigParser": "configparser",
    "Queue": "queue",
    "StringIO": "io",
    "cStringIO": "io",
    "Tkinter": "tkinter",
    "httplib": "http.client",
    "urllib2": "urllib.request",
    "urlparse": "urllib.parse",
    "HTMLParser": "html.parser",
    "cookielib": "http.cookiejar",
    "SocketServer": "socketserver",
    "BaseHTTPServer": "http.server",
    "itertools.izip": "zip",
    "__builtin__": "builtins",
    "commands": "subprocess",
    "thread": "_thread",
}
_METHODS: Final = {"iteritems": "items", "itervalues": "values", "iterkeys": "keys", "has_key": "in", "next": "next()"}


def hook(shown: Hook) -> Hook:
    """Returns an excepthook that speaks for Python 2 sources, and leaves everything else to `shown`."""

    def show(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> object:
        if isinstance(error, SyntaxError) and (text := syntax_message(error)):
            print(text, file=sys.stderr)
            return None
        result = shown(kind, error, traceback)
        if text := name_message(error):
            print(text, file=sys.stderr)
        return result

    return show


def syntax_message(error: SyntaxError) -> str:
    """Returns the message for a syntax error that is Python 2, or "".

    >>> try:
    ...     compile("print 'x'", "a.py", "exec")
    ... except SyntaxError as error:
    ...     print(syntax_message(error).partition(":")[0])
    a.py, line 1
    """
    line = (error.text or "").rstrip()
    if not (_MESSAGES.search(error.msg or "") or _LINES.search(line)):
        return ""
    return f"{error.filename}, line {error.lineno}: this is Python 2 source: {line.strip()}\n{_CONVERT}"


def name_message(error: BaseException) -> str:
    """Returns what to add to an error about a name that only Python 2 has, or ""."""
    if isinstance(error, TypeError) and "file=<output_stream>" in str(error):
        return f"print >>file is Python 2; in Python 3 it is print(..., file=file). {_CONVERT}"
    if isinstance(error, NameError):
        old, new = str(error.name), _BUILTINS.get(str(error.name))
    elif isinstance(error, ModuleNotFoundError):
        old, new = str(error.name), _MODULES.get(str(error.name))
    elif isinstance(error, AttributeError) and isinstance(error.obj, dict):
        old, new = f"dict.{error.name}", _METHODS.get(str(error.name))
    else:
        return ""
    return f"{old} is Python 2; in Python 3 it is {new}. {_CONVERT}" if new else ""
