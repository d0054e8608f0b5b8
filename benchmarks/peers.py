"""Environments for the peers, made where none is named.

They are kept in `~/.cache/tangraph/benchmarks` (or below XDG_CACHE_HOME), one folder an engine.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import venv

#: What pip installs for an engine, call by call.
REQUIREMENTS = {
    "tf1": [["tensorflow==1.15.5", "numpy<1.19", "protobuf<3.21"]],
    # tf_keras asks for `tensorflow`, which is the same once more and larger.
    "tf2": [["tensorflow-cpu"], ["--no-deps", "tf_keras"]],
    # The one of PyPI brings gigabytes of CUDA along.
    "torch": [["--index-url", "https://download.pytorch.org/whl/cpu", "torch", "numpy"]],
}


def python_of(engine):
    """Returns the interpreter that runs an engine; the peers' environments are made at their first use.

    Raises:
      SystemExit: it cannot be made here; the text says what to do.
    """
    if engine == "tangraph":
        return sys.executable
    folder = cache() / engine
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        make(engine, folder, scripts)
        (folder / "complete").touch()
    return str(scripts / "python")


def cache():
    """Returns the folder of the environments."""
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "tangraph" / "benchmarks"


def make(engine, folder, scripts):
    """Makes an environment and installs the engine."""
    print(f"{engine}: making an environment in {folder}", file=sys.stderr, flush=True)
    if engine == "tf1":
        subprocess.run([python37(), "-m", "venv", str(folder)], check=True)
    else:
        venv.create(folder, with_pip=True)
    pip = [str(scripts / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for words in REQUIREMENTS[engine]:
        if subprocess.run([*pip, *words], check=False).returncode:
            raise SystemExit(
                f"{engine} could not be installed ({' '.join(words)}): name an interpreter that has it, "
                f"--python {engine}=PATH, or leave it out with --engines."
            )


def python37():
    """Returns a Python 3.7, the last that TensorFlow 1.15 is built for."""
    root = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
    found = [shutil.which("python3.7"), *sorted(root.glob("versions/3.7.*/bin/python"))]
    for python in filter(None, found):
        # pyenv's `python3.7` answers only where the version is chosen.
        done = subprocess.run([python, "--version"], capture_output=True, text=True, check=False)
        if done.returncode == 0 and "3.7." in done.stdout:
            return python
    raise SystemExit(
        "tf1 needs Python 3.7, and there is none (pyenv install 3.7 makes one): name an interpreter that has TensorFlow "
        "1.15, --python tf1=PATH, or leave it out, --engines tangraph,tf2,torch."
    )
