"""Assert, Print, PrintV2, StringFormat and CheckNumerics."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors
from tangraph.framework.raw_shape import to_str
from tangraph.plugin import KernelSet
from tangraph.util import tf_logging
from tangraph_backend_cpu.kernels.control_text import formatter, summarizer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("Assert")
def assert_(k: KernelContext) -> Callable[..., Any]:
    """Fails with the data unless the condition is true."""
    shows = [summarizer(dtype, k.attr("summarize")) for dtype in k.attr("T")]

    def check(condition: Any, *data: Any) -> None:
        if np.ndim(condition):
            raise errors.InvalidArgumentError(None, None, f"In[0] should be a scalar: {to_str(np.shape(condition))}")
        if not condition:
            text = " ".join(f"[{show(value)}]" for show, value in zip(shows, data, strict=True))
            raise errors.InvalidArgumentError(None, None, f"assertion failed: {text}")

    return check


@kernel("Print")
def print_(k: KernelContext) -> Callable[..., Any]:
    """Writes a line to stderr, the first few times; gives its input on."""
    message, first_n = k.attr("message"), k.attr("first_n")
    shows = [summarizer(dtype, k.attr("summarize")) for dtype in k.attr("U")]
    if first_n >= 0 and k.resources is not None:
        # One count for all plans of the session.
        counter = k.resources.get_or_create("print", "", k.name, itertools.count)
    else:
        counter = None

    def show_all(value: Any, *data: Any) -> Any:
        if counter is None or next(counter) < first_n:
            text = "".join(f"[{show(item)}]" for show, item in zip(shows, data, strict=True))
            sys.stderr.write(f"{message}{text}\n")
            sys.stderr.flush()
        return value

    return show_all


@kernel("StringFormat")
def string_format(k: KernelContext) -> Callable[..., Any]:
    """Fills tensors into a template."""
    pieces = k.attr("template").split(k.attr("placeholder"))
    shows = [formatter(dtype, k.attr("summarize")) for dtype in k.attr("T")]

    def fill(*values: Any) -> bytes:
        text = [pieces[0]]
        for show, value, piece in zip(shows, values, pieces[1:], strict=True):
            text += (show(value), piece)
        return "".join(text).encode()

    return fill


@kernel("PrintV2")
def print_v2(k: KernelContext) -> Callable[..., Any]:
    """Writes a string to a stream, the log or a file."""
    write, end = _writer(k.attr("output_stream")), k.attr("end")

    def show(text: Any) -> None:
        data: Any = text[()] if isinstance(text, np.ndarray) else text
        write(data.decode(errors="replace") + end)

    return show


def _writer(stream: str) -> Callable[[str], Any]:
    if stream.startswith("file://"):
        path = Path(stream.removeprefix("file://"))

        def append(text: str) -> None:
            with path.open("a", encoding="utf-8") as file:
                file.write(text)

        return append
    levels = {"log(info)": tf_logging.info, "log(warning)": tf_logging.warning, "log(error)": tf_logging.error}
    if stream in levels:
        log = levels[stream]
        return lambda text: log("%s", text.rstrip("\n"))
    name = "stdout" if stream == "stdout" else "stderr"

    def write(text: str) -> None:
        # The stream of the moment: programs and tests replace sys.stdout.
        target = getattr(sys, name)
        target.write(text)
        target.flush()

    return write


@kernel("CheckNumerics")
def check_numerics(k: KernelContext) -> Callable[..., Any]:
    """Gives its input on; fails when it holds a NaN or an infinity."""
    message, xp = k.attr("message"), k.xp
    finite, some_nan = xp.isfinite, xp.isnan

    def check(value: Any) -> Any:
        if not finite(value).all():
            nan = bool(some_nan(value).any())
            infinite = bool(xp.isinf(value).any())
            kind = "Inf and NaN" if nan and infinite else "NaN" if nan else "Inf"
            raise errors.InvalidArgumentError(None, None, f"{message} : Tensor had {kind} values")
        return value

    return check
