"""Times of the steps of one run, for RunMetadata: the interpreter's line events over the plan's source."""

from __future__ import annotations

import itertools
import sys
import time
from typing import TYPE_CHECKING, Any

from tangraph.client.config import RunOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from tangraph.client.config import RunMetadata
    from tangraph.plan.compile import Plan


def traced(
    call: Callable[[], tuple[Any, ...]],
    plan: Plan,
    options: Any,
    run_metadata: RunMetadata,
    full_name: Callable[[str], str],
) -> tuple[Any, ...]:
    """Runs a plan; with a trace level in the options, writes when each step ran to `run_metadata.step_stats`.

    Args:
      call: runs the plan.
      plan: the plan, whose lines are timed.
      options: RunOptions or None.
      run_metadata: where `step_stats` is replaced.
      full_name: completes the name of the device that an operation asks for.
    """
    run_metadata.Clear()
    if options is None or options.trace_level == RunOptions.NO_TRACE:
        return call()
    events: list[tuple[int, int]] = []
    filename = plan.filename

    def on_line(_frame: FrameType, event: str, _argument: Any) -> Any:
        events.append((time.perf_counter_ns(), _frame.f_lineno if event == "line" else 0))
        return on_line

    def on_call(frame: FrameType, _event: str, _argument: Any) -> Any:
        return on_line if frame.f_code.co_filename == filename else None

    before = sys.gettrace()
    wall = time.time_ns()
    begin = time.perf_counter_ns()
    sys.settrace(on_call)
    try:
        return call()
    finally:
        sys.settrace(before)
        _fill(run_metadata, plan, events, (wall - begin) // 1000, full_name)


def _fill(
    run_metadata: RunMetadata,
    plan: Plan,
    events: list[tuple[int, int]],
    offset: int,
    full_name: Callable[[str], str],
) -> None:
    """Writes one NodeExecStats for each step that ran, a step of a loop once an iteration."""
    devices: dict[str, Any] = {}
    _stats_of(run_metadata, devices, full_name(""))  # even where every step was folded away
    for (start, line), (end, _) in itertools.pairwise(events):
        step = plan.steps.get(line)
        if step is None or step.origin is None:
            continue
        node = _stats_of(run_metadata, devices, full_name(step.device)).node_stats.add()
        node.node_name = step.label
        node.timeline_label = f"{step.label} = {step.op_type}({', '.join(v.step.label for v in step.inputs)})"
        node.all_start_micros = start // 1000 + offset
        node.op_end_rel_micros = node.all_end_rel_micros = max(1, (end - start) // 1000)


def _stats_of(run_metadata: RunMetadata, devices: dict[str, Any], name: str) -> Any:
    """Returns the DeviceStepStats of a device, made on first use."""
    if name not in devices:
        devices[name] = run_metadata.step_stats.dev_stats.add()
        devices[name].device = name
    return devices[name]
