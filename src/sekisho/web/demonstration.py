"""The demonstration's fictional organisations, people by their offices, and what is registered before this machine is measured.

Everything that is measured is real; only the organisations are invented, and they are marked so on every page.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sekisho.records.organization import actions as organization
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.models import Organization, Person
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import actions as procurement
from sekisho.records.subjects import actions as subjects

if TYPE_CHECKING:
    from datetime import date, datetime

    from sekisho.records.subjects.models import Subject

__all__ = ["Demonstration", "create"]

_PEOPLE: Final = (
    ("minamo-chief", "みなも市 統括情報セキュリティ責任者", "minamo", (Role.CHIEF_OFFICER,)),
    ("minamo-ciso", "みなも市 最高情報セキュリティ責任者", "minamo", (Role.CISO,)),
    ("minamo-admin", "みなも市 管理者", "minamo", (Role.ADMINISTRATOR,)),
    ("minamo-officer", "みなも市 情報システムセキュリティ責任者", "minamo", (Role.SYSTEM_OFFICER,)),
    ("minamo-sysadmin", "みなも市 情報システム管理者", "minamo", (Role.SYSTEM_ADMIN,)),
    ("minamo-auditor", "みなも市 情報セキュリティ監査責任者", "minamo", (Role.AUDITOR,)),
    ("minamo-buyer", "みなも市 調達担当者", "minamo", (Role.PROCUREMENT,)),
    ("minamo-advisor", "みなも市 最高情報セキュリティアドバイザー", "minamo", (Role.ADVISOR,)),
    ("pref-chief", "みなも県 統括情報セキュリティ責任者", "minamo-pref", (Role.CHIEF_OFFICER,)),
    ("kasumi-chief", "かすみ町 統括情報セキュリティ責任者", "kasumi", (Role.CHIEF_OFFICER,)),
)


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What was made: the city, the subjects that this machine reports about, their enrolments' secrets, and the log-in."""

    city: Organization
    host: Subject
    code: Subject
    host_secret: str
    code_secret: str
    password: str

    def __repr__(self) -> str:
        """Without the secrets."""
        return f"Demonstration({self.city.code})"


def create(*, host_name: str, now: datetime, today: date) -> Demonstration:
    """みなも県 over みなも市 and かすみ町 (boundaries between), offices, one system with this host and its source as parts."""
    from django.conf import settings  # noqa: PLC0415 - Django is set up only after the settings file is written

    assert settings.CONFIG.is_demo
    prefecture = _organization("minamo-pref", "みなも県", "Minamo Prefecture", "prefecture", None, now=now, today=today)
    city = _organization("minamo", "みなも市", "Minamo City", "municipality", prefecture, now=now, today=today)
    _organization("minamo-welfare", "福祉課", "Welfare Section", "", city, boundary=False, now=now, today=today)
    _organization("kasumi", "かすみ町", "Kasumi Town", "municipality", prefecture, now=now, today=today)
    password = secrets.token_urlsafe(9)
    for login, name, where, roles in _PEOPLE:
        _person(login, name, where, roles, password, now=now, today=today)
    system = subjects.create_subject(
        SYSTEM,
        organization=city,
        kind="information_system",
        name="関所（このデモの情報システム）",
        description="このデモが動いている機械と、関所のソースコードからなる情報システム。",
        network_zone="lgwan",
        now=now,
    )
    host = subjects.create_subject(
        SYSTEM,
        organization=city,
        kind="host",
        name=host_name,
        description="このデモが動いている機械。",
        network_zone="lgwan",
        now=now,
    )
    code = subjects.create_subject(
        SYSTEM, organization=city, kind="code", name="関所のソースコード", description="このデモのプログラムそのもの。", now=now
    )
    for part in (host, code):
        subjects.add_part(SYSTEM, whole=system, part=part, now=now)
    _, host_secret = subjects.enroll_machine(SYSTEM, subject=host, name=host_name, now=now)
    _, code_secret = subjects.enroll_machine(SYSTEM, subject=code, name=f"{host_name}（コードの検査）", now=now)
    _procurement(city, now=now, today=today)
    return Demonstration(city, host, code, host_secret, code_secret, password)


def _procurement(city: Organization, *, now: datetime, today: date) -> None:
    """A case that the clerk prepares (the booking site of the examples), readable by the officers and the advisor."""
    buyer = organization_queries.principal_of(Person.objects.get(login="minamo-buyer"), today=today)
    case = procurement.import_case(
        buyer, organization=city, untrusted=_example("booking-site.yaml"), filename="booking-site.yaml", now=now
    )
    for login in ("minamo-chief", "minamo-advisor", "minamo-officer"):
        procurement.add_member(buyer, case, person_id=Person.objects.get(login=login).pk, part="reader", now=now)


def _example(name: str) -> bytes:
    """An example of procurement: beside the package where it is installed, in the source tree where it is developed."""
    installed = resources.files("sekisho").joinpath("examples", "procurement", name)
    if installed.is_file():
        return installed.read_bytes()
    return (Path(__file__).resolve().parents[3] / "examples" / "procurement" / name).read_bytes()


def _organization(
    code: str,
    name: str,
    name_en: str,
    body_kind: str,
    parent: Organization | None,
    *,
    boundary: bool = True,
    now: datetime,
    today: date,
) -> Organization:
    made = organization.create_organization(
        SYSTEM,
        code=code,
        name=name,
        name_en=name_en,
        body_kind=body_kind,
        parent=parent,
        is_boundary=boundary,
        is_fictional=True,
        now=now,
        today=today,
    )
    subjects.ensure_for(made, now=now)
    return made


def _person(login: str, name: str, code: str, roles: tuple[Role, ...], password: str, *, now: datetime, today: date) -> Person:
    person = organization.create_person(SYSTEM, login=login, name=name, password=password, must_change_password=False, now=now)
    where = Organization.objects.get(code=code)
    since = today.replace(year=today.year - 2, month=4, day=1)  # the stories of the demonstration reach back into the year before
    for role in roles:
        organization.give_membership(SYSTEM, person=person, organization=where, role=role, valid_from=since, now=now)
    return person
