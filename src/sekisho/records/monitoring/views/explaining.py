"""What a run says about itself, for a page: never 「見つからない」 without what was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.dateparse import parse_datetime

from sekisho.standards import texts

__all__ = ["explained"]


def _said(line: Mapping[str, Any], language: str) -> dict[str, Any]:
    title = line.get("title")
    shown = title.get(language, title.get("ja", "")) if isinstance(title, Mapping) else str(title or "")
    code = str(line.get("code", ""))
    return {**line, "title": shown, "why": texts.render(code, dict(line.get("fields", {})), language) if code else ""}


def explained(plain: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The explanation with sentences and times: ``rules`` (counts and lists with the reason), ``sources`` (period, gaps)."""
    rules = plain.get("rules", {})
    return {
        "rules": {
            **{name: rules.get(name, 0) for name in ("loaded", "applicable", "off")},
            "not_applicable": [_said(line, language) for line in rules.get("not_applicable", ())],
            "unsupported": [_said(line, language) for line in rules.get("unsupported", ())],
        },
        "baselines": plain.get("baselines", 0),
        "sources": [
            {
                **line,
                "percent": round(100 * line["covered_hours"] / line["hours"]) if line.get("hours") else 0,
                "first_at": parse_datetime(line["first_at"]) if line.get("first_at") else None,
                "last_at": parse_datetime(line["last_at"]) if line.get("last_at") else None,
                "gaps": [(parse_datetime(start), parse_datetime(end)) for start, end in line.get("gaps", ())],
            }
            for line in plain.get("sources", ())
        ],
        "missing_fields": [_said(line, language) for line in plain.get("missing_fields", ())],
        "notices": [_said(line, language)["why"] for line in plain.get("notices", ())],
    }
