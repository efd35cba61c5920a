"""From a figure to the bytes."""

from __future__ import annotations

import json

from tests.records.factories import NOW, principal_for

from sekisho.records.evidence.actions import artifact_store, erase_artifact
from sekisho.records.measurement import actions, queries
from sekisho.records.organization.principals import SYSTEM


def value_of(place, key):
    actions.compute(place.chief, organization=place.organization, now=NOW)
    return queries.series(place.chief, organization_id=place.organization.pk, key=key, limit=1).get()


def files_of(chain):
    return {f["name"]: f for paper in chain["evidence"] for f in paper.get("files", [])}


def test_a_figure_leads_to_the_files_and_their_hashes(place):
    chain = queries.trace_indicator(place.chief, value_of(place, "clock_share"), now=NOW)
    assert chain["indicator"]["value"] == 1.0
    assert chain["measure_count"] == 2
    assert {m["subject_name"] for m in chain["measures"]} == {"web-01", "web-02"}
    file = files_of(chain)["host.json"]
    assert (file["sha256"], file["intact"], file["size"]) == (place.file.sha256, True, 8)
    assert chain["ledger"]["entries"][0]["action"] == "indicator.compute"
    assert chain["ledger"]["verified"]["ok"]
    json.dumps(chain)


def test_a_changed_file_is_told(place):
    value = value_of(place, "clock_share")
    path = artifact_store().path(place.file.sha256)
    path.chmod(0o600)
    path.write_bytes(b"changed")
    assert files_of(queries.trace_indicator(place.chief, value, now=NOW))["host.json"]["intact"] is False


def test_an_erased_file_leaves_its_tombstone(place):
    value = value_of(place, "clock_share")
    erase_artifact(SYSTEM, sha256=place.file.sha256, organization_id=place.organization.pk, reason="retention", now=NOW)
    file = files_of(queries.trace_indicator(place.chief, value, now=NOW))["host.json"]
    assert (file["erased"], file["intact"]) == (True, None)


def test_levels_lead_to_their_judgements(place):
    chain = queries.trace_indicator(place.chief, value_of(place, "ume_share"), now=NOW)
    assert chain["judgement_count"] == len(chain["judgements"]) > 0
    row = place.town.judgement("8.17", place.town.hosts[0])
    under = queries.trace_judgement(place.chief, row, now=NOW)
    assert under["judgement"]["requirement"] == "8.17"
    assert under["evidence_count"] >= 1


def test_a_finding_leads_to_what_saw_it(place):
    chain = queries.trace_finding(place.chief, place.finding, now=NOW)
    assert chain["finding"]["severity"] == "high"
    assert files_of(chain)["host.json"]["sha256"] == place.file.sha256


def test_who_may_not_read_the_ledger_sees_the_chain_without_it(place):
    value = value_of(place, "clock_share")
    chain = queries.trace_indicator(principal_for("staff", place.organization), value, now=NOW)
    assert chain["ledger"] == {"entries": [], "verified": None}
    assert chain["evidence"]


def test_evidence_of_others_is_only_an_id(place):
    value = value_of(place, "clock_share")
    chain = queries.trace_indicator(place.neighbour, value, now=NOW)
    assert chain["evidence"]
    assert all(set(paper) == {"id", "gone"} for paper in chain["evidence"])
    assert not chain["judgements"]
