"""The fields under which a document is handed in, wherever a room asks for one."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

__all__ = ["DocumentFields"]


def _moment(day: date | None, at: time) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, at)) if day else None


class DocumentFields(forms.Form):
    """A file, what it is, and how long it holds. ``kinds``: kinds of document as choices, in groups or not."""

    document_kind = forms.ChoiceField(label=_("文書の種類"))
    title = forms.CharField(label=_("文書の名前"), max_length=300)
    file = forms.FileField(label=_("ファイル"))
    number = forms.CharField(label=_("文書番号"), max_length=100, required=False)
    valid_from = forms.DateField(
        label=_("いつから"), required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text=_("空なら今日からです。")
    )
    valid_until = forms.DateField(
        label=_("いつまで"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("空なら、次の見直しの時期まで（400日）です。"),
    )

    def __init__(self, *args: Any, kinds: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["document_kind"]
        if isinstance(field, forms.ChoiceField):
            field.choices = kinds

    @property
    def handed_in(self) -> dict[str, Any]:
        """What a valid form says, as the actions name it; days are whole days of the installation's zone."""
        given = self.cleaned_data
        return {
            "title": given["title"],
            "document_kind": given["document_kind"],
            "file_name": given["file"].name or "",
            "chunks": given["file"].chunks(),
            "number": given["number"],
            "valid_from": _moment(given["valid_from"], time(0)),
            "valid_until": _moment(given["valid_until"], time(23, 59, 59)),
        }
