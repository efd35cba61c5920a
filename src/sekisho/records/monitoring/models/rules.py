"""What of the rules belongs to an organisation: uploaded Sigma rules, and what it changed on rules."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["RuleSetting", "SigmaSet"]


class SigmaSet(Identified):
    """Uploaded Sigma rules, one version after the other; ``content`` is kept whole as an artifact (ZIP or YAML).

    ``outcome``: {loaded, unsupported: [{file, title, code, fields}], rules: [{id, title, level, file}]} as it was previewed.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="sigma_sets")
    name = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    content = models.ForeignKey("evidence.Artifact", on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=300)
    outcome = models.JSONField(default=dict)
    is_on = models.BooleanField(default=True)
    reason = models.TextField(blank=True, default="")  # of the last switch
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name", "-number")
        constraints = (models.UniqueConstraint(fields=("organization", "name", "number"), name="monitoring_sigma_once"),)

    def __str__(self) -> str:
        return self.name


class RuleSetting(Identified):
    """What an organisation changed on a rule: off, or other limits. ``superseded_at`` null marks the present one."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="rule_settings")
    rule = models.CharField(max_length=200)
    is_on = models.BooleanField(default=True)
    limits = models.JSONField(default=dict)
    reason = models.TextField()
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("rule", "-at")
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "rule"), condition=models.Q(superseded_at=None), name="monitoring_setting_once"
            ),
        )
