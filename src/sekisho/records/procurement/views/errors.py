"""What an action refuses, said beside the field of the form that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from sekisho.records.pages import say
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django import forms
    from django.http import QueryDict

    from sekisho.errors import Problem, SekishoError

__all__ = ["at_problems", "beside_fields", "clash_of", "sentences"]

# Errors that are about one value without naming it: the first of these fields that the form has.
_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "evidence.empty_file": ("file",),
    "evidence.too_large": ("file",),
    "evidence.unknown_kind": ("document_kind",),
    "procurement.reason_missing": ("reason", "result", "note"),
    "procurement_contract.evidence_elsewhere": ("evidence",),
    "procurement_contract.evidence_missing": ("result",),
    "procurement_contract.negotiated_reason": ("reason",),
    "procurement_contract.not_the_winner": ("bidder",),
    "procurement_contract.unknown_bidder": ("bidder",),
    "procurement_notice.award_reason": ("reason",),
    "procurement_notice.bidder_twice": ("name",),
    "procurement_notice.corporate_number": ("corporate_number",),
    "procurement_notice.price": ("price_yen",),
    "procurement_notice.question_late": ("received_on",),
    "procurement_notice.received_on": ("received_on",),
    "procurement_notice.unknown_clause": ("clause",),
    "procurement_reviews.nothing_to_look_for": ("families",),
    "procurement_reviews.too_many_products": ("products",),
}


_CLASH: Final = "procurement_notice.changed_meanwhile"


def beside_fields(
    form: forms.BaseForm, error: SekishoError, language: str, *, columns: Mapping[str, str] | None = None
) -> list[str]:
    """Add to the (validated) form what the error says about its fields; returns the sentences about none of them.

    ``columns``: name of a place in the action → name of the field, where the two differ.
    """
    if not error.problems:
        name = _named(form, error.code, error.fields, columns or {})
        if not name:
            return say(error, language)
        form.add_error(name, _sentence(form, name, error.code, error.fields, language))
        return []
    rest: list[Problem] = []
    for problem in error.problems:
        name = _named(form, problem.code, {**problem.fields, "key": problem.column}, columns or {})
        if not name and problem.file and "file" in form.fields and len(error.problems) == 1:
            name = "file"
        if name:
            form.add_error(name, _sentence(form, name, problem.code, problem.filling, language))
        else:
            rest.append(problem)
    return say(type(error)(error.code, problems=tuple(rest), **error.fields), language) if rest else []


def _named(form: forms.BaseForm, code: str, fields: Mapping[str, Any], columns: Mapping[str, str]) -> str:
    """The visible field that an error is about, or an empty text."""
    spoken = [str(fields.get(key, "")) for key in ("key", "name")]
    wanted = (*_FIELDS.get(code, ()), *(columns.get(name, name) for name in spoken))
    return next((name for name in wanted if name in form.fields and not form[name].is_hidden), "")


def _sentence(form: forms.BaseForm, name: str, code: str, fields: Mapping[str, Any], language: str) -> str:
    """The sentence, where it names the field, with the words that the reader sees above it."""
    label = str(form[name].label)
    return texts.render(code, {key: label if value == name else value for key, value in fields.items()}, language)


def clash_of(form: forms.BaseForm, error: SekishoError) -> list[tuple[str, str]]:
    """Somebody else saved meanwhile: what stands there now (label, value) where something else was typed.

    The form shown again carries the present token, so that saving once more is a decision made with that in view.
    """
    if error.code != _CLASH:
        return []
    data = cast("QueryDict", form.data).copy()
    data[form.add_prefix("token")] = form.initial["token"]
    form.data = data
    rows = []
    for bound in form.visible_fields():
        present = form.initial.get(bound.name)
        if bound.name in form.initial and bound.field.has_changed(present, bound.value()):
            choices = dict(getattr(bound.field, "choices", ()))
            words = str(choices.get(str(present), "" if present is None else present))
            rows.append((str(bound.label), words or "―"))
    return rows


def at_problems(error: SekishoError, language: str) -> list[tuple[str, str]]:
    """(place in the action, sentence) of each problem of an error."""
    return [(one.column, texts.render_problem(one, language)) for one in error.problems]


def sentences(error: SekishoError, language: str) -> list[str]:
    """The error's own sentence and one for each problem, without the names of places in the action."""
    own = texts.render(error.code, error.fields, language)
    return [own, *(line for _at, line in at_problems(error, language) if line != own)]
