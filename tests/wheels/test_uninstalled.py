"""One wheel after the other uninstalled from an environment that has them all.

The names of the one that is gone give its one message, under every spelling; what needs it says so; all else works.
"""

from __future__ import annotations

import json
import re
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

from tangraph.facade.missing import is_reserved
from tangraph.facade.providers import provider_of

PACKAGES = sorted(path.parent.name for path in Path(__file__).parents[2].glob("packages/*/pyproject.toml"))
DISTRIBUTIONS = [f"tangraph-{package}" for package in PACKAGES]

#: Prints {distribution: public names that it registers}.
NAMES = """
import json
from tangraph.plugins import manager
names = {}
for plugin in manager.current().plugins.values():
    assert plugin.state == "loaded", plugin.traceback
    keys = plugin.provides.get("namespaces", ())
    names[plugin.distribution.split()[0]] = [".".join(key).strip(".") for key in keys]
print(json.dumps(names))
"""
#: Looks each name of `names` up; prints {name: None, or [[type and text of the error] for each spelling]}.
LOOK_UP = """
import json, warnings, tangraph as tf
warnings.simplefilter("ignore")

def attribute(name):
    found = tf
    for part in name.split("."):
        found = getattr(found, part)

def from_import(name):
    parent, _, leaf = f"tangraph.{name}".rpartition(".")
    exec(f"from {parent} import {leaf}")

def outcome(spell, name):
    try:
        spell(name)
    except Exception as error:
        return type(error).__name__, str(error)

def module(name):
    parent = f"tangraph.{name}".rpartition(".")[0]
    exec(f"import {parent}")

found = {}
for name in json.loads(NAMES):
    found[name] = [outcome(spell, name) for spell in (attribute, from_import, module)]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def everything(make_environment):
    """An environment with all wheels, and the names that each of them registers."""
    installed = make_environment(*DISTRIBUTIONS)
    owners = {name: owner for owner, names in json.loads(installed.python(NAMES)).items() for name in names}
    # Some are aliases of what is still to come.
    there = {name for name, outcomes in look_up(installed, owners).items() if outcomes == [None, None, None]}
    return installed, {
        name: owner
        for name, owner in owners.items()
        if name in there and owner != "tangraph-core" and is_reserved(name) and home(name, owner) in DISTRIBUTIONS
    }


def home(name, owner):
    """Returns whose namespace a name is in; `tf.keras.layers` has leaves before there is a `tangraph-keras`."""
    provider = provider_of(name)
    return provider.distribution if provider else owner


def look_up(installed, names):
    return json.loads(installed.python(f"NAMES = {json.dumps(list(names))!r}{LOOK_UP}"))


def dependents(wheelhouse):
    """Returns {distribution: those of ours that declare it, directly or not}."""
    direct = {}
    for distribution in DISTRIBUTIONS:
        (wheel,) = wheelhouse.glob(f"{distribution.replace('-', '_')}-[0-9]*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
            lines = HeaderParser().parsestr(archive.read(name).decode()).get_all("Requires-Dist")
        direct[distribution] = {re.match(r"[\w-]+", line)[0] for line in lines} & set(DISTRIBUTIONS)

    def all_of(distribution):
        return direct[distribution].union(*map(all_of, direct[distribution]))

    return {one: {other for other in DISTRIBUTIONS if one in all_of(other)} for one in DISTRIBUTIONS}


# One test for all: the environment takes longer to make than each of them.
def test_each_wheel_uninstalled_in_turn(everything, wheelhouse):
    installed, owners = everything
    needing = dependents(wheelhouse)
    pip = [str(installed.scripts / "python"), "-m", "pip", "--disable-pip-version-check", "-q"]
    wrong = []
    for distribution in DISTRIBUTIONS:
        if distribution == "tangraph-core":
            continue
        installed.call(*pip, "uninstall", "-y", distribution)
        found = look_up(installed, owners)
        installed.call(str(installed.scripts / "tangraph"), "plugins")
        (wheel,) = wheelhouse.glob(f"{distribution.replace('-', '_')}-[0-9]*.whl")
        installed.call(*pip, "install", "--no-index", "--no-deps", str(wheel))
        for name, owner in owners.items():
            wrong += differences(
                name, found[name], gone=distribution, owner=owner, needs=owner in needing[distribution]
            )
    assert not wrong, "\n".join(wrong)
    assert (
        installed.call(str(installed.scripts / "python"), "-m", "pip", "check").strip()
        == "No broken requirements found."
    )


def differences(name, outcomes, *, gone, owner, needs):
    """Yields what is wrong with the outcomes of (attribute, from-import, import of its namespace)."""
    advice = f"'{gone}', which is not installed: pip install {gone}"
    attribute, from_import, module = outcomes
    if owner == gone:
        # The namespace it is in may be its distribution's, too; then the message names that.
        whole = [f"tf.{part} is provided by {advice}" for part in prefixes(name)]
        ends = [("AttributeError", whole), ("ImportError", whole)]
        for outcome, (kind, texts) in zip((attribute, from_import), ends, strict=True):
            if outcome is None or outcome[0] != kind or outcome[1] not in texts:
                yield f"{name} without {gone}: {outcome}"
        if module is not None and (module[0] != "ImportError" or module[1] not in whole):
            yield f"import of {name}'s namespace without {gone}: {module}"
        return
    if outcomes == [None, None, None]:
        return
    # What declares the one that is gone may need it; and an alias of one of its names says what that one says.
    own = f"|{re.escape(name)} needs" if needs else ""
    says = re.compile(rf"tf\.((?!{re.escape(name)} )[\w.]+ (needs|is provided by){own}) {re.escape(advice)}")
    kinds = [outcome and outcome[0] for outcome in outcomes]
    if kinds != ["AttributeError", "ImportError", None] or not all(says.fullmatch(text) for _, text in outcomes[:2]):
        yield f"{name} of {owner} without {gone}: {outcomes}"


def prefixes(name):
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
