"""Readers of Linux configuration: each takes a tree and adds facts. Parsers are pure functions of text."""
