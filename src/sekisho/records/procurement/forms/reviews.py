"""Forms of reviews of drafts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.languages import language
from sekisho.standards.review_rules import FAMILIES

__all__ = ["ReviewForm"]


class ReviewForm(forms.Form):
    """A draft to be read. ``cases``: (id, name) of the cases that the reader may choose."""

    file = forms.FileField(
        label=_("案のファイル（Word・PDF・テキスト・Markdown）"),
        help_text=_("50MBまで。ファイルそのものは残しません。残るのは、名前、ハッシュ、見つかった箇所の文だけです。"),
    )
    case = forms.ChoiceField(
        label=_("案件"),
        required=False,
        help_text=_(
            "選ぶと、その案件の条項・実施レベル・空欄の値と比べ、結果は案件の参加者に見えます。選ばないと、結果はあなただけに見えます。"
        ),
    )
    families = forms.MultipleChoiceField(
        label=_("探す条項（案件を選ばないとき）"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        initial=["sbd", "outsourcing"],
    )
    products = forms.CharField(
        label=_("製品名"),
        required=False,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("銘柄の指定として知らせてほしい名前があれば、一行に一つ書きます。"),
    )

    def __init__(self, *args: Any, cases: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        spoken = language()
        for name, choices in (
            ("case", [("", _("案件とは比べない")), *cases]),
            ("families", [(key, text.get(spoken)) for key, text in FAMILIES.items()]),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices
