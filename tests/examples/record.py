"""Record what the programs of examples/notes and examples/models print under TensorFlow 1.15.5, into recorded.json.

    python tests/examples/record.py PYTHON_WITH_TENSORFLOW_1 [PROGRAM ...]

That Python (3.7) needs matplotlib, pandas and scikit-learn too. The one that runs this needs Tangraph's requirements.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import programs

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent.parent / "examples"


def main(python: str, *names: str) -> None:
    path = HERE / "recorded.json"
    recorded = json.loads(path.read_text())
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "Agg"}
    found = {path.stem: path for folder in ("notes", "models") for path in (EXAMPLES / folder).glob("*.py")}
    for name in names or sorted(found):
        text = found[name].read_text()
        with tempfile.TemporaryDirectory() as folder:
            programs.write_data(text, Path(folder))
            script = Path(folder) / f"{name}.py"
            script.write_text(text.replace("import tangraph as tf", "import tensorflow as tf"))
            command = [python, str(script), *programs.ARGUMENTS.get(name, [])]
            done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        recorded[name] = done.stdout.splitlines()
    recorded = {name: recorded[name] for name in sorted(recorded) if name in found}
    path.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
