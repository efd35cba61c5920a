"""消去・廃棄証明書 as a document model. Pure: frozen facts in, Document out; and the hash that is written on the Ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import rfc8785

from sekisho.documents import dates
from sekisho.documents.model import (
    Callout,
    Cell,
    Code,
    Column,
    ColumnKind,
    Document,
    Heading,
    KeyValue,
    KeyValues,
    Paragraph,
    Status,
    Table,
)
from sekisho.standards import texts

__all__ = ["certificate_document", "facts_digest"]


def facts_digest(facts: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the canonical form (RFC 8785) of a certificate's facts."""
    return hashlib.sha256(rfc8785.dumps(dict(facts))).hexdigest()


class _Words:
    """Sentences of ``standards/texts/lifecycle_certificate.yaml`` in the certificate's language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, name: str, **fields: Any) -> str:
        return texts.render(f"lifecycle_certificate.{name}", fields, self.language)

    def day(self, text: str | None) -> str:
        return dates.format_date(date.fromisoformat(text), language=self.language) if text else "―"

    def moment(self, text: str | None) -> str:
        return dates.format_datetime(datetime.fromisoformat(text), language=self.language) if text else "―"

    def title(self, both: Mapping[str, str]) -> str:
        return both["en" if self.language == "en" else "ja"] or both["ja"]

    def statement(self, one: Mapping[str, Any]) -> str:
        return texts.render(str(one["code"]), dict(one.get("fields", {})), self.language)


def certificate_document(facts: Mapping[str, Any], *, sha256: str, base_url: str) -> Document:
    """The certificate in the language that its facts name. ``sha256``: of the facts; it is printed on it."""
    words = _Words(str(facts["language"]))
    blocks: list[Any] = []
    if not facts["complete"]:
        blocks.append(Callout((words.say("partial", left=facts["left"]),), kind="warning", title=words.say("partial_title")))
    blocks += [
        Paragraph((words.say("lead", organization=facts["organization"]["name"]),)),
        KeyValues(_head(facts, words)),
        Heading(words.say("h_what")),
        _entries(facts, words),
        Heading(words.say("h_how")),
        _places(facts, words),
        *_truth(facts, words),
        Heading(words.say("h_basis")),
        *_basis(facts, words),
        Heading(words.say("h_check")),
        Paragraph((words.say("check", url=f"{base_url}{facts['url']}"),)),
        KeyValues((KeyValue("SHA-256", (Code(sha256),)),)),
    ]
    issued = datetime.fromisoformat(facts["issued_at"])
    return Document(
        title=words.say("title"),
        subtitle=facts["number"],
        organization=facts["organization"]["name"],
        as_of=issued,
        language="en" if words.language == "en" else "ja",
        fictional=bool(facts["organization"]["fictional"]),
        status=Status.ISSUED,
        issued_at=issued,
        cover=False,
        base_url=base_url,
        blocks=tuple(blocks),
    )


def _head(facts: Mapping[str, Any], words: _Words) -> tuple[KeyValue, ...]:
    deletion = facts["deletion"]
    pairs = (
        ("number", facts["number"]),
        ("deletion", f"{deletion['number']} {deletion['title']}"),
        ("reason", deletion["reason"]),
        ("approved", words.say("by_at", who=deletion["approved_by"], when=words.moment(deletion["approved_at"]))),
        ("executed", words.say("by_at", who=deletion["executed_by"] or "―", when=words.moment(deletion["executed_at"]))),
        ("witness", facts["witness"] or "―"),
        ("issued", words.say("by_at", who=facts["issued_by"], when=words.moment(facts["issued_at"]))),
    )
    return tuple(KeyValue(words.say(f"k_{name}"), (str(value),)) for name, value in pairs)


def _entries(facts: Mapping[str, Any], words: _Words) -> Table:
    columns = (
        Column(words.say("c_number"), width=2),
        Column(words.say("c_name"), width=5),
        Column(words.say("c_class"), width=3),
        Column(words.say("c_kinds"), width=5),
        Column(words.say("c_last"), width=3),
    )
    rows = []
    for one in facts["entries"]:
        flags = [words.say(f"flag_{name}") for name in ("personal", "my_number", "sensitive") if one[name]]
        rows.append(
            (
                Cell(one["number"]),
                Cell(one["name"]),
                Cell(words.say("sep").join([*([one["confidentiality"]] if one["confidentiality"] else []), *flags]) or "―"),
                Cell(words.say("sep").join(words.title(kind) for kind in one["kinds"])),
                Cell(words.day(one["last_day"])),
            )
        )
    return Table(columns, tuple(rows), caption=words.say("t_what"), name=words.say("h_what"))


def _places(facts: Mapping[str, Any], words: _Words) -> Table:
    columns = (
        Column(words.say("c_number"), width=2),
        Column(words.say("c_place"), width=5),
        Column(words.say("c_achieved"), width=3),
        Column(words.say("c_done_on"), width=3),
        Column(words.say("c_count"), ColumnKind.NUMBER, width=2),
        Column(words.say("c_verified"), width=4),
        Column(words.say("c_who"), width=4),
    )
    rows = []
    for one in facts["places"]:
        who = [value for name in ("done_by", "witness", "how", "tool", "serial") if (value := one["facts"].get(name))]
        where = words.say("place_is", kind=words.say(f"place_{one['kind']}"), label=one["label"])
        done = one["state"] == "done"
        rows.append(
            (
                Cell(one["number"]),
                Cell(words.say("quantity", where=where, quantity=one["quantity"]) if one["quantity"] else where),
                Cell(words.say(f"achieved_{one['achieved']}" if done else f"state_{one['state']}")),
                Cell(words.day(one["done_on"])),
                Cell(one["count"]),
                Cell(words.say(f"verified_{one['verified']}" if one["verified"] else "verified_none")),
                Cell(words.say("sep").join(who) or words.say("by_machine")),
            )
        )
    return Table(columns, tuple(rows), caption=words.say("t_how"), name=words.say("h_how"))


def _truth(facts: Mapping[str, Any], words: _Words) -> list[Any]:
    """What the file systems and databases really did, in the engine's own words; each sentence once."""
    said = list(dict.fromkeys(words.statement(one) for place in facts["places"] for one in place["statements"]))
    if not said:
        return []
    return [Heading(words.say("h_truth"), level=2), *(Paragraph((f"・{line}",)) for line in said)]


def _basis(facts: Mapping[str, Any], words: _Words) -> list[Any]:
    said = list(dict.fromkeys(words.statement(one) for entry in facts["entries"] for one in entry["reasons"]))
    made: list[Any] = [Paragraph((f"・{line}",)) for line in said]
    for one in facts["consents"]:
        line = words.say(
            "consent", kind=words.say(f"consent_{one['kind']}"), number=one["number"], day=words.day(one["decided_on"])
        )
        made.append(Paragraph((f"・{line}",)))
    made.append(Paragraph((words.say("no_holds"),)))
    return made
