"""The `tangraph` command."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tangraph import cli, registry
from tangraph.plugin import hookimpl


class Commands:
    def __init__(self, **commands):
        self.commands = commands

    @hookimpl
    def tangraph_register_commands(self, registry):
        registry.add_index(self.commands)


def test_help_lists_the_commands(plugins, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])
    assert end.value.code == 0
    out = capsys.readouterr().out
    assert "plan " in out
    assert "plugins " in out


def test_no_command_is_an_error(plugins, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main([])
    assert end.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_plugins_table(install, capsys):
    install("good", "from tangraph.plugin import hookimpl")
    assert cli.main(["plugins"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["PLUGIN", "DISTRIBUTION", "STATE", "PROVIDES"]
    assert lines[1].startswith("core ")
    assert "3 commands" in lines[1]
    assert lines[2].split() == ["good", "tangraph-good", "1.2", "loaded", "-"]


def test_plugins_names_the_broken_and_the_disabled(install, capsys, monkeypatch):
    install("bad", "raise OSError('torn')")
    install("off", "raise OSError('not even imported')")
    monkeypatch.setenv("TANGRAPH_DISABLE_PLUGINS", "off")
    assert cli.main(["plugins"]) == 1
    out = capsys.readouterr().out
    assert "broken" in out
    assert "disabled" in out
    assert "Plugin 'bad' could not be loaded:\nTraceback" in out
    assert "OSError: torn" in out
    assert "not even imported" not in out


def test_plugins_all_names_everything(plugins, capsys):
    assert cli.main(["plugins", "--all"]) == 0
    out = capsys.readouterr().out
    assert "core, commands: doctor, plan, plugins" in out
    assert "tf.version.VERSION" in out


def test_plugins_says_why_a_backend_does_not_work(plugins, capsys):
    def make():
        raise OSError("no driver")

    class Backends:
        @hookimpl
        def tangraph_register_backends(self, registry):
            registry.add("gpu", make)

    plugins.register(Backends(), name="gpu")
    assert cli.main(["plugins"]) == 0
    assert "Backend 'gpu' does not work here: OSError: no driver" in capsys.readouterr().out


def test_a_plugin_adds_a_command(plugins, capsys):
    class Hello:
        HELP = "says hello"

        def configure(self, parser):
            parser.add_argument("name")

        def run(self, options):
            print("hello", options.name)
            return 3

    plugins.register(Commands(hello=Hello()), name="hello")
    assert cli.main(["hello", "world"]) == 3
    assert capsys.readouterr().out == "hello world\n"


def test_a_command_that_cannot_be_imported_takes_no_other_down(plugins, capsys):
    plugins.register(Commands(bad="there_is_none"), name="bad")
    assert cli.main(["plugins"]) == 0
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    assert "cannot be loaded: ModuleNotFoundError" in capsys.readouterr().out
    with pytest.raises(ModuleNotFoundError, match="there_is_none"):
        cli.main(["bad", "--any", "argument"])


SCRIPT = """
import sys
import tensorflow as tf
from tensorflow import nn
from tangraph import registry

class Plan:
    name = "plan of the test"
    source = "def run():\\n    return 1\\n"

print(tf.__name__, nn.__name__, sys.argv[1:], __name__)
registry.hook().tangraph_plan_compiled(plan=Plan())
raise SystemExit(int(sys.argv[-1]))
"""


def test_plan_prints_every_plan_of_a_program(plugins, tmp_path, capsys):
    script = tmp_path / "program.py"
    script.write_text(SCRIPT)
    assert cli.main(["plan", str(script), "--flag", "0"]) == 0
    out = capsys.readouterr().out
    assert out == (
        "tangraph tangraph.nn ['--flag', '0'] __main__\n# plan 1: plan of the test\ndef run():\n    return 1\n\n"
    )
    assert "tensorflow" not in sys.modules
    assert cli.main(["plan", str(script), "7"]) == 7


def test_plan_to_a_file(plugins, tmp_path, capsys):
    script, output = tmp_path / "program.py", tmp_path / "plans.txt"
    script.write_text(SCRIPT)
    assert cli.main(["plan", "-o", str(output), str(script), "0"]) == 0
    assert output.read_text() == "# plan 1: plan of the test\ndef run():\n    return 1\n\n"
    assert "plan of the test" not in capsys.readouterr().out


def test_plan_of_a_program_that_fails(plugins, tmp_path, capsys):
    script = tmp_path / "program.py"
    script.write_text("raise ZeroDivisionError('its own')")
    with pytest.raises(ZeroDivisionError, match="its own"):
        cli.main(["plan", str(script)])
    script.write_text("raise SystemExit('words')")
    assert cli.main(["plan", str(script)]) == 1
    assert capsys.readouterr().err == "words\n"
    assert "tangraph plan" not in plugins.current().plugins


def test_python_dash_m_tangraph():
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TANGRAPH_")}
    done = subprocess.run(
        [sys.executable, "-m", "tangraph", "--help"], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0
    assert done.stdout.startswith("usage: tangraph [-h] COMMAND")


def test_doctor(plugins, capsys):
    assert cli.main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if not line.startswith(" ")] == [
        "Python",
        "Libraries",
        "Packages",
        "Backends",
        "Processor",
        "Speed",
    ]
    assert "  none: pip install tangraph-backend-cpu" in out
    assert "BLAS:" in out
    assert "  GPU: no backend for GPUs is installed or works" in out


def test_doctor_with_a_backend(toy, capsys):
    assert cli.main(["doctor"]) == 0
    assert "/device:CPU:0" in capsys.readouterr().out


def test_doctor_with_a_backend_that_cannot_describe_itself(toy, capsys, monkeypatch):
    def describe():
        yield "fast"
        raise KeyError("slow")

    monkeypatch.setattr(registry.backend("toy"), "describe", describe, raising=False)
    assert cli.main(["doctor"]) == 0
    assert "  toy: describe() failed: KeyError: 'slow'" in capsys.readouterr().out
