"""Record what the programs of examples/notes print under TensorFlow 1.15.5, into recorded.json.

    python tests/examples/record.py PYTHON_WITH_TENSORFLOW_1

That Python (3.7) needs matplotlib, pandas and scikit-learn too.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOTES = HERE.parent.parent / "examples" / "notes"


def main(python: str) -> None:
    recorded = {}
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "Agg"}
    for program in sorted(NOTES.glob("*.py")):
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / program.name
            script.write_text(program.read_text().replace("import tangraph as tf", "import tensorflow as tf"))
            done = subprocess.run([python, str(script)], env=environment, stdout=subprocess.PIPE, text=True, check=True)
        recorded[program.stem] = done.stdout.splitlines()
    (HERE / "recorded.json").write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
