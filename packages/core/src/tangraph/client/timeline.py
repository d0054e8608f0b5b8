"""Timeline: a traced run in the format of Chrome's trace viewer (chrome://tracing, Perfetto)."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tangraph.client.step_stats import NodeExecStats, StepStats

_LABEL: Final = re.compile(r"(?P<name>.*) = (?P<op>.*)\((?P<inputs>.*)\)$", re.DOTALL)


class Timeline:
    """Shows when the operations of a run ran.

    Args:
      step_stats: the `step_stats` of a RunMetadata.
      graph: accepted; the operations' types are in their labels.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     metadata = tf.RunMetadata()
    ...     y = tf.random_uniform([2], name="x") * 2.0
    ...     options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    ...     _ = session.run(y, options=options, run_metadata=metadata)
    >>> trace = json.loads(Timeline(metadata.step_stats).generate_chrome_trace_format())
    >>> [event["name"] for event in trace["traceEvents"] if event["ph"] == "X"][-1]
    'Mul'
    """

    def __init__(self, step_stats: StepStats, graph: Any = None) -> None:
        self._step_stats = step_stats

    def generate_chrome_trace_format(
        self, show_dataflow: bool = True, show_memory: bool = False, op_time: str = "schedule"
    ) -> str:
        """Returns the run as JSON.

        Args:
          show_dataflow: whether there are arrows from operations to those that use their outputs.
          show_memory: whether the memory of each operation's outputs is shown, where it is known.
          op_time: "schedule", "gpu" or "all": accepted.
        """
        processes: list[dict[str, Any]] = []
        operations: list[dict[str, Any]] = []
        arrows: list[dict[str, Any]] = []
        memory: list[dict[str, Any]] = []
        produced: dict[str, dict[str, Any]] = {}
        numbers = itertools.count()
        for pid, device in enumerate(self._step_stats.dev_stats, 1):
            processes.append(_process(f"{device.device} Compute", pid))
            for node, lane in _in_lanes(device.node_stats):
                event = _operation(node, pid, lane)
                operations.append(event)
                for source in event["args"].values() if show_dataflow else ():
                    if source in produced:
                        arrows.extend(_arrow(next(numbers), produced[source], event))
                produced[node.node_name] = event
                if show_memory:
                    memory.extend(_memory(node, pid))
        return json.dumps({"traceEvents": [*processes, *operations, *arrows, *memory]}, indent=4)


def _process(name: str, pid: int) -> dict[str, Any]:
    return {"name": "process_name", "ph": "M", "pid": pid, "args": {"name": name}}


def _in_lanes(nodes: Any) -> Iterator[tuple[NodeExecStats, int]]:
    """Yields the nodes by their beginnings, each with the first lane in which nothing else runs at that time."""
    ends: list[int] = []
    for node in sorted(nodes, key=lambda n: n.all_start_micros):
        begin = node.all_start_micros
        lane = next((lane for lane, end in enumerate(ends) if end <= begin), len(ends))
        ends[lane : lane + 1] = [begin + node.all_end_rel_micros]
        yield node, lane


def _operation(node: NodeExecStats, pid: int, lane: int) -> dict[str, Any]:
    match = _LABEL.match(node.timeline_label)
    op_type = match["op"] if match else "unknown"
    inputs = match["inputs"].split(", ") if match and match["inputs"] else []
    return {
        "ph": "X",
        "cat": "Op",
        "name": op_type,
        "pid": pid,
        "tid": lane,
        "ts": node.all_start_micros,
        "dur": node.all_end_rel_micros,
        "args": {
            "name": match["name"] if match else node.node_name,
            "op": op_type,
            **{f"input{i}": name for i, name in enumerate(inputs)},
        },
    }


def _arrow(number: int, source: dict[str, Any], target: dict[str, Any]) -> Iterator[dict[str, Any]]:
    common = {"cat": "DataFlow", "id": number, "name": source["args"]["name"]}
    yield {**common, "ph": "s", "pid": source["pid"], "tid": source["tid"], "ts": source["ts"] + source["dur"]}
    yield {**common, "ph": "t", "pid": target["pid"], "tid": target["tid"], "ts": target["ts"]}


def _memory(node: NodeExecStats, pid: int) -> Iterator[dict[str, Any]]:
    for used in node.memory:
        yield {
            "ph": "C",
            "cat": "Memory",
            "name": used.allocator_name,
            "pid": pid,
            "tid": 0,
            "ts": node.all_start_micros,
            "args": {used.allocator_name: used.total_bytes},
        }
