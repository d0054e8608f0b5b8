"""Session: runs parts of a graph, and keeps the state of its variables between runs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, Self

from tangraph import registry
from tangraph.client import fetches as fetch_lib
from tangraph.client import servers
from tangraph.client.config import ConfigProto, RunMetadata
from tangraph.client.deadline import time_limit
from tangraph.client.feeds import Feed, resolve_feed
from tangraph.client.partial_run import PartialRun
from tangraph.client.resources import ResourceStore
from tangraph.export import export
from tangraph.framework import errors, stacks
from tangraph.framework.graph import Graph
from tangraph.framework.operation import Operation
from tangraph.framework.tensor import Tensor
from tangraph.plan.compile import Plan, compile_plan
from tangraph.plan.place import Devices
from tangraph.plan.schedule import SETTLED_AFTER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

#: Prepared (fetches, feeds) pairs that a session keeps.
MAX_PREPARED: Final = 256
#: Plans for particular shapes of the feeds that one such pair keeps, before one plan serves all shapes.
MAX_SHAPES: Final = 4


class _Plans:
    """The plans of one (fetched tensors, run operations, fed tensors) triple, by the shapes of the feeds.

    `general` serves all shapes (as does the entry None of `young`). A plan whose program leaves an order open is
    `young` until it has run often (`SETTLED_AFTER`), which `runs` counts; then one with another order takes its place.
    """

    __slots__ = ("by_shape", "general", "runs", "young")

    def __init__(self) -> None:
        self.by_shape: dict[tuple[Any, ...], Plan] = {}
        self.general: Plan | None = None
        self.young: dict[tuple[Any, ...] | None, Plan] = {}
        self.runs = 0

    def keep(self, shapes: tuple[Any, ...] | None, plan: Plan) -> Plan:
        """Keeps a plan for good and returns it."""
        self.young.pop(shapes, None)
        if shapes is None:
            self.general = plan
        else:
            self.by_shape[shapes] = plan
        return plan


class _Prepared:
    """What is known of one (fetches, feeds) pair: the feeds' converters, how the result is built, and its plans.

    `direct` says that every entry of the feed_dict is one tensor and its value, `fed` which fetched tensors are fed
    (their position -> that of the feed), `connections` which tensors stand for others.
    """

    __slots__ = ("build", "by_shape", "connections", "direct", "epoch", "fed", "feeds", "fetches", "plans")

    def __init__(
        self,
        fetches: fetch_lib.FetchPlan,
        feeds: list[Feed],
        direct: bool,
        epoch: int,
        plans: _Plans,
        connections: dict[Tensor, Tensor],
    ) -> None:
        self.fetches = fetches
        self.build = fetches.build
        self.feeds = feeds
        self.direct = direct
        places = {feed.tensor: place for place, feed in enumerate(feeds)}
        self.fed = {at: places[tensor] for at, tensor in enumerate(fetches.tensors) if tensor in places}
        self.epoch = epoch
        self.plans = plans
        self.by_shape = plans.by_shape
        self.connections = connections


def _trim(cache: OrderedDict[Any, Any]) -> None:
    while len(cache) > MAX_PREPARED:
        cache.popitem(last=False)


class BaseSession:
    """What `Session` and `InteractiveSession` share."""

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        if graph is None:
            self._graph = stacks.get_default_graph()
        elif isinstance(graph, Graph):
            self._graph = graph
        else:
            raise TypeError(f"graph must be a tf.Graph, but got {type(graph)}")
        if target is not None and not isinstance(target, (str, bytes)):
            raise TypeError(f"target must be a string, but got {type(target)}")
        if config is not None and not isinstance(config, ConfigProto):
            raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
        self._target = (target.decode() if isinstance(target, bytes) else target) or ""
        server = servers.find(self._target) if self._target else None
        self._tasks = servers.tasks_of(server) if server else [servers.LOCAL_TASK]
        self._config = config
        self._closed = False
        self._timeout_in_ms = 0 if config is None else config.operation_timeout_in_ms
        self._lock = threading.RLock()
        self._prepared: OrderedDict[Any, _Prepared] = OrderedDict()
        self._plans: OrderedDict[Any, _Plans] = OrderedDict()
        self._partial_runs: dict[str, PartialRun] = {}
        backends = registry.backends()
        if not backends:
            raise registry.no_backend()
        self._devices = Devices(
            backends,
            soft=bool(config is not None and config.allow_soft_placement),
            prefer="GPU",
            log=bool(config is not None and config.log_device_placement),
            tasks=self._tasks,
        )
        self._resources = servers.SharedStore(server) if server else ResourceStore()
        hook: Any = registry.hook()
        hook.tangraph_session_hooks(session=self)

    @property
    def graph(self) -> Graph:
        """The graph that the session runs."""
        return self._graph

    @property
    def graph_def(self) -> Any:
        """The GraphDef message of the graph."""
        return self._graph.as_graph_def()

    @property
    def sess_str(self) -> str:
        """The target that the session was made with."""
        return self._target

    @property
    def closed(self) -> bool:
        """Whether the session was closed."""
        return self._closed

    @property
    def resources(self) -> ResourceStore:
        """What the session keeps between runs, for plugins: variables, queues, tables."""
        return self._resources

    def list_devices(self) -> list[Any]:
        """Returns the devices of this session."""
        from tangraph.client.device_attributes import attributes_of

        return [attributes_of(name, task) for task in self._tasks for name in self._devices.names]

    def close(self) -> None:
        """Frees what the session holds, and ends what waits in it; a closed session does not run.

        Operations of other threads that wait, on a queue for example, raise CancelledError.
        """
        self._closed = True
        self._resources.cancel()
        with self._lock:
            self._prepared.clear()
            self._plans.clear()
            self._partial_runs.clear()
            self._resources.clear()

    def as_default(self) -> Any:
        """Returns a context manager that makes this session the default one of the thread."""
        return stacks.sessions.get_controller(self)

    # -- run -----------------------------------------------------------------------------------------------------

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """Runs what the fetches need and returns their values.

        Args:
          fetches: a tensor, an operation, a name of one, or a nested list, tuple, dict or namedtuple of these.
          feed_dict: values for tensors: arrays, numbers or lists that convert to the tensor's type.
          options: RunOptions: `timeout_in_ms`; with a trace level, `run_metadata` gets the step's times.
          run_metadata: a RunMetadata to fill.

        Returns:
          The values in the structure of `fetches`: NumPy arrays, NumPy scalars for rank 0, None for operations.

        Raises:
          RuntimeError: the session is closed, or its graph empty.
          TypeError: a fetch or feed of the wrong type.
          ValueError: a fetch that is not in the graph, or a fed value of the wrong shape.
          tf.errors.DeadlineExceededError: an operation waits longer than `timeout_in_ms` of the options, or
            `operation_timeout_in_ms` of the session's configuration.
          tf.errors.CancelledError: an operation waits, and another thread closes the session.
          tf.errors.OpError: what an operation raises; the message names the operation and the line that built it.
        """
        timeout = self._timeout_in_ms if options is None else options.timeout_in_ms or self._timeout_in_ms
        if timeout <= 0:
            return self._run(fetches, feed_dict, options, run_metadata)
        with time_limit(timeout / 1000):
            return self._run(fetches, feed_dict, options, run_metadata)

    def _run(
        self, fetches: Any, feed_dict: Any, options: Any, run_metadata: Any, connections: tuple[Any, ...] = ()
    ) -> Any:
        if run_metadata is not None and not isinstance(run_metadata, RunMetadata):
            raise TypeError(f"run_metadata must be a RunMetadata, but got {type(run_metadata)}")
        try:
            key: Any = (
                tuple(fetches) if type(fetches) is list else fetches,
                type(fetches),
                tuple(feed_dict) if feed_dict else (),
                connections,
            )
            prepared = self._prepared.get(key)
        except TypeError:  # it is a structure with lists or dictionaries in it
            key = fetch_lib.nested_key(fetches, feed_dict), connections
            prepared = self._prepared.get(key)
        if prepared is None or prepared.epoch != self._graph._mutation_epoch or self._closed:
            prepared = self._prepare(key, fetches, feed_dict, connections)
            values = self._feed_values(prepared, feed_dict)
        elif feed_dict:
            values = (
                [feed.convert(value) for feed, value in zip(prepared.feeds, feed_dict.values(), strict=False)]
                if prepared.direct
                else self._feed_values(prepared, feed_dict)
            )
        else:
            values = []
        plan = prepared.by_shape.get(tuple([v.shape for v in values])) or self._plan(prepared, values)
        if run_metadata is not None:
            results = self._traced(plan, values, options, run_metadata)
        else:
            results = self._call(plan, values)
        if prepared.fed:
            results = self._with_fed(prepared, feed_dict, results)
        return prepared.build(results)

    @staticmethod
    def _with_fed(prepared: _Prepared, feed_dict: Any, results: tuple[Any, ...]) -> tuple[Any, ...]:
        given = [value for _, value in fetch_lib.feed_pairs(feed_dict)]
        fed = {at: prepared.feeds[place].as_given(given[place]) for at, place in prepared.fed.items()}
        return tuple([fed.get(at, result) for at, result in enumerate(results)])

    def _call(self, plan: Plan, values: Sequence[Any]) -> tuple[Any, ...]:
        try:
            return plan.run(*values)
        except Exception as error:
            explained = plan.explain(error)
            if explained is error:
                raise
            raise explained from error

    def _traced(self, plan: Plan, values: Sequence[Any], options: Any, run_metadata: Any) -> tuple[Any, ...]:
        from tangraph.client.tracing import traced

        return traced(lambda: self._call(plan, values), plan, options, run_metadata, self._devices.full_name)

    def _prepare(self, key: Any, fetches: Any, feed_dict: Any, connections: tuple[Any, ...] = ()) -> _Prepared:
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        if self._graph.version == 0:
            raise RuntimeError("The Session graph is empty.  Add operations to the graph before calling run().")
        epoch = self._graph._mutation_epoch
        self._graph._plan_made()
        fetch_plan = fetch_lib.FetchPlan(self._graph, fetches)
        pairs = fetch_lib.feed_pairs(feed_dict)
        feeds = [Feed(resolve_feed(self._graph, tensor)) for tensor, _ in pairs]
        direct = not feed_dict or [id(tensor) for tensor, _ in pairs] == [id(feed_key) for feed_key in feed_dict]
        with self._lock:
            same = (
                tuple(fetch_plan.tensors),
                tuple(fetch_plan.targets),
                tuple(f.tensor for f in feeds),
                epoch,
                connections,
            )
            plans = self._plans.get(same)
            if plans is None:
                plans = self._plans[same] = _Plans()
                _trim(self._plans)
            prepared = _Prepared(fetch_plan, feeds, direct, epoch, plans, dict(connections))
            if key is not None:
                self._prepared[key] = prepared
                _trim(self._prepared)
        return prepared

    @staticmethod
    def _feed_values(prepared: _Prepared, feed_dict: Any) -> list[Any]:
        pairs = fetch_lib.feed_pairs(feed_dict)
        return [feed.convert(value) for feed, (_, value) in zip(prepared.feeds, pairs, strict=True)]

    def _plan(self, prepared: _Prepared, values: Sequence[Any]) -> Plan:
        """Returns the plan for these shapes, or the one for any shape where too many were seen."""
        with self._lock:
            plans = prepared.plans
            shapes: tuple[Any, ...] | None = tuple([v.shape for v in values])
            plan = plans.by_shape.get(shapes)  # type: ignore[arg-type]
            if plan is not None:
                return plan
            if shapes not in plans.young and len(plans.by_shape) + len(plans.young) >= MAX_SHAPES:
                if plans.general is not None:
                    return plans.general
                shapes = None
            settled = plans.runs >= SETTLED_AFTER
            plan = None if settled else plans.young.get(shapes)
            if plan is None:
                plan = self._compile(prepared, shapes, settled)
                if settled or plan.ordered:
                    return plans.keep(shapes, plan)
                plans.young[shapes] = plan
            plans.runs += 1
            return plan

    def _compile(self, prepared: _Prepared, shapes: Any, settled: bool) -> Plan:
        return compile_plan(
            self._graph,
            prepared.fetches.tensors,
            prepared.fetches.targets,
            [feed.tensor for feed in prepared.feeds],
            shapes,
            self._devices,
            self._resources,
            threads=0 if self._config is None else self._config.intra_op_parallelism_threads,
            settled=settled,
            connections=prepared.connections,
        )

    def make_callable(
        self, fetches: Any, feed_list: Sequence[Any] | None = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """Returns a function that runs the fetches, fed with its arguments in the order of `feed_list`.

        Raises:
          TypeError: `feed_list` is no list.
        """
        if feed_list is not None and not isinstance(feed_list, (list, tuple)):
            raise TypeError("`feed_list` must be a list or tuple.")
        names = list(feed_list or ())

        def function(*args: Any, options: Any = None, run_metadata: Any = None) -> Any:
            if len(args) != len(names):
                raise TypeError(f"make_callable: expected {len(names)} values to feed, received {len(args)}.")
            if not accept_options:
                options = run_metadata = None
            return self.run(fetches, dict(zip(names, args, strict=True)), options, run_metadata)

        fetch_lib.FetchPlan(self._graph, fetches)
        return function

    def _make_connected_callable(
        self, fetches: Any, feed_list: Sequence[Any], connections: Sequence[tuple[Tensor, Tensor]]
    ) -> Callable[..., Any]:
        """Returns a function that runs the fetches, fed with its arguments in the order of `feed_list`.

        Args:
          fetches: what `run` takes.
          feed_list: the tensors that the arguments are for.
          connections: pairs of a tensor and one of which it takes the value in the same run.
        """
        names, connected = list(feed_list), tuple(connections)

        def function(*args: Any, options: Any = None, run_metadata: Any = None) -> Any:
            return self._run(fetches, dict(zip(names, args, strict=True)), options, run_metadata, connected)

        return function

    def partial_run_setup(self, fetches: Any, feeds: Any = None) -> str:
        """Sets up a run that is done in several steps.

        Args:
          fetches: all that the steps will fetch.
          feeds: a list of all tensors that they will feed.

        Returns:
          A handle for `partial_run`.

        Raises:
          RuntimeError: the session is closed, or its graph empty.
          tf.errors.InvalidArgumentError: there is nothing to fetch, or a tensor is fed and fetched.
        """
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        if self._graph.version == 0:
            raise RuntimeError("The Session graph is empty.  Add operations to the graph before calling run().")
        run = PartialRun(self._graph, fetches, feeds, self._compile_partial)
        self._partial_runs[run.handle] = run
        return run.handle

    def _compile_partial(self, fetches: Any, targets: Any, feeds: Any, done: Any) -> Plan:
        key = ("partial", tuple(fetches), tuple(targets), tuple(feeds), frozenset(done), self._graph._mutation_epoch)
        with self._lock:
            plans = self._plans.get(key)
            if plans is None:
                plans = self._plans[key] = _Plans()
                _trim(self._plans)
            if plans.general is None:
                self._graph._plan_made()
                plans.general = compile_plan(
                    self._graph, fetches, targets, feeds, None, self._devices, self._resources, done=done
                )
            return plans.general

    def partial_run(self, handle: Any, fetches: Any, feed_dict: Any = None) -> Any:
        """Runs a step of a run that `partial_run_setup` has set up.

        What earlier steps have computed is not computed again.

        Args:
          handle: what `partial_run_setup` returned.
          fetches: tensors, in any structure, that were named there and not fetched yet.
          feed_dict: values for tensors that were named there and not fed yet.

        Returns:
          The values in the structure of `fetches`.

        Raises:
          tf.errors.InvalidArgumentError: an unknown handle, a fetch or feed that was not set up or has been done, or a
            fetch that needs what has not been fed.
          RuntimeError: an operation is fetched.

        >>> import tangraph as tf
        >>> with tf.Graph().as_default(), tf.Session() as sess:
        ...     a, b = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
        ...     total, twice = a + 1.0, (a + 1.0) * b
        ...     handle = sess.partial_run_setup([total, twice], [a, b])
        ...     (
        ...         float(sess.partial_run(handle, total, {a: 1.0})),
        ...         float(sess.partial_run(handle, twice, {b: 5.0})),
        ...     )
        (2.0, 10.0)
        """
        plan = fetch_lib.FetchPlan(self._graph, fetches)
        if plan.targets:
            raise RuntimeError("partial_run() requires empty target_list.")
        run = self._partial_runs.get(handle)
        if run is None:
            raise errors.InvalidArgumentError(None, None, "Must run 'setup' before performing partial runs!")
        try:
            return run.run(plan, feed_dict)
        finally:
            if run.finished:
                self._partial_runs.pop(handle, None)


@export("Session")
class Session(BaseSession):
    """Runs operations of a graph.

    Args:
      target: that of a `tf.train.Server` in this process, whose sessions share their variables.
      graph: the graph; the default one when None.
      config: a ConfigProto.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     float(sess.run(tf.constant(2.0) * 3.0))
    6.0
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        super().__init__(target, graph, config)
        self._contexts: list[tuple[Any, Any]] = []

    def __enter__(self) -> Self:
        graph_context = self._graph.as_default()
        session_context = self.as_default()
        graph_context.__enter__()
        session_context.__enter__()
        self._contexts.append((graph_context, session_context))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        graph_context, session_context = self._contexts.pop()
        session_context.__exit__(kind, value, trace)
        graph_context.__exit__(kind, value, trace)
        self.close()

    @staticmethod
    def reset(target: str, containers: Any = None, config: Any = None) -> None:
        """Forgets the variables of a server: those of some containers, or all.

        Raises:
          tf.errors.OpError: the target names no server in this process.
        """
        del config
        if target:
            servers.reset(target, containers)


@export("InteractiveSession")
class InteractiveSession(BaseSession):
    """A session that makes itself, and its graph, the default ones; for notebooks and shells."""

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        super().__init__(target, graph, config)
        self._default_session = self.as_default()
        self._default_session.__enter__()
        self._default_graph = graph.as_default() if graph is not None else None
        if self._default_graph is not None:
            self._default_graph.__enter__()

    def close(self) -> None:
        """Frees what the session holds, and stops being the default session."""
        super().close()
        if self._default_graph is not None:
            self._default_graph.__exit__(None, None, None)
            self._default_graph = None
        if self._default_session is not None:
            self._default_session.__exit__(None, None, None)
            self._default_session = None


def eval_in_session(tensor: Tensor, feed_dict: Any, session: Any) -> Any:
    """`Tensor.eval`."""
    return _session_for(tensor.graph, session, "evaluate tensor using `eval()`", "eval").run(tensor, feed_dict)


def run_in_session(operation: Operation, feed_dict: Any, session: Any) -> None:
    """`Operation.run`."""
    _session_for(operation.graph, session, "execute operation using `run()`", "run").run(operation, feed_dict)


def _session_for(graph: Graph, session: Any, task: str, method: str) -> Any:
    if session is None:
        session = stacks.get_default_session()
        if session is None:
            raise ValueError(
                f"Cannot {task}: No default session is registered. Use `with sess.as_default(){':' * (method == 'run')}` "
                f"or pass an explicit session to `{method}(session=sess)`"
            )
        if session.graph is not graph:
            raise ValueError(
                f"Cannot use the default session to {task.partition(' using')[0]}: the "
                f"{'tensor' if method == 'eval' else 'operation'}'s graph is different from the session's graph. Pass an "
                f"explicit session to `{method}(session=sess)`."
            )
    elif session.graph is not graph:
        raise ValueError(
            f"Cannot use the given session to {task.partition(' using')[0]}: the "
            f"{'tensor' if method == 'eval' else 'operation'}'s graph is different from the session's graph."
        )
    return session
