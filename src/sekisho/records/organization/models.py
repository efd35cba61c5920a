"""Organisations, people, memberships, tokens."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from sekisho.records.base import Identified, identified


class Organization(Identified):
    """A node of the tree: nation, ministry, agency, prefecture, city, department.

    ``body_kind`` (an id of ``standards`` body kinds) decides which catalogues and laws apply; empty means "as the parent".
    ``is_boundary`` stops memberships of ancestors: they see only what was submitted to them.
    """

    code = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True, default="")
    kana = models.CharField(max_length=200, blank=True, default="")
    body_kind = models.CharField(max_length=64, blank=True, default="")
    is_boundary = models.BooleanField(default=False)
    is_fictional = models.BooleanField(default=False)
    corporate_number = models.CharField(max_length=13, blank=True, default="")  # 法人番号
    local_government_code = models.CharField(max_length=6, blank=True, default="")  # 団体コード
    closed_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class Edge(Identified):
    """``child`` belongs to ``parent`` from ``valid_from`` until the day before ``valid_until`` (mergers happen)."""

    parent = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="child_edges")
    child = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="parent_edges")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)


class Reach(models.Model):
    """The tree as of today, closed: derived from Edge by ``actions.rebuild_reach``.

    ``inside`` is false when a boundary lies between: the ancestor's people do not see the descendant.
    """

    ancestor = models.ForeignKey("organization.Organization", on_delete=models.CASCADE, related_name="reaches")
    descendant = models.ForeignKey("organization.Organization", on_delete=models.CASCADE, related_name="reached_by")
    depth = models.PositiveSmallIntegerField()
    inside = models.BooleanField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("ancestor", "descendant"), name="organization_reach_once"),)
        indexes = (
            models.Index(fields=("ancestor", "inside", "descendant"), name="organization_reach_down"),
            models.Index(fields=("descendant", "ancestor"), name="organization_reach_up"),
        )


class PersonManager(BaseUserManager["Person"]):
    """What Django's and allauth's log-in need of a user manager."""

    def get_by_natural_key(self, username: str | None) -> Person:
        """The person with this log-in name (case does not matter)."""
        return self.get(login__iexact=username)


class Person(AbstractBaseUser):
    """Somebody who can log in. Name and address are erasable; the Ledger knows only the id."""

    id = identified()
    login = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=100)
    kana = models.CharField(max_length=100, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    language = models.CharField(max_length=2, default="ja")
    calendar = models.CharField(max_length=8, default="western")  # western | wareki
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    failed_logins = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        ordering = ("kana", "login")

    def __str__(self) -> str:
        return self.name or self.login


class Membership(Identified):
    """``person`` holds ``role`` (a key of ``permissions.Role``) in ``organization`` and below, to the next boundary."""

    person = models.ForeignKey("organization.Person", on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey("organization.Organization", on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=32)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        indexes = (models.Index(fields=("organization", "role"), name="organization_member_role"),)


class ApiToken(Identified):
    """A person's key to the API: narrower than the person (``scopes``: actions or "read"), expiring, kept as a hash."""

    person = models.ForeignKey("organization.Person", on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)


class LoginSession(models.Model):
    """What the session list shows: one row for each browser session of a person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    person = models.ForeignKey("organization.Person", on_delete=models.CASCADE, related_name="login_sessions")
    session_key = models.CharField(max_length=64, unique=True)
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    user_agent = models.CharField(max_length=300, blank=True, default="")
    address = models.GenericIPAddressField(null=True)
