"""``python tools/programs run`` and ``python tools/programs table``: see README.md."""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import sys
from pathlib import Path

import agreement
import catalogue
import control
import report
import sandbox


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python tools/programs", description=__doc__)
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run", help="run the programs under one engine and keep how they end")
    run.add_argument("--checkouts", type=Path, required=True, help="the folder with a folder owner+name a repository")
    run.add_argument("--engine", required=True, help="the command that runs a script")
    run.add_argument("--name", required=True, help="what the engine is called; tf1 is the reference")
    run.add_argument("--results", type=Path, required=True, help="the folder for the outcomes")
    run.add_argument("--list", type=Path, default=catalogue.LIST, help="the list of programs")
    run.add_argument("--limit", type=float, default=30.0, help="seconds after which a program is stopped")
    run.add_argument("--jobs", type=int, default=1, help="programs at a time")
    run.add_argument("--again", action="store_true", help="run those, too, whose outcome is known")
    run.add_argument("--failed", action="store_true", help="run those whose known outcome is no success again")
    run.add_argument("--differing", action="store_true", help="run those alone whose numbers differ from the reference")
    run.add_argument("--hash-seed", type=int, default=0, help="PYTHONHASHSEED; take another one for tf1-again")
    run.add_argument("only", nargs="*", help="keys of programs, or parts of their paths")
    run.set_defaults(function=_run)
    again = commands.add_parser("control", help="run TensorFlow again, its last places moved, where numbers differ")
    again.add_argument("--checkouts", type=Path, required=True)
    again.add_argument("--engine", required=True, help="the Python of TensorFlow 1.15.5")
    again.add_argument("--results", type=Path, required=True)
    again.add_argument("--list", type=Path, default=catalogue.LIST)
    again.add_argument("--limit", type=float, default=150.0)
    again.add_argument("only", nargs="*", help="keys of programs, or parts of their paths")
    again.set_defaults(function=_control)
    mark = commands.add_parser("mark", help="write how each program ended under TensorFlow 1.15.5 into the list")
    mark.add_argument("--results", type=Path, required=True)
    mark.add_argument("--list", type=Path, default=catalogue.LIST)
    mark.set_defaults(function=_mark)
    table = commands.add_parser("table", help="compare the engines and write the table")
    table.add_argument("--results", type=Path, required=True)
    table.add_argument("--list", type=Path, default=catalogue.LIST)
    table.add_argument("--output", type=Path, help="the Markdown file; printed if it is left out")
    table.add_argument("--keep", action="store_true", help="keep the file's rows of programs that have no outcome")
    table.set_defaults(function=_table)
    arguments = parser.parse_args()
    return arguments.function(arguments)


def _run(arguments: argparse.Namespace) -> int:
    programs = [p for p in catalogue.read(arguments.list) if _wanted(p, arguments)]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        tasks = {pool.submit(_one, p, arguments): p for p in programs}
        for task in concurrent.futures.as_completed(tasks):
            print(task.result(), flush=True)
    return 0


def _wanted(program: catalogue.Program, arguments: argparse.Namespace) -> bool:
    if not _named(program, arguments.only):
        return False
    if arguments.differing and report.verdict(program, arguments.results).kind != "differs":
        return False
    known = report.load(arguments.results, arguments.name, program.key)
    if known is None or arguments.again:
        return True
    return arguments.failed and report.verdict(program, arguments.results, arguments.name).kind != "passes"


def _named(program: catalogue.Program, only: list[str]) -> bool:
    return not only or any(o == program.key or o in f"{program.repository}/{program.path}" for o in only)


def _one(program: catalogue.Program, arguments: argparse.Namespace) -> str:
    try:
        outcome = sandbox.run(program, arguments.checkouts, arguments.engine, arguments.limit, arguments.hash_seed)
    except OSError as error:
        return f"{program.key} left out: {error}"
    report.save(arguments.results, arguments.name, program.key, dataclasses.asdict(outcome))
    line = f"{program.key} {outcome.ended:8} {outcome.seconds:5.1f} s  {program.path}  {outcome.reason}"
    reference = report.load(arguments.results, "tf1", program.key)
    if arguments.name == "tf1" or reference is None or "failed" in (outcome.ended, reference["ended"]):
        return line
    complete = outcome.ended == reference["ended"] == "ok"
    found = agreement.compare(reference["output"], outcome.output, complete=complete)
    return f"{line}  {found.count} numbers {'equal' if found.equal else 'differ: ' + found.first}"


def _control(arguments: argparse.Namespace) -> int:
    for program in catalogue.read(arguments.list):
        if not _named(program, arguments.only):
            continue
        for name, (prefix, nudge) in control.RUNS.items():
            if report.verdict(program, arguments.results).kind not in ("drifts", "differs"):
                break  # equal, or what is known explains it
            if report.load(arguments.results, name, program.key) is None:
                engine = f"{prefix} {arguments.engine}"
                outcome = sandbox.run(program, arguments.checkouts, engine, arguments.limit, nudge=nudge)
                report.save(arguments.results, name, program.key, dataclasses.asdict(outcome))
        if any(report.load(arguments.results, name, program.key) is not None for name in control.RUNS):
            print(program.key, *report.verdict(program, arguments.results), flush=True)
    return 0


def _mark(arguments: argparse.Namespace) -> int:
    programs = []
    for program in catalogue.read(arguments.list):
        outcome = report.load(arguments.results, "tf1", program.key)
        if outcome is not None:
            reference = f"fails: {report.plain(outcome['reason'])}" if outcome["ended"] == "failed" else "passes"
            program = dataclasses.replace(program, reference=reference)
        programs.append(program)
    catalogue.write(programs, arguments.list)
    return 0


def _table(arguments: argparse.Namespace) -> int:
    known = arguments.output.read_text(encoding="utf-8") if arguments.keep else ""
    text = report.table(catalogue.read(arguments.list), arguments.results, known)
    if arguments.output:
        arguments.output.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
