"""What the pages of one case share: the case, the reader's part in it, the row of steps above the page."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sekisho.errors import NotFound
from sekisho.records.languages import language
from sekisho.records.procurement import queries
from sekisho.records.procurement.models import CaseState, MemberPart

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from sekisho.records.pages import PageRequest
    from sekisho.records.procurement.models import Case

__all__ = ["FORM_NAMES", "CasePage", "case_page", "language"]

# (address, name, only for this rule set or "")
_TABS: Final[tuple[tuple[str, _StrPromise, str], ...]] = (
    ("procurement:case", _("概要"), ""),
    ("procurement:business", _("業務"), "specification"),
    ("procurement:diagram", _("概要図"), "specification"),
    ("procurement:questions", _("設問"), ""),
    ("procurement:requirements", _("実施レベル"), ""),
    ("procurement:clauses", pgettext_lazy("several", "条項"), ""),
    ("procurement:documents", _("仕様書など"), ""),
    ("procurement:calendar", _("日程"), "specification"),
    ("procurement:notice", _("公告と入札"), "specification"),
    ("procurement:contract", _("契約と検収"), "specification"),
    ("procurement:gates", _("関門"), "specification"),
    ("procurement:ai", _("生成AI"), ""),
    ("procurement:history", _("履歴"), ""),
)
FORM_NAMES: Final = {"docx": "Word", "xlsx": "Excel", "html": "HTML", "md": "Markdown", "pdf": "PDF"}
"""Form of a document → what its button says."""
_AFTER_NOTICE: Final = {"procurement:notice", "procurement:contract", "procurement:gates"}


@dataclass(frozen=True, slots=True)
class Tab:
    """One step of a case."""

    name: _StrPromise
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case as a page shows it. ``may_edit``: the reader may change answers now."""

    case: Case
    parts: frozenset[str]
    tabs: tuple[Tab, ...]
    may_edit: bool

    @property
    def context(self) -> dict[str, Any]:
        """For the template ``procurement/case_base.html``."""
        return {"case": self.case, "parts": self.parts, "tabs": self.tabs, "may_edit": self.may_edit}


def case_page(request: PageRequest, case_id: uuid.UUID, current: str) -> CasePage:
    """The case for a page whose tab is ``current`` ("procurement:questions"). Raises NotFound.

    Who is no member sees, once the notice is out, what follows it (``_AFTER_NOTICE``), never the drafts.
    """
    case = queries.announced_case(request.principal, case_id)
    parts = queries.parts_of(request.principal, case)
    if not parts and current not in _AFTER_NOTICE:
        raise NotFound("access.not_found")
    tabs = []
    for address, name, rule_set in _TABS:
        if (address == "procurement:ai" and not _concerns_ai(case)) or (not parts and address not in _AFTER_NOTICE):
            continue
        if rule_set in ("", case.rule_set) and (url := _address(address, request.organization.code, case.pk)):
            tabs.append(Tab(name, url, address == current))
    editable = case.state == CaseState.PREPARING and bool(parts & {MemberPart.OWNER, MemberPart.EDITOR})
    return CasePage(case, parts, tuple(tabs), editable and request.principal.may("procurement.edit", case.organization_id))


def _concerns_ai(case: Case) -> bool:
    """Whether the case is a check of a generative AI, or buys one."""
    return case.rule_set == "generative_ai" or case.answers.get("answers", {}).get("generative_ai") == "yes"


def _address(name: str, code: str, case_id: uuid.UUID) -> str:
    try:
        return reverse(name, args=[code, case_id])
    except NoReverseMatch:
        return ""
