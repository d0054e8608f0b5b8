"""Ops whose attrs are functions: calls, conditionals and loops."""
