"""Fixtures: programs that run under `tangraph run`, in interpreters of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import NamedTuple

import pytest


class Done(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def command(tmp_path):
    """`command(*words)` runs `tangraph WORDS` in the test's folder."""

    def run(*words, expect=0, environment=None):
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("TANGRAPH_", "KERAS_"))}
        done = subprocess.run(
            [sys.executable, "-m", "tangraph", *map(str, words)],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            cwd=tmp_path,
            env={**inherited, **(environment or {})},
        )
        assert expect is None or done.returncode == expect, done.stdout + done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def program(command, tmp_path):
    """`program(code, *arguments)` runs code as `tangraph run program.py ARGUMENTS`."""

    def run(code, *arguments, options=(), **kwargs):
        (tmp_path / "program.py").write_text(textwrap.dedent(code).lstrip("\n"))
        return command("run", *options, "program.py", *arguments, **kwargs)

    return run
