"""The form of a case's calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.engines.schedule import ScheduleInputs
from sekisho.standards.catalog import body_kinds
from sekisho.standards.procurement_calendar import procurement_calendar

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ScheduleForm"]

_YES_NO_AUTO: Final = [("auto", _("金額から判断する")), ("yes", _("適用される")), ("no", _("適用されない"))]
_LENGTH: Final = "length_"


class ScheduleForm(forms.Form):
    """What the calendar is planned with. ``periods``: those whose days the organisation may set itself."""

    wished_start = forms.DateField(label=_("使い始めたい日"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    build_days = forms.IntegerField(
        label=_("契約から納入までの日数"), min_value=1, max_value=3650, help_text=_("作る・整えるのにかかる暦日です。")
    )
    amount_yen = forms.IntegerField(
        label=_("見込みの金額（税込み、円）"),
        min_value=1,
        max_value=1_000_000_000_000,
        help_text=_(
            "市場の見込みの総額です。WTOの協定や議会の議決が要るかを見るためだけに使います。予定価格は書かないでください。"
        ),
    )
    body = forms.ChoiceField(label=_("団体の種類"))
    municipality = forms.ChoiceField(
        label=_("市区町村の区分"),
        choices=[
            ("", "―"),
            ("none", _("市区町村ではない")),
            ("designated_city", _("指定都市")),
            ("core_city", _("中核市")),
            ("city", _("そのほかの市")),
            ("town", _("町村")),
        ],
    )
    method = forms.ChoiceField(
        label=_("契約の方法"),
        choices=[
            ("open", _("一般競争入札")),
            ("selective", _("指名競争入札")),
            ("negotiated", _("随意契約")),
            ("proposal", _("企画競争・プロポーザル")),
        ],
    )
    award = forms.ChoiceField(label=_("落札の決め方"), choices=[("lowest", _("最低価格")), ("overall", _("総合評価"))])
    kind = forms.ChoiceField(
        label=_("調達するもの"),
        choices=[
            ("goods", _("物品")),
            ("services", _("役務（開発・運用・クラウドなど）")),
            ("technical_services", _("技術的役務（設計・監理）")),
            ("lease", _("賃貸借")),
            ("works", _("工事")),
        ],
    )
    treaty = forms.ChoiceField(label=_("WTO政府調達協定"), choices=_YES_NO_AUTO)
    invitations = forms.ChoiceField(
        label=_("資料・意見の招請"), choices=[("auto", _("金額から判断する")), ("yes", _("行う")), ("no", _("行わない"))]
    )
    off_the_shelf = forms.ChoiceField(
        label=_("市販品か"),
        choices=[
            ("no", _("いいえ")),
            ("standard", _("市販の物・サービス")),
            ("electronic", _("市販の物・サービスで、電子で手続きする")),
        ],
    )
    ground_negotiated = forms.ChoiceField(
        label=_("随意契約とする事情"), required=False, choices=[("", "―"), ("small", _("少額")), ("other", _("そのほか"))]
    )
    options = forms.MultipleChoiceField(
        label=_("あてはまるもの"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("budget_needed", _("予算の要求からはじめる")),
            ("high_security", _("高度なセキュリティを求める（助言者の意見が要る）")),
            ("scr", _("IT調達申合せの協議が要る")),
            ("urgent", _("緊急（急を要する）")),
            ("renotice", _("再度の公告")),
            ("prior_notice", _("事前の公示をした")),
            ("voluntary_50", _("自主的措置の50日をとる")),
        ],
    )
    grounds = forms.MultipleChoiceField(
        label=_("公告の期間を短くできる事情"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("e_gazette", _("電子で公示する")),
            ("e_documents", _("入札の書類をすべて電子で渡す")),
            ("e_bidding", _("電子で入札を受ける")),
        ],
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, periods: Iterable[str], language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["body"]
        if isinstance(field, forms.ChoiceField):
            known = {row.id for row in procurement_calendar().bodies}
            field.choices = [(kind.id, kind.title.get(language)) for kind in body_kinds().values() if kind.id in known]
        for name in periods:
            title = procurement_calendar().period(name).title.get(language)
            self.fields[_LENGTH + name] = forms.IntegerField(label=title, required=False, min_value=0, max_value=400)

    def clean(self) -> dict[str, Any]:
        """The class of municipality goes with the kind of body."""
        values: dict[str, Any] = super().clean() or {}
        known = {row.municipality for row in procurement_calendar().regimes(values.get("body", ""))}
        if "municipality" in values and known and values["municipality"] not in known:
            title = dict(self.fields["body"].choices)[values["body"]]  # type: ignore[attr-defined]
            if known == {"none"}:
                line = _("団体の種類が「%(body)s」のときは、「市区町村ではない」を選んでください。")
            else:
                line = _("団体の種類が「%(body)s」のときは、どの区分の市区町村かを選んでください。")
            self.add_error("municipality", line % {"body": title})
        return values

    @property
    def own_periods(self) -> list[forms.BoundField]:
        """The fields of the organisation's own days."""
        return [self[name] for name in self.fields if name.startswith(_LENGTH)]

    @property
    def main_fields(self) -> list[forms.BoundField]:
        """All other visible fields."""
        return [field for field in self.visible_fields() if not field.name.startswith(_LENGTH)]

    @property
    def inputs(self) -> ScheduleInputs:
        """The valid form as inputs of the engine."""
        given = self.cleaned_data
        names = ("body", "method", "kind", "amount_yen", "wished_start", "build_days", "municipality")
        values: dict[str, Any] = {name: given[name] for name in names}
        values |= {name: given[name] for name in ("award", "treaty", "invitations", "off_the_shelf", "ground_negotiated")}
        values |= {name: name in given["options"] for name, _title in self.fields["options"].choices}  # type: ignore[attr-defined]
        return ScheduleInputs(
            **values,
            grounds=frozenset(given["grounds"]),
            lengths={
                name.removeprefix(_LENGTH): value
                for name, value in given.items()
                if name.startswith(_LENGTH) and value is not None
            },
        )
