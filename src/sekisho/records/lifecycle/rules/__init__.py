"""Decisions as pure functions, one module an area."""
