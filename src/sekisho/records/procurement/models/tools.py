"""What an organisation keeps for all its cases: own rules, Word templates, numbering; gradings; reviews of drafts."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["DraftReview", "Grading", "NumberingStyle", "ReviewDecision", "RuleEdition", "WordTemplate"]


class RuleEdition(Identified):
    """An organisation's own changes to a rule set (``files``: name → YAML text laid over ours), one edition after the other.

    ``in_force_at`` set: new cases below this organisation begin with it, until a later one is put in force.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="rule_editions")
    rule_set = models.CharField(max_length=32)
    number = models.PositiveIntegerField()
    files = models.JSONField()
    settings = models.JSONField(default=dict)  # id of a setting → the organisation's value
    digest = models.CharField(max_length=64)  # of the merged rule set
    note = models.TextField()
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("organization", "rule_set", "number"), name="procurement_edition_once"),)


class WordTemplate(Identified):
    """The office's own Word template with named places (``places``: what was found in it)."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="word_templates")
    name = models.CharField(max_length=200)
    artifact = models.ForeignKey("evidence.Artifact", on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=300)
    places = models.JSONField(default=list)
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)


class NumberingStyle(Identified):
    """The office's own way of numbering clauses: one pattern a level (``documents.numbering``)."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="numbering_styles")
    name = models.CharField(max_length=100)
    levels = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("organization", "name"), name="procurement_numbering_once"),)


class Grading(Identified):
    """システムの格付 (A, B, C): ``proposed`` by rule, ``grade`` as decided. ``superseded_at`` null marks the present one."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="gradings")
    subject = models.ForeignKey("subjects.Subject", null=True, blank=True, on_delete=models.CASCADE, related_name="gradings")
    case = models.ForeignKey("procurement.Case", null=True, blank=True, on_delete=models.CASCADE, related_name="gradings")
    edition = models.ForeignKey("procurement.RuleEdition", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    rule_digest = models.CharField(max_length=64)
    answers = models.JSONField()
    proposed = models.CharField(max_length=8)
    grade = models.CharField(max_length=8)
    requirement_set = models.CharField(max_length=32)
    reasons = models.JSONField(default=list)  # [{ja, en}]: why the rules say so
    reason = models.TextField(blank=True, default="")  # of a grade other than proposed
    decided_by = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-decided_at",)
        indexes = (models.Index(fields=("organization", "-decided_at"), name="procurement_gradings"),)


class DraftReview(Identified):
    """A reading of a draft 調達仕様書 or contract (``draftreview.Review`` as JSON). Only its maker sees one without a case."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="draft_reviews")
    case = models.ForeignKey("procurement.Case", null=True, blank=True, on_delete=models.CASCADE, related_name="reviews")
    file_name = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    result = models.JSONField()
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at",)
        indexes = (models.Index(fields=("organization", "-at"), name="procurement_reviews"),)


class ReviewDecision(Identified):
    """What a person decided about one item of a review (kept by its fingerprint, so that it holds for the next draft too)."""

    review = models.ForeignKey("procurement.DraftReview", on_delete=models.CASCADE, related_name="decisions")
    fingerprint = models.CharField(max_length=64)
    verdict = models.CharField(max_length=16)  # agreed | dismissed | covered | missing
    reason = models.TextField(blank=True, default="")
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at",)
        constraints = (models.UniqueConstraint(fields=("review", "fingerprint"), name="procurement_verdict_once"),)
