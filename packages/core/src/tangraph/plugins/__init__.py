"""Plugins: the hook contract, the registries that hooks fill, and the manager that loads them."""
