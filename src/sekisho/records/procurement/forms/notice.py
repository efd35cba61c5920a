"""Forms of the notice, of bidders and their questions, and of the award."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "CLAUSE_ROWS",
    "AnswerForm",
    "AwardForm",
    "BidderForm",
    "CorrectionForm",
    "NoticeForm",
    "ProposalForm",
    "QuestionForm",
]

CLAUSE_ROWS: Final = 3
_MOMENT: Final = "%Y-%m-%dT%H:%M"


def _day(**fields: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **fields)


def _moment(**fields: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local"})
    return forms.DateTimeField(widget=widget, **fields)


class NoticeForm(forms.Form):
    """The days of a notice."""

    published_on = _day(label=_("公告の日"), help_text=_("今日までの日です。内容は、ここで固まります。"))
    questions_until = _day(label=_("質問の期限"), required=False)
    proposals_until = _moment(label=_("提出の期限"), required=False, help_text=_("随意契約のほかは必ず入れます。"))
    opening_at = _moment(
        label=_("開札の日時"), required=False, help_text=_("この時より前は、提案を登録することも見ることもできません。")
    )


class CorrectionForm(NoticeForm):
    """A correction. ``clauses``: id and title of each included clause; ``places``: key, name and present value."""

    reason = forms.CharField(label=_("訂正の理由"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)

    def __init__(self, *args: Any, clauses: list[tuple[str, str]], places: list[tuple[str, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["reason"])
        self.places = {f"place{number}": key for number, (key, _name, _value) in enumerate(places)}
        for number in range(CLAUSE_ROWS):
            self.fields[f"clause{number}"] = forms.ChoiceField(
                label=_("直す条項 %(n)s") % {"n": number + 1}, choices=[("", "―"), *clauses], required=False
            )
            self.fields[f"text{number}"] = forms.CharField(
                label=_("新しい文 %(n)s") % {"n": number + 1},
                widget=forms.Textarea(attrs={"rows": 4}),
                max_length=20_000,
                required=False,
            )
        for (name, _key), (_k, title, value) in zip(self.places.items(), places, strict=True):
            self.fields[name] = forms.CharField(label=title, initial=value, max_length=1000)

    @property
    def date_fields(self) -> Iterator[forms.BoundField]:
        """Reason and days."""
        return (self[name] for name in ("reason", "published_on", "questions_until", "proposals_until", "opening_at"))

    @property
    def clause_fields(self) -> Iterator[forms.BoundField]:
        """The clauses that are worded anew."""
        return (self[f"{name}{number}"] for number in range(CLAUSE_ROWS) for name in ("clause", "text"))

    @property
    def place_fields(self) -> Iterator[forms.BoundField]:
        """The values of places."""
        return (self[name] for name in self.places)

    def clean(self) -> dict[str, Any]:
        """A clause and its new text belong together."""
        values: dict[str, Any] = super().clean() or {}
        for number in range(CLAUSE_ROWS):
            if bool(values.get(f"clause{number}")) != bool(values.get(f"text{number}", "").strip()):
                self.add_error(f"text{number}", _("直す条項と新しい文は、両方入れてください。"))
        return values

    @property
    def wordings(self) -> dict[str, str]:
        """Id of a clause → its new text."""
        values = self.cleaned_data
        return {
            values[f"clause{n}"]: values[f"text{n}"].replace("\r\n", "\n") for n in range(CLAUSE_ROWS) if values.get(f"clause{n}")
        }

    @property
    def values(self) -> dict[str, str]:
        """Key of a place → its value, where it was changed."""
        return {
            key: self.cleaned_data[name]
            for name, key in self.places.items()
            if self.cleaned_data.get(name) not in (None, self.fields[name].initial)
        }


class BidderForm(forms.Form):
    """Who takes the documents or bids."""

    name = forms.CharField(label=_("名称"), max_length=200)
    corporate_number = forms.CharField(
        label=_("法人番号"), max_length=20, required=False, help_text=_("13桁の数字です。書き間違いは検査用の数字で見つけます。")
    )
    contact = forms.CharField(label=_("連絡先"), max_length=200, required=False)
    helped_drafting = forms.BooleanField(label=_("仕様書の作成に関わった（設計・調達支援など。その関連会社も）"), required=False)
    note = forms.CharField(
        label=_("覚え書き"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=4000,
        required=False,
        help_text=_("予定価格や積算の額は書けません。"),
    )


class QuestionForm(forms.Form):
    """A question as it came in. ``bidders`` and ``clauses``: id and name."""

    received_on = _day(label=_("受け付けた日"))
    bidder = forms.ChoiceField(label=_("質問した者"), required=False, help_text=_("参加者だけに見えます。回答には出ません。"))
    clause = forms.ChoiceField(label=_("条項"), required=False)
    text = forms.CharField(
        label=_("質問"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=10_000,
        help_text=_("会社の名前が分からない文にします。このまま全員に示します。"),
    )

    def __init__(self, *args: Any, bidders: list[tuple[str, str]], clauses: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("bidder", bidders), ("clause", clauses)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", "―"), *choices]


class AnswerForm(forms.Form):
    """An answer, and the question's words."""

    text = forms.CharField(
        label=_("質問（全員に示す文）"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=10_000,
        help_text=_("会社の名前が分かる言葉は、ここで直します。最初の文は記録に残っています。"),
    )
    answer = forms.CharField(label=_("回答"), widget=forms.Textarea(attrs={"rows": 6}), max_length=10_000, required=False)


class ProposalForm(forms.Form):
    """A proposal. ``bidders``: id and name."""

    bidder = forms.ChoiceField(label=_("応札者"))
    file = forms.FileField(
        label=_("ファイル"), help_text=_("中身は開かずに、封をして保管します。評価者と責任者だけが取り出せます。")
    )
    note = forms.CharField(label=_("覚え書き"), max_length=4000, required=False)

    def __init__(self, *args: Any, bidders: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["bidder"]
        if isinstance(field, forms.ChoiceField):
            field.choices = bidders


class AwardForm(forms.Form):
    """Who won. ``bidders``: id and name of those who passed."""

    bidder = forms.ChoiceField(label=_("落札者"), widget=forms.RadioSelect)
    price_yen = forms.IntegerField(
        label=_("落札金額（円）"), required=False, min_value=1, help_text=_("公表する落札の額です。予定価格は入れられません。")
    )
    reason = forms.CharField(
        label=_("理由"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        required=False,
        help_text=_("点が最も高くない者、仕様書の作成に関わった者にするとき、または落札者を変えるときは、必ず書きます。"),
    )

    def __init__(self, *args: Any, bidders: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["bidder"]
        if isinstance(field, forms.ChoiceField):
            field.choices = bidders
