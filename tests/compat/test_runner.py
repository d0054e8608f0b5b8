"""`tangraph run`: a program behaves as under `python program.py`, in its own processes too."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
import textwrap
import time

import pytest

SAME = """
import os, sys
print(__name__, __file__, sys.argv, os.path.relpath(sys.path[0], os.getcwd()), __spec__, sys.flags.optimize)
print(sys.modules["__main__"].__dict__ is globals(), [p for p in sys.path if "tangraph_compat" in p and "site" in p.split(os.sep)[-1]])
"""


def python(tmp_path, *words):
    words = [sys.executable, *words]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=120)
    return done.returncode, done.stdout, done.stderr


def test_everything_a_program_sees_of_itself(program, tmp_path):
    done = program(SAME, "--flag", "x", "-h")
    assert (0, done.out, "") == python(tmp_path, "program.py", "--flag", "x", "-h")
    assert "['program.py', '--flag', 'x', '-h']" in done.out


@pytest.mark.parametrize("code", ["import sys; sys.exit(7)", "raise SystemExit('words')", "import os; os._exit(3)"])
def test_exit_status(program, tmp_path, code):
    done = program(code, expect=None)
    assert done == python(tmp_path, "program.py")
    assert done.status in {1, 3, 7}


def test_a_traceback_is_pythons(program, tmp_path):
    done = program("def f():\n    return 1 / 0\n\nf()\n", expect=1)
    assert done == python(tmp_path, "program.py")
    assert done.err.count("File") == 2


def test_a_script_that_is_not_there(command, tmp_path):
    done = command("run", "none.py", expect=2)
    assert "can't open file" in done.err


def test_no_program(command):
    assert "there is no program to run" in command("run", expect=2).err


def test_python_options_are_kept(program, tmp_path):
    (tmp_path / "program.py").write_text("import sys; print(sys.flags.optimize, sys.warnoptions)")
    words = [sys.executable, "-O", "-W", "error", "-I", "-m", "tangraph", "run", "program.py"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path, timeout=120)
    assert done.stdout == "1 ['error']\n"


def test_modules(command, tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "train.py").write_text(
        "import sys, tensorflow as tf; print(__name__, sys.argv[1:], tf.__name__, __package__)"
    )
    assert command("run", "-m", "package.train", "--steps", "3").out == "__main__ ['--steps', '3'] tangraph package\n"
    assert command("run", "-c", "import sys, tensorflow; print(tensorflow.__name__, sys.argv)", "a").out == (
        "tangraph ['-c', 'a']\n"
    )


def test_tensorflow_in_every_spelling(program):
    code = """
    import sys
    assert not [m for m in sys.modules if m.partition(".")[0] in {"tangraph", "numpy"}], sys.modules
    import tensorflow as tf
    import tensorflow.compat.v1 as tf1
    from tensorflow.python.framework import ops
    from tensorflow.python.ops import math_ops, array_ops, random_ops
    from tensorflow.python.platform import gfile, tf_logging, flags, app
    from tensorflow.python.client import device_lib
    from tensorflow.core.framework import graph_pb2
    ops.reset_default_graph()
    a = math_ops.add(array_ops.ones([2]), 1.0)
    print(tf is tf1, a.graph is tf.get_default_graph(), graph_pb2.GraphDef is tf.GraphDef, math_ops.add is tf.add)
    print([d.name for d in device_lib.list_local_devices()][0], app.run is tf.app.run, tf.app.flags is tf.flags)
    with tf.Session() as session:
        print(session.run(a))
    """
    assert program(code).out == "True True True True\n/device:CPU:0 True True\n[2. 2.]\n"


def test_a_missing_piece_is_named(program):
    done = program("from tensorflow.examples.tutorials.mnist import input_data", expect=None)
    assert done.status == 0 or "tf.examples" in done.err
    assert "runner" not in done.err


def test_nothing_is_imported_for_a_program_that_needs_nothing(program):
    code = "import sys; print(sorted(m for m in sys.modules if m in ('numpy', 'tangraph', 'pandas', 'sklearn', 'argparse')))"
    assert program(code).out == "[]\n"


CHILDREN = """
import multiprocessing, os, subprocess, sys, threading

def work(n):
    import tensorflow as tf
    return n + len(tf.__name__)

if __name__ == "__main__":
    for method in ("spawn", "fork", "forkserver"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            print(method, pool.map(work, [1, 2]), flush=True)  # what waits in a buffer would be forked, too
    code = "import tensorflow, sys; print(tensorflow.__name__, sys.argv)"
    print(subprocess.run([sys.executable, "-c", code, "x"], capture_output=True, text=True).stdout.strip())
else:
    os.write(1, f"again {__name__}\\n".encode())  # at once: the pool ends its processes with a signal
"""


@pytest.mark.filterwarnings("ignore")
def test_processes_of_the_program(program):
    lines = program(CHILDREN).out.splitlines()
    assert [line for line in lines if not line.startswith("again")] == [
        "spawn [9, 10]",
        "fork [9, 10]",
        "forkserver [9, 10]",
        "tangraph ['-c', 'x']",
    ]
    assert set(lines) >= {"again __mp_main__"}


def test_joblib(program):
    if importlib.util.find_spec("joblib") is None:
        pytest.skip("joblib is not installed")
    code = """
    import joblib

    def work(n):
        import tensorflow as tf
        return tf.__name__, n

    if __name__ == "__main__":
        print(joblib.Parallel(n_jobs=2)(joblib.delayed(work)(n) for n in range(2)))
    """
    assert program(code).out == "[('tangraph', 0), ('tangraph', 1)]\n"


def test_tensorboard_takes_its_own_stub(program):
    if importlib.util.find_spec("tensorboard") is None:
        pytest.skip("tensorboard is not installed")
    code = """
    import tensorflow
    from tensorboard.compat import tf
    print(tf.__version__, tf.io.gfile.exists("."))
    from tensorboard.summary.writer.event_file_writer import EventFileWriter
    from tensorboard.compat.proto.event_pb2 import Event
    writer = EventFileWriter("logs")
    writer.add_event(Event(step=1))
    writer.close()
    import os
    print(len(os.listdir("logs")))
    """
    assert program(code).out == "stub True\n1\n"


def test_keras_3_is_not_mistaken(program):
    if importlib.util.find_spec("keras") is None:
        pytest.skip("keras is not installed")
    code = "import tensorflow, keras; print(keras.__name__, float(keras.ops.sum(keras.ops.ones((2, 2)))))"
    if importlib.util.find_spec("jax") is not None:
        for backend in ("jax", "numpy"):  # which is made of jax's arrays, too
            assert program(code, environment={"KERAS_BACKEND": backend}).out == "keras 4.0\n"
    done = program(code, environment={"KERAS_BACKEND": "tensorflow"}, expect=1)
    assert "Keras 3's backend 'tensorflow' needs TensorFlow 2" in done.err


def test_another_sitecustomize_is_run_too(program, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import builtins, sys; builtins.seen = sys.modules[__name__].__file__")
    done = program("import sitecustomize; print(seen == sitecustomize.__file__)", environment={"PYTHONPATH": str(site)})
    assert done.out == "True\n"
    assert "sitecustomize" not in done.err


def test_interrupt(tmp_path):
    script = tmp_path / "program.py"
    code = """
    import time
    try:
        print("ready", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        raise
    """
    script.write_text(textwrap.dedent(code))
    words = [sys.executable, "-m", "tangraph", "run", str(script)]
    # A background job of a shell ignores the signal, and so would its children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert out == "interrupted\n"
    assert err.rstrip().endswith("KeyboardInterrupt")
    assert process.returncode == -signal.SIGINT


@pytest.mark.parametrize(
    "line",
    ["print 'x'", "print x, y", "exec 'a = 1'", "raise ValueError, 'x'", "x = 0777", "a <> b", "x = 10L"],
)
def test_python_2_is_one_clear_message(program, line):
    done = program(f"x = 1\n{line}\n", expect=1)
    first, second = done.err.splitlines()
    assert first.endswith(f"program.py, line 2: this is Python 2 source: {line}")
    assert second.startswith("Tangraph runs Python 3: convert the source first")


def test_python_2_except(program):
    done = program("try:\n    pass\nexcept ValueError, error:\n    pass\n", expect=1)
    assert "this is Python 2 source" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("xrange(3)", "xrange is Python 2; in Python 3 it is range."),
        ("import sys; print >>sys.stderr, 'x'", "print >>file is Python 2; in Python 3 it is print(..., file=file)."),
        ("import cPickle", "cPickle is Python 2; in Python 3 it is pickle."),
        ("{}.iteritems()", "dict.iteritems is Python 2; in Python 3 it is items."),
    ],
)
def test_python_2_names(program, code, says):
    done = program(code, expect=1)
    assert "Traceback" in done.err
    assert says in done.err


def test_other_errors_are_left_alone(program, tmp_path):
    for code in ("x = (1,\n", "undefined\n", "import no_such_module\n", "def f(:\n"):
        assert program(code, expect=1) == python(tmp_path, "program.py")


def test_plan_sees_tensorflows_own_modules(command, tmp_path):
    code = "from tensorflow.python.framework import ops\nimport tensorflow as tf\nprint(ops.Graph is tf.Graph)\n"
    (tmp_path / "program.py").write_text(code)
    assert command("plan", "program.py").out == "True\n"
