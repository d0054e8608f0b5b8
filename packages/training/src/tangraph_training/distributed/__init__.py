"""Clusters: what tasks there are, which of them this process is, and where operations are placed."""
