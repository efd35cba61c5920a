"""From the notice to the award: what is frozen, what bidders ask, what they propose, how it is scored."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["Bidder", "BidderQuestion", "Evaluation", "Notice", "Proposal", "Score"]


class Notice(Identified):
    """公告: requirements, clauses and criteria as they were published. Never changed; a correction is a new one (``number``)."""

    case = models.ForeignKey("procurement.Case", on_delete=models.PROTECT, related_name="notices")
    number = models.PositiveSmallIntegerField(default=1)
    case_version = models.ForeignKey("procurement.CaseVersion", on_delete=models.PROTECT, related_name="notices")
    frozen = models.JSONField()  # {derivation, criteria, award, numbering}: everything that was published
    sha256 = models.CharField(max_length=64)
    document = models.JSONField(default=dict)  # the document model of the specification
    award = models.CharField(max_length=16)  # lowest | overall | proposal | negotiated
    published_on = models.DateField()
    questions_until = models.DateField(null=True)
    proposals_until = models.DateTimeField(null=True)
    opening_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, default="")  # of a correction
    period = models.JSONField(default=dict)  # how the time for bids was checked (rules.notice_period.Checked); not published
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("case", "number"), name="procurement_notice_once"),)


class Bidder(Identified):
    """Who takes the documents or bids. ``helped_drafting``: took part in writing the specification (PR22)."""

    case = models.ForeignKey("procurement.Case", on_delete=models.CASCADE, related_name="bidders")
    name = models.CharField(max_length=200)
    corporate_number = models.CharField(max_length=13, blank=True, default="")
    contact = models.CharField(max_length=200, blank=True, default="")
    helped_drafting = models.BooleanField(default=False)
    note = models.TextField(blank=True, default="")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ("added_at",)
        constraints = (models.UniqueConstraint(fields=("case", "name"), name="procurement_bidder_once"),)


class BidderQuestion(Identified):
    """A question of a bidder. The answer goes to all alike, without the asker's name, in one release."""

    case = models.ForeignKey("procurement.Case", on_delete=models.CASCADE, related_name="bidder_questions")
    number = models.PositiveIntegerField()
    bidder = models.ForeignKey("procurement.Bidder", null=True, blank=True, on_delete=models.SET_NULL, related_name="questions")
    clause = models.CharField(max_length=64, blank=True, default="")
    text = models.TextField()
    received_on = models.DateField()
    answer = models.TextField(blank=True, default="")
    answered_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    release = models.PositiveSmallIntegerField(null=True, blank=True)
    recipients = models.ManyToManyField("procurement.Bidder", related_name="received_answers")

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("case", "number"), name="procurement_question_once"),)


class Proposal(Identified):
    """提案書, recorded after the opening; seen by evaluators only. Its bytes lie in the store without a holder."""

    case = models.ForeignKey("procurement.Case", on_delete=models.CASCADE, related_name="proposals")
    bidder = models.ForeignKey("procurement.Bidder", on_delete=models.PROTECT, related_name="proposals")
    artifact = models.ForeignKey("evidence.Artifact", on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=300)
    note = models.TextField(blank=True, default="")
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at",)


class Score(Identified):
    """One evaluator's points for one criterion of one bidder. Points exist only under 総合評価落札方式."""

    case = models.ForeignKey("procurement.Case", on_delete=models.CASCADE, related_name="scores")
    bidder = models.ForeignKey("procurement.Bidder", on_delete=models.CASCADE, related_name="scores")
    criterion = models.CharField(max_length=64)
    evaluator = models.ForeignKey("organization.Person", on_delete=models.PROTECT, related_name="+")
    met = models.BooleanField(null=True)  # of a mandatory criterion
    points = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    comment = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("bidder", "criterion", "evaluator"), name="procurement_score_once"),)


class Evaluation(Identified):
    """From the opening to the award: when the bids were opened, when the scoring was closed, who won.

    ``price_yen``: the 落札金額, which is public after the award. The 予定価格 has no field anywhere.
    """

    case = models.OneToOneField("procurement.Case", on_delete=models.PROTECT, related_name="evaluation")
    opened_by = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField()
    closed_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    winner = models.ForeignKey("procurement.Bidder", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, default="")
    price_yen = models.PositiveBigIntegerField(null=True, blank=True)
    awarded_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    awarded_at = models.DateTimeField(null=True, blank=True)
