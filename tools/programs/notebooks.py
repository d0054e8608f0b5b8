"""A notebook as the script that its code cells make."""

from __future__ import annotations

import json
import re
from pathlib import Path

_MAGIC = re.compile(r"^(\s*)([%!?].*)$")


def script(notebook: Path) -> str:
    """Returns the code cells of a notebook, one after the other, with magics and shell lines left out.

    What they import from `__future__`, in whichever cell, stands first, as a script needs it.
    """
    content = json.loads(notebook.read_text(encoding="utf-8"))
    cells = content.get("cells") or [cell for sheet in content.get("worksheets", []) for cell in sheet["cells"]]
    lines: list[str] = []
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        source = cell.get("source", cell.get("input", ""))
        text = source if isinstance(source, str) else "".join(source)
        if text.lstrip().startswith("%%") and not text.lstrip().startswith(("%%time", "%%capture")):
            continue
        lines += [_MAGIC.sub(r"\1pass  # \2", line) for line in text.splitlines()]
    future = [line for line in lines if line.startswith("from __future__ import")]
    return "\n".join(future + [line for line in lines if line not in future]) + "\n"
