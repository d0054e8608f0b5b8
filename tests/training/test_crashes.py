"""What saves leave behind when they are killed, when the disk is full, and when files are damaged."""

from __future__ import annotations

import errno
import io
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tangraph as tf
from tangraph_interop import files

DRIVER = Path(__file__).with_name("crash_driver.py")
#: How many processes are killed in each test.
KILLS = int(os.environ.get("TANGRAPH_CRASH_KILLS", "8"))


@pytest.mark.parametrize("kind", ["steps", "same", "sharded"])
def test_a_killed_process_leaves_a_checkpoint_that_restores(tmp_path, kind):
    done = subprocess.run(
        [sys.executable, str(DRIVER), str(tmp_path), str(KILLS), kind, "1"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def saved(tmp_path):
    """A graph with a Saver in a session, and two checkpoints of it."""
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable([1.0] * 3000, name="v")
        tf.Variable([b"text"] * 10, name="s")
        saver = tf.train.Saver()
        sess.run(tf.global_variables_initializer())
        paths = []
        for step in (1, 2):
            sess.run(v.assign([float(step)] * 3000))
            paths.append(saver.save(sess, str(tmp_path / "m"), global_step=step, write_meta_graph=False))
        yield sess, saver, v, paths


class LimitedFile(io.FileIO):
    """A file on a disk that is nearly full: `room` bytes are left for all of them."""

    room = 0

    def write(self, data):
        if len(data) <= LimitedFile.room:
            LimitedFile.room -= len(data)
            return super().write(data)
        super().write(data[: LimitedFile.room])
        LimitedFile.room = 0
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("room", [0, 1, 5000, 12005, 12100])
@pytest.mark.parametrize("name", ["m-2", "m-3"])
def test_a_full_disk_loses_nothing(saved, tmp_path, monkeypatch, name, room):
    sess, saver, v, paths = saved
    sess.run(v.assign([9.0] * 3000))
    before = sorted(p.name for p in tmp_path.iterdir())
    monkeypatch.setattr(LimitedFile, "room", room)
    monkeypatch.setattr(files, "open", lambda path, mode, buffering: LimitedFile(path, mode), raising=False)
    with pytest.raises(tf.errors.ResourceExhaustedError, match="No space left on device"):
        saver.save(sess, str(tmp_path / name), write_meta_graph=False)
    monkeypatch.undo()
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    assert tf.train.latest_checkpoint(str(tmp_path)) == paths[1]
    for path, value in zip(paths, (1.0, 2.0), strict=True):
        saver.restore(sess, path)
        assert set(sess.run(v)) == {value}
    saver.save(sess, str(tmp_path / name), write_meta_graph=False)


def test_a_limit_of_the_system_on_files_loses_nothing(saved, tmp_path):
    sess, saver, v, paths = saved
    child = os.fork()
    if child == 0:
        # What is written here beyond the limit is an error of the system's own.
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
        try:
            saver.save(sess, paths[1], write_meta_graph=False)
        except tf.errors.OpError:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    saver.restore(sess, tf.train.latest_checkpoint(str(tmp_path)))
    assert set(sess.run(v)) == {2.0}


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES = [
    ("data-00000-of-00001", flip, tf.errors.DataLossError, r"tensor [sv] in .*m-2\.data-00000-of-00001"),
    ("data-00000-of-00001", Path.unlink, tf.errors.NotFoundError, r"m-2\.data-00000-of-00001; No such file"),
    ("data-00000-of-00001", lambda p: os.truncate(p, 5000), tf.errors.DataLossError, r"is cut off in .*m-2\.data"),
    ("index", flip, tf.errors.DataLossError, r"m-2\.index"),
    ("index", lambda p: os.truncate(p, 60), tf.errors.DataLossError, r"bad magic number.*m-2\.index"),
]


@pytest.mark.parametrize(("suffix", "damage", "error", "message"), DAMAGES)
def test_damage_is_named_and_the_checkpoint_before_restores(saved, tmp_path, suffix, damage, error, message):
    sess, saver, v, (first, second) = saved
    assert tf.train.latest_checkpoint(str(tmp_path)) == second
    damage(tmp_path / f"m-2.{suffix}")
    with pytest.raises(error, match=message):
        saver.restore(sess, second)
    assert tf.train.latest_checkpoint(str(tmp_path)) == first
    saver.restore(sess, first)
    assert set(sess.run(v)) == {1.0}


def test_what_a_killed_save_left_is_read_and_removed(saved, tmp_path):
    sess, saver, v, (_, second) = saved
    data = tmp_path / "m-2.data-00000-of-00001"
    shutil.copy(data, f"{data}.tempstate1")
    flip(data)
    for name in ("m-2.index.tempstate2", "m-2.data-00000-of-00001.tempstate0"):
        (tmp_path / name).write_bytes(b"half")
    saver.restore(sess, second)
    assert set(sess.run(v)) == {2.0}
    for path in tmp_path.glob("*tempstate*"):
        os.utime(path, (1, 1))
    saver.save(sess, second, write_meta_graph=False)
    assert not list(tmp_path.glob("*tempstate*"))
