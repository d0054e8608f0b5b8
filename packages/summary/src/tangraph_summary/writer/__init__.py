"""Event files: what is written into them, and by whom."""
