"""The lists of reference facts of ``standards`` (threats, roles, retention periods …), made uniform for pages and API. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.errors import NotFound
from sekisho.records.catalog.rules import normalise
from sekisho.standards import catalog as standards
from sekisho.standards import texts
from sekisho.standards.model import Source, Text

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping

    Targets = Mapping[str, Mapping[str, uuid.UUID]]

__all__ = ["Detail", "FactList", "Item", "Value", "find", "items", "label", "list_ids", "list_of", "plain"]

_BODY_KINDS: Final = "body_kinds"
_MEASURES: Final = "measures"
_SCHEME: Final = "classification_"
_OUTSIDE: Final = frozenset({"id", "key", "title", "verified", "confidence", "position"})
_REFERENCES: Final = frozenset({"annex_a_2022", "unified_standard_r5"})


@dataclass(frozen=True, slots=True)
class Value:
    """What a field says. ``kind``: text, list, pairs, or refs (ids of requirements of the catalogue ``text``)."""

    kind: str
    text: str = ""
    items: tuple[Value, ...] = ()
    pairs: tuple[tuple[str, Value], ...] = ()
    japanese: bool = False  # recorded in Japanese only
    target: uuid.UUID | None = None  # of an item of refs: the requirement, if it is loaded


@dataclass(frozen=True, slots=True)
class Detail:
    """A field of an item: heading, value, how it was checked."""

    label: str
    value: Value
    verified: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One fact of a list."""

    id: str
    title: str
    is_translation: bool
    confidence: str
    verified: dict[str, str]
    details: tuple[Detail, ...]
    search_text: str = ""


@dataclass(frozen=True, slots=True)
class FactList:
    """A list of facts and where it comes from."""

    id: str
    title: Text
    count: int
    source: Source | None
    confidence: str
    confidence_note: Text | None


def label(key: str, language: str) -> str:
    """The heading of a field; the key itself, spaced, where it has none yet."""
    code = f"facts.{key}"
    return texts.render(code, {}, language) if texts.known(code) else key.replace("_", " ")


def list_ids() -> tuple[str, ...]:
    """Every list in the order of the page."""
    schemes = tuple(f"{_SCHEME}{name}" for name in standards.classification_schemes())
    return (*standards.facts_ids(), _BODY_KINDS, *schemes, _MEASURES)


def list_of(list_id: str) -> FactList:
    """What a list is. Raises NotFound."""
    if list_id in standards.facts_ids():
        facts = standards.facts(list_id)
        return FactList(list_id, facts.title, len(facts.items), facts.source, facts.confidence, facts.confidence_note)
    if list_id == _BODY_KINDS:
        return FactList(list_id, _words("body_kinds"), len(standards.body_kinds()), None, "", None)
    if list_id == _MEASURES:
        return FactList(list_id, _words("measures_list"), len(standards.measures()), None, "", None)
    schemes = standards.classification_schemes()
    name = list_id.removeprefix(_SCHEME)
    if list_id.startswith(_SCHEME) and name in schemes:
        scheme = schemes[name]
        count = sum(len(axis.values) for axis in scheme.axes)
        return FactList(list_id, scheme.title, count, scheme.source, scheme.confidence, None)
    raise NotFound("catalog.no_such_list")


def _words(name: str) -> Text:
    return Text(texts.render(f"facts.{name}", {}, "ja"), texts.render(f"facts.{name}", {}, "en"))


def items(list_id: str, language: str, targets: Targets | None = None) -> list[Item]:
    """Every fact of a list in the reader's language. ``targets``: catalogue → ref → its requirement. Raises NotFound."""
    list_of(list_id)
    return [_item(raw, language, targets or {}) for raw in _raw(list_id)]


def find(list_id: str, language: str, words: str, targets: Targets | None = None) -> list[Item]:
    """The facts that contain every one of ``words``."""
    wanted = normalise(words).split()
    return [item for item in items(list_id, language, targets) if all(word in item.search_text for word in wanted)]


def _raw(list_id: str) -> Iterable[dict[str, Any]]:
    if list_id in standards.facts_ids():
        return (msgspec.to_builtins(item) for item in standards.facts(list_id).items)
    if list_id == _BODY_KINDS:
        return (_body_kind(msgspec.to_builtins(kind)) for kind in standards.body_kinds().values())
    if list_id == _MEASURES:
        return (msgspec.to_builtins(measure) for measure in standards.measures().values())
    scheme = standards.classification_schemes()[list_id.removeprefix(_SCHEME)]
    return (
        {**msgspec.to_builtins(value), "id": f"{axis.id}-{value.id}", "field": msgspec.to_builtins(axis.title)}
        for axis in scheme.axes
        for value in axis.values
    )


def _body_kind(raw: dict[str, Any]) -> dict[str, Any]:
    """With the catalogues' titles and the reasons' sentences instead of their codes."""
    titles = {name: msgspec.to_builtins(one.title) for name, one in standards.catalogs().items()}
    rows = [
        {
            "name": titles.get(ref["catalog"], ref["catalog"]),
            "kind": _sentence(f"facts.force_{ref['force']}"),
            "basis": _sentence(ref["reason"]),
        }
        for ref in raw["catalogs"]
    ]
    schemes = standards.classification_schemes()
    classes = [msgspec.to_builtins(schemes[name].title) for name in raw["classification"] if name in schemes]
    return {**raw, "catalogs": rows, "classification": classes}


def _sentence(code: str) -> dict[str, str]:
    return {"ja": texts.render(code, {}, "ja"), "en": texts.render(code, {}, "en")}


def _item(raw: dict[str, Any], language: str, targets: Targets) -> Item:
    given = raw.get("verified", {})
    verified = {"all": given} if isinstance(given, str) else dict(given)
    fields = {**{k: v for k, v in raw.items() if k not in _OUTSIDE and k != "fields"}, **raw.get("fields", {})}
    title = raw["title"]
    details = tuple(
        Detail(label(key, language), value, verified.get(key, ""))
        for key, one in fields.items()
        if (value := _value(key, one, language, targets)) is not None
    )
    text = title if isinstance(title, str) else title["en" if language.startswith("en") else "ja"]
    return Item(
        id=str(raw.get("id") or raw.get("key")),
        title=text,
        is_translation=not isinstance(title, str) and title.get("translation") == "ours",
        confidence=str(raw.get("confidence", "")),
        verified=verified,
        details=details,
        search_text=normalise(" ".join(_all_words(raw))),
    )


def _value(key: str, value: Any, language: str, targets: Targets) -> Value | None:
    """None for what says nothing."""
    if value is None or value in ("", [], (), {}):
        return None
    if isinstance(value, dict):
        return _object(value, language, targets)
    if isinstance(value, list | tuple):
        if key in _REFERENCES and all(isinstance(one, str) for one in value):
            known = targets.get(key, {})
            return Value("refs", key, tuple(Value("text", one, target=known.get(one)) for one in value))
        return Value("list", items=tuple(one for v in value if (one := _value(key, v, language, targets)) is not None))
    code = f"facts.value_{str(value).lower() if isinstance(value, bool) else value}"
    if texts.known(code):
        return Value("text", texts.render(code, {}, language))
    return Value("text", str(value), japanese=not str(value).isascii())


def _object(value: dict[str, Any], language: str, targets: Targets) -> Value | None:
    if isinstance(value.get("ja"), str) and isinstance(value.get("en"), str):
        return Value("text", value["en" if language.startswith("en") else "ja"])
    if set(value) == {"value", "unit"}:
        return _quantity(value, language)
    pairs = tuple(
        (label(str(k), language), one)
        for k, v in value.items()
        if k not in {"translation", "verified"} and (one := _value(str(k), v, language, targets)) is not None
    )
    return Value("pairs", pairs=pairs) if pairs else None


def _quantity(value: dict[str, Any], language: str) -> Value:
    if value["value"] is None:
        return Value("text", texts.render("facts.value_none", {}, language))
    unit = texts.render(f"facts.value_{value['unit']}", {}, language)
    return Value("text", f"{value['value']} {unit}" if language.startswith("en") else f"{value['value']}{unit}")


def _all_words(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key not in {"verified", "confidence", "translation"}:
                yield from _all_words(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _all_words(one)
    elif value is not None:
        yield str(value)


def plain(value: Value) -> Any:
    """A value as JSON: text, list or object."""
    if value.kind == "text":
        return value.text
    if value.kind == "pairs":
        return {name: plain(one) for name, one in value.pairs}
    return [plain(one) for one in value.items]
