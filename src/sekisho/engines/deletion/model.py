"""What is to be deleted, what a dry run found, what really happened: plain values, written as JSON into the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

import msgspec

__all__ = [
    "ACHIEVED",
    "Achieved",
    "Files",
    "Guard",
    "Item",
    "Key",
    "Limits",
    "Listing",
    "Method",
    "Objects",
    "Outcome",
    "Recorded",
    "Rows",
    "Statement",
    "Stop",
    "Target",
    "Verification",
]

Method = Literal["clear", "purge", "destroy"]
Achieved = Literal["none", "quarantined", "deleted", "clear", "purge", "destroy"]
ACHIEVED: Final = ("none", "quarantined", "deleted", "clear", "purge", "destroy")
"""From nothing to the strongest. ``deleted``: removed by name or row, while the bytes may be found by tools; NIST SP 800-88 names
the last three."""
Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class _Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all values."""


class Files(_Value, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="files"):
    """A file or a folder below ``root`` (absolute, no symbolic link in it). ``path`` is relative to it, ``.`` its contents.

    ``hard_links``: what to do with a file that has another name outside of what is deleted: refuse it, or remove this name only.
    """

    id: Id
    root: Words
    path: Words
    method: Method = "clear"
    hard_links: Literal["refuse", "remove_name"] = "refuse"


class Rows(_Value, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="rows"):
    """Rows of a table that a condition picks; ``source`` names the database among the resources that are handed in.

    ``cascade``: rows of other tables may go, or be changed, by foreign keys.
    """

    id: Id
    source: Id
    table: Words
    where: Words
    parameters: dict[str, str | int | float | bool | None] = {}
    schema: str | None = None
    cascade: bool = False
    method: Method = "clear"


class Objects(_Value, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="objects"):
    """All versions and delete markers of one ``key``, or of every key below ``prefix`` (ends with ``/``)."""

    id: Id
    source: Id
    bucket: Words
    key: str | None = None
    prefix: str | None = None
    whole_bucket: bool = False
    method: Method = "clear"


class Key(_Value, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="key"):
    """A key file whose destruction makes what it encrypted unreadable (crypto-erase).

    ``check``: check value of the key, compared before. The rest is declared by people: what it encrypted (``protects``), how
    (``algorithm``), and that no copy of the key is left (``no_other_copy``); without these no more than the deletion is claimed.
    """

    id: Id
    root: Words
    path: Words
    check: str | None = None
    protects: str = ""
    algorithm: str = ""
    no_other_copy: bool = False
    method: Method = "purge"


class Recorded(_Value, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="recorded"):
    """What people destroy or a supplier deletes; ``facts``: what they wrote down (``deletion_record`` of the reference)."""

    id: Id
    medium: Literal["paper", "media", "supplier", "other"]
    description: Words
    method: Method = "destroy"
    facts: dict[str, str] = {}


Target = Files | Rows | Objects | Key | Recorded


class Limits(_Value, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The most that one run may delete; more is refused before anything happens."""

    most_files: Annotated[int, msgspec.Meta(ge=1)] = 1_000
    most_bytes: Annotated[int, msgspec.Meta(ge=1)] = 10_000_000_000
    most_rows: Annotated[int, msgspec.Meta(ge=1)] = 10_000
    most_objects: Annotated[int, msgspec.Meta(ge=1)] = 10_000


class Statement(_Value, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sentence by code and fields (``deletion.…``): what was found, what was done, what was not reached."""

    code: str
    fields: dict[str, Any] = {}


class Item(_Value, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing: a file, folder, link, row set, version. ``state``: would, done, gone (found gone after an interruption),
    refused, failed, held, quarantined; ``note`` says why by a code.
    """

    name: str
    kind: str
    state: str = "would"
    size: int = 0
    overwritten: int = 0
    note: str = ""
    fields: dict[str, Any] = {}


class Listing(_Value, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a dry run found: every item, how much, and a digest over exactly this."""

    target: str
    type: str
    items: tuple[Item, ...]
    count: int
    bytes: int
    refused: int
    digest: str
    statements: tuple[Statement, ...] = ()


class Outcome(_Value, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What really happened to a target. ``stopped``: why it went no further (a hold, a limit), None when it was not stopped."""

    target: str
    type: str
    asked: Method
    achieved: Achieved
    done: int
    left: int
    bytes: int
    overwritten: int
    items: tuple[Item, ...]
    statements: tuple[Statement, ...] = ()
    stopped: Statement | None = None
    evidence: dict[str, Any] = {}

    @property
    def complete(self) -> bool:
        """Whether everything that was to go is gone."""
        return self.left == 0 and self.stopped is None and self.achieved not in {"none", "quarantined"}


class Verification(_Value, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was looked at again: ``checked`` of ``total`` items, and those that are still there.

    ``result``: gone, left, not_checked (only people can know) or unreachable. ``checks``: by which means.
    """

    target: str
    result: Literal["gone", "left", "not_checked", "unreachable"]
    checked: int
    total: int
    left: tuple[str, ...] = ()
    checks: tuple[Statement, ...] = ()


class Stop(_Value, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why a deletion must go no further: ``hold`` (its id in ``fields``), or another reason."""

    code: str
    fields: dict[str, Any] = {}


Guard = Callable[[str, str], Stop | None]
"""Asked with the target's id and the item's name immediately before each item (rows: before the commit; objects: before a
batch): a Stop leaves that item and all after it untouched."""
