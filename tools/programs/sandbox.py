"""Runs one program under one engine: a copy of its repository, data, a time limit."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import notebooks
from catalogue import Program

SHIM: Final = Path(__file__).parent / "shim"
sys.path.insert(0, str(SHIM))

import synthetic  # noqa: E402  a neighbour of the shim, which runs on TensorFlow 1.15's Python, too

_MNIST_FOLDERS: Final = re.compile(r"""read_data_sets\(\s*(?:train_dir\s*=\s*)?(?:["']([^"']+)["']|([\w.]+))""")
_TMP: Final = "/tmp"  # noqa: S108  where many programs put their data
_ERROR: Final = re.compile(r"^(?:[\w.]+\.)?\w*(?:Error|Exception|Exit|Interrupt|Warning)\b.*")
_OUTPUT_LIMIT: Final = 1 << 22


@dataclasses.dataclass
class Outcome:
    """How a run ended.

    Attributes:
      ended: ``ok``, ``running`` (stopped at the limit, having raised nothing) or ``failed``.
      reason: the last line of the traceback, of a program that failed.
      output: what it printed to standard output.
      errors: the end of what it printed to standard error.
      seconds: how long it ran.
    """

    ended: str
    reason: str
    output: str
    errors: str
    seconds: float


def run(program: Program, checkouts: Path, engine: str, limit: float, hash_seed: int = 0, nudge: str = "") -> Outcome:
    """Runs a program.

    Args:
      program: which one.
      checkouts: the folder with the checkouts.
      engine: the command that runs a script, such as ``python3.7`` or ``tangraph run``.
      limit: after how many seconds it is stopped.
      hash_seed: decides the order of Python's sets of strings, which differs between Python's versions, too.
      nudge: how TensorFlow's variables are moved, or nothing: see `shim/nudge.py`.

    Raises:
      FileNotFoundError: there is no checkout of the program's repository, or the program is not in it.
    """
    source = program.checkout(checkouts)
    if not (source / program.path).is_file():
        raise FileNotFoundError(
            f"{program.path} is not in {source}: check out {program.repository} at {program.commit}"
        )
    with tempfile.TemporaryDirectory(prefix="program-", dir=_room()) as folder:
        room = Path(folder)
        work = room / "repository"
        shutil.copytree(source, work, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        (room / "tmp").mkdir()
        script = work / program.path
        if script.suffix == ".ipynb":
            text = notebooks.script(script)
            script = script.with_name(re.sub(r"\W", "_", script.stem) + "_notebook.py")
            script.write_text(text, encoding="utf-8")
        _data(script, room / "tmp" if _private_tmp() else Path(tempfile.gettempdir()))
        return _execute(
            [*shlex.split(engine), script.name],
            script.parent,
            room,
            limit,
            {"PYTHONHASHSEED": str(hash_seed), "PROGRAMS_NUDGE": nudge},
        )


def _room() -> str:
    """Where copies are made; not below /tmp, which each program gets anew."""
    return "/var/tmp" if Path("/var/tmp").is_dir() else tempfile.gettempdir()  # noqa: S108


def _data(script: Path, tmp: Path) -> None:
    """Puts the MNIST files where the program will look for them."""
    text = script.read_text(encoding="utf-8", errors="replace")
    for literal, variable in set(_MNIST_FOLDERS.findall(text)):
        name = literal or _assigned(variable, text)
        if not name:
            continue
        folder = script.parent / name
        if name.startswith("/"):
            if not name.startswith(_TMP):
                continue
            folder = tmp / name.removeprefix(_TMP).lstrip("/")
        folder.mkdir(parents=True, exist_ok=True)
        if all((folder / file).exists() for file in synthetic.MNIST_FILES):
            continue
        for file in synthetic.MNIST_FILES:  # all of them: labels that a repository has do not belong to these images
            (folder / file).write_bytes(_content(file))


@functools.cache
def _content(file: str) -> bytes:
    return synthetic.content(file)


def _assigned(variable: str, text: str) -> str:
    """Returns the string that a program gives to a variable or to a flag, or an empty one."""
    name = re.escape(variable.rpartition(".")[2])
    found = re.search(rf"""(?:\b{name}\s*=\s*|["'](?:--)?{name}["']\s*,[^)]*?default\s*=\s*)["']([^"']+)["']""", text)
    return found[1] if found else ""


@functools.cache
def _private_tmp() -> bool:
    """Whether a process may have a /tmp of its own here."""
    unshare = shutil.which("unshare")
    return bool(unshare) and subprocess.run([unshare, "-m", "true"], capture_output=True, check=False).returncode == 0


def _execute(command: list[str], folder: Path, room: Path, limit: float, extra: dict[str, str]) -> Outcome:
    if _private_tmp():
        mount = f"mount --bind {shlex.quote(str(room / 'tmp'))} /tmp && exec {shlex.join(command)}"
        command = ["unshare", "-m", "sh", "-c", mount]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(SHIM), str(room / "repository")]),
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
        "MPLBACKEND": "Agg",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        "HOME": str(room),
        **extra,
    }
    started = time.monotonic()
    with (room / "output").open("wb") as output, (room / "errors").open("wb") as errors:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        try:
            process.wait(limit)
            stopped = False
        except subprocess.TimeoutExpired:
            stopped = True
        finally:
            _kill(process)
    seconds = time.monotonic() - started
    text, problems = _tail(room / "output"), _tail(room / "errors")
    if stopped and not _raised(problems):
        return Outcome("running", "", text, problems[-4000:], seconds)
    if process.returncode == 0 or "EOFError: EOF when reading a line" in problems[-200:]:
        # The end, or a question to its user, which nobody answers here.
        return Outcome("ok", "", text, problems[-4000:], seconds)
    return Outcome("failed", _reason(problems, process.returncode), text, problems[-4000:], seconds)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends a program and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_OUTPUT_LIMIT).decode("utf-8", "replace")


def _raised(errors: str) -> bool:
    """Whether the last line is an error's: the program was on its way out when it was stopped."""
    return bool(_ERROR.match((errors.rstrip().splitlines() or [""])[-1])) and "Traceback" in errors


def _reason(errors: str, status: int) -> str:
    """Returns the line of a traceback that says what is wrong."""
    found = [line for line in errors.splitlines() if _ERROR.match(line)]
    found = [line for line in found if "Warning" not in line.split(":")[0]] or found
    return found[-1][:300] if found else f"exit status {status}"
