"""`tangraph run --notebook`."""

from __future__ import annotations

import json

import pytest


def cells(*sources, kind="code"):
    return [{"cell_type": kind, "source": source, "metadata": {}, "outputs": []} for source in sources]


@pytest.fixture
def notebook(command, tmp_path):
    def run(*sources, arguments=(), content=None, **kwargs):
        folder = tmp_path / "book"
        folder.mkdir(exist_ok=True)
        content = content or {"nbformat": 4, "cells": cells("# text", kind="markdown") + cells(*sources)}
        (folder / "chapter.ipynb").write_text(json.dumps(content))
        return command("run", "--notebook", "book/chapter.ipynb", *arguments, **kwargs)

    return run


def test_cells_share_a_main(notebook, tmp_path):
    done = notebook(
        "import os, sys\nimport tensorflow as tf\nx = 3",
        ["print(x, __name__, tf.__name__, sys.argv[1:], os.path.basename(os.getcwd()))\n", "x + 1"],
        "x;",
        "None",
        arguments=["a", "-b"],
    )
    assert done.out == "3 __main__ tangraph ['a', '-b'] book\n4\n"


def test_magics(notebook):
    done = notebook(
        "%matplotlib inline\n%load_ext autoreload\nx = 1",
        "!pip install nothing\nif x:\n    !ls\nprint('after')",
        "%%time\nprint('timed')",
        "%%bash\necho no",
        "%time y = 5\nprint(y)",
        "files = !ls\nprint(files)",
        "x?",
        "text = '''\n%not a magic\n'''\nprint(text.strip())",
    )
    assert done.out.splitlines() == ["after", "timed", "5", "[]", "%not a magic"]
    assert done.err.splitlines() == [
        "chapter.ipynb, cell 2: left out: !pip install nothing",
        "chapter.ipynb, cell 2: left out: !ls",
        "chapter.ipynb, cell 4: left out: %%bash",
        "chapter.ipynb, cell 6: left out: files = !ls",
    ]


def test_an_error_names_its_cell(notebook):
    done = notebook("x = 1", "def f():\n    return x / 0\nf()", expect=1)
    assert done.err.splitlines() == [
        "Traceback (most recent call last):",
        '  File "chapter.ipynb, cell 2", line 3, in <module>',
        "    f()",
        '  File "chapter.ipynb, cell 2", line 2, in f',
        "    return x / 0",
        "           ~~^~~",
        "ZeroDivisionError: division by zero",
    ]
    assert notebook("import sys; sys.exit(5)", expect=5).out == ""


def test_format_3_and_python_2(notebook):
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["print(1)\n", "2"]}]}]}
    assert notebook(content=old).out == "1\n2\n"
    assert "this is Python 2 source: print 1" in notebook("print 1", expect=1).err


def test_what_is_no_notebook(command, tmp_path):
    (tmp_path / "a.ipynb").write_text("[1]")
    assert "is not a Jupyter notebook" in command("run", "a.ipynb", expect=1).err
