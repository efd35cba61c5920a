"""A procurement case: its answers, who works on it, and what it was at which moment."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["AnswerChange", "Case", "CaseMember", "CaseState", "CaseVersion", "DiagramConfirmation", "MemberPart", "Opinion"]


class CaseState(models.TextChoices):
    """preparing → noticed 公告 → opened 開札 → contracted → accepted → operating → retired; or cancelled on the way."""

    PREPARING = "preparing"
    NOTICED = "noticed"
    OPENED = "opened"
    CONTRACTED = "contracted"
    ACCEPTED = "accepted"
    OPERATING = "operating"
    RETIRED = "retired"
    CANCELLED = "cancelled"


class Case(Identified):
    """One procurement (``rule_set`` specification), or one check of a generative AI (``rule_set`` generative_ai).

    ``answers`` is an ``engines.derivation.Answers`` as JSON, ``answers_version`` counts its changes; ``diagram`` holds what
    people changed on the drawn diagram. Until the notice only members see a case (``queries.cases``).
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="procurement_cases")
    number = models.CharField(max_length=32, unique=True)  # P2026-0001
    title = models.CharField(max_length=200)
    rule_set = models.CharField(max_length=32, default="specification")
    edition = models.ForeignKey(
        "procurement.RuleEdition", null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )  # null: the included rules
    state = models.CharField(max_length=16, choices=CaseState.choices, default=CaseState.PREPARING)
    answers = models.JSONField(default=dict)
    answers_version = models.PositiveIntegerField(default=1)
    diagram = models.JSONField(default=dict)
    diagram_version = models.PositiveIntegerField(default=1)
    numbering = models.CharField(max_length=64, default="specification")  # a named style, or the id of an organisation's own
    schedule = models.JSONField(default=dict)  # engines.schedule.ScheduleInputs as JSON
    criteria = models.JSONField(default=list)  # the evaluation sheet: [{id, clause, title, kind, points}]
    subject = models.ForeignKey(
        "subjects.Subject", null=True, blank=True, on_delete=models.SET_NULL, related_name="procurement_cases"
    )  # the system that is bought or replaced
    copied_from = models.ForeignKey("procurement.Case", null=True, blank=True, on_delete=models.SET_NULL, related_name="copies")
    variant_of = models.ForeignKey("procurement.Case", null=True, blank=True, on_delete=models.CASCADE, related_name="variants")
    checks = models.ForeignKey(
        "procurement.Case", null=True, blank=True, on_delete=models.SET_NULL, related_name="ai_checks"
    )  # of a check of a generative AI: the procurement whose AI it looks at
    created_by = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-changed_at",)
        indexes = (models.Index(fields=("organization", "state"), name="procurement_by_state"),)

    def __str__(self) -> str:
        return self.title


class MemberPart(models.TextChoices):
    """What a member does in a case."""

    OWNER = "owner"
    EDITOR = "editor"
    EVALUATOR = "evaluator"
    READER = "reader"


class CaseMember(Identified):
    """Who works on a case. Only evaluators (and owners) see proposals, and only after the opening."""

    case = models.ForeignKey("procurement.Case", on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey("organization.Person", on_delete=models.CASCADE, related_name="procurement_parts")
    part = models.CharField(max_length=16, choices=MemberPart.choices)
    added_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("case", "person", "part"), name="procurement_member_once"),)


class AnswerChange(Identified):
    """One saved change: ``key`` names what it touched (answers.Q15, tasks, decisions.AT-1-1, values.保存期間 …).

    Two people may save different keys; the same key from an older version is a conflict.
    """

    case = models.ForeignKey("procurement.Case", on_delete=models.CASCADE, related_name="changes")
    version = models.PositiveIntegerField()
    key = models.CharField(max_length=200)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-version",)
        indexes = (models.Index(fields=("case", "key", "version"), name="procurement_changes_of_key"),)


class DiagramConfirmation(Identified):
    """Somebody looked at a part of the drawn diagram. It counts while ``fingerprint`` is that of the part as drawn now."""

    case = models.ForeignKey("procurement.Case", on_delete=models.CASCADE, related_name="diagram_confirmations")
    part = models.CharField(max_length=120)  # id of a node or a flow
    fingerprint = models.CharField(max_length=64)
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("case", "part"), name="procurement_confirmed_once"),)


class CaseVersion(Identified):
    """A kept version: the answers and the rules (digest) at a moment; made by hand and at every step of the procedure."""

    case = models.ForeignKey("procurement.Case", on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    answers = models.JSONField()
    answers_version = models.PositiveIntegerField()
    edition = models.ForeignKey("procurement.RuleEdition", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    rule_digest = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)  # of the canonical JSON of answers and rule digest
    note = models.CharField(max_length=300, blank=True, default="")
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("case", "number"), name="procurement_version_once"),)


class Opinion(Identified):
    """The recorded opinion of the 最高情報セキュリティアドバイザー等 on a version: beside the decision, never instead of it."""

    case = models.ForeignKey("procurement.Case", on_delete=models.CASCADE, related_name="opinions")
    case_version = models.ForeignKey("procurement.CaseVersion", on_delete=models.PROTECT, related_name="opinions")
    person = models.ForeignKey("organization.Person", on_delete=models.PROTECT, related_name="+")
    agrees = models.BooleanField()
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at",)
