"""Lists: their pages, their filters, what stands where one is empty; values to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from sekisho.records.languages import language

if TYPE_CHECKING:
    from django.core.paginator import Page
    from django.template.context import Context
    from django.utils.safestring import SafeString

register = template.Library()


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


@register.inclusion_tag("web/components/copy.html")
def copy(text: object, label: object = "", shown: object = "") -> dict[str, Any]:
    """A value (hash, token) with a button that copies it; ``shown`` is a shorter form."""
    return {"text": text, "label": label, "shown": shown or text}


@register.simple_tag
def comma() -> str:
    """What stands between the names of a list in the reader's language."""
    return "、" if language() == "ja" else ", "


@register.filter
def bracketed(value: object) -> str:
    """``（3）``, in other languages `` (3)``."""
    return f"（{value}）" if language() == "ja" else f" ({value})"


@register.filter
def short_hash(value: str) -> str:
    """``a91f4e0c…7be23c``."""
    return f"{value[:8]}…{value[-6:]}" if len(value) > 20 else value  # noqa: PLR2004 - shorter ones stay whole
