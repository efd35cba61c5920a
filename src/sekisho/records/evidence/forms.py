"""Forms of evidence."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sekisho.records.evidence import rules

__all__ = ["BundleForm", "DocumentForm", "document_kind_name", "document_kinds"]


def _language() -> str:
    return "en" if (get_language() or "ja").startswith("en") else "ja"


def document_kinds() -> list[tuple[str, str]]:
    """The kinds of document in the reader's language."""
    return [(kind.id, kind.title[_language()]) for kind in rules.document_kinds().values()]


def document_kind_name(kind: str) -> str:
    """One of them; the id itself when a later version no longer knows it."""
    found = rules.document_kinds().get(kind)
    return found.title[_language()] if found else kind


class _Chosen(forms.Form):
    """A form whose subject is one of ``subjects``."""

    subject = forms.ChoiceField(label=_("対象"))

    def __init__(self, *args: Any, subjects: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["subject"]
        if isinstance(field, forms.ChoiceField):
            field.choices = subjects


class DocumentForm(_Chosen):
    """A document to keep."""

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
    note = forms.CharField(label=_("説明"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, required=False)
    requirements = forms.MultipleChoiceField(
        label=_("関係する管理策・遵守事項"), required=False, widget=forms.SelectMultiple(attrs={"size": 8})
    )

    def __init__(self, *args: Any, requirements: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("document_kind", document_kinds()), ("requirements", requirements)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices


class BundleForm(_Chosen):
    """A bundle that was carried by hand."""

    file = forms.FileField(label=_("測定結果のファイル（.sekisho）"))
