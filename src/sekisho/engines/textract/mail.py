"""EML and MSG: headers, bodies, attachments (each read as what it is), messages within messages (RFC 5322, RFC 2045–2047)."""

from __future__ import annotations

import email.parser
import email.policy
import io
import re
from collections.abc import Iterator
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.textract.decoding import decode, usable
from sekisho.engines.textract.html import pieces_of_html
from sekisho.engines.textract.model import Part, Piece, Place
from sekisho.engines.textract.plain import tell
from sekisho.engines.textract.reading import Unreadable
from sekisho.engines.textract.source import from_bytes
from sekisho.engines.unpacking import printable

if TYPE_CHECKING:
    from sekisho.engines.textract.reading import Reading
    from sekisho.engines.textract.source import Source

__all__ = ["read_mail", "read_mbox", "read_msg"]

_HEADERS: Final = (
    "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Date", "Subject", "Comments", "Keywords", "Disposition-Notification-To",
)  # fmt: skip
_BETWEEN: Final = re.compile(rb"^From [^\r\n]*\d{4}[ \t]*\r?\n(?=[A-Za-z-]+:)", re.MULTILINE)
_DAMAGE: Final = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError)
_MSG_DAMAGE: Final = (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, AssertionError,
               ArithmeticError, EOFError, NotImplementedError, MessageError, MemoryError)  # fmt: skip


def read_mail(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """The pieces of one message."""
    yield from _message(reading.whole(source, place), reading, place)


def read_mbox(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """The messages of an mbox file, each inside by its number."""
    data = reading.whole(source, place)
    starts = [found.start() for found in _BETWEEN.finditer(data)]
    for number, (begin, end) in enumerate(zip(starts, [*starts[1:], len(data)], strict=True), start=1):
        reading.entry()
        content = data[data.find(b"\n", begin) + 1 : end]
        yield from reading.dive(from_bytes(content, f"message-{number}.eml"), place)


def _message(data: bytes, reading: Reading, place: Place) -> Iterator[Piece]:
    try:
        message = email.parser.BytesParser(policy=email.policy.compat32).parse(io.BytesIO(data))
        parts = list(message.walk())
    except _DAMAGE as error:
        raise Unreadable("damaged") from error
    yield from _headers(message, place)
    number = 0
    skipped: set[int] = set()
    for part in parts:
        if id(part) in skipped or (part.is_multipart() and part.get_content_maintype() != "message"):
            continue
        number += 1
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            skipped.update(map(id, list(part.walk())[1:]))
            reading.entry()
            inner = part.get_payload()
            content = inner[0] if isinstance(inner, list) and inner else None
            if isinstance(content, Message):
                yield from reading.dive(from_bytes(_bytes(content), f"message-{number}.eml"), place)
            continue
        yield from _body(part, number, reading, place)


def _bytes(message: Message) -> bytes:
    try:
        return message.as_bytes()
    except _DAMAGE:
        return message.as_string().encode("utf-8", "replace")


def _headers(message: Message, place: Place) -> Iterator[Piece]:
    where = place.at(part="header")
    for name in _HEADERS:
        for value in message.get_all(name, []):
            if text := _header(value):
                yield Part(text, where.at(name=name), context=name)


def _header(value: Any) -> str:
    """A header's text: encoded words, and bytes that should not be there, decoded."""
    raw = str(value)
    texts = []
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError, LookupError):
        pieces = [(raw, None)]
    for content, charset in pieces:
        data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        texts.append(decode(data, declared=charset if charset and usable(charset) else "")[0])
    return " ".join("".join(texts).split())


def _body(part: Message, number: int, reading: Reading, place: Place) -> Iterator[Piece]:
    kind = part.get_content_type()
    try:
        name = _header(part.get_filename() or "")
    except _DAMAGE:
        name = ""
    try:
        payload = part.get_payload(decode=True)
    except _DAMAGE:
        reading.problem("attachment_damaged", place, column=name or str(number))
        return
    data = payload if isinstance(payload, bytes) else b""
    if name or kind not in {"text/plain", "text/html"}:
        if not data:
            return
        reading.entry()
        yield from reading.dive(from_bytes(data, printable(name) or f"part-{number}", declared=_charset(part)), place)
        return
    text, told = decode(data, declared=_charset(part))
    tell(told, reading, place)
    if kind == "text/html":
        yield from pieces_of_html(text, reading, place.at(part="html"))
    elif text.strip():
        yield Part(text.replace("\r\n", "\n"), place)


def _charset(part: Message) -> str:
    try:
        return part.get_content_charset("") or ""
    except _DAMAGE:
        return ""


def read_msg(source: Source, reading: Reading, place: Place) -> Iterator[Piece]:
    """The pieces of an Outlook message."""
    from oxmsg import Message as OutlookMessage  # noqa: PLC0415 - of the extra

    data = reading.whole(source, place)
    try:
        message = OutlookMessage.load(io.BytesIO(data))
        fields = {"From": message.sender or "", "Subject": message.subject or ""}
        people = [f"{one.name or ''} <{one.email_address or ''}>" for one in message.recipients]
        body, html = message.body, message.html_body
        attachments = list(message.attachments)
    except _MSG_DAMAGE as error:
        raise Unreadable("damaged") from error
    if not (any(fields.values()) or people or body or html or attachments):
        raise Unreadable("damaged")
    where = place.at(part="header")
    for key, text in (*fields.items(), *(("To", one) for one in people)):
        if text.strip():
            yield Part(text, where.at(name=key), context=key)
    if body and body.strip():
        yield Part(body.replace("\r\n", "\n"), place)
    if html and html.strip():
        yield from pieces_of_html(html, reading, place.at(part="html"))
    for number, attachment in enumerate(attachments, start=1):
        yield from _attached(attachment, number, reading, place)


def _attached(attachment: Any, number: int, reading: Reading, place: Place) -> Iterator[Piece]:
    reading.entry()
    try:
        name = printable(attachment.file_name or "") or f"part-{number}"
        content = attachment.file_bytes
    except _MSG_DAMAGE:
        reading.problem("attachment_damaged", place, column=str(number))
        return
    if content is None:
        reading.problem("attachment_not_read", place, column=name)
        return
    yield from reading.dive(from_bytes(content, name), place)
