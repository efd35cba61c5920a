"""Reads the text of a notice or a mail, Japanese or English: proposes indicators with their place, and a person confirms.

Nothing is taken silently. Each candidate says why it is likely, unclear or probably no indicator: the sender's own domain, links
to references, addresses for questions and what everybody uses stand in every notice.
"""

# ruff: noqa: E501, PLR2004 - patterns are read better in one line; lengths of lines
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from enum import StrEnum
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.detection.indicators import Direction, Extracted, Indicator, Kind, Own, Tlp, extract, judge
from sekisho.engines.detection.indicators.hosts import domain
from sekisho.engines.detection.indicators.urls import parse as parse_url
from sekisho.engines.threatintel.stix import LARGEST
from sekisho.engines.threatintel.tlp import find_tlp
from sekisho.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Candidate", "Likelihood", "Notice", "read_notice", "read_notice_text"]

_LONGEST: Final = 5_000_000  # characters; a notice is no log
_ENCODINGS: Final = ("iso-2022-jp", "utf-8-sig", "cp932", "euc-jp")
_CVE: Final = re.compile(r"(?<![A-Za-z0-9])CVE[-‐–]\s?([0-9]{4})[-‐–]([0-9]{4,7})(?![0-9])", re.IGNORECASE)
_REFERENCES: Final = re.compile(
    r"^\W{0,6}(?:[0-9０-９]{1,2}[.．、)）]?\s*)?(?:参考(?:情報|文献|資料|URL|リンク)?|関連(?:情報|文書|リンク)|出典|詳細(?:情報)?|本件に関する(?:お?問い?合わせ).*|お?問い?合わせ先?|連絡先|"
    r"配信(?:停止|解除).*|発行(?:元|者)?|references?|further reading|related (?:links|information)|sources?|contacts?|about us|unsubscribe.*)"
    r"\s*[】」\])）:：＞>]*\s*$",
    re.IGNORECASE,
)
_INDICATORS: Final = re.compile(
    r"インディケータ|インジケータ|IoC|侵害の?指標|痕跡|不正(?:な)?(?:通信|接続|アクセス)|通信先|接続先|接続元|送信元|攻撃元|遮断|ブロック|ハッシュ|マルウェア|検体|C2|C&C|"
    r"indicators?(?: of compromise)?|hash(?:es)?|malicious|command.and.control|block(?:list)?|payload|download(?:ed)? from|beacon",
    re.IGNORECASE,
)
_HEADING: Final = re.compile(
    r"^\s*(?:[■□●○◆◇▼▽#＃【\[「*＊]|[0-9０-９]{1,2}[.．、)）]\s*\S|={3,}|-{3,}|[A-Za-z][A-Za-z /&]{2,60}:\s*$)"
)
_ASIDE: Final = re.compile(
    r"参考|詳細(?:は|については)|をご(?:覧|参照|確認)|問い?合わせ|連絡先|ホームページ|公開(?:した|されて)|see also|for details|more information|contact|visit",
    re.IGNORECASE,
)
_OUTBOUND: Final = re.compile(
    r"通信先|接続先|宛先|への(?:通信|接続)|C2|C&C|内→外|outbound|destination|command.and.control|download|call.?back",
    re.IGNORECASE,
)
_INBOUND: Final = re.compile(
    r"送信元|攻撃元|接続元|発信元|スキャン元|外→内|から(?:の)?[^。]{0,30}(?:アクセス|接続|攻撃|スキャン|試行|ログイン)|inbound|source|scann|brute",
    re.IGNORECASE,
)
_PRODUCTS: Final = re.compile(
    r"影響を受ける(?:製品|システム|バージョン|ソフトウェア)?|対象(?:製品|となる製品|システム|ソフトウェア|バージョン)|該当(?:製品|バージョン)|affected (?:products?|versions?|systems?|software)",
    re.IGNORECASE,
)
_SIGNATURE: Final = re.compile(r"^(?:-- |[-=_*＊━─]{8,})\s*$")
_SUBJECT: Final = re.compile(r"^\s*(?:件名|題名|subject|title)\s*[:：]\s*(.+)$", re.IGNORECASE)
_BULLET: Final = re.compile(r"^\s*(?:[・･\-*•●○■□◆‐–]|[0-9０-９]{1,2}[.．)）])\s*")
_NEAR: Final = 3  # lines above that still say what a value is
_MOST_PRODUCTS: Final = 50
_LABELLED: Final = re.compile(r"^[^:：]{1,12}：")  # 「発信：」, 「連絡先：」: another matter begins


class Likelihood(StrEnum):
    """What the reader thinks of a candidate; the decision is a person's."""

    LIKELY = "likely"
    UNCLEAR = "unclear"
    UNLIKELY = "unlikely"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value of the text that may be an indicator. ``start`` and ``end`` are places in :attr:`Notice.text`, ``line`` from 1.

    ``reasons`` are codes of ``texts/threatintel.yaml`` and ``texts/indicators.yaml`` with their fields.
    """

    kind: Kind
    value: str
    original: str
    line: int
    start: int
    end: int
    excerpt: str
    likelihood: Likelihood
    direction: Direction
    refused: bool
    reasons: tuple[tuple[str, dict[str, Any]], ...]

    def indicator(self, **fields: Any) -> Indicator:
        """The indicator, once a person confirmed it; ``fields`` are those of :class:`Indicator`."""
        return Indicator(kind=self.kind, value=self.value, original=self.original, **{"direction": self.direction, **fields})

    def as_dict(self) -> dict[str, Any]:
        """The candidate as plain JSON values."""
        return {
            "kind": self.kind.value, "value": self.value, "original": self.original, "line": self.line, "start": self.start,
            "end": self.end, "excerpt": self.excerpt, "likelihood": self.likelihood.value, "direction": self.direction.value,
            "refused": self.refused, "reasons": [{"code": code, "fields": fields} for code, fields in self.reasons],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notice says. ``sender`` and ``sent`` come from a mail's header and are claims, nothing more."""

    title: str
    text: str
    tlp: Tlp | None
    sender: str
    sent: datetime | None
    cves: tuple[str, ...]
    products: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    attachments: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The notice as plain JSON values, without its text."""
        return {
            "title": self.title, "tlp": self.tlp.value if self.tlp else None, "sender": self.sender,
            "sent": self.sent.isoformat() if self.sent else None, "cves": list(self.cves), "products": list(self.products),
            "attachments": list(self.attachments), "candidates": [one.as_dict() for one in self.candidates],
        }  # fmt: skip


class _Html(HTMLParser):
    """Text of an HTML mail: scripts and styles left out, blocks on lines of their own, hidden addresses of links kept."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._skip = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style", "head"}:
            self._skip += 1
        elif tag in {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "table"}:
            self.parts.append("\n")
        elif tag == "a" and (link := dict(attrs).get("href")):
            self.parts.append(f" <{link}> ")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "head"}:
            self._skip = max(0, self._skip - 1)
        elif tag in {"td", "th"}:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._skip:
            self.parts.append(data)


def read_notice(untrusted: bytes, *, filename: str = "notice.txt", own: Own | None = None) -> Notice:
    """A text file or a mail (``.eml``, or whatever begins like one). Attachments are named, not opened.

    Raises InputError ``threatintel.too_large``, ``threatintel.encoding``, ``threatintel.mail_broken``.
    """
    if len(untrusted) > LARGEST:
        raise InputError("threatintel.too_large", file=filename, size=len(untrusted), limit=LARGEST)
    if filename.lower().endswith(".eml") or re.match(
        rb"(?i)(?:received|return-path|message-id|delivered-to|mime-version|from|date):\s", untrusted
    ):
        return _mail(untrusted, filename, own)
    return read_notice_text(_decoded(untrusted, filename), own=own)


def _decoded(untrusted: bytes, filename: str) -> str:
    for encoding in _ENCODINGS:
        if encoding == "iso-2022-jp" and b"\x1b" not in untrusted:
            continue
        try:
            return untrusted.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("threatintel.encoding", file=filename, expected="UTF-8, CP932, ISO-2022-JP, EUC-JP")


def _mail(untrusted: bytes, filename: str, own: Own | None) -> Notice:
    try:
        message = message_from_bytes(untrusted, policy=policy.default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(preferencelist=("plain", "html"))
        text = _body_text(body)
        subject, sender = str(message.get("Subject", "")), str(message.get("From", ""))
        sent = parsedate_to_datetime(str(message["Date"])) if message["Date"] else None
        attachments = tuple(str(part.get_filename() or part.get_content_type())[:200] for part in message.iter_attachments())
    except (
        MessageError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        KeyError,
        RecursionError,
        AssertionError,
    ) as error:
        raise InputError("threatintel.mail_broken", file=filename, reason=type(error).__name__) from error
    found = read_notice_text(text, own=own, title=subject, sender=sender)
    return Notice(
        found.title, found.text, found.tlp, sender[:300], sent, found.cves, found.products, found.candidates, attachments
    )  # fmt: skip


def _body_text(body: Any) -> str:
    if body is None:
        return ""
    try:
        content = str(body.get_content())
    except LookupError:  # an encoding that nobody knows
        content = body.get_payload(decode=True).decode("utf-8", "replace")
    if body.get_content_type() == "text/html":
        parser = _Html()
        parser.feed(content)
        return "".join(parser.parts)
    return content


def read_notice_text(text: str, *, own: Own | None = None, title: str = "", sender: str = "") -> Notice:
    """A notice's text. ``title`` and ``sender`` come from elsewhere (a mail's header); else the title is looked for in the text."""
    if len(text) > _LONGEST:
        raise InputError("threatintel.too_large", file="", size=len(text), limit=_LONGEST)
    lines = text.splitlines(keepends=True)
    found = find_tlp(f"{title}\n{text}")
    cves = dict.fromkeys(f"CVE-{one[1]}-{one[2]}" for one in _CVE.finditer(unicodedata.normalize("NFKC", f"{title}\n{text}")))
    reader = _Reader(text, lines, own, sender)
    return Notice(
        title=" ".join((title or _title(lines)).split())[:300], text=text, tlp=found[0] if found else None, sender=sender[:300],
        sent=None, cves=tuple(cves), products=tuple(_products(lines)), candidates=tuple(reader.candidates()),
    )  # fmt: skip


def _title(lines: list[str]) -> str:
    for line in lines[:40]:
        if found := _SUBJECT.match(line):
            return found[1]
    return next(
        (
            line.strip(" 　\t\r\n■□●【】#*=-")
            for line in lines[:40]
            if len(line.strip(" 　\t\r\n■□●【】#*=-")) > 3 and not find_tlp(line)
        ),
        "",
    )


def _products(lines: list[str]) -> list[str]:
    """Lines below "affected products", until a blank line after the first, or another heading."""
    found: dict[str, None] = {}
    inside = False
    for line in lines:
        plain = line.strip(" 　\t\r\n")
        heading = _PRODUCTS.search(plain)
        if heading and len(plain) < 60:
            inside = True
            after = re.split(r"[:：]", plain, maxsplit=1)
            if len(after) > 1 and after[1].strip(" 　】"):
                found[after[1].strip(" 　】")[:200]] = None
        elif inside and not plain:
            inside = not found
        elif inside and not _BULLET.match(line) and (_HEADING.match(line) or _LABELLED.match(plain)):
            inside = False
        elif inside:
            name = _BULLET.sub("", plain)
            if name and len(name) <= 200 and len(found) < _MOST_PRODUCTS and not _CVE.fullmatch(name):
                found[name] = None
    return list(found)


class _Reader:
    """Judges what was extracted by where it stands."""

    def __init__(self, text: str, lines: list[str], own: Own | None, sender: str) -> None:
        self._text = text
        self._lines = lines
        self._own = own
        self._starts = [0]
        for line in lines:
            self._starts.append(self._starts[-1] + len(line))
        address = re.search(r"@([^\s>]+)", sender)
        self._sender = domain(address[1]) if address else None
        self._sections = self._section_of_lines()

    def _section_of_lines(self) -> list[str]:
        """For each line: ``references``, ``signature``, ``indicators`` or nothing, by the last heading above."""
        found: list[str] = []
        section = ""
        last_rule = max((at for at, line in enumerate(self._lines) if _SIGNATURE.match(line.rstrip("\r\n"))), default=-1)
        for at, line in enumerate(self._lines):
            plain = line.strip(" 　\t\r\n")
            if _REFERENCES.match(plain):
                section = "references"
            elif _HEADING.match(line) and not _BULLET.match(line):
                section = "indicators" if _INDICATORS.search(plain) else ""
            elif _HEADING.match(line) and not next(extract(plain), None):
                section = "indicators" if _INDICATORS.search(plain) else section
            ends = at > last_rule >= 0 and at >= len(self._lines) - 15 and self._lines[last_rule].strip()
            found.append("signature" if ends and section != "indicators" else section)
        return found

    def candidates(self) -> list[Candidate]:
        """Each distinct value once, at its first place; a likely mention wins over an unlikely one."""
        everything = list(extract(self._text))
        defanging = any(one.defanged for one in everything)
        best: dict[tuple[Kind, str], Candidate] = {}
        order = list(Likelihood)
        for one in everything:
            judged = self._judged(one, defanging=defanging)
            key = (one.kind, one.value)
            if key not in best or order.index(judged.likelihood) < order.index(best[key].likelihood):
                best[key] = judged
        return sorted(best.values(), key=lambda one: one.start)

    def _judged(self, one: Extracted, *, defanging: bool) -> Candidate:
        at = self._line_of(one.start)
        line = self._lines[at].strip()
        above = "".join(self._lines[max(0, at - _NEAR) : at + 1])
        against = self._against(one, at, line, defanging=defanging)
        objections = judge(one.kind, one.value, own=self._own)
        against += [(reason.code, reason.fields) for reason in objections if not _only_documentation(reason.fields)]
        refused = any(reason.refuses for reason in objections)
        speaks: list[tuple[str, dict[str, Any]]] = []
        if one.defanged:
            speaks.append(("threatintel.is_defanged", {}))
        if self._sections[at] == "indicators" or _INDICATORS.search(line):
            speaks.append(("threatintel.among_indicators", {}))
        elif _INDICATORS.search(above) and not against:
            speaks.append(("threatintel.near_indicators", {}))
        if one.kind in {Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512, Kind.IMPHASH, Kind.SSDEEP} and not against:
            speaks.append(("threatintel.is_hash", {}))
        likelihood = Likelihood.UNLIKELY if against else Likelihood.LIKELY if speaks else Likelihood.UNCLEAR
        if one.defanged and against and not refused and self._sections[at] != "signature":
            likelihood = Likelihood.UNCLEAR
        return Candidate(
            one.kind, one.value, one.original, at + 1, one.start, one.end, line[:300], likelihood, _direction(line, above, one.kind),
            refused, tuple(against + speaks),
        )  # fmt: skip

    def _line_of(self, place: int) -> int:
        low, high = 0, len(self._lines) - 1
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._starts[middle] <= place else (low, middle - 1)
        return low

    def _against(self, one: Extracted, at: int, line: str, *, defanging: bool) -> list[tuple[str, dict[str, Any]]]:
        found: list[tuple[str, dict[str, Any]]] = []
        host = _host_of(one)
        if (
            host
            and self._sender
            and (host == self._sender or host.endswith("." + self._sender) or self._sender.endswith("." + host))
        ):
            found.append(("threatintel.senders_domain", {"sender": self._sender}))
        if self._sections[at] in {"references", "signature"}:
            found.append((f"threatintel.in_{self._sections[at]}", {}))
        elif _ASIDE.search(line) and not one.defanged:
            found.append(("threatintel.reads_as_reference", {}))
        if one.ambiguous:
            found.append(("threatintel.ambiguous", {}))
        clickable = one.kind in {Kind.URL, Kind.DOMAIN, Kind.EMAIL}
        if defanging and clickable and not one.defanged and self._sections[at] != "indicators":
            found.append(("threatintel.not_defanged", {}))
        return found


def _only_documentation(fields: dict[str, Any]) -> bool:
    """Addresses and names of documentation stand in examples and drills: no reason against a notice that uses them."""
    return str(fields.get("what_en", "")).startswith("documentation")


def _host_of(one: Extracted) -> str:
    if one.kind is Kind.URL:
        parts = parse_url(one.value)
        return parts.host if parts else ""
    if one.kind is Kind.EMAIL:
        return one.value.rpartition("@")[2]
    return one.value if one.kind is Kind.DOMAIN else ""


def _direction(line: str, above: str, kind: Kind) -> Direction:
    if kind not in {Kind.IP, Kind.NETWORK, Kind.DOMAIN, Kind.URL}:
        return Direction.BOTH
    for text in (line, above):
        outward, inward = _OUTBOUND.search(text), _INBOUND.search(text)
        if outward and not inward:
            return Direction.OUTBOUND
        if inward and not outward:
            return Direction.INBOUND
    return Direction.OUTBOUND if kind is Kind.URL else Direction.BOTH
