"""Sekisho (関所): information-security management from real evidence."""

__version__ = "0.1.0"
