"""Marks: levels, bases, how sure a fact is, states, references, names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from sekisho.records.languages import language
from sekisho.standards import texts
from sekisho.standards.model import VERIFIED
from sekisho.web import marks

if TYPE_CHECKING:
    from collections.abc import Mapping

register = template.Library()

CLOCK: Final = mark_safe(
    '<svg class="clock" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><circle cx="8" cy="8" r="6.5" fill="none" '
    'stroke="currentColor" stroke-width="2"/><path d="M8 4v4h3" fill="none" stroke="currentColor" stroke-width="2"/></svg>'
)
STROKES: Final = mark_safe('<s aria-hidden="true"><u></u><u></u><u></u></s>')
NOTHING: Final = SafeString("")


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
    return format_html(
        '<span class="tag dashed" title="{}">{}</span>',
        _("基準の文ではなく、本製品の提案です"),
        pgettext("of this product", "提案"),
    )


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
