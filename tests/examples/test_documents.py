"""The programs in README.md and docs/: they run, and print what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def python_blocks(page):
    return re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)


def run(code, folder, **environment):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_the_first_program_of_the_readme(tmp_path):
    (program,) = python_blocks("README.md")
    values = [float(value) for value in re.findall(r"-?\d+\.\d*", run(program, tmp_path))]
    assert [round(value, 3) for value in values] == [2.0, -1.0]


def test_the_program_of_cores_readme(tmp_path):
    (program,) = python_blocks("packages/core/README.md")
    assert run(program, tmp_path) == "14.0"


def test_the_plugin_of_the_page_about_plugins(tmp_path):
    cubes, plugin, program = python_blocks("docs/plugins.md")
    (tmp_path / "cubes.py").write_text(cubes)
    (tmp_path / "cubes_plugin.py").write_text(plugin)
    printed = run(program, tmp_path, TANGRAPH_PLUGINS="cubes_plugin")
    assert [float(value) for value in re.findall(r"\d+\.", printed)] == [1.0, 8.0, 3.0, 12.0]


def test_every_link_of_the_pages_leads_somewhere():
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("packages/*/README.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_plan_of_the_page_about_plans(tmp_path):
    (program,) = python_blocks("docs/plan.md")
    (shown,) = re.findall(r"^```\n(.*?)^```", (ROOT / "docs/plan.md").read_text(), re.DOTALL | re.MULTILINE)
    (tmp_path / "program.py").write_text(program)
    printed = run("import sys; from tangraph import cli; sys.exit(cli.main(['plan', 'program.py']))", tmp_path)
    plan = printed[printed.index("# plan 2") :].split("\n\n")[0]
    assert "# plan 3" not in printed
    for comment in re.findall(r"# .*", shown):
        assert comment in plan
