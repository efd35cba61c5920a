"""Forms of what is handed out of production."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["EndForm", "GiveForm", "HandoverForm", "WordsForm"]


def _choose(form: forms.Form, name: str, choices: list[tuple[str, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def _named(rows: Iterable[tuple[Any, str]], empty: Any) -> list[tuple[str, Any]]:
    return [("", empty), *((str(key), name) for key, name in rows)]


def _day(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class WordsForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("理由"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class HandoverForm(forms.Form):
    """What is to be handed out, to whom, and on which basis."""

    title = forms.CharField(label=_("件名"), max_length=200, help_text=_("例：住民システム更改の試験データ"))
    content = forms.ChoiceField(
        label=_("渡すもの"),
        widget=forms.RadioSelect,
        choices=[
            ("synthetic", _("架空のデータ（説明から作ったもの）")),
            ("masked", _("マスキングしたデータ（証明のあるもの）")),
            ("real", _("実データ（そのまま）")),
        ],
        help_text=_("上から順に考えます。実データは、ほかに手がなく、返却・消去を確かめられるときだけです。"),
    )
    purpose = forms.CharField(label=_("目的"), max_length=500)
    recipient = forms.CharField(label=_("渡す相手"), max_length=200)
    supplier = forms.ChoiceField(label=_("委託先（登録があれば）"), required=False)
    personal = forms.BooleanField(label=_("もとは個人情報"), required=False)
    my_number = forms.BooleanField(label=_("個人番号（マイナンバー）を含む"), required=False)
    mask_run = forms.ChoiceField(
        label=_("マスキングの結果"),
        required=False,
        help_text=_("証明の成り立った実行だけが選べます。マスキングしたデータに要ります。"),
    )
    assessment = forms.ChoiceField(
        label=_("再識別のおそれの評価"),
        required=False,
        help_text=_("保護管理者の確認が済んだもの。もとが個人情報のときに要ります。"),
    )
    pledge = forms.ChoiceField(label=_("誓約書"), required=False, help_text=_("エビデンスに登録した文書。実データに要ります。"))
    back_on = _day(_("返却・消去の期日"), required=False, help_text=_("実データに要ります。期日は期限の一覧に出ます。"))

    def __init__(
        self,
        *args: Any,
        suppliers: Iterable[tuple[Any, str]],
        runs: Iterable[tuple[Any, str]],
        assessments: Iterable[tuple[Any, str]],
        documents: Iterable[tuple[Any, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        none = _("なし")
        _choose(self, "supplier", _named(suppliers, none))
        _choose(self, "mask_run", _named(runs, none))
        _choose(self, "assessment", _named(assessments, none))
        _choose(self, "pledge", _named(documents, none))


class GiveForm(forms.Form):
    """When and how it was handed out."""

    given_on = _day(_("渡した日"))
    how = forms.CharField(label=_("渡し方"), max_length=500, help_text=_("例：暗号化した媒体を手渡し。受領書あり"))


class EndForm(forms.Form):
    """How it came back."""

    how = forms.ChoiceField(
        label=_("どうなったか"),
        widget=forms.RadioSelect,
        choices=[
            ("returned", _("返却された")),
            ("erased", _("消去された")),
            ("kept", _("そのまま使い続ける（架空のデータだけ）")),
        ],
    )
    ended_on = _day(_("その日"))
    document = forms.ChoiceField(
        label=_("確認の文書"), required=False, help_text=_("受領書・消去証明書など。実データには要ります。")
    )
    note = forms.CharField(label=_("覚え書き"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, documents: Iterable[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "document", _named(documents, _("なし")))
