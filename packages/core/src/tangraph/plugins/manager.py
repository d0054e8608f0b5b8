"""Finds and loads plugins, each on its own: one that is broken takes nothing else down.

pluggy's own loader imports every entry point in one go and leaves a plugin whose hook raised half registered. So the
loop is ours, and what a plugin registers is staged until all of its hooks went through.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from tangraph.plugins.registries import CORE, Registries

if TYPE_CHECKING:
    from importlib.metadata import Distribution

    from pluggy import HookRelay

GROUP: Final = "tangraph"
DISABLE_VARIABLE: Final = "TANGRAPH_DISABLE_PLUGINS"
MODULES_VARIABLE: Final = "TANGRAPH_PLUGINS"
CORE_MODULE: Final = "tangraph._builtin"

State = Literal["loaded", "broken", "disabled"]


@dataclass(slots=True)
class Plugin:
    """What is known of one plugin.

    Attributes:
      name: the name of its entry point, or its module.
      module: the module that it was, or was to be, imported from.
      origin: the installed distribution that it came with, if any.
      state: "loaded", "broken" or "disabled".
      provides: the keys it registered, by kind.
      error: why it is broken.
      traceback: the text of that error's traceback.
    """

    name: str
    module: str
    origin: Distribution | None = None
    state: State = "loaded"
    provides: dict[str, list[Any]] = field(default_factory=dict)
    error: BaseException | None = None
    traceback: str = ""

    @property
    def distribution(self) -> str:
        """The name and version of its distribution, "tangraph-layers 1.0"; "" when it came without one."""
        return f"{self.origin.name} {self.origin.version}" if self.origin else ""

    @property
    def package(self) -> str:
        """The top-level package of its module."""
        return self.module.partition(".")[0]


class PluginManager:
    """Loads plugins into registries.

    Attributes:
      registries: what the loaded plugins provide.
      plugins: every plugin that was found, by name, in the order of loading.
    """

    def __init__(self) -> None:
        import pluggy

        from tangraph.plugins import hookspecs

        self.registries = Registries()
        self.plugins: dict[str, Plugin] = {}
        self._pluggy = pluggy.PluginManager(hookspecs.PROJECT)
        self._pluggy.add_hookspecs(hookspecs)
        for kind, registry in self.registries.items():
            getattr(self._pluggy.hook, f"tangraph_register_{kind}").call_historic(kwargs={"registry": registry})
        self._lock = threading.RLock()
        self._state: Literal["new", "loading", "loaded"] = "new"

    @property
    def hook(self) -> HookRelay:
        """The hooks of all loaded plugins, for the two that are called in the course of a program."""
        return self._pluggy.hook

    @property
    def broken(self) -> list[Plugin]:
        """The plugins that could not be loaded."""
        return [plugin for plugin in self.plugins.values() if plugin.state == "broken"]

    def load(self) -> None:
        """Loads core, then the entry points by name, then the modules named by TANGRAPH_PLUGINS. Only once."""
        if self._state == "loaded":
            return
        with self._lock:
            if self._state != "new":  # a plugin looks something up while it is imported
                return
            self._state = "loading"
            self.register(_import(CORE_MODULE), name=CORE)
            self._load_others()
            self._state = "loaded"

    def _load_others(self) -> None:
        from importlib.metadata import entry_points

        disabled = {_normalized(word) for word in _words(DISABLE_VARIABLE)}
        for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
            plugin = Plugin(point.name, point.module, point.dist)
            if plugin.module == CORE_MODULE:
                self.plugins[CORE].origin = point.dist
            elif disabled and {_normalized(point.name), _normalized(plugin.distribution.partition(" ")[0])} & disabled:
                self._disable(plugin)
            else:
                self._try(plugin, point.load)
        for module in _words(MODULES_VARIABLE):
            plugin = Plugin(module, module)
            if _normalized(module) in disabled:
                self._disable(plugin)
            else:
                self._try(plugin, lambda name=module: _import(name))  # type: ignore[misc]

    def register(self, target: object, name: str | None = None) -> Plugin:
        """Adds one plugin, at any time.

        Args:
          target: a module or an object with hook implementations.
          name: the plugin's name; the module's own name by default.

        Returns:
          What is known of it.

        Raises:
          Exception: what its hooks raised, or pluggy's PluginValidationError for one that is no hook; nothing of it is
            registered then.
        """
        module = getattr(target, "__name__", None) or type(target).__module__
        plugin = Plugin(name or module, module)
        with self._lock:
            if plugin.name != CORE:
                self.load()
            self._add(plugin, target)
        return plugin

    def unregister(self, name: str) -> None:
        """Stops calling a plugin's session and plan hooks. What it registered stays."""
        with self._lock:
            self._pluggy.unregister(name=name)
            del self.plugins[name]

    def _try(self, plugin: Plugin, load: Callable[[], object]) -> None:
        try:
            target = load()
            if not self._pluggy.is_registered(target):  # an entry point and TANGRAPH_PLUGINS may name one module
                self._add(plugin, target)
        except (Exception, SystemExit) as error:  # noqa: BLE001  whatever a plugin raises is its own affair
            self._record_broken(plugin, error)

    def _add(self, plugin: Plugin, target: object) -> None:
        if plugin.name in self.plugins:
            other = self.plugins[plugin.name]
            raise ValueError(
                f"plugin name '{plugin.name}' is taken by {other.module} ({other.distribution or 'no distribution'})"
            )
        try:
            with self.registries.staging(plugin.name) as provided:
                self._pluggy.register(target, name=plugin.name)
                self._pluggy.check_pending()
        except BaseException:
            self._forget(plugin.name)
            raise
        plugin.provides = provided
        self.plugins[plugin.name] = plugin

    def _forget(self, name: str) -> None:
        if not self._pluggy.has_plugin(name):
            return
        self._pluggy.unregister(name=name)
        relay = vars(self._pluggy.hook)
        for hook in [hook for hook, caller in relay.items() if not caller.has_spec()]:
            del relay[hook]  # a misspelt hook, which would fail the check of every later plugin

    def _disable(self, plugin: Plugin) -> None:
        plugin.state = "disabled"
        self.plugins.setdefault(plugin.name, plugin)

    def _record_broken(self, plugin: Plugin, error: BaseException) -> None:
        import traceback

        plugin.state = "broken"
        plugin.error = error
        plugin.traceback = "".join(traceback.format_exception(error))
        name = plugin.name
        while name in self.plugins:  # two distributions claim one name: keep both in sight
            name += "'"
        self.plugins[name] = plugin


_current: PluginManager | None = None
_current_lock = threading.Lock()
_on_change: list[Callable[[], None]] = []


def current() -> PluginManager:
    """Returns the process's manager, with all plugins loaded."""
    global _current  # noqa: PLW0603  the plugin registries are the one thing that is the process's
    manager = _current
    if manager is None:
        with _current_lock:
            manager = _current = _current or PluginManager()
    try:
        manager.load()
    except BaseException:  # an interrupt in the midst of loading: start afresh the next time
        _current = None
        raise
    return manager


def reset() -> None:
    """Forgets all plugins; the next look-up loads them again. For tests."""
    global _current  # noqa: PLW0603
    _current = None
    _changed()


def register(target: object, name: str | None = None) -> Plugin:
    """Adds a plugin to the running program; see :meth:`PluginManager.register`."""
    plugin = current().register(target, name)
    _changed()
    return plugin


def call_on_change(callback: Callable[[], None]) -> None:
    """Has `callback` called when plugins that were looked up may have changed, for those who keep what they found."""
    _on_change.append(callback)


def _changed() -> None:
    for callback in _on_change:
        callback()


def _import(name: str) -> object:
    import importlib

    return importlib.import_module(name)


def _words(variable: str) -> Iterator[str]:
    return (word.strip() for word in os.environ.get(variable, "").split(",") if word.strip())


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
