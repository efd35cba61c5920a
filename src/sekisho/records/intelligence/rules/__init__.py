"""Decisions of the room as pure functions."""
