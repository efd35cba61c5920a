"""Coverage: single sentences whose result a careful reader would agree with, both ways."""

import pytest

from sekisho.engines.draftreview import ScoreParts, confidence
from sekisho.errors import InputError

# sentence(s) → clause → (status, level, reason)
TABLE = {
    "two factors for outside access": ("管理者及び外部からの利用者は、多要素認証により認証すること。認証に5回失敗したアカウントはロックすること。", "AC-1-1", "covered", "mid"),
    "password only": ("利用者をIDとパスワードで認証すること。", "AC-1-1", "covered", "low"),
    "an ISMS certificate is no authentication": ("受注者はISMS認証を取得し、利用者に示すこと。", "AC-1-1", "missing", None),
    "log kept": ("操作ログを取得し、1年間保存すること。", "AU-1-1", "covered", "low"),
    "log taken, not kept": ("操作ログを取得すること。", "AU-1-1", "partly", None),
    "a login is no log": ("利用者はログインの記録を保存すること。", "AU-1-1", "missing", None),
    "a catalogue is no log": ("製品カタログを取得し、保存すること。", "AU-1-1", "missing", None),
    "log not asked for": ("操作ログの取得及び保存は不要とする。", "AU-1-1", "missing", None),
    "wish only": ("操作ログを取得し、1年間保存することが望ましい。", "AU-1-1", "partly", "low"),
    "time": ("サーバーの時刻はＮＴＰで同期すること。", "AU-1-3", "covered", "low"),
    "opening time": ("開札時刻は正確に守ること。", "AU-1-3", "missing", None),
    "encryption of traffic": ("インターネットを経由する通信はTLSにより暗号化すること。", "PR-1-1", "covered", "low"),
    "internal traffic too": ("通信はTLSで暗号化すること。サーバ間の通信も暗号化すること。", "PR-1-1", "covered", "mid"),
    "backup": ("バックアップを毎日取得し、障害時に復旧する手順を定めること。", "DA-2-1", "covered", "low"),
    "supply chain": ("本業務の全ての工程で意図しない変更が加えられない管理体制を整備すること。", "SC-1-1", "covered", "low"),
    "unrelated": ("職員に操作研修を行うこと。", "AT-1-1", "missing", None),
    "no demand on users": ("利用者の端末の設定を低下させることを求めないこと。", "UP-1-1", "covered", "low"),
    "zone": ("公開サーバを置くDMZと内部ネットワークを分離すること。", "AT-1-1", "covered", "low"),
    "malware": ("端末にウイルス対策ソフトを導入し、定義ファイルを更新すること。", "AT-2-1", "covered", "low"),
    "audit accepted": ("発注者は情報セキュリティ監査を実施することができるものとし、受注者は協力すること。", "U8", "covered", None),
    "audit log is no audit": ("監査ログを保存し、調査に協力すること。", "U8", "missing", None),
    "sub-contracting": ("再委託するときは、あらかじめ書面により承認を得ること。", "R1", "covered", None),
    "My Number data": ("個人番号の再委託は、最初の委託者の許諾を得ること。", "R6", "covered", None),
    "sub-contracting without My Number": ("再委託は承認を得ること。", "R6", "missing", None),
    "ISMAP": ("ISMAPクラウドサービスリストに登録され、言明対象範囲に含まれるサービスとすること。", "CL1", "covered", None),
    "generative AI": ("生成AIに入力した情報は学習に利用しないこと。", "AI1", "covered", None),
    "certificates of residence are no TLS": ("住民票の写し等の証明書の発行手数料を集計できること。", "AT-1-3", "missing", None),
    "capacity alone is no defence": ("1分間に300件の登録を処理できること。同時利用者数は200人とする。", "AT-1-4", "missing", None),
    "auditors of a town": ("監査委員の監査に必要な資料の作成に協力すること。", "U8", "missing", None),
    "training in the use of a program": ("従事者は、研修の記録を作成し、報告書を提出すること。", "P04", "partly", None),
    "history of a document is no log": ("過去の決裁文書を検索し、変更履歴を保存できること。", "AU-1-1", "missing", None),
    "the manual's own words: administrators": ("特権を有する管理者による不正を防止するため、管理者権限を制御する機能を備えること。", "AC-2-3", "covered", "low"),
    "the manual's own words: theft": ("情報の漏えいを防止するため、物理的な手段による情報窃取行為を防止・検知するための機能を備えること。", "PH-1-1", "covered", "low"),
    "the manual's own words: place": ("物理的な手段によるセキュリティ侵害に対抗するため、構成装置については、外部からの侵入対策が講じられた場所に設置すること。", "PH-1-2", "covered", "low"),
    "analysis of logs is no collection": ("ログを蓄積し、保管すること。不正の追跡において、ログの分析を容易にすること。", "AU-1-1", "covered", "low"),
    "a wish makes no level": ("利用者をパスワードで認証すること。失敗したときはロックすること。多要素認証を用いることが望ましい。", "AC-1-1", "covered", "low"),
    "half a duty, half a wish": ("ログを取得すること。ログは1年間保存することが望ましい。", "AU-1-1", "partly", "low"),
    "persons told in writing": ("乙は、取扱いの責任者及び業務に従事する者を定め、書面により甲に報告しなければならない。", "P03", "covered", None),
    "copying": ("個人情報が記録された資料を、承諾なく複写し、又は複製してはならない。", "P09", "covered", None),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_single_sentences(case, look):
    text, clause, status, level = TABLE[case]
    result = look(text, [clause]).clauses[0]
    assert (result.status, result.level) == (status, level), result.groups


def test_the_wanted_level_decides_and_the_missing_groups_are_named(look):
    text = "利用者をIDとパスワードで認証すること。"
    result = look(text, {"AC-1-1": "mid"}).clauses[0]
    assert (result.status, result.level, result.reasons) == ("partly", "low", ("review.reason_level_below",))
    assert {g.name.ja for g in result.groups if g.level == "mid" and not g.met} == {"失敗の制限", "多要素認証"}
    assert look(text, {"AC-1-1": "low"}).clauses[0].status == "covered"


def test_a_weak_wording_and_a_cancelled_one_say_so(look):
    weak = look("操作ログを取得し、1年間保存することが望ましい。", ["AU-1-1"]).clauses[0]
    assert weak.reasons == ("review.reason_weak",)
    assert weak.parts.obligation == 0
    cancelled = look("操作ログの取得及び保存は不要とする。", ["AU-1-1"]).clauses[0]
    assert cancelled.reasons == ("review.reason_cancelled",)
    assert cancelled.confidence == 0
    assert cancelled.passages[0].text == "操作ログの取得及び保存は不要とする。"


NOT_ASKED = {
    "no need of": "操作ログの取得及び保存を要しない。",
    "outside the purchase": "ログの保存は本業務に含まない。取得も行わない。",
    "is not done": "ログの取得及び保存は行わないものとする。",
    "not demanded": "ログの取得・保存は求めるものではない。",
    "may be left out": "ログの取得と保存は省略できる。",
    "need not": "ログの取得・保存は実施しなくても差し支えない。",
    "not mandatory": "ログの取得・保存は必須としない。",
    "somebody else's": "ログの取得・保存は、別に契約する者が行うため、本調達に含めない。",
    "no need": "ログを取得し保存する必要はない。",
}
STILL_ASKED = {
    "must not be neglected": "ログの取得・保存を怠ってはならない。",
    "unless not needed": "本市が不要と認めた場合を除き、ログを取得し保存すること。",
    "when no longer needed": "ログを取得し、資料が不要となったときまで保存すること。",
    "an exception in the next sentence": "ログを取得し、1年以上保存すること。ただし、利用者端末のログの取得を要しない。",
    "an exception in brackets": "ログを取得し、1年以上保存すること（ただし、試験環境のログの取得は不要とする。）。",
    "people without need": "ログを取得し、閲覧する必要がない者から保護して保存すること。",
    "nobody is released": "ログの取得及び保存は、受注者の責任を免除するものではないことを前提に行うこと。",
}


@pytest.mark.parametrize("case", NOT_ASKED)
def test_what_is_not_asked_for_is_missing_and_shown(case, look):
    result = look(NOT_ASKED[case], ["AU-1-1"]).clauses[0]
    assert (result.status, result.reasons) == ("missing", ("review.reason_cancelled",))
    assert result.passages


@pytest.mark.parametrize("case", STILL_ASKED)
def test_words_of_negation_about_something_else_cancel_nothing(case, look):
    assert look(STILL_ASKED[case], ["AU-1-1"]).clauses[0].level == "low"


@pytest.mark.parametrize(
    "text",
    [
        "現行システムでは、操作ログを取得し、3年間保存している。",
        "1 現行の状況\n操作ログを取得し、3年間保存する構成である。\n2 要件\n次のとおりとする。\n",
    ],
)
def test_how_things_are_at_present_is_no_demand(text, look):
    result = look(text, ["AU-1-1"])
    clause = result.clauses[0]
    assert (clause.status, clause.reasons) == ("missing", ("review.reason_described",))
    assert clause.passages
    assert result.parameters == ()


def test_a_prohibition_is_a_demand(look):
    text = "受注者は、発注者の承認なく個人情報を複写し、又は複製しないものとする。"
    assert look(text, ["P09"]).clauses[0].status == "covered"


def test_items_under_a_lead_in_are_as_binding_as_it_is(look):
    result = look("次の要件を満たすこと。\n(1) 操作ログの取得及び1年間の保存\n", ["AU-1-1"]).clauses[0]
    assert result.parts.obligation == 1
    alone = look("(1) 操作ログの取得及び1年間の保存\n", ["AU-1-1"]).clauses[0]
    assert alone.parts.obligation == 0.5


def test_the_heading_counts_and_may_name_the_topic(look):
    result = look("1 ログの管理\n認証及び操作について取得し、1年間保存すること。\n", ["AU-1-1"]).clauses[0]
    assert result.status == "covered"
    assert result.parts.heading == 1
    assert result.passages[0].location.headings == ("1 ログの管理",)


def test_confidence_is_the_weighted_sum_of_its_parts(rules):
    parts = ScoreParts(groups=0.5, heading=1, obligation=0.5, proximity=0.8)
    w = rules.weights
    expected = w.groups * 0.5 + w.heading + w.obligation * 0.5 + w.proximity * 0.8
    assert confidence(parts, w) == round(expected, 2)
    assert confidence(ScoreParts(groups=0, heading=1, obligation=1, proximity=1), w) == 0


def test_every_clause_carries_its_basis_with_a_mark(look, rules):
    result = look("通信を暗号化すること。", [c.id for c in rules.clauses])
    assert len(result.clauses) == 78
    assert {c.family for c in result.clauses} == {"sbd", "c2012", "outsourcing", "reoutsourcing", "personal", "cloud", "ai"}
    assert all(c.basis.verified in {"source_document", "text", "mirror", "article", "memory"} for c in result.clauses)
    assert {c.terms_verified for c in result.clauses} == {"proposal"}


def test_without_a_choice_all_28_sbd_requirements_are_looked_for(look):
    result = look("通信を暗号化すること。", None)
    assert [c.family for c in result.clauses] == ["sbd"] * 28


def test_unknown_clauses_and_levels_are_named_all_at_once(look):
    with pytest.raises(InputError) as raised:
        look("文。", ["AC-1-1", "X", "Y"])
    assert [p.fields["id"] for p in raised.value.problems] == ["X", "Y"]
    with pytest.raises(InputError) as raised:
        look("文。", {"AC-1-1": "top"})
    assert raised.value.code == "review.unknown_level"


def test_articles_of_a_contract_are_taken_together(look):
    text = (
        "（秘密の保持）\n第2条 乙は、知り得た内容をみだりに他人に知らせてはならない。契約の終了後も同様とする。\n"
        "（目的外利用の禁止）\n第7条 乙は、知り得た情報を契約の目的以外の目的に利用してはならない。\n"
    )
    clause = look(text, ["U3"]).clauses[0]
    assert clause.status == "covered"
    assert {p.location.headings[-1] for p in clause.passages} == {"（秘密の保持）", "（目的外利用の禁止）"}
