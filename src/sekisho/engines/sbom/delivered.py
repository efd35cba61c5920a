"""A bill of materials that a supplier delivered (CycloneDX or SPDX as JSON): read tolerantly, and what it says as an Observation.

What it lists is a statement about a product, not what was found on a host: its figures have keys of their own
(``delivered_sbom.*``) and never count as a measurement of installed software. Known vulnerabilities are those that the file
itself names (CycloneDX, ECMA-424, "Vulnerabilities"); nothing is looked up anywhere. Without such a part the figure is
``not_applicable``, not zero.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho import __version__
from sekisho.engines.observation import (
    Artifact,
    ClaimedSubject,
    Collector,
    Finding,
    Measure,
    MeasureStatus,
    Observation,
    Severity,
    fingerprint,
)  # fmt: skip
from sekisho.engines.sbom.licences import MAX_NAME, to_expression
from sekisho.engines.sbom.model import Component
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

__all__ = ["ENGINE", "ENGINE_VERSION", "MOST_COMPONENTS", "DeliveredBom", "StatedVulnerability", "observe", "read"]

ENGINE: Final = "delivered_sbom"
ENGINE_VERSION: Final = "1.0.0"
MOST_COMPONENTS: Final = 200_000
_MOST_VULNERABILITIES: Final = 50_000
_PLACE: Final = re.compile(r"\(byte (\d+)\)")  # where the reader of JSON stopped
_MOST_PROBLEMS: Final = 200
_MOST_ECOSYSTEMS: Final = 30
_DEEPEST: Final = 20
_TEXT: Final = 300
_SPDX: Final = re.compile(r"SPDX-2\.[0-9]", re.ASCII)
_CYCLONEDX: Final = re.compile(r"1\.[2-9]|1\.[1-9][0-9]", re.ASCII)
_PURL: Final = re.compile(r"pkg:([A-Za-z][A-Za-z0-9.+-]{0,19})/", re.ASCII)
_UNSAID: Final = frozenset({"", "NOASSERTION", "NONE"})
_SETTLED: Final = frozenset({"resolved", "resolved_with_pedigree", "false_positive", "not_affected"})
_RATINGS: Final = {"critical": Severity.CRITICAL, "high": Severity.HIGH, "medium": Severity.MEDIUM, "low": Severity.LOW,
                   "info": Severity.INFO, "none": Severity.INFO}  # fmt: skip
_MEDIA: Final = {"CycloneDX": "application/vnd.cyclonedx+json", "SPDX": "application/spdx+json"}


@dataclass(frozen=True, slots=True)
class StatedVulnerability:
    """A vulnerability that the file itself names. ``state`` is its ``analysis.state`` ("" where it says none)."""

    identifier: str
    severity: Severity = Severity.MEDIUM
    state: str = ""
    affects: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the supplier does not say that it is dealt with or does not concern the product."""
        return self.state not in _SETTLED


@dataclass(slots=True)
class DeliveredBom:
    """What a file lists. ``name`` is the product that it is about ("" where it does not say); ``states``: it has a part for known
    vulnerabilities, be it empty.
    """

    form: str
    version: str
    name: str = ""
    product_version: str = ""
    made_at: str = ""
    components: list[Component] = field(default_factory=list)
    states: bool = False
    vulnerabilities: list[StatedVulnerability] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read(untrusted: bytes, *, file: str) -> DeliveredBom:
    """The bill of materials in ``untrusted``. Raises InputError ``sbom.delivered_*`` naming the file.

    A component that cannot be used is a problem of the result; a file in which there is none is refused.
    """
    try:
        plain = msgspec.json.decode(untrusted.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        at = _PLACE.search(str(error))
        raise InputError("sbom.delivered_unreadable", file=file, byte=int(at[1]) + 1 if at else len(untrusted)) from error
    root = _object(plain)
    if root.get("bomFormat") == "CycloneDX":
        made = _cyclonedx(root, file)
    elif _text(root.get("spdxVersion")):
        made = _spdx(root, file)
    else:
        raise InputError("sbom.delivered_unknown", file=file, expected="bomFormat: CycloneDX, spdxVersion: SPDX-2.x")
    if not made.components:
        raise InputError("sbom.delivered_empty", problems=tuple(made.problems[:_MOST_PROBLEMS]), file=file)
    unique = {(one.ecosystem, one.name, one.version, one.purl): one for one in made.components}
    made.components = list(unique.values())
    return made


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any, limit: int = _TEXT) -> str:
    """One line of text: what a database cannot keep (NUL, halves of characters) is left out."""
    if not isinstance(value, str):
        return ""
    return " ".join(value.encode("utf-8", "ignore").decode().replace("\0", "").split())[:limit]


def _ecosystem(purl: str) -> str:
    found = _PURL.match(purl)
    return found.group(1).lower() if found else "other"


def _licence(text: str) -> str:
    return to_expression(text) or text[:MAX_NAME]


def _broken(made: DeliveredBom, file: str, place: str) -> None:
    made.problems.append(Problem("sbom.delivered_nameless", {"place": place[:100]}, file, None, place[:100]))


def _counted(total: int, file: str) -> None:
    if total > MOST_COMPONENTS:
        raise InputError("sbom.delivered_too_many", file=file, limit=MOST_COMPONENTS)


# -- CycloneDX: ECMA-424


def _cyclonedx(root: dict[str, Any], file: str) -> DeliveredBom:
    version = _text(root.get("specVersion"), 20)
    if not _CYCLONEDX.fullmatch(version):
        raise InputError("sbom.delivered_version", file=file, found=f"CycloneDX {version or '?'}", expected="CycloneDX 1.2–1.7")
    metadata = _object(root.get("metadata"))
    about = _object(metadata.get("component"))
    made = DeliveredBom(
        "CycloneDX", version, _text(about.get("name")), _text(about.get("version"), 100), _text(metadata.get("timestamp"), 40)
    )
    names: dict[str, str] = {}
    for place, entry in _nested(root.get("components"), "components", 0):
        _counted(len(made.components) + 1, file)
        name = _text(_object(entry).get("name"))
        if not name:
            _broken(made, file, place)
            continue
        component = _cyclonedx_component(entry, name)
        made.components.append(component)
        if reference := _text(entry.get("bom-ref")):
            names[reference] = f"{component.name} {component.version}".strip()
    if isinstance(root.get("vulnerabilities"), list):
        made.states = True
        made.vulnerabilities = _stated(root["vulnerabilities"][:_MOST_VULNERABILITIES], names, made, file)
    return made


def _nested(value: Any, place: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Components, and those that they are put together from."""
    if depth > _DEEPEST:
        return
    for index, entry in enumerate(_list(value)):
        here = f"{place}[{index}]"
        yield here, entry
        yield from _nested(_object(entry).get("components"), f"{here}.components", depth + 1)


def _cyclonedx_component(entry: dict[str, Any], name: str) -> Component:
    licences = []
    for one in _list(entry.get("licenses")):
        named = _object(_object(one).get("license"))
        if said := _text(_object(one).get("expression")) or _text(named.get("id")) or _text(named.get("name")):
            licences.append(_licence(said))
    purl, group = _text(entry.get("purl")), _text(entry.get("group"))
    return Component(
        ecosystem=_ecosystem(purl),
        name=f"{group}/{name}" if group else name,
        version=_text(entry.get("version"), 100),
        purl=purl or _text(entry.get("cpe")),
        licences=tuple(dict.fromkeys(licences)),
        licence_basis="declared" if licences else "",
        supplier=_text(_object(entry.get("supplier")).get("name")),
    )


def _stated(entries: list[Any], names: dict[str, str], made: DeliveredBom, file: str) -> list[StatedVulnerability]:
    found: dict[str, StatedVulnerability] = {}
    for index, raw in enumerate(entries):
        entry = _object(raw)
        identifier = _text(entry.get("id"), 100)
        if not identifier:
            _broken(made, file, f"vulnerabilities[{index}]")
            continue
        affects = [_text(_object(one).get("ref")) for one in _list(entry.get("affects"))]
        one = StatedVulnerability(
            identifier,
            _severity(entry.get("ratings")),
            _text(_object(entry.get("analysis")).get("state"), 40),
            tuple(names.get(reference, reference) for reference in affects if reference),
        )
        known = found.get(identifier)
        if known is None or (one.is_open and not known.is_open):
            found[identifier] = one
    return list(found.values())


def _severity(ratings: Any) -> Severity:
    """The gravest rating; medium where none is given or none can be read."""
    order = list(Severity)
    said = [_RATINGS[word] for one in _list(ratings) if (word := _text(_object(one).get("severity")).lower()) in _RATINGS]
    return min(said, key=order.index, default=Severity.MEDIUM)


# -- SPDX 2: ISO/IEC 5962


def _spdx(root: dict[str, Any], file: str) -> DeliveredBom:
    version = _text(root.get("spdxVersion"), 20)
    if not _SPDX.fullmatch(version):
        raise InputError("sbom.delivered_version", file=file, found=version, expected="SPDX-2.0–SPDX-2.3")
    made = DeliveredBom("SPDX", version.removeprefix("SPDX-"), _text(root.get("name")))
    made.made_at = _text(_object(root.get("creationInfo")).get("created"), 40)
    packages = _list(root.get("packages"))
    _counted(len(packages), file)
    described = {_text(one) for one in _list(root.get("documentDescribes"))}
    described |= {
        _text(relation.get("relatedSpdxElement"))
        for one in _list(root.get("relationships"))
        if (relation := _object(one)).get("relationshipType") == "DESCRIBES"
    }
    own: list[Component] = []
    for index, raw in enumerate(packages):
        entry = _object(raw)
        name = _text(entry.get("name"))
        if not name:
            _broken(made, file, f"packages[{index}]")
            continue
        component = _spdx_package(entry, name)
        if _text(entry.get("SPDXID")) in described:
            own.append(component)
        else:
            made.components.append(component)
    if own:
        made.name, made.product_version = own[0].name, own[0].version
    return made


def _spdx_package(entry: dict[str, Any], name: str) -> Component:
    links = [_object(one) for one in _list(entry.get("externalRefs"))]
    purl = next((_text(one.get("referenceLocator")) for one in links if one.get("referenceType") == "purl"), "")
    other = next((_text(one.get("referenceLocator")) for one in links if str(one.get("referenceType")).startswith("cpe")), "")
    said = next((text for key in ("licenseConcluded", "licenseDeclared") if (text := _text(entry.get(key))) not in _UNSAID), "")
    return Component(
        ecosystem=_ecosystem(purl),
        name=name,
        version=_text(entry.get("versionInfo"), 100),
        purl=purl or other,
        licences=(_licence(said),) if said else (),
        licence_basis="declared" if said else "",
        supplier=_text(entry.get("supplier")),
    )


# -- the Observation


def observe(
    bom: DeliveredBom, *, now: datetime, kind: str, name: str, file: str, untrusted: bytes
) -> tuple[Observation, dict[str, bytes]]:
    """What the file says about the subject ``name`` of ``kind``, and the file itself as artifact, by SHA-256.

    Stated vulnerabilities that are still open become findings; a later file about the same product that states its
    vulnerabilities closes those that it no longer names.
    """
    digest = hashlib.sha256(untrusted).hexdigest()
    product = fingerprint(bom.name or file)[:16]
    scope = [f"components/{product}"]
    looked = f"vulnerabilities/{product}"
    if bom.states:
        scope.append(looked)
    observation = Observation(
        engine=ENGINE,
        engine_version=ENGINE_VERSION,
        collector=Collector(name="sekisho", version=__version__),
        subject=ClaimedSubject(kind=kind, name=name),
        observed_at=now.isoformat(timespec="seconds"),
        scope=tuple(scope),
        measures=(*_counts(bom), *_known(bom)),
        findings=tuple(_finding(one, bom, product, looked) for one in bom.vulnerabilities if one.is_open),
        artifacts=(Artifact(name=file, media_type=_MEDIA[bom.form], size=len(untrusted), sha256=digest),),
        parameters={
            "format": f"{bom.form} {bom.version}",
            "product": bom.name,
            "product_version": bom.product_version,
            "made_at": bom.made_at,
            "problems": [problem.as_dict() for problem in bom.problems[:_MOST_PROBLEMS]],
        },
    )
    return observation, {digest: untrusted}


def _counts(bom: DeliveredBom) -> list[Measure]:
    components = bom.components
    coverage = round(len(components) / (len(components) + len(bom.problems)), 4)
    versions: dict[tuple[str, str], set[str]] = {}
    for one in components:
        versions.setdefault((one.ecosystem, one.name), set()).add(one.version)
    licensed = sum(bool(one.licences) for one in components)
    ecosystems = Counter(one.ecosystem for one in components).most_common(_MOST_ECOSYSTEMS)
    return [
        Measure(key=f"{ENGINE}.components", value=len(components), coverage=coverage),
        *(
            Measure(key=f"{ENGINE}.components", value=count, dimensions={"ecosystem": name}, coverage=coverage)
            for name, count in sorted(ecosystems)
        ),
        Measure(key=f"{ENGINE}.without_version", value=sum(not one.version for one in components), coverage=coverage),
        Measure(key=f"{ENGINE}.without_identifier", value=sum(not one.purl for one in components), coverage=coverage),
        Measure(
            key=f"{ENGINE}.licence_known",
            value=licensed / len(components),
            numerator=licensed,
            denominator=len(components),
            coverage=coverage,
        ),
        Measure(key=f"{ENGINE}.duplicated", value=sum(len(found) > 1 for found in versions.values()), coverage=coverage),
        Measure(key=f"{ENGINE}.broken_records", value=len(bom.problems)),
    ]


def _known(bom: DeliveredBom) -> list[Measure]:
    keys = (f"{ENGINE}.vulnerabilities.stated", f"{ENGINE}.vulnerabilities.open")
    if not bom.states:
        return [Measure(key=key, status=MeasureStatus.NOT_APPLICABLE, reason="sbom.delivered_states_none") for key in keys]
    still = [one for one in bom.vulnerabilities if one.is_open]
    return [
        Measure(key=keys[0], value=len(bom.vulnerabilities)),
        Measure(key=keys[1], value=len(still)),
        *(
            Measure(key=keys[1], value=sum(one.severity is severity for one in still), dimensions={"severity": severity.value})
            for severity in Severity
        ),
    ]


def _finding(one: StatedVulnerability, bom: DeliveredBom, product: str, scope: str) -> Finding:
    return Finding(
        code="sbom.delivered_vulnerability",
        fingerprint=fingerprint(ENGINE, product, one.identifier),
        scope=scope,
        severity=one.severity,
        fields={
            "id": one.identifier,
            "product": bom.name or "―",
            "components": ", ".join(one.affects[:5]) or "―",
            "state": one.state or "―",
        },
        location=", ".join(one.affects)[:_TEXT],
        references=(one.identifier,),
    )
