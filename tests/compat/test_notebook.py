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
        "%%time\nprint('timed')",
        "%time y = 5\nprint(y)",
        "x?\n?x",
        "%env TANGRAPH_TEST=7\nz = %env TANGRAPH_TEST\nprint(z)",
        "%%writefile made.py\nq = 11",
        "import made\nif made.q:\n    %run made.py\nprint(q)",
        "%%writefile -a made.py\nw = __import__('sys').argv",
        "%run made.py {q} b\nprint(w)",
        "get_ipython().run_line_magic('matplotlib', 'inline')\nget_ipython().magic('matplotlib inline')",
        "%%html\n<b>x</b>",
        "%unknown thing",
        "%mkdir_ deep\n!mkdir deep\n%cd deep\nimport os; print(os.path.basename(os.getcwd()))",
        "text = '''\n%not a magic\n'''\nprint(text.strip())",
    )
    assert done.out.splitlines() == ["timed", "5", "7", "11", "['made.py', '11', 'b']", "deep", "%not a magic"]
    assert done.err.splitlines() == [
        "chapter.ipynb, cell 12: left out: %unknown thing",
        "chapter.ipynb, cell 13: left out: %mkdir_ deep",
    ]


def test_shell_lines(notebook):
    done = notebook(
        "name = 'x'\n!echo one {name} $name {name.upper()} {nothing} $nothing \\\n   two",
        "if name:\n    !echo inner\nprint('after')",
        "files = !ls\nprint(files)",
        "lines = !printf 'a\\nb'\nprint(lines)",
        "%%bash\nfor i in 1 2; do\n  echo $i\ndone",
        "!python -c 'import tensorflow as tf; print(tf.__name__)'",
        "!pip install tensorflow==1.15\n!cd . && sudo apt-get install -y graphviz\nx = !python -m pip -q install y\nprint(x)\n!echo pip install is not run: true",
        "%%bash\npip install nothing",
        "get_ipython().system('echo old')",
        "!exit 3",
    )
    assert done.out.splitlines() == [
        "one x x X {nothing} two",
        "inner",
        "after",
        "['chapter.ipynb']",
        "['a', 'b']",
        "1",
        "2",
        "tangraph",
        "[]",
        "pip install is not run: true",
        "old",
    ]
    assert done.err.splitlines() == [
        "chapter.ipynb, cell 7: left out: !pip install tensorflow==1.15",
        "chapter.ipynb, cell 7: left out: !cd . && sudo apt-get install -y graphviz",
        "chapter.ipynb, cell 7: left out: !python -m pip -q install y",
        "chapter.ipynb, cell 8: left out: %%bash",
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
