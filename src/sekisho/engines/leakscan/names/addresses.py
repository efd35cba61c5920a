"""Postal addresses: a block number behind a town, a municipality, a prefecture; with building and room.

A municipality alone is no personal data and is not reported. A town without a number is reported, with a lower score, where a
label or a postal code says that it is an address.
"""
# ruff: noqa: C901, PLR0911, PLR2004 - rules over few characters; numbers are weights, lengths and classes of characters.py

from __future__ import annotations

import re
from typing import Final

import numpy as np

from sekisho.engines.leakscan.names.characters import categories, members
from sekisho.engines.leakscan.names.findings import Finding, Why
from sekisho.engines.leakscan.names.gazetteer import gazetteer

__all__ = ["addresses"]

NUMBER: Final = r"(?:[0-9]{1,5}|[一二三四五六七八九十〇百]{1,4})"
HYPHEN: Final = r"[-ーノの]"
COUNTERS: Final = r"年月日時分秒円人件個名回度位歳本台枚冊頁点%万億章条項部課軒戸世"
CHOME: Final = rf"(?P<chome>第?{NUMBER} ?(?:丁目?|地割|番町)[ \u3000]?)"
BAN: Final = (
    rf"(?P<ban>{NUMBER} ?番 ?地?(?: ?の ?{NUMBER}|{HYPHEN}{NUMBER})?"
    rf"(?:[ \u3000]?{NUMBER}(?![0-9{COUNTERS}])(?: ?号(?!室))?(?:[-ーノ][0-9]{{1,5}})?)?)"
)
DIGITS: Final = rf"[0-9]{{1,5}}(?:{HYPHEN}[0-9]{{1,5}}){{1,4}}"
NUMERALS: Final = rf"[一二三四五六七八九十〇]{{1,3}}(?:{HYPHEN}[一二三四五六七八九十〇]{{1,3}}){{1,3}}"
GO: Final = rf"(?P<go>{NUMBER} ?号(?!室|機|車|議案|様式|証|棟|線))"
TAIL: Final = re.compile(
    rf"{CHOME}?(?:{BAN}|(?P<hyphen>(?:{DIGITS}|{NUMERALS})(?: ?番)?(?: ?号(?!室))?)"
    rf"|{GO}|(?P<rest>(?<=[目割丁町 \u3000])[0-9]{{1,5}}(?![0-9{COUNTERS}階F])))?"
)
PLAIN: Final = re.compile(
    r"[0-9]{1,5}(?![0-9]|[年月日時分秒円人件個名回度位歳本台枚冊頁点%年号章条項部課軒戸世キミセ.:／/-]|,[0-9]{3}(?![0-9-]))"
)
NOT_BEHIND: Final = re.compile(
    r"[0-9]|-[0-9]|[ ]?(?!日本|名古屋|月島|月寒|円山|人形町|名駅|組合|点在)"
    r"(?:年|月|日|時|分|円|人|件|個|名|回|%|度|位|歳|組|号線|議案|km|m\b|kg|章|節|条|項|頁|ページ|点|勝)"
)
DIGIT_BEHIND: Final = re.compile(r"[0-9](?![0-9]{0,3}(?:階|F|号室))|-[0-9]")
PHONE: Final = re.compile(r"0[0-9]{1,4}[-ー(][0-9]{1,4}[-ー)][0-9]{3,4}")
SEGMENT: Final = re.compile(
    r"(?:[\u3400-\u9fff\uf900-\ufaff々〆ヶケノツぁ-ゖァ-ヴー]|[0-9]{1,3}(?=[条線区])"
    r"|[ \u3000](?=[\u3400-\u9fff々ァ-ヴー]))+[ \u3000]?$"
)
CITY_LETTER: Final = r"(?![はをがにでへと])[\u3400-\u9fff々ヶケノツぁ-ゖァ-ヴー]"
GENERIC_CITY: Final = re.compile(
    rf"(?:(?:{CITY_LETTER}){{1,4}}郡)?(?:{CITY_LETTER}){{1,5}}?[市区町村](?:[\u3400-\u9fff々]{{1,3}}区)?"
)
BUILDING_WORDS: Final = (
    "ビルディング|ビル|マンション|ハイツ|コーポラス|コーポ|荘|アパート|ハウス|レジデンス|タワーズ|タワー|プラザ|団地|寮|社宅|館|棟|ヒルズ|コート|パレス|メゾン|ハイム|住宅|センター|庁舎|会館|ガーデン|テラス|ヴィラ|"
    "シティ|パーク|ロイヤル|グランド|スクエア|ヴィレッジ|カーサ|エステート|フラット|病院|学園|宿舎|官舎|ホーム|内"
)
LETTER: Final = r"(?![にをはでがとへ])[\u3400-\u9fff々ァ-ヴーA-Za-zぁ-ゖ・&0-9]"
WING: Final = (
    r"(?:[ \u3000]?(?:[A-ZⅠ-Ⅻ一二三四五東西南北本新別第]{1,2}[0-9]{0,2}号?[館棟])"
    r"|[ \u3000]?[0-9]{1,2}号[館棟]|[A-Z](?![A-Za-z]))?"
)
FLOOR: Final = r"(?:[ \u3000]?(?:地下|B)?[0-9]{1,2}(?:階|F)(?:[・~-][0-9]{1,2}(?:階|F))*)"
BUILDING: Final = re.compile(
    r"[ \u3000、,]{0,2}(?!電話|携帯|氏名|担当|内線|連絡|世帯|生年|年齢|性別|職業|在住|居住|TEL|Tel|FAX|Fax|Mail|E-)"
    rf"(?:[\u3400-\u9fff々ァ-ヴーA-Za-zぁ-ゖ]{{2,12}}[ \u3000])?(?:[\u3400-\u9fff々ァ-ヴA-Za-z]"
    r"|(?<=[ \u3000])(?![にでをはがのへと])[ぁ-ん]{2,8}(?=[\u3400-\u9fffァ-ヴ]))"
    rf"(?:{LETTER}){{0,24}}(?:"
    rf"(?:{BUILDING_WORDS})(?![\u3400-\u9fff]{{2}}){WING}"
    rf"(?:{FLOOR}|[ \u3000]?(?:(?:[A-Z]-?)?[0-9]{{1,5}}|[0-9]{{1,2}}-?[A-Z](?![A-Za-z]))(?:号室|号|室|階|F)?(?![0-9-]))?"
    rf"|{FLOOR}|[ \u3000]?(?:[A-Z]-?)?[0-9]{{1,4}}(?:号室|室)(?![0-9])"
    rf"|[ \u3000][0-9]{{1,2}}-[A-Z](?![A-Za-z])|[ \u3000]?(?:[A-Z]-?)?(?<![0-9])[0-9]{{3,4}}(?:号(?!室))?(?![0-9{COUNTERS}-]))"
)
BOX: Final = re.compile(r"\((?:[^()\n]{0,20}私書箱第?[0-9]{1,5}号)\)")
ROOM: Final = re.compile(rf"[ \u3000]?(?:[A-Z]-?)?[0-9]{{1,5}}(?:号室|室)|{FLOOR}(?![A-Za-z])")
CARE_OF: Final = re.compile(r"[ \u3000]?[\u3400-\u9fff々]{1,4}様?方(?![\u3400-\u9fff])")
POSTAL: Final = re.compile(r"〒?[ \u3000]?[0-9]{3}[-ー]?[0-9]{4}[)\]）]?[ \u3000\n]{0,2}$")
LABELS: Final = (
    "住所", "所在地", "居所", "本籍", "現住所", "住居", "送付先", "宛先", "届け先", "届出先", "勤務地", "自宅",
    "転居先", "移転先", "居住地", "所在",
    "address", "Address", "ADDRESS", "旧住所", "新住所", "住　所",
)  # fmt: skip
LABEL_END: Final = re.compile(rf"(?:{'|'.join(sorted(LABELS, key=len, reverse=True))})[^\n。]{{0,6}}\n?[ \u3000\"]*$")
KYOTO: Final = re.compile(r"通|[上下]る|[上下]ル|[東西]入")
TOWN_PARTICLES: Final = re.compile(r"[はをがでにとへも]|から|まで|より|する|した|など|及び|また|について")
NAME_LETTER: Final = re.compile(r"[\u3400-\u9fff々ァ-ヴー]")
BEFORE_NUMBER: Final = np.array([kind in {1, 2, 3, 8} for kind in range(16)])
BEHIND_LABEL: Final = re.compile(r"[^\n。、\u3400-\u9fff]{0,12}\n?[ \u3000\"]*")
REACH_BACK: Final = 40


class Addresses:
    """The rules over one text, given as normalised text and its codes."""

    def __init__(self, text: str, codes: np.ndarray) -> None:
        self.text = text
        self.codes = codes
        self.places = gazetteer()
        self.found: list[Finding] = []

    def all(self) -> list[Finding]:
        """Every address, from left to right."""
        free = 0
        for at in self.numbers():
            if at < free:
                continue
            finding = self.before_number(at)
            if finding is not None:
                self.found.append(finding)
                free = finding.end
        self.found.extend(self.labelled())
        return self.found

    def numbers(self) -> list[int]:
        """Where a number begins behind kanji or kana that a block number's sign follows soon."""
        codes = self.codes
        size = len(codes)
        if size < 7:
            return []
        kinds = categories()[codes]
        previous = np.empty(size, np.uint8)
        previous[0], previous[1:] = 0, kinds[:-1]
        letters = BEFORE_NUMBER[previous]
        digit = (kinds == 5) & (letters | (previous == 7))
        kanji = (kinds == 7) & letters
        sign = members("丁番号-ーのノ")[codes]
        strong = members("丁番-ーノ")[codes]
        near, close = np.zeros(size, bool), np.zeros(size, bool)
        for distance in range(1, 7):
            near[:-distance] |= sign[distance:]
        for distance in range(1, 4):
            close[:-distance] |= strong[distance:]
        plain = digit & (previous == 1)
        return [int(i) for i in np.flatnonzero((digit & near) | (kanji & close) | plain)]

    def before_number(self, at: int) -> Finding | None:
        """An address whose block number begins at a place."""
        text = self.text
        match = TAIL.match(text, at)
        strong = match is not None and bool(match["chome"] or match["ban"] or match["hyphen"])
        if match is None or match.end() == at or (not strong and not match["go"]):
            match = PLAIN.match(text, at)
            if match is None:
                return None
            strong = False
        sure = strong and (text[match.end() - 1] in "号地" or match[0].count("-") > 1)
        if PHONE.match(text, at) or (NOT_BEHIND if not sure else DIGIT_BEHIND).match(text, match.end()):
            return None
        low = max(0, at - REACH_BACK)
        if not strong and not any(text.rfind(sign, low, at) >= 0 for sign in "市区町村"):
            return None
        segment = SEGMENT.search(text, low, at)
        if segment is None or segment.end() - segment.start() < 2:
            return None
        return self.best_head(segment.start(), at, match.end(), strong=strong)

    def best_head(self, low: int, at: int, end: int, *, strong: bool) -> Finding | None:
        """The head of an address between ``low`` and its number at ``at``: the longest that begins with a place."""
        best: Finding | None = None
        for start in range(low, at):
            scored = self.head(start, at, strong=strong)
            if scored is None:
                continue
            score, why = scored
            finding = self.finish(start, end, score, why)
            if best is None or finding.score > best.score:
                best = finding
            if why & Why.PREFECTURE or (why & Why.MUNICIPALITY and why & Why.TOWN):
                break
        return best

    def head(self, start: int, at: int, *, strong: bool) -> tuple[float, int] | None:
        """Score and reasons of a head that begins at ``start`` and ends where the number begins."""
        text, places = self.text, self.places
        why = 0
        score = 0.0
        place = places.prefecture_at(text, start)
        if place > start:
            why |= Why.PREFECTURE
            score += 0.25
            place = self.over_space(place)
        city = places.city_at(text, place)
        if city > place:
            why |= Why.MUNICIPALITY
            score += 0.3
        else:
            generic = GENERIC_CITY.match(text, place, at)
            if generic is not None and (why or not self.inside_word(start)) and strong:
                city = generic.end()
                score += 0.15
        if city > at:
            return None
        place = self.over_space(city)
        if place == start or (place == self.over_space(start) and not why):
            return self.town_alone(start, at, strong=strong)
        rest = text[place:at].rstrip(" \u3000")
        if not rest and not strong:
            wholly = Why.PREFECTURE | Why.MUNICIPALITY
            return (score + 0.05, why | Why.BLOCK_NUMBER) if why & wholly == wholly and text[city - 1] in "町村" else None
        town = self.known_town(place, at)
        if town:
            why |= Why.TOWN
            score += 0.25
        elif rest and not (KYOTO.search(rest) and len(rest) <= 25) and (TOWN_PARTICLES.search(rest) or len(rest) > 10):
            return None
        elif rest:
            score += 0.05
        if not why & (Why.PREFECTURE | Why.MUNICIPALITY) and not rest:
            return None
        if not strong and not (town and why & Why.MUNICIPALITY):
            return None
        return score + (0.3 if strong else 0.05), why | Why.BLOCK_NUMBER

    def over_space(self, place: int) -> int:
        """The place behind one space."""
        return place + 1 if self.text[place : place + 1] in {" ", "\u3000"} else place

    def inside_word(self, start: int) -> bool:
        """Whether kanji touch a place from the left."""
        return start > 0 and NAME_LETTER.match(self.text[start - 1]) is not None

    def known_town(self, start: int, at: int) -> bool:
        """Whether the names of one or more towns fill the text up to the number."""
        text = self.text
        place = start
        for prefix in ("大字", "字"):
            if text.startswith(prefix, place):
                place += len(prefix)
        end = self.places.town_at(text, place)
        if end <= place:
            return False
        rest = text[end:at].strip(" \u3000")
        return not rest or rest in {"字", "大字"} or (end < at and len(rest) <= 8 and not TOWN_PARTICLES.search(rest))

    def town_alone(self, start: int, at: int, *, strong: bool) -> tuple[float, int] | None:
        """A town without its municipality: 芝公園4-2-8."""
        end = self.places.town_at(self.text, start)
        if not strong or self.text[end:at].strip(" \u3000") or end - start < 2 or self.inside_word(start):
            return None
        return (0.45 if end - start > 2 else 0.3), Why.TOWN | Why.BLOCK_NUMBER

    def finish(self, start: int, end: int, score: float, why: int) -> Finding:
        """With what stands before (label, postal code) and behind (building, room)."""
        text = self.text
        head = text[max(0, start - 24) : start]
        if POSTAL.search(head):
            score, why = score + 0.2, why | Why.POSTAL_CODE
            head = POSTAL.sub("", head)
        if LABEL_END.search(head):
            score, why = score + 0.2, why | Why.LABEL
        building = BUILDING.match(text, end)
        if building is not None:
            end, score, why = building.end(), score + 0.1, why | Why.BUILDING
        room = ROOM.match(text, end)
        if room is not None:
            end, why = room.end(), why | Why.BUILDING
        box = BOX.match(text, end)
        if box is not None:
            end = box.end()
        care = CARE_OF.match(text, end)
        if care is not None:
            end = care.end()
        return Finding("postal_address", start, end, round(min(0.99, score + 0.1), 2), why)

    def labelled(self) -> list[Finding]:
        """Towns without a number behind a label or a postal code."""
        found: list[Finding] = []
        for label in ("〒", "住所", "所在地", "居所", "本籍", "送付先", "自宅", "居住地"):
            at = self.text.find(label)
            while at >= 0:
                start = at + len(label)
                match = BEHIND_LABEL.match(self.text, start)
                if match is not None:
                    finding = self.town_at(match.end())
                    if finding is not None:
                        found.append(finding)
                at = self.text.find(label, at + 1)
        return found

    def town_at(self, start: int) -> Finding | None:
        """An address down to its town that begins at a place."""
        places, text = self.places, self.text
        place = self.over_space(places.prefecture_at(text, start))
        city = places.city_at(text, place)
        if city == place:
            return None
        begin = self.over_space(city)
        end = places.town_at(text, begin)
        if (
            end - begin < 2
            or NAME_LETTER.match(text[end : end + 1])
            or re.match(r"[0-9一二三四五六七八九十]", text[end : end + 1] or "x")
        ):
            return None
        why = Why.MUNICIPALITY | Why.TOWN | Why.LABEL | (Why.PREFECTURE if place > start else 0)
        return Finding("postal_address", start, end, 0.6, why)


def addresses(text: str, codes: np.ndarray) -> list[Finding]:
    """Postal addresses of a normalised text, in its places."""
    return Addresses(text, codes).all()
