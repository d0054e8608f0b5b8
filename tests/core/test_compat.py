"""tf.compat's strings and tf.logging against TensorFlow 1.15.5."""

from __future__ import annotations

import logging
import pathlib
import sys

import numpy as np
import pytest

from tangraph.util import compat, tf_logging


def test_as_bytes():
    assert [compat.as_bytes(v) for v in ("é", b"a", bytearray(b"ab"), np.str_("a"))] == [b"\xc3\xa9", b"a", b"ab", b"a"]
    assert compat.as_bytes("é", "latin-1") == b"\xe9"


def test_as_text():
    assert [compat.as_text(v) for v in (b"\xc3\xa9", "a", np.bytes_(b"a"))] == ["é", "a", "a"]
    assert compat.as_text(b"\xe9", encoding="latin-1") == "é"
    assert compat.as_str(b"a") == "a"
    with pytest.raises(UnicodeDecodeError):
        compat.as_text(b"\xff")


@pytest.mark.parametrize("function", [compat.as_bytes, compat.as_text, compat.as_str])
def test_no_string(function):
    with pytest.raises(TypeError, match="Expected binary or unicode string, got 3"):
        function(3)


def test_as_str_any_and_paths():
    assert [compat.as_str_any(v) for v in (3, b"ab", None)] == ["3", "ab", "None"]
    found = [compat.path_to_str(v) for v in (pathlib.PurePosixPath("/a/b"), "x", b"x", 3)]
    assert found == ["/a/b", "x", b"x", 3]


def test_types():
    assert isinstance(np.int8(1), compat.integral_types)
    assert not isinstance(1.5, compat.integral_types)
    assert isinstance(np.float16(1), compat.real_types)
    assert isinstance(1j, compat.complex_types)
    assert compat.bytes_or_text_types == (bytes, str)


def test_forward_compatible():
    assert compat.forward_compatible(2019, 8, 20)
    assert not compat.forward_compatible(2019, 8, 21)
    with compat.forward_compatibility_horizon(2030, 1, 1):
        assert compat.forward_compatible(2025, 1, 1)
    assert not compat.forward_compatible(2025, 1, 1)


@pytest.fixture
def fresh_logger(monkeypatch):
    """Returns a function that makes the logger as it is in a new process, with these handlers of the root logger.

    A test calls it, since pytest gives the root logger a handler of its own after the fixtures.
    """
    logger = logging.getLogger("tensorflow")
    level = logger.level

    def make(*root_handlers):
        monkeypatch.setattr(tf_logging, "_set_up", [])
        monkeypatch.setattr(logging.getLogger(), "handlers", list(root_handlers))
        monkeypatch.setattr(logging.getLogger(), "level", logging.WARNING)  # our logger's level where it sets none
        monkeypatch.delattr(sys, "ps1", raising=False)  # an interactive interpreter shows more
        monkeypatch.setattr(logger, "handlers", [])
        logger.setLevel(logging.NOTSET)
        return logger

    yield make
    logger.setLevel(level)


def test_lines_look_like_tensorflows(fresh_logger, capsys):
    fresh_logger()
    assert tf_logging.get_verbosity() == tf_logging.WARN == 30
    tf_logging.info("hidden %d", 1)
    tf_logging.warning("shown %d %s", 1, "a")
    tf_logging.warn("warn")
    tf_logging.error("err")
    tf_logging.fatal("fat")
    tf_logging.TaskLevelStatusMessage("task")
    tf_logging.set_verbosity(tf_logging.INFO)
    tf_logging.info("100%")
    tf_logging.info("dict %(a)s", {"a": 1})
    tf_logging.log(tf_logging.WARN, "log %s", "z")
    tf_logging.vlog(tf_logging.INFO, "vlog")
    tf_logging.debug("no")
    tf_logging.log_if(tf_logging.INFO, "if %d", True, 3)
    tf_logging.log_if(tf_logging.INFO, "if %d", False, 4)
    tf_logging.flush()
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "WARNING:tensorflow:shown 1 a",
        "WARNING:tensorflow:warn",
        "ERROR:tensorflow:err",
        "CRITICAL:tensorflow:fat",
        "ERROR:tensorflow:task",
        "INFO:tensorflow:100%",
        "INFO:tensorflow:dict 1",
        "WARNING:tensorflow:log z",
        "INFO:tensorflow:vlog",
        "INFO:tensorflow:if 3",
    ]


def test_counted_messages(fresh_logger, capsys):
    fresh_logger()
    for i in range(5):
        tf_logging.log_every_n(tf_logging.ERROR, "every %d", 2, i)
    for i in range(5):
        tf_logging.log_first_n(tf_logging.ERROR, "first %d", 2, i)
    found = [line.removeprefix("ERROR:tensorflow:") for line in capsys.readouterr().err.splitlines()]
    assert found == ["every 0", "every 2", "every 4", "first 0", "first 1"]


def test_verbosity_by_name(fresh_logger):
    fresh_logger()
    tf_logging.set_verbosity("INFO")
    assert tf_logging.get_verbosity() == 20


def test_a_program_silences_it_by_its_name(fresh_logger, capsys):
    logger = fresh_logger()
    tf_logging.error("one")
    logging.getLogger("tensorflow").disabled = True
    try:
        tf_logging.error("two")
    finally:
        logger.disabled = False
    assert capsys.readouterr().err == "ERROR:tensorflow:one\n"


def test_root_logger_of_the_program_is_used(fresh_logger):
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logger = fresh_logger(handler)
    tf_logging.error("there")
    assert logger.handlers == []
    assert [record.getMessage() for record in records] == ["there"]
    assert records[0].filename == pathlib.Path(__file__).name
