"""Template context of the frame (header, navigation)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sekisho.records import shell as registry
from sekisho.records.languages import language
from sekisho.records.organization import queries
from sekisho.records.organization.models import Person

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["NAVIGATION", "Group", "Item", "Shell", "shell"]

# (heading, ((name, url names in order of preference, counter, permission that somebody needs to be shown it), …))
NAVIGATION: Final[tuple[tuple[_StrPromise | str, tuple[tuple[_StrPromise, tuple[str, ...], str, str], ...]], ...]] = (
    ("", ((_("受付"), ("measurement:home", "assessment:home", "organization_home"), "", ""),)),
    (
        _("統制"),
        (
            (pgettext_lazy("several", "基準"), ("catalog:index",), "", ""),
            (pgettext_lazy("several", "対象"), ("subjects:index",), "", ""),
            (_("判定表"), ("assessment:table", "assessment:index"), "", ""),
            (_("エビデンス"), ("evidence:index",), "", ""),
            (pgettext_lazy("several", "検出事項"), ("assessment:findings", "evidence:findings"), "findings", ""),
            (_("是正処置"), ("assessment:actions", "assessment:corrective_actions"), "corrective_actions", ""),
            (pgettext_lazy("several", "申請"), ("requests:index",), "requests", ""),
            (pgettext_lazy("several", "期限"), ("duties:index",), "duties", ""),
        ),
    ),
    (
        _("調達"),
        (
            (_("調達案件"), ("procurement:index",), "", "procurement.read"),
            (_("仕様書案の点検"), ("procurement:reviews",), "", "procurement.review"),
            (_("システムの格付"), ("procurement:gradings",), "", "procurement.read"),
            (_("調達の規則と様式"), ("procurement:rules",), "", "procurement.rules"),
        ),
    ),
    (
        _("監視"),
        (
            (_("ログの監視"), ("monitoring:index",), "", "monitoring.read"),
            (_("ログの検出"), ("monitoring:alerts",), "", "monitoring.read"),
            (_("ログの検索"), ("monitoring:search",), "", "monitoring.search"),
            (_("予防"), ("monitoring:prevention",), "", "monitoring.read"),
            (_("点検の計画"), ("monitoring:plans",), "", "monitoring.read"),
            (_("ログの取得元"), ("monitoring:sources",), "", "monitoring.read"),
            (_("ログ点検の規則"), ("monitoring:rules",), "", "monitoring.read"),
            (_("職員の記録"), ("monitoring:staff",), "", "monitoring.staff_read"),
        ),
    ),
    (
        _("脅威情報"),
        (
            (_("届いた脅威情報"), ("intelligence:index",), "", "intelligence.read"),
            (_("指標と遮断リスト"), ("intelligence:iocs",), "", "intelligence.read"),
            (_("指標の検索"), ("intelligence:searches",), "", "intelligence.read"),
            (_("経営層への報告"), ("intelligence:briefings",), "", "intelligence.read"),
            (_("職員への注意"), ("intelligence:announcements",), "", ""),
            (_("脅威情報の入手元"), ("intelligence:sources",), "", "intelligence.read"),
        ),
    ),
    (
        _("データの管理"),
        (
            (_("保存と廃棄"), ("lifecycle:index",), "", "lifecycle.read"),
            (_("保存の台帳"), ("lifecycle:entries",), "", "lifecycle.read"),
            (_("廃棄"), ("lifecycle:deletions",), "", "lifecycle.read"),
            (_("保全"), ("lifecycle:holds",), "", "lifecycle.read"),
            (_("公文書の手続"), ("lifecycle:consents",), "", "lifecycle.read"),
            (_("自動の廃棄"), ("lifecycle:orders",), "", "lifecycle.read"),
            (_("棚卸し"), ("lifecycle:stocks",), "", "lifecycle.read"),
            (_("消去・廃棄証明書"), ("lifecycle:certificates",), "", "lifecycle.read"),
            (_("保存期間の規程"), ("lifecycle:own_rules",), "", "lifecycle.read"),
            (_("保管先"), ("lifecycle:stores",), "", "lifecycle.read"),
            (_("漏えい点検"), ("lifecycle:leaks",), "", "lifecycle.leak_read"),
            (_("マスキング"), ("lifecycle:mask_plans",), "", "lifecycle.leak_read"),
            (_("再識別のおそれの評価"), ("lifecycle:assessments",), "", "lifecycle.leak_read"),
            (_("渡したデータ"), ("lifecycle:handovers",), "", "lifecycle.handover_read"),
        ),
    ),
    (
        pgettext_lazy("several", "事案"),
        (
            (_("事案の記録"), ("incidents:index",), "", "incident.read"),
            (_("要因の集計"), ("incidents:causes",), "", "incident.read"),
        ),
    ),
    (
        _("測定と報告"),
        (
            (_("指標"), ("measurement:indicators", "measurement:index"), "", ""),
            (_("報告書"), ("measurement:reports",), "", ""),
            (_("ジョブ"), ("jobs:index",), "", ""),
        ),
    ),
    (
        _("管理"),
        (
            (_("組織と役割"), ("organization:index",), "", ""),
            (pgettext_lazy("several", "機械"), ("subjects:machines",), "", "machine.enroll"),
            (_("記録簿"), ("ledger:index",), "", "ledger.read"),
            (_("設定"), ("installation",), "", "installation.manage"),
        ),
    ),
)


@dataclass(slots=True)
class Item:
    """One link of the navigation."""

    name: _StrPromise
    url: str
    current: bool = False
    count: int = 0
    counted: _StrPromise | str = ""


@dataclass(slots=True)
class Group:
    """Links under one heading."""

    name: _StrPromise | str
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Shell:
    """What the frame shows."""

    language: str
    person: Person | None = None
    principal: Principal | None = None
    organization: Organization | None = None
    home_url: str = "/"
    navigation: list[Group] = field(default_factory=list)
    english: str = "English"
    japanese: str = "日本語"


def _address(names: tuple[str, ...], code: str) -> str:
    for name in names:
        try:
            return reverse(name, args=[code])
        except NoReverseMatch:
            continue
    return ""


def _navigation(request: HttpRequest, principal: Principal, organization: Organization) -> list[Group]:
    groups: list[Group] = []
    items: list[Item] = []
    counted: dict[str, int] = getattr(request, "shell_counts", {})  # what the page itself has counted already
    for heading, entries in NAVIGATION:
        group = Group(heading)
        for name, names, counter, permission in entries:
            url = _address(names, organization.code)
            if not url or (permission and not principal.roles_for(permission)):
                continue
            count = 0
            if counter in counted:
                count = counted[counter]
            elif counter in registry.COUNTERS:
                count = registry.COUNTERS[counter](principal, organization, request.now)  # type: ignore[attr-defined] # ours
            group.items.append(Item(name, url, count=count, counted=registry.COUNT_NAMES.get(counter, "")))
        if group.items:
            groups.append(group)
            items += group.items
    # The page belongs to the entry whose address is the longest beginning of its own.
    home = f"/o/{organization.code}/"
    found: Item | None = None
    for item in items:
        beginning = item.url.rpartition("/")[0] + "/"
        fits = request.path == item.url or (beginning != home and request.path.startswith(beginning))
        if fits and (found is None or request.path == item.url or len(item.url) > len(found.url)):
            found = item
    if found is not None:
        found.current = True
    return groups


def _build(request: HttpRequest) -> Shell:
    spoken = language()
    person = getattr(request, "user", None)
    principal = getattr(request, "principal", None)
    if not isinstance(person, Person) or principal is None:
        return Shell(language=spoken)
    organization = getattr(request, "organization", None) or queries.home_of(principal)
    made = Shell(language=spoken, person=person, principal=principal, organization=organization)
    if organization is not None:
        made.home_url = reverse("organization_home", args=[organization.code])
        made.navigation = _navigation(request, principal, organization)
    return made


def shell(request: HttpRequest) -> dict[str, Any]:
    """What every page's frame shows; built only when a template asks for it."""
    return {"shell": SimpleLazyObject(lambda: _build(request))}
