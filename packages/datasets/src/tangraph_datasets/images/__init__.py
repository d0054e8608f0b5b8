"""Images: what is composed of core's operations on them, and the formats of files."""
