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
    """The sentence for ``code`` in ``lang`` ("ja" or "en"), its ``{fields}`` filled; the code itself if unknown.

    A value that is itself a code (``state``: ``noticed``) is said by the words under ``state_noticed`` in the same topic.
    """
    topic, _, name = code.partition(".")
    entries, spoken = catalogue(topic), "en" if lang.startswith("en") else "ja"
    entry = entries.get(name)
    if entry is None:
        return code
    named = {key: _in_words(entries, key, value, spoken) for key, value in (fields or {}).items()}
    return entry[spoken].format_map(_Fields(named))


def _in_words(entries: dict[str, dict[str, str]], key: str, value: Any, spoken: str) -> Any:
    """The words for a value, or for each of several with commas between, where there are words for all of them."""
    if not isinstance(value, str):
        return value
    words = [entries.get(f"{key}_{one}", {}).get(spoken) for one in value.split(", ")]
    said = [one for one in words if one is not None]
    return (", " if spoken == "en" else "、").join(said) if len(said) == len(words) else value


def render_problem(problem: Problem, lang: str = "ja") -> str:
    """The sentence for one problem of an error."""
    return render(problem.code, problem.filling, lang)
