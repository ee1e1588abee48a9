"""Tables for office programs: CSV as a stream, XLSX with constant memory, from the columns that a list declares.

CSV is written for a spreadsheet that is set to Azerbaijan: it takes semicolons between cells (a comma is in its
numbers) and UTF-8 with a byte order mark. Every cell stands in quotation marks.

What somebody typed is never taken for a formula: in XLSX it is text; in CSV an apostrophe stands before what would
begin one, at the beginning of a cell and after everything that some spreadsheet takes for the end of one.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from io import StringIO
from typing import IO, Any

import xlsxwriter
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.words import capitalised

CHUNK = 500
LONGEST_CELL = 32_767  # what a cell of a spreadsheet holds
_BYTE_ORDER_MARK = "\ufeff"  # by which spreadsheets know UTF-8
_SEPARATOR = ";"
_FORMULA = re.compile(r"(^|[;,|\t\r\n])(\s*)([=+\-@＝＋－＠])")


class Format(StrEnum):
    """The kinds of table that are offered."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def content_type(self) -> str:
        """The media type of a file of this kind."""
        return {
            "csv": "text/csv; charset=utf-8",
            "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, what it shows of a row (text, number, date, moment or yes and no), and its width."""

    heading: str | Promise
    value: Callable[[Any], object]
    width: int = 18

    @property
    def head(self) -> str:
        """The heading in the active language, with a capital letter: it may be a word that a page has in a sentence."""
        return capitalised(str(self.heading))


def csv_lines(columns: Sequence[Column], rows: Iterable[Any], language: str) -> Iterator[bytes]:
    """Give the table piece by piece as it is sent, which is after the reader's language has been put away."""
    with translation.override(language):
        piece = _csv([[column.head for column in columns]])
    yield (_BYTE_ORDER_MARK + piece).encode()
    for row in rows:
        with translation.override(language):
            piece = _csv([[_csv_cell(column.value(row)) for column in columns]])
        yield piece.encode()


def _csv(rows: Iterable[Sequence[str]]) -> str:
    target = StringIO()
    csv.writer(target, delimiter=_SEPARATOR, quoting=csv.QUOTE_ALL).writerows(rows)
    return target.getvalue()


def _csv_cell(value: object) -> str:
    plain = _plain(value)
    if isinstance(plain, datetime):
        return f"{plain:%Y-%m-%d %H:%M}"
    if isinstance(plain, float):
        return str(plain).replace(".", ",")  # "7.5" would be read as the 7th of May
    return _FORMULA.sub(r"\1\2'\3", plain) if isinstance(plain, str) else "" if plain is None else str(plain)


def write_xlsx(target: IO[bytes], title: str, columns: Sequence[Column], rows: Iterable[Any], language: str) -> int:
    """Write the table as a workbook with one sheet; returns the number of rows. One row at a time is kept in memory."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    count = 0
    with translation.override(language), xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet(_sheet_name(title))
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        formats = {
            date: book.add_format({"num_format": "dd.mm.yyyy", "align": "left"}),
            datetime: book.add_format({"num_format": "dd.mm.yyyy hh:mm", "align": "left"}),
        }
        sheet.freeze_panes(1, 0)
        for index, column in enumerate(columns):
            sheet.set_column(index, index, column.width)
            sheet.write_string(0, index, column.head, head)
        for count, row in enumerate(rows, start=1):
            for index, column in enumerate(columns):
                _write_cell(sheet, count, index, _plain(column.value(row)), formats)
    return count


def _write_cell(sheet: Any, row: int, column: int, value: object, formats: Mapping[Any, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, date):  # a datetime is a date too
        sheet.write_datetime(row, column, value, formats[type(value)])
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value)[:LONGEST_CELL])


def _plain(value: object) -> object:
    """Return a moment on the clock of Baku without its zone, a word for yes and no, and lazy text as text."""
    if isinstance(value, datetime):
        return timezone.make_naive(value) if timezone.is_aware(value) else value
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if value is None or isinstance(value, date | int | float):
        return value
    return str(value)


def _sheet_name(title: str) -> str:
    """Return the title as the name of a sheet: at most 31 characters, none of those that workbooks refuse."""
    kept = "".join(" " if letter in "[]:*?/\\'" else letter for letter in title).strip()
    return kept[:31].strip() or "1"
