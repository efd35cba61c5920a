"""期限: what falls due."""

from __future__ import annotations

from typing import Final

from django.db import models

from sekisho.records.base import Identified
from sekisho.records.languages import language

BASIS_EN: Final = "basis_en"  # name among a duty's fields


class Duty(Identified):
    """Something that falls due. Any room may own some; ``source`` (room:kind:id) makes it unique."""

    organization = models.ForeignKey("organization.Organization", on_delete=models.CASCADE, related_name="duties")
    subject = models.ForeignKey("subjects.Subject", null=True, blank=True, on_delete=models.CASCADE, related_name="duties")
    source = models.CharField(max_length=200, unique=True)
    code = models.CharField(max_length=100)  # text code of what is to be done
    fields = models.JSONField(default=dict)  # of the text, and the basis in English (``BASIS_EN``)
    basis = models.CharField(max_length=200, blank=True, default="")  # the law, rule or requirement behind it
    url = models.CharField(max_length=300, blank=True, default="")
    owner = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="duties")
    owner_role = models.CharField(max_length=32, blank=True, default="")
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey("organization.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    done_note = models.TextField(blank=True, default="")
    escalated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("due_at",)
        indexes = (models.Index(fields=("organization", "done_at", "due_at"), name="duties_open"),)

    def basis_in(self, lang: str) -> str:
        """The basis in ``lang``; as it was given, where it is not known in English."""
        known = self.fields.get(BASIS_EN) if lang == "en" else None
        return str(known or self.basis)

    @property
    def said_basis(self) -> str:
        """The basis in the reader's language."""
        return self.basis_in(language())


class CalendarFeed(models.Model):
    """The secret address of a person's iCalendar feed (only its hash is kept)."""

    person = models.OneToOneField("organization.Person", primary_key=True, on_delete=models.CASCADE, related_name="calendar_feed")
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
