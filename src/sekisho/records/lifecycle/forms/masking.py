"""Forms of masking plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.lifecycle.models import DataStore

__all__ = ["MaskPlanForm", "ProposeForm", "WhyForm"]


def _choose(form: forms.Form, name: str, rows: Iterable[DataStore]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [("", _("選んでください")), *((str(row.pk), str(row)) for row in rows)]


class WhyForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("理由"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class ProposeForm(forms.Form):
    """Which data a plan is proposed for."""

    source_store = forms.ChoiceField(label=_("もとのデータの保管先"))
    source = forms.CharField(
        label=_("もとのデータの場所"),
        max_length=500,
        required=False,
        help_text=_("保管先の中のファイルかフォルダ。例：住民/2026。データベースなら空のまま（スキーマの名前も書けます）。"),
    )
    name = forms.CharField(label=_("計画の名称"), max_length=200, help_text=_("例：住民システムの試験データ"))
    recipient = forms.CharField(label=_("渡す相手"), max_length=200)

    def __init__(self, *args: Any, stores: Iterable[DataStore], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "source_store", stores)


class MaskPlanForm(forms.Form):
    """A plan: places and the YAML that says what becomes of each column."""

    source_store = forms.ChoiceField(label=_("もとのデータの保管先"))
    source = forms.CharField(label=_("もとのデータの場所"), max_length=500, required=False)
    target_store = forms.ChoiceField(label=_("書き出す保管先"))
    target = forms.CharField(
        label=_("書き出す場所"),
        max_length=500,
        required=False,
        initial="masked/{date}",
        help_text=_("{date} は実行の日時になります。すでにあるものには書きません。"),
    )
    name = forms.CharField(label=_("計画の名称"), max_length=200)
    purpose = forms.CharField(label=_("目的"), max_length=500, required=False)
    text = forms.CharField(
        label=_("計画（YAML）"),
        max_length=500_000,
        widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "false", "class": "mono"}),
        help_text=_(
            "列ごとの変換を確かめ、undecided（未定）をなくします。個人番号の列は、除くか、もとと関わりのない値に替えることしかできません。"
        ),
    )

    def __init__(self, *args: Any, stores: list[DataStore] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if stores is None:
            del self.fields["source_store"], self.fields["target_store"]
        else:
            _choose(self, "source_store", stores)
            _choose(self, "target_store", stores)
