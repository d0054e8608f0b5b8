"""Run the golden cases and rewrite tests/golden/skips.toml: the list of those that are not equal yet.

    python tools/golden_skips.py [--allow-more] [--jobs N]

A case that has become equal leaves the list. A case that stays keeps the capability that it stands under; one that is
new gets the capability that its error or its code speaks of, which you may change by hand. The committed `max` falls
with the list; it rises with --allow-more only, for cases that have been added.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import shutil
import sys
import tempfile
import tomllib
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

GOLDEN: Final = Path(__file__).resolve().parent.parent / "tests" / "golden"
SKIPS: Final = GOLDEN / "skips.toml"
HEADER: Final = """\
# The golden cases that are not equal yet, under the capability that lifts them. A case that has become equal must
# leave (tools/golden_skips.py rewrites this file), and `max`, the number of cases that are listed, only ever falls.

"""

# Capability -> what its cases wait for, and how to know them: by the missing name, else by the case's code. The first
# that matches wins, so what builds on more comes first.
CAPABILITIES: Final[dict[str, tuple[str, str]]] = {
    "estimator": ("estimators and feature columns", r"tf\.(contrib\.)?(estimator|feature_column|learn)\b"),
    "keras": ("tf.keras", r"tf\.(contrib\.)?keras\b(?!\.(initializers|backend))"),
    "seq2seq": ("attention, decoders and beam search", r"seq2seq"),
    "rnn": ("recurrent cells and the functions that unroll them", r"\brnn_cell\b|contrib\.rnn|_rnn\b|raw_rnn"),
    "slim": ("tf.contrib.slim", r"\bslim\b"),
    "layers": ("tf.layers and tf.contrib.layers", r"tf\.layers\b|contrib\.layers\b|contrib\.framework"),
    "saved_model": ("SavedModel", r"saved_model|simple_save"),
    "monitored_sessions": (
        "monitored sessions, hooks and the supervisor",
        r"Monitored|SessionRunHook|[A-Z]\w+Hook\b|Supervisor|Scaffold|SessionManager|tf\.train\.Server|ClusterSpec",
    ),
    "saver": ("checkpoints", r"Saver\b|checkpoint|NewCheckpointReader"),
    "freezing": ("constants for variables in a GraphDef", r"graph_util|optimize_for_inference"),
    "import_graph_def": ("GraphDef and MetaGraphDef in and out", r"import_graph_def|meta_graph|write_graph|GraphDef\b"),
    "summary": (
        "summaries and event files",
        r"tf\.(contrib\.)?summary\b|tf\.Summary\b|SessionLog|merge_all|tensorboard",
    ),
    "data": ("tf.data", r"tf\.(compat\.v1\.)?data\.|contrib\.data|Dataset\b|Iterator\b"),
    "queues": (
        "queues, readers and record files",
        (
            r"Queue|Reader\b|_input_producer|TFRecord|python_io|queue_runner|Coordinator|decode_csv|decode_raw"
            r"|parse_(single_)?(sequence_)?(example|tensor)|tf\.train\.(shuffle_)?batch|train\.(Example|Feature)"
            r"|FixedLen|VarLen|read_file|write_file|matching_files"
        ),
    ),
    "image": ("tf.image", r"tf\.(contrib\.)?image\b"),
    "metrics": ("tf.metrics", r"tf\.metrics\b|contrib\.metrics"),
    "losses": ("tf.losses", r"tf\.losses\b|contrib\.losses"),
    "lookup": ("lookup tables", r"(?<!embedding_)lookup\b|tables_initializer"),
    "distributions": ("tf.distributions", r"distributions\b"),
    "linalg": ("linear algebra", r"tf\.linalg\b|matrix_|cholesky|tf\.(svd|qr|norm|self_adjoint_eig\w*|trace)\b"),
    "ragged": ("ragged tensors", r"[rR]agged"),
    "sparse": ("sparse tensors", r"tf\.sparse|Sparse(Tensor|_)"),
    "strings": ("string ops", r"tf\.strings\b|string_|regex_|substr|base64|as_string|reduce_join"),
    "signal": ("spectral ops", r"tf\.(signal|spectral|fft|ifft|rfft|irfft)"),
    "candidate_sampling": ("candidate samplers", r"nce_loss|sampled_softmax|candidate_sampler|_sampler\b"),
    "ctc": ("connectionist temporal classification", r"ctc_|edit_distance"),
    "nn_convolutions": (
        "convolutions and pooling",
        (
            r"conv\dd|conv_|_conv|convolution|_pool|\bpool\b|dilation2d|erosion2d|atrous|space_to|depth_to_space"
            r"|local_response|lrn\b|batch_to_space|extract_image_patches|fused_batch_norm"
        ),
    ),
    "command_line": ("tf.app, tf.flags and tf.test", r"tf\.(app|flags|test|resource_loader)\b"),
    "contrib": ("the rest of tf.contrib", r"tf\.contrib\b"),
}
MISSING: Final = re.compile(r"(tf\.[\w.]+) is (?:provided by|not implemented)|Op type not registered '(\w+)'")


def run(path: Path) -> list[tuple[dict[str, Any], str]]:
    """Run the cases of one file; returns each with what differs, "" for nothing."""
    sys.path.insert(0, str(GOLDEN))
    import check

    warnings.simplefilter("ignore")
    tf = check.load_module("tangraph")
    results = []
    for case in json.loads(path.read_text()):
        folder = tempfile.mkdtemp(prefix="golden_")
        wanted = dict(case, want_nodes=case.get("nodes") is not None)
        differences = check.compare(tf, case, check.run_case(tf, wanted, folder, want_attrs=False))
        shutil.rmtree(folder, ignore_errors=True)
        results.append((case, "; ".join(text for text in differences.values() if text)))
    return results


def capability_of(case: dict[str, Any], difference: str) -> str:
    """Guess what a case waits for: what its error says is missing, else what it uses, else its own area."""
    missing = MISSING.search(difference)
    for text in ([next(filter(None, missing.groups()))] if missing else []) + [case["code"]]:
        for name, (_, pattern) in CAPABILITIES.items():
            if re.search(pattern, text):
                return name
    return str(case["id"].removeprefix("grad.").partition(".")[0])


def dump(tables: dict[str, dict[str, Any]], limit: int) -> str:
    """Write the skips as TOML, sorted."""
    text = f"{HEADER}max = {limit}\n"
    for name, table in sorted(tables.items()):
        cases = "".join(f"  {json.dumps(case)},\n" for case in sorted(table["cases"]))
        text += f"\n[{name}]\nreason = {json.dumps(table['reason'])}\ncases = [\n{cases}]\n"
    return text


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--allow-more", action="store_true", help="let the number of skips grow")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    options = parser.parse_args()
    old = tomllib.loads(SKIPS.read_text()) if SKIPS.exists() else {"max": 0}
    reasons = {name: table["reason"] for name, table in old.items() if isinstance(table, dict)}
    known = {case: name for name, table in old.items() if isinstance(table, dict) for case in table["cases"]}
    listed: dict[str, list[str]] = defaultdict(list)
    equal, new = 0, []
    with multiprocessing.get_context("spawn").Pool(options.jobs, maxtasksperchild=1) as pool:
        for results in pool.imap_unordered(run, sorted(GOLDEN.glob("open/*.json"))):
            for case, difference in results:
                equal += not difference
                if difference:
                    listed[known.get(case["id"]) or capability_of(case, difference)].append(case["id"])
                    if case["id"] not in known:
                        new.append(f"{case['id']}: {difference}")
    count = sum(map(len, listed.values()))
    print(f"golden cases: {equal} equal, {count} not equal yet (max was {old['max']})")
    if count > old["max"] and not options.allow_more:
        print("more than before: nothing is written. These were equal:", *new, sep="\n  ")
        return 1
    tables = {
        name: {"reason": reasons.get(name) or _reason(name), "cases": cases} for name, cases in listed.items() if cases
    }
    SKIPS.write_text(dump(tables, count))
    return 0


def _reason(name: str) -> str:
    return f"needs {CAPABILITIES[name][0]}" if name in CAPABILITIES else f"the last differences of the area {name}"


if __name__ == "__main__":
    sys.exit(main())
