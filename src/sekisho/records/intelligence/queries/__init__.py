"""Reads of the room: what the label of a notice lets the reader see."""
