"""Days and moments in the reader's calendar; how long ago, how long still."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sekisho.documents import dates
from sekisho.records.languages import language

if TYPE_CHECKING:
    from django.template.context import Context
    from django.utils.safestring import SafeString

register = template.Library()

SOON_DAYS: Final = 7


def _era(context: Context) -> bool:
    user = getattr(context.get("request"), "user", None)
    return getattr(user, "calendar", "western") == "wareki"


def _now(context: Context) -> dt.datetime:
    return getattr(context.get("request"), "now", None) or timezone.now()


@register.simple_tag(takes_context=True)
def localdate(context: Context, value: dt.date | dt.datetime | str | None, empty: str = "―") -> SafeString:
    """A day (also as kept in JSON, ISO 8601) in the reader's calendar (和暦 or 西暦) and language, as ``<time>``."""
    if value is None or value == "":
        return format_html("{}", empty)
    given = dt.date.fromisoformat(value) if isinstance(value, str) else value
    day = timezone.localtime(given).date() if isinstance(given, dt.datetime) else given
    return format_html(
        '<time datetime="{}">{}</time>', day.isoformat(), dates.format_date(day, language=language(), era=_era(context))
    )


@register.simple_tag(takes_context=True)
def localdatetime(context: Context, value: dt.datetime | None, empty: str = "―") -> SafeString:
    """Day and minute in the reader's calendar, as ``<time>``."""
    if value is None or value == "":
        return format_html("{}", empty)
    local = timezone.localtime(value)
    day = dates.format_date(local, language=language(), era=_era(context))
    return format_html('<time datetime="{}">{} {}</time>', local.isoformat(), day, local.strftime("%H:%M"))


@register.simple_tag(takes_context=True)
def fiscal(context: Context, value: dt.date) -> str:
    """「令和8年度第3四半期」."""
    return dates.format_quarter(value, language=language(), era=_era(context))


@register.simple_tag(takes_context=True)
def age(context: Context, value: dt.datetime | None) -> SafeString:
    """How long ago: 「6時間前」「41日前」, with the moment as tooltip."""
    if value is None:
        return format_html("{}", "―")
    minutes = int((_now(context) - value).total_seconds() // 60)
    if minutes < 0:
        return localdatetime(context, value)
    if minutes < 1:
        words = _("たった今")
    elif minutes < 60:  # noqa: PLR2004 - an hour
        words = ngettext("%(n)d分前", "%(n)d分前", minutes) % {"n": minutes}
    elif minutes < 48 * 60:
        words = ngettext("%(n)d時間前", "%(n)d時間前", minutes // 60) % {"n": minutes // 60}
    else:
        words = ngettext("%(n)d日前", "%(n)d日前", minutes // 1440) % {"n": minutes // 1440}
    local = timezone.localtime(value)
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), local.strftime("%Y-%m-%d %H:%M"), words)


@register.simple_tag(takes_context=True)
def due(context: Context, value: dt.datetime | dt.date | None) -> SafeString:
    """A due date with its urgency in words: 「3日超過」「今日」「あと2日」, then the date."""
    if value is None:
        return format_html("{}", "―")
    day = timezone.localtime(value).date() if isinstance(value, dt.datetime) else value
    left = (day - timezone.localtime(_now(context)).date()).days
    if left < 0:
        style, words = " late", ngettext("%(n)d日超過", "%(n)d日超過", -left) % {"n": -left}
    elif left == 0:
        style, words = " late", _("今日まで")
    else:
        style = " soon" if left <= SOON_DAYS else ""
        words = ngettext("あと%(n)d日", "あと%(n)d日", left) % {"n": left}
    return format_html('<span class="due{}">{}</span> <small>{}</small>', style, words, localdate(context, day))
