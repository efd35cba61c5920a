"""What is known of buildings, cards and accounts: what door records are judged by."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["PremisesEntry", "PremisesKind"]


class PremisesKind(models.TextChoices):
    """door → area and site; area → the area around it; card, account → person; host → area; site → minutes to another site."""

    DOOR = "door"
    INSIDE = "inside"
    CARD = "card"
    ACCOUNT = "account"
    HOST = "host"
    TRAVEL = "travel"


class PremisesEntry(Identified):
    """One line of the 建物と札の台帳: ``key`` → ``value``; ``more`` is the site of a door, the minutes between two sites."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.CASCADE, related_name="premises_entries")
    kind = models.CharField(max_length=16, choices=PremisesKind.choices)
    key = models.CharField(max_length=200)
    value = models.CharField(max_length=200)
    more = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("kind", "key", "value")
        constraints = (models.UniqueConstraint(fields=("organization", "kind", "key", "value"), name="monitoring_premises_once"),)
