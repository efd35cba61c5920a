"""An organisation in which every kind of row exists, the people who call the API, and the real values for its parameters."""

from __future__ import annotations

import hashlib
import io
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.test import Client
from django.utils import timezone
from tests.contract.api_care import Care, care_requests, care_values
from tests.contract.api_incidents import Cases, incident_requests, incident_values
from tests.contract.api_intelligence import Intel, intelligence_requests, intelligence_values
from tests.contract.api_monitoring import Watch, monitoring_requests, monitoring_values
from tests.contract.api_real import real_requests
from tests.contract.api_retention import Keep, retention_requests, retention_values
from tests.records.evidence.observations import artifact, finding, observation, raw
from tests.records.factories import give, make_organization, make_person, principal_of
from tests.records.procurement.bought import EXAMPLES, make_case

from sekisho.documents import FORMATS
from sekisho.records.assessment import actions as assessment
from sekisho.records.assessment.models import Judgement
from sekisho.records.catalog import actions as catalog
from sekisho.records.catalog import reference
from sekisho.records.catalog.models import Catalog, Requirement
from sekisho.records.duties import actions as duties
from sekisho.records.evidence import actions as evidence
from sekisho.records.evidence import rules as evidence_rules
from sekisho.records.evidence.models import Finding, Observation
from sekisho.records.jobs import actions as jobs
from sekisho.records.jobs.models import Job
from sekisho.records.measurement import actions as measurement
from sekisho.records.measurement.models import IndicatorValue, ReportReference
from sekisho.records.organization import actions as organization
from sekisho.records.organization.models import LoginSession, Membership
from sekisho.records.organization.permissions import PERMISSIONS, Role
from sekisho.records.organization.principals import SYSTEM, Principal
from sekisho.records.procurement import actions as procurement
from sekisho.records.procurement import queries as procurement_queries
from sekisho.records.procurement.models import AcceptanceTest, Case
from sekisho.records.procurement.queries import gradings as procurement_gradings
from sekisho.records.requests import actions as requests
from sekisho.records.requests.models import Absence, Decision, Request, Step
from sekisho.records.subjects import actions as subjects
from sekisho.records.subjects import queries as subject_queries
from sekisho.standards.indicators import computed_indicators

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE: Final = b'{"bomFormat": "CycloneDX"}'
DIGEST: Final = hashlib.sha256(FILE).hexdigest()
GRADED: Final = {
    "g_confidentiality": "c_mid", "g_integrity": "i_high", "g_stop": "24", "g_harm": "limited", "g_scope": "citizens",
    "g_affected": "500", "g_dependency": ["none"], "g_personal": "500", "g_sensitive": "no", "g_alternative": "short",
}  # fmt: skip
SEEN_LONG_AGO: Final = "0" * 64


class World:
    """Prefecture over town over section; ``person`` holds every role in the town and below."""

    def __init__(self) -> None:
        self.now = timezone.now()
        catalog.load_standards(SYSTEM, now=self.now)
        self.prefecture = make_organization("minato-ken", name="みなと県", body_kind="prefecture")
        self.town = make_organization(
            "minamo", name="みなも市", body_kind="municipality", parent=self.prefecture, is_boundary=True
        )
        self.section = make_organization("minamo-soumu", name="総務課", parent=self.town)
        self.person, self.colleague = make_person("everything"), make_person("colleague")
        for role in Role:
            give(self.person, role, self.town)
        give(self.colleague, Role.SYSTEM_OFFICER, self.town)
        self.principal, self.other = principal_of(self.person), principal_of(self.colleague)
        self._log_in()
        self._subjects()
        self._evidence()
        self._judgements()
        self._requests()
        self._reports()
        self._procurement()
        self.watch = Watch(self)
        self.intel = Intel(self)
        self.cases = Cases(self)
        self.keep = Keep(self)
        self.care = Care(self)
        self.values = (
            self._values() | monitoring_values(self.watch) | intelligence_values(self.intel) | incident_values(self.cases)
        )
        self.known = real_requests(self) | monitoring_requests(self.watch) | intelligence_requests(self.intel)
        self.values |= retention_values(self.keep) | care_values(self.care)
        self.known |= incident_requests(self.cases) | retention_requests(self.keep) | care_requests(self.care)

    def _log_in(self) -> None:
        later = self.now + timedelta(days=90)
        self.token, self.secret = organization.issue_token(
            self.principal, name="すべて", scopes=frozenset(PERMISSIONS), expires_at=later, now=self.now
        )
        client = Client()
        client.force_login(self.person, backend="sekisho.web.backends.LoginBackend")
        self.cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        key = client.session.session_key
        self.session, _ = LoginSession.objects.update_or_create(
            session_key=key, defaults={"person": self.person, "started_at": self.now, "last_seen_at": self.now}
        )

    def _subjects(self) -> None:
        def make(kind: str, name: str) -> Any:
            return subjects.create_subject(self.principal, organization=self.town, kind=kind, name=name, now=self.now)

        subjects.ensure_for(self.town, now=self.now)
        self.system, self.host, self.spare = (
            make("information_system", "予約サイト"),
            make("host", "web-01"),
            make("host", "web-02"),
        )
        subjects.add_part(self.principal, whole=self.system, part=self.host, now=self.now)
        scheme = min(subject_queries.schemes())
        self.scheme = scheme
        self.key = subjects.add_key(self.principal, subject=self.host, scheme="hostname", value="web-01.example.jp", now=self.now)
        self.machine, self.machine_secret = subjects.enroll_machine(
            self.principal, subject=self.host, name="web-01", now=self.now
        )

    def _machine(self) -> Principal:
        found = subject_queries.machine_principal(self.machine_secret, now=self.now)
        assert found is not None
        return found

    def _evidence(self) -> None:
        evidence.store_artifact(
            self.principal,
            chunks=(FILE,),
            sha256=DIGEST,
            media_type="application/json",
            name="sbom.json",
            organization_id=self.town.pk,
            now=self.now,
        )
        seen = observation(
            1,
            observed_at=(self.now - timedelta(hours=1)).isoformat(timespec="seconds"),
            findings=(finding("CVE-2026-0001"),),
            artifacts=(artifact("sbom.json", FILE, DIGEST),),
        )
        got = evidence.receive_observations(self.principal, observations=[raw(seen)], subject=self.host, now=self.now)
        assert [result.status for result in got.results] == ["accepted"], got
        self.observation, self.finding = Observation.objects.get(), Finding.objects.get()
        self.documents = [
            evidence.add_document(
                self.principal,
                subject=self.system,
                title=f"規程 {number}",
                document_kind=min(evidence_rules.document_kinds()),
                file_name="policy.pdf",
                chunks=io.BytesIO(b"%PDF-1.7 " + str(number).encode()),
                requirement_ids=[],
                valid_from=None,
                valid_until=None,
                number="",
                note="",
                now=self.now,
            )
            for number in range(2)
        ]
        evidence.review_document(self.other, evidence=self.documents[0], now=self.now)

    def _judgements(self) -> None:
        self.catalogs = list(Catalog.objects.order_by("key", "edition")[:4])
        self.requirement = Requirement.objects.filter(catalog__key="annex_a_2022", ref="8.9").get()
        self.overlay = catalog.add_overlay(
            self.principal,
            organization=self.town,
            catalog_key="annex_a_2022",
            ref=self.requirement.ref,
            fields={"title": "脆弱性の管理（市の読み替え）"},
            note="市の規程",
            now=self.now,
        )
        assessment.refresh_applicability(SYSTEM, organization_id=self.town.pk, now=self.now)
        pks = [self.system.pk, self.host.pk]
        assessment.propose(SYSTEM, subject_ids=pks, now=self.now)
        rows = Judgement.objects.filter(subject__in=pks, applicable=True)
        proposed = list(rows.filter(proposed_level__isnull=False)[:2])
        self.judgements = [*proposed, *rows.exclude(pk__in=[row.pk for row in proposed])[:2]]
        self.corrective = assessment.make_corrective_action(
            self.principal,
            subject_id=self.host.pk,
            what="更新する",
            owner_id=self.person.pk,
            due_on=self.now.date() + timedelta(days=30),
            finding_id=self.finding.pk,
            now=self.now,
        )
        self.job = jobs.enqueue(SYSTEM, "assessment.refresh", organization_id=self.town.pk, now=self.now)

    def _requests(self) -> None:
        asked = self.judgements[-1]
        self.request = assessment.ask_level(
            self.other, judgement_id=asked.pk, version=asked.version, level=1, reason="文書がある", now=self.now
        )
        self.step = Step.objects.filter(request=self.request, state="open").exclude(advisory=True).first() or Step.objects.filter(
            request=self.request
        ).latest("position")
        self.returned = Request.objects.create(
            organization=self.town,
            subject=self.system,
            kind=self.request.kind,
            number="1999-000001",
            payload=self.request.payload,
            summary=self.request.summary,
            requester=self.person,
            state="returned",
            created_at=self.now,
        )
        done = Step.objects.create(request=self.returned, position=1, role=Role.CISO, organization=self.town, state="returned")
        self.decision = Decision.objects.create(
            step=done,
            person=self.colleague,
            deputy_for=self.person,
            kind="return",
            comment="直す",
            at=self.now,
            review_needed=True,
        )
        self.absence: Absence = requests.add_absence(
            self.principal,
            deputy_id=self.colleague.pk,
            starts_on=self.now.date(),
            ends_on=self.now.date() + timedelta(days=3),
            now=self.now,
        )
        self.duty = duties.set_duty(
            SYSTEM,
            source="contract:test:1",
            organization_id=self.town.pk,
            code="requests.duty_decide",
            fields={"number": "1", "summary": {}},
            due_at=self.now + timedelta(days=1),
            owner_id=self.person.pk,
            now=self.now,
        )

    def _reports(self) -> None:
        for key in sorted(computed_indicators())[:3]:
            measurement.set_target(self.principal, organization=self.town, key=key, value=0.5, due_on=None, now=self.now)
        self.report = measurement.build_report(self.principal, organization=self.town, now=self.now)
        draft = measurement.build_report(self.principal, organization=self.town, now=self.now)
        self.issued = measurement.issue_report(self.principal, draft, now=self.now)
        self.submission = measurement.submit_report(self.principal, self.issued, to=self.prefecture, now=self.now)
        self.indicator = IndicatorValue.objects.filter(organization=self.town).first()

    def _procurement(self) -> None:
        """A case that is prepared, one that is announced, one that is contracted; what the office keeps for all of them."""

        def case(**answers: Any) -> Case:
            return make_case(self.principal, self.town, "design-study", **answers)

        day = self.now.date()
        self.prepared, self.announced, contracted = case(), case(award="lowest"), case(award="negotiated")
        self.kept = procurement.keep_version(self.principal, self.prepared, note="", now=self.now)
        procurement.add_member(self.principal, self.prepared, person_id=self.colleague.pk, part="editor", now=self.now)
        procurement.publish_notice(
            self.principal,
            self.announced,
            published_on=day,
            questions_until=day + timedelta(days=10),
            proposals_until=self.now + timedelta(days=52),
            opening_at=self.now + timedelta(days=53),
            now=self.now,
        )
        self.bidder = procurement.add_bidder(self.principal, self.announced, name="株式会社みほん", now=self.now)
        procurement.receive_question(
            self.principal, self.announced, text="範囲はどこまでか", received_on=day, bidder_id=self.bidder.pk, now=self.now
        )
        procurement.sign_contract(
            self.principal,
            contracted,
            supplier="株式会社みほん",
            reason="少額のため",
            signed_on=day,
            delivery_on=day + timedelta(days=90),
            operation_on=day + timedelta(days=91),
            ends_on=day + timedelta(days=400),
            now=self.now,
        )
        self.contracted = procurement_queries.case(SYSTEM, contracted.pk)
        self.test = AcceptanceTest.objects.filter(case=contracted).first()
        self.template = procurement.add_word_template(
            self.principal,
            organization=self.town,
            name="仕様書",
            untrusted=(EXAMPLES / "template.docx").read_bytes(),
            filename="template.docx",
            now=self.now,
        )
        self.style = procurement.save_numbering(
            self.principal, organization=self.town, name="市の様式", text="第{n}条\n({1})", now=self.now
        )
        self.review = procurement.review_draft(
            self.principal,
            organization=self.town,
            untrusted="ログを1年間保存すること。".encode(),
            filename="draft.txt",
            now=self.now,
        )
        self.graded = GRADED
        self.grading = procurement.grade_system(self.principal, subject=self.system, answers=GRADED, now=self.now)
        self.edition = procurement.propose_edition(
            self.principal,
            organization=self.town,
            rule_set_id="specification",
            files={},
            settings={"many_users": 500},
            note="市の規模に合わせる",
            now=self.now,
        )

    def _values(self) -> dict[str, list[Any]]:
        """Parameter name → values that exist."""

        def ids(*rows: Any) -> list[str]:
            return [str(row.pk) for row in rows]

        membership = Membership.objects.filter(organization=self.town).first()
        number = ReportReference.objects.filter(report=self.issued).values_list("number", flat=True).first()
        own = ["minamo", "minamo-soumu"]
        day = self.now.date()
        return {
            "code": own,
            "organization": own,
            "parent": own,
            "to": ["minato-ken"],
            "subject": ids(self.host, self.system),
            "subject_id": ids(self.host, self.system),
            "part": ids(self.host, self.spare, self.system),
            "part_id": ids(self.host, self.spare),
            "key_id": ids(self.key),
            "machine_id": ids(self.machine),
            "sha256": [DIGEST, SEEN_LONG_AGO],
            "observation_id": ids(self.observation),
            "evidence_id": ids(*self.documents),
            "finding_id": ids(self.finding),
            "judgement_id": ids(*self.judgements),
            "requirement_id": ids(self.requirement),
            "requirement": ids(self.requirement),
            "requirements": [ids(self.requirement)],
            "catalog_id": ids(*self.catalogs),
            "other_id": ids(*self.catalogs),
            "old_catalog_id": ids(*self.catalogs),
            "new_catalog_id": ids(*self.catalogs),
            "catalog_key": ["annex_a_2022"],
            "catalog": ["annex_a_2022"],
            "ref": [self.requirement.ref],
            "overlay_id": ids(self.overlay),
            "action_id": ids(self.corrective),
            "corrective_action_id": ids(self.corrective),
            "owner_id": ids(self.person, self.colleague),
            "deputy_id": ids(self.colleague),
            "deputy": ids(self.colleague),
            "person": ids(self.colleague, self.person),
            "person_id": ids(self.colleague, self.person),
            "membership_id": ids(membership),
            "session_id": ids(self.session),
            "token_id": ids(self.token),
            "job_id": ids(*Job.objects.all()[:2]),
            "request_id": ids(self.request, self.returned),
            "step_id": ids(self.step),
            "decision_id": ids(self.decision),
            "absence_id": ids(self.absence),
            "duty_id": ids(self.duty),
            "report_id": ids(self.report, self.issued),
            "submission_id": ids(self.submission),
            "value_id": ids(self.indicator),
            "indicator_id": ids(self.indicator),
            "number": [number, 1],
            "case_id": ids(self.prepared, self.announced, self.contracted),
            "case": ids(self.prepared),
            "bidder_id": ids(self.bidder),
            "test_id": ids(self.test),
            "template_id": ids(self.template),
            "style_id": ids(self.style),
            "review_id": ids(self.review),
            "edition_id": ids(self.edition),
            "grading_id": ids(self.grading),
            "digest": [procurement_gradings.follows(SYSTEM, self.grading).plan.digest],
            "clause_id": ["GE1", "SC-1-1"],
            "question_id": ["Q01", "Q23"],
            "rule_set": ["specification", "generative_ai"],
            "rule_set_id": ["specification"],
            "base_version": [self.prepared.answers_version],
            "form": ["docx", "xlsx", "html", "md"],
            "document": ["specification", "traceability"],
            "reason": ["理由"],
            "key": [*sorted(computed_indicators())[:3], "reviewed"],
            "list_id": list(reference.list_ids())[:3],
            "role": [str(role) for role in Role],
            "scopes": [["read"], ["judgement.confirm"]],
            "scheme": [self.scheme, "hostname"],
            "version": [1, 2],
            "versions": [{str(row.pk): row.version for row in self.judgements}],
            "output": list(FORMATS),
            "level": [0, 1, 2, 3],
            "on": [day.isoformat(), (day + timedelta(days=9)).isoformat()],
            "since": [(self.now - timedelta(days=1)).isoformat()],
            "expires_at": [(self.now + timedelta(days=5)).isoformat()],
        }


def absent_ids(names: Iterable[str]) -> dict[str, str]:
    """An id of nothing for each name."""
    return {name: str(uuid.uuid5(uuid.NAMESPACE_URL, name)) for name in names}
