"""What is in the wheels."""

from __future__ import annotations

import re
import zipfile
from email.parser import HeaderParser
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGES = Path(__file__).resolve().parent.parent.parent / "packages"
DISTRIBUTIONS = sorted(path.parent.name for path in PACKAGES.glob("*/pyproject.toml"))


def archive_of(wheelhouse, distribution):
    (wheel,) = wheelhouse.glob(f"{distribution.replace('-', '_')}-[0-9]*.whl")
    return zipfile.ZipFile(wheel)


def metadata_of(archive):
    (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    return HeaderParser().parsestr(archive.read(name).decode())


@pytest.mark.parametrize("package", DISTRIBUTIONS)
def test_a_wheel_holds_its_package_whole_and_nothing_else(wheelhouse, package):
    distribution = f"tangraph-{package}"
    (source,) = (PACKAGES / package / "src").iterdir()
    with archive_of(wheelhouse, distribution) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        information = {name.partition(".dist-info/")[2] for name in archive.namelist()} - {""}
    files = [path.relative_to(source.parent) for path in source.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    caches = {path for path in files if any(part.startswith(".") for part in path.parts)}
    assert sorted(names) == sorted(path.as_posix() for path in files if path not in caches)
    assert f"{source.name}/py.typed" in names
    assert {"METADATA", "entry_points.txt", "licenses/LICENSE"} <= information


@pytest.mark.parametrize("distribution", [*(f"tangraph-{package}" for package in DISTRIBUTIONS), "tangraph"])
def test_metadata(wheelhouse, distribution):
    with archive_of(wheelhouse, distribution) as archive:
        metadata = metadata_of(archive)
    assert metadata["Name"] == distribution
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert "not affiliated with TensorFlow or Google" in metadata.get_payload()


def test_every_package_is_in_the_meta_distribution(wheelhouse):
    with archive_of(wheelhouse, "tangraph") as archive:
        assert [name for name in archive.namelist() if ".dist-info/" not in name] == []
        required = metadata_of(archive).get_all("Requires-Dist")
    assert {re.match(r"tangraph-([\w-]+)", line)[1] for line in required} == set(DISTRIBUTIONS)


def test_our_wheels_require_each_other_towards_core(wheelhouse):
    ours = {}
    for package in DISTRIBUTIONS:
        with archive_of(wheelhouse, f"tangraph-{package}") as archive:
            required = [re.match(r"[\w-]+", line)[0] for line in metadata_of(archive).get_all("Requires-Dist")]
        ours[f"tangraph-{package}"] = {name for name in required if name.startswith("tangraph")}
    assert ours["tangraph-core"] == set()
    assert "tangraph-core" in set.intersection(*(ours[name] for name in ours.keys() - {"tangraph-core"}))
    assert next(TopologicalSorter(ours).static_order()) == "tangraph-core"  # raises CycleError where they go in circles
