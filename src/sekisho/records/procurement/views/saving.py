"""Saving from a page: what was typed meets what somebody else saved meanwhile, and a person chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.shortcuts import render

from sekisho.errors import Conflict
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.rules.editing import value_at
from sekisho.records.procurement.rules.wording import key_in_words, value_in_words
from sekisho.records.procurement.views.common import CasePage, language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from sekisho.records.pages import PageRequest

__all__ = ["base_version", "names_of", "save"]

_CLASH: Final = "procurement.changed_meanwhile"
_NOT_AGAIN: Final = frozenset({"csrfmiddlewaretoken", "base_version"})


def base_version(request: PageRequest, shown: CasePage) -> int:
    """The version of the answers that the form was made from; the present one when the form does not say."""
    given = request.POST.get("base_version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else shown.case.answers_version  # noqa: PLR2004


def names_of(plain: Mapping[str, Any]) -> dict[str, str]:
    """Id of information → its name."""
    return {str(item.get("id")): str(item.get("name")) for item in plain.get("information", [])}


def save(request: PageRequest, shown: CasePage, changes: Mapping[str, Any], *, back: str) -> HttpResponse | None:
    """Save ``changes``. None when that is done; otherwise the page on which the reader chooses between two values (409).

    ``back``: where to go when the other's value stays. Raises as ``actions.save_answers``, but for a clash.
    """
    try:
        actions.save_answers(
            request.principal, shown.case, changes=changes, base_version=base_version(request, shown), now=request.now
        )
    except Conflict as error:
        if error.code != _CLASH:
            raise
        return _choose(request, shown, changes, back)
    return None


def _choose(request: PageRequest, shown: CasePage, changes: Mapping[str, Any], back: str) -> HttpResponse:
    now = queries.case(request.principal, shown.case.pk)
    rules, spoken = queries.rules_of(now), language()
    names = names_of(now.answers)
    pairs = []
    for key, mine in changes.items():
        theirs = value_at(now.answers, key)
        if theirs == mine:
            continue
        last = queries.changes(now).filter(key__in=(key, "*")).first()
        pairs.append(
            {
                "name": key_in_words(key, rules, spoken, theirs, mine),
                "theirs": value_in_words(key, theirs, rules, spoken, names),
                "mine": value_in_words(key, mine, rules, spoken, names),
                "who": last.person.name if last and last.person else "",
                "at": last.at if last else None,
            }
        )
    context = {
        **shown.context,
        "case": now,
        "pairs": pairs,
        "again": [(name, value) for name, values in request.POST.lists() if name not in _NOT_AGAIN for value in values],
        "version": now.answers_version,
        "back": back,
    }
    return render(request, "procurement/conflict.html", context, status=409)
