"""Forms of evidence."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.document_form import DocumentFields
from sekisho.records.evidence import rules
from sekisho.records.languages import language

__all__ = ["BundleForm", "DocumentForm", "document_kind_name", "document_kinds"]


def document_kinds() -> list[tuple[str, str]]:
    """The kinds of document in the reader's language."""
    return [(kind.id, kind.title[language()]) for kind in rules.document_kinds().values()]


def document_kind_name(kind: str) -> str:
    """One of them; the id itself when a later version no longer knows it."""
    found = rules.document_kinds().get(kind)
    return found.title[language()] if found else kind


class _Chosen(forms.Form):
    """A form whose subject is one of ``subjects``."""

    subject = forms.ChoiceField(label=_("対象"))

    def __init__(self, *args: Any, subjects: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["subject"]
        if isinstance(field, forms.ChoiceField):
            field.choices = subjects


class DocumentForm(DocumentFields, _Chosen):
    """A document to keep."""

    note = forms.CharField(label=_("説明"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, required=False)
    requirements = forms.MultipleChoiceField(
        label=_("関係する管理策・遵守事項"), required=False, widget=forms.SelectMultiple(attrs={"size": 8})
    )

    def __init__(self, *args: Any, requirements: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, kinds=document_kinds(), **kwargs)
        field = self.fields["requirements"]
        if isinstance(field, forms.ChoiceField):
            field.choices = requirements


class BundleForm(_Chosen):
    """A bundle that was carried by hand."""

    file = forms.FileField(label=_("測定結果のファイル（.sekisho）"))
