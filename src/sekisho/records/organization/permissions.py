"""The one table that says which role may do which action (DESIGN §4 "Permissions").

A membership gives its role in its organisation and below, down to the next boundary. What is not in the table is denied.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

__all__ = ["PERMISSIONS", "READ", "Role"]


class Role(StrEnum):
    """Roles (standards: organisation_roles). One word for all bodies; each kind of body has its own title."""

    CISO = "ciso"  # 最高情報セキュリティ責任者
    CHIEF_OFFICER = "chief_officer"  # 統括情報セキュリティ責任者
    SYSTEM_OFFICER = "system_officer"  # 情報システムセキュリティ責任者
    SYSTEM_ADMIN = "system_admin"  # 情報システム管理者
    SECTION_OFFICER = "section_officer"  # 課室情報セキュリティ責任者
    STAFF = "staff"  # 職員（担当者）
    PROCUREMENT = "procurement"  # 調達担当者
    CSIRT = "csirt"
    AUDITOR = "auditor"  # 情報セキュリティ監査責任者: reads everything in scope, changes nothing
    ADVISOR = "advisor"  # 最高情報セキュリティアドバイザー: an opinion, never a decision
    ADMINISTRATOR = "administrator"  # of this installation: people, machines, settings; no judgement


_R = Role
READ: Final = "read"
_ALL: Final = frozenset(Role)
_LINE: Final = frozenset({_R.CISO, _R.CHIEF_OFFICER})
_OFFICERS: Final = _LINE | {_R.SYSTEM_OFFICER}
_WORKERS: Final = _OFFICERS | {_R.SYSTEM_ADMIN, _R.SECTION_OFFICER}
_ADMIN: Final = frozenset({_R.ADMINISTRATOR})

PERMISSIONS: Final[dict[str, frozenset[Role]]] = {
    READ: _ALL,
    # ledger
    "ledger.read": _LINE | _ADMIN | {_R.AUDITOR},
    "ledger.export_head": _LINE | _ADMIN | {_R.AUDITOR},
    # organization
    "organization.create": _ADMIN | {_R.CHIEF_OFFICER},
    "organization.edit": _ADMIN | {_R.CHIEF_OFFICER},
    "organization.move": _ADMIN,
    "organization.close": _ADMIN,
    "person.manage": _ADMIN,
    "membership.manage": _ADMIN,
    "token.own": _ALL,
    # catalog
    "catalog.import": _LINE | _ADMIN,
    "catalog.adopt": _LINE,
    "catalog.overlay": _LINE,
    # subjects
    "subject.edit": _WORKERS,
    "subject.import": _WORKERS,
    "machine.enroll": _ADMIN | {_R.CHIEF_OFFICER, _R.SYSTEM_OFFICER, _R.SYSTEM_ADMIN},
    "machine.revoke": _ADMIN | {_R.CHIEF_OFFICER, _R.SYSTEM_OFFICER, _R.SYSTEM_ADMIN},
    # jobs
    "job.manage": _ADMIN | _OFFICERS,
    # evidence
    "observation.submit": _WORKERS | {_R.CSIRT},
    "evidence.add": _WORKERS | {_R.CSIRT, _R.PROCUREMENT},  # what was delivered; officers review it
    "evidence.review": _OFFICERS | {_R.ADVISOR},
    "evidence.withdraw": _OFFICERS,
    "artifact.erase": _LINE,
    # duties
    "duty.complete": _WORKERS | {_R.CSIRT, _R.PROCUREMENT, _R.STAFF},
    "duty.assign": _OFFICERS,
    # requests
    "request.make": _WORKERS | {_R.CSIRT, _R.PROCUREMENT, _R.STAFF},
    "request.advise": frozenset({_R.ADVISOR}),
    # assessment
    "judgement.confirm": _OFFICERS,
    "judgement.declare": _WORKERS,
    "judgement.override": _OFFICERS,
    "judgement.target": _OFFICERS,
    "applicability.decide": _OFFICERS,
    "corrective_action.edit": _WORKERS | {_R.CSIRT},
    "corrective_action.verify": _OFFICERS,
    "baseline.accept": _OFFICERS | {_R.SYSTEM_ADMIN},
    # procurement
    "procurement.read": _WORKERS | {_R.PROCUREMENT, _R.AUDITOR, _R.ADVISOR, _R.STAFF},
    "procurement.edit": _WORKERS | {_R.PROCUREMENT},
    "procurement.notice": _OFFICERS | {_R.PROCUREMENT},
    "procurement.evaluate": _WORKERS | {_R.PROCUREMENT, _R.STAFF},
    "procurement.accept": _OFFICERS | {_R.SYSTEM_ADMIN, _R.PROCUREMENT},
    "procurement.advise": _LINE | {_R.ADVISOR},
    "procurement.review": _WORKERS | {_R.PROCUREMENT, _R.ADVISOR},
    "procurement.grade": _OFFICERS,
    "procurement.rules": _LINE,
    # monitoring
    "monitoring.read": _WORKERS | {_R.CSIRT, _R.AUDITOR, _R.ADVISOR},  # sources, plans, reviews, findings
    "monitoring.search": _OFFICERS | {_R.SYSTEM_ADMIN, _R.CSIRT, _R.AUDITOR},  # the logs themselves
    "monitoring.source": _OFFICERS | {_R.SYSTEM_ADMIN},
    "monitoring.ingest": _OFFICERS | {_R.SYSTEM_ADMIN, _R.CSIRT},
    "monitoring.rules": _OFFICERS,
    "monitoring.plan": _OFFICERS,
    "monitoring.review": _WORKERS | {_R.CSIRT},
    "monitoring.triage": _OFFICERS | {_R.SYSTEM_ADMIN, _R.CSIRT},
    "monitoring.suppress": _OFFICERS | {_R.CSIRT},
    "monitoring.staff": _LINE,  # ask for a basis to watch staff, end it
    "monitoring.staff_search": _LINE | {_R.CSIRT},
    "monitoring.staff_read": _LINE | {_R.CSIRT, _R.AUDITOR},  # who searched for whom, and why
    # incidents
    "incident.read": _WORKERS | {_R.CSIRT, _R.AUDITOR, _R.ADVISOR},
    "incident.record": _WORKERS | {_R.CSIRT},
    "incident.analyse": _WORKERS | {_R.CSIRT},
    "incident.settle": _OFFICERS | {_R.SECTION_OFFICER},
    "incident.close": _OFFICERS | {_R.SECTION_OFFICER},
    # lifecycle
    "lifecycle.read": _WORKERS | {_R.AUDITOR, _R.ADVISOR, _R.STAFF},
    "lifecycle.edit": _WORKERS | {_R.STAFF},  # the retention ledger, answers at a stock-taking
    "lifecycle.import": _WORKERS,
    "lifecycle.rules": _OFFICERS,  # ask for an own rule; a second person approves
    "lifecycle.store": _ADMIN | {_R.CHIEF_OFFICER},  # which folders, buckets and databases Sekisho may reach
    "lifecycle.scan": _OFFICERS | {_R.SYSTEM_ADMIN},
    "lifecycle.hold": _OFFICERS | {_R.SECTION_OFFICER},
    "lifecycle.consent": _OFFICERS | {_R.SECTION_OFFICER},
    "lifecycle.request": _WORKERS,  # ask for a deletion; a second person approves
    "lifecycle.execute": _OFFICERS | {_R.SYSTEM_ADMIN},
    "lifecycle.record": _WORKERS,  # paper, media and copies at suppliers
    "lifecycle.certify": _OFFICERS,
    "lifecycle.automatic": _OFFICERS,
    "lifecycle.stocktaking": _OFFICERS | {_R.SECTION_OFFICER},
    "lifecycle.measure": _OFFICERS | {_R.SYSTEM_ADMIN},
    "lifecycle.leak_read": _WORKERS | {_R.CSIRT, _R.AUDITOR, _R.ADVISOR},  # where personal data and secrets lie
    "lifecycle.leakscan": _OFFICERS | {_R.SYSTEM_ADMIN},
    "lifecycle.leak_decide": _OFFICERS | {_R.SECTION_OFFICER},  # what may lie there
    "lifecycle.handover_read": _WORKERS | {_R.PROCUREMENT, _R.AUDITOR, _R.ADVISOR},
    "lifecycle.handover": _WORKERS | {_R.PROCUREMENT},  # ask to hand data out of production; a second person approves
    "lifecycle.mask": _OFFICERS | {_R.SYSTEM_ADMIN, _R.SECTION_OFFICER},  # plans of masking and their runs
    "lifecycle.assess": _WORKERS,  # the risk of re-identification
    "lifecycle.sign": _OFFICERS | {_R.SECTION_OFFICER},  # as 保護管理者
    # intelligence
    "intelligence.read": _OFFICERS | {_R.SYSTEM_ADMIN, _R.CSIRT, _R.AUDITOR, _R.ADVISOR},  # as far as the label lets them
    "intelligence.source": _OFFICERS | {_R.CSIRT},
    "intelligence.take_in": _OFFICERS | {_R.SYSTEM_ADMIN, _R.CSIRT},
    "intelligence.judge": _OFFICERS | {_R.CSIRT},
    "intelligence.allow": _OFFICERS | {_R.CSIRT},
    "intelligence.release": _OFFICERS | {_R.SYSTEM_ADMIN, _R.CSIRT},  # ask for it; officers approve
    "intelligence.prove": _OFFICERS | {_R.SYSTEM_ADMIN, _R.CSIRT},
    "intelligence.search": _OFFICERS | {_R.SYSTEM_ADMIN, _R.CSIRT},
    "intelligence.hand_out": _OFFICERS | {_R.SYSTEM_ADMIN, _R.CSIRT},
    "intelligence.brief": _OFFICERS | {_R.CSIRT},
    "intelligence.announce": _OFFICERS | {_R.CSIRT},
    # measurement
    "indicator.target": _LINE,
    "indicator.compute": _OFFICERS | {_R.AUDITOR},
    "report.build": _OFFICERS | {_R.AUDITOR},
    "report.issue": _LINE,
    "report.submit": _LINE,
    # installation
    "installation.manage": _ADMIN,
}
