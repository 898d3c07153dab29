"""The child process that opens a workbook (see workbook.py). Run by path, so that it imports nothing of ours.

Takes one argument of JSON; writes lines of JSON: `{"sheet", "sheets", "width", "rows"}`, then `[number, [cell, ...]]`,
then `"end"`; or `{"refuse": code}`.
"""

import datetime
import json
import resource
import signal
import sys
from decimal import Decimal
from typing import Any

MIDNIGHT = datetime.time()


def main(wanted: dict[str, Any]) -> None:
    """Limit this process, open the workbook, write its rows."""
    resource.setrlimit(resource.RLIMIT_AS, (wanted["memory"], wanted["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (wanted["seconds"], wanted["seconds"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    import python_calamine as calamine

    try:
        # of a path calamine believes the ending, of a file its content
        book = calamine.CalamineWorkbook.from_filelike(open(wanted["path"], "rb"))  # noqa: SIM115
        name = wanted["sheet"] or _first_sheet(book, calamine)
        if name not in book.sheet_names:
            return say({"refuse": "no_such_sheet", "params": {"sheet": name}})
        sheet = book.get_sheet_by_name(name)
    except calamine.PasswordError:
        return say({"refuse": "encrypted"})
    except MemoryError:
        return say({"refuse": "workbook_too_big"})
    except BaseException:  # a panic of the reader derives from BaseException
        return say({"refuse": "unreadable_workbook"})
    start = sheet.start or (0, 0)
    rows = start[0] + sheet.height
    say({"sheet": name, "sheets": book.sheet_names, "width": start[1] + sheet.width, "rows": rows})
    write_rows(sheet, start, wanted["start_after"], wanted["max_cell"])
    say("end")


def write_rows(sheet: Any, start: tuple[int, int], start_after: int, max_cell: int) -> None:
    """Each row with its number in Excel. calamine leaves out blank columns on the left, but not rows above."""
    left = [""] * start[1]
    for number, values in enumerate(sheet.iter_rows() if sheet.height else (), 1):
        if number > start_after:
            say([number, left + [text(value)[: max_cell + 1] for value in values]])


def _first_sheet(book: Any, calamine: Any) -> str:
    """The first visible work sheet that holds anything."""
    visible = [
        about.name
        for about in book.sheets_metadata
        if about.visible == calamine.SheetVisibleEnum.Visible
        and about.typ == calamine.SheetTypeEnum.WorkSheet
    ] or book.sheet_names
    for name in visible:
        if book.get_sheet_by_name(name).height:
            return name
    return visible[0]


def text(value: Any) -> str:
    """A cell as stable text: integers without point, ISO dates, nothing in scientific notation."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, datetime.datetime):
        value = rounded(value)
        return value.date().isoformat() if value.time() == MIDNIGHT else value.isoformat(timespec="seconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.time):
        return value.isoformat(timespec="seconds")
    if isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return "" if value is None else str(value)


def rounded(moment: datetime.datetime) -> datetime.datetime:
    """To the second: a day's fraction as a float is off by microseconds."""
    return (moment + datetime.timedelta(milliseconds=500)).replace(microsecond=0)


def number_text(value: float) -> str:
    """Up to the 15 digits that a spreadsheet shows, without exponent."""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{Decimal(f'{value:.15g}'):f}"


def say(what: Any) -> None:
    """One line of JSON to the parent."""
    sys.stdout.write(json.dumps(what) + "\n")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
