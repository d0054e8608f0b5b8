"""What is said of a public name that does not exist here."""

from __future__ import annotations

from typing import Final, NamedTuple

from tangraph import registry
from tangraph.facade import tensorflow_names
from tangraph.facade.absent import advice
from tangraph.facade.providers import ALSO, MODULES, PROVIDERS, Provider, provider_of
from tangraph.plugins import manager
from tangraph.plugins.manager import Plugin

_DISABLED: Final = "which is disabled by TANGRAPH_DISABLE_PLUGINS"


class Missing(NamedTuple):
    """Why a name does not exist: the text for users, and the error behind it."""

    text: str
    cause: BaseException | None = None


def is_reserved(name: str) -> bool:
    """Returns whether a name is TensorFlow's, or one that a distribution of ours is known to provide."""
    return name in PROVIDERS or name in MODULES or tensorflow_names.is_known(name)


def is_explained(name: str) -> bool:
    """Returns whether there is more to say of a name than that it does not exist."""
    return is_reserved(name) or name in tensorflow_names.RENAMED


def explain(name: str, existing: set[str]) -> Missing:
    """Returns why a public name does not exist.

    Args:
      name: the dotted name without "tf.".
      existing: the leaves that its namespace has here.
    """
    if not is_reserved(name):
        return _unknown(name, existing)
    provider = provider_of(name)
    plugin = _plugin_of(provider) if provider else None
    if plugin and plugin.state == "loaded" and (also := ALSO.get(name.partition(".")[0])):
        provider, plugin = also, _plugin_of(also)
    if provider is None or (plugin and plugin.state == "loaded"):
        return _nowhere(f"tf.{name} is not implemented in Tangraph yet")
    says = f"tf.{name} is provided by '{provider.distribution}'"
    if plugin is None:
        return Missing(f"tf.{name} is provided by {advice(provider.distribution)}")
    if plugin.state == "disabled":
        return Missing(f"{says}, {_DISABLED}")
    return Missing(f"{says}, which could not be loaded: {type(plugin.error).__name__}: {plugin.error}", plugin.error)


def _unknown(name: str, existing: set[str]) -> Missing:
    namespace, _, leaf = name.rpartition(".")
    module = f"tangraph.{namespace}".rstrip(".")
    return _nowhere(f"module '{module}' has no attribute '{leaf}'{tensorflow_names.hint(name, existing)}")


def _nowhere(text: str) -> Missing:
    return Missing(text + registry.broken_note(), registry.broken_cause())


def _plugin_of(provider: Provider) -> Plugin | None:
    plugins = manager.current().plugins.values()
    return next((plugin for plugin in plugins if plugin.package == provider.package), None)
