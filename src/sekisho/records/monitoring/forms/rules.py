"""Forms of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.records.monitoring.detecting import Limit

__all__ = ["RuleForm", "SigmaForm"]


class RuleForm(forms.Form):
    """A rule on or off, and its limits."""

    is_on = forms.BooleanField(label=_("この規則を使う"), required=False)
    reason = forms.CharField(
        label=_("理由"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("なぜ変えるか。履歴に残ります。")
    )

    def __init__(self, *args: Any, limits: Sequence[Limit], language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for limit in limits:
            self.fields[f"limit_{limit.key}"] = forms.FloatField(
                label=limit.title.get(language, limit.key),
                min_value=limit.least,
                max_value=limit.most,
                required=False,
                help_text=_("付属の値は %(value)s。空にすると付属の値に戻ります。") % {"value": f"{limit.included:g}"},
            )
        self.order_fields(["is_on", *(f"limit_{limit.key}" for limit in limits), "reason"])

    def limits(self) -> dict[str, float]:
        """The limits that were given."""
        found = {key.removeprefix("limit_"): value for key, value in self.cleaned_data.items() if key.startswith("limit_")}
        return {key: value for key, value in found.items() if value is not None}


class SigmaForm(forms.Form):
    """Sigma rules to be taken."""

    name = forms.CharField(
        label=_("名前"), max_length=200, help_text=_("例：SigmaHQ 2026-11。同じ名前で渡すと、その次の版になります。")
    )
    file = forms.FileField(
        label=_("規則のファイル（ZIPかYAML）"), help_text=_("50MBまで。取り込む前に、使える規則と使えない規則を見せます。")
    )
