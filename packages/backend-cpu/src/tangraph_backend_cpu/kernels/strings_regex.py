"""Kernels of regular expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels import re2
from tangraph_backend_cpu.kernels.string_arrays import each, encoded, flat, numbers, shape_of

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _matches(pattern: re.Pattern[str], x: Any) -> Any:
    return numbers([re2.full_match(pattern, text) for text in flat(x)], np.bool_, shape_of(x))


@kernel("StaticRegexFullMatch")
def static_regex_full_match(k: KernelContext) -> Callable[..., Any]:
    """Whether strings match a pattern that is known."""
    pattern = encoded(k.attr("pattern"))
    return lambda x: _matches(re2.compiled(pattern), x)


@kernel("RegexFullMatch")
def regex_full_match(k: KernelContext) -> Callable[..., Any]:
    """Whether strings match a pattern."""
    del k
    return lambda x, pattern: _matches(re2.compiled(flat(pattern)[0]), x)


def _replaced(x: Any, pattern: bytes, rewrite: bytes, everywhere: bool) -> Any:
    compiled = re2.compiled(pattern)
    return each(lambda text: re2.replace(compiled, rewrite, text, everywhere=everywhere))(x)


@kernel("StaticRegexReplace")
def static_regex_replace(k: KernelContext) -> Callable[..., Any]:
    """Replaces what matches a pattern that is known."""
    pattern, rewrite = encoded(k.attr("pattern")), encoded(k.attr("rewrite"))
    everywhere = k.attr("replace_global")
    return lambda x: _replaced(x, pattern, rewrite, everywhere)


@kernel("RegexReplace")
def regex_replace(k: KernelContext) -> Callable[..., Any]:
    """Replaces what matches a pattern."""
    everywhere = k.attr("replace_global")
    return lambda x, pattern, rewrite: _replaced(x, flat(pattern)[0], flat(rewrite)[0], everywhere)
