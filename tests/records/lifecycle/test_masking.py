"""Masking in the room: a plan from the data, approval by a second person, a run that is proven, a signature."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.records.factories import NOW, TODAY, client_for, make_organization, principal_for
from tests.records.lifecycle.care import CareTown, run_jobs

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.evidence.models import Measure
from sekisho.records.ledger.models import Content, Entry
from sekisho.records.lifecycle.actions import masking as actions
from sekisho.records.lifecycle.models import MaskPlan, MaskRun
from sekisho.records.lifecycle.queries import masking as queries
from sekisho.records.organization.permissions import Role
from sekisho.records.requests import actions as requests
from sekisho.records.requests.models import DecisionKind, Step

pytestmark = pytest.mark.django_db
ROWS = [
    f"{n:05d},架空 {'花子' if n % 2 else '太郎'}{n},090-{1000 + n:04d}-{5000 + n:04d},{1950 + n % 50}-04-{n % 28 + 1:02d},{n % 3}"
    for n in range(120)
]
TABLE = "宛名番号,氏名,電話番号,生年月日,区分\n" + "\n".join(ROWS) + "\n"


def residents(town: CareTown):
    place = town.folder / "residents.csv"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(TABLE, encoding="utf-8")
    return place


def proposed(town: CareTown, store) -> str:
    return actions.propose_mask_plan(
        town.officer, store, path="residents.csv", title="試験データ", recipient="架空システム株式会社", now=NOW
    )


@pytest.fixture
def plan(town: CareTown) -> MaskPlan:
    residents(town)
    store = town.store()
    facts = actions.MaskPlanFacts(name="住民", text=proposed(town, store), source="residents.csv", target="out/{date}.csv")
    return actions.make_mask_plan(town.officer, town.organization, source_store=store, target_store=store, facts=facts, now=NOW)


def approve(town: CareTown, plan: MaskPlan) -> MaskPlan:
    asked = actions.ask_mask_plan(town.officer, plan, reason="試験", version=plan.version, now=NOW)
    step = Step.objects.get(request=asked, state="open")
    requests.decide(town.chief, step, kind=DecisionKind.APPROVE, comment="よい", now=NOW, today=TODAY)
    plan.refresh_from_db()
    return plan


def ran(town: CareTown, plan: MaskPlan, *, now=NOW) -> MaskRun:
    made = actions.begin_mask_run(town.officer, plan, now=now)
    run_jobs(now + timedelta(minutes=1))
    made.refresh_from_db()
    return made


def test_a_proposed_plan_runs_and_is_proven_and_no_value_is_kept_anywhere(town, plan):
    done = ran(town, approve(town, plan))
    assert done.state == "done", done.error
    assert done.proof_holds is True, done.proof
    written = list((town.folder / "out").glob("*.csv"))
    assert len(written) == 1
    text = written[0].read_text(encoding="utf-8")
    assert "花子1," not in text
    assert "090-1001-5001" not in text
    kept = str(list(MaskRun.objects.values())) + str(list(Entry.objects.values_list("body", flat=True)))
    kept += str(list(Content.objects.values_list("value", flat=True)))
    assert "花子1" not in kept
    assert "090-1001-5001" not in kept
    assert str(town.folder) not in str(list(MaskRun.objects.values()))  # where things lie on the server is nobody's business
    found = dict(Measure.objects.filter(key__startswith="masking.").values_list("key", "value"))
    assert found["masking.proof_holds"] == 1
    assert found["masking.cells_left"] == 0


def test_the_same_person_is_the_same_in_every_run_and_a_lost_key_is_told(town, plan):
    approve(town, plan)
    first, second = ran(town, plan), ran(town, plan, now=NOW + timedelta(hours=1))
    assert first.result["keys"] == second.result["keys"]
    files = sorted((town.folder / "out").glob("*.csv"))
    assert len(files) == 2
    assert files[0].read_text() == files[1].read_text()
    from sekisho.records.lifecycle.bound import masking as bound

    for domain in {one["domain"] for one in first.result["keys"]}:
        from django.conf import settings

        bound.key_file(settings.CONFIG.keys, town.organization.pk, domain).unlink()
    third = ran(town, plan, now=NOW + timedelta(hours=2))
    assert third.state == "failed"
    assert len(list((town.folder / "out").glob("*"))) == 2


def test_errors_name_the_store_and_not_where_it_lies_on_the_server(town, plan):
    approve(town, plan)
    place = town.folder / "residents.csv"
    store = plan.source_store
    place.write_text(TABLE + "too,few\n", encoding="utf-8")
    with pytest.raises(InputError) as sampled:
        actions.sample_mask_plan(town.officer, plan, now=NOW)
    with pytest.raises(InputError) as looked:
        proposed(town, store)
    failed = ran(town, plan).error
    for told in (sampled.value.as_dict(), looked.value.as_dict(), failed):
        assert f"{store.name}：residents.csv" in str(told)
        assert str(town.folder) not in str(told)


def test_a_plan_runs_only_as_it_was_approved(town, plan):
    with pytest.raises(Conflict, match=r"lifecycle\.mask_not_approved"):
        actions.begin_mask_run(town.officer, plan, now=NOW)
    approve(town, plan)
    facts = actions.MaskPlanFacts(name=plan.name, text=plan.text + "# x\n", source=plan.source, target=plan.target)
    changed = actions.edit_mask_plan(town.officer, plan, facts=facts, version=plan.version, now=NOW)
    with pytest.raises(Conflict, match=r"lifecycle\.mask_not_approved"):
        actions.begin_mask_run(town.officer, changed, now=NOW)
    with pytest.raises(Conflict, match=r"lifecycle\.changed_meanwhile"):
        actions.edit_mask_plan(town.officer, plan, facts=facts, version=1, now=NOW)


def test_the_one_who_signs_is_not_the_one_who_ran_it(town, plan):
    done = ran(town, approve(town, plan))
    with pytest.raises(Conflict, match=r"lifecycle\.sign_own"):
        actions.sign_mask_run(town.officer, done, now=NOW)
    signed = actions.sign_mask_run(town.chief, done, now=NOW)
    assert signed.signed_at == NOW
    with pytest.raises(Conflict, match=r"lifecycle\.signed_already"):
        actions.sign_mask_run(town.chief, done, now=NOW)


@pytest.mark.parametrize("path", ["../residents.csv", "/etc/passwd", "..", ".", "", "a/../../b"])
def test_a_path_that_leaves_the_store_is_refused(town, plan, path):
    facts = actions.MaskPlanFacts(name="x", text=plan.text, source=path, target="out.csv")
    with pytest.raises(InputError):
        actions.make_mask_plan(
            town.officer, town.organization, source_store=plan.source_store, target_store=plan.source_store, facts=facts, now=NOW
        )


def test_a_link_that_leads_out_of_the_store_is_refused(town, plan, tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    (town.folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(InputError, match=r"lifecycle\.mask_path_outside"):
        actions.propose_mask_plan(town.officer, plan.source_store, path="link.csv", title="x", recipient="y", now=NOW)


def test_mistakes_in_a_plan_name_their_lines(town, plan):
    facts = actions.MaskPlanFacts(
        name="x", text=plan.text.replace("schema:", "scheme:", 1), source="residents.csv", target="o.csv"
    )
    with pytest.raises(InputError) as error:
        actions.make_mask_plan(
            town.officer, town.organization, source_store=plan.source_store, target_store=plan.source_store, facts=facts, now=NOW
        )
    assert error.value.problems[0].row


def test_a_target_that_is_there_is_not_overwritten_and_the_failure_is_told(town, plan):
    place = town.folder / "there.csv"
    place.write_text("do not touch\n", encoding="utf-8")
    facts = actions.MaskPlanFacts(name=plan.name, text=plan.text, source=plan.source, target="there.csv")
    changed = actions.edit_mask_plan(town.officer, plan, facts=facts, version=plan.version, now=NOW)
    done = ran(town, approve(town, changed))
    assert (done.state, done.proof_holds) == ("failed", None)
    assert place.read_text(encoding="utf-8") == "do not touch\n"


def test_strangers_see_nothing(town, plan):
    stranger = principal_for(Role.CISO, make_organization("elsewhere"))
    with pytest.raises(NotFound):
        queries.plan(stranger, plan.pk)


def test_from_the_data_to_the_signed_report_on_the_pages(town):
    residents(town)
    store = town.store()
    desk = client_for(Role.SYSTEM_OFFICER, town.organization)
    base = f"/o/{town.code}/masking/"
    assert "データを見て計画する" in desk.get(base).content.decode()
    sent = {"source_store": str(store.pk), "source": "residents.csv", "name": "住民", "recipient": "架空システム株式会社"}
    filled = desk.post(f"{base}propose", sent)
    assert filled.status_code == 200
    assert "案ができました" in filled.content.decode()
    text = proposed(town, store)
    made = desk.post(
        f"{base}new",
        {"source_store": str(store.pk), "target_store": str(store.pk), "source": "residents.csv", "target": "o/{date}.csv",
         "name": "住民", "text": text},
    )  # fmt: skip
    assert made.status_code == 302, made.content.decode()[:3000]
    shown = desk.post(f"{made.url}sample")
    assert shown.status_code == 200, shown.headers
    assert "090-1001-5001" not in shown.content.decode()
    row = MaskPlan.objects.get()
    assert desk.post(f"{made.url}ask", {"reason": "試験", "version": row.version}).status_code == 302
    step = Step.objects.get(state="open")
    later = NOW + timedelta(hours=1)
    requests.decide(town.chief, step, kind=DecisionKind.APPROVE, comment="よい", now=later, today=TODAY)
    begun = desk.post(f"{made.url}run")
    run_jobs(NOW + timedelta(hours=3))
    page = desk.get(begun.url).content.decode()
    assert "証明が成り立ちました" in page
    assert page.count("<h1") == 1
    chief = client_for(Role.CHIEF_OFFICER, town.organization)
    assert chief.post(f"{begun.url}sign").status_code == 302
    assert "保護管理者の確認：" in desk.get(begun.url).content.decode()
    for form in ("pdf", "docx", "html", "xlsx"):
        assert desk.get(f"{begun.url}report/{form}").status_code == 200


def test_the_list_asks_the_database_as_often_for_one_as_for_many(town, plan, django_assert_max_num_queries):
    for number in range(20):
        facts = actions.MaskPlanFacts(name=f"住民{number}", text=plan.text, source="residents.csv", target="o.csv")
        actions.make_mask_plan(
            town.officer, town.organization, source_store=plan.source_store, target_store=plan.source_store, facts=facts, now=NOW
        )
    desk = client_for(Role.CISO, town.organization)
    with django_assert_max_num_queries(16):
        assert desk.get(f"/o/{town.code}/masking/").status_code == 200
