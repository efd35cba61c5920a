"""Forms of subjects and machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sekisho.records.subjects.actions.edit import ASSET_FIELDS
from sekisho.records.subjects.importing import KIND_NAMES
from sekisho.records.subjects.models import SubjectKind
from sekisho.standards import catalog as standards

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.organization.models import Person

__all__ = ["EditForm", "EnrollForm", "ImportForm", "KeyForm", "PartForm", "ReasonForm", "SubjectForm", "kind_name", "kinds"]

EMPTY = ("", "―")


def _english() -> bool:
    return (get_language() or "ja").startswith("en")


def kind_name(kind: str) -> str:
    """A kind of subject in the reader's language."""
    ja, en = KIND_NAMES[SubjectKind(kind)]
    return en if _english() else ja


def kinds() -> list[tuple[str, str]]:
    """All kinds that people make."""
    return [(k.value, kind_name(k.value)) for k in SubjectKind if k is not SubjectKind.ORGANIZATION]


def values_of(axis: str) -> list[tuple[str, str]]:
    """The values of an axis over all schemes, each once."""
    found: dict[str, str] = {}
    for scheme in standards.classification_schemes().values():
        for one in scheme.axes:
            if one.id == axis:
                for value in one.values:
                    found.setdefault(value.id, value.title.en if _english() else value.title.ja)
    return list(found.items())


def schemes() -> list[tuple[str, str]]:
    """The schemes for information (network zones apart)."""
    found = standards.classification_schemes().values()
    return [(s.id, s.title.en if _english() else s.title.ja) for s in found if s.id != "network_zone"]


class EditForm(forms.Form):
    """What may change later. ``people``: who may own it; ``asset``: whether it has the columns of information assets."""

    name = forms.CharField(label=_("名称"), max_length=200)
    kana = forms.CharField(label=_("フリガナ"), max_length=200, required=False)
    description = forms.CharField(label=_("説明"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, required=False)
    owner: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("管理者"), queryset=None, required=False, empty_label="―", help_text=_("この組織で役割を持つ人から選びます。")
    )
    classification_scheme = forms.ChoiceField(label=_("分類の方式"), required=False)
    confidentiality = forms.ChoiceField(label=_("機密性"), required=False)
    integrity = forms.ChoiceField(label=_("完全性"), required=False)
    availability = forms.ChoiceField(label=_("可用性"), required=False)
    network_zone = forms.ChoiceField(label=_("ネットワークの領域"), required=False)
    form = forms.ChoiceField(
        label=_("形態"), choices=[("electronic", _("電子")), ("paper", _("紙")), ("both", _("電子と紙"))], initial="electronic"
    )
    location = forms.CharField(label=_("保管場所"), max_length=200, required=False)
    personal_information = forms.BooleanField(label=_("個人情報を含む"), required=False)
    my_number = forms.BooleanField(label=_("マイナンバー（個人番号）を含む"), required=False)
    people_count = forms.IntegerField(label=_("本人の数（人）"), min_value=0, max_value=2_000_000_000, required=False)
    handling = forms.CharField(label=_("取扱い"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, required=False)
    acquired_on = forms.DateField(label=_("取得日"), widget=forms.DateInput(attrs={"type": "date"}), required=False)

    def __init__(self, *args: Any, people: QuerySet[Person], asset: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people  # type: ignore[attr-defined] # a ModelChoiceField
        self._choose("classification_scheme", [EMPTY, *schemes()])
        for axis in ("confidentiality", "integrity", "availability"):
            self._choose(axis, [EMPTY, *values_of(axis)])
        self._choose("network_zone", [EMPTY, *values_of("zone")])
        for name in () if asset else ASSET_FIELDS:
            del self.fields[name]

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    @property
    def asset(self) -> dict[str, Any] | None:
        """The columns of an information asset as given; None for everything else."""
        return {name: value for name, value in self.cleaned_data.items() if name in ASSET_FIELDS} or None

    @property
    def values(self) -> dict[str, Any]:
        """The columns that every subject has, as given."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ASSET_FIELDS}


class SubjectForm(EditForm):
    """A new subject. Its kind is chosen before (it decides which columns there are)."""

    kind = forms.ChoiceField(label=_("種類"), widget=forms.HiddenInput)
    number = forms.CharField(label=_("管理番号"), max_length=200, required=False)
    field_order = ("kind", "name", "kana", "number")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choose("kind", kinds())


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class KeyForm(forms.Form):
    """How others name a subject."""

    scheme = forms.CharField(
        label=_("キーの種類"), max_length=32, help_text=_("例：corporate_number（法人番号）、asset_number（管理番号）")
    )
    value = forms.CharField(label=_("値"), max_length=200)


class PartForm(forms.Form):
    """Which subject belongs to this one."""

    part = forms.ChoiceField(label=_("この対象の一部にするもの"))

    def __init__(self, *args: Any, candidates: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["part"]
        if isinstance(field, forms.ChoiceField):
            field.choices = candidates


class EnrollForm(forms.Form):
    """A machine to enrol."""

    subject = forms.ChoiceField(label=_("対象"), help_text=_("この機器が報告してよい、ただ一つの対象です。"))
    name = forms.CharField(label=_("機器の名前"), max_length=200)
    expires_on = forms.DateField(
        label=_("有効期限"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("空なら、取り消すまで有効です。"),
    )

    def __init__(self, *args: Any, candidates: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["subject"]
        if isinstance(field, forms.ChoiceField):
            field.choices = candidates


class ImportForm(forms.Form):
    """A register to read."""

    file = forms.FileField(label=_("台帳のファイル（XLSX・CSV）"))
    encoding = forms.ChoiceField(
        label=_("CSVの文字コード"),
        required=False,
        choices=[("", _("自動で判別")), ("utf-8", "UTF-8"), ("cp932", _("CP932（Shift_JIS）"))],
    )
