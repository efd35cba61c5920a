"""A whole small system, and what must never be read from it."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import lz4.frame
import pytest

from sekisho.engines.observation import MeasureStatus, Observation
from sekisho.engines.sbom import WATCHED_SINCE, Inventory, collect, observe
from sekisho.errors import InputError
from sekisho.standards import texts

from .conftest import LIST, PACKAGES, RELEASE, put

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def run(root: Path, **more: Any) -> tuple[Inventory, Observation, dict[str, bytes]]:
    inventory = collect(root)
    observation, artifacts = observe(inventory, now=NOW, host="web-01", **more)
    return inventory, observation, artifacts


def measure(observation: Observation, key: str, **dimensions: str) -> Any:
    return next(m for m in observation.measures if m.key == key and m.dimensions == dimensions)


def cyclonedx_validator() -> Any:
    schemas = files("cyclonedx") / "schema" / "_res"
    named = {n: json.loads((schemas / f"{n}.SNAPSHOT.schema.json").read_text()) for n in ("bom-1.6", "spdx", "jsf-0.82")}
    registry = jsonschema_rs.Registry(
        [(f"http://cyclonedx.org/schema/{n}.SNAPSHOT.schema.json", s) for n, s in named.items() if n != "bom-1.6"]
    )
    return jsonschema_rs.Draft7Validator(named["bom-1.6"], registry=registry)


def test_components_of_all_ecosystems_are_found_once(debian: Path) -> None:
    inventory, observation, _ = run(debian)
    assert {(c.ecosystem, c.name, c.version) for c in inventory.components} == {
        ("deb", "openssl", "3.0.15-1~deb12u1"), ("deb", "libssl3", "3.0.15-1~deb12u1"), ("deb", "python3-yaml", "6.0-3"),
        ("pypi", "pyyaml", "6.0"), ("npm", "left", "1.0.0"), ("npm", "left", "0.9.0"), ("npm", "@scope/right", "2.0.0"),
        ("npm", "planned", "3.0.0"),
    }  # fmt: skip
    assert not inventory.problems
    assert not inventory.unreadable
    assert measure(observation, "sbom.components").value == 8
    assert measure(observation, "sbom.components", ecosystem="deb").value == 3
    assert measure(observation, "sbom.duplicated").value == 1
    assert measure(observation, "sbom.without_licence").value == 2  # python3-yaml (no copyright file), @scope/right


def test_licences_owner_and_purl(debian: Path) -> None:
    found = {(c.ecosystem, c.name, c.version): c for c in collect(debian).components}
    openssl = found["deb", "openssl", "3.0.15-1~deb12u1"]
    assert openssl.licences == ("Apache-2.0", "GPL-2.0-or-later OR Artistic-1.0-Perl")
    assert openssl.purl == "pkg:deb/debian/openssl@3.0.15-1~deb12u1?arch=amd64&distro=debian-12"
    assert found["deb", "libssl3", "3.0.15-1~deb12u1"].licences == openssl.licences
    assert found["pypi", "pyyaml", "6.0"].provided_by == "python3-yaml"
    assert found["npm", "@scope/right", "2.0.0"].purl == "pkg:npm/%40scope/right@2.0.0"
    assert not found["npm", "planned", "3.0.0"].installed


def test_pending_security_updates_are_findings_with_age(debian: Path) -> None:
    _, observation, _ = run(debian)
    assert {(f.fields["package"], f.fields["candidate"]) for f in observation.findings} == {
        ("openssl", "3.0.16-1~deb12u1"), ("libssl3", "3.0.16-1~deb12u1"),
    }  # fmt: skip
    assert measure(observation, "sbom.security_updates.pending").value == 2
    assert measure(observation, "sbom.security_updates.max_age_days").value == 2
    assert measure(observation, "sbom.package_lists.age_days").value == 2
    assert "security_updates" in observation.scope


def test_an_update_seen_earlier_is_older_than_its_list(debian: Path) -> None:
    _, observation, _ = run(debian)
    first = observation.findings[0].fingerprint
    _, again, _ = run(debian, known_since={first: NOW - timedelta(days=40)})
    assert measure(again, "sbom.security_updates.max_age_days").value == 40
    assert again.findings[0].fingerprint == first


def test_how_long_updates_were_watched_is_told_apart_from_how_old_they_are(debian: Path) -> None:
    assert measure(run(debian)[1], "sbom.security_updates.watched_days").value == 0
    _, again, _ = run(debian, known_since={WATCHED_SINCE: NOW - timedelta(days=12)})
    assert measure(again, "sbom.security_updates.watched_days").value == 12
    for file in (debian / "var/lib/apt/lists").iterdir():
        file.unlink()
    unknown = measure(run(debian)[1], "sbom.security_updates.watched_days")
    assert (unknown.value, unknown.status) == (None, "error")


@pytest.mark.parametrize("ending", [".lz4", ".gz"])
def test_compressed_lists_give_the_same(debian: Path, ending: str) -> None:
    plain = debian / f"var/lib/apt/lists/{LIST}_main_binary-amd64_Packages"
    plain.unlink()
    pack = lz4.frame.compress if ending == ".lz4" else gzip.compress
    put(debian, f"var/lib/apt/lists/{LIST}_main_binary-amd64_Packages{ending}", pack(PACKAGES.encode()))
    assert measure(run(debian)[1], "sbom.security_updates.pending").value == 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("no lists", "sbom.no_package_lists"),
        ("no security suite", "sbom.no_security_lists"),
        ("release only", "sbom.security_lists_empty"),
        ("broken list", "sbom.package_list_broken"),
        ("cut short", "sbom.package_list_broken"),
        ("old lists", "sbom.package_lists_old"),
    ],
)
def test_without_usable_lists_pending_is_an_error_and_never_zero(debian: Path, change: str, reason: str) -> None:
    lists = debian / "var/lib/apt/lists"
    packages, release = lists / f"{LIST}_main_binary-amd64_Packages", lists / f"{LIST}_InRelease"
    if change == "no lists":
        packages.unlink()
        release.unlink()
    elif change == "no security suite":
        release.write_text(RELEASE.replace("ecurity", "table"))
    elif change == "release only":
        packages.unlink()
    elif change == "broken list":
        packages.rename(packages.with_name(packages.name + ".lz4"))
    elif change == "cut short":
        packages.unlink()
        packages.with_name(packages.name + ".gz").write_bytes(gzip.compress(PACKAGES.encode())[:-20])
    else:
        release.write_text(RELEASE.replace("20 Nov 2026", "20 Sep 2026"))
    _, observation, _ = run(debian)
    pending = measure(observation, "sbom.security_updates.pending")
    assert (pending.status, pending.value, pending.reason) == (MeasureStatus.ERROR, None, reason)
    assert texts.known(reason)
    assert not observation.findings
    assert "security_updates" not in observation.scope


def test_cyclonedx_is_valid_and_deterministic(debian: Path) -> None:
    _, observation, artifacts = run(debian)
    (data,) = artifacts.values()
    document = json.loads(data)
    assert list(cyclonedx_validator().iter_errors(document)) == []
    assert run(debian)[2] == artifacts
    assert observation.artifacts[0].sha256 in artifacts
    assert document["metadata"]["timestamp"] == "2026-11-22T00:00:00+00:00"
    later = json.loads(next(iter(observe(collect(debian), now=NOW + timedelta(days=1), host="web-01")[1].values())))
    assert later["serialNumber"] == document["serialNumber"]  # same content, another day
    references = [c["bom-ref"] for c in document["components"]]
    assert len(references) == len(set(references))


def test_odd_names_and_licences_still_give_a_valid_file(debian: Path) -> None:
    put(debian, "opt/x/lib/odd-1.dist-info/METADATA", "Name: Ödd 名前\nVersion: 1 ~ ?#%\nLicense: Some, odd; licence (v1)\n")
    put(debian, "opt/y/node_modules/b/package.json", json.dumps({"name": "../../etc", "version": "\u0000", "license": "MIT AND"}))
    document = json.loads(next(iter(run(debian)[2].values())))
    assert list(cyclonedx_validator().iter_errors(document)) == []


def test_links_never_lead_out_of_the_root(debian: Path, tmp_path: Path) -> None:
    secret = tmp_path / "outside"
    put(secret, "evil-1.dist-info/METADATA", "Name: evil\nVersion: 1\n")
    (debian / "opt/link").symlink_to(secret)
    (debian / "usr/lib/python3/site-packages").symlink_to(secret)
    (debian / "usr/lib/python3.11").mkdir()
    (debian / "usr/lib/python3.11/dist-packages").symlink_to("../../../../../../../" + str(secret))
    (debian / "usr/share/doc/python3-yaml").mkdir()
    (debian / "usr/share/doc/python3-yaml/copyright").symlink_to(secret / "evil-1.dist-info/METADATA")
    assert "evil" not in {c.name for c in collect(debian).components}


def test_loops_devices_and_missing_rights_are_noted(debian: Path) -> None:
    import os

    (debian / "usr/share/doc/python3-yaml").mkdir()
    os.mkfifo(debian / "usr/share/doc/python3-yaml/copyright")
    (debian / "usr/share/doc/openssl/copyright").unlink()
    (debian / "usr/share/doc/openssl/copyright").symlink_to("copyright")
    inventory, observation, _ = run(debian)
    assert {u.reason for u in inventory.unreadable} == {"sbom.unreadable_not_a_file", "sbom.unreadable_link_loop"}
    assert measure(observation, "sbom.unreadable").value == 2
    coverage = measure(observation, "sbom.components").coverage
    assert coverage is not None
    assert coverage < 1


def test_nothing_found_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        observe(collect(tmp_path), now=NOW, host="empty")
    assert caught.value.code == "sbom.nothing_found"


def test_every_reason_and_problem_has_its_sentence() -> None:
    import re

    source = "".join(p.read_text() for p in (Path(__file__).parents[3] / "src/sekisho/engines/sbom").glob("*.py"))
    declared = (Path(__file__).parents[3] / "src/sekisho/standards/measures.yaml").read_text()
    for code in set(re.findall(r'"(sbom\.[a-z_.]+)"', source)):
        assert texts.known(code) or f"key: {code}" in declared, code


def test_the_example_lock_file_shows_one_name_in_two_versions() -> None:
    from sekisho.engines.sbom.npm import parse_lock

    example = Path(__file__).parents[3] / "examples/sbom/package-lock.json"
    found = parse_lock(example.read_bytes(), file="e", problems=[])
    assert sorted((c.name, c.version) for c in found) == [
        ("example-calendar", "1.9.0"),
        ("example-calendar", "2.3.1"),
        ("example-form", "1.4.0"),
    ]
