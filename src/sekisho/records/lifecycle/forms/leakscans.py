"""Forms of leak scans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.organization.role_names import ROLE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.lifecycle.models import DataStore
    from sekisho.records.organization.models import Person

__all__ = ["DecisionForm", "LeakPlanForm", "ReasonForm", "owner_value", "split_owner"]


def owner_value(owner_id: object, owner_role: str) -> str:
    """The choice that stands for an owner."""
    if owner_id:
        return f"person:{owner_id}"
    return f"role:{owner_role}" if owner_role else ""


def split_owner(value: str) -> tuple[str, str]:
    """(id of a person, role) of a choice; one of them is empty."""
    kind, _separator, key = value.partition(":")
    return (key, "") if kind == "person" else ("", key)


def _choose(form: forms.Form, name: str, choices: list[tuple[str, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("理由"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class LeakPlanForm(forms.Form):
    """What is said of a plan. ``stores`` is asked for only while it is made; ``kinds``: (name, title) that the engine knows."""

    store = forms.ChoiceField(label=_("データの保管先"), help_text=_("管理者が登録した、フォルダかデータベース。"))
    name = forms.CharField(label=_("名称"), max_length=200, help_text=_("例：試験サーバーの共有フォルダ"))
    production = forms.BooleanField(
        label=_("本番（個人情報があるはずの場所）"),
        required=False,
        help_text=_("付けないと、個人情報の見つかった場所をすべて、処置の要るものとして扱います。"),
    )
    every = forms.ChoiceField(
        label=_("間隔"),
        initial="monthly",
        choices=[("daily", _("毎日")), ("weekly", _("毎週")), ("monthly", _("毎月")), ("once", _("そのつど"))],
    )
    kinds = forms.MultipleChoiceField(
        label=_("探すもの"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("一つも選ばないと、すべてを探します。"),
    )
    names = forms.BooleanField(label=_("氏名と住所も探す"), required=False, initial=True)
    threshold = forms.FloatField(
        label=_("点数の下限"), min_value=0.05, max_value=1, initial=0.5, help_text=_("0から1。低いほど多く拾い、誤りも増えます。")
    )
    excluded = forms.CharField(
        label=_("見ないもの"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("一行に一つ、* を使えます。例：*.log、old/*"),
    )
    rules = forms.CharField(
        label=_("自組織の規則（YAML）"),
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=_("宛名番号の形、事業の名前、独自の表示など。書き方は文書「leak-scan-kinds」にあります。"),
    )
    treat_days = forms.IntegerField(label=_("処置までの日数"), min_value=1, max_value=366, initial=30)
    owner = forms.ChoiceField(label=_("責任者"))

    def __init__(
        self,
        *args: Any,
        stores: Iterable[DataStore] | None,
        people: Iterable[Person],
        kinds: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if stores is None:
            del self.fields["store"]
        else:
            _choose(self, "store", [("", _("選んでください")), *((str(row.pk), str(row)) for row in stores)])
        _choose(self, "kinds", list(kinds))
        roles = [(f"role:{key}", name) for key, name in ROLE_NAMES.items()]
        persons = [(f"person:{row.pk}", str(row)) for row in people]
        _choose(self, "owner", [("", _("選んでください")), (_("役割"), roles), (_("人"), persons)])  # type: ignore[list-item] # groups of choices


class DecisionForm(forms.Form):
    """What may lie where."""

    pattern = forms.CharField(label=_("場所"), max_length=300, help_text=_("* を使えます。例：様式/*.docx"))
    kinds = forms.MultipleChoiceField(
        label=_("在ってよいもの"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("一つも選ばないと、すべての種類が在ってよいことになります。"),
    )
    mistaken = forms.BooleanField(label=_("誤検出（実際には無い）"), required=False)
    reason = forms.CharField(label=_("理由"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    until = forms.DateField(
        label=_("いつまで"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), help_text=_("長くても一年。")
    )

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "kinds", list(kinds))
