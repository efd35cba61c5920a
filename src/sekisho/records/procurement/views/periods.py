"""Periods of the contract in words: what was read out of the published clauses, and what has to be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sekisho.records.procurement.rules.periods import asked
from sekisho.records.procurement.views.common import language
from sekisho.standards.model import VERIFIED

if TYPE_CHECKING:
    from sekisho.records.procurement.rules.periods import Asked, Period, PeriodUse

__all__ = ["asked_fields", "period_rows", "period_words"]


def period_words(period: Period | None) -> str:
    """A period in the reader's language; nothing for None."""
    if period is None:
        return ""
    if period.unit == "month" and period.count % 12 == 0:
        return ngettext("%(n)s年", "%(n)s年", period.count // 12) % {"n": period.count // 12}
    names = {
        "month": ngettext("%(n)sか月", "%(n)sか月", period.count),
        "day": ngettext("%(n)s日間", "%(n)s日間", period.count),
        "business_day": ngettext("%(n)s営業日", "%(n)s営業日", period.count),
    }
    return names[period.unit] % {"n": period.count}


def period_rows(uses: tuple[PeriodUse, ...]) -> list[dict[str, Any]]:
    """One row for each place, with what was read and where it comes from."""
    return [
        {
            "clause": f"{use.clause} {use.clause_title.get(language())}",
            "place": use.place,
            "text": use.text,
            "period": period_words(use.read),
            "source": use.source,
            "duties": [title.get(language()) for title in use.duties],
        }
        for use in uses
    ]


def asked_fields(uses: tuple[PeriodUse, ...]) -> list[tuple[str, str, str]]:
    """(key, label, help) of each period that the published text does not say: the default is told, never filled in."""
    return [(one.key, one.first.place, _help(one)) for one in asked(uses)]


def _help(one: Asked) -> str:
    use = one.first
    clauses = "、".join(u.clause for u in one.uses) if language() == "ja" else ", ".join(u.clause for u in one.uses)
    if use.text:
        said = _("仕様書（%(clauses)s）の「%(text)s」からは、期間を読み取れません。") % {"clauses": clauses, "text": use.text}
    else:
        said = _("条項（%(clauses)s）の文を変えてあるので、期間を読み取れません。") % {"clauses": clauses}
    if use.default is not None:
        fields = {"period": period_words(use.default), "checked": VERIFIED[use.default_verified].get(language())}
        said += " " + _("規則の初期値は%(period)s（%(checked)s）です。") % fields
    return said + " " + _("「3か月」「14日」「10営業日」のように書きます。")
