"""Sentences for stable codes, in Japanese and English: ``<topic>.yaml`` beside this file.

A code is ``topic.name`` (``ledger.chain_broken``) and stands in ``topic.yaml`` under ``name``. Kept here, below the engines, so
that pages, API and command line say the same words.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

import yaml

if TYPE_CHECKING:
    from sekisho.errors import Problem

__all__ = ["Language", "catalogue", "known", "render", "render_problem"]

Language = Literal["ja", "en"]


class _Fields(dict[str, Any]):
    """Formatting fields; a missing one shows its name instead of raising inside an error message."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


@cache
def catalogue(topic: str) -> dict[str, dict[str, str]]:
    """All sentences of one topic: ``{name: {"ja": …, "en": …}}``; empty when there is no such topic."""
    source = resources.files(__name__).joinpath(f"{topic}.yaml")
    if not topic.isidentifier() or not source.is_file():
        return {}
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded = yaml.load(source.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - CSafeLoader or SafeLoader
    return loaded or {}


def known(code: str) -> bool:
    """Whether there is a sentence for ``code``."""
    topic, _, name = code.partition(".")
    return name in catalogue(topic)


def render(code: str, fields: dict[str, Any] | None = None, lang: str = "ja") -> str:
    """The sentence for ``code`` in ``lang`` ("ja" or "en"), its ``{fields}`` filled; the code itself if unknown."""
    topic, _, name = code.partition(".")
    entry = catalogue(topic).get(name)
    if entry is None:
        return code
    return entry["en" if lang.startswith("en") else "ja"].format_map(_Fields(fields or {}))


def render_problem(problem: Problem, lang: str = "ja") -> str:
    """The sentence for one problem of an error."""
    return render(problem.code, problem.filling, lang)
