"""Build this repository's wheels into one folder, and install them from there.

    python tools/wheels.py build FOLDER
    python tools/wheels.py install FOLDER [--python PYTHON] [--lowest] tangraph-training tangraph-datasets[digits] ...

`install` reads the requirements from the wheels: other projects come from the index as usual, our own from
FOLDER only (`--no-index --no-deps`), so that a stranger's `tangraph-...` on an index is never picked up. With
`--lowest`, other projects come in the lowest version that our wheels allow.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def build(folder: Path) -> None:
    """Empty `folder` and build the wheel of every project into it. Needs hatchling."""
    shutil.rmtree(folder, ignore_errors=True)
    for project in (ROOT, *sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))):
        command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
        subprocess.run(command, cwd=project, check=True)


def install(folder: Path, wanted: list[str], python: str, *, lowest: bool = False) -> None:
    """Install `wanted` and all they require for the interpreter `python`. Needs packaging and pip."""
    wheels = {path.name.split("-")[0].replace("_", "-"): path for path in folder.glob("*.whl")}
    ours: set[Path] = set()
    theirs: set[str] = set()
    for name, requirement in _closure(wheels, wanted):
        if name in wheels:
            ours.add(wheels[name])
        else:
            theirs.add(requirement)
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    if theirs:
        subprocess.run([*pip, "install", *(_lowest(theirs) if lowest else sorted(theirs))], check=True)
    subprocess.run(
        [*pip, "install", "--no-index", "--no-deps", "--force-reinstall", *sorted(map(str, ours))], check=True
    )
    subprocess.run([*pip, "check"], check=True)


def _lowest(requirements: set[str]) -> list[str]:
    """Return the requirements with the highest of each project's lower bounds as the version.

    >>> _lowest({"numpy>=2", "numpy>=2.1", "pooch[progress]>=1.8,<2"})
    ['numpy==2.1', 'pooch[progress]==1.8']
    """
    from packaging.requirements import Requirement
    from packaging.version import Version

    bounds: dict[str, Version] = {}
    for requirement in map(Requirement, requirements):
        extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
        lower = [Version(s.version) for s in requirement.specifier if s.operator == ">="]
        if not lower:
            raise SystemExit(f"every requirement needs a lower bound. Received: {requirement}")
        key = requirement.name + extras
        bounds[key] = max(*lower, bounds.get(key, lower[0]))
    return [f"{name}=={version}" for name, version in sorted(bounds.items())]


def _closure(wheels: dict[str, Path], wanted: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (name, requirement without its marker) of `wanted` and of what they require."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    pending, seen = list(wanted), set(wanted)
    while pending:
        requirement = Requirement(pending.pop())
        name, requirement.marker = canonicalize_name(requirement.name), None
        yield name, str(requirement)
        if name not in wheels:
            continue
        for line in _requires(wheels[name]):
            marker = Requirement(line).marker
            extras = ("", *requirement.extras)
            if line not in seen and (marker is None or any(marker.evaluate({"extra": extra}) for extra in extras)):
                seen.add(line)
                pending.append(line)


def _requires(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        headers = HeaderParser().parsestr(archive.read(metadata).decode())
    return headers.get_all("Requires-Dist") or []


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    builder = commands.add_parser("build")
    builder.add_argument("folder", type=Path)
    installer = commands.add_parser("install")
    installer.add_argument("folder", type=Path)
    installer.add_argument("requirements", nargs="+")
    installer.add_argument("--python", default=sys.executable)
    installer.add_argument("--lowest", action="store_true")
    arguments = parser.parse_args()
    if arguments.command == "build":
        build(arguments.folder.resolve())
    else:
        install(arguments.folder, arguments.requirements, arguments.python, lowest=arguments.lowest)


if __name__ == "__main__":
    main()
