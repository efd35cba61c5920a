"""事案 and their 分析シート.

A sheet is a structured record: which causes of which factors (``standards.human_error``) had a part, so that they can be counted.
Nobody's name belongs into it: what is looked for is what made the error easy, not who made it.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sekisho.records.base import Identified

__all__ = ["AnalysisSheet", "Countermeasure", "Effect", "Incident", "IncidentState", "SheetCause", "SheetState", "Weight"]


class IncidentState(models.TextChoices):
    """open → closed; a closed one may be opened again with a reason."""

    OPEN = "open"
    CLOSED = "closed"


class Incident(Identified):
    """An incident caused by people. ``kind``: an id of ``standards.human_error``; None where something is not known (yet)."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="incidents")
    number = models.CharField(max_length=32)  # HE-2026-0001
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    subject = models.ForeignKey("subjects.Subject", null=True, blank=True, on_delete=models.PROTECT, related_name="incidents")
    happened_on = models.DateField(null=True, blank=True)
    found_at = models.DateTimeField()
    found_by_outside = models.BooleanField(default=False)  # somebody outside had to tell us
    people_affected = models.PositiveIntegerField(null=True, blank=True)
    personal_data = models.BooleanField(default=False)
    my_number = models.BooleanField(default=False)
    near_miss = models.BooleanField(default=False)  # ヒヤリハット: noticed before harm was done
    should_have = models.TextField(blank=True, default="")  # what the right way would have been
    did = models.TextField()  # what was done instead
    first_aid = models.TextField(blank=True, default="")  # 応急処置
    state = models.CharField(max_length=16, choices=IncidentState.choices, default=IncidentState.OPEN)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    closing_note = models.TextField(blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-found_at", "number")
        constraints = (
            models.UniqueConstraint(fields=("organization", "number"), name="incidents_number_once"),
            models.CheckConstraint(condition=~Q(state="closed") | Q(closed_at__isnull=False), name="incidents_closed_when"),
            models.CheckConstraint(condition=Q(my_number=False) | Q(personal_data=True), name="incidents_my_number_is_personal"),
        )
        indexes = (models.Index(fields=("organization", "state", "found_at"), name="incidents_list"),)

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class SheetState(models.TextChoices):
    """draft → settled. A settled sheet stays as it is; a new one takes its place."""

    DRAFT = "draft"
    SETTLED = "settled"
    REPLACED = "replaced"


class AnalysisSheet(Identified):
    """分析シート: an incident seen by one method. Only settled ones are counted."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="sheets")
    method = models.CharField(max_length=40)
    state = models.CharField(max_length=16, choices=SheetState.choices, default=SheetState.DRAFT)
    conclusion = models.TextField(blank=True, default="")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("made_at", "pk")
        constraints = (
            models.UniqueConstraint(fields=("incident", "method"), condition=Q(state="draft"), name="incidents_one_draft"),
            models.UniqueConstraint(fields=("incident", "method"), condition=Q(state="settled"), name="incidents_one_settled"),
            models.CheckConstraint(condition=Q(state="draft") | Q(settled_at__isnull=False), name="incidents_settled_when"),
        )


class Weight(models.TextChoices):
    """How much a cause had to do with it."""

    ROOT = "root"  # without it, it would not have happened
    PART = "part"


class SheetCause(Identified):
    """A cause on a sheet: one of the catalogue, or one in a person's own words (``cause`` empty)."""

    sheet = models.ForeignKey(AnalysisSheet, on_delete=models.CASCADE, related_name="causes")
    factor = models.CharField(max_length=40)
    cause = models.CharField(max_length=40, blank=True, default="")
    text = models.TextField(blank=True, default="")
    weight = models.CharField(max_length=8, choices=Weight.choices, default=Weight.PART)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "pk")
        constraints = (
            models.UniqueConstraint(fields=("sheet", "cause"), condition=~Q(cause=""), name="incidents_cause_once"),
            models.CheckConstraint(condition=~Q(cause="") | ~Q(text=""), name="incidents_cause_says_something"),
        )


class Effect(models.TextChoices):
    """What a countermeasure turned out to do."""

    UNKNOWN = ""
    EFFECTIVE = "effective"
    INEFFECTIVE = "ineffective"


class Countermeasure(Identified):
    """再発防止策: a corrective action (owner, date, steps, duty) with what it is aimed at and what came of it."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="countermeasures")
    action = models.OneToOneField("assessment.CorrectiveAction", on_delete=models.PROTECT, related_name="countermeasure")
    remedy = models.CharField(max_length=40)  # an id of ``standards.human_error``
    causes = models.JSONField(default=list)  # ids of causes it is aimed at
    effect = models.CharField(max_length=16, choices=Effect.choices, blank=True, default=Effect.UNKNOWN)
    effect_note = models.TextField(blank=True, default="")
    effect_on = models.DateField(null=True, blank=True)
    effect_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = (F("action__due_on").asc(), "pk")
        constraints = (models.CheckConstraint(condition=Q(effect="") | Q(effect_on__isnull=False), name="incidents_effect_when"),)
