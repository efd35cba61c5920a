"""A supplier's own bill of materials: what is read from CycloneDX and SPDX, what is refused, what the Observation says."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.observation import MeasureStatus, decode, encode
from sekisho.engines.sbom import delivered
from sekisho.errors import InputError
from sekisho.records.evidence import rules as evidence_rules
from sekisho.standards import catalog as standards

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CYCLONEDX = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {"timestamp": "2026-11-20T00:00:00Z", "component": {"type": "application", "name": "予約サイト", "version": "2"}},
    "components": [
        {
            "type": "library", "bom-ref": "a", "name": "express", "version": "4.18.2", "purl": "pkg:npm/express@4.18.2",
            "licenses": [{"license": {"id": "MIT"}}],
            "components": [
                {"type": "library", "name": "qs", "version": "6.11", "purl": "pkg:npm/qs@6.11", "licenses": [{"expression": "BSD-3-Clause"}]}
            ],
        },
        {"type": "library", "name": "express", "version": "4.17.0", "purl": "pkg:npm/express@4.17.0"},
        {"type": "library", "name": "openssl", "purl": "pkg:deb/debian/openssl", "licenses": [{"license": {"name": "Apache License 2.0"}}]},
        {"type": "library", "group": "org.example", "name": "own", "version": "1", "cpe": "cpe:2.3:a:example:own:1"},
        {"type": "library", "name": "bare", "version": "1"},
        {"type": "library", "name": "bare", "version": "1"},
        {"type": "library", "version": "1"},
    ],
    "vulnerabilities": [
        {"id": "CVE-2026-1", "ratings": [{"severity": "low"}, {"severity": "critical"}], "affects": [{"ref": "a"}]},
        {"id": "CVE-2026-2", "analysis": {"state": "not_affected"}, "ratings": [{"severity": "high"}]},
        {"id": "CVE-2026-3", "analysis": {"state": "in_triage"}},
        {"id": "CVE-2026-4", "analysis": {"state": "resolved"}},
    ],
}  # fmt: skip
SPDX = {
    "spdxVersion": "SPDX-2.3",
    "name": "document",
    "creationInfo": {"created": "2026-11-20T00:00:00Z"},
    "documentDescribes": ["SPDXRef-root"],
    "packages": [
        {"SPDXID": "SPDXRef-root", "name": "予約サイト", "versionInfo": "2"},
        {
            "SPDXID": "SPDXRef-1", "name": "requests", "versionInfo": "2.31", "licenseConcluded": "NOASSERTION",
            "licenseDeclared": "Apache-2.0",
            "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:pypi/requests@2.31"}],
        },
        {"SPDXID": "SPDXRef-2", "name": "idna", "licenseConcluded": "NONE"},
    ],
}  # fmt: skip


def raw(plain: object) -> bytes:
    return json.dumps(plain, ensure_ascii=False).encode()


def measures(plain: object) -> dict[tuple[str, ...], float | None]:
    untrusted = raw(plain)
    made, files = delivered.observe(
        delivered.read(untrusted, file="a.json"), now=NOW, kind="information_system", name="予約サイト", file="a.json",
        untrusted=untrusted,
    )  # fmt: skip
    assert list(files.values()) == [untrusted]
    prefix = "delivered_sbom."
    return {(m.key.removeprefix(prefix), *m.dimensions.values()): m.value for m in made.measures}


def test_cyclonedx_gives_its_components_licences_and_stated_vulnerabilities():
    bom = delivered.read(raw(CYCLONEDX), file="a.json")
    assert (bom.form, bom.version, bom.name, bom.product_version, bom.states) == ("CycloneDX", "1.6", "予約サイト", "2", True)
    assert [(c.ecosystem, c.name, c.licences) for c in bom.components] == [
        ("npm", "express", ("MIT",)),
        ("npm", "qs", ("BSD-3-Clause",)),
        ("npm", "express", ()),
        ("deb", "openssl", ("Apache-2.0",)),
        ("other", "org.example/own", ()),
        ("other", "bare", ()),
    ]
    assert [p.column for p in bom.problems] == ["components[6]"]
    assert [(v.identifier, str(v.severity), v.is_open, v.affects) for v in bom.vulnerabilities] == [
        ("CVE-2026-1", "critical", True, ("express 4.18.2",)),
        ("CVE-2026-2", "high", False, ()),
        ("CVE-2026-3", "medium", True, ()),
        ("CVE-2026-4", "medium", False, ()),
    ]
    found = measures(CYCLONEDX)
    wanted = {
        ("components",): 6, ("components", "npm"): 3, ("components", "deb"): 1, ("components", "other"): 2,
        ("without_version",): 1, ("without_identifier",): 1, ("licence_known",): 0.5, ("duplicated",): 1,
        ("broken_records",): 1, ("vulnerabilities.stated",): 4, ("vulnerabilities.open",): 2,
        ("vulnerabilities.open", "critical"): 1, ("vulnerabilities.open", "high"): 0, ("vulnerabilities.open", "medium"): 1,
        ("vulnerabilities.open", "low"): 0, ("vulnerabilities.open", "info"): 0,
    }  # fmt: skip
    assert found == wanted


def test_spdx_gives_its_packages_without_the_product_itself():
    bom = delivered.read(b"\xef\xbb\xbf" + raw(SPDX), file="a.spdx.json")
    assert (bom.form, bom.version, bom.name, bom.product_version, bom.states) == ("SPDX", "2.3", "予約サイト", "2", False)
    assert [(c.ecosystem, c.name, c.version, c.licences) for c in bom.components] == [
        ("pypi", "requests", "2.31", ("Apache-2.0",)),
        ("other", "idna", "", ()),
    ]
    by_relation = {k: v for k, v in SPDX.items() if k != "documentDescribes"}
    by_relation["relationships"] = [{"relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-root"}]
    assert delivered.read(raw(by_relation), file="x").name == "予約サイト"


def test_a_file_that_states_no_vulnerabilities_has_no_figure_rather_than_zero():
    untrusted = raw(SPDX)
    bom = delivered.read(untrusted, file="a")
    made, _ = delivered.observe(bom, now=NOW, kind="information_system", name="x", file="a", untrusted=untrusted)
    found = {m.key: m for m in made.measures if "vulnerabilities" in m.key}
    assert {m.status for m in found.values()} == {MeasureStatus.NOT_APPLICABLE}
    assert len(made.scope) == 1
    assert {("vulnerabilities.open",): 0, ("vulnerabilities.stated",): 0}.items() <= measures(
        {**CYCLONEDX, "vulnerabilities": []}
    ).items()


@pytest.mark.parametrize("plain", [CYCLONEDX, SPDX], ids=["cyclonedx", "spdx"])
def test_the_observation_is_one_that_the_receiving_room_takes_and_knows_every_figure_of(plain):
    untrusted = raw(plain)
    made, _ = delivered.observe(
        delivered.read(untrusted, file="a"), now=NOW, kind="information_system", name="x", file="a", untrusted=untrusted
    )
    assert decode(encode(made)) == made
    assert evidence_rules.check(evidence_rules.read(encode(made)), now=NOW, periods=evidence_rules.validity()) == ([], [])
    assert {m.key for m in made.measures} <= set(standards.measures())
    assert {f.references for f in made.findings} == ({("CVE-2026-1",), ("CVE-2026-3",)} if plain is CYCLONEDX else set())


def test_the_same_vulnerability_of_another_release_is_the_same_finding_and_of_another_product_is_not():
    def marks(plain):
        untrusted = raw(plain)
        made, _ = delivered.observe(
            delivered.read(untrusted, file="a"), now=NOW, kind="code", name="x", file="a", untrusted=untrusted
        )
        return {f.fingerprint for f in made.findings}, made.scope

    release = {**CYCLONEDX, "metadata": {"component": {"name": "予約サイト", "version": "3"}}}
    other = {**CYCLONEDX, "metadata": {"component": {"name": "管理画面"}}}
    assert marks(CYCLONEDX) == marks(release)
    assert not marks(CYCLONEDX)[0] & marks(other)[0]
    assert not set(marks(CYCLONEDX)[1]) & set(marks(other)[1])


HOSTILE = {
    "empty": (b"", "sbom.delivered_unreadable"),
    "xml": (b"<bom/>", "sbom.delivered_unreadable"),
    "a list": (b"[]", "sbom.delivered_unknown"),
    "deep": (b'{"bomFormat":' + b"[" * 100_000, "sbom.delivered_unreadable"),
    "bad utf-8": (b'{"bomFormat": "\xff"}', "sbom.delivered_unreadable"),
    "neither": (b'{"bomFormat": "SWID"}', "sbom.delivered_unknown"),
    "another version": (b'{"bomFormat": "CycloneDX", "specVersion": "2.0"}', "sbom.delivered_version"),
    "spdx 3": (b'{"spdxVersion": "SPDX-3.0", "packages": []}', "sbom.delivered_version"),
    "no components": (b'{"bomFormat": "CycloneDX", "specVersion": "1.6"}', "sbom.delivered_empty"),
    "components no list": (b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": {}}', "sbom.delivered_empty"),
    "nameless": (b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library"}, 3]}', "sbom.delivered_empty"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "code"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_bill_of_materials_is_refused_by_name(content, code):
    with pytest.raises(InputError) as error:
        delivered.read(content, file="bom.json")
    assert (error.value.code, error.value.fields["file"]) == (code, "bom.json")


def test_too_many_components_are_refused(monkeypatch):
    monkeypatch.setattr(delivered, "MOST_COMPONENTS", 3)
    for plain in (CYCLONEDX, {**SPDX, "packages": SPDX["packages"] * 2}):
        with pytest.raises(InputError, match="delivered_too_many"):
            delivered.read(raw(plain), file="x")


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read(content):
    with pytest.raises(InputError):
        delivered.read(content, file="x.json")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["name", "version", "purl", "licenses", "license", "id", "components", "bom-ref", "ratings", "severity",
                         "analysis", "state", "affects", "ref", "packages", "externalRefs", "SPDXID", "group"]), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(parts=_JSON, stated=_JSON, spdx=st.booleans())
def test_whatever_stands_where_components_belong_is_refused_or_an_observation_that_is_taken(parts, stated, spdx):
    form = {"spdxVersion": "SPDX-2.3"} if spdx else {"bomFormat": "CycloneDX", "specVersion": "1.5"}
    named = [{"name": "x"}, *(parts if isinstance(parts, list) else [parts])]
    untrusted = (
        json.dumps(
            {**form, "components": named, "packages": named, "vulnerabilities": stated}, allow_nan=False, default=str
        ).encode()
        if _finite((parts, stated))
        else b""
    )
    try:
        bom = delivered.read(untrusted, file="x")
    except InputError:
        assert not untrusted
        return
    made, _ = delivered.observe(bom, now=NOW, kind="code", name="x", file="x", untrusted=untrusted)
    refused, _warned = evidence_rules.check(evidence_rules.read(encode(made)), now=NOW, periods=evidence_rules.validity())
    assert refused == []


def _finite(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False).encode()
    except ValueError:
        return False
    return True
