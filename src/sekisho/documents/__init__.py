"""Documents: one model (:mod:`.model`), rendered to HTML, DOCX, PDF and XLSX with the same numbers and marks in each."""
