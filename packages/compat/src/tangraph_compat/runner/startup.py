"""What `sitecustomize` does in each process of a program. It must be quick: nothing of Tangraph is imported here."""

from __future__ import annotations

import atexit
import os
import sys

from tangraph_compat import dropped
from tangraph_compat.runner import complaints, imports
from tangraph_compat.runner.launch import VARIABLE


def activate() -> None:
    """Makes `tensorflow` Tangraph in this process, and has the names answer that others have dropped."""
    report = os.environ[VARIABLE] == "report"
    os.environ[VARIABLE] = "quiet"
    imports.install()
    dropped.install()
    sys.excepthook = complaints.hook(sys.excepthook)
    if report:
        atexit.register(_report, os.getpid())


def _report(pid: int) -> None:
    """Lists the dropped names that were used, in the program's own process: a fork of it has nothing to say."""
    if dropped.used and os.getpid() == pid:
        names = ", ".join(sorted(dropped.used, key=str.lower))
        print(f"tangraph run: answered for names that have been dropped: {names} (--quiet hides this)", file=sys.stderr)
