"""The 情報資産台帳's retention: what is kept, why, until when, and where; and the organisation's own rules."""

from __future__ import annotations

from django.db import models

from sekisho.records.base import Identified

__all__ = ["EntryState", "OwnRule", "OwnRuleState", "Place", "PlaceKind", "RetentionEntry", "RetentionSetting"]


class EntryState(models.TextChoices):
    """held → deleting → deleted; or transferred 移管, or missing (not found at a stock-taking)."""

    HELD = "held"
    DELETING = "deleting"
    DELETED = "deleted"
    TRANSFERRED = "transferred"
    MISSING = "missing"


class RetentionEntry(Identified):
    """Something that is kept. ``kinds``: ids of retention rules, several at once; ``events``: type of event → ISO day;
    ``answers``: question of a rule → yes or no; ``own_value``: the period where a kind leaves it to the organisation.

    What the rules say of it is computed by the retention engine and kept beside (``computed``): ``last_day`` until which it must
    be kept, ``due_on`` the first day on which it is to be deleted, ``delete_by`` from when the law demands that. ``outcome`` is
    dated, undetermined (未定), permanent, or none (no kind given); ``certain``: nothing assumed, no question open.
    """

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="retention_entries")
    subject = models.ForeignKey("subjects.Subject", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    kinds = models.JSONField(default=list)
    events = models.JSONField(default=dict)
    answers = models.JSONField(default=dict)
    own_value = models.PositiveSmallIntegerField(null=True, blank=True)
    own_unit = models.CharField(max_length=8, default="year")
    personal = models.BooleanField(default=False)
    my_number = models.BooleanField(default=False)  # 個人番号
    sensitive = models.BooleanField(default=False)  # 要配慮個人情報
    public_record = models.BooleanField(default=True)  # 公文書 itself, not a copy of one (of bodies that have such)
    classification_scheme = models.CharField(max_length=32, blank=True, default="")
    confidentiality = models.CharField(max_length=16, blank=True, default="")
    owner = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    owner_role = models.CharField(max_length=32, blank=True, default="")
    state = models.CharField(max_length=16, choices=EntryState.choices, default=EntryState.HELD)
    outcome = models.CharField(max_length=16, default="none")
    certain = models.BooleanField(default=False)
    last_day = models.DateField(null=True, blank=True)
    delete_by = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    computed = models.JSONField(default=dict)
    rules_digest = models.CharField(max_length=64, blank=True, default="")
    computed_at = models.DateTimeField(null=True, blank=True)
    found_by = models.ForeignKey("lifecycle.ScanRule", null=True, blank=True, on_delete=models.SET_NULL, related_name="entries")
    confirmed_at = models.DateTimeField(null=True, blank=True)  # at a stock-taking
    gone_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("organization", "number"), name="lifecycle_entry_once"),)
        indexes = (
            models.Index(fields=("organization", "state", "due_on"), name="lifecycle_due"),
            models.Index(fields=("state", "due_on"), name="lifecycle_due_anywhere"),
        )

    def __str__(self) -> str:
        return self.name


class PlaceKind(models.TextChoices):
    """What a copy is, and so how it can go: by the machine (first four) or by people (the rest)."""

    FOLDER = "folder"
    ROWS = "rows"
    OBJECTS = "objects"
    KEY = "key"  # an encryption key: destroying it destroys what it opens
    PAPER = "paper"
    MEDIA = "media"
    SUPPLIER = "supplier"
    OTHER = "other"


class Place(Identified):
    """One copy of an entry. ``locator`` names it within its store: ``path``; ``table`` and ``where``; ``prefix``."""

    entry = models.ForeignKey("lifecycle.RetentionEntry", on_delete=models.CASCADE, related_name="places")
    kind = models.CharField(max_length=16, choices=PlaceKind.choices)
    store = models.ForeignKey("lifecycle.DataStore", null=True, blank=True, on_delete=models.PROTECT, related_name="places")
    locator = models.JSONField(default=dict)
    label = models.CharField(max_length=300)
    supplier = models.ForeignKey("subjects.Subject", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    quantity = models.CharField(max_length=100, blank=True, default="")  # 「3箱」, a serial number
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("kind", "label", "pk")


class OwnRuleState(models.TextChoices):
    """asked → approved | refused; approved → ended."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    ENDED = "ended"


class OwnRule(Identified):
    """A rule of the organisation itself (文書管理規程). It holds for the organisation and those below, once approved."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="retention_rules")
    key = models.CharField(max_length=32)  # OWN-…
    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True, default="")
    rule_class = models.CharField(max_length=16, default="own_rule")  # own_rule | must_delete | permanent
    value = models.PositiveSmallIntegerField(null=True, blank=True)
    unit = models.CharField(max_length=8, default="year")  # year | month | day
    event = models.CharField(max_length=64)
    start = models.CharField(max_length=32)  # how the count begins: an id of the engine
    personal = models.CharField(max_length=16, default="none")
    basis = models.CharField(max_length=300)
    document = models.ForeignKey("evidence.Evidence", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=OwnRuleState.choices, default=OwnRuleState.ASKED)
    request = models.ForeignKey("requests.Request", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("key", "-created_at")
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "key"), condition=models.Q(state="asked"), name="lifecycle_own_rule_asked_once"
            ),
            models.UniqueConstraint(
                fields=("organization", "key"), condition=models.Q(state="approved"), name="lifecycle_own_rule_holds_once"
            ),
        )


class RetentionSetting(models.Model):
    """What counts for all of an organisation: the end of its business year, by how many months its tax return was put off."""

    organization = models.OneToOneField(
        "organization.Organization", primary_key=True, on_delete=models.CASCADE, related_name="retention_setting"
    )
    year_end = models.CharField(max_length=8, blank=True, default="")  # 03-31, 02-end; empty: not known
    filing_months = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
