"""判定: which requirement holds for which subject, and at which level it is met."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified


class Level(models.IntegerChoices):
    """対応レベル. 未測定 and 対象外 are states, not levels."""

    NONE = 0, "none"
    UME = 1, "ume"
    TAKE = 2, "take"
    MATSU = 3, "matsu"


class Basis(models.TextChoices):
    """What a judgement rests on; figures never mix them silently."""

    MEASURED = "measured"
    DOCUMENTED = "documented"
    DECLARED = "declared"


class TargetOrigin(models.TextChoices):
    """Who says which level is to be reached: a person for this one judgement, what was bought, or the grade of the subject."""

    PERSON = "person"
    BOUGHT = "bought"
    GRADE = "grade"


class Applicability(Identified):
    """Does the requirement hold for the subject? ``superseded_at`` null marks the present answer; earlier ones stay."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="applicabilities")
    requirement = models.ForeignKey("catalog.Requirement", on_delete=models.PROTECT, related_name="applicabilities")
    subject = models.ForeignKey("subjects.Subject", on_delete=models.PROTECT, related_name="applicabilities")
    applicable = models.BooleanField()
    by_rule = models.BooleanField()
    rule = models.CharField(max_length=100, blank=True, default="")  # text code of the rule
    fields = models.JSONField(default=dict)
    reason = models.TextField(blank=True, default="")
    decided_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey("requests.Request", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("requirement", "subject"), condition=models.Q(superseded_at=None), name="assessment_applicability_current"
            ),
        )


class Judgement(Identified):
    """The level of one requirement for one subject: what is proposed from evidence, and what a person confirmed.

    ``level`` is the present, counted level (null = 未測定). ``state``: unmeasured, proposed (by rule, nobody looked yet),
    confirmed (a person agreed), overridden (a person decided otherwise, with a reason), declared (a person's word alone),
    to_review (a new edition, or a proposal that differs from what was confirmed).
    """

    class State(models.TextChoices):
        """See the class's text."""

        UNMEASURED = "unmeasured"
        PROPOSED = "proposed"
        CONFIRMED = "confirmed"
        OVERRIDDEN = "overridden"
        DECLARED = "declared"
        TO_REVIEW = "to_review"

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="judgements")
    requirement = models.ForeignKey("catalog.Requirement", on_delete=models.PROTECT, related_name="judgements")
    subject = models.ForeignKey("subjects.Subject", on_delete=models.PROTECT, related_name="judgements")
    applicable = models.BooleanField(
        default=True
    )  # the present Applicability's answer, kept here so that lists need no second table
    state = models.CharField(max_length=16, choices=State.choices, default=State.UNMEASURED)
    level = models.SmallIntegerField(choices=Level.choices, null=True)
    basis = models.CharField(max_length=16, choices=Basis.choices, blank=True, default="")
    proposed_level = models.SmallIntegerField(choices=Level.choices, null=True)
    proposed_basis = models.CharField(max_length=16, choices=Basis.choices, blank=True, default="")
    proposed_at = models.DateTimeField(null=True)
    explanation = models.JSONField(
        default=dict
    )  # the evaluated conditions (rules.Evaluation), for the sentence and "what is missing"
    rule = models.CharField(max_length=100, blank=True, default="")  # id@version of the level rule
    reason = models.TextField(blank=True, default="")
    judged_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey("requests.Request", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    judged_at = models.DateTimeField(null=True)
    stale_at = models.DateTimeField(null=True)  # when the evidence under it went stale
    lapses_at = models.DateTimeField(null=True)  # end of grace: from then on it counts as 未測定
    fresh_until = models.DateTimeField(null=True)  # when the first evidence under it will go stale
    target_level = models.SmallIntegerField(choices=Level.choices, null=True)
    target_on = models.DateField(null=True)
    target_origin = models.CharField(max_length=8, choices=TargetOrigin.choices, blank=True, default="")
    target_reason = models.CharField(max_length=400, blank=True, default="")
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    evidence = models.ManyToManyField("evidence.Evidence", related_name="judgements")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("requirement", "subject"), name="assessment_judgement_once"),)
        indexes = (
            models.Index(fields=("organization", "requirement", "subject"), name="assessment_by_organization"),
            models.Index(fields=("subject", "requirement"), name="assessment_by_subject"),
            models.Index(fields=("fresh_until",), name="assessment_freshness"),
            models.Index(fields=("lapses_at",), name="assessment_lapsing"),
            models.Index(fields=("organization", "applicable", "level"), name="assessment_by_level"),
        )


class JudgementChange(models.Model):
    """One line of a judgement's history: never changed, never deleted."""

    judgement = models.ForeignKey("assessment.Judgement", on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    what = models.CharField(max_length=32)  # proposed, confirmed, overridden, declared, stale, lapsed, edition …
    level_before = models.SmallIntegerField(null=True)
    level_after = models.SmallIntegerField(null=True)
    basis = models.CharField(max_length=16, blank=True, default="")
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, default="")
    explanation = models.JSONField(default=dict)
    evidence_ids = models.JSONField(default=list)
    ledger_sequence = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("-at", "-id")
        indexes = (
            models.Index(fields=("judgement", "-at"), name="assessment_history"),
            models.Index(fields=("what", "-at"), name="assessment_history_kind"),
        )


class Attestation(Identified):
    """A person's word that something is so (申告), asked for by a level rule under ``key``; valid for a time."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="attestations")
    requirement = models.ForeignKey("catalog.Requirement", on_delete=models.PROTECT, related_name="attestations")
    subject = models.ForeignKey("subjects.Subject", on_delete=models.PROTECT, related_name="attestations")
    key = models.CharField(max_length=64)
    holds = models.BooleanField()
    statement = models.TextField(blank=True, default="")
    made_by = models.ForeignKey("organization.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    request = models.ForeignKey("requests.Request", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (models.Index(fields=("subject", "requirement"), name="assessment_attested"),)


class CorrectiveAction(Identified):
    """是正処置: what is done about a finding or a level below target, by whom, by when."""

    class State(models.TextChoices):
        """planned → doing → done → verified, or cancelled with a reason."""

        PLANNED = "planned"
        DOING = "doing"
        DONE = "done"
        VERIFIED = "verified"
        CANCELLED = "cancelled"

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="corrective_actions")
    subject = models.ForeignKey("subjects.Subject", on_delete=models.PROTECT, related_name="corrective_actions")
    finding = models.ForeignKey(
        "evidence.Finding", null=True, blank=True, on_delete=models.PROTECT, related_name="corrective_actions"
    )
    judgement = models.ForeignKey(
        "assessment.Judgement", null=True, blank=True, on_delete=models.PROTECT, related_name="corrective_actions"
    )
    what = models.TextField()
    cause = models.TextField(blank=True, default="")
    owner = models.ForeignKey("organization.Person", on_delete=models.PROTECT, related_name="corrective_actions")
    due_on = models.DateField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.PLANNED)
    outcome = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    verified_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = (models.Index(fields=("organization", "state", "due_on"), name="assessment_corrective"),)
