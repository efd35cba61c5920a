"""Every write about log-in: sessions, lock-out, recovery, a person's own preferences."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Final

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from sekisho.errors import InputError, NotFound, NotPermitted
from sekisho.records.ledger.actions import recording
from sekisho.records.organization import queries
from sekisho.records.organization.models import LoginSession, Person
from sekisho.records.organization.principals import SYSTEM, Principal
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

__all__ = [
    "ALLOWED_FAILURES",
    "change_own_password",
    "edit_person",
    "end_other_sessions",
    "end_session",
    "issue_recovery_link",
    "lock_time",
    "note_failed_login",
    "note_login",
    "note_logout",
    "person_of_recovery_link",
    "require_person",
    "set_active",
    "set_preferences",
    "touch_session",
    "unlock_person",
    "use_recovery_link",
]

ALLOWED_FAILURES: Final = 10
FIRST_LOCK: Final = timedelta(minutes=15)
LONGEST_LOCK: Final = timedelta(hours=24)
NAME_LENGTH: Final = 100
_PREFERENCES: Final = {"language": {"ja", "en"}, "calendar": {"western", "wareki"}}


def lock_time(failures: int) -> timedelta:
    """How long log-in by password stays closed after that many failures in a row: none, 15 minutes, doubling to a day at most."""
    if failures < ALLOWED_FAILURES:
        return timedelta(0)
    doubled: int = 2 ** min(failures - ALLOWED_FAILURES, 10)
    return min(LONGEST_LOCK, FIRST_LOCK * doubled)


def _self(person: Person) -> Principal:
    return Principal(kind="person", id=str(person.pk), person_id=person.pk, language=person.language)


def _store() -> type:
    store: type = import_module(settings.SESSION_ENGINE).SessionStore
    return store


# ------------------------------------------------------------------------------------------------ log-in and sessions


def note_failed_login(*, login: str, now: datetime) -> None:
    """Count a wrong password; the tenth in a row (and each one after) locks. An unknown name takes the same path, and no rows."""
    counted = Person.objects.filter(login__iexact=login).update(failed_logins=F("failed_logins") + 1)
    if not counted:
        return
    person = Person.objects.get(login__iexact=login)
    if lock := lock_time(person.failed_logins):
        with recording(SYSTEM, "login.locked", now=now) as entry:
            Person.objects.filter(pk=person.pk).update(locked_until=now + lock)
            entry.about(person.pk)
            entry.fact(failures=person.failed_logins, minutes=int(lock.total_seconds() // 60))


def note_login(person: Person, *, session_key: str, method: str, user_agent: str, address: str | None, now: datetime) -> None:
    """Somebody logged in: one row for the session list, one entry in the Ledger, the failures forgotten."""
    with recording(_self(person), "login.succeeded", now=now) as entry:
        LoginSession.objects.update_or_create(
            session_key=session_key,
            defaults={
                "person": person,
                "started_at": now,
                "last_seen_at": now,
                "user_agent": user_agent[:300],
                "address": address,
            },
        )
        if person.failed_logins or person.locked_until:
            Person.objects.filter(pk=person.pk).update(failed_logins=0, locked_until=None)
        entry.about(person.pk)
        entry.fact(method=method)
        entry.words(address=address)


def note_logout(person: Person, *, session_key: str | None, now: datetime) -> None:
    """Somebody logged out."""
    with recording(_self(person), "login.ended", now=now) as entry:
        LoginSession.objects.filter(session_key=session_key, person=person).delete()
        entry.about(person.pk)


def touch_session(*, session_key: str, now: datetime) -> None:
    """The session was seen again (called every few minutes at most; not an action, so not on the Ledger)."""
    LoginSession.objects.filter(session_key=session_key).update(last_seen_at=now)


def end_session(principal: Principal, *, session_id: uuid.UUID, now: datetime) -> None:
    """End one of one's own sessions at once, wherever it is open."""
    row = the_row(LoginSession.objects.filter(pk=session_id, person_id=principal.own_id))
    with recording(principal, "session.end", now=now) as entry:
        _store()(row.session_key).delete()
        row.delete()
        entry.about(principal.own_id)


def end_other_sessions(principal: Principal, *, keep: str | None, now: datetime) -> int:
    """End all of one's own sessions but the one with key ``keep``; returns how many."""
    with recording(principal, "session.end_others", now=now) as entry:
        count = _end_sessions(principal.own_id, keep=keep)
        entry.about(principal.own_id)
        entry.fact(ended=count)
    return count


def _end_sessions(person_id: uuid.UUID, *, keep: str | None = None) -> int:
    rows = LoginSession.objects.filter(person_id=person_id).exclude(session_key=keep or "")
    keys = list(rows.values_list("session_key", flat=True))
    for key in keys:
        _store()(key).delete()
    rows.delete()
    return len(keys)


def require_person(principal: Principal) -> None:
    """Raise NotPermitted ``input.person_needed`` unless a person acts with a log-in of their own (no token, no machine)."""
    if principal.kind != "person":
        raise NotPermitted("input.person_needed")


# ------------------------------------------------------------------------------------------------ one's own settings


def set_preferences(
    principal: Principal, *, now: datetime, language: str | None = None, calendar: str | None = None, name: str | None = None
) -> None:
    """Change one's own language, calendar (western, wareki) or displayed name. Raises InputError ``input.not_a_choice``."""
    own_id = principal.own_id
    changes: dict[str, str] = {}
    for key, value in (("language", language), ("calendar", calendar)):
        if value is None:
            continue
        if value not in _PREFERENCES[key]:
            raise InputError("input.not_a_choice", value=value, choices=", ".join(sorted(_PREFERENCES[key])))
        changes[key] = value
    if name is not None:
        changes["name"] = _named(name)
    if not changes or not Person.objects.filter(pk=own_id).exclude(**changes).exists():
        return
    with recording(principal, "person.preferences", now=now) as entry:
        Person.objects.filter(pk=own_id).update(**changes)
        entry.about(own_id)
        entry.fact(**{k: v for k, v in changes.items() if k != "name"}, changed=sorted(changes))
        entry.words(name=changes.get("name"))


def change_own_password(person: Person, *, password: str, now: datetime) -> None:
    """Save a password that the person chose; other sessions end with it (Django's session hash)."""
    with recording(_self(person), "person.password_changed", now=now) as entry:
        person.set_password(password)
        person.must_change_password = False
        person.save(update_fields=["password", "must_change_password"])
        entry.about(person.pk)


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME_LENGTH:
        raise InputError("organization.person_name", limit=NAME_LENGTH)
    return name


# ---------------------------------------------------------------------------------------------- by an administrator


def edit_person(
    principal: Principal,
    person: Person,
    *,
    now: datetime,
    name: str | None = None,
    kana: str | None = None,
    email: str | None = None,
) -> None:
    """Change somebody's name, フリガナ or address."""
    queries.require_manageable(principal, person)
    changes = {k: v for k, v in (("name", name), ("kana", kana), ("email", email)) if v is not None}
    if "name" in changes:
        changes["name"] = _named(changes["name"])
    with recording(principal, "person.edit", now=now) as entry:
        Person.objects.filter(pk=person.pk).update(**changes)
        entry.about(person.pk)
        entry.fact(changed=sorted(changes))
        entry.words(**changes)


def set_active(principal: Principal, person: Person, *, active: bool, reason: str = "", now: datetime) -> None:
    """Close or reopen somebody's account. Closing ends their sessions at once. One cannot close one's own."""
    queries.require_manageable(principal, person)
    if person.pk == principal.person_id:
        raise InputError("organization.not_oneself")
    with recording(principal, "person.open" if active else "person.close", now=now) as entry:
        Person.objects.filter(pk=person.pk).update(is_active=active)
        if not active:
            entry.fact(sessions_ended=_end_sessions(person.pk))
        entry.about(person.pk)
        entry.words(reason=reason)


def unlock_person(principal: Principal, person: Person, *, now: datetime) -> None:
    """Let somebody who was locked out by wrong passwords try again."""
    queries.require_manageable(principal, person)
    with recording(principal, "person.unlock", now=now) as entry:
        Person.objects.filter(pk=person.pk).update(failed_logins=0, locked_until=None)
        entry.about(person.pk)


class _RecoveryTokens(PasswordResetTokenGenerator):
    """Signed; dies after PASSWORD_RESET_TIMEOUT, when it is used (the password changes), and at a log-in."""

    key_salt = "sekisho.recovery"


_tokens: Final = _RecoveryTokens()


def issue_recovery_link(principal: Principal, person: Person, *, reset_factors: bool = False, now: datetime) -> tuple[str, str]:
    """A one-time link for somebody who cannot log in: (id, token) of its address, valid for an hour, shown once, kept nowhere.

    The old password and all sessions end now, so earlier links die too. ``reset_factors`` also removes TOTP, passkeys and
    recovery codes (a lost telephone). For :data:`SYSTEM` it is the way to the first administrator.
    """
    queries.require_manageable(principal, person)
    if person.pk == principal.person_id:
        raise InputError("organization.not_oneself")
    with recording(principal, "person.recovery_link", now=now) as entry:
        person.refresh_from_db()  # the token signs the row as it is now
        person.set_unusable_password()
        person.failed_logins, person.locked_until = 0, None
        person.save(update_fields=["password", "failed_logins", "locked_until"])
        entry.fact(reset_factors=reset_factors, sessions_ended=_end_sessions(person.pk))
        if reset_factors:
            Authenticator.objects.filter(user_id=person.pk).delete()
        entry.about(person.pk)
    return urlsafe_base64_encode(person.pk.bytes), _tokens.make_token(person)


def person_of_recovery_link(uid: str, token: str) -> Person:
    """Whose link this is. Raises NotFound ``organization.recovery_link_dead`` when it was used, is too old, or was forged."""
    try:
        raw = urlsafe_base64_decode(uid)
        person = Person.objects.filter(pk=raw.hex(), is_active=True).first() if len(raw) == 16 else None  # noqa: PLR2004 - a UUID
    except ValueError:
        person = None
    if person is None or not _tokens.check_token(person, token):
        raise NotFound("organization.recovery_link_dead")
    return person


def use_recovery_link(*, uid: str, token: str, password: str, now: datetime) -> Person:
    """Set the new password of a recovery link. Raises InputError ``organization.password_weak`` with Django's reasons."""
    person = person_of_recovery_link(uid, token)
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise InputError("organization.password_weak", reasons=" ".join(error.messages)) from error
    with recording(_self(person), "person.recovered", now=now) as entry:
        person.set_password(password)
        person.must_change_password = False
        person.save(update_fields=["password", "must_change_password"])
        entry.about(person.pk)
    return person
