"""TAXII 2.1 client without sockets (OASIS, TAXII Version 2.1, 2021): what to ask next, and what an answer means.

    discovery → API root → collections → objects, page by page

A server may lie, never end, or point elsewhere: everything is bounded, nothing leads to another host, and what was received
before a refusal is kept. Whoever moves the bytes asks :meth:`Taxii.next` and hands each answer to :meth:`Taxii.receive`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urljoin, urlsplit

import msgspec

from sekisho.errors import InputError, NotPermitted, Problem, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ACCEPT", "Answer", "Ask", "Limits", "Pause", "Taxii", "origin"]

ACCEPT: Final = "application/taxii+json;version=2.1"
_TYPE: Final = re.compile(r"application/taxii\+json\s*(?:;\s*(?:version=\"?2\.1\"?|charset=[^;]*)\s*)*", re.IGNORECASE)
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_OK: Final = 200
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_UNAUTHORIZED: Final = frozenset({401, 403})
_BUSY: Final = frozenset({429, 503})
_MOST_ROOTS: Final = 100
_MOST_EMPTY: Final = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds. ``answer`` and ``total`` in bytes of one answer and of all; ``pause`` in seconds of one wait."""

    pages: int = 1_000
    objects: int = 2_000_000
    answer: int = 64 * 1024 * 1024
    total: int = 1024 * 1024 * 1024
    redirects: int = 3
    pauses: int = 5
    pause: float = 60.0
    page_size: int = 1_000


@dataclass(frozen=True, slots=True)
class Ask:
    """A GET that has to be made, with ``Accept: ACCEPT``."""

    url: str


@dataclass(frozen=True, slots=True)
class Pause:
    """The server is busy: wait for ``seconds``, then ask :meth:`Taxii.next` again."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``headers`` with lower-case names; ``cut``: the body was longer than allowed and its rest was not read."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    cut: bool = False


@dataclass(slots=True)
class _Collection:
    """One collection that is read."""

    identifier: str
    title: str
    url: str
    after: str
    pages: int = 0
    empty: int = 0
    seen: set[str] = field(default_factory=set)


def origin(url: str) -> tuple[str, str, int]:
    """(scheme, host, port) of an address. Raises InputError ``threatintel.taxii_address`` when it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InputError("threatintel.taxii_address", expected="https://…") from error
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.username or parts.password:
        raise InputError("threatintel.taxii_address", expected="https://…")
    return parts.scheme, parts.hostname.lower(), port or _DEFAULT_PORTS[parts.scheme]


class Taxii:
    """Reads the objects of one or all readable collections of one API root.

    After the end, ``objects`` holds what was received, ``after`` by collection what to hand in as ``added_after`` next time,
    ``problems`` why something is not whole.
    """

    def __init__(
        self, discovery: str, *, root: str | None = None, collection: str | None = None, after: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> None:  # fmt: skip
        """``discovery``: its address (``https://host/taxii2/``); ``root``: an API root instead of the server's own choice;
        ``collection``: id or title (None: all that may be read); ``after``: collection id → ``added_after``.
        """
        self._origin = origin(discovery)
        self._limits = limits if limits is not None else Limits()
        self._wanted = collection
        self._after = dict(after or {})
        self._asked: Ask | None = None
        self._step = "root" if root else "discovery"
        self._url = discovery
        self._url = self._inside(root or discovery)
        self._waiting: list[_Collection] = []
        self._current: _Collection | None = None
        self._root = self._url
        self._redirects = 0
        self._pauses = 0
        self._pause: float | None = None
        self._bytes = 0
        self.title = ""
        self.collections: list[dict[str, Any]] = []
        self.objects: list[dict[str, Any]] = []
        self.after: dict[str, str] = {}
        self.problems: list[Problem] = []

    def next(self) -> Ask | Pause | None:
        """What to do next; None at the end."""
        if self._pause is not None:
            seconds, self._pause = self._pause, None
            return Pause(seconds)
        if self._step == "done":
            return None
        self._asked = Ask(self._url)
        return self._asked

    def receive(self, answer: Answer) -> None:
        """Take the answer to the last :class:`Ask`.

        Raises InputError ``threatintel.taxii_*`` for whatever a server must not do, NotPermitted when it refuses the credentials,
        Unavailable when it fails; ``objects`` then still holds what came before.
        """
        if answer.status in _REDIRECTS:
            self._redirected(answer)
            return
        if answer.status in _BUSY and self._pauses < self._limits.pauses:
            self._pauses += 1
            self._pause = _seconds(answer.headers.get("retry-after", ""), self._limits.pause)
            return
        self._refuse_status(answer)
        raw = self._checked(answer)
        self._redirects = self._pauses = 0
        {"discovery": self._discovered, "root": self._rooted, "collections": self._listed, "objects": self._page}[self._step](
            raw, answer
        )

    def _inside(self, url: str) -> str:
        """``url``, absolute, if it lies on the server that was named. Raises InputError ``threatintel.taxii_elsewhere``."""
        whole = urljoin(self._url, url)
        found = origin(whole)
        if found != self._origin:
            raise InputError("threatintel.taxii_elsewhere", host=found[1][:200])
        return whole

    def _redirected(self, answer: Answer) -> None:
        self._redirects += 1
        target = answer.headers.get("location", "")
        if self._redirects > self._limits.redirects or not target:
            raise InputError("threatintel.taxii_endless", limit=self._limits.redirects)
        self._url = self._inside(target)

    @staticmethod
    def _refuse_status(answer: Answer) -> None:
        if answer.status in _UNAUTHORIZED:
            raise NotPermitted("threatintel.taxii_unauthorized", status=answer.status)
        if answer.status != _OK:
            raise Unavailable("threatintel.taxii_status", status=answer.status)

    def _checked(self, answer: Answer) -> dict[str, Any]:
        stated = answer.headers.get("content-length", "")
        encoded = answer.headers.get("content-encoding", "identity").lower() not in {"", "identity"}
        if answer.cut or len(answer.body) > self._limits.answer:
            raise InputError("threatintel.taxii_too_long", limit=self._limits.answer)
        if stated and not encoded and (not stated.isdecimal() or int(stated) != len(answer.body)):
            raise InputError("threatintel.taxii_length", stated=stated[:20], found=len(answer.body))
        self._bytes += len(answer.body)
        if self._bytes > self._limits.total:
            raise InputError("threatintel.taxii_too_long", limit=self._limits.total)
        kind = answer.headers.get("content-type", "")
        if not _TYPE.fullmatch(kind.strip()):
            raise InputError("threatintel.taxii_type", found=kind[:100] or "-", expected=ACCEPT)
        try:
            raw = msgspec.json.decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InputError("threatintel.taxii_shape", expected=f"JSON ({str(error)[:100]})") from error
        if not isinstance(raw, dict):
            raise InputError("threatintel.taxii_shape", expected="object")
        return raw

    def _discovered(self, raw: dict[str, Any], _answer: Answer) -> None:
        self.title = str(raw.get("title", ""))[:200]
        roots = raw.get("api_roots")
        listed = [one for one in roots if isinstance(one, str)][:_MOST_ROOTS] if isinstance(roots, list) else []
        chosen = raw.get("default") if isinstance(raw.get("default"), str) else next(iter(listed), None)
        if not isinstance(chosen, str):
            raise InputError("threatintel.taxii_shape", expected="default, api_roots")
        self._root = self._url = self._inside(chosen)
        self._step = "root"

    def _rooted(self, raw: dict[str, Any], _answer: Answer) -> None:
        versions = raw.get("versions")
        if not isinstance(versions, list) or not any(isinstance(one, str) and _TYPE.fullmatch(one) for one in versions):
            raise InputError("threatintel.taxii_shape", expected=f"versions: {ACCEPT}")
        self._root = self._url if self._url.endswith("/") else f"{self._url}/"
        self._url = self._root + "collections/"
        self._step = "collections"

    def _listed(self, raw: dict[str, Any], _answer: Answer) -> None:
        listed = raw.get("collections", [])
        if not isinstance(listed, list):
            raise InputError("threatintel.taxii_shape", expected="collections")
        self.collections = [one for one in listed if isinstance(one, dict) and isinstance(one.get("id"), str)]
        for one in self.collections:
            identifier, title = one["id"], str(one.get("title", ""))
            if one.get("can_read") is True and self._wanted in {None, identifier, title, one.get("alias")}:
                url = f"{self._root}collections/{quote(identifier, safe='')}/objects/"
                self._waiting.append(_Collection(identifier, title, url, self._after.get(identifier, "")))
        if not self._waiting:
            names = ", ".join(str(one.get("title", one["id"])) for one in self.collections)[:300]
            raise InputError("threatintel.taxii_no_collection", found=names or "-")
        self._following()

    def _following(self) -> None:
        """Turn to the next collection, or end."""
        self._current = self._waiting.pop(0) if self._waiting else None
        if self._current is None:
            self._step = "done"
            return
        self._step = "objects"
        self._ask_page(self._current, {})

    def _ask_page(self, one: _Collection, more: dict[str, str]) -> None:
        query = {"limit": str(self._limits.page_size), **({"added_after": one.after} if one.after else {}), **more}
        self._url = f"{one.url}?{urlencode(query)}"

    def _page(self, raw: dict[str, Any], answer: Answer) -> None:
        one = self._current
        assert one is not None
        objects = raw.get("objects", [])
        if not isinstance(objects, list) or not isinstance(raw.get("more", False), bool):
            raise InputError("threatintel.taxii_shape", expected="objects, more")
        room = self._limits.objects - len(self.objects)
        self.objects += [entry for entry in objects if isinstance(entry, dict)][:room]
        last = answer.headers.get("x-taxii-date-added-last", "")
        if last:
            self.after[one.identifier] = last[:64]
        one.pages += 1
        one.empty = 0 if objects else one.empty + 1
        if not raw.get("more"):
            self._following()
            return
        if len(objects) > room or one.pages >= self._limits.pages or one.empty >= _MOST_EMPTY:
            self._stop("threatintel.taxii_endless", one, limit=f"{one.pages} / {len(self.objects)}")
            return
        self._continue(one, raw, last)

    def _continue(self, one: _Collection, raw: dict[str, Any], last: str) -> None:
        mark = raw.get("next")
        if isinstance(mark, str) and mark:
            more, key = {"next": mark}, f"next:{mark}"
        elif last:  # the specification's other way: go on after the date of the last object
            one.after, more, key = last, {}, f"after:{last}"
        else:
            self._stop("threatintel.taxii_no_progress", one)
            return
        if key in one.seen or len(key) > 4_096:  # noqa: PLR2004 - a mark, not a document
            self._stop("threatintel.taxii_no_progress", one)
            return
        one.seen.add(key)
        self._ask_page(one, more)

    def _stop(self, code: str, one: _Collection, **fields: Any) -> None:
        """This collection is not whole; go on with the others. What came last is no safe place to continue from."""
        self.problems.append(Problem(code, fields, file=one.title or one.identifier))
        self.after.pop(one.identifier, None)
        self._following()


def _seconds(text: str, most: float) -> float:
    """Seconds of a Retry-After header, at least one, at most ``most``; a date counts as ``most``."""
    if text.isascii() and text.isdecimal() and len(text) < 10:  # noqa: PLR2004 - no number of a size that means anything
        return max(1.0, min(float(text), most))
    return most if text else 1.0
