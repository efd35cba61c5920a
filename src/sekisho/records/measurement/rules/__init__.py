"""Decisions of the room as pure functions: figures, periods, the report's text."""
