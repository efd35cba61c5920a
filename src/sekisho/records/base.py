"""What all rooms' tables share."""

from __future__ import annotations

import uuid

from django.db import models

__all__ = ["Identified", "identified"]


def identified() -> models.UUIDField[uuid.UUID, uuid.UUID]:
    """A primary key that can be made before the row is: a random UUID."""
    return models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)


class Identified(models.Model):
    """A row with a UUID as its key."""

    id = identified()

    class Meta:
        abstract = True
