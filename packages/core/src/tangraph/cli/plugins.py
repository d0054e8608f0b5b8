"""``tangraph plugins``: what is installed, what it provides, and what could not be loaded."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Final

from tangraph.plugins import manager
from tangraph.plugins.manager import Plugin
from tangraph.plugins.registries import BackendRegistry, Registries, public_name

HELP: Final = "list the plugins: what each provides, and why one is broken"


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("--all", action="store_true", help="name everything that each plugin provides")


def run(options: argparse.Namespace) -> int:
    """Prints the table, then what is broken; the exit status is 1 when a plugin is."""
    loaded = manager.current()
    rows = [("PLUGIN", "DISTRIBUTION", "STATE", "PROVIDES")]
    rows += [
        (p.name, p.distribution or f"module {p.module}", p.state, _counts(p, loaded.registries))
        for p in loaded.plugins.values()
    ]
    for line in _table(rows):
        print(line)
    if options.all:
        for plugin in loaded.plugins.values():
            _print_everything(plugin)
    for line in _backend_failures(loaded.registries.backends):
        print(line)
    for plugin in loaded.broken:
        print(f"\nPlugin '{plugin.name}' could not be loaded:\n{plugin.traceback.rstrip()}")
    return 1 if loaded.broken else 0


def _counts(plugin: Plugin, registries: Registries) -> str:
    kinds = {kind: registry.kind for kind, registry in registries.items()}
    counts = ((kinds[kind], len(keys)) for kind, keys in plugin.provides.items())
    return ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts) or "-"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _print_everything(plugin: Plugin) -> None:
    for kind, keys in plugin.provides.items():
        names = (public_name(*key) if kind == "namespaces" else _plain(key) for key in keys)
        print(f"\n{plugin.name}, {kind.replace('_', ' ')}: {', '.join(sorted(names))}")


def _plain(key: str | tuple[str, str]) -> str:
    return key if isinstance(key, str) else ":".join(key)


def _backend_failures(backends: BackendRegistry) -> Iterator[str]:
    for name in sorted(backends.entries):
        if backends.make(name) is None:
            error = backends.failures[name]
            yield f"\nBackend '{name}' does not work here: {type(error).__name__}: {error}"
