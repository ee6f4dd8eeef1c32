"""Tables of a measurement, for the terminal and for the documentation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

_FILE_COLUMNS = 140
_BEGIN, _END = "<!-- {}: begin -->", "<!-- {}: end -->"


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def show(tables: Iterable[Table]) -> None:
    """Print to the terminal; wide enough to read where the output goes to a file."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_FILE_COLUMNS)
    for table in tables:
        rich = RichTable(title=table.title, title_justify="left", caption=table.note or None)
        rich.caption_justify = "left"
        for i, column in enumerate(table.columns):
            rich.add_column(column, justify="right" if i and len(table.columns) > 3 else "left")
        for row in table.rows:
            rich.add_row(*(escape(cell) for cell in row))
        console.print(rich)


def markdown(tables: Iterable[Table]) -> str:
    """Give the tables for the documentation, so that no figure is typed by hand."""
    parts: list[str] = []
    for table in tables:
        lines = [f"### {table.title}", ""]
        lines.append(f"| {' | '.join(table.columns)} |")
        lines.append(f"|{' --- |' * len(table.columns)}")
        lines += [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in table.rows]
        if table.note:
            lines += ["", table.note]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def insert(tables: Iterable[Table], document: Path, section: str = "figures") -> None:
    """Put the tables between a section's two marks in a Markdown document; raises ValueError
    without."""
    text = document.read_text(encoding="utf-8")
    first, last = _BEGIN.format(section), _END.format(section)
    before, begin, rest = text.partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"{document}: has no {first} ... {last}")
    document.write_text(f"{before}{begin}\n\n{markdown(tables)}\n{end}{after}", encoding="utf-8")


def publish(
    tables: Sequence[Table], *, as_markdown: bool, into: Path | None, section: str = "figures"
) -> None:
    """Print the tables in the form asked for, and put them into a document where one is named."""
    if as_markdown:
        print(markdown(tables))
    else:
        show(tables)
    if into is not None:
        insert(tables, into, section)
