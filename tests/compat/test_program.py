"""tf.flags, tf.app, tf.resource_loader and tf.sysconfig, against TensorFlow 1.15.5."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import tangraph as tf

FLAGS = """
import sys
import tensorflow as tf
flags = tf.app.flags
flags.DEFINE_string("name", "x", "help")
flags.DEFINE_integer("count", 3, "help")
flags.DEFINE_boolean(flag_name="fast", default_value=True, docstring="help")
tf.flags.DEFINE_float("rate", 0.5, "help")
tf.flags.DEFINE_enum("kind", "a", ["a", "b"], "help")
FLAGS = flags.FLAGS
"""


def test_flags_are_parsed_when_the_first_is_read(program):
    done = program(FLAGS + "print(FLAGS.name, FLAGS.count, FLAGS.fast, FLAGS.rate, FLAGS.kind)", "--name=y", "--nofast")
    assert done.out == "y 3 False 0.5 a\n"
    assert done.err == (
        "WARNING:root:Use of the keyword argument names (flag_name, default_value, docstring) is deprecated, please use "
        "(name, default, help) instead.\n"
    )


def test_an_unknown_flag_where_nothing_runs_main(program):
    done = program(FLAGS + "print(FLAGS.name)", "--unknown=4", expect=1)
    assert "UnrecognizedFlagError: Unknown command line flag 'unknown'" in done.err


def test_app_run(program):
    code = (
        FLAGS
        + "def main(argv):\n    print(argv[1:], FLAGS.count)\n    return 4\nif __name__ == '__main__':\n    tf.app.run()\n"
    )
    done = program(code, "--count", "9", "--unknown=4", "rest", expect=4)
    assert done.out == "['--unknown=4', 'rest'] 9\n"
    assert program(code, "--count=x", expect=1).err.count("flag --count=x: invalid literal for int()") == 1
    assert "--count: help" in program(code, "--help", expect=1).out


def test_flag_values(program):
    code = FLAGS + (
        "FLAGS(['p', '--name=z'])\nFLAGS.count = 7\n"
        "print(FLAGS.name, FLAGS.count, 'name' in FLAGS, FLAGS['name'].value, FLAGS.flag_values_dict()['rate'])\n"
        "from absl import flags as absl_flags\nprint(isinstance(FLAGS, absl_flags.FlagValues), sorted(f.name for f in FLAGS.get_key_flags_for_module('program.py')))\n"
        "for f in (lambda: FLAGS._parse_flags(), lambda: FLAGS.nope, lambda: setattr(FLAGS, 'new', 1), lambda: flags.DEFINE_string('name', '', ''),"
        " lambda: flags.DEFINE_integer('other', 'q', ''), lambda: flags.DEFINE_string('log_dir', '', '')):\n"
        "    try:\n        f()\n    except Exception as error:\n        print(type(error).__name__, str(error)[:45])\n"
        "del FLAGS.name\nprint(hasattr(FLAGS, 'name'))\n"
    )
    lines = program(code).out.splitlines()
    assert lines == [
        "z 7 True z 0.5",
        "True ['count', 'fast', 'kind', 'name', 'rate']",
        "AttributeError _parse_flags",
        "AttributeError nope",
        "UnrecognizedFlagError Unknown command line flag 'new'",
        "DuplicateFlagError The flag 'name' is defined twice. First from ",
        "IllegalFlagValueError flag --other=q: invalid literal for int() wit",
        "DuplicateFlagError The flag 'log_dir' is defined twice. First fr",
        "False",
    ]


def test_app_run_with_arguments():
    seen = []
    with pytest.raises(SystemExit) as end:
        tf.app.run(main=lambda argv: seen.append(argv) or 3, argv=["prog", "a"])
    assert end.value.code == 3
    assert seen == [["prog", "a"]]


def test_required():
    tf.flags.DEFINE_string("required_of_the_test", None, "help")
    tf.flags.mark_flag_as_required("required_of_the_test")
    try:
        with pytest.raises(tf.flags.IllegalFlagValueError, match="must have a value other than None"):
            tf.flags.FLAGS(["p"])
    finally:
        tf.flags.FLAGS.required_of_the_test = "x"
    assert tf.app.flags is tf.flags
    assert sys.modules["tangraph.flags"] is tf.flags


def test_resource_loader(tmp_path):
    here = Path(__file__)
    assert tf.resource_loader.get_data_files_path() == str(here.parent)
    assert tf.resource_loader.get_path_to_datafile("a.txt") == str(here.parent / "a.txt")
    assert tf.resource_loader.readahead_file_path("a") == "a"
    assert tf.resource_loader.load_resource("__init__.py").startswith(b'"""Tangraph')


def test_sysconfig():
    assert isinstance(tf.sysconfig.get_include(), str)
    assert Path(tf.sysconfig.get_lib()).is_dir()
    with pytest.raises(NotImplementedError, match="no C\\+\\+ library"):
        tf.sysconfig.get_link_flags()
    with pytest.raises(NotImplementedError):
        tf.sysconfig.get_compile_flags()
