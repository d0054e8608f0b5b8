"""What became of the programs: outcomes as files, verdicts, and the table of them."""

from __future__ import annotations

import collections
import json
import math
import re
from pathlib import Path
from typing import Any, Final, NamedTuple

import agreement
import control
from catalogue import Program

# What the reason of a failure says about a part of TensorFlow that is still to come.
_LATER: Final = {
    r"tangraph-keras|\bkeras\b|Using TensorFlow backend": "tf.keras",
    r"tangraph-estimators|estimator|feature_column|contrib\.learn|contrib\.factorization|tensor_forest|boosted_trees"
    r"|contrib\.kernel_methods": "estimators",
    r"tf\.data\b|'tangraph\.data|Dataset\b|contrib\.data": "tf.data",
    r"tf\.image\b|tangraph\.image|decode_(?:jpeg|png|image)": "tf.image",
    r"eager|GradientTape|tfe\b": "eager execution",
}
# What the reason says about the program's own needs.
_THEIRS: Final = r"ModuleNotFoundError: No module named '(?!tangraph|tensorflow)([\w.]+)'"


class Verdict(NamedTuple):
    """What became of a program.

    Attributes:
      kind: ``passes``, ``undetermined`` (TensorFlow parts from itself as far when its last places move: see `control`),
        ``drifts`` (starts with TensorFlow's numbers, and parts from them), ``differs``, ``fails``, ``later`` (needs what is still to come), ``unseeded`` (runs; TensorFlow's own numbers change
        from run to run) or ``unknown``.
      reason: the first difference, the error, or what is needed.
    """

    kind: str
    reason: str


def _file(results: Path, engine: str, key: str) -> Path:
    return results / engine / f"{key}.json"


def save(results: Path, engine: str, key: str, outcome: dict[str, Any]) -> None:
    """Keeps an outcome."""
    file = _file(results, engine, key)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(outcome, indent=1), encoding="utf-8")


def load(results: Path, engine: str, key: str) -> dict[str, Any] | None:
    """Returns an outcome that was kept, or None."""
    file = _file(results, engine, key)
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def verdict(program: Program, results: Path, engine: str = "tangraph") -> Verdict:
    """Returns what became of a program under an engine, beside TensorFlow 1.15.5."""
    reference, outcome = load(results, "tf1", program.key), load(results, engine, program.key)
    if outcome is None:
        return Verdict("unknown", "not run")
    if outcome["ended"] == "failed":
        for pattern, name in _LATER.items():
            if re.search(pattern, outcome["reason"]):
                return Verdict("later", name)
        return Verdict("fails", outcome["reason"])
    if reference is None or reference["ended"] == "failed":
        return Verdict("passes", "")
    found = _compare(reference, outcome)
    if found.equal:
        return Verdict("passes", f"{found.count} numbers" if found.count else "")
    if _unseeded(reference, program.key, results):
        return Verdict("unseeded", "its numbers change from run to run under TensorFlow, too")
    controlled = control.control(results, program.key, reference, outcome)
    if controlled is not None and controlled.explains:
        return Verdict("undetermined", str(controlled))
    return Verdict("drifts" if found.drifts else "differs", found.first)


def _unseeded(reference: dict[str, Any], key: str, results: Path) -> bool:
    """Whether TensorFlow's own numbers change when it runs once more, or are others from the first with other sets."""
    same, again = load(results, control.SAME, key), load(results, "tf1-again", key)
    if same is not None and not _compare(reference, same).equal:
        return True
    found = _compare(reference, again) if again is not None else None
    return found is not None and not found.equal and not found.drifts


def _compare(reference: dict[str, Any], outcome: dict[str, Any]) -> agreement.Agreement:
    complete = outcome["ended"] == reference["ended"] == "ok"
    return agreement.compare(reference["output"], outcome["output"], complete=complete)


_WORDS: Final = {
    "passes": "runs, equal numbers",
    "undetermined": "runs, numbers that its seed does not determine",
    "drifts": "runs, equal numbers at first",
    "unseeded": "runs",
    "differs": "runs, other numbers",
    "later": "needs what is to come",
    "fails": "fails",
    "unknown": "not run",
}


_ROW: Final = re.compile(r"^\| (\S+ `.*?`) \| .* \| (?:.*?; )?([^|;]*?) \| .*\|$")


def table(programs: list[Program], results: Path, known: str = "") -> str:
    """Returns the table of all programs that pass under TensorFlow 1.15.5, as Markdown.

    Args:
      programs: the list.
      results: the folder with the outcomes.
      known: an earlier table, whose rows stay for the programs of which there is no outcome.
    """
    kept = {found[1]: found for found in map(_ROW.match, known.splitlines()) if found}
    kinds = {words: kind for kind, words in _WORDS.items()}
    rows, counts = [], collections.Counter[str]()
    for program in programs:
        if program.reference != "passes":
            continue
        found, name = verdict(program, results), f"{program.repository} `{program.path}`"
        if found.kind == "unknown" and name in kept:
            rows.append(kept[name][0])
            counts[kinds[kept[name][2]]] += 1
        else:
            rows.append(_row(name, program, found, results))
            counts[found.kind] += 1
    due = len(rows) - counts["later"] - counts["unknown"]
    ran = sum(counts[kind] for kind in ("passes", "undetermined", "drifts", "unseeded", "differs"))
    lines = [
        "# Real programs",
        "",
        "Public TensorFlow 1 programs, unmodified, under `tangraph run`. The table lists those that pass under TensorFlow",
        "1.15.5, in the same sandbox and on the same synthetic data (`tools/programs`, which writes this page). Both engines",
        "are given seeds for the generators of Python, NumPy and every graph. Numbers are equal when each that is printed is",
        "within 1e-3 of TensorFlow's; a program is called unseeded when they still change from one run of TensorFlow to the",
        "next (with the order of a set, the time, or threads).",
        "",
        f"* {len(rows)} programs pass under TensorFlow 1.15.5; {counts['later']} of them need a part that is still to come.",
        f"* Of the other {due}, {ran} run to their end or to the time limit ({_percent(ran, due)}):",
        f"  {counts['passes']} with TensorFlow's numbers, {counts['unseeded']} unseeded,",
        f"  {counts['undetermined']} whose numbers their seeds do not determine to 1e-3 (below),",
        f"  {counts['drifts']} with the same numbers at first, {counts['differs']} with other numbers.",
        f"* {counts['fails']} fail.",
        "",
        "Some programs have no numbers that another engine could be held to: TensorFlow 1.15.5 parts from itself by more than",
        "1e-3 when its last places move. The control (`python tools/programs control`) runs it on one core, with the initial",
        "values of the trainable variables moved by one unit in the last place, and with what each run writes moved so. The",
        "table says at which number TensorFlow and Tangraph leave TensorFlow's first run, and how far they come from it; such a",
        f"program is counted apart only where Tangraph comes no further than {control.WITHIN:.0f} times as far as TensorFlow itself.",
        "",
        "`tools/programs/models` runs the original code of BERT and GPT-2 with small random weights, from a checkpoint that",
        "TensorFlow 1.15.5 wrote: outputs, twelve training steps of BERT with its own optimizer and schedule (against",
        "TensorFlow on one core; on several, some of its steps read the step counter too early) and the tokens that GPT-2",
        "samples are TensorFlow's. Of BERT's own tests 3 of 3 (modeling), 2 of 2 (optimization) and 10 of 10 (tokenization)",
        "pass, as under TensorFlow, one of each skipped by both; baselines' `test_tf_util` passes.",
        "",
        "| program | TensorFlow 1.15.5 | Tangraph | |",
        "|---|---|---|---|",
    ]
    return "\n".join(lines + rows) + "\n"


def _row(name: str, program: Program, found: Verdict, results: Path) -> str:
    reference, outcome = load(results, "tf1", program.key), load(results, "tangraph", program.key)
    left = _ended(reference)
    right = f"{_ended(outcome)}; {_WORDS[found.kind]}" if found.kind != "unknown" else _WORDS["unknown"]
    return f"| {name} | {left} | {right} | {_cell(found.reason)} |"


def _ended(outcome: dict[str, Any] | None) -> str:
    words = {"ok": "ends", "running": "runs on", "failed": "fails"}
    return f"{words[outcome['ended']]}, {outcome['seconds']:.0f} s" if outcome else ""


def _percent(part: int, whole: int) -> str:
    return f"{math.floor(1000 * part / whole) / 10:g}%" if whole else "none"


def plain(text: str) -> str:
    """Returns the start of a text on one line, without paths of this machine."""
    return re.sub(r"\s+", " ", re.sub(r"(?:/[\w.+-]+){2,}/?", "(path)", text))[:140]


def _cell(text: str) -> str:
    """Returns a text that may stand in a cell."""
    return f"`{plain(text)}`".replace("|", "\\|") if text else ""
