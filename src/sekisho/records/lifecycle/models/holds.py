"""What stops a deletion: holds; and what a deletion of public records needs: consents."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["Consent", "ConsentKind", "Hold", "HoldKind"]


class HoldKind(models.TextChoices):
    """Why something must stay."""

    LITIGATION = "litigation"
    AUDIT = "audit"
    DISCLOSURE = "disclosure"  # 情報公開・開示請求
    INVESTIGATION = "investigation"
    OTHER = "other"


class Hold(Identified):
    """保全: what it names is not deleted: entries, subjects, kinds of record, a text; an entry that meets any of them is held.

    ``everything`` holds all of the organisation. A release is asked for and approved by a second person.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=16, choices=HoldKind.choices)
    name = models.CharField(max_length=200)
    reason = models.TextField()
    entries = models.ManyToManyField("lifecycle.RetentionEntry", related_name="holds")
    subjects = models.ManyToManyField("subjects.Subject", related_name="+")
    kinds = models.JSONField(default=list)
    text = models.CharField(max_length=200, blank=True, default="")
    everything = models.BooleanField(default=False)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)  # the last day, included; None: until released
    set_by = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    set_at = models.DateTimeField()
    request = models.ForeignKey("requests.Request", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    release_reason = models.TextField(blank=True, default="")
    released_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-set_at",)
        indexes = (models.Index(fields=("organization", "released_at"), name="lifecycle_holds"),)

    def __str__(self) -> str:
        return self.name


class ConsentKind(models.TextChoices):
    """What a body decided about public records whose period is over (公文書管理法 第8条・第11条, 文書管理規程)."""

    DISPOSAL_CONSENT = "disposal_consent"  # 廃棄の同意（内閣総理大臣）
    DISPOSAL_DECISION = "disposal_decision"  # 選別を経た廃棄の決裁
    UNDER_ONE_YEAR = "under_one_year"  # 1年未満とする類型に当たることの確認
    TRANSFER = "transfer"  # 移管


class Consent(Identified):
    """A consent or decision about entries, with the document that shows it."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="disposal_consents")
    kind = models.CharField(max_length=24, choices=ConsentKind.choices)
    number = models.CharField(max_length=100)
    decided_on = models.DateField()
    document = models.ForeignKey("evidence.Evidence", on_delete=models.PROTECT, related_name="+")
    entries = models.ManyToManyField("lifecycle.RetentionEntry", related_name="consents")
    archive = models.CharField(max_length=200, blank=True, default="")  # where it was transferred to
    note = models.TextField(blank=True, default="")
    recorded_by = models.ForeignKey("organization.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ("-recorded_at",)
