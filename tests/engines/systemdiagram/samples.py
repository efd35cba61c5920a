"""Three made-up procurements for the tests: a town's booking site, a ministry's isolated system, a design study on paper."""

from __future__ import annotations

from sekisho.engines.systemdiagram import Business, Information, Partner, Task, Use


def use(actor: str, name: str, place: str, terminal: str, network: str, information: str, action: str) -> Use:  # noqa: PLR0917 - as the answers stand in a table
    return Use(actor, name, place, terminal, network, tuple(information.split()), action)


def booking() -> Business:
    """公共施設予約サイト on a cloud, with personal data."""
    information = (
        Information("rooms", "施設の空き状況", "1"),
        Information("bookings", "予約の内容", "2"),
        Information("people", "利用者の氏名・連絡先", "3A", "personal"),
        Information("payment", "使用料の納付状況", "2", "personal"),
        Information("logs", "アクセス記録", "2"),
    )
    tasks = (
        Task(
            "book",
            "施設の予約",
            "住民がいつでも施設を予約できるようにする",
            (
                use("public", "住民", "public_place", "private", "internet", "rooms bookings", "view"),
                use("public", "住民", "public_place", "private", "internet", "bookings people", "enter"),
                use("public", "住民", "public_place", "public", "internet", "rooms", "view"),
                use("business", "施設の指定管理者", "outside", "issued", "internet", "bookings payment", "update"),
            ),
            (Partner("コンビニ収納代行", "API（収納結果の通知）", "internet", ("payment",), "both"),),
        ),
        Task(
            "run",
            "予約の管理",
            "職員が予約を確かめ、集計する",
            (
                use("staff", "施設担当職員", "controlled", "issued", "lgwan", "bookings people payment", "update"),
                use("staff", "施設担当職員", "controlled", "issued", "lgwan", "bookings people", "print"),
                use("staff", "施設担当職員", "home", "issued", "closed", "bookings", "view"),
                use("administrator", "情報政策課の管理者", "controlled", "issued", "lgwan", "logs", "administer"),
                use("remote_maintenance", "保守事業者", "outside", "shared", "internet", "logs bookings", "administer"),
            ),
            (Partner("財務会計システム", "ファイルの受渡し", "none", ("payment",), "out"),),
        ),
    )
    return Business("みなも市 公共施設予約サイト", "cloud", "saas", information, tasks)


def isolated() -> Business:
    """A ministry's isolated system of high importance."""
    information = (
        Information("plans", "対処計画", "3"),
        Information("reports", "情勢の報告", "3"),
        Information("accounts", "利用者の識別情報", "3"),
        Information("logs", "操作の記録", "2"),
    )
    tasks = (
        Task(
            "plan",
            "対処計画の作成",
            "限られた職員が計画を作り、関係機関と共有する",
            (
                use("staff", "作成担当の職員", "controlled", "issued", "internal", "plans reports", "update"),
                use("staff", "決裁者", "controlled", "issued", "internal", "plans", "view"),
                use("staff", "作成担当の職員", "controlled", "issued", "internal", "plans", "print"),
                use("staff", "作成担当の職員", "controlled", "issued", "internal", "plans", "carry_out"),
                use("administrator", "専任の管理者", "controlled", "shared", "internal", "accounts logs", "administer"),
            ),
            (
                Partner("関係機関の情報共有システム", "専用線での送受信", "dedicated", ("reports",), "both"),
                Partner("地方支分部局", "書留による送付", "none", ("plans",), "out"),
            ),
        ),
    )
    return Business("対処計画管理システム", "office", "", information, tasks)


def study() -> Business:
    """A design study that handles documents only."""
    information = (
        Information("drawings", "庁舎の図面", "2"),
        Information("report", "調査報告書の案", "2"),
        Information("people", "聞き取り先の名簿", "2", "personal"),
    )
    tasks = (
        Task(
            "study",
            "基本設計の調査",
            "庁舎改修の基本設計を委託する",
            (
                use("staff", "施設課の職員", "controlled", "issued", "none", "drawings people", "send"),
                use("contractor", "設計業者の担当者", "outside", "issued", "none", "drawings people report", "update"),
                use("contractor", "設計業者の担当者", "outside", "none", "none", "report", "print"),
            ),
            (Partner("設計業者", "暗号化したファイルの送受信", "internet", ("drawings", "report"), "both"),),
        ),
    )
    return Business("", "none", "", information, tasks)


SAMPLES = {"booking": booking, "isolated": isolated, "study": study}
