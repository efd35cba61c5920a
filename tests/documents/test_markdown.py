from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sekisho.documents import ALL_MEDIA_TYPES, FORMATS, model, render
from sekisho.documents.markdown import render_markdown
from sekisho.errors import InputError

MOMENT = dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=9)))
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def document(*blocks: Any, **fields: Any) -> model.Document:
    return model.Document(title="題", organization="みなも市", as_of=MOMENT, blocks=blocks, status=model.Status.ISSUED, **fields)


def body(*blocks: Any, **fields: Any) -> list[Token]:
    """The tokens of the blocks: what follows the list of facts, without the list of references."""
    text = render_markdown(document(model.Heading("始", numbered=False), *blocks, model.Heading("終", numbered=False), **fields))
    tokens = PARSER.parse(text)
    marks = [n for n, t in enumerate(tokens) if t.type == "inline" and t.content in {"始", "終"}]
    return tokens[marks[0] + 2 : marks[1] - 1]


def plain(token: Token) -> str:
    """The words of an inline token; fails on anything that we did not mean."""
    out = ""
    for child in token.children or ():
        match child.type:
            case "text" | "text_special" | "code_inline":
                out += child.content
            case "softbreak" | "hardbreak":
                out += "\n"
            case "html_inline":
                assert child.content == "<br>"
                out += "\n"
            case "strong_open" | "strong_close":
                pass
            case _:
                pytest.fail(f"{child.type}: {child.content!r}")
    return out


def inline(tokens: list[Token]) -> list[str]:
    return [plain(token) for token in tokens if token.type == "inline"]


NASTY = [
    "# 見出し", "- 点", "+ 点", "* 点", "1. 一", "12) 二", "> 引用", "    字下げ", "\tタブ", "　全角の字下げ", "```\nコード\n```", "~~~",
    "---", "***", "===", "題\n===", "題\n---", "a | b\n--- | ---\n1 | 2", "|a|", ":--", "[a](http://x)", "![a](http://x)",
    "[^1]: 注", "[a]: http://x", "<script>alert(1)</script>", "<http://x>", "<!-- -->", "&lt;&amp;&#35;", "**強**", "_斜_", "`コ`", "~~消~~",
    "行末の空白  \n次", "行末の逆斜線\\", "\\", "\\|", "a\\|b", "|", "a\n\n\nb", "\n\n前", "$x$", "{.class}", "https://example.com/", "www.example.com",
    "a@example.com", "==印==", "++印++", "%%", "!", "^", "!\\[", "\\\n\\", "(", ":", "(#)", "- \n- ", "1.", "-", "+", "=", "  ", "#", "##", "<br>",
]  # fmt: skip


@pytest.mark.parametrize("text", NASTY)
def test_text_stands_as_text_in_every_kind_of_block(text: str) -> None:
    cited = model.Reference("e", text, "", text)
    table = model.Table((model.Column(f"頭{text}"), model.Column("列")), ((model.Cell(text), model.Cell(f"{text}尾", ("e",))),))
    tokens = body(
        model.Paragraph((f"文{text}",)),
        model.Paragraph((text, "後")),
        model.BulletList(((text, "項"), (f"項{text}",))),
        model.Callout((f"箱{text}",), title=f"名{text}"),
        model.KeyValues((model.KeyValue(f"鍵{text}", (f"値{text}",)),)),
        model.Heading(f"章{text}", 2, numbered=False),
        model.Paragraph((model.Cite("e"), text, "終")),
        table,
        references=(cited,),
    )
    shown = [words.strip("\n") for words in inline(tokens)]
    heading = f"章{text}".replace("\n", " ")
    expected = [
        f"文{text}", f"{text}後", f"{text}項", f"項{text}", f"名{text}", f"箱{text}", f"鍵{text}：値{text}", heading,
        f"[^1]{text}終", f"頭{text}", "列", text, f"{text}尾[^1]",
    ]  # fmt: skip
    assert shown == [words.strip("\n") for words in expected]
    kinds = {token.type for token in tokens}
    assert kinds <= {
        "inline", "paragraph_open", "paragraph_close", "bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close",
        "blockquote_open", "blockquote_close", "heading_open", "heading_close", "table_open", "table_close", "thead_open", "thead_close",
        "tbody_open", "tbody_close", "tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close",
    }  # fmt: skip


TEXT = st.text(alphabet="ab1　 \n\t\\`*_[]()<>&|~$^#!{}@-+=:.%あ「」/w\"'", max_size=25) | st.text(max_size=25)


@settings(deadline=None, max_examples=200)
@given(TEXT, TEXT)
@example("a\n", "\nb")
def test_any_text_comes_back_from_a_paragraph_a_list_and_a_cell(first: str, second: str) -> None:
    one, two = model.clean(first), model.clean(second)
    tokens = body(
        model.Paragraph(("文", first, model.Strong(second), "。")),
        model.BulletList((("項", first, second, "。"),), ordered=True),
        model.Table((model.Column("列"),), ((model.Cell(f"値{first}{second}。"),), (model.Cell(f"値{second}", strong=True),))),
    )
    assert inline(tokens) == [f"文{one}{two}。", f"項{one}{two}。", "列", f"値{one}{two}。", f"値{two}"]


@settings(deadline=None, max_examples=150)
@given(TEXT)
def test_any_text_comes_back_at_the_begin_of_a_block(text: str) -> None:
    words = model.clean(text)
    tokens = body(model.Paragraph((text, "。")), model.BulletList(((text, "。"),)), model.Heading(f"{text}。", numbered=False))
    expected = f"{words}。".strip("\n")
    assert inline(tokens) == [expected, expected, f"{words}。".replace("\n", " ")]


@settings(deadline=None, max_examples=100)
@given(TEXT)
def test_code_comes_back_as_code(text: str) -> None:
    words = model.clean(text).replace("\n", " ")
    tokens = body(model.Paragraph(("前", model.Code(text), "後")))
    assert inline(tokens) == [f"前{words}後"]


def test_emphasis_reaches_as_far_as_commonmark_allows() -> None:
    tokens = body(model.Paragraph(("前", model.Strong("「重要」"), model.Strong("な語"), "です", model.Strong("※"))))
    assert tokens[1].content == "前「**重要」な語**です※"
    assert [t.type for t in tokens[1].children or () if "strong" in t.type] == ["strong_open", "strong_close"]


def test_links_are_only_those_of_the_document() -> None:
    runs = (
        model.Link("内部", "/help"), "と", model.Link("外|部]", "https://example.com/a_(b)?x=1&copy=2|`"), "と",
        model.Link("場所", "#x"), "(x)",
    )  # fmt: skip
    tokens = body(model.Paragraph(runs))
    links = [child.attrs["href"] for child in tokens[1].children or () if child.type == "link_open"]
    assert links == ["https://example.com/a_(b)?x=1&copy=2%7C%60"]
    inside = body(model.Paragraph(runs), base_url="https://sekisho.example.jp")
    links = [child.attrs["href"] for child in inside[1].children or () if child.type == "link_open"]
    assert links[0] == "https://sekisho.example.jp/help"


def test_the_example_report_has_its_tables_numbers_and_footnotes(sample: Any) -> None:
    text = render_markdown(sample.report())
    tokens = PARSER.parse(text)
    assert [t.tag for t in tokens if t.type == "heading_open"].count("h1") == 1
    tables = [block for block in sample.report().blocks if isinstance(block, model.Table)]
    charts = [b for b in sample.report().blocks if isinstance(b, model.Chart) and b.with_table]
    assert sum(t.type == "table_open" for t in tokens) == len(tables) + len(charts)
    assert "## 2  対応レベル" in text
    assert "**表1  管理策の区分ごとの対応レベル**" in text
    assert "技術的管理策は34のうち21が竹以上。" in text
    assert "| 8.9 | 構成管理 | 梅 | 竹 | 竹 | 梅 | 竹 |" in text
    assert [f"[^{n}]: 根{n} – **" in text for n in range(1, 7)] == [True] * 6


def test_two_lists_in_a_row_stay_two() -> None:
    lists = [model.BulletList((("一",),), ordered=ordered) for ordered in (True, True, False, False)]
    tokens = body(*lists, model.KeyValues((model.KeyValue("鍵", ("値",)),)))
    assert sum(t.type in {"bullet_list_open", "ordered_list_open"} for t in tokens) == 5


def test_an_empty_table_says_so_and_a_table_without_columns_is_words() -> None:
    tokens = body(model.Table((model.Column("列"),), empty="まだありません。"), model.Table(()))
    assert inline(tokens) == ["列", "まだありません。", "該当するものはありません。"]


@pytest.mark.skipif(not hasattr(model, "Picture"), reason="the model has no pictures")
def test_a_picture_is_its_caption_and_its_words() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10" viewBox="0 0 10 10"></svg>'
    text = render_markdown(document(model.Picture(svg, "構成図|", "利用者が<予約サイト>を使う。")))
    assert "図1  構成図**\\|" in text
    assert "利用者が\\<予約サイト\\>を使う。" in text
    assert "svg" not in text


def test_markdown_is_one_of_the_formats_but_reports_are_not_issued_in_it(sample: Any) -> None:
    assert render(sample.report(), "md").decode() == render_markdown(sample.report())
    assert render(sample.report(), "md") == render(sample.report(), "md")
    assert ALL_MEDIA_TYPES["md"] == "text/markdown; charset=utf-8"
    assert "md" not in FORMATS
    assert set(FORMATS) < set(ALL_MEDIA_TYPES)


def test_a_broken_document_is_refused() -> None:
    with pytest.raises(InputError, match="broken_document"):
        render_markdown(document(model.Paragraph((model.Cite("nowhere"),))))
