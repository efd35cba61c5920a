"""Indicators of compromise, where each came from, and what must never be blocked."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified
from sekisho.records.intelligence.models.sources import TlpLabel

__all__ = ["Allowed", "Ioc", "IocOrigin"]


class Ioc(Identified):
    """One indicator of an organisation, once whoever reported it. In force while it neither expired nor was taken away.

    ``tlp`` is the least strict label under which it was received: what one source gives to the public is public. ``released_at``:
    on the block list by an approved request. ``blocked_at``: shown to be stopped, by a deny log or a configuration read back.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="iocs")
    kind = models.CharField(max_length=16)
    value = models.CharField(max_length=4096)
    digest = models.CharField(max_length=64)  # of kind and value: long values cannot stand in an index
    original = models.CharField(max_length=4096, blank=True, default="")
    direction = models.CharField(max_length=16, default="both")
    tlp = models.CharField(max_length=16, choices=TlpLabel.choices)
    title = models.CharField(max_length=300, blank=True, default="")
    labels = models.JSONField(default=list)
    confidence = models.PositiveSmallIntegerField(null=True, blank=True)
    wants_block = models.BooleanField(default=True)  # false: given as context only
    active_from = models.DateTimeField(null=True, blank=True)
    active_until = models.DateTimeField(null=True, blank=True)
    added_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_reason = models.CharField(max_length=300, blank=True, default="")
    blocked_at = models.DateTimeField(null=True, blank=True)
    searched_until = models.DateTimeField(null=True, blank=True)
    seen_count = models.PositiveBigIntegerField(default=0)
    first_seen_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-added_at", "kind", "value")
        constraints = (models.UniqueConstraint(fields=("organization", "digest"), name="intelligence_ioc_once"),)
        indexes = (
            models.Index(fields=("organization", "-added_at"), name="intelligence_iocs"),
            models.Index(fields=("organization", "released_at", "removed_at"), name="intelligence_blocklist"),
        )

    def __str__(self) -> str:
        return self.value


class IocOrigin(Identified):
    """A notice from which an indicator was confirmed."""

    ioc = models.ForeignKey("intelligence.Ioc", on_delete=models.CASCADE, related_name="origins")
    notice = models.ForeignKey("intelligence.Notice", on_delete=models.CASCADE, related_name="origins")
    tlp = models.CharField(max_length=16, choices=TlpLabel.choices)  # under which it came
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at",)
        constraints = (models.UniqueConstraint(fields=("ioc", "notice"), name="intelligence_origin_once"),)


class Allowed(Identified):
    """What is one's own or needed, and never blocked: a domain with all below it, an address or a network."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="allowed")
    kind = models.CharField(max_length=16)  # domain | network
    value = models.CharField(max_length=300)
    reason = models.TextField()
    person = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("kind", "value")
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "kind", "value"), condition=models.Q(ended_at=None), name="intelligence_allowed_once"
            ),
        )
