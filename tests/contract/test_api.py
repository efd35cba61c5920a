"""Generated requests find no server error, and every answer is one that the description names."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from tests.contract import api_fuzz
from tests.contract.api_world import World, absent_ids

from sekisho.web.api import api

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db
EXAMPLES: Final = 15
# Rendering four files, or loading all catalogues, takes seconds: a few cases do.
FEW: Final = {
    "/catalogs/load-standards": 2,
    "/issue": 3,
    "/files/{output}": 6,
    "/compute": 4,
    "/reports": 4,
    "/ledger/verification": 3,
    "/refresh": 4,
    "/propose": 4,
}
MISSED_OF: Final = 5

SCHEMA = api_fuzz.load(api.get_openapi_schema(), get_wsgi_application())
OPERATIONS = dict(api_fuzz.operations(SCHEMA))


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One organisation for all cases; nothing of it, and nothing that a case does, is kept."""
    del django_db_setup
    home = dataclasses.replace(settings.CONFIG, home=tmp_path_factory.mktemp("home"))
    # A server ends a connection that is not in its first state; here the transaction around all cases is meant.
    signals = (request_started, request_finished)
    with override_settings(CONFIG=home), django_db_blocker.unblock(), transaction.atomic():
        for signal in signals:
            signal.disconnect(close_old_connections)
        yield World()
        for signal in signals:
            signal.connect(close_old_connections)
        transaction.set_rollback(True)


def examples_of(name: str) -> int:
    return next((few for end, few in FEW.items() if name.endswith(end)), EXAMPLES)


def callers(world: World) -> st.SearchStrategy[dict[str, str]]:
    """Mostly a token that may everything, sometimes the browser, sometimes a machine."""
    token = {"Authorization": f"Bearer {world.secret}"}
    csrf = world.cookies | {"csrftoken": "a" * 32}
    browser = {"cookies": json.dumps(csrf), "X-CSRFToken": "a" * 32}
    machine = {"Authorization": f"Bearer {world.machine_secret}"}
    return st.sampled_from([token, token, token, browser, browser, machine])


PROCUREMENT: Final = [name for name in OPERATIONS if "/procurement/" in name]
OTHER_ROOMS: Final = [name for name in OPERATIONS if name not in PROCUREMENT]
SEEN: Counter[tuple[str, int]] = Counter()


class TestProcurement:
    """About half of all operations, apart from the rest so that two processes can share the work."""

    @pytest.mark.slow
    @pytest.mark.parametrize("name", PROCUREMENT)
    def test_generated_requests_find_no_server_error(self, name: str, world: World) -> None:
        send_generated(name, world)

    @pytest.mark.slow
    def test_the_generated_requests_reach_what_lies_behind_the_doors(self, world: World) -> None:
        del world
        check_reached(PROCUREMENT)


class TestOtherRooms:
    """All other operations."""

    @pytest.mark.slow
    @pytest.mark.parametrize("name", OTHER_ROOMS)
    def test_generated_requests_find_no_server_error(self, name: str, world: World) -> None:
        send_generated(name, world)

    @pytest.mark.slow
    def test_the_generated_requests_reach_what_lies_behind_the_doors(self, world: World) -> None:
        del world
        check_reached(OTHER_ROOMS)


def send_generated(name: str, world: World) -> None:
    operation = OPERATIONS[name]

    @api_fuzz.bounded(examples_of(name))
    @given(case=api_fuzz.cases(operation, world.values, world.known.get(name)), caller=callers(world))
    def run(case: Any, caller: dict[str, str]) -> None:
        with transaction.atomic():
            SEEN[name, api_fuzz.call(case, **caller).status_code] += 1
            transaction.set_rollback(True)

    run()


def check_reached(names: list[str]) -> None:
    if not set(names) <= {name for name, _ in SEEN}:
        pytest.skip("only a part of the operations was run")
    untouched = sorted(set(names) - {name for name, status in SEEN if status < 300})
    # What needs a particular state (a proposal to confirm, a machine with an accepted snapshot) chance may not meet.
    assert len(untouched) <= len(names) // MISSED_OF, untouched


@pytest.mark.parametrize("caller", ["nobody", "a token that nobody has", "a session that nobody has"])
def test_nobody_gets_anything(caller: str, world: World) -> None:
    headers = {
        "nobody": {},
        "a token that nobody has": {"Authorization": "Bearer skp_" + "x" * 43},
        "a session that nobody has": {"cookies": json.dumps({"sekisho_session": "x" * 32})},
    }[caller]
    wrong = []
    for name, operation in OPERATIONS.items():
        parameters = {p.name for p in operation.path_parameters}
        real = {key: world.values.get(key, [absent_ids([key])[key]])[0] for key in parameters}
        case = operation.Case(path_parameters=real)
        with transaction.atomic():
            response = api_fuzz.call(case, **dict(headers))
            transaction.set_rollback(True)
        if response.status_code != 401:
            wrong.append((name, response.status_code))
    assert wrong == []
