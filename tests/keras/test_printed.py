"""What training prints: bars, the lines of callbacks, summaries and errors; see `printed_programs.py`."""

import re
import runpy
import warnings
from pathlib import Path

import numpy as np

import tangraph as tf

HERE = Path(__file__).parent
NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")


def test_text_is_that_of_tensorflow(tmp_path, capsys):
    with warnings.catch_warnings(), np.printoptions(legacy="1.25"):
        warnings.simplefilter("ignore")
        runpy.run_path(str(HERE / "printed_programs.py"))["run"](tf, np, str(tmp_path))
    found = capsys.readouterr().out
    expected = (HERE / "printed.txt").read_text(encoding="utf-8")
    assert NUMBER.sub("N", found).splitlines() == NUMBER.sub("N", expected).splitlines()
    numbers = [[float(x) for x in NUMBER.findall(text)] for text in (found, expected)]
    np.testing.assert_allclose(*numbers, rtol=1e-3, atol=1.1e-4)
