"""Care for data in the demonstration: residents, a copy left in a test share, masking with proof, an assessment, handovers.

Residents are made by the engine of synthetic tables from a fixed seed: nobody in them is real. Everything else goes through the
actions that people use; who does it are fictional officers of the city.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils import timezone

from sekisho.records.jobs import worker
from sekisho.records.lifecycle import actions as room
from sekisho.records.lifecycle.actions import assessing, handovers, leakscans, masking
from sekisho.records.lifecycle.actions.leak_measuring import measure_leaks
from sekisho.records.lifecycle.bound import load
from sekisho.records.lifecycle.models import Handover, LeakPlace, LeakPlan, MaskRun
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.models import Person
from sekisho.records.requests import actions as requests
from sekisho.records.requests.models import DecisionKind, Step
from sekisho.records.subjects import actions as subjects

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sekisho.records.lifecycle.models import DataStore, MaskPlan, PrivacyAssessment
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.requests.models import Request

__all__ = ["Cared", "create"]

_RESIDENTS: Final = """schema: sekisho.synthetic/1
title: みなも市の住民の表（架空）
seed: 20261130
as_of: 2026-11-30
tables:
  residents:
    rows: 300
    primary_key: 宛名番号
    columns:
      宛名番号: {kind: sequence, digits: 10, start: 2000000001}
      氏名: person_name
      氏名カナ: person_kana
      性別: sex
      年齢: {kind: age, ages: {"20": 1, "30": 1, "40": 1, "50": 1, "60": 1, "70": 1}}
      電話番号: {kind: telephone, nulls: 0.1}
      住所: {kind: postal_address, prefecture: 長野県}
      世帯区分: {kind: category, values: {単身: 3, 夫婦: 3, 子のいる世帯: 4}}
"""
_STATISTICS: Final = """schema: sekisho.masking_plan/1
title: 世帯の統計のための表
version: 1
purpose: 世帯の傾向の調査
recipient: 架空リサーチ株式会社
place: outside
domain: statistics
tables:
  residents:
    columns:
      宛名番号: drop
      氏名: drop
      氏名カナ: drop
      性別: {transform: keep, kinds: [sex]}
      年齢: {transform: generalise_number, width: 20, label: range, kinds: [age]}
      電話番号: drop
      住所: drop
      世帯区分: {transform: keep, kinds: [category]}
views:
  窓口:
    residents:
      宛名番号: {transform: partial_mask, keep_last: 4, mask: '*', wide_mask: '*'}
      氏名: keep
      電話番号: {transform: redact, text: '***'}
      住所: keep
  統計担当:
    residents:
      宛名番号: {transform: token, length: 16}
      性別: keep
      年齢: {transform: generalise_number, width: 10, label: range}
      世帯区分: keep
"""
_SOURCE: Final = "residents.csv"
_TABLE: Final = "statistics/residents.csv"
_DAYS_BEFORE: Final = 12  # the test share was looked through first
_SAMPLE_ROWS: Final = 4


@dataclass(frozen=True, slots=True)
class Cared:
    """What there is to be seen: places found in the test share and treated, proven runs of masking, handovers."""

    places: int
    treated: int
    proven: int
    handovers: int


def create(city: Organization, *, now: datetime) -> Cared:
    """All of it, once; a second call changes nothing. Raises MissingComponent before anything is made without the extra."""
    if not LeakPlan.objects.filter(organization=city).exists():
        for engine in ("masking", "leakscanning", "assessing"):
            load(engine)
        _Office(city, now).work()
    places = LeakPlace.objects.filter(organization=city)
    return Cared(
        places.count(),
        places.filter(treated_at__isnull=False).count(),
        MaskRun.objects.filter(organization=city, proof_holds=True).count(),
        Handover.objects.filter(organization=city).count(),
    )


class _Office:
    """The city's officer and chief at work, each with their own rights."""

    def __init__(self, city: Organization, now: datetime) -> None:
        self.city, self.now, self.before = city, now, now - timedelta(days=_DAYS_BEFORE)
        self.officer, self.chief = self._person("minamo-officer"), self._person("minamo-chief")

    def _person(self, login: str) -> Principal:
        return organization_queries.principal_of(Person.objects.get(login=login), today=timezone.localdate(self.now))

    def _folder(self, name: str) -> Path:
        place: Path = settings.CONFIG.care_roots[0] / f"minamo-{name}"
        place.mkdir(parents=True, exist_ok=True)
        return place

    def _store(self, name: str, folder: Path, note: str) -> DataStore:
        facts = room.StoreFacts(name=name, kind="folder", address=str(folder), note=note)
        return room.register_store(self.chief, organization=self.city, facts=facts, now=self.before)

    def _approve(self, request: Request | None) -> None:
        for step in Step.objects.filter(request=request, advisory=False, state="open"):
            requests.decide(
                self.chief,
                step,
                kind=DecisionKind.APPROVE,
                comment="確かめた。",
                now=timezone.now(),
                today=timezone.localdate(self.now),
            )

    def work(self) -> None:
        """The tables, the leak scan, masking, the assessment, what is handed out, and the figures."""
        production, test, outgoing = (self._folder(name) for name in ("residents", "test", "outgoing"))
        _make_residents(production / _SOURCE)
        _leave_copies(production / _SOURCE, test)
        residents = self._store("住民記録（本番）", production, "このデモのために作った、架空の住民の表。")
        self._look_through(self._store("試験環境の共有フォルダ", test, "本番のデータを置かない所。"), test)
        outside = self._store("受け渡し用のフォルダ", outgoing, "マスキングした表を置く所。")
        test_data = masking.propose_mask_plan(
            self.officer,
            residents,
            path=_SOURCE,
            title="住民記録システム更改の試験データ",
            recipient="架空システム株式会社",
            now=self.now,
        )
        self._masked("住民記録の試験データ", test_data, residents, outside, "test/{date}.csv")
        run = self._masked("世帯の統計のための表", _STATISTICS, residents, outside, _TABLE)
        self._hand_out(run, self._assessed(outside, run))
        measure_leaks(self.officer, self.city, now=timezone.now())
        handovers.measure_handovers(self.officer, self.city, now=timezone.now())

    def _look_through(self, store: DataStore, folder: Path) -> None:
        """Some days ago copies of residents were found; one is allowed, one was deleted since, one is still there."""
        facts = leakscans.LeakPlanFacts(name="試験環境の漏えい点検", owner_role="system_admin")
        plan = leakscans.make_leak_plan(self.officer, store, facts=facts, now=self.before)
        leakscans.begin_leak_scan(self.officer, plan, now=self.before)
        worker.run_due(clock=lambda: self.before)
        leakscans.decide_leak(
            self.officer,
            plan,
            pattern="forms/*",
            kinds=[],
            mistaken=False,
            reason="操作研修で使う記入例。架空の人しか載っていないことを確かめた。",
            until=timezone.localdate(self.now) + timedelta(days=180),
            now=self.before,
        )
        shutil.rmtree(folder / "mail")
        leakscans.begin_leak_scan(self.officer, plan, now=self.now)
        worker.run_due()

    def _masked(self, name: str, text: str, source: DataStore, target: DataStore, path: str) -> MaskRun:
        """Kept, approved by the chief, run, and signed by the chief when the proof holds."""
        facts = masking.MaskPlanFacts(name=name, text=text, source=_SOURCE, target=path, purpose=name)
        plan: MaskPlan = masking.make_mask_plan(
            self.officer, self.city, source_store=source, target_store=target, facts=facts, now=self.now
        )
        reason = "外に渡す前に、本番の値が残らないようにする。"
        self._approve(masking.ask_mask_plan(self.officer, plan, reason=reason, version=plan.version, now=self.now))
        run = masking.begin_mask_run(self.officer, plan, now=timezone.now())
        worker.run_due()
        run.refresh_from_db()
        return masking.sign_mask_run(self.chief, run, now=timezone.now())

    def _assessed(self, store: DataStore, run: MaskRun) -> PrivacyAssessment:
        facts = assessing.AssessFacts(
            name="世帯の統計のための表", path=_TABLE, scheme="public_anonymised", quasi=("性別", "年齢"), sensitive=("世帯区分",),
            mask_run_id=run.pk,
        )  # fmt: skip
        row = assessing.assess_table(self.officer, self.city, store=store, facts=facts, now=timezone.now())
        for duty in load("assessing").left_open(row.figures["checklist"]):
            note = "要領のとおりに行い、記録を残した（架空）。"
            row = assessing.declare_duty(self.officer, row, duty=duty, note=note, version=row.version, now=timezone.now())
        return assessing.sign_assessment(self.chief, row, version=row.version, now=timezone.now())

    def _hand_out(self, run: MaskRun, assessment: PrivacyAssessment) -> None:
        """The masked table, to be returned; and made-up data, which the supplier may keep."""
        today = timezone.localdate(self.now)
        supplier = subjects.create_subject(
            self.officer, organization=self.city, kind="supplier", name="架空リサーチ株式会社", now=self.now
        )
        self._given(
            handovers.HandoverFacts(
                title="世帯の統計のための表", content="masked", purpose="世帯の傾向の調査", recipient=supplier.name,
                supplier_id=supplier.pk, personal=True, mask_run_id=run.pk, assessment_id=assessment.pk,
                back_on=today + timedelta(days=60),
            ),
            "封をした媒体を、担当者に手渡した。",
        )  # fmt: skip
        made_up = self._given(
            handovers.HandoverFacts(
                title="操作研修の例題", content="synthetic", purpose="操作研修", recipient="架空システム株式会社"
            ),
            "共有サービスで渡した。",
        )
        handovers.end_handover(
            self.officer, made_up, ended_on=timezone.localdate(), how="kept", note="記述から作った表で、実在の人を含まない。",
            document_id=None, version=made_up.version, now=timezone.now(),
        )  # fmt: skip

    def _given(self, facts: handovers.HandoverFacts, how: str) -> Handover:
        row = handovers.make_handover(self.officer, organization=self.city, facts=facts, now=self.now)
        row = handovers.ask_handover(self.officer, row, reason=facts.purpose, version=row.version, now=self.now)
        self._approve(row.request)
        row.refresh_from_db()
        return handovers.give_handover(
            self.officer, row, given_on=timezone.localdate(), how=how, version=row.version, now=timezone.now()
        )


def _make_residents(place: Path) -> None:
    """The table as systems of municipalities write it: CP932, lines that end in CR LF."""
    from sekisho.engines.masking.synthetic import make, parse_description  # noqa: PLC0415 - needs the extra ``data``
    from sekisho.engines.masking.tables import Dialect  # noqa: PLC0415
    from sekisho.engines.masking.targets import Writing  # noqa: PLC0415

    how = Writing("csv", Dialect(encoding="cp932", newline="\r\n"), force=True)
    make(parse_description(_RESIDENTS.encode(), file="residents.yaml"), place, how=how)


def _leave_copies(table: Path, test: Path) -> None:
    """What people leave behind in a test share: the whole table, an export beside an e-mail, an example on a form."""
    for name in ("migration", "mail", "forms", "minutes"):
        (test / name).mkdir(exist_ok=True)
    shutil.copyfile(table, test / "migration" / "residents-copy.csv")
    lines = table.read_text(encoding="cp932").splitlines()
    (test / "mail" / "export.csv").write_text("\n".join(lines[:40]) + "\n", encoding="utf-8")
    (test / "forms" / "example.csv").write_text("\n".join(lines[:_SAMPLE_ROWS]) + "\n", encoding="utf-8")
    (test / "minutes" / "meeting.txt").write_text("移行の打合せは水曜日に行う。\n", encoding="utf-8")
