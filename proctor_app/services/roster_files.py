"""Rosters as CSV files: read whole or refused whole, and written so that no spreadsheet takes a
cell for a formula."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from proctor_app.db.tables import RosterEntry
from proctor_app.domain.exam import Preset
from proctor_app.domain.incident import EventType
from proctor_app.errors import Invalid
from proctor_app.services.emails import normal_email
from proctor_app.services.exam_views import ENOUGH_PROBLEMS, FileInvalid, Problem, RosterView
from proctor_app.services.text_files import as_text

MAX_ENTRIES = 10_000
MAX_EXTRA_MINUTES = 24 * 60
COLUMNS = ("email", "name", "extra_minutes", "may_pause", "detectors_off", "preset")
_ALIASES = {"e-mail": "email", "mail": "email"}
_YES, _NO = frozenset({"yes", "true", "1"}), frozenset({"", "no", "false", "0"})
_DELIMITERS = ",;\t"
_SEPARATORS = re.compile(r"[;,\s]+")
_DIGITS = re.compile(r"[0-9]{1,5}")
# A cell that begins with one of these is a formula to a spreadsheet; an apostrophe makes it text
# (OWASP, CSV injection). What begins with apostrophes before one gets another, so that reading
# takes away exactly what writing added.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NEUTRALISED = re.compile(r"'+[=+\-@\t\r]")
_AS_COMMAS = str.maketrans({";": ",", "\t": ","})
"""Within quotes a comma is none to anybody who separates by commas; but who separates by something
else reads on past the quotes, and begins a cell wherever theirs stands."""


@dataclass(frozen=True, slots=True)
class RosterRow:
    """Somebody's accommodations; preset: "" for the exam's own."""

    email: str
    extra_minutes: int = 0
    may_pause: bool = False
    detectors_off: tuple[EventType, ...] = ()
    preset: str = ""


@dataclass(frozen=True, slots=True)
class RosterFile:
    """columns: which the file has; the others of its rows say nothing."""

    rows: tuple[RosterRow, ...]
    columns: frozenset[str]

    def over(self, row: RosterRow, before: RosterRow) -> RosterRow:
        """The row, with what the file has no column for as it was before."""
        kept = {
            name: getattr(before, name)
            for name in ("extra_minutes", "may_pause", "detectors_off", "preset")
            if name not in self.columns
        }
        return replace(row, **kept)


def checked(row: RosterRow) -> RosterRow:
    """The row with its e-mail in normal form. Raises Invalid."""
    if not 0 <= row.extra_minutes <= MAX_EXTRA_MINUTES:
        raise Invalid(
            "roster_invalid", f"Extra time lies between 0 and {MAX_EXTRA_MINUTES} minutes."
        )
    if row.preset and row.preset not in set(Preset):
        raise Invalid("roster_invalid", f"A preset is {', '.join(Preset)}.")
    detectors = tuple(dict.fromkeys(row.detectors_off))
    return replace(row, email=normal_email(row.email), detectors_off=detectors)


def read_csv(data: bytes) -> RosterFile:
    """Raises TooLarge; FileInvalid with every row that is wrong, and nothing else whatever the
    bytes are."""
    text = as_text(data, "Row")
    records = csv.reader(io.StringIO(text), delimiter=_delimiter(text), strict=True)
    problems: list[Problem] = []
    header: tuple[str, ...] = ()
    rows: dict[str, RosterRow] = {}
    seen: dict[str, int] = {}
    for number, record in _numbered(records, problems):
        if len(problems) >= ENOUGH_PROBLEMS:
            break
        cells = [_plain(cell) for cell in record]
        if not any(cells):
            continue
        if not header:
            header = _header(number, cells)
            continue
        if len(rows) >= MAX_ENTRIES:
            problems.append(Problem(number, f"A roster has at most {MAX_ENTRIES} entries."))
            break
        try:
            row = _row(header, cells)
        except Invalid as error:
            problems.append(Problem(number, error.detail))
            continue
        if row.email in seen:
            problems.append(Problem(number, f"Row {seen[row.email]} has the same e-mail."))
        seen.setdefault(row.email, number)
        rows[row.email] = row
    if not header:
        problems.append(Problem(0, "The file is empty: it needs a row with the column's names."))
    if problems:
        raise FileInvalid(tuple(problems), "Row")
    return RosterFile(tuple(rows.values()), frozenset(header))


def write_csv(views: Iterable[RosterView]) -> bytes:
    """What ``read_csv`` reads, with a byte order mark, by which spreadsheets know UTF-8."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for view in views:
        cells = (
            view.email,
            view.name.translate(_AS_COMMAS),
            str(view.extra_minutes),
            "yes" if view.may_pause else "no",
            " ".join(view.detectors_off),
            view.preset,
        )
        writer.writerow(neutralised(cell) for cell in cells)
    return file.getvalue().encode("utf-8-sig")


def row_of(entry: RosterEntry) -> RosterRow:
    return RosterRow(
        entry.email,
        entry.extra_minutes,
        entry.may_pause,
        tuple(EventType(one) for one in entry.detectors_off.split(",") if one),
        entry.preset,
    )


def write_row(entry: RosterEntry, row: RosterRow) -> None:
    entry.extra_minutes, entry.may_pause = row.extra_minutes, row.may_pause
    entry.detectors_off, entry.preset = ",".join(row.detectors_off), row.preset


def _numbered(
    records: Iterator[list[str]], problems: list[Problem]
) -> Iterator[tuple[int, list[str]]]:
    """The file's rows with their numbers; one that can't be read is a problem and the last."""
    number = 0
    while True:
        number += 1
        try:
            record = next(records)
        except StopIteration:
            return
        except csv.Error:
            problems.append(Problem(number, "The row can't be read: a quote or a cell is broken."))
            return
        yield number, record


def _header(number: int, cells: list[str]) -> tuple[str, ...]:
    """Raises FileInvalid."""
    names = [_ALIASES.get(cell.casefold(), cell.casefold()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if "email" not in names:
        raise FileInvalid((Problem(number, 'There is no column "email".'),), "Row")
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        said = f'"{unknown[0][:40]}" is no column; columns are {", ".join(COLUMNS)}.'
        raise FileInvalid((Problem(number, said),), "Row")
    if len(set(names)) != len(names):
        raise FileInvalid((Problem(number, "Two columns have the same name."),), "Row")
    return tuple(names)


def _row(header: tuple[str, ...], cells: list[str]) -> RosterRow:
    """Raises Invalid."""
    if any(cells[len(header) :]):
        raise Invalid("roster_invalid", "There are more cells than columns.")
    found = dict(zip(header, cells, strict=False))
    minutes = found.get("extra_minutes") or "0"
    if not _DIGITS.fullmatch(minutes):
        raise Invalid("roster_invalid", "The extra minutes are not a number.")
    row = RosterRow(
        found.get("email", ""),
        int(minutes),
        _yes(found),
        tuple(_detectors(found.get("detectors_off", ""))),
        found.get("preset", "").casefold(),
    )
    return checked(row)


def _yes(found: Mapping[str, str]) -> bool:
    word = found.get("may_pause", "").casefold()
    if word not in _YES | _NO:
        raise Invalid("roster_invalid", 'may_pause is "yes" or "no".')
    return word in _YES


def _detectors(cell: str) -> Iterator[EventType]:
    for name in filter(None, _SEPARATORS.split(cell)):
        if name not in set(EventType):
            raise Invalid("roster_invalid", f'"{name[:40]}" is no detector.')
        yield EventType(name)


def _delimiter(text: str) -> str:
    """The one that stands most often in the first line that has anything in it."""
    line = next((line for line in io.StringIO(text) if line.strip()), "")
    return max(_DELIMITERS, key=line.count)


def _plain(cell: str) -> str:
    cell = cell.strip(" \u00a0")
    cell = cell[1:] if _NEUTRALISED.match(cell) else cell
    return cell.strip()


def neutralised(cell: str) -> str:
    """The cell as no spreadsheet takes it for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell
