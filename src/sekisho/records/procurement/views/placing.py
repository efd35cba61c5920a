"""Errors of the forms that are written by hand (one question a page): each sentence with the control that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sekisho.records.pages import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sekisho.errors import SekishoError

__all__ = ["placed"]


def placed(
    error: SekishoError, language: str, where: Callable[[str, Mapping[str, Any]], str], *, most: int = 20
) -> list[tuple[str, str]]:
    """The sentences of an error, each with the id of the control it is about.

    ``where``: the code and the fields of one problem → that id; an empty one when the sentence is about the page.
    """
    about = [(error.code, error.fields), *((problem.code, problem.fields) for problem in error.problems)]
    return [(where(code, fields), line) for (code, fields), line in zip(about, say(error, language), strict=True)][:most]
