"""Template tags of the shared components (docs/reference/ui-components.md). They are built in: no ``{% load %}`` needed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from django import template
from django.template.base import token_kwargs
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from sekisho.documents import dates
from sekisho.standards import texts
from sekisho.standards.model import VERIFIED
from sekisho.web import charts, marks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.core.paginator import Page
    from django.template.base import NodeList, Parser, Token
    from django.template.context import Context

register = template.Library()

CLOCK: Final = mark_safe(
    '<svg class="clock" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><circle cx="8" cy="8" r="6.5" fill="none" '
    'stroke="currentColor" stroke-width="2"/><path d="M8 4v4h3" fill="none" stroke="currentColor" stroke-width="2"/></svg>'
)
STROKES: Final = mark_safe('<s aria-hidden="true"><u></u><u></u><u></u></s>')
NOTHING: Final = SafeString("")
SOON_DAYS: Final = 7


def language() -> str:
    """``ja`` or ``en``: the reader's language."""
    return "en" if (get_language() or "ja").startswith("en") else "ja"


# ------------------------------------------------------------------------------------------------------------ marks


@register.simple_tag
def level_mark(level: object, *, stale: object = False, proposed: bool = False, text: bool = False) -> SafeString:
    """梅竹松 mark of a Level (0–3, "ume"…, None = 未測定, "na" = 対象外); ``stale``: the clock, ``text``: the name beside it."""
    mark = marks.level_of(level)
    name = str(mark.name)
    if proposed:
        name = _("%(name)s（提案）") % {"name": name}
    spoken = _("%(name)s（エビデンスが古い）") % {"name": name} if stale else name
    return format_html(
        '<span class="lv lv-{}{}" role="img" aria-label="{}" title="{}"><i aria-hidden="true">{}</i>{}{}</span>{}',
        mark.key,
        " lv-pending" if proposed else "",
        spoken,
        spoken,
        mark.sign,
        NOTHING if mark.key == "na" else STROKES,
        CLOCK if stale else NOTHING,
        format_html(' <span class="lv-text" aria-hidden="true">{}</span>', name) if text else NOTHING,
    )


@register.simple_tag
def basis_mark(basis: str) -> SafeString:
    """測定・文書・申告; empty for an empty basis."""
    if not basis:
        return NOTHING
    style, name, title = marks.BASES[basis]
    return format_html('<span class="tag {}" title="{}">{}</span>', style, title, name)


@register.simple_tag
def verified_mark(verified: str | Mapping[str, str]) -> SafeString:
    """How a fact was checked: the word of ``sekisho.standards`` (for several fields, the weakest of them)."""
    if not isinstance(verified, str):
        order = list(VERIFIED)
        verified = max(verified.values(), key=order.index, default="")
    if not verified:
        return NOTHING
    style = {"memory": "warn dashed", "proposal": "dashed", "user": "info"}.get(verified, "ok")
    title = _("この事実を何と照合したか")
    return format_html('<span class="tag {}" title="{}">{}</span>', style, title, VERIFIED[verified].get(language()))


@register.simple_tag
def translation_mark(is_ours: object = True) -> SafeString:
    """「翻訳」: this English is ours, not an official title. Shown to readers of English only."""
    if not is_ours or language() == "ja":
        return NOTHING
    return format_html('<span class="tag dashed" title="{}">{}</span>', _("公式の訳ではなく、本製品の訳です"), _("本製品の訳"))


@register.simple_tag
def proposal_mark(is_proposal: object = True) -> SafeString:
    """「提案」: the text is our own proposal, not the standard's."""
    if not is_proposal:
        return NOTHING
    return format_html('<span class="tag dashed" title="{}">{}</span>', _("基準の文ではなく、本製品の提案です"), _("提案"))


@register.simple_tag
def state_tag(state: str, label: str = "") -> SafeString:
    """A state as a tag; words from :data:`marks.STATES`, or ``label``."""
    style, name = marks.STATES.get(str(state), ("", str(state)))
    return format_html('<span class="tag {}">{}</span>', style, label or name)


@register.simple_tag
def tag(text: object, style: str = "") -> SafeString:
    """A small tag with any text; style: ok, bad, warn, info, dashed."""
    return format_html('<span class="tag {}">{}</span>', style, text)


@register.simple_tag
def fictional_mark(organization: Any) -> SafeString:
    """「架空」 for an organisation that does not exist."""
    if not organization or not getattr(organization, "is_fictional", False):
        return NOTHING
    return format_html('<span class="fictional">{}</span>', _("架空"))


@register.filter
def organization_name(organization: Any) -> str:
    """The organisation's name in the reader's language."""
    return str((language() == "en" and organization.name_en) or organization.name)


@register.simple_tag
def ref(url: str, label: object = "") -> SafeString:
    """根: the small reference of a figure to what is behind it. ``label`` says which figure, for screen readers."""
    spoken = _("根拠：%(label)s") % {"label": label} if label else _("この数字の根拠")
    return format_html(
        '<a class="ref" href="{}" aria-label="{}" title="{}"><span aria-hidden="true">{}</span></a>', url, spoken, spoken, _("根")
    )


@register.simple_tag
def say(code: str, fields: Mapping[str, Any] | None = None) -> str:
    """The sentence of a stable code in the reader's language."""
    return texts.render(code, dict(fields or {}), language())


# ------------------------------------------------------------------------------------------------------------ dates


def _era(context: Context) -> bool:
    user = getattr(context.get("request"), "user", None)
    return getattr(user, "calendar", "western") == "wareki"


def _now(context: Context) -> dt.datetime:
    return getattr(context.get("request"), "now", None) or timezone.now()


@register.simple_tag(takes_context=True)
def localdate(context: Context, value: dt.date | dt.datetime | None, empty: str = "―") -> SafeString:
    """A day in the reader's calendar (和暦 or 西暦) and language, as ``<time>``."""
    if value is None or value == "":
        return format_html("{}", empty)
    day = timezone.localtime(value).date() if isinstance(value, dt.datetime) else value
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


# ------------------------------------------------------------------------------------------------------ lists, figures


@register.inclusion_tag("web/components/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any], name: str = "page") -> dict[str, Any]:
    """「1–20 / 312件」 and links to other pages, keeping the filters of the address."""
    pages = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    query = context["request"].GET.copy()
    query.pop(name, None)
    return {"page": page, "pages": list(pages), "name": name, "query": query.urlencode(), "gap": page.paginator.ELLIPSIS}


@register.simple_tag(takes_context=True)
def chip(context: Context, label: object, count: int | None = None, **query: Any) -> SafeString:
    """A filter that is a link: sets ``query`` in the address (None removes), and is marked when it holds already."""
    given = context["request"].GET.copy()
    on = all(given.get(k, "") == ("" if v is None else str(v)) for k, v in query.items())
    given.pop("page", None)
    for key, value in query.items():
        if value in (None, ""):
            given.pop(key, None)
        else:
            given[key] = str(value)
    return format_html(
        '<a class="chip" href="?{}"{}>{}{}</a>',
        given.urlencode(),
        mark_safe(' aria-current="true"') if on else "",
        label,
        "" if count is None else format_html(' <span class="n">{}</span>', count),
    )


@register.inclusion_tag("web/components/empty_state.html")
def empty_state(title: object, text: object = "", url: str = "", label: object = "") -> dict[str, Any]:
    """What to show instead of an empty list: what it means, and what to do next."""
    return {"title": title, "text": text, "url": url, "label": label}


@register.simple_tag
def progress(value: float, maximum: float = 100, label: object = "") -> SafeString:
    """A progress bar with its figure."""
    return charts.progress(value, maximum, str(label))


@register.simple_tag
def sparkline(values: Sequence[float | None], target: float | None = None, label: object = "") -> SafeString:
    """A small line of the last values, with the target as a dashed line."""
    return charts.sparkline(values, target, str(label))


@register.simple_tag
def level_bar(counts: Mapping[Any, int], label: object = "") -> SafeString:
    """A stacked bar of levels: ``counts`` by level (0–3, keys, None = 未測定)."""
    return charts.level_bar(counts, str(label))


@register.inclusion_tag("web/components/kpi.html", takes_context=True)
def kpi(
    context: Context,
    name: object,
    value: object,
    *,
    unit: object = "",
    note: object = "",
    change: object = "",
    better: bool | None = None,
    url: str = "",
    values: Sequence[float | None] = (),
    target: float | None = None,
) -> dict[str, Any]:
    """One indicator: name, value (None = 未測定), change since the last period, 根, sparkline."""
    del context
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "note": note,
        "change": change,
        "better": better,
        "url": url,
        "values": [v for v in values if v is not None],
        "series": values,
        "target": target,
    }


@register.inclusion_tag("web/components/copy.html")
def copy(text: object, label: object = "", shown: object = "") -> dict[str, Any]:
    """A value (hash, token) with a button that copies it; ``shown`` is a shorter form."""
    return {"text": text, "label": label, "shown": shown or text}


@register.filter
def short_hash(value: str) -> str:
    """``a91f4e0c…7be23c``."""
    return f"{value[:8]}…{value[-6:]}" if len(value) > 20 else value  # noqa: PLR2004 - shorter ones stay whole


# ------------------------------------------------------------------------------------------------------------ forms


@register.inclusion_tag("web/components/error_summary.html")
def error_summary(form: Any = None, lines: Sequence[str] = ()) -> dict[str, Any]:
    """The list of all errors at the top of a page; takes the focus, links to the fields. ``lines``: errors without a field."""
    return {"form": form, "lines": lines}


@register.inclusion_tag("web/components/field.html")
def field(bound: Any, help: object = "") -> dict[str, Any]:  # noqa: A002 - the word of the template
    """One form field: label with ※必須, help, error, control with aria attributes."""
    widget = bound.field.widget
    described = [f"{bound.auto_id}_help"] if help or bound.help_text else []
    if bound.errors:
        described.append(f"{bound.auto_id}_error")
    attributes: dict[str, Any] = {"aria-describedby": " ".join(described)} if described else {}
    if bound.errors:
        attributes["aria-invalid"] = "true"
    kind = getattr(widget, "input_type", "")
    grouped = bool(getattr(bound, "use_fieldset", False))
    return {
        "bound": bound,
        "help": help or bound.help_text,
        "control": bound.as_widget(attrs=attributes),
        "is_check": kind == "checkbox" and not grouped,
        "grouped": grouped,
        "hidden": bound.is_hidden,
    }


@register.inclusion_tag("web/components/form.html", takes_context=True)
def form_body(context: Context, form: Any, label: object = "", back: str = "") -> dict[str, Any]:
    """All fields, the token and the button of a form (inside your own ``<form method="post">``)."""
    return {"form": form, "label": label or _("保存する"), "back": back, "csrf_token": context.get("csrf_token")}


# ------------------------------------------------------------------------------------------------------------ blocks


class _BlockText(template.Node):
    def __init__(self, name: str) -> None:
        self.name = name

    def render(self, context: Context) -> SafeString:
        """The text of a block of this page, a second time and without markup (for ``<title>``)."""
        blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
        block = blocks.get_block(self.name) if blocks else None
        if block is None:
            return NOTHING
        with context.push():
            return mark_safe(" ".join(strip_tags(block.nodelist.render(context)).split()))  # noqa: S308 - escaped, without tags


@register.tag
def block_text(parser: Parser, token: Token) -> _BlockText:
    """``{% block_text "title" %}``: see :class:`_BlockText`."""
    del parser
    return _BlockText(token.split_contents()[1].strip("\"'"))


class _Wrap(template.Node):
    def __init__(self, nodelist: NodeList, name: str, style: str) -> None:
        self.nodelist, self.name, self.style = nodelist, name, style

    def render(self, context: Context) -> SafeString:
        """The content in an element of that class; nothing when it is blank."""
        inner = self.nodelist.render(context)
        if not inner.strip():
            return NOTHING
        return format_html('<{} class="{}">{}</{}>', self.name, self.style, inner, self.name)


@register.tag
def wrap(parser: Parser, token: Token) -> _Wrap:
    """``{% wrap "p" "lead" %}…{% endwrap %}``: the element only when there is something in it."""
    _tag, name, style = token.split_contents()
    nodelist = parser.parse(("endwrap",))
    parser.delete_first_token()
    return _Wrap(nodelist, name.strip("\"'"), style.strip("\"'"))


class _Callout(template.Node):
    def __init__(self, nodelist: NodeList, kind: str, values: dict[str, Any]) -> None:
        self.nodelist, self.kind, self.values = nodelist, kind, values

    def render(self, context: Context) -> SafeString:
        """The box."""
        title = self.values["title"].resolve(context) if "title" in self.values else ""
        if isinstance(title, Promise):
            title = str(title)
        head = format_html('<p class="callout-title">{}</p>', title) if title else NOTHING
        role = mark_safe(' role="alert"') if self.kind == "bad" else ""
        return format_html('<div class="callout {}"{}>{}{}</div>', self.kind, role, head, self.nodelist.render(context))


@register.tag
def callout(parser: Parser, token: Token) -> _Callout:
    """``{% callout "warn" title=_("…") %}…{% endcallout %}``; kinds: info, ok, warn, bad."""
    bits = token.split_contents()[1:]
    kind = bits.pop(0).strip("\"'") if bits and "=" not in bits[0] else "info"
    values = token_kwargs(bits, parser)
    nodelist = parser.parse(("endcallout",))
    parser.delete_first_token()
    return _Callout(nodelist, kind, values)
