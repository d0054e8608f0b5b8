"""Layers around layers."""
