"""What each role is called on the pages, for every room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from sekisho.records.organization.permissions import Role

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

__all__ = ["ROLE_NAMES"]

ROLE_NAMES: Final[dict[str, _StrPromise]] = {
    Role.CISO: _("最高情報セキュリティ責任者（CISO）"),
    Role.CHIEF_OFFICER: _("統括情報セキュリティ責任者"),
    Role.SYSTEM_OFFICER: _("情報システムセキュリティ責任者"),
    Role.SYSTEM_ADMIN: _("情報システム管理者"),
    Role.SECTION_OFFICER: _("課室情報セキュリティ責任者"),
    Role.STAFF: _("職員（担当者）"),
    Role.PROCUREMENT: _("調達担当者"),
    Role.CSIRT: _("CSIRT"),
    Role.AUDITOR: _("情報セキュリティ監査責任者"),
    Role.ADVISOR: _("最高情報セキュリティアドバイザー"),
    Role.ADMINISTRATOR: _("この設備の管理者"),
}
