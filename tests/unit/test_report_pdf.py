"""PDF from a page: what stands in it, what it may open, and what happens where it can't be made."""

from pathlib import Path

import pytest

from proctor_app.services import report_pdf
from proctor_app.services.report_pdf import PdfUnavailable, Stopped, make_pdf
from proctor_app.services.report_style import CSS

_PAGE = """<!doctype html><html lang="en"><head><title>Ana Núñez</title><style>{css}</style></head>
<body><h1><bdi>Ana Núñez</bdi></h1><p>{words}</p></body></html>"""


def page(words: str = "Words.") -> str:
    return _PAGE.format(css=CSS, words=words)


def texts(box: object) -> str:
    """All text of a laid-out page."""
    text = getattr(box, "text", "")
    inner = "".join(texts(child) for child in getattr(box, "children", ()))
    return (text if isinstance(text, str) else "") + inner


def test_given_a_page_then_its_pdf_says_whose_it_is_and_counts_its_pages() -> None:
    (laid_out,) = report_pdf.document(page()).pages

    text = texts(laid_out._page_box)
    assert text.count("Ana Núñez") == 2  # the heading and the foot of the page
    assert "Page 1 of 1" in text


def test_given_a_word_of_a_thousand_letters_then_it_stays_on_the_paper() -> None:
    (laid_out,) = report_pdf.document(page("w" * 1000)).pages

    paragraph = next(b for b in laid_out._page_box.descendants() if b.element_tag == "p")
    assert len(paragraph.children) > 5
    assert all(line.width <= paragraph.width for line in paragraph.children)


def test_given_a_page_then_another_process_makes_the_pdf() -> None:
    made = make_pdf(page())

    assert made.startswith(b"%PDF-")
    assert made.rstrip().endswith(b"%%EOF")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://127.0.0.1:8080/api/v1/health",
        "https://evil.example/x.png",
        "ftp://evil.example/x",
        "data:text/html,<script>",
        "data:image/svg+xml;base64,AAAA",
        "/etc/passwd",
        "gopher://x",
        "",
    ],
)
def test_given_any_address_but_a_picture_in_the_page_then_it_is_not_opened(url: str) -> None:
    with pytest.raises(ValueError, match="refused"):
        report_pdf.allow(url)


def test_given_markup_that_names_files_and_addresses_then_each_is_refused_and_the_rest_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused: list[str] = []

    def note(url: str) -> None:
        refused.append(url)
        raise ValueError("refused")

    monkeypatch.setattr(report_pdf, "allow", note)
    hostile = (
        '<img src="file:///etc/passwd"><link rel=stylesheet href="http://evil.example/x.css">'
        '<style>@import "http://evil.example/y.css"; p { background: url(file:///etc/hosts) }'
        '</style><object data="http://evil.example/z"></object>Still here.'
    )
    (laid_out,) = report_pdf.document(page(hostile)).pages

    assert "Still here." in texts(laid_out._page_box)
    assert {"file:///etc/passwd", "http://evil.example/x.css", "file:///etc/hosts"} <= set(refused)


def test_given_a_machine_without_the_libraries_then_it_is_a_clear_no(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with pytest.raises(PdfUnavailable) as refused:
        make_pdf(page())

    assert refused.value.code == "pdf_unavailable"
    assert "HTML, CSV and JSON work" in refused.value.detail


def test_given_one_that_takes_too_long_then_it_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weasyprint.py").write_text("import time\ntime.sleep(600)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(report_pdf, "_TIMEOUT_S", 0.2)
    monkeypatch.setattr(report_pdf, "_LOOK_S", 0.1)

    with pytest.raises(PdfUnavailable, match="too long"):
        make_pdf(page())


def test_given_somebody_who_stops_waiting_then_it_ends_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_pdf, "_LOOK_S", 0.01)
    with pytest.raises(Stopped):
        make_pdf(page(), lambda: True)
