"""What became of the programs: outcomes as files, verdicts, and the table of them."""

from __future__ import annotations

import collections
import json
import re
from pathlib import Path
from typing import Any, Final, NamedTuple

import agreement
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
      kind: ``passes``, ``drifts`` (starts with TensorFlow's numbers, and parts from them as training amplifies rounding),
        ``differs``, ``fails``, ``later`` (needs what is still to come), ``unseeded`` (runs; TensorFlow's own numbers change
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
    again = load(results, "tf1-again", program.key)
    if again is not None and not _compare(reference, again).equal:
        return Verdict("unseeded", "its numbers change from run to run under TensorFlow, too")
    return Verdict("drifts" if found.drifts else "differs", found.first)


def _compare(reference: dict[str, Any], outcome: dict[str, Any]) -> agreement.Agreement:
    complete = outcome["ended"] == reference["ended"] == "ok"
    return agreement.compare(reference["output"], outcome["output"], complete=complete)


_WORDS: Final = {
    "passes": "runs, equal numbers",
    "drifts": "runs, equal numbers at first",
    "unseeded": "runs",
    "differs": "runs, other numbers",
    "later": "needs what is to come",
    "fails": "fails",
    "unknown": "not run",
}


def table(programs: list[Program], results: Path) -> str:
    """Returns the table of all programs that pass under TensorFlow 1.15.5, as Markdown."""
    tried = [(p, verdict(p, results)) for p in programs if p.reference == "passes"]
    counts = collections.Counter(v.kind for _, v in tried)
    due = len(tried) - counts["later"] - counts["unknown"]
    ran = sum(counts[kind] for kind in ("passes", "drifts", "unseeded", "differs"))
    lines = [
        "# Real programs",
        "",
        "Public TensorFlow 1 programs, unmodified, under `tangraph run`. The table lists those that pass under TensorFlow",
        "1.15.5, in the same sandbox and on the same synthetic data (`tools/programs`, which writes this page). Numbers are",
        "equal when each that is printed is within 1e-3 of TensorFlow's; a program is called unseeded when they change from",
        "one run of TensorFlow to the next.",
        "",
        f"* {len(tried)} programs pass under TensorFlow 1.15.5; {counts['later']} of them need a part that is still to come.",
        f"* Of the other {due}, {ran} run to their end or to the time limit ({_percent(ran, due)}):",
        f"  {counts['passes']} with TensorFlow's numbers, {counts['drifts']} with the same numbers at first, from which they part",
        f"  as training amplifies rounding, {counts['unseeded']} unseeded, {counts['differs']} with other numbers.",
        f"* {counts['fails']} fail.",
        "",
        "`tools/programs/models` runs the original code of BERT and GPT-2 with small random weights, from a checkpoint that",
        "TensorFlow 1.15.5 wrote: outputs, three training steps of BERT and the tokens that GPT-2 samples are TensorFlow's.",
        "Of BERT's own tests 3 of 3 (modeling), 2 of 2 (optimization) and 10 of 10 (tokenization) pass, as under TensorFlow,",
        "one of each skipped by both; baselines' `test_tf_util` passes.",
        "",
        "| program | TensorFlow 1.15.5 | Tangraph | |",
        "|---|---|---|---|",
    ]
    ended = {"ok": "ends", "running": "runs on", "failed": "fails"}
    for program, found in tried:
        reference, outcome = load(results, "tf1", program.key), load(results, "tangraph", program.key)
        left = _ended(reference, ended)
        right = f"{_ended(outcome, ended)}; {_WORDS[found.kind]}" if found.kind != "unknown" else "not run"
        lines.append(f"| {program.repository} `{program.path}` | {left} | {right} | {_cell(found.reason)} |")
    return "\n".join(lines) + "\n"


def _ended(outcome: dict[str, Any] | None, words: dict[str, str]) -> str:
    return f"{words[outcome['ended']]}, {outcome['seconds']:.0f} s" if outcome else ""


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%" if whole else "none"


def plain(text: str) -> str:
    """Returns the start of a text on one line, without paths of this machine."""
    return re.sub(r"\s+", " ", re.sub(r"(?:/[\w.+-]+){2,}/?", "(path)", text))[:140]


def _cell(text: str) -> str:
    """Returns a text that may stand in a cell."""
    return f"`{plain(text)}`".replace("|", "\\|") if text else ""
