"""Forms of cases: beginning one, members, opinions, cancelling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.procurement.models import MemberPart
from sekisho.records.procurement.views.names import PARTS, RULE_SETS

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.organization.models import Person

__all__ = ["CancelForm", "CopyForm", "ImportForm", "KeepForm", "MemberForm", "NewForm", "OpinionForm", "SubjectForm"]


_MADE: Final = {
    "specification": _("システムやサービス、機器、業務の委託を調達するときの、セキュリティの要件"),
    "generative_ai": _("生成AIを使う前に、使い方の危険と守り方を確かめる"),
}
"""Rule set → what a case with it makes."""


class NewForm(forms.Form):
    """A new case. ``rule_sets``: those that are included."""

    title = forms.CharField(
        label=_("件名"),
        max_length=200,
        help_text=_("何を調達するのかが分かる名前にします。あとから変えられます。例：公共施設予約サイトの構築及び運用"),
    )
    rule_set = forms.ChoiceField(
        label=_("作るもの"), widget=forms.RadioSelect, error_messages={"required": _("どちらかを選んでください。")}
    )

    def __init__(self, *args: Any, rule_sets: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (name, _("%(name)s：%(what)s") % {"name": RULE_SETS[name], "what": what})
            for name, what in _MADE.items()
            if name in rule_sets
        ]
        field = self.fields["rule_set"]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices
        if self.initial.get("rule_set") not in rule_sets:
            self.initial["rule_set"] = choices[0][0]


class CopyForm(forms.Form):
    """A copy of a case. ``may_vary``: a variant may be made too."""

    title = forms.CharField(label=_("新しい件名"), max_length=200)
    variant = forms.ChoiceField(
        label=_("写し方"),
        widget=forms.RadioSelect,
        choices=[
            ("", _("別の案件として写す（来年度の調達など）")),
            ("variant", _("比べるための別案として写す（実施レベルや条項の違いを並べて見られます）")),
        ],
        required=False,
    )

    def __init__(self, *args: Any, may_vary: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_vary:
            del self.fields["variant"]


class ImportForm(forms.Form):
    """An answers file."""

    file = forms.FileField(
        label=_("答えのファイル（YAML・JSON）"),
        help_text=_("「履歴」のページで出したファイルを、そのまま読み込めます。読み込む前に、中身を確かめられます。"),
    )


class MemberForm(forms.Form):
    """Somebody who works on the case."""

    person: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("人"), queryset=None, empty_label="―", help_text=_("この組織で役割を持つ人から選びます。")
    )
    part = forms.ChoiceField(label=_("役目"), widget=forms.RadioSelect, initial=MemberPart.EDITOR)

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined] # a ModelChoiceField
        field = self.fields["part"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(key, _("%(name)s：%(what)s") % {"name": name, "what": what}) for key, (name, what) in PARTS.items()]


class OpinionForm(forms.Form):
    """The opinion of the 最高情報セキュリティアドバイザー等."""

    agrees = forms.ChoiceField(
        label=_("この内容で進めてよいか"),
        widget=forms.RadioSelect,
        choices=[("yes", _("進めてよい")), ("no", _("直してから進めるべき"))],
    )
    text = forms.CharField(
        label=_("意見"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=20_000,
        help_text=_("見た点、足りない対策、過剰な対策などを書きます。書いた時点の答えと一緒に残ります。"),
    )
    base_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class SubjectForm(forms.Form):
    """The subject that the case is about."""

    subject = forms.ChoiceField(label=_("対象"), required=False)

    def __init__(self, *args: Any, candidates: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["subject"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "―"), *candidates]


class CancelForm(forms.Form):
    """Why, and the number of the case, so that nobody cancels another one."""

    reason = forms.CharField(label=_("取りやめる理由"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)
    number = forms.CharField(label=_("確かめのため、案件の番号"), max_length=32)

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    def clean_number(self) -> str:
        """The number must be that of the case."""
        given = str(self.cleaned_data["number"]).strip()
        if given.casefold() != self.expected.casefold():
            raise forms.ValidationError(
                _("この案件の番号は %(number)s です。同じものを入れてください。"), params={"number": self.expected}
            )
        return given


class KeepForm(forms.Form):
    """Why a version is kept."""

    note = forms.CharField(
        label=_("覚え書き"), max_length=300, required=False, help_text=_("例：課内の確認のあと、予算要求に出した版")
    )
