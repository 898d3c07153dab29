"""Tables in and out: CSV and relatives in any encoding, Excel workbooks; read row by row, written without formulas."""

from .encoding import ENCODINGS, detect_encoding
from .rows import MAX_COLUMNS, Row, RowError, TakesLong
from .table import Table, open_table
from .writing import csv_chunks, write_csv, write_xlsx

__all__ = [
    "ENCODINGS", "MAX_COLUMNS", "Row", "RowError", "Table", "TakesLong", "csv_chunks", "detect_encoding", "open_table",
    "write_csv", "write_xlsx",
]  # fmt: skip
