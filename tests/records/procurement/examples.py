"""The three example procurements as cases and as material for documents."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from tests.records.factories import NOW, give, make_organization, make_person, principal_of

from sekisho.documents.numbering import style
from sekisho.engines.derivation import derive, read_answers
from sekisho.records.procurement.models import Case
from sekisho.records.procurement.writing import Material
from sekisho.standards.rule_sets import rule_set

if TYPE_CHECKING:
    from sekisho.engines.derivation import Answers
    from sekisho.records.organization.principals import Principal

FOLDER = Path(__file__).resolve().parents[3] / "examples" / "procurement"
NAMES = ("booking-site", "isolated-system", "design-study")


@cache
def answers(name: str) -> Answers:
    """The answers file of an example."""
    path = FOLDER / f"{name}.yaml"
    return read_answers(path.read_bytes(), filename=path.name)


def material(name: str = "booking-site", *, numbering: str = "specification", language: str = "ja", **changes: Any) -> Material:
    """The material of an example, some of its answers changed: ``values={}``, ``answers={…}``."""
    given = answers(name)
    fields = set(given.__struct_fields__)
    given = msgspec.structs.replace(given, **{key: changes.pop(key) for key in list(changes) if key in fields})
    rules = rule_set(given.rule_set)
    return Material(
        rules=rules,
        answers=given,
        derivation=derive(rules, given),
        style=style(numbering),
        language="en" if language == "en" else "ja",
        as_of=datetime(2026, 11, 22, 1, 0, tzinfo=UTC),
        **changes,
    )


def case_of(name: str = "booking-site", **fields: Any) -> tuple[Case, Principal, Any]:
    """A case with the answers of an example, its owner as a principal, and a browser of theirs."""
    from django.test import Client

    from sekisho.records.procurement import actions

    organization = fields.pop("organization", None) or make_organization("minamo", name="みなも市", body_kind="municipality")
    person = make_person(language=fields.pop("language", "ja"))
    give(person, "procurement", organization)
    principal = principal_of(person)
    case = actions.create_case(principal, organization=organization, title="予約サイト", now=NOW)
    plain = msgspec.to_builtins(answers(name))
    Case.objects.filter(pk=case.pk).update(answers={**plain, **fields})
    client = Client()
    client.force_login(person, backend="sekisho.web.backends.LoginBackend")
    return Case.objects.get(pk=case.pk), principal, client
