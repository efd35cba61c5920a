"""Forms of gradings."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

__all__ = ["TargetsForm"]


class TargetsForm(forms.Form):
    """By when the judgements aim at the level of the grade; ``digest`` names the plan that was looked at."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    on = forms.DateField(
        label=_("いつまでに"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("初めの日付は規則の提案です。目標が変わる判定だけに入ります。"),
    )
