"""Incidents caused by people in the demonstration: a year of a fictional office, through the same actions as on the pages.

A misdirected e-mail is analysed and treated; months later the same cause comes back, which the counts show. A near miss waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from sekisho.records.assessment import actions as assessment
from sekisho.records.incidents import actions
from sekisho.records.incidents.models import Incident
from sekisho.records.incidents.rules import Ticked
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.models import Person

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["create"]


@dataclass(frozen=True, slots=True)
class _Story:
    days_ago: int
    kind: str
    title: str
    should_have: str
    did: str
    first_aid: str
    people: int | None
    near_miss: bool = False
    personal: bool = True
    method: str = "m_shell"
    lines: tuple[Ticked, ...] = ()
    conclusion: str = ""


_STORIES: Final = (
    _Story(
        430, "email_misdelivery", "説明会の案内を、別の団体の名簿に送った",
        "名簿の名前を二人で読み合わせてから送る。", "締切の日に一人で送り、名簿の番号を一つ取り違えた。",
        "送り先に削除を頼み、全員から返事を得た。", 86,
        lines=(
            Ticked("s", "s_check_procedure", "読み合わせは口頭の決まりだけ", "root"),
            Ticked("h", "h_display", "名簿が番号でしか見えない"),
            Ticked("e", "e_busy", "年度の締切日"),
            Ticked("l1", "l1_hurry"),
        ),
        conclusion="確認の手順が人の余裕に頼っていて、忙しい日に省かれた。名簿の見え方も誤りを招いた。",
    ),
    _Story(
        210, "postal_misdelivery", "別の世帯の通知書を同封した",
        "封入の後に、宛名と中身の番号を照らし合わせる。", "二つの世帯の通知書を重ねて折り、一通に入れた。",
        "届いた世帯から回収し、両方の世帯に謝罪した。", 3,
        lines=(
            Ticked("h", "h_no_guard", "照合する道具がない", "root"),
            Ticked("e", "e_layout"),
            Ticked("l2", "l2_double_check"),
        ),
        conclusion="二人目の確認が数を数えるだけになっていた。",
    ),
    _Story(
        160, "carried_out", "異動の前に、業務のファイルを私物の媒体に写した",
        "引継ぎは共有フォルダで行う。", "次の職場で参考にするため、申請書の様式と名簿を写した。",
        "媒体を預かり、中身を消した。", 120,
        method="fraud_square",
        lines=(
            Ticked("motive", "motive_leaving"),
            Ticked("opportunity", "opportunity_media", "書込みが止められていない", "root"),
            Ticked("rationalization", "rationalization_own_work"),
            Ticked("way_out", "way_out_unnoticed"),
        ),
        conclusion="媒体への書込みが止まっておらず、記録も見られていなかった。",
    ),
    _Story(
        40, "email_misdelivery", "返信で、前の宛先を残したまま送った",
        "宛先を選び直してから送る。", "過去のメールに返信する形で作り、前の宛先が残った。", "送り先に削除を頼んだ。", 12,
        lines=(
            Ticked("l1", "l1_leftover", "", "root"),
            Ticked("l1", "l1_hurry"),
            Ticked("s", "s_check_procedure", "送信の猶予を切っていた"),
        ),
        conclusion="送信の猶予の設定が、端末の入替えで切れていた。",
    ),
    _Story(
        9, "fax_misdelivery", "FAXの番号を押し間違え、送る前に気付いた",
        "短縮番号から選ぶ。", "番号を手で押したが、読み上げで気付いて止めた。", "", 0, near_miss=True, personal=False,
    ),
)  # fmt: skip


def create(city: Organization, *, now: datetime) -> int:
    """A year of incidents, once; returns how many there are."""
    if not Incident.objects.filter(organization=city).exists():
        _Office(city, now).work()
    return Incident.objects.filter(organization=city).count()


class _Office:
    """The city's officer, chief and administrator at work, each with their own rights, on the days of the stories."""

    def __init__(self, city: Organization, now: datetime) -> None:
        self.city, self.now = city, now
        self.people = {login: Person.objects.get(login=f"minamo-{login}") for login in ("officer", "chief", "sysadmin")}

    def _as(self, login: str) -> Principal:
        return organization_queries.principal_of(self.people[login], today=timezone.localdate(self.now))

    def work(self) -> None:
        """Record, analyse, treat, and hand in the figures."""
        for story in _STORIES:
            found = self.now - timedelta(days=story.days_ago)
            row = actions.record(
                self._as("officer"),
                self.city,
                facts=actions.IncidentFacts(
                    kind=story.kind,
                    title=story.title,
                    should_have=story.should_have,
                    did=story.did,
                    first_aid=story.first_aid,
                    found_at=found,
                    happened_on=timezone.localdate(found),
                    people_affected=story.people,
                    personal_data=story.personal,
                    near_miss=story.near_miss,
                ),
                now=found,
            )
            if story.lines:
                self._analyse(row, story, found + timedelta(days=6))
        first, letter = (Incident.objects.get(organization=self.city, title=_STORIES[place].title) for place in (0, 1))
        self._treat(
            first, "送信を一分待ち、宛先を大きく見せる設定にする", "mechanism", ["s_check_procedure", "l1_hurry"], days=380
        )
        self._treat(letter, "窓付き封筒に替え、宛名と中身を一枚にする", "replace", ["h_no_guard"], days=150)
        actions.measure(self._as("officer"), self.city, now=self.now)

    def _analyse(self, row: Incident, story: _Story, at: datetime) -> None:
        sheet = actions.begin_sheet(self._as("officer"), row, method=story.method, now=at)
        saved = actions.save_sheet(
            self._as("officer"), sheet, lines=story.lines, conclusion=story.conclusion, version=sheet.version, now=at
        )
        actions.settle_sheet(self._as("chief"), saved, version=saved.version, now=at)

    def _treat(self, row: Incident, what: str, remedy: str, causes: list[str], *, days: int) -> None:
        """A countermeasure that was carried out and verified ``days`` ago."""
        at = self.now - timedelta(days=days)
        made = actions.add_countermeasure(
            self._as("officer"),
            row,
            what=what,
            remedy=remedy,
            owner_id=self.people["sysadmin"].pk,
            due_on=timezone.localdate(at),
            causes=causes,
            now=at - timedelta(days=10),
        )
        for login, state in (("sysadmin", "done"), ("chief", "verified")):
            made.action.refresh_from_db()
            assessment.move_corrective_action(
                self._as(login),
                action_id=made.action.pk,
                version=made.action.version,
                state=state,
                outcome="設定を確かめた",
                now=at,
            )
