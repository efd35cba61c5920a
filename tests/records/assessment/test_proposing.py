"""From measures in the database to proposed levels, and what time does to them."""

from __future__ import annotations

from tests.records.assessment.town import DAY, GOOD, HOUR
from tests.records.factories import NOW

from sekisho.records.assessment import actions
from sekisho.records.assessment.models import Judgement
from sekisho.records.duties.models import Duty
from sekisho.records.ledger.models import Entry
from sekisho.records.organization.principals import SYSTEM


def test_measures_of_both_hosts_propose_take_for_their_system(town):
    town.measured_well()
    done = town.propose()
    judgement = town.judgement("8.9")
    assert (judgement.level, judgement.state, judgement.basis, judgement.rule) == (
        2,
        "proposed",
        "measured",
        "annex_a_2022.8.9@1",
    )
    assert judgement.fresh_until == NOW + DAY
    assert judgement.evidence.count() == 2
    assert done.changed > 0
    assert Entry.objects.filter(action="judgement.propose").count() == 1
    assert judgement.changes.get().what == "proposed"
    assert town.judgement("8.9", town.hosts[0]).level == 2
    assert town.judgement("8.8").level == 3
    assert town.judgement("8.17").level == 2


def test_one_unmeasured_host_leaves_the_system_undecided_but_not_the_other_host(town):
    from tests.records.assessment.town import GOOD

    town.observe(town.hosts[0], GOOD)
    town.propose()
    assert town.judgement("8.9").level is None
    assert town.judgement("8.9").state == "unmeasured"
    assert town.judgement("8.9", town.hosts[0]).level == 2
    assert town.judgement("8.9", town.hosts[1]).level is None


def test_the_same_facts_twice_change_nothing(town):
    town.measured_well()
    town.propose()
    before = {j.pk: j.version for j in Judgement.objects.all()}
    assert town.propose(now=NOW + HOUR).changed == 0
    assert {j.pk: j.version for j in Judgement.objects.all()} == before


def test_stale_evidence_is_shown_at_once_makes_a_duty_and_lapses_after_the_grace(town):
    town.measured_well()
    town.propose()
    actions.tick(SYSTEM, now=NOW + 2 * DAY)
    judgement = town.judgement("8.9")
    assert (judgement.level, judgement.stale_at, judgement.lapses_at) == (2, NOW + DAY, NOW + 15 * DAY)
    duty = Duty.objects.get(source=f"assessment:stale:{town.system.pk}")
    assert duty.done_at is None
    assert duty.due_at <= NOW + 15 * DAY
    assert judgement.changes.filter(what="stale").count() == 1

    actions.tick(SYSTEM, now=NOW + 16 * DAY)
    judgement = town.judgement("8.9")
    # baseline.settings.recorded is good for 30 days: only 梅 is left
    assert (judgement.level, judgement.state, judgement.stale_at) == (1, "proposed", None)
    assert judgement.changes.first().what == "lapsed"

    actions.tick(SYSTEM, now=NOW + 31 * DAY)
    actions.tick(SYSTEM, now=NOW + 50 * DAY)
    judgement = town.judgement("8.9")
    assert (judgement.level, judgement.state) == (None, "unmeasured")


def test_new_evidence_within_the_grace_restores_freshness_and_completes_the_duty(town):
    town.measured_well()
    town.propose()
    later = NOW + 3 * DAY
    actions.tick(SYSTEM, now=later)
    town.measured_well(at=later)
    town.propose(now=later)
    judgement = town.judgement("8.9")
    assert (judgement.level, judgement.stale_at, judgement.fresh_until) == (2, None, later + DAY)
    assert Duty.objects.get(source=f"assessment:stale:{town.system.pk}").done_at == later


def test_drift_on_one_host_lowers_the_proposal(town):
    town.measured_well()
    town.propose()
    town.observe(town.hosts[1], {"baseline.drift.unaccepted": 3}, at=NOW + HOUR)
    town.propose(town.hosts[1], now=NOW + HOUR)
    judgement = town.judgement("8.9")
    assert (judgement.level, judgement.state) == (1, "proposed")
    assert judgement.changes.first().what == "worsened"


def test_withdrawn_evidence_no_longer_counts(town):
    from sekisho.records.evidence.models import Evidence

    town.measured_well()
    Evidence.objects.update(withdrawn_at=NOW)
    town.propose()
    assert town.judgement("8.9").level is None


def test_documents_and_an_answer_work_as_well_as_measuring(town):
    town.document("coding_rules", town.itself)
    town.document("dissemination_record", town.itself)
    town.propose(town.itself)
    judgement = town.judgement("8.28")
    assert (judgement.level, judgement.basis) == (1, "documented")
    assert judgement.evidence.count() == 2


def test_proposals_for_a_hundred_subjects_need_few_queries(town, django_assert_max_num_queries):
    town.measured_well()
    town.propose()
    with django_assert_max_num_queries(40):
        town.propose(now=NOW + HOUR)


def test_a_lower_bound_of_an_age_proves_no_level_before_it_was_watched_that_long(town) -> None:
    figures = {**GOOD, "sbom.security_updates.pending": 5, "sbom.security_updates.max_age_days": 2}
    for host in town.hosts:
        town.observe(host, {**figures, "sbom.security_updates.watched_days": 0})
    town.propose()
    assert town.judgement("8.8").level == 1
    for host in town.hosts:
        town.observe(host, {**figures, "sbom.security_updates.watched_days": 31}, at=NOW + HOUR)
    town.propose(now=NOW + HOUR)
    assert town.judgement("8.8").level == 3
