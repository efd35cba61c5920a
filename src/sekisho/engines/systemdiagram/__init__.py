"""The system overview diagram (システム概要図): drawn by rules from the answers, corrected by hand, shown as SVG and as a table.

>>> diagram = derive(business)                                              # doctest: +SKIP
>>> shown, orphans = apply(diagram, edits).diagram, apply(diagram, edits).orphans  # doctest: +SKIP
>>> svg = render_svg(shown, language="ja", title="予約サイトのシステム概要図")  # doctest: +SKIP

Step 3 of the 情報システムに係る政府調達におけるセキュリティ要件策定マニュアル; the shapes are Sekisho's own proposal.
"""

from __future__ import annotations

from sekisho.engines.systemdiagram.business import (
    WORDS,
    Business,
    Information,
    Partner,
    Task,
    Use,
    check_business,
    decode_business,
    encode_business,
)
from sekisho.engines.systemdiagram.derive import derive
from sekisho.engines.systemdiagram.geometry import Sheet
from sekisho.engines.systemdiagram.layout import lay_out
from sekisho.engines.systemdiagram.model import (
    KINDS,
    Applied,
    Crossing,
    Diagram,
    Edits,
    Flow,
    Item,
    Node,
    Orphan,
    Zone,
    apply,
    crossings,
    decode_diagram,
    decode_edits,
    encode,
)
from sekisho.engines.systemdiagram.rows import TableRows, table_rows
from sekisho.engines.systemdiagram.svg import describe, render_svg

__all__ = [
    "KINDS",
    "WORDS",
    "Applied",
    "Business",
    "Crossing",
    "Diagram",
    "Edits",
    "Flow",
    "Information",
    "Item",
    "Node",
    "Orphan",
    "Partner",
    "Sheet",
    "TableRows",
    "Task",
    "Use",
    "Zone",
    "apply",
    "check_business",
    "crossings",
    "decode_business",
    "decode_diagram",
    "decode_edits",
    "derive",
    "describe",
    "encode",
    "encode_business",
    "lay_out",
    "render_svg",
    "table_rows",
]
