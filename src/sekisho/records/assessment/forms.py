"""Forms of the room. They only shape input; actions decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.assessment.models import CorrectiveAction, Level
from sekisho.records.document_form import DocumentFields

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.organization.models import Person

__all__ = [
    "LEVEL_NAMES",
    "AnswerForm",
    "ApplicabilityForm",
    "CorrectiveForm",
    "DocumentedForm",
    "LevelForm",
    "MoveForm",
    "TargetForm",
    "VersionForm",
]

LEVEL_NAMES = [(Level.NONE, _("未実施")), (Level.UME, _("梅")), (Level.TAKE, _("竹")), (Level.MATSU, _("松"))]


class VersionForm(forms.Form):
    """The version that the reader saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class LevelForm(VersionForm):
    """Another level, with the reason."""

    level = forms.TypedChoiceField(label=_("レベル"), choices=LEVEL_NAMES, coerce=int, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("理由"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("何にもとづいて判断したか。承認する人と、後で報告書を読む人が見ます。"),
        max_length=4000,
    )


class DocumentedForm(DocumentFields, LevelForm):
    """A document and the level that it bears out. ``kinds``: choices, those that the rule asks for in a group of their own."""

    field_order = ("version", "file", "title", "document_kind", "number", "valid_from", "valid_until", "level", "reason")


class TargetForm(VersionForm):
    """Target level and date."""

    level = forms.TypedChoiceField(
        label=_("目標のレベル"), choices=[("", _("目標なし")), *LEVEL_NAMES[1:]], coerce=int, empty_value=None, required=False
    )
    on = forms.DateField(label=_("いつまでに"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=_("目標の理由"), max_length=400, required=False)


class AnswerForm(forms.Form):
    """The answer to one question of a rule."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    holds = forms.TypedChoiceField(
        label=_("答え"),
        choices=[("yes", _("はい")), ("no", _("いいえ"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    statement = forms.CharField(label=_("補足"), widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=2000)


class ApplicabilityForm(forms.Form):
    """Leave a requirement out, or take it in again."""

    reason = forms.CharField(
        label=_("理由"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("適用宣言書に、そのまま理由として載ります。"),
        max_length=4000,
    )


class CorrectiveForm(forms.Form):
    """What is done, by whom, by when."""

    what = forms.CharField(label=_("何をするか"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
    cause = forms.CharField(label=_("原因"), widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=2000)
    owner: forms.ModelChoiceField[Any] = forms.ModelChoiceField(label=_("担当者"), queryset=None)
    due_on = forms.DateField(label=_("期日"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        """``people``: who may own it."""
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people  # type: ignore[attr-defined] # a ModelChoiceField


class MoveForm(VersionForm):
    """The next state of a corrective action."""

    state = forms.ChoiceField(choices=CorrectiveAction.State.choices, widget=forms.HiddenInput)
    outcome = forms.CharField(
        label=_("行ったこと（取りやめるときは理由）"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=4000
    )
