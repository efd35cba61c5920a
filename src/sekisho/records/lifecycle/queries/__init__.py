"""Reads of the room, one module an area."""
