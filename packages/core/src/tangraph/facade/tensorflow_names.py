"""The public names of TensorFlow 1.15, for errors about what is missing: is it a name of TensorFlow's at all?"""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path
from typing import Final

# Names from before TensorFlow 1.0, and a few from after 1.15, with what 1.15 calls them.
RENAMED: Final = {
    "batch_cholesky": "cholesky",
    "batch_matmul": "matmul",
    "batch_matrix_band_part": "matrix_band_part",
    "batch_matrix_determinant": "matrix_determinant",
    "batch_matrix_diag": "matrix_diag",
    "batch_matrix_diag_part": "matrix_diag_part",
    "batch_matrix_inverse": "matrix_inverse",
    "batch_matrix_solve": "matrix_solve",
    "batch_matrix_transpose": "matrix_transpose",
    "complex_abs": "abs",
    "concat_v2": "concat",
    "histogram_summary": "summary.histogram",
    "image_summary": "summary.image",
    "audio_summary": "summary.audio",
    "inv": "reciprocal",
    "listdiff": "setdiff1d",
    "merge_all_summaries": "summary.merge_all",
    "merge_summary": "summary.merge",
    "models.rnn": "nn.rnn_cell",
    "mul": "multiply",
    "neg": "negative",
    "nn.bidirectional_rnn": "nn.static_bidirectional_rnn",
    "nn.rnn": "nn.static_rnn",
    "nn.seq2seq": "contrib.legacy_seq2seq",
    "nn.state_saving_rnn": "nn.static_state_saving_rnn",
    "optimizers": "train",
    "pack": "stack",
    "scalar_summary": "summary.scalar",
    "select": "where",
    "sparse_segment_mean_grad": "sparse_segment_mean",
    "sub": "subtract",
    "tensor_summary": "summary.tensor_summary",
    "train.SummaryWriter": "summary.FileWriter",
    "train.summary.SummaryWriter": "summary.FileWriter",
    "truncate_div": "truncatediv",
    "truncate_mod": "truncatemod",
    "unpack": "unstack",
}


@cache
def namespaces() -> dict[str, frozenset[str]]:
    """Returns TensorFlow's namespaces with their leaves; the root is ""."""
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    pairs = (line.partition(":") for line in text.splitlines())
    return {namespace: frozenset(leaves.split()) for namespace, _, leaves in pairs}


def is_known(name: str) -> bool:
    """Returns whether a name, leaf or namespace, is one of TensorFlow 1.15's.

    >>> is_known("nn.relu"), is_known("nn"), is_known("nn.gelu")
    (True, True, False)
    """
    namespace, _, leaf = name.rpartition(".")
    return name in namespaces() or leaf in namespaces().get(namespace, ())


def hint(name: str, existing: set[str]) -> str:
    """Returns what an error about an unknown name adds: its name in 1.15, or the ones that look like it, or nothing.

    Args:
      name: the dotted name that does not exist.
      existing: the leaves that its namespace has.
    """
    if name in RENAMED:
        return f". TensorFlow 1.15 calls it tf.{RENAMED[name]}"
    namespace, _, leaf = name.rpartition(".")
    candidates = sorted(existing | namespaces().get(namespace, frozenset()))
    close = difflib.get_close_matches(leaf, candidates, n=3, cutoff=0.75)
    return f". Did you mean: {', '.join(_spelled(namespace, match) for match in close)}?" if close else ""


def _spelled(namespace: str, leaf: str) -> str:
    return ".".join(part for part in ("tf", namespace, leaf) if part)
