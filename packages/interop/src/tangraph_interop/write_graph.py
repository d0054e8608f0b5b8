"""write_graph: a graph as a file."""

from __future__ import annotations

import os
from typing import Any

from tangraph.export import export
from tangraph.framework.graph import Graph
from tangraph_interop.files import write_file


@export("train.write_graph", "io.write_graph")
def write_graph(graph_or_graph_def: Any, logdir: str, name: str, as_text: bool = True) -> str:
    """Writes a graph as a GraphDef file.

    Args:
      graph_or_graph_def: the graph, or a GraphDef message.
      logdir: the folder; made when it is not there.
      name: the file's name in it.
      as_text: whether to write the text format instead of the binary one.

    Returns:
      The file's path.
    """
    message = graph_or_graph_def.as_graph_def() if isinstance(graph_or_graph_def, Graph) else graph_or_graph_def
    os.makedirs(logdir, exist_ok=True)
    path = os.path.join(logdir, name)
    write_file(path, str(message).encode() if as_text else message.SerializeToString())
    return path
