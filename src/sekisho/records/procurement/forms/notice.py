"""Forms of the notice, of bidders and their questions, and of the award."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.procurement.rules.notice_period import PeriodAnswers, questions_of
from sekisho.standards.procurement_calendar import procurement_calendar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sekisho.records.procurement.rules.notice_period import Terms

__all__ = [
    "PERIOD_COLUMNS",
    "AnswerForm",
    "AwardForm",
    "BidderEditForm",
    "BidderForm",
    "CorrectionForm",
    "NoticeForm",
    "ProposalForm",
    "QuestionForm",
]

_MOMENT: Final = "%Y-%m-%dT%H:%M"
_FACTS: Final = ("municipality", "method", "treaty", "amount_yen", "off_the_shelf", "shortened")
_ASKED_FOR: Final[dict[str, frozenset[str]]] = {"shortened": frozenset({"renotice", "prior_notice", "grounds"})}
PERIOD_COLUMNS: Final = {
    **{f"period.{name}": name for name in (*_FACTS, "urgent_reason")},
    "period.reason": "period_reason",
}
"""The column of a problem about the time for bids → the field that it stands beside."""


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
    municipality = forms.ChoiceField(
        label=_("市区町村の区分"),
        required=False,
        choices=[
            ("", _("選んでいない")),
            ("designated_city", _("指定都市")),
            ("core_city", _("中核市")),
            ("city", _("そのほかの市")),
            ("town", _("町村")),
        ],
    )
    method = forms.ChoiceField(
        label=_("競争の方法"),
        required=False,
        choices=[("", _("選んでいない")), ("open", _("一般競争入札")), ("selective", _("指名競争入札"))],
    )
    treaty = forms.ChoiceField(
        label=_("WTO政府調達協定"),
        required=False,
        choices=[("", _("金額から判断する")), ("yes", _("適用される")), ("no", _("適用されない"))],
    )
    amount_yen = forms.IntegerField(
        label=_("見込みの金額（税込み、円）"),
        required=False,
        min_value=1,
        max_value=1_000_000_000_000,
        help_text=_("市場の見込みの総額です。協定の適用を見るためだけに使い、記録しません。予定価格は書かないでください。"),
    )
    off_the_shelf = forms.ChoiceField(
        label=_("市販品か"),
        required=False,
        choices=[
            ("no", _("いいえ")),
            ("standard", _("市販の物・サービス")),
            ("electronic", _("市販の物・サービスで、電子で手続きする")),
        ],
    )
    shortened = forms.MultipleChoiceField(
        label=_("公告の期間を短くできる事情"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("renotice", _("再度の公告")),
            ("prior_notice", _("事前の公示をした")),
            ("e_gazette", _("電子で公示する")),
            ("e_documents", _("入札の書類をすべて電子で渡す")),
            ("e_bidding", _("電子で入札を受ける")),
        ],
    )
    urgent_reason = forms.CharField(
        label=_("急を要する理由"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        help_text=_("急を要するときだけ書きます。法令が認める短い期間で確かめ、理由を記録します。"),
    )
    period_reason = forms.CharField(
        label=_("規程や指針より短くする理由"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        help_text=_("機関の規程や指針の日数より短いときに、根拠とともに書きます。"),
    )

    def __init__(self, *args: Any, terms: Terms | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = questions_of(terms, procurement_calendar()) if terms else frozenset()
        for name in _FACTS:
            if not self.asked & _ASKED_FOR.get(name, {name}):
                del self.fields[name]
        if terms:
            self._begin_with(terms)

    def _begin_with(self, terms: Terms) -> None:
        """What the case and its calendar say stands in the fields."""
        known = {"municipality": terms.municipality, "method": terms.method, "treaty": terms.treaty}
        known["off_the_shelf"] = terms.off_the_shelf
        marked = [*(name for name in ("renotice", "prior_notice") if getattr(terms, name)), *terms.grounds]
        for name, value in (*known.items(), ("shortened", marked)):
            if name in self.fields:
                self.initial.setdefault(name, value)

    @property
    def day_fields(self) -> Iterator[forms.BoundField]:
        """The days."""
        return (self[name] for name in ("published_on", "questions_until", "proposals_until", "opening_at"))

    @property
    def period_fields(self) -> Iterator[forms.BoundField]:
        """What the time for bids depends on."""
        return (self[name] for name in (*_FACTS, "urgent_reason", "period_reason") if name in self.fields)

    @property
    def period(self) -> PeriodAnswers:
        """The valid form as the action takes it."""
        given = self.cleaned_data
        shortened = given.get("shortened")
        return PeriodAnswers(
            municipality=given.get("municipality", ""),
            method=given.get("method", ""),
            treaty=given.get("treaty", ""),
            amount_yen=given.get("amount_yen"),
            off_the_shelf=given.get("off_the_shelf", ""),
            renotice=None if shortened is None else "renotice" in shortened,
            prior_notice=None if shortened is None else "prior_notice" in shortened,
            grounds=None if shortened is None else tuple(one for one in shortened if one.startswith("e_")),
            urgent_reason=given["urgent_reason"],
            reason=given["period_reason"],
        )

    @property
    def days(self) -> dict[str, Any]:
        """The days of the valid form."""
        return {name: self.cleaned_data[name] for name in ("published_on", "questions_until", "proposals_until", "opening_at")}


class CorrectionForm(NoticeForm):
    """A correction. ``clauses``: id and title of each included clause; ``places``: key, name and present value."""

    reason = forms.CharField(label=_("訂正の理由"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)

    def __init__(
        self, *args: Any, clauses: list[tuple[str, str]], places: list[tuple[str, str, str]], rows: int = 1, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rows = max(1, min(rows, len(clauses)))
        self.more_rows = self.rows < len(clauses)
        self.order_fields(["reason"])
        self.places = {f"place{number}": key for number, (key, _name, _value) in enumerate(places)}
        for number in range(self.rows):
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
    def clause_fields(self) -> Iterator[forms.BoundField]:
        """The clauses that are worded anew."""
        return (self[f"{name}{number}"] for number in range(self.rows) for name in ("clause", "text"))

    @property
    def place_fields(self) -> Iterator[forms.BoundField]:
        """The values of places."""
        return (self[name] for name in self.places)

    def clean(self) -> dict[str, Any]:
        """A clause and its new text belong together."""
        values: dict[str, Any] = super().clean() or {}
        chosen: set[str] = set()
        for number in range(self.rows):
            if (name := values.get(f"clause{number}")) in chosen:
                self.add_error(f"clause{number}", _("この条項は、上でもう選んでいます。"))
            chosen |= {name} if name else set()
            if bool(values.get(f"clause{number}")) != bool(values.get(f"text{number}", "").strip()):
                self.add_error(f"text{number}", _("直す条項と新しい文は、両方入れてください。"))
        return values

    @property
    def wordings(self) -> dict[str, str]:
        """Id of a clause → its new text."""
        values = self.cleaned_data
        return {
            values[f"clause{n}"]: values[f"text{n}"].replace("\r\n", "\n") for n in range(self.rows) if values.get(f"clause{n}")
        }

    @property
    def place_errors(self) -> bool:
        """Whether a value of a place has to be put right."""
        return any(name in self.errors for name in self.places)

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


class BidderEditForm(BidderForm):
    """What is known of a bidder, corrected. ``token``: of what was shown."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=64)


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
    token = forms.CharField(widget=forms.HiddenInput, max_length=64)


class ProposalForm(forms.Form):
    """A proposal. ``bidders``: id and name."""

    bidder = forms.ChoiceField(label=_("応札者"))
    file = forms.FileField(label=_("ファイル"), help_text=_("中身は開かずに、封をして保管します。取り出せるのは評価者だけです。"))
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
    token = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, bidders: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["bidder"]
        if isinstance(field, forms.ChoiceField):
            field.choices = bidders
