"""The shapes of the standards data: frozen values, made only by the loaders in this package.

Every text that a user may see is a :class:`Text` in Japanese and English; every fact says how it was checked.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

__all__ = [
    "SUBJECT_KINDS",
    "VERIFIED",
    "BodyKind",
    "Catalog",
    "CatalogRef",
    "ClassificationAxis",
    "ClassificationScheme",
    "ClassificationValue",
    "Confidence",
    "DocumentedInformation",
    "ExternalCatalog",
    "Facts",
    "Group",
    "Indicator",
    "LevelChoice",
    "LevelGuide",
    "LevelMetric",
    "LevelText",
    "Mapping",
    "MeasureDef",
    "Point",
    "Requirement",
    "Role",
    "Source",
    "Text",
    "Threat",
    "Verified",
]

Verified = Literal["source_document", "text", "mirror", "article", "memory", "proposal", "user"]
Confidence = Literal["high", "medium", "low"]
Words = Annotated[str, msgspec.Meta(min_length=1)]
SubjectKind = Literal["organization", "system", "host", "asset", "supplier", "cloud_service", "site", "dataset", "device"]


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One text in both languages. ``translation == "ours"``: the English is our translation, not an official title."""

    ja: Words
    en: Words
    translation: Literal["ours"] | None = None

    def get(self, lang: str) -> str:
        """The text in ``lang`` ("ja" or "en…")."""
        return self.en if lang.startswith("en") else self.ja

    @property
    def is_translation(self) -> bool:
        """Whether the English is our own translation."""
        return self.translation == "ours"


VERIFIED: dict[str, Text] = {
    "source_document": Text("原資料で確認", "Checked against the source document"),
    "text": Text("条文で照合", "Compared with the text of the law"),
    "mirror": Text("公開データ・写しで照合", "Compared with public data or a published copy"),
    "article": Text("公開の記事・例規で確認", "Checked in public articles or by-laws"),
    "memory": Text("原典未照合", "Not checked against the original"),
    "proposal": Text("本製品の提案", "Our own proposal"),
    "user": Text("利用組織が入力・訂正", "Entered or corrected by the organization"),
}
"""How a fact was checked → what readers see."""

SUBJECT_KINDS: dict[str, Text] = {
    "organization": Text("組織", "Organization"),
    "system": Text("情報システム", "Information system"),
    "host": Text("機器（ホスト）", "Host"),
    "asset": Text("情報資産", "Information asset"),
    "supplier": Text("委託先", "Supplier"),
    "cloud_service": Text("クラウドサービス", "Cloud service"),
    "site": Text("施設・区域", "Site"),
    "dataset": Text("データセット", "Dataset"),
    "device": Text("端末・装置", "Device"),
}
"""What a requirement can be judged on → its name."""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a file's facts come from."""

    documents: tuple[str, ...]
    retrieved: str = ""
    publisher: str = ""
    note: Text | None = None


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A heading that is never judged: a theme, part or chapter."""

    id: str
    title: Text
    parent: str | None = None


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tie from a requirement to requirements of another catalogue. ``new``: the other one has no counterpart."""

    catalog: str
    ids: tuple[str, ...]
    relation: Literal["equal", "merged", "split", "new", "related"] = "related"
    verified: Verified = "memory"
    note: Text | None = None


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sub-item of a requirement (a group of 遵守事項, a sub-heading); shown, not judged by itself."""

    no: str
    title: Text
    summary: Text | None = None


class DocumentedInformation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a clause demands in writing."""

    required: bool
    kind: Literal["document", "record", "none"]
    names: tuple[Text, ...] = ()


class LevelChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of several ways to reach a level."""

    id: str
    description: Text


class LevelText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one level (梅・竹・松) means. ``given_in_source`` False: our own proposal, and labelled so."""

    description: Text
    given_in_source: bool
    evidence: tuple[Text, ...] = ()
    options: tuple[LevelChoice, ...] = ()


class LevelMetric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A figure proposed for watching a control."""

    name: Text
    unit: Text
    data_source: Text
    direction: Literal["higher", "lower", "context"]
    formula: Text | None = None


class LevelGuide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The 松竹梅 of one control: purpose, what must be done, the three levels, figures."""

    id: str
    title: Text
    purpose: Text
    must_do: tuple[Text, ...]
    levels: dict[Literal["ume", "take", "matsu"], LevelText]
    metrics: tuple[LevelMetric, ...]
    levels_given_in_source: bool
    confidence: Confidence
    verified: dict[str, Verified]
    note: Text | None = None


class Requirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One control, clause or rule of a catalogue: the thing that is judged. ``unit`` is the catalogue's own word for it."""

    id: str
    title: Text
    summary: Text
    unit: Text
    position: int
    parent: str | None = None
    applies_to: tuple[SubjectKind, ...] = ("organization",)
    plan_unit: Literal["per_organization", "per_system"] | None = None
    assessable: bool = True
    attributes: dict[str, tuple[str, ...]] = {}
    alternative_titles: tuple[str, ...] = ()
    responsible: tuple[Text, ...] = ()
    points: tuple[Point, ...] = ()
    documented_information: DocumentedInformation | None = None
    evidence_examples: tuple[Text, ...] = ()
    mappings: tuple[Mapping, ...] = ()
    levels: LevelGuide | None = None
    confidence: Confidence = "medium"
    verified: dict[str, Verified] = {}
    note: Text | None = None

    @property
    def unverified(self) -> bool:
        """Whether any field of it was not checked against the original."""
        return "memory" in self.verified.values()


class ExternalCatalog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A catalogue that mappings point to but that is not included."""

    id: str
    title: Text


class Catalog(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One edition of one standard."""

    id: str
    edition: str
    title: Text
    issuer: Text
    unit: Text
    status: Literal["current", "superseded"]
    source: Source
    confidence: Confidence
    confidence_note: Text
    requirements: tuple[Requirement, ...]
    superseded_by: Text | None = None
    groups: tuple[Group, ...] = ()
    vocabulary: dict[str, dict[str, Text]] = {}
    attribute_titles: dict[str, Text] = {}
    external_catalogs: tuple[ExternalCatalog, ...] = ()
    notes: tuple[Text, ...] = ()
    warnings: tuple[str, ...] = ()

    def get(self, requirement_id: str) -> Requirement:
        """The requirement of that id; KeyError if there is none."""
        for requirement in self.requirements:
            if requirement.id == requirement_id:
                return requirement
        raise KeyError(requirement_id)

    def children(self, parent: str | None) -> tuple[Requirement, ...]:
        """The requirements directly under a group or requirement, in order."""
        return tuple(r for r in self.requirements if r.parent == parent)

    @property
    def assessable(self) -> tuple[Requirement, ...]:
        """The requirements that can be judged (headings left out)."""
        return tuple(r for r in self.requirements if r.assessable)


class Indicator(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A figure of the report with its formula. ``kind``: outcome 結果, output 活動, process 過程."""

    id: str
    title: Text
    kind: Literal["outcome", "output", "process"]
    area: Text
    formula: Text
    unit: Text
    data_source: Text
    direction: Literal["higher", "lower", "context"]
    frequency: Text
    annex_a_2022: tuple[str, ...]
    confidence: Confidence
    verified: dict[str, Verified]


class Role(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A role in the security organisation and what it does."""

    id: str
    title: Text
    sector: str
    layer: str
    duties: tuple[Text, ...]
    appointed_by: Text | None = None
    incompatible_with: tuple[Text, ...] = ()
    confidence: Confidence
    verified: dict[str, Verified]
    note: Text | None = None


class CatalogRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A catalogue that applies to a kind of body; ``reason`` is a code for ``texts.render``.

    ``force``: must (law or decision), should (official advice), may (reference or our recommendation). ``adopt``: a new
    organization of that kind starts with it.
    """

    catalog: str
    force: Literal["must", "should", "may"]
    reason: str
    verified: Verified = "memory"
    adopt: bool = False


class BodyKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A kind of body (ministry, municipality, company …): decides catalogues, classification and laws."""

    id: str
    title: Text
    catalogs: tuple[CatalogRef, ...]
    classification: tuple[str, ...]
    confidence: Confidence
    verified: dict[str, Verified]
    details: dict[str, Any] = {}


class ClassificationValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One class. ``rank`` orders the axis: higher needs more care."""

    id: str
    rank: int
    title: Text
    criterion: Text
    example: Text | None = None
    verified: Verified = "memory"


class ClassificationAxis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One axis of a scheme: confidentiality, integrity, availability or zone."""

    id: str
    title: Text
    values: tuple[ClassificationValue, ...]


class ClassificationScheme(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A way to classify information or systems, with the text of each class."""

    id: str
    title: Text
    axes: tuple[ClassificationAxis, ...]
    source: Source
    confidence: Confidence
    notes: tuple[Text, ...] = ()


class Threat(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A threat, its countermeasures, the controls against it, and its rank by year."""

    id: str
    title: Text
    countermeasures: tuple[Text, ...]
    annex_a_2022: tuple[str, ...]
    ranks: tuple[dict[str, Any], ...] = ()
    confidence: Confidence
    verified: dict[str, Verified]


class MeasureDef(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A declared measure: what a figure of an Observation means."""

    key: str
    unit: str
    direction: Literal["higher", "lower", "context"]
    title: Text
    meaning: Text
    producers: tuple[str, ...]
    ratio: bool = False
    dimensions: tuple[str, ...] = ()
    retired: str | None = None


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file of other facts: items with id, title and verified mark; everything else in ``fields`` and ``sections``."""

    id: str
    title: Text
    source: Source
    confidence: Confidence
    confidence_note: Text
    items: tuple[dict[str, Any], ...]
    sections: dict[str, Any] = {}
