"""Data stores, scans and stock-taking over HTTP."""

from __future__ import annotations

import uuid
from typing import Any, Literal

from ninja import Status

from sekisho.records.api_base import ApiRequest, Limit, Offset, Paged, ReasonIn
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.api.routing import ERRORS, Code, router
from sekisho.records.lifecycle.queries import deletions as queries
from sekisho.records.lifecycle.schemas import stores as schemas
from sekisho.records.lifecycle.schemas.deletions import LifecycleVersionIn
from sekisho.records.organization import queries as organization_queries

_READ = "lifecycle.read"


def _facts(data: schemas._StoreFacts) -> actions.StoreFacts:
    given = data.model_dump(exclude={"organization", "version", "subject"})
    return actions.StoreFacts(**given, subject_id=data.subject)


@router.get("/lifecycle/stores", response={200: Paged[schemas.StoreOut], **ERRORS})
def list_stores(
    request: ApiRequest, organization: Code, retired: bool = False, limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """Folders, buckets and databases of an organisation and those below."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(_READ, here.pk)
    rows = queries.stores(request.auth, here, retired=retired)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/lifecycle/stores", response={201: schemas.StoreOut, **ERRORS})
def register_store(request: ApiRequest, data: schemas.StoreIn) -> Status[Any]:
    """Register a store that Sekisho may reach."""
    here = organization_queries.by_code(request.auth, data.organization)
    return Status(201, actions.register_store(request.auth, organization=here, facts=_facts(data), now=request.now))


@router.get("/lifecycle/stores/{uuid:data_store_id}", response={200: schemas.StoreOut, **ERRORS})
def get_store(request: ApiRequest, data_store_id: uuid.UUID) -> Any:
    """One store."""
    return queries.store(request.auth, data_store_id)


@router.put("/lifecycle/stores/{uuid:data_store_id}", response={200: schemas.StoreOut, **ERRORS})
def edit_store(request: ApiRequest, data_store_id: uuid.UUID, data: schemas.StoreEditIn) -> Any:
    """Change what is said of a store."""
    row = queries.store(request.auth, data_store_id)
    return actions.edit_store(request.auth, row, facts=_facts(data), version=data.version, now=request.now)


@router.put("/lifecycle/stores/{uuid:data_store_id}/secret", response={204: None, **ERRORS})
def set_store_secret(request: ApiRequest, data_store_id: uuid.UUID, data: schemas.StoreSecretIn) -> Status[None]:
    """Keep the password of a store, or forget it; it is never shown again."""
    actions.set_store_secret(request.auth, queries.store(request.auth, data_store_id), secret=data.secret, now=request.now)
    return Status(204, None)


@router.post("/lifecycle/stores/{uuid:data_store_id}/retire", response={204: None, **ERRORS})
def retire_store(request: ApiRequest, data_store_id: uuid.UUID, data: ReasonIn) -> Status[None]:
    """Sekisho reaches it no more."""
    actions.retire_store(request.auth, queries.store(request.auth, data_store_id), reason=data.reason, now=request.now)
    return Status(204, None)


@router.get("/lifecycle/stores/{uuid:data_store_id}/rules", response={200: list[schemas.ScanRuleOut], **ERRORS})
def list_scan_rules(request: ApiRequest, data_store_id: uuid.UUID) -> list[Any]:
    """What lies where, as far as it was said."""
    row = queries.store(request.auth, data_store_id)
    return list(row.scan_rules.order_by("created_at", "pk"))


@router.post("/lifecycle/stores/{uuid:data_store_id}/rules", response={201: schemas.ScanRuleOut, **ERRORS})
def make_scan_rule(request: ApiRequest, data_store_id: uuid.UUID, data: schemas.ScanRuleIn) -> Status[Any]:
    """Say what lies at a pattern."""
    row = queries.store(request.auth, data_store_id)
    facts = actions.ScanRuleFacts(**data.model_dump())
    return Status(201, actions.make_scan_rule(request.auth, row, facts=facts, now=request.now))


@router.post("/lifecycle/scan-rules/{uuid:scan_rule_id}/end", response={204: None, **ERRORS})
def end_scan_rule(request: ApiRequest, scan_rule_id: uuid.UUID, data: LifecycleVersionIn) -> Status[None]:
    """The rule is used no more."""
    row = queries.scan_rule(request.auth, scan_rule_id)
    actions.end_scan_rule(request.auth, row, version=data.version, now=request.now)
    return Status(204, None)


@router.post("/lifecycle/stores/{uuid:data_store_id}/scans", response={202: schemas.StoreScanOut, **ERRORS})
def begin_scan(request: ApiRequest, data_store_id: uuid.UUID) -> Status[Any]:
    """Have a job look through a store by its rules."""
    row = queries.store(request.auth, data_store_id)
    return Status(202, actions.begin_scan(request.auth, row, now=request.now))


@router.get("/lifecycle/scans/{uuid:store_scan_id}", response={200: schemas.StoreScanOut, **ERRORS})
def get_store_scan(request: ApiRequest, store_scan_id: uuid.UUID) -> Any:
    """One scan with what it saw."""
    return queries.scan(request.auth, store_scan_id)


@router.get("/lifecycle/stores/{uuid:data_store_id}/found", response={200: Paged[schemas.FoundEntryOut], **ERRORS})
def list_found(
    request: ApiRequest,
    data_store_id: uuid.UUID,
    state: Literal["new", "accepted", "dismissed"] = "new",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """What scans of a store propose."""
    rows = queries.found_entries(request.auth, queries.store(request.auth, data_store_id), state=state)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/lifecycle/stores/{uuid:data_store_id}/accept", response={200: schemas.FoundDecidedOut, **ERRORS})
def accept_found(request: ApiRequest, data_store_id: uuid.UUID, data: schemas.ChosenIn) -> dict[str, Any]:
    """Enter proposals into the ledger."""
    row = queries.store(request.auth, data_store_id)
    made = actions.accept_found(request.auth, row, found_ids=data.found, now=request.now)
    return {"count": len(made), "entries": [one.pk for one in made]}


@router.post("/lifecycle/stores/{uuid:data_store_id}/dismiss", response={200: schemas.FoundDecidedOut, **ERRORS})
def dismiss_found(request: ApiRequest, data_store_id: uuid.UUID, data: schemas.ChosenIn) -> dict[str, Any]:
    """Not for the ledger; they are not proposed again."""
    row = queries.store(request.auth, data_store_id)
    return {"count": actions.dismiss_found(request.auth, row, found_ids=data.found, now=request.now)}


# -------------------------------------------------------------------------------------------------------- stock-taking


@router.get("/lifecycle/stock-takings", response={200: Paged[schemas.StockOut], **ERRORS})
def list_stock_takings(request: ApiRequest, organization: Code, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Stock-takings of an organisation and those below."""
    here = organization_queries.by_code(request.auth, organization)
    request.auth.require(_READ, here.pk)
    rows = queries.stock_takings(request.auth, here)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/lifecycle/stock-takings", response={201: schemas.StockOut, **ERRORS})
def start_stocktaking(request: ApiRequest, data: schemas.StockIn) -> Status[Any]:
    """Ask the owners whether what the ledger says is still there."""
    here = organization_queries.by_code(request.auth, data.organization)
    made = actions.start_stocktaking(request.auth, organization=here, title=data.title, due_on=data.due_on, now=request.now)
    return Status(201, queries.stock_taking(request.auth, made.pk))


@router.get("/lifecycle/stock-takings/{uuid:stock_taking_id}", response={200: schemas.StockOut, **ERRORS})
def get_stock_taking(request: ApiRequest, stock_taking_id: uuid.UUID) -> Any:
    """One stock-taking."""
    return queries.stock_taking(request.auth, stock_taking_id)


@router.get("/lifecycle/stock-takings/{uuid:stock_taking_id}/answers", response={200: Paged[schemas.StockAnswerOut], **ERRORS})
def list_stock_answers(
    request: ApiRequest,
    stock_taking_id: uuid.UUID,
    answer: Literal["", "open", "confirmed", "missing", "moved", "surplus"] = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """The entries of a stock-taking with what was answered."""
    rows = queries.stock_answers(request.auth, queries.stock_taking(request.auth, stock_taking_id), answer=answer)
    return {"items": list(rows[offset : offset + limit]), "total": rows.count()}


@router.post("/lifecycle/stock-answers/{uuid:stock_answer_id}", response={200: schemas.StockAnswerOut, **ERRORS})
def answer_stock(request: ApiRequest, stock_answer_id: uuid.UUID, data: schemas.StockAnswerIn) -> Any:
    """Say what was found of one entry."""
    row = queries.stock_answer(request.auth, stock_answer_id)
    return actions.answer_stock(
        request.auth, row, kind=data.answer, moved_to=data.moved_to, note=data.note, version=data.version, now=request.now
    )


@router.post("/lifecycle/stock-takings/{uuid:stock_taking_id}/close", response={200: schemas.StockOut, **ERRORS})
def close_stocktaking(request: ApiRequest, stock_taking_id: uuid.UUID, data: schemas.StockCloseIn) -> Any:
    """End it: the counts are frozen."""
    row = queries.stock_taking(request.auth, stock_taking_id)
    actions.close_stocktaking(request.auth, row, conclusion=data.conclusion, version=data.version, now=request.now)
    return queries.stock_taking(request.auth, stock_taking_id)
