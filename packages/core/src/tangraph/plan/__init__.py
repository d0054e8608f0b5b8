"""The plan: from fetches and feeds to one emitted Python function, a stage a file."""
