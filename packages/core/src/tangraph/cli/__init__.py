"""The ``tangraph`` command. Its sub-commands are found through the plugins, one module a command."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from tangraph import registry
from tangraph.cli.command import BrokenCommand, Command


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs ``tangraph`` and returns its exit status.

    Args:
      arguments: the words after the command's name; those of this process by default.
    """
    parser = argparse.ArgumentParser(prog="tangraph", description="The TensorFlow 1 programming model on NumPy.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in (found := registry.commands()):
        command = _load(found, name)
        added = commands.add_parser(name, help=command.HELP, description=command.HELP)
        added.set_defaults(command=command)
        command.configure(added)
    options, unknown = parser.parse_known_args(arguments)
    chosen: Command = options.command
    if unknown and not isinstance(chosen, BrokenCommand):
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return chosen.run(options)


def _load(commands: Mapping[str, Any], name: str) -> Command:
    try:
        command: Command = commands[name]
    except Exception as error:  # noqa: BLE001  one command that cannot be imported must not take the others down
        return BrokenCommand(error)
    return command
