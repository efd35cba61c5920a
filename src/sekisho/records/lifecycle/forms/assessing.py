"""Forms of assessments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.lifecycle.models import DataStore, MaskRun

__all__ = ["SCHEMES", "AssessForm", "DeclareForm"]

SCHEMES = {
    "anonymised": _("匿名加工情報"),
    "pseudonymised": _("仮名加工情報"),
    "public_anonymised": _("行政機関等匿名加工情報"),
}


def _choose(form: forms.Form, name: str, choices: list[tuple[str, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


class AssessForm(forms.Form):
    """Which table is assessed, and what is asked of it."""

    name = forms.CharField(label=_("名称"), max_length=200, help_text=_("例：特定健診の統計用データ 2026年度"))
    store = forms.ChoiceField(label=_("保管先"))
    path = forms.CharField(
        label=_("表の場所"),
        max_length=500,
        help_text=_("保管先の中のファイル（CSV・Excel・Parquet）。表そのものは、ここには残りません。"),
    )
    scheme = forms.ChoiceField(label=_("何にするか"))
    quasi = forms.CharField(
        label=_("準識別子"),
        required=False,
        max_length=4000,
        help_text=_("組み合わせると人を絞れる列を「,」で区切って。空なら、列の名前と中身から提案したものを使います。"),
    )
    sensitive = forms.CharField(
        label=_("要保護の属性"),
        required=False,
        max_length=4000,
        help_text=_("知られてはならない列。空なら、提案したものを使います。"),
    )
    k = forms.IntegerField(
        label=_("求めるk"), min_value=1, max_value=10_000, initial=5, help_text=_("どの組にも、この数以上の行。")
    )
    l = forms.FloatField(label=_("求めるl"), min_value=1, max_value=10_000, initial=2)  # noqa: E741 - the measure's name
    t = forms.FloatField(label=_("求めるt"), min_value=0, max_value=1, initial=0.5)
    threshold = forms.FloatField(label=_("危険とみなす確率"), min_value=0, max_value=1, initial=0.2)
    mask_run = forms.ChoiceField(label=_("マスキングの結果"), required=False)

    def __init__(self, *args: Any, stores: Iterable[DataStore], runs: Iterable[MaskRun], kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "store", [("", _("選んでください")), *((str(row.pk), str(row)) for row in stores)])
        _choose(self, "scheme", [(kind, SCHEMES.get(kind, kind)) for kind in kinds])
        _choose(self, "mask_run", [("", _("なし")), *((str(row.pk), f"{row.plan.name} {row.at:%Y-%m-%d}") for row in runs)])


class DeclareForm(forms.Form):
    """A person's word for a duty."""

    note = forms.CharField(
        label=_("確かめたこと"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("だれが、何を見て確かめたか。空にすると、申告を取り消します。"),
    )
