"""Forms of 事案. That of a sheet is made from the method's factors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.incidents.rules import Ticked
from sekisho.records.languages import language
from sekisho.standards.human_error import human_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sekisho.records.incidents.models import SheetCause
    from sekisho.records.organization.models import Person
    from sekisho.records.subjects.models import Subject
    from sekisho.standards.human_error import Factor, Method

__all__ = ["CountermeasureForm", "EffectForm", "IncidentForm", "NoteForm", "SheetForm"]

OWN_LINES = 2
"""Empty lines for own words that each factor offers."""


def _area(label: Any, *, rows: int = 3, **kwargs: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=4000, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


def _choices(form: forms.Form, name: str, choices: list[tuple[str, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


class IncidentForm(forms.Form):
    """What is said of an incident."""

    kind = forms.ChoiceField(label=_("何が起きたか"))
    title = forms.CharField(label=_("件名"), max_length=200, help_text=_("例：説明会の案内メールを、別の団体の名簿に送った"))
    found_at = forms.DateTimeField(
        label=_("気付いた日時"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    happened_on = forms.DateField(
        label=_("起きた日"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    near_miss = forms.BooleanField(
        label=_("ヒヤリハット（外に出る前に気付いた）"), required=False, help_text=_("件数は、事案と分けて数えます。")
    )
    found_by_outside = forms.BooleanField(label=_("外の人からの連絡で気付いた"), required=False)
    subject = forms.ChoiceField(label=_("対象"), required=False, help_text=_("関わったシステムや機器があれば選びます。"))
    personal_data = forms.BooleanField(label=_("個人情報が関わる"), required=False)
    my_number = forms.BooleanField(label=_("個人番号（マイナンバー）が関わる"), required=False)
    people_affected = forms.IntegerField(
        label=_("関わる本人の数"), required=False, min_value=0, max_value=200_000_000, help_text=_("分からないときは空のまま。")
    )
    should_have = _area(_("本来の手順"), required=False, help_text=_("どうするはずだったか。"))
    did = _area(_("実際に起きたこと"), help_text=_("関わった人の名前は書かないでください。見たいのは、誤りを招いた事情です。"))
    first_aid = _area(_("応急処置"), required=False, help_text=_("取消しの依頼、回収、遠隔消去など。"))

    def __init__(self, *args: Any, subjects: Iterable[Subject], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lang = language()
        _choices(self, "kind", [("", _("選んでください")), *((one.id, one.title.get(lang)) for one in human_error().kinds)])
        _choices(self, "subject", [("", _("組織全体")), *((str(row.pk), str(row)) for row in subjects)])


class NoteForm(forms.Form):
    """Words that go with a step."""

    note = _area(_("説明"))


class CountermeasureForm(forms.Form):
    """What keeps it from happening again."""

    what = _area(_("何をするか"), rows=2)
    remedy = forms.ChoiceField(label=_("対策の種類"), help_text=_("上にあるものほど、人の注意に頼りません。"))
    causes = forms.MultipleChoiceField(label=_("どの原因に効かせるか"), required=False, widget=forms.CheckboxSelectMultiple)
    owner = forms.ChoiceField(label=_("担当"))
    due_on = forms.DateField(label=_("いつまでに"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, people: Iterable[Person], causes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lang = language()
        remedies = sorted(human_error().remedies, key=lambda one: one.rank)
        _choices(self, "remedy", [("", _("選んでください")), *((one.id, one.title.get(lang)) for one in remedies)])
        _choices(self, "causes", list(causes))
        _choices(self, "owner", [("", _("選んでください")), *((str(row.pk), str(row)) for row in people)])
        if not causes:
            del self.fields["causes"]


class EffectForm(forms.Form):
    """What a countermeasure turned out to do."""

    effect = forms.ChoiceField(
        label=_("効果"), choices=[("effective", _("効いた")), ("ineffective", _("効かなかった"))], widget=forms.RadioSelect
    )
    note = _area(_("そう見た理由"), rows=2)


class SheetForm(forms.Form):
    """The causes of a sheet, factor by factor: a choice for each of the catalogue, lines for own words."""

    conclusion = _area(
        _("まとめ"),
        required=False,
        help_text=_("どこのかみ合わせが悪かったか。確定するには、まとめと、一つ以上の原因が要ります。"),
    )

    def __init__(self, *args: Any, method: Method, given: Iterable[SheetCause] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.method = method
        known = {one.cause: one for one in given if one.cause}
        own: dict[str, list[SheetCause]] = {}
        for one in given:
            if not one.cause:
                own.setdefault(one.factor, []).append(one)
        weights = [("", _("なし")), ("part", _("一因")), ("root", _("決め手"))]
        lang = language()
        for factor in method.factors:
            for cause in factor.causes:
                row = known.get(cause.id)
                self.fields[f"w_{cause.id}"] = forms.ChoiceField(
                    label=cause.title.get(lang), choices=weights, required=False, initial=row.weight if row else ""
                )
                self.fields[f"t_{cause.id}"] = forms.CharField(
                    label=_("補足"), max_length=1000, required=False, initial=row.text if row else ""
                )
            lines = own.get(factor.id, [])
            for number in range(len(lines) + OWN_LINES):
                line = lines[number] if number < len(lines) else None
                self.fields[f"o_{factor.id}_{number}"] = forms.CharField(
                    label=_("そのほかの原因"), max_length=1000, required=False, initial=line.text if line else ""
                )
                self.fields[f"p_{factor.id}_{number}"] = forms.ChoiceField(
                    label=_("関与の度合い"), choices=weights[1:], required=False, initial=line.weight if line else "part"
                )

    def blocks(self) -> Iterator[tuple[Factor, list[tuple[Any, Any, Any]], list[tuple[Any, Any]]]]:
        """(factor, [(cause, weight field, words field)], [(own words, weight field)]) for the page."""
        for factor in self.method.factors:
            causes = [(cause, self[f"w_{cause.id}"], self[f"t_{cause.id}"]) for cause in factor.causes]
            start = f"o_{factor.id}_"
            own = [(self[name], self["p_" + name.removeprefix("o_")]) for name in self.fields if name.startswith(start)]
            yield factor, causes, own

    def ticked(self) -> list[Ticked]:
        """What was chosen and written, after validation."""
        given = self.cleaned_data
        lines = []
        for factor in self.method.factors:
            lines += [
                Ticked(factor.id, cause.id, given[f"t_{cause.id}"], given[f"w_{cause.id}"])
                for cause in factor.causes
                if given[f"w_{cause.id}"]
            ]
            lines += [
                Ticked(factor.id, "", given[name], given["p_" + name.removeprefix("o_")] or "part")
                for name in self.fields
                if name.startswith(f"o_{factor.id}_") and given[name]
            ]
        return lines
