"""Cuts a long emitted function into several, since Python compiles very long ones slowly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def split(lines: Sequence[Any], parameters: Sequence[str], limit: int) -> list[tuple[str, list[Any]]]:
    """Returns (header, lines) of each function; the last one is `plan`.

    Args:
      lines: the body, each with `indent`, `text`, `uses` and `defines`.
      parameters: the names that `plan` takes.
      limit: cut at the first line of the outermost level after this many lines.
    """
    header = f"def plan({', '.join(parameters)}):"
    if len(lines) <= limit:
        return [(header, list(lines))]
    parts: list[list[Any]] = [[]]
    for line in lines:
        if len(parts[-1]) >= limit and line.indent == 1 and not line.text.startswith("del "):
            parts.append([])
        parts[-1].append(line)
    needed_after: list[set[str]] = [set()]
    for part in reversed(parts[1:]):
        needed_after.append(needed_after[-1] | {u for line in part for u in line.uses})
    needed_after.reverse()
    defined = set(parameters)
    functions, body = [], []
    for number, (part, after) in enumerate(zip(parts[:-1], needed_after, strict=False)):
        defines = {d for line in part for d in line.defines}
        takes = sorted({u for line in part for u in line.uses} & defined)
        gives = sorted((defines & after) | (set(takes) & after & defines))
        conditional = sorted({d for line in part if line.indent > 1 for d in line.defines} & set(gives) - defined)
        lines_of_part = [_text(f"{name} = None") for name in conditional] + part
        lines_of_part.append(_text(f"return ({', '.join(gives)}{',' if gives else ''})"))
        functions.append((f"def part{number}({', '.join(takes)}):", lines_of_part))
        target = f"{', '.join(gives)}{',' if gives else ''} = " if gives else ""
        body.append(_text(f"{target}part{number}({', '.join(takes)})"))
        dead = sorted(set(takes) - after - set(parameters))
        if dead:
            body.append(_text(f"del {', '.join(dead)}"))
        defined = (defined | defines) - set(dead)
    return [*functions, (header, [*body, *parts[-1]])]


def _text(text: str) -> Any:
    from tangraph.plan.emit import _Line

    return _Line(1, text)
