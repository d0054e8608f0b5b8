"""Small helpers without any knowledge of graphs."""
