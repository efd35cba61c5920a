"""Forms from the award on: the contract, a test's result, deliveries, hand-over, gates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.evidence.rules import document_kinds
from sekisho.records.procurement.views.common import language

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sekisho.records.procurement.models import Bidder

__all__ = [
    "AttachForm",
    "ChangeForm",
    "DecideForm",
    "DeliveryForm",
    "GateForm",
    "HandOverForm",
    "RetireForm",
    "SheetForm",
    "SignForm",
]

STATES: Final = (("passed", _("合格")), ("failed", _("不合格")), ("waived", _("見送り")))


def _day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


class _Dates(forms.Form):
    """The days of a contract."""

    signed_on = _day(_("契約の日"))
    delivery_on = _day(_("納入（履行）の期限"))
    operation_on = _day(_("運用を始める日"), required=False, help_text=_("空なら、納入の日から数えます。"))
    ends_on = _day(_("契約の終わり"), help_text=_("運用や保守も契約に含むときは、その終わりの日です。"))
    number = forms.CharField(label=_("契約番号"), max_length=100, required=False)
    note = forms.CharField(label=_("覚え書き"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, required=False)

    def ask_periods(self, asked: Iterable[tuple[str, str, str]]) -> None:
        """Fields for the periods (key, label, help) that the published text does not say."""
        self.periods: dict[str, str] = {}
        for number, (key, label, help_text) in enumerate(asked):
            self.periods[f"period{number}"] = key
            self.fields[f"period{number}"] = forms.CharField(label=label, max_length=60, help_text=help_text)

    @property
    def values(self) -> dict[str, Any]:
        """The valid form as the action takes it."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in self.periods}
        return {**given, "periods": {key: self.cleaned_data[name] for name, key in self.periods.items()}}

    @property
    def period_columns(self) -> dict[str, str]:
        """The column of a problem → the field that it stands beside."""
        return {f"periods.{key}": name for name, key in self.periods.items()}


class SignForm(_Dates):
    """A contract. ``why``: there was no opening (``negotiated``) or no award (``unawarded``), so the reason is asked for."""

    bidder = forms.ChoiceField(label=_("落札者"), required=False)
    supplier = forms.CharField(
        label=_("契約の相手"), max_length=200, required=False, help_text=_("落札者を選んだときは、空でかまいません。")
    )
    corporate_number = forms.CharField(
        label=_("法人番号"), max_length=13, required=False, help_text=_("13桁の数字です。分かるときに書きます。")
    )
    reason = forms.CharField(
        label=_("随意契約とする理由"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        help_text=_("根拠となる条項と、その事情を書きます。"),
    )
    field_order = ("bidder", "supplier", "corporate_number", "number", "signed_on", "delivery_on", "operation_on", "ends_on")

    def __init__(
        self,
        *args: Any,
        bidders: Iterable[Bidder],
        why: Literal["", "negotiated", "unawarded"],
        periods: Iterable[tuple[str, str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.ask_periods(periods)
        choices = [("", "―"), *((str(row.pk), row.name) for row in bidders)]
        field = self.fields["bidder"]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices
        if len(choices) == 1:
            del self.fields["bidder"]
            self.fields["supplier"].required = True
            self.fields["supplier"].help_text = ""
        if not why:
            del self.fields["reason"]
        elif why == "unawarded":
            self.fields["reason"].label = _("落札者を決めずに契約する理由")
            self.fields["reason"].help_text = _("不落・不調のあとの随意契約など、根拠となる条項と事情を書きます。")


class ChangeForm(_Dates):
    """A changed contract (変更契約)."""

    reason = forms.CharField(
        label=_("変える理由"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        help_text=_("変更契約の日や番号も書いておくと、あとで分かります。"),
    )
    token = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(
        self, *args: Any, periods: Iterable[tuple[str, str, str]] = (), given: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.ask_periods(periods)
        for name, key in self.periods.items():
            self.fields[name].initial = (given or {}).get(key, "")


class DecideForm(forms.Form):
    """How a test came out."""

    state = forms.ChoiceField(label=_("結果"), widget=forms.RadioSelect, choices=STATES)
    result = forms.CharField(
        label=_("見たこと・足りない点・見送る理由"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        required=False,
        help_text=_("不合格と見送りには、必ず書きます。合格は、エビデンスを付ければ空でかまいません。"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class AttachForm(forms.Form):
    """Evidence that is there already."""

    evidence = forms.ChoiceField(label=_("登録ずみのエビデンス"))

    def __init__(self, *args: Any, candidates: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["evidence"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "―"), *candidates]


_DELIVERED: Final = (
    ("document", _("文書（成績書、計画書、写しなど）")),
    ("sbom", _("SBOM（CycloneDX又はSPDXのJSON）")),
    ("sarif", _("ソースコード検査の結果（SARIF）")),
)


class DeliveryForm(forms.Form):
    """A delivered file."""

    form = forms.ChoiceField(label=_("納められたもの"), choices=_DELIVERED)
    document_kind = forms.ChoiceField(label=_("文書の種類"), initial="test_record")
    title = forms.CharField(label=_("名前"), max_length=300, required=False, help_text=_("空なら、ファイルの名前になります。"))
    file = forms.FileField(label=_("ファイル"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["document_kind"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(kind.id, kind.title[language()]) for kind in document_kinds().values()]


class SheetForm(forms.Form):
    """A filled-in sheet of tests."""

    file = forms.FileField(
        label=_("確かめの表（Excel・CSV）"),
        help_text=_("「Excelで出す」で出した表に、結果を書き入れたものです。取り込む前に、何が変わるかを確かめられます。"),
    )


class HandOverForm(forms.Form):
    """What the system is called among the subjects."""

    name = forms.CharField(label=_("対象の台帳での名前"), max_length=200)


class GateForm(forms.Form):
    """What was done about an item of a gate."""

    done = forms.ChoiceField(
        label=_("どうしたか"), widget=forms.RadioSelect, choices=[("yes", _("済んだ")), ("no", _("当てはまらない（理由を書く）"))]
    )
    note = forms.CharField(label=_("覚え書き・理由"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, required=False)
    evidence = forms.ChoiceField(label=_("エビデンス"), required=False)
    token = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, candidates: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["evidence"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "―"), *candidates]


class RetireForm(forms.Form):
    """The end of a system's life; the number makes sure that it is this case."""

    reason = forms.CharField(label=_("廃止の理由"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)
    with_subject = forms.BooleanField(label=_("対象の台帳でも廃止する"), required=False)
    number = forms.CharField(label=_("確かめのため、案件の番号"), max_length=32)

    def __init__(self, *args: Any, expected: str, subject: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected
        if not subject:
            del self.fields["with_subject"]

    def clean_number(self) -> str:
        """The number must be that of the case."""
        given = str(self.cleaned_data["number"]).strip()
        if given.casefold() != self.expected.casefold():
            raise forms.ValidationError(
                _("この案件の番号は %(number)s です。同じものを入れてください。"), params={"number": self.expected}
            )
        return given
