"""Tables in and out: XLSX and CSV (UTF-8, CP932) as people's Excel makes and wants them. Pure: bytes in, rows out, and back."""

from sekisho.records.tabular.columns import Choice, Column, Row, Table
from sekisho.records.tabular.read import read_table
from sekisho.records.tabular.write import CSV_TYPE, XLSX_TYPE, write_csv, write_xlsx

__all__ = ["CSV_TYPE", "XLSX_TYPE", "Choice", "Column", "Row", "Table", "read_table", "write_csv", "write_xlsx"]
