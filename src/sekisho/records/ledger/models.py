"""The tables of the Ledger. No foreign keys: it is the lowest room, and what it names may lawfully be deleted."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One action. The database refuses every change of it (triggers in migration 0002)."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64, db_index=True)
    action = models.CharField(max_length=64, db_index=True)
    organization_id = models.UUIDField(null=True, db_index=True)
    object_ids = models.JSONField(default=list)
    body = models.TextField()  # canonical JSON (RFC 8785): exactly the bytes that were hashed
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("-sequence",)


class Mention(models.Model):
    """Which object an entry is about, for looking up an object's history. Append-only too."""

    sequence = models.BigIntegerField(db_index=True)
    object_id = models.CharField(max_length=64)

    class Meta:
        indexes = (models.Index(fields=("object_id", "-sequence"), name="ledger_mention_object"),)


class Content(models.Model):
    """Erasable words that belong to an entry (a reason, a name): the entry keeps only their salted hash."""

    sequence = models.BigIntegerField(db_index=True)
    name = models.CharField(max_length=64)
    salt = models.CharField(max_length=64)
    value = models.JSONField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("sequence", "name"), name="ledger_content_once"),)


class Head(models.Model):
    """The end of the chain: one row, locked last and briefly by every append."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)
