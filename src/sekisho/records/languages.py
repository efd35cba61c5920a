"""The language of whoever reads."""

from __future__ import annotations

from django.utils.translation import get_language

__all__ = ["language"]


def language() -> str:
    """``ja`` or ``en``: the reader's."""
    return "en" if (get_language() or "ja").startswith("en") else "ja"
