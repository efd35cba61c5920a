"""From queried rows to the report's facts: words in the report's language. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sekisho.records.measurement.rules.report_facts import CatalogPart, ThemeRow

__all__ = ["catalog_part", "theme_title"]


def theme_title(source: Mapping[str, Any], theme: str, headings: Mapping[str, tuple[str, str]], language: str) -> str:
    """The name of a theme: from the catalogue's vocabulary, else from the heading of that id, else the id."""
    word = source.get("vocabulary", {}).get("theme", {}).get(theme)
    if word:
        return str(word["en" if language == "en" else "ja"])
    japanese, english = headings.get(theme, (theme, theme))
    return (english or japanese) if language == "en" else japanese


def catalog_part(
    *,
    key: str,
    title: str,
    edition: str,
    superseded_by: str,
    pairs: Iterable[tuple[str, int | None, str]],
    titles: Mapping[str, str],
    order: list[str],
    unverified: int,
    requirements: int,
) -> CatalogPart:
    """Counts by theme. ``pairs`` are (theme, counted level, basis) of each applicable pair; ``order`` is the catalogue's."""
    levels: dict[str, dict[int | None, int]] = {}
    bases: dict[str, dict[str, int]] = {}
    for theme, level, basis in pairs:
        counted = levels.setdefault(theme, {})
        counted[level] = counted.get(level, 0) + 1
        if level is not None:
            of_basis = bases.setdefault(theme, {})
            of_basis[basis] = of_basis.get(basis, 0) + 1
    rows = tuple(
        ThemeRow(
            title=titles.get(theme, theme),
            levels=levels[theme],
            measured=bases.get(theme, {}).get("measured", 0),
            documented=bases.get(theme, {}).get("documented", 0),
            declared=bases.get(theme, {}).get("declared", 0),
            query=f"catalog={key}&theme={theme}",
        )
        for theme in sorted(levels, key=lambda t: order.index(t) if t in order else len(order))
    )
    return CatalogPart(
        key=key,
        title=title,
        edition=edition,
        themes=rows,
        superseded_by=superseded_by,
        unverified=unverified,
        requirements=requirements,
    )
