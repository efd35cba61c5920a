"""Control-file stanzas (deb822, Debian Policy 5.1): dpkg's status, apt's Packages and Release, machine-readable copyright."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekisho.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["stanzas"]


def stanzas(  # noqa: C901 - one branch for each kind of line
    text: str, *, file: str, problems: list[Problem], wanted: Collection[str] | None = None
) -> Iterator[tuple[int, dict[str, str]]]:
    r"""Yield (1-based line of its start, fields by lower-case name) for each stanza of ``text``.

    Continuation lines are joined with ``\n``, without their leading blank.
    ``wanted`` (lower case) limits the fields that are kept.
    A line that is no field, no continuation, no comment is added to ``problems`` with its row; reading goes on.
    """
    fields: dict[str, str] = {}
    start = 1
    name = ""
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.isspace():
            if fields:
                yield start, fields
            fields, name, start = {}, "", number + 1
            continue
        first = line[0]
        if first in " \t":
            if name and name in fields:
                fields[name] += "\n" + line.strip()
            elif not name:
                problems.append(Problem("sbom.stanza_broken", {"expected": "Field: value"}, file, number))
            continue
        if first == "#":
            continue
        key, colon, value = line.partition(":")
        name = key.strip().lower()
        if not colon or not name or " " in name:
            problems.append(Problem("sbom.stanza_broken", {"expected": "Field: value"}, file, number))
            name = "\0skip"
            continue
        if wanted is not None and name not in wanted:
            continue
        if name in fields:
            problems.append(Problem("sbom.stanza_field_twice", {"field": key.strip()}, file, number))
            continue
        fields[name] = value.strip()
    if fields:
        yield start, fields
