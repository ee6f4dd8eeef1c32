"""Tables go to the terminal and, between two marks, into the documentation."""

from pathlib import Path

import pytest

from bench.tables import Table, insert, markdown, show

TABLE = Table("Costs", ("way", "ms"), [("naive | old", "12"), ("service", "3")], "On two cores.")


def test_markdown_keeps_rows_and_note() -> None:
    assert markdown([TABLE]) == (
        "### Costs\n\n| way | ms |\n| --- | --- |\n| naive / old | 12 |\n| service | 3 |\n\n"
        "On two cores.\n"
    )


def test_figures_replace_what_stood_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nend\n")
    insert([TABLE], page)
    insert([TABLE], page)
    text = page.read_text()
    assert text.startswith("# A\n")
    assert text.endswith("<!-- figures: end -->\nend\n")
    assert text.count("### Costs") == 1
    assert "old\n" not in text


def test_given_a_document_with_several_sections_then_only_the_one_named_changes(
    tmp_path: Path,
) -> None:
    page = tmp_path / "page.md"
    figures = "<!-- figures: begin -->\nkept\n<!-- figures: end -->\n"
    page.write_text(f"{figures}<!-- saves: begin -->\nold\n<!-- saves: end -->\n")
    insert([TABLE], page, "saves")
    text = page.read_text()
    assert text.startswith(f"{figures}<!-- saves: begin -->\n\n### Costs")
    assert "old\n" not in text


def test_a_document_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A\n")
    with pytest.raises(ValueError, match=r"page\.md"):
        insert([TABLE], page)
    assert page.read_text() == "# A\n"


def test_the_terminal_shows_every_cell(capsys: pytest.CaptureFixture[str]) -> None:
    show([TABLE])
    shown = capsys.readouterr().out
    assert all(words in shown for words in ("Costs", "naive | old", "On two cores."))
