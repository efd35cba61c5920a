"""Reads RSS and Atom. Nothing is fetched; hostile XML (entities, document types) is refused before it is parsed."""

from __future__ import annotations

import calendar
import io
import re
import warnings
from datetime import UTC, datetime
from typing import Any, Final

import feedparser

from sekisho.engines.threatintel.model import Item, Reading
from sekisho.engines.threatintel.tlp import find_tlp, strictest
from sekisho.errors import InputError, Problem

__all__ = ["read_articles"]

_LARGEST: Final = 64 * 1024 * 1024
_DECLARATION: Final = re.compile(rb"<!\s*(?:ENTITY|DOCTYPE)", re.IGNORECASE)
_MOST: Final = 5_000
_CVE: Final = re.compile(r"CVE-[0-9]{4}-[0-9]{4,7}", re.IGNORECASE)


def read_articles(untrusted: bytes, *, filename: str = "feed.xml") -> Reading:
    """The articles of a feed: title, link, time, text without marks. Their indicators are looked for by a person's confirmation.

    Raises InputError ``threatintel.too_large``, ``threatintel.xml_declarations``, ``threatintel.not_feed``.
    """
    if len(untrusted) > _LARGEST:
        raise InputError("threatintel.too_large", file=filename, size=len(untrusted), limit=_LARGEST)
    plain = untrusted.replace(b"\0", b"")  # a declaration in UTF-16 is one, too
    if _DECLARATION.search(plain):
        raise InputError("threatintel.xml_declarations", file=filename)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        feed: Any = feedparser.parse(io.BytesIO(untrusted), sanitize_html=True, resolve_relative_uris=False)
    if not feed.get("version") or not isinstance(feed.get("entries"), list):
        raise InputError("threatintel.not_feed", file=filename)
    problems: tuple[Problem, ...] = ()
    if feed.get("bozo"):
        reason = type(feed.get("bozo_exception")).__name__
        problems = (Problem("threatintel.feed_broken", {"reason": reason}, filename),)
    items = tuple(_item(entry) for entry in feed.entries[:_MOST])
    cves = dict.fromkeys(found.upper() for item in items for found in _CVE.findall(f"{item.title} {item.text}"))
    title = str(feed.feed.get("title", ""))[:500]
    return Reading(
        form="rss", title=title, tlp=strictest(item.tlp for item in items), items=items, problems=problems, cves=tuple(cves)
    )  # fmt: skip


def _item(entry: Any) -> Item:
    text = str(entry.get("summary", ""))
    for content in entry.get("content", []):
        text = max(text, str(content.get("value", "")), key=len)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text)).strip()[:20_000]
    parsed = entry.get("published_parsed") or entry.get("updated_parsed")
    published = datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    title = re.sub(r"<[^>]*>", "", str(entry.get("title", ""))).strip()[:500]
    found = find_tlp(f"{title}\n{text}")
    return Item(title, str(entry.get("link") or entry.get("id") or "")[:2_048], published, text, found[0] if found else None)
