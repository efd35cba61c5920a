"""Leak scans of places: files and folders with an index of what is unchanged, databases, streams."""
