"""Sessions and their configuration."""
