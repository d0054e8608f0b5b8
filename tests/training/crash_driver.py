"""Saves in child processes that are killed, and checks after each that the newest whole checkpoint restores.

    python crash_driver.py FOLDER KILLS KIND SEED

KIND is "steps" (a new name each time), "same" (one name again and again) or "sharded" (that, from two devices). Half of
the children are killed when they touch their n-th file, the others after a random time. Prints how many of them were
killed before the new checkpoint counted, and how many after.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np

import tangraph as tf

#: A save touches about so many files.
TOUCHES = {"steps": 16, "same": 20, "sharded": 36}
SHAPES = {"a": (300, 500), "b": (), "c": (7,), "d": (200, 300)}


def build(kind):
    """Returns variables that all hold one number, which they get from a placeholder."""
    value = tf.placeholder(tf.float32, [])
    updates = []
    for name, shape in SHAPES.items():
        with tf.device("/cpu:0" if kind == "sharded" and name < "c" else None):
            variable = tf.get_variable(name, shape, use_resource=name == "d")
            updates.append(variable.assign(tf.fill(shape, value)))
    return value, tf.group(*updates)


def save(sess, saver, folder, number, kind, kill_at):
    """Saves; dies by its own hand when it touches its n-th file, if asked to."""
    if kill_at is not None:
        touched = 0

        def audit(event, arguments):
            nonlocal touched
            if event in {"open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir"} and folder in str(
                arguments
            ):
                touched += 1
                if touched > kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(audit)
    state = tf.train.get_checkpoint_state(folder)
    if state is not None:
        saver.recover_last_checkpoints(list(state.all_model_checkpoint_paths))
    saver.save(sess, f"{folder}/m", global_step=number if kind == "steps" else None)


def restored(sess, saver, folder):
    """Returns the number that all variables hold after a restore of the newest checkpoint."""
    saver.restore(sess, tf.train.latest_checkpoint(folder))
    found = {float(x) for value in sess.run(tf.global_variables()) for x in np.unique(value)}
    assert len(found) == 1, f"two saves in one: {found}"
    return found.pop()


def main(folder, kills, kind, seed):
    """Runs the children."""
    generator = random.Random(seed)
    outcomes = {"before": 0, "after": 0, "not at all": 0}
    with tf.Session() as sess:
        value, update = build(kind)
        saver = tf.train.Saver(max_to_keep=2, sharded=kind == "sharded")
        sess.run(update, {value: 0.0})
        began = time.perf_counter()
        saver.save(sess, f"{folder}/m", global_step=0 if kind == "steps" else None)
        duration = time.perf_counter() - began
        last = 0.0
        for number in range(1, kills + 1):
            kill_at = number // 2 % TOUCHES[kind] if number % 2 else None
            sess.run(update, {value: float(number)})
            child = os.fork()
            if child == 0:
                save(sess, saver, folder, number, kind, kill_at)
                os._exit(0)
            if kill_at is None:
                time.sleep(generator.uniform(0, duration))
                os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            assert status in (0, signal.SIGKILL), f"a child ended by itself with {status}"
            found = restored(sess, saver, folder)
            assert found in ((number,) if status == 0 else (last, number)), f"{found} after {last} and {number}"
            outcomes["not at all" if status == 0 else "after" if found == number else "before"] += 1
            last = found
        saver.save(sess, f"{folder}/m", global_step=None)
    left = [
        p.name for p in Path(folder).iterdir() if p.name.startswith(("m.", "m_", "checkpoint")) and "temp" in p.name
    ]
    assert not left, f"left by those that were killed: {left}"
    print(outcomes)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
