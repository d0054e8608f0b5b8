"""Records cases from TensorFlow 1.15.5: `PYTHON_OF_TENSORFLOW record.py FAMILY.json [NAME ...]`.

The file is a dictionary of cases; each that is named (or else each that has only its code) gets what TensorFlow makes of
it. See `test_recorded.py` for what a case is. It runs on the Python 3.7 that TensorFlow 1.15 needs.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf
from running import run


def rounded(value):
    """Keeps seven digits of every float: what a float32 has."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.7g}") if isinstance(value, float) else value


def record(code):
    """Returns a case: its code, and the results or the error."""
    case = {"code": code}
    with tf.Graph().as_default() as graph, tempfile.TemporaryDirectory() as directory:
        tf.set_random_seed(1234)
        np.random.seed(0)
        try:
            results = run(code, graph, directory, tf)
        except Exception as error:  # noqa: BLE001 - whatever TensorFlow raises is what is recorded
            case["error"] = [type(error).__name__, str(error)]
        else:
            case.update(rounded(results))
    return case


def main(path, *names):
    """Records the cases of one file and writes it anew."""
    cases = json.loads(Path(path).read_text(encoding="utf-8"))
    for name, case in cases.items():
        if name in names or (not names and set(case) == {"code"}):
            cases[name] = record(case["code"])
            print(name, cases[name].get("error") or cases[name]["nodes"])
    lines = [json.dumps(name) + ": " + json.dumps(case) for name, case in cases.items()]
    Path(path).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
