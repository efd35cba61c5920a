"""Text with positions out of files of all kinds: text, CSV, Office, PDF, HTML, mail, archives, SQLite; bounded and honest.

    extracted = extract_file(Path("residents.xlsx"))
    for piece in extracted.pieces:      # Part (a run of text) or Rows (of a table, with headings)
        ...
    extracted.state, extracted.problems # what could not be read: encrypted, image only, damaged …

Whatever is in a file becomes a piece or a problem; nothing is raised for it. See :mod:`~sekisho.engines.textract.model` for what
"the extracted text" is, in which every position counts.
"""

from __future__ import annotations

from sekisho.engines.textract.extracting import extract, extract_file
from sekisho.engines.textract.model import SEPARATOR, Extracted, Limits, Part, Piece, Place, Rows, State
from sekisho.engines.textract.source import Source, from_bytes, from_path, from_stream

__all__ = [
    "SEPARATOR",
    "Extracted",
    "Limits",
    "Part",
    "Piece",
    "Place",
    "Rows",
    "Source",
    "State",
    "extract",
    "extract_file",
    "from_bytes",
    "from_path",
    "from_stream",
]
