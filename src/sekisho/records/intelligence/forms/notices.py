"""Forms of taking in and judging."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.intelligence.forms.fields import date_field, long_text, moment_field, set_choices, tlp_choices
from sekisho.records.intelligence.views.names import HORIZONS, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.intelligence.models import IntelSource
    from sekisho.records.organization.models import Person

__all__ = ["DescribeForm", "JudgeForm", "ReaderForm", "RelabelForm", "TakeForm"]


class TakeForm(forms.Form):
    """A text or a file, from where, and under which label."""

    text = long_text(
        _("届いた文を貼る"),
        rows=10,
        limit=1_000_000,
        required=False,
        help_text=_("メールの本文や、注意喚起のページの文をそのまま貼れます。"),
    )
    file = forms.FileField(
        label=_("またはファイル"),
        required=False,
        help_text=_("メール（.eml）、文、STIX、MISP、CSV、RSS・Atomを読めます。32MBまで。"),
    )
    source = forms.ChoiceField(label=_("入手元"), required=False)
    received_at = moment_field(_("受け取った日時"), help_text=_("ここから、判断・遮断・検索・報告までの時間を数えます。"))
    tlp = forms.ChoiceField(
        label=_("共有範囲（TLP）"),
        required=False,
        help_text=_(
            "選ばなければ、本文にあるもの、なければ入手元のふだんのものになります。どちらもなければ TLP:AMBER+STRICT です。"
        ),
    )

    def __init__(self, *args: Any, sources: Iterable[IntelSource], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "source", [("", _("入手元を選ばない")), *((str(one.pk), one.name) for one in sources)])
        set_choices(self, "tlp", tlp_choices(empty=_("本文か入手元のとおり")))


class JudgeForm(forms.Form):
    """Whether it concerns the organisation."""

    verdict = forms.ChoiceField(label=_("自組織との関わり"), widget=forms.RadioSelect)
    horizon = forms.ChoiceField(
        label=_("経営層へ上げるとき"), required=False, widget=forms.RadioSelect, help_text=_("「関係あり」のときに選びます。")
    )
    look_again_on = date_field(
        _("次に見る日"), required=False, help_text=_("「様子を見る」のときに要ります。その日に期限が出ます。")
    )
    reason = long_text(
        _("判断の理由"), help_text=_("あとで読む人と監査のために。使っている製品、届いたメール、確かめたことなど。")
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "verdict", [(key, name) for key, (_style, name) in VERDICTS.items() if key])
        set_choices(self, "horizon", HORIZONS.items())


class DescribeForm(forms.Form):
    """Title, products and sectors."""

    title = forms.CharField(label=_("題名"), max_length=300)
    products = long_text(_("関わる製品"), required=False, help_text=_("1行に一つ。使っているものと比べます。"))
    sectors = long_text(_("狙われている分野や地域"), rows=2, required=False, help_text=_("1行に一つ。"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    @property
    def given(self) -> dict[str, Any]:
        """What a valid form says, as the action names it."""
        data = self.cleaned_data
        return {
            "title": data["title"],
            "products": data["products"].splitlines(),
            "sectors": data["sectors"].splitlines(),
            "version": data["version"],
        }


class RelabelForm(forms.Form):
    """Another label."""

    tlp = forms.ChoiceField(label=_("新しい共有範囲"))
    reason = long_text(_("理由"), rows=3, limit=2000, help_text=_("広げるときは、入手元のだれが、いつ、よいと言ったか。"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "tlp", tlp_choices())


class ReaderForm(forms.Form):
    """Somebody for whose eyes it is, too."""

    person = forms.ChoiceField(label=_("見てよい人"))

    def __init__(self, *args: Any, people: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "person", [(str(one.pk), str(one)) for one in people])
