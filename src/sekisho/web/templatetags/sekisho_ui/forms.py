"""Forms: fields with their help and errors, the summary of all errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.template.context import Context

register = template.Library()


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
