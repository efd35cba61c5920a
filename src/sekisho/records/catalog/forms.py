"""Forms of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["AdoptionForm", "ImportForm", "OverlayForm"]


def _area(label: Any, rows: int = 3, *, required: bool = False, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=10_000, required=required, widget=widget, help_text=help_text)


class OverlayForm(forms.Form):
    """A correction; fields left as they are do not belong to it."""

    title = forms.CharField(label=_("題名"), max_length=500, required=False)
    title_en = forms.CharField(label=_("題名（英語）"), max_length=500, required=False)
    summary = _area(_("要旨"))
    summary_en = _area(_("要旨（英語）"))
    responsible = forms.CharField(label=_("責任者"), max_length=500, required=False)
    note_text = _area(_("補足"), 2, help_text=_("この組織での読み方など。要求事項のページに出ます。"))
    source = _area(
        _("何を見て直したか"),
        2,
        required=True,
        help_text=_("原典の版とページ、通知の番号など。だれが、いつ直したかと一緒に残ります。"),
    )

    def changes(self, original: Mapping[str, str]) -> dict[str, str]:
        """What differs from ``original`` (the text without this organisation's own correction), by the names of the action."""
        given = {"note" if name == "note_text" else name: value.strip() for name, value in self.cleaned_data.items()}
        given.pop("source", None)
        return {name: value for name, value in given.items() if value and value != original.get(name, "").strip()}


class ImportForm(forms.Form):
    """A file to be looked at before it is taken."""

    file = forms.FileField(
        label=_("ファイル"),
        help_text=_("OSCALのcatalog（JSON、1.0〜1.2）か、ひな形に書いた自分たちの規程（XLSX）。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".json,.xlsx"}),
    )


class AdoptionForm(forms.Form):
    """Why the organisation judges itself by a catalogue, or does not."""

    reason = _area(_("理由"), required=True, help_text=_("記録簿と適用宣言書の根拠になります。決裁の番号などを書いてください。"))
