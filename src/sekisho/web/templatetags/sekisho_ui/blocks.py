"""Tags around a part of a page: wrapped when it is not blank, boxed, or taken a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import template
from django.template.base import token_kwargs
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils.functional import Promise
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from django.template.base import NodeList, Parser, Token
    from django.template.context import Context

register = template.Library()

NOTHING: Final = SafeString("")


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
