"""Models: how layers are connected, trained, and saved."""
