"""Forms of investigations and of searches in staff's records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.monitoring.forms.fields import date_field, moment_field, set_choices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.evidence.models import Evidence

__all__ = ["BasisForm", "CloseTrailForm", "StaffSearchForm", "TrailForm"]


class TrailForm(forms.Form):
    """An investigation begins."""

    title = forms.CharField(label=_("何を調べるか"), max_length=200, help_text=_("例：11月20日の夜のログイン失敗"))


class CloseTrailForm(forms.Form):
    """What came of it."""

    conclusion = forms.CharField(
        label=_("結論"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("何が分かったか、何が分からなかったか。調べた順序とあわせて、書き換えられないエビデンスになります。"),
    )


class BasisForm(forms.Form):
    """Why staff is to be watched, under which rule, after which notice."""

    purpose = forms.CharField(
        label=_("目的"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("何のために、だれの、どの記録を突き合わせるか。目的の外に使ってはいけません。"),
    )
    rule_document = forms.ChoiceField(
        label=_("規程"), help_text=_("記録を見てよいと定めた規程。先に「エビデンス」に登録します。")
    )
    notice_document = forms.ChoiceField(label=_("職員への周知"), help_text=_("記録を見ることを知らせた文書。"))
    noticed_on = date_field(_("周知した日"))
    starts_on = date_field(_("いつから"))
    ends_on = date_field(_("いつまで"), help_text=_("1年より長くはできません。"))
    reason = forms.CharField(
        label=_("承認する人へ"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("ほかの手立てでは足りないわけ。"),
    )

    def __init__(self, *args: Any, documents: Iterable[Evidence], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "―"), *((str(row.pk), row.title) for row in documents)]
        set_choices(self, "rule_document", choices)
        set_choices(self, "notice_document", choices)


class StaffSearchForm(forms.Form):
    """Whose records of doors and log-ins are joined, and why."""

    basis = forms.ChoiceField(label=_("根拠"), help_text=_("承認され、期間の中にあるものだけが選べます。"))
    about = forms.CharField(
        label=_("だれについて"), max_length=200, required=False, help_text=_("利用者名か職員番号。書かないと、全員。")
    )
    since = moment_field(_("いつから"))
    until = moment_field(_("いつまで"), help_text=_("93日まで。"))
    reason = forms.CharField(
        label=_("なぜ調べるか"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("この検索は、あなたの名前と理由とともに記録され、監査の担当者が見ます。"),
    )

    def __init__(self, *args: Any, bases: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "basis", bases)
