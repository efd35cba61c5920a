"""``sekisho privacy``: how easily a table's records lead back to people, and a table generalised so that they do not.

Exit codes: 0 done, and what was asked for is kept · 1 computed, but a demand (``--k``, ``--l``, ``--t``) is not kept ·
2 the input cannot be used, or no generalisation keeps the demands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekisho.cli import privacy_report
from sekisho.cli.common import JsonOption, language, print_json, say
from sekisho.errors import InputError, SekishoError
from sekisho.standards import texts

if TYPE_CHECKING:
    import pyarrow as pa

    from sekisho.engines.privacyrisk import Assessment, Closeness, Diversity, Roles
    from sekisho.engines.privacyrisk.generalize import Generalized
    from sekisho.engines.privacyrisk.hierarchies import Hierarchy
    from sekisho.engines.privacyrisk.propose import Proposal

__all__ = ["app", "names_of", "table_of"]

app = typer.Typer(no_args_is_help=True, help="表から人が分かる危険を測り、匿名にする / re-identification risk of tables")
app.command("report")(privacy_report.report)

FileArgument = Annotated[str, typer.Argument(help="表（CSV・Parquet・XLSX・JSON Lines・SQLite・PostgreSQL） / the table")]
Quasi = Annotated[
    list[str], typer.Option("--quasi", metavar="A,B,…", help="準識別子：組み合わせると人を絞れる列 / quasi-identifiers")
]
Sensitive = Annotated[
    list[str] | None, typer.Option("--sensitive", metavar="A,B,…", help="要保護の属性：知られてはならない列 / sensitive columns")
]
Direct = Annotated[
    list[str] | None, typer.Option("--direct", metavar="A,B,…", help="直接識別子：取り除く列 / direct identifiers, removed")
]
K = Annotated[int | None, typer.Option("--k", min=1, help="求めるk / the k that is asked for")]
L = Annotated[float | None, typer.Option("--l", min=1, help="求めるl（どの要保護の属性にも） / the l that is asked for")]
LKind = Annotated[str, typer.Option("--l-kind", help="lの数え方：distinct・entropy・recursive / how l is counted")]
C = Annotated[float, typer.Option("--c", help="再帰的(c,l)-多様性のc / c of recursive (c,l)-diversity")]
T = Annotated[float | None, typer.Option("--t", min=0, max=1, help="求めるt（どの要保護の属性にも） / the t that is asked for")]
DistanceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--distance", metavar="COLUMN=KIND",
        help="tの距離：equal・ordered・hierarchical（省くと数はordered、他はequal） / distance of t",
    ),
]  # fmt: skip
MissingOption = Annotated[str, typer.Option("--missing", help="値のないセル：own 一つの値・exclude 行を除く / missing values")]
Specs = Annotated[Path | None, typer.Option("--hierarchies", help="一般化の階層（YAML） / hierarchies (YAML)")]
Encoding = Annotated[str, typer.Option("--encoding", help="CSVの文字コード（省くとUTF-8かCP932） / encoding of CSV")]
TableOption = Annotated[str, typer.Option("--table", help="シート・表の名前 / name of the sheet or table")]


@app.command("assess")
def assess_(
    file: FileArgument,
    *,
    quasi: Quasi,
    sensitive: Sensitive = None,
    k: K = None,
    l: L = None,  # noqa: E741 - the letter is the measure's name
    t: T = None,
    distance: DistanceOption = None,
    missing: MissingOption = "own",
    threshold: Annotated[float, typer.Option("--threshold", help="危険とみなす確率 / risk above which a record counts")] = 0.2,
    population: Annotated[str | None, typer.Option("--population", help="母集団の表 / table of the population")] = None,
    sampling: Annotated[float | None, typer.Option("--sampling", help="母集団からの抽出率（0〜1） / sampling fraction")] = None,
    suppressed: Annotated[
        str | None,
        typer.Option("--suppressed", help="抑制した行の印（準識別子がすべてこれの行を除く） / mark of suppressed rows"),
    ] = None,
    hierarchies: Specs = None,
    encoding: Encoding = "auto",
    table: TableOption = "",
    json_: JsonOption = False,
) -> None:
    """k-匿名性・l-多様性・t-近接性・一意性・再識別の危険を測る / k, l, t, uniqueness, re-identification risk."""
    from sekisho.engines.privacyrisk import Options, Roles, assess
    from sekisho.engines.privacyrisk.files import read_table

    data = table_of(file, encoding, table)
    roles = Roles(names_of(quasi, data), names_of(sensitive, data))
    options = Options(
        missing=_missing(missing), k=k or 5, distances=_distances(distance, roles), hierarchies=_specs(hierarchies),
        threshold=threshold, suppressed=suppressed, sampling=sampling,
    )  # fmt: skip
    people = None if population is None else read_table(population, encoding=encoding)
    with _working():
        result = assess(data, roles, options, population=people)
    lacking = _lacking(result, k, l, t)
    if json_:
        print_json({"file": file, **result.as_dict(), "not_met": lacking})
    else:
        _show(result)
    if lacking:
        say("privacy.cli_not_met", demands=", ".join(lacking))
        raise typer.Exit(1)


def _lacking(result: Assessment, k: int | None, l: float | None, t: float | None) -> list[str]:  # noqa: E741 - the measure's name
    found = [f"k={k}"] if k is not None and result.k < k else []
    if l is not None and (result.l is None or result.l < l):
        found.append(f"l={l:g}")
    if t is not None and (result.t is None or result.t > t):
        found.append(f"t={t:g}")
    return found


@app.command("generalize")
def generalize_(
    file: FileArgument,
    *,
    quasi: Quasi,
    out: Annotated[str, typer.Option("--out", help="書き出す先 / where the result is written")],
    sensitive: Sensitive = None,
    direct: Direct = None,
    k: Annotated[int, typer.Option("--k", min=1, help="どの組にもこの数以上の行 / least records of a class")] = 5,
    l: L = None,  # noqa: E741 - the letter is the measure's name
    l_kind: LKind = "distinct",
    c: C = 3.0,
    t: T = None,
    distance: DistanceOption = None,
    suppression: Annotated[
        float, typer.Option("--suppression", min=0, max=1, help="抑制してよい行の割合（0〜1） / share that may be suppressed")
    ] = 0.0,
    method: Annotated[str, typer.Option("--method", help="lattice・mondrian・mondrian-relaxed")] = "lattice",
    loss: Annotated[
        str, typer.Option("--loss", help="小さくする損失：loss・entropy・precision / which loss is made least")
    ] = "loss",
    aggregate: Annotated[
        str, typer.Option("--aggregate", help="損失のまとめ方：geometric・arithmetic・maximum / how losses are put together")
    ] = "geometric",
    hierarchies: Specs = None,
    missing: MissingOption = "own",
    keep_suppressed: Annotated[
        bool, typer.Option("--keep-suppressed", help="抑制した行を「*」で残す / suppressed rows stay as *")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="ある先に上書きする / replace what is there")] = False,
    encoding: Encoding = "auto",
    table: TableOption = "",
    json_: JsonOption = False,
) -> None:
    """一般化と抑制で匿名にし、できた表を数え直して確かめる / generalise, suppress, and verify the result."""
    from sekisho.engines.privacyrisk import Requirements, Roles
    from sekisho.engines.privacyrisk.files import write_table
    from sekisho.engines.privacyrisk.generalize import How, Method, generalize
    from sekisho.engines.privacyrisk.loss import Aggregate, LossModel

    data = table_of(file, encoding, table)
    roles = Roles(names_of(quasi, data), names_of(sensitive, data), names_of(direct, data))
    diversity, closeness = _demands(roles, data, l=l, kind=l_kind, c=c, t=t, distance=distance)
    asked = Requirements(k, diversity, closeness, suppression)
    with _working() as step:
        made = generalize(data, roles, asked, How(
            method=_choice(method, Method, "--method"), hierarchies=_specs(hierarchies), missing=_missing(missing),
            model=_choice(loss, LossModel, "--loss"), aggregate=_choice(aggregate, Aggregate, "--aggregate"),
            keep_suppressed=keep_suppressed, progress=step,
        ))  # fmt: skip
        if not made.verification.held:
            failing = ", ".join(name for name, count in made.verification.failing.items() if count)
            raise SekishoError("privacy.verification_failed", failing=failing)
        write_table(made.table, out, source=file, force=force)
    if json_:
        print_json({"file": file, "out": out, **made.as_dict()})
    else:
        _show_made(made, out)


@app.command("propose")
def propose_(
    file: FileArgument,
    *,
    largest: Annotated[int, typer.Option("--largest", min=1, max=4, help="組み合わせる列の数 / columns of a combination")] = 3,
    encoding: Encoding = "auto",
    table: TableOption = "",
    json_: JsonOption = False,
) -> None:
    """どの列が直接識別子・準識別子・要保護の属性かを提案する / propose what each column is, with reasons."""
    from sekisho.engines.privacyrisk.propose import propose

    data = table_of(file, encoding, table)
    with _working():
        found = propose(data, largest=largest)
    if json_:
        print_json({"file": file, **found.as_dict()})
    else:
        _show_proposal(found)


def table_of(file: str, encoding: str, table: str = "") -> pa.Table:
    """The table in ``file``; Arrow settles first that it needs no pandas."""
    from sekisho.engines.arrow_alone import without_pandas
    from sekisho.engines.privacyrisk.files import read_table

    without_pandas()
    return read_table(file, encoding=encoding, sheet=table)


def names_of(given: list[str] | None, table: pa.Table) -> tuple[str, ...]:
    """Names of columns, with commas between; a name that has commas itself stands alone."""
    found: list[str] = []
    for text in given or ():
        found += [text] if text in table.column_names else [name.strip() for name in text.split(",") if name.strip()]
    return tuple(found)


def _choice(text: str, kind: Any, option: str) -> Any:
    try:
        return kind(text)
    except ValueError as error:
        expected = ", ".join(member.value for member in kind)
        raise InputError("privacy.setting_wrong", value=f"{option} {text[:60]}", expected=expected) from error


def _missing(text: str) -> Any:
    from sekisho.engines.privacyrisk import Missing

    return _choice(text, Missing, "--missing")


def _distances(given: list[str] | None, roles: Roles) -> dict[str, Any]:
    from sekisho.engines.privacyrisk import Distance

    found = {}
    for text in given or ():
        name, _, kind = text.rpartition("=")
        if name not in roles.sensitive:
            raise InputError("privacy.demand_column", column=name)
        found[name] = _choice(kind, Distance, "--distance")
    return found


def _demands(
    roles: Roles, data: pa.Table, *, l: float | None, kind: str, c: float, t: float | None, distance: list[str] | None,  # noqa: E741
) -> tuple[tuple[Diversity, ...], tuple[Closeness, ...]]:  # fmt: skip
    from sekisho.engines.privacyrisk import Closeness, Distance, Diversity
    from sekisho.engines.privacyrisk.coding import code_column

    if (l is not None or t is not None) and not roles.sensitive:
        raise InputError("privacy.demand_column", column="--sensitive")
    given = _distances(distance, roles)
    diversity = tuple(Diversity(name, l, kind, c if kind == "recursive" else 0.0) for name in roles.sensitive) if l else ()
    closeness = []
    for name in roles.sensitive if t is not None else ():
        assert t is not None
        known = name in given or name not in data.column_names
        usual = Distance.EQUAL if known or code_column(name, data.column(name)).numbers is None else Distance.ORDERED
        closeness.append(Closeness(name, t, given.get(name, usual)))
    return diversity, tuple(closeness)


def _specs(path: Path | None) -> dict[str, Hierarchy]:
    from sekisho.engines.privacyrisk.specs import read_specs

    return {} if path is None else read_specs(path)


@contextmanager
def _working() -> Iterator[Callable[[int, int], None]]:
    """Says on standard error what is being done, from the second second on; yields a function to say how far it is."""
    from sekisho.cli.measure_output import working

    with working("privacy.cli_working", language()) as step:
        yield lambda checked, nodes: step(texts.render("privacy.cli_nodes", {"checked": checked, "nodes": nodes}, language()))


def _line(code: str, **fields: Any) -> None:
    typer.echo(texts.render(f"privacy.{code}", fields, language()))


def _show(result: Assessment) -> None:
    _line("cli_table", rows=result.rows, assessed=result.assessed, missing=result.left_out_missing,
          suppressed=result.left_out_suppressed)  # fmt: skip
    _line("cli_k", k=result.k, classes=result.classes, average=f"{result.average_class:.2f}")
    for k, (classes, records) in sorted(result.under.items()):
        _line("cli_under", k=k, classes=classes, records=records, share=f"{records / result.assessed:.1%}")
    for one in result.sensitive:
        distance = texts.render(f"privacy.distance_{one.distance.value}", {}, language())
        _line("cli_sensitive", column=one.column, distinct=one.distinct, entropy=f"{one.entropy:.2f}", t=f"{one.t:.3f}",
              distance=distance, homogeneous=one.homogeneous_records)  # fmt: skip
    _line("cli_unique", unique=result.unique, share=f"{result.unique / result.assessed:.1%}")
    if result.population_uniques is not None:
        _line("cli_population", population=result.population_uniques.population, model=result.population_uniques.model,
              share=f"{result.population_uniques.share:.2%}")  # fmt: skip
    for name, risk in (("prosecutor", result.risk_prosecutor), ("journalist", result.risk_journalist)):
        if risk is None:
            _line("cli_journalist_unknown")
            continue
        _line(f"cli_{name}", highest=f"{risk.highest:.4f}", average=f"{risk.average:.4f}", at_risk=risk.at_risk,
              threshold=result.options.threshold)  # fmt: skip
    _line("cli_marketer", average=f"{result.risk_marketer:.4f}")


def _show_made(made: Generalized, out: str) -> None:
    _line("cli_written", out=out, rows_out=made.table.num_rows, suppressed=made.suppressed, missing=made.left_out_missing)
    for column, (level, height) in made.levels.items():
        _line("cli_level", column=column, level=level, height=height)
    _line("cli_cost", ncp=f"{made.cost.ncp:.4f}", average=f"{made.cost.average_class:.2f}")
    _line("cli_verified", k=made.verification.k)


def _show_proposal(found: Proposal) -> None:
    lang = language()
    for column in found.columns:
        reasons = "、".join(texts.render(code, fields, lang) for code, fields in column.reasons)
        _line("cli_column", column=column.name, role=texts.render(f"privacy.role_{column.role}", {}, lang),
              reasons=reasons if lang == "ja" else reasons.replace("、", "; "))  # fmt: skip
    for one in found.combinations:
        _line("cli_combination", columns=" × ".join(one.columns), share=f"{one.unique_share:.1%}")
    say("privacy.cli_person_decides")
