"""Lookup tables: from keys to values, and from words to ids."""
