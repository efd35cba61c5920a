"""Forms of the room. They only shape input; actions decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.organization.models import Organization

__all__ = ["BuildForm", "SubmitForm", "TargetForm", "TemplateForm"]

LARGEST_TEMPLATE = 10 * 1024 * 1024


class TargetForm(forms.Form):
    """What an indicator shall be. Ratios are asked for in per cent."""

    value = forms.FloatField(
        label=_("目標"), min_value=0, widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})
    )
    due_on = forms.DateField(label=_("いつまでに"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, unit: str = "", ratio: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ratio = ratio
        field = self.fields["value"]
        field.help_text = _("単位は％です。0から100のあいだで入れてください。") if ratio else _("単位は「%s」です。") % unit
        if ratio:
            field.validators.append(forms.FloatField(max_value=100).validators[-1])

    @property
    def target(self) -> float:
        """The target as it is stored (a ratio as 0–1)."""
        value: float = self.cleaned_data["value"]
        return round(value / 100, 9) if self.ratio else value


class BuildForm(forms.Form):
    """Language and calendar of a new report."""

    language = forms.ChoiceField(
        label=_("ことば"), choices=[("ja", _("日本語")), ("en", _("英語"))], initial="ja", widget=forms.RadioSelect
    )
    calendar = forms.ChoiceField(
        label=_("日付"),
        choices=[("wareki", _("和暦（令和8年）")), ("western", _("西暦（2026年）"))],
        initial="wareki",
        widget=forms.RadioSelect,
        help_text=_("英語の報告書の日付は、いつも西暦です。"),
    )


class SubmitForm(forms.Form):
    """To which organisation above."""

    to = forms.ChoiceField(label=_("提出先"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, above: Iterable[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [(str(o.pk), o.name) for o in above]  # type: ignore[attr-defined] # a ChoiceField


class TemplateForm(forms.Form):
    """The office's own Word template."""

    template = forms.FileField(
        label=_("Wordのひな形（.docx）"),
        help_text=_("庁内の様式のファイル。見出しと表の書式を、そのファイルのものにします。ファイルは保存しません。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".docx"}),
    )

    def clean_template(self) -> bytes:
        """The bytes, when not too many."""
        given = self.cleaned_data["template"]
        if given.size > LARGEST_TEMPLATE:
            raise forms.ValidationError(_("ファイルが大きすぎます。10MBまでにしてください。"))
        return bytes(given.read())
