"""棚卸し: is what the ledger says still there, and whose is it."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["StockAnswer", "StockAnswerKind", "StockTaking"]


class StockTaking(Identified):
    """A run for a period. Owners answer for their entries until ``due_on``; closed, it stays as it is."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="stock_takings")
    title = models.CharField(max_length=200)
    due_on = models.DateField()
    started_by = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField()
    closed_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    conclusion = models.TextField(blank=True, default="")
    result = models.JSONField(default=dict)  # counts of the answers, frozen at the closing
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return self.title


class StockAnswerKind(models.TextChoices):
    """open → confirmed | missing | moved | surplus (should have been deleted)."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    MISSING = "missing"
    MOVED = "moved"
    SURPLUS = "surplus"


class StockAnswer(Identified):
    """What was found of one entry."""

    taking = models.ForeignKey("lifecycle.StockTaking", on_delete=models.CASCADE, related_name="answers")
    entry = models.ForeignKey("lifecycle.RetentionEntry", on_delete=models.CASCADE, related_name="stock_answers")
    answer = models.CharField(max_length=16, choices=StockAnswerKind.choices, default=StockAnswerKind.OPEN)
    moved_to = models.CharField(max_length=300, blank=True, default="")
    note = models.TextField(blank=True, default="")
    answered_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("entry__number",)
        constraints = (models.UniqueConstraint(fields=("taking", "entry"), name="lifecycle_answer_once"),)
