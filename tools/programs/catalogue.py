"""The list of programs: which repository at which commit, and how each ends under TensorFlow 1.15.5."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path
from typing import Final

LIST: Final = Path(__file__).parent / "programs.tsv"


@dataclasses.dataclass(frozen=True)
class Program:
    """One program.

    Attributes:
      key: a short name, such as ``P007``.
      repository: ``owner/name``.
      commit: the commit at which it was tried.
      path: the program in the repository, a script or a notebook.
      reference: how it ends under TensorFlow 1.15.5: ``passes``, ``fails: ...``, or empty where it was not tried.
    """

    key: str
    repository: str
    commit: str
    path: str
    reference: str = ""

    def checkout(self, root: Path) -> Path:
        """Returns the folder of its repository, in a folder of checkouts."""
        return root / self.repository.replace("/", "+")


def read(path: Path = LIST) -> list[Program]:
    """Returns the programs of a list."""
    with path.open(newline="", encoding="utf-8") as file:
        return [Program(**row) for row in csv.DictReader(file, delimiter="\t")]


def write(programs: list[Program], path: Path = LIST) -> None:
    """Writes a list."""
    with path.open("w", newline="", encoding="utf-8") as file:
        names = [field.name for field in dataclasses.fields(Program)]
        rows = csv.DictWriter(file, names, delimiter="\t", lineterminator="\n")
        rows.writeheader()
        rows.writerows(dataclasses.asdict(program) for program in programs)
