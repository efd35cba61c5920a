"""An iCalendar file of duties (RFC 5545). Pure: values in, text out.

Lines end with CRLF and are folded at 75 octets, never within a character (3.1); text is escaped (3.3.11).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Event", "escape", "fold", "write"]

_OCTETS: Final = 75


@dataclass(frozen=True, slots=True)
class Event:
    """One duty: ``uid`` is the same in every version of the file, ``due_at`` the moment (aware)."""

    uid: str
    due_at: datetime
    made_at: datetime
    summary: str
    description: str = ""
    url: str = ""


def escape(text: str) -> str:
    """Text as a value of type TEXT; control characters that the format cannot hold are left out."""
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n")):
        text = text.replace(plain, written)
    return "".join(c for c in text if (c >= " " and c != "\x7f") or c == "\t")


def fold(line: str) -> str:
    """A content line in pieces of at most 75 octets, the later ones beginning with a space."""
    pieces: list[str] = []
    piece, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _OCTETS:
            pieces.append(piece)
            piece, size = " ", 1
        piece += character
        size += octets
    return "\r\n".join([*pieces, piece])


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def write(events: Iterable[Event], *, name: str, now: datetime) -> str:
    """The whole file. Each duty is an event at the moment it is due, free time, so that it blocks nobody's calendar."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Sekisho//Duties//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escape(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    ]
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{event.uid}",
            f"DTSTAMP:{_moment(now)}",
            f"CREATED:{_moment(event.made_at)}",
            f"DTSTART:{_moment(event.due_at)}",
            "TRANSP:TRANSPARENT",
            f"SUMMARY:{escape(event.summary)}",
        ]
        if event.description:
            lines.append(f"DESCRIPTION:{escape(event.description)}")
        if event.url:
            lines.append(f"URL:{event.url}")
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR")
    return "\r\n".join(fold(line) for line in lines) + "\r\n"
