"""After the award: the contract, the tests of acceptance with what was delivered, the gates of the life cycle."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["AcceptanceTest", "Contract", "GateCheck", "TestState"]


class Contract(Identified):
    """The contract of a case. Its duties (履行状況報告 …) are rows of the room ``duties`` with this as their source."""

    case = models.OneToOneField("procurement.Case", on_delete=models.PROTECT, related_name="contract")
    bidder = models.ForeignKey("procurement.Bidder", null=True, blank=True, on_delete=models.PROTECT, related_name="contracts")
    supplier = models.CharField(max_length=200)
    corporate_number = models.CharField(max_length=13, blank=True, default="")
    number = models.CharField(max_length=100, blank=True, default="")
    signed_on = models.DateField()
    delivery_on = models.DateField()
    operation_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField()
    note = models.TextField(blank=True, default="")
    periods = models.JSONField(default=dict)  # place, or clause/place → period: asked for where the published text has none
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()


class TestState(models.TextChoices):
    """open → passed | failed (an open point, which becomes a finding) | waived (with a reason)."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"


class AcceptanceTest(Identified):
    """One test for one clause (or one item of it): what is shown, by whom, with which evidence.

    ``clause`` is the id in the frozen notice, ``position`` the item within it (0 is the clause itself).
    """

    case = models.ForeignKey("procurement.Case", on_delete=models.PROTECT, related_name="tests")
    clause = models.CharField(max_length=64)
    requirement = models.CharField(max_length=32, blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)
    demand = models.JSONField()  # Text of the clause as frozen
    shown = models.JSONField()  # Text: what is shown
    by = models.CharField(max_length=16)
    wanted = models.JSONField(default=list)  # kinds of evidence
    state = models.CharField(max_length=16, choices=TestState.choices, default=TestState.OPEN)
    result = models.TextField(blank=True, default="")
    decided_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    evidence = models.ManyToManyField("evidence.Evidence", related_name="acceptance_tests")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("clause", "position")
        constraints = (models.UniqueConstraint(fields=("case", "clause", "position"), name="procurement_test_once"),)
        indexes = (models.Index(fields=("case", "state"), name="procurement_tests_by_state"),)


class GateCheck(Identified):
    """An item of a life-cycle gate that somebody has dealt with."""

    case = models.ForeignKey("procurement.Case", on_delete=models.CASCADE, related_name="gate_checks")
    item = models.CharField(max_length=64)
    done = models.BooleanField(default=True)  # False: does not apply here, with a reason
    note = models.TextField(blank=True, default="")
    evidence = models.ForeignKey("evidence.Evidence", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    person = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("case", "item"), name="procurement_gate_once"),)
