"""The example report of the tests and the benchmark: 情報セキュリティ対策状況報告書 of the fictional みなも市."""

from __future__ import annotations

import datetime as dt
import hashlib

from sekisho.documents.model import (
    Block,
    BulletList,
    Callout,
    Cell,
    CellState,
    Chart,
    ChartKind,
    Cite,
    Code,
    Column,
    ColumnGroup,
    ColumnKind,
    Document,
    Heading,
    KeyValue,
    KeyValues,
    Level,
    LevelMark,
    Link,
    MarkState,
    PageBreak,
    Paragraph,
    Point,
    ProvenanceNotes,
    Reference,
    Status,
    Strong,
    Table,
    TableOfContents,
)

JST = dt.timezone(dt.timedelta(hours=9))
NONE, UME, TAKE, MATSU = (LevelMark(level) for level in (Level.NONE, Level.UME, Level.TAKE, Level.MATSU))
OPEN = LevelMark(state=MarkState.UNMEASURED)
OUT = LevelMark(state=MarkState.NOT_APPLICABLE)
STALE = LevelMark(Level.TAKE, MarkState.STALE)

THEMES = {
    "組織的管理策": (3, 12, 14, 4, 4, 0),
    "人的管理策": (1, 3, 3, 1, 0, 0),
    "物理的管理策": (0, 4, 7, 2, 0, 1),
    "技術的管理策": (2, 9, 15, 6, 2, 0),
}
SERIES = ("none", "ume", "take", "matsu", "unmeasured", "not_applicable")
CONTROLS = [
    ("5.7", "脅威インテリジェンス", TAKE, OPEN, OPEN, OPEN, OPEN),
    ("5.23", "クラウドサービスの利用における情報セキュリティ", UME, OPEN, TAKE, OPEN, STALE),
    ("5.30", "事業継続のためのICTの備え", UME, TAKE, UME, UME, NONE),
    ("7.4", "物理的セキュリティの監視", TAKE, MATSU, OUT, TAKE, OPEN),
    ("8.9", "構成管理", UME, TAKE, TAKE, UME, TAKE),
    ("8.10", "情報の削除", UME, TAKE, UME, NONE, UME),
    ("8.11", "データマスキング", UME, TAKE, NONE, OPEN, UME),
    ("8.12", "データ漏えい防止", UME, UME, TAKE, UME, TAKE),
    ("8.16", "監視活動", TAKE, TAKE, MATSU, UME, TAKE),
    ("8.23", "ウェブフィルタリング", TAKE, TAKE, OUT, TAKE, UME),
    ("8.28", "セキュリティに配慮したコーディング", UME, OPEN, TAKE, OUT, UME),
]
INDICATORS = [
    ("更新プログラムの適用率", "結果", 0.962, 0.931, 0.98, "e2"),
    ("適用待ちの重大な更新（件）", "結果", 7, 19, 0, "e2"),
    ("設定基準への適合率", "結果", 0.874, 0.842, 0.95, "e3"),
    ("承認のない設定変更（件）", "結果", 0, 3, 0, "e3"),
    ("開いている重大なコードの検出事項（件）", "結果", 2, 5, 0, "e4"),
    ("研修の修了率", "活動", 0.913, 0.887, 1.0, "e5"),
    ("エビデンスの鮮度（期限内の割合）", "過程", 0.889, 0.9, 0.95, "e1"),
    ("インシデント対応訓練の実施（回）", "活動", None, 1, 2, ""),
]


def _reference(number: int, label: str, text: str) -> Reference:
    digest = hashlib.sha256(label.encode()).hexdigest()
    return Reference(f"e{number}", label, f"/evidence/{digest[:12]}", text, digest)


REFERENCES = (
    _reference(1, "判定の集計（令和8年11月22日時点）", "93管理策×5対象の判定。測定・文書・申告の別に集計"),
    _reference(2, "ソフトウェア目録 web-01、web-02", "dpkgの一覧から作ったCycloneDX。sbom 1.0、214項目"),
    _reference(3, "設定の観測 web-01", "baseline 1.0。48規則のうち42が適合、4が不適合、2が対象外"),
    _reference(4, "コード検査 予約サイト", "BanditとSARIF。11分類のうち7分類を検査"),
    _reference(5, "研修の記録 令和8年度上期", "人事課が提出した修了者名簿（文書）"),
    _reference(6, "構成図 第4版", "予約サイトの構成図（文書）。承認番号 2026-118"),
)


def level_table() -> Table:
    columns = (
        Column("番号", width=0.7),
        Column("管理策", width=3.2),
        *(Column(name, ColumnKind.LEVEL) for name in ("組織", "住民情報", "予約サイト", "庁内LAN", "文書管理")),
    )
    rows = tuple((Cell(number), Cell(name), *(Cell(mark) for mark in marks)) for number, name, *marks in CONTROLS)
    groups = (ColumnGroup("", 2), ColumnGroup("対象ごとの対応レベル", 5))
    notes = (
        "松・竹・梅の水準は、8.9と8.28は基準の定義により、8.8と8.17は本システムの提案による。",
        "時計の印は、エビデンスの有効期間が過ぎていることを示す。",
    )
    return Table(columns, rows, "新しい11の管理策の対応レベル", "新しい11", groups, notes)


def indicator_table() -> Table:
    columns = (
        Column("指標", width=3.4),
        Column("種別", width=0.8),
        Column("今期", ColumnKind.NUMBER),
        Column("前期", ColumnKind.NUMBER),
        Column("目標", ColumnKind.NUMBER),
    )
    share = tuple(Column(c.title, ColumnKind.PERCENT, c.width) if n > 1 else c for n, c in enumerate(columns))
    rows = [
        (Cell(name), Cell(kind), Cell(now, (ref,)), Cell(before), Cell(goal))
        for name, kind, now, before, goal, ref in INDICATORS
        if isinstance(now, float)
    ]
    return Table(share, tuple(rows), "割合で表す指標", "割合の指標")


def count_table() -> Table:
    columns = (
        Column("指標", width=3.4),
        Column("種別", width=0.8),
        *(Column(title, ColumnKind.NUMBER, unit="件・回") for title in ("今期", "前期", "目標")),
    )
    rows = tuple(
        (
            Cell(name),
            Cell(kind),
            Cell(now, (ref,)) if now is not None else Cell(state=CellState.UNMEASURED),
            Cell(before),
            Cell(goal),
        )
        for name, kind, now, before, goal, ref in INDICATORS
        if not isinstance(now, float)
    )
    return Table(columns, rows, "件数で表す指標", "件数の指標")


def theme_table() -> Table:
    kinds = ("未実施", "梅", "竹", "松", "未測定", "対象外")
    columns = (
        Column("区分", width=2),
        *(Column(kind, ColumnKind.NUMBER) for kind in kinds),
        Column("計", ColumnKind.NUMBER),
        Column("竹以上", ColumnKind.PERCENT),
    )
    rows = [
        (Cell(theme), *(Cell(n) for n in counts), Cell(sum(counts)), Cell((counts[2] + counts[3]) / sum(counts[:5]), ("e1",)))
        for theme, counts in THEMES.items()
    ]
    sums = [sum(counts[n] for counts in THEMES.values()) for n in range(6)]
    rows.append((Cell("計"), *(Cell(n) for n in sums), Cell(sum(sums)), Cell((sums[2] + sums[3]) / sum(sums[:5]), ("e1",))))
    groups = (ColumnGroup("", 1), ColumnGroup("対応レベル別の管理策の数", 6), ColumnGroup("集計", 2))
    return Table(columns, tuple(rows), "管理策の区分ごとの対応レベル", "区分別", groups, total=True)


def finding_table(rows: int = 14) -> Table:
    columns = (
        Column("番号", width=0.8),
        Column("対象", width=1.2),
        Column("検出事項", width=4),
        Column("重大度", width=0.9),
        Column("検出日", ColumnKind.DATE, 1.7),
        Column("担当", width=1.6),
    )
    words = [
        ("web-01", "SSHのroot直接ログインが許されている（PermitRootLogin yes）", "高", "情報政策課"),
        ("web-02", "使われていない利用者 guest01 が有効のまま残っている", "中", "情報政策課"),
        ("予約サイト", "SQL文の組み立てに利用者の入力をつないでいる箇所がある（CWE-89）", "高", "市民課・委託先"),
        ("文書管理", "更新プログラム openssl 3.0.15 が21日間適用されていない", "中", "総務課"),
        ("庁内LAN", "時刻同期の参照先が一つだけで、停止時に時刻がずれるおそれがある", "低", "情報政策課"),
    ]
    made = []
    for number in range(rows):
        subject, what, severity, owner = words[number % len(words)]
        day = (dt.date(2026, 10, 1) + dt.timedelta(days=3 * number % 50)).isoformat()
        ref = ("e3",) if number % 5 in {0, 1, 4} else ("e4",) if number % 5 == 2 else ("e2",)
        made.append((Cell(f"F-{number + 1:03}"), Cell(subject), Cell(what, ref), Cell(severity), Cell(day), Cell(owner)))
    return Table(columns, tuple(made), "対応中の検出事項", "検出事項", notes=("重大度は測定した道具の区分による。",))


def wide_table() -> Table:
    months = ("4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月", "1月", "2月", "3月")
    columns = (Column("活動", width=3), *(Column(month) for month in months), Column("責任者", width=2))
    plan = {
        "設定の測定": "●●●●●●●●○○○○",
        "更新プログラムの点検": "●●●●●●●●○○○○",
        "情報セキュリティ研修": "　●　　　　●　　　　　",
        "内部監査": "　　　　　　　　　○○　",
        "インシデント対応訓練": "　　　●　　　　　○　　",
        "委託先の点検": "　　●　　●　　○　　○",
    }
    rows = tuple((Cell(name), *(Cell(c.strip()) for c in marks), Cell("情報政策課")) for name, marks in plan.items())
    return Table(columns, rows, "令和8年度の活動計画と実績", "年間計画", notes=("●は実施済み、○は予定。",), landscape=True)


def level_chart() -> Chart:
    points = [Point(t, n, s, ("e1",)) for t, counts in THEMES.items() for s, n in zip(SERIES, counts, strict=True) if n]
    words = "技術的管理策は34のうち21が竹以上。人的管理策は8のうち4が竹以上にとどまる。"
    return Chart(
        ChartKind.LEVELS, tuple(points), "管理策の区分ごとの対応レベルの分布", words, category_title="区分", with_table=False
    )


def trend_chart() -> Chart:
    quarters = (
        "令和7年度\n第3四半期",
        "令和7年度\n第4四半期",
        "令和8年度\n第1四半期",
        "令和8年度\n第2四半期",
        "令和8年度\n第3四半期",
    )
    shares = (0.781, 0.803, 0.829, 0.842, 0.874)
    points = tuple(Point(q.replace("\n", ""), v, refs=("e3",)) for q, v in zip(quarters, shares, strict=True))
    words = "設定基準への適合率は1年で78.1%から87.4%に上がったが、目標の95%には届いていない。"
    return Chart(ChartKind.LINE, points, "設定基準への適合率の推移", words, "percent", target=0.95, category_title="期間")


def bar_chart() -> Chart:
    counts = {"予約サイト": 9, "住民情報": 4, "庁内LAN": 6, "文書管理": 3}
    points = tuple(Point(name, n, refs=("e3",)) for name, n in counts.items())
    words = "開いている検出事項は予約サイトが9件で最も多い。"
    return Chart(ChartKind.BAR, points, "対象ごとの開いている検出事項", words, unit="件", category_title="対象")


def blocks() -> tuple[Block, ...]:
    return (
        TableOfContents(2),
        PageBreak(),
        Heading("要約"),
        Paragraph(
            (
                "本報告書は、みなも市の情報セキュリティ対策の状況を、測定したエビデンスに基づいて示すものです。93の管理策のうち、竹以上の対応レベルに達しているものは",
                Strong("52"),
                Cite("e1"),
                "です。前期から構成管理（8.9）が",
                LevelMark(Level.UME),
                "から",
                LevelMark(Level.TAKE),
                "に上がりました。",
            )
        ),
        BulletList(
            (
                ("設定基準への適合率は", Strong("87.4%"), Cite("e3"), "で、目標の95%まで7.6ポイントです。"),
                ("適用待ちの重大な更新は7件", Cite("e2"), "で、前期の19件から減りました。"),
                ("インシデント対応訓練は今期まだ測定されておらず、「未測定」として扱います。",),
            )
        ),
        Callout(
            ("申告だけに基づく判定が6件あります。測定または文書による確認が済むまで、測定の数値には含めていません。",), "warning"
        ),
        KeyValues(
            (
                KeyValue("対象の範囲", ("市長部局・教育委員会の5対象（組織、住民情報、予約サイト、庁内LAN、文書管理）",)),
                KeyValue("適用する基準", ("JIS Q 27001:2023 附属書A、地方公共団体向けガイドライン（令和7年3月版）",)),
                KeyValue("測定の方法", ("ソフトウェア目録、設定の観測、コード検査", Cite("e2"), Cite("e3"), Cite("e4"))),
            )
        ),
        Heading("対応レベル"),
        Heading("区分ごとの状況", 2),
        Paragraph(("管理策を組織的・人的・物理的・技術的の四つに分けて、対応レベルの分布を示します。",)),
        level_chart(),
        theme_table(),
        Heading("新しい11の管理策", 2),
        Paragraph(("2022年の改訂で加わった管理策について、対象ごとの対応レベルを示します。",)),
        level_table(),
        Heading("指標"),
        Paragraph(("結果・活動・過程の三つの種別に分け、前期および目標と比べます。",)),
        indicator_table(),
        count_table(),
        trend_chart(),
        Heading("検出事項"),
        bar_chart(),
        finding_table(),
        Callout(
            (
                "設定 ",
                Code("PermitRootLogin"),
                " の是正手順は",
                Link("是正の手引", "/help/baseline/ssh-root"),
                "にあります。構成図は承認済みです",
                Cite("e6"),
                "。",
            )
        ),
        Heading("計画"),
        wide_table(),
        Heading("申告だけに基づく判定", 2),
        Table((Column("管理策"), Column("対象"), Column("申告日", ColumnKind.DATE)), (), "申告だけに基づく判定"),
        Heading("研修", 2),
        Paragraph(("研修の修了率は名簿", Cite("e5"), "から計算しています。")),
        Heading("根拠の一覧", numbered=False),
        ProvenanceNotes(),
    )


def report(*, language: str = "ja", status: Status = Status.ISSUED, more: tuple[Block, ...] = ()) -> Document:
    return Document(
        title="情報セキュリティ対策状況報告書",
        subtitle="令和8年度第3四半期",
        organization="みなも市",
        as_of=dt.datetime(2026, 11, 22, 9, 0, tzinfo=JST),
        issued_at=dt.datetime(2026, 11, 24, 10, 0, tzinfo=JST),
        status=status,
        language="en" if language == "en" else "ja",
        fictional=True,
        base_url="https://sekisho.example.jp",
        metadata={
            "JIS Q 27001:2023 附属書A": "2022年版 93管理策",
            "レベル規則": "levels 1.0（8.9、8.28）、提案 0.1（8.8、8.17）",
            "算式": "indicators 1.0",
            "関所": "0.1.0",
        },
        references=REFERENCES,
        blocks=blocks() + more,
    )
