"""Texts of questions as HTML: what an author means is shown, and nothing else gets through."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proctor_app.services.markup import MAX_FORMULA, render
from tests.work import calls

EXAM = "5f3c6a0e-0000-4000-8000-000000000001"
PICTURE = "5f3c6a0e-0000-4000-8000-000000000002"
SOURCE = f"/api/v1/exams/{EXAM}/pictures/{PICTURE}"


def _shown(text: str) -> str:
    return render(text, EXAM)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*a* **b** `c` ~~d~~", "<em>a</em> <strong>b</strong> <code>c</code> <s>d</s>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>'),
        ("|a|b|\n|:-:|-|\n|1|2|", '<th align="center">a</th>\n<th>b</th>'),
        ("```\na < b\n```", "<pre><code>a &lt; b\n</code></pre>"),
        (
            '[Atlas](https://a.test/x "T")',
            '<a href="https://a.test/x" title="T" target="_blank" rel="noopener noreferrer">'
            "Atlas</a>",
        ),
        (f"![A *map*](picture:{PICTURE})", f'<img src="{SOURCE}" alt="A map" loading="lazy">'),
        ("$x^2$", "<msup><mi>x</mi><mn>2</mn></msup>"),
        ("$a<b$", "<mi>a</mi><mo>&lt;</mo><mi>b</mi>"),
        ("$\\text{a <b> & c}$", "<mtext>a&nbsp;&lt;b&gt;&nbsp;&amp;&nbsp;c</mtext>"),
        ("so $$x$$ here", '<math display="block"><mrow><mi>x</mi></mrow></math>'),
        ("$$\nx\n$$", '<p><math display="block"><mrow><mi>x</mi></mrow></math></p>'),
        ("$\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}$", "<mtable><mtr><mtd><mn>1</mn></mtd>"),
        ("it costs $5 and $6", "<p>it costs $5 and $6</p>"),
        ("$5", "<p>$5</p>"),
        ("between $a$5", "<p>between $a$5</p>"),
        ("\\$x\\$", "<p>$x$</p>"),
        ("$x$ and 7", "<mi>x</mi></mrow></math> and 7"),
    ],
)
def test_given_markdown_with_formulas_and_pictures_then_it_is_shown(text: str, html: str) -> None:
    assert html in _shown(text)


@pytest.mark.parametrize("latex", ["a_b_c", "{" * 300, "\\color", "^", "\\left("])
def test_given_a_formula_that_cannot_be_read_then_its_source_is_shown(latex: str) -> None:
    assert f'<code class="formula">${latex}$</code>' in _shown(f"${latex}$")


def test_given_a_formula_that_is_too_long_or_too_many_then_they_are_shown_as_they_are() -> None:
    assert "<math" not in _shown(f"$${'x' * (MAX_FORMULA + 1)}$$")
    many = _shown("$xxxxxxxxx$ " * 800)
    assert 300 < many.count("<math") < 800
    assert "$xxxxxxxxx$" in many


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&#58;alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](file:///etc/passwd)",
        "![x](https://evil.test/x.png)",
        "![x](//evil.test/x.png)",
        "![x](picture:../../admin)",
        "![x](/api/v1/exams/a/pictures/b)",
        f"![x](picture:{PICTURE}/../../x)",
        "![x](data:image/svg+xml,<svg onload=alert(1)>)",
        "$\\href{javascript:alert(1)}{x}$",
        "$\\style{background:url(//evil.test)}{x}$",
        "$\\class{x}{y}$",
        "$\\text{</math><script>alert(1)</script>}$",
        "$\\text{<annotation-xml encoding='text/html'><img src=x onerror=alert(1)>}$",
        "$</math><img src=x onerror=alert(1)>$",
        "`</code><script>alert(1)</script>`",
        '[x](https://a.test "a\\" onmouseover=\\"alert(1)")',
        "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
        '<https://a.test/"onclick=alert(1)>',
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<!-- x --><style>*{display:none}</style>",
        "[x]: javascript:alert(1)\n\n[x]",
    ],
)
def test_given_what_would_do_something_then_it_does_nothing(text: str) -> None:
    _check(_shown(text))


@pytest.mark.parametrize("exam_id", ['"><script>', "../..", "a b", "x?y#z"])
def test_given_an_odd_exam_then_no_picture_leads_elsewhere(exam_id: str) -> None:
    html = render(f"![x](picture:{PICTURE})", exam_id)

    _check(html.replace(PICTURE, ""))
    assert "<script" not in html


_NASTY = [
    "[" * 10_000,
    "![" * 5_000,
    "[[](" * 2_500,
    "[a](" * 2_500,
    "*a **b " * 1_400,
    "*a**b" * 2_000,
    "_" * 10_000,
    "`" * 10_000,
    "`a``" * 2_500,
    "> " * 5_000,
    "- " * 5_000,
    "1) " * 3_300,
    "\\" * 10_000,
    "<" * 10_000,
    "<a@" * 3_333,
    "&" * 10_000,
    "$" * 10_000,
    "$a" * 5_000,
    "$a$" * 3_333,
    "|a" * 3_000 + "\n" + "|-" * 3_000,
    "[a]: " * 2_000,
    "  " * 5_000 + "x",
    "$" + "{" * 998 + "$",
    "$" + "\\frac" * 190 + "$",
    "$" + "\\sqrt{" * 150 + "}" * 90 + "$",
    "$" + "\\left(" * 160 + "$",
    "$" + "\\begin{matrix}" * 70 + "$",
    ("$" + "x" * 990 + "$ ") * 10,
    ("- " * 19 + "a\n") * 250,
]


@pytest.mark.parametrize("text", _NASTY, ids=range(len(_NASTY)))
def test_given_ten_thousand_nasty_characters_then_they_are_shown_with_bounded_work(
    text: str,
) -> None:
    render.cache_clear()
    shown: list[str] = []

    counted = calls(lambda: shown.append(_shown(text)))

    _check(shown[0])
    assert counted < 400 * len(text)


def test_given_a_text_beyond_the_longest_question_then_the_rest_is_not_looked_at() -> None:
    assert len(_shown("x" * 1_000_000)) < 10_100


_PIECES = st.sampled_from(
    [
        "<", ">", '"', "'", "&", "$", "$$", "\\", "{", "}", "[", "]", "(", ")", "!", "*", "`", "\n",
        "|", "-", "#", " ", "x", "1", "^", "_", "\\frac", "\\text{", "\\href{", "javascript:",
        "<script>", "<img src=x onerror=y>", "</math>", "picture:", PICTURE, "onerror=", "&#106;",
        "<!--", "]]>", "<style>", "\\begin{matrix}", "\\\\", "\x00", "\u2028", "\ud83d\ude00",
    ]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=40).map("".join))
@settings(max_examples=400, deadline=None)
def test_given_any_mixture_then_nothing_but_known_elements_gets_through(text: str) -> None:
    _check(_shown(text))


_ELEMENT = re.compile(r"<(/?)([a-zA-Z0-9!?-]+)((?:[^>\"]|\"[^\"]*\")*)>")
_ATTRIBUTE = re.compile(r'\s([a-zA-Z:-]+)="([^"]*)"')
_KNOWN = re.compile(
    "p|br|hr|em|strong|code|pre|blockquote|ul|ol|li|h[1-6]|a|img|table|thead|tbody|tr|th|td|s|math|"
    "mrow|mi|mn|mo|mtext|ms|mspace|mfrac|msqrt|mroot|msub|msup|msubsup|munder|mover|munderover|"
    "mmultiscripts|mprescripts|mtable|mtr|mtd|mpadded|mphantom|menclose|mstyle"
)


def _check(html: str) -> None:
    """Every element and attribute by name, and where links and pictures lead."""
    for _, name, rest in _ELEMENT.findall(html):
        assert _KNOWN.fullmatch(name), html
        assert _ATTRIBUTE.sub("", rest).strip(" /") == "", html
        for attribute, value in _ATTRIBUTE.findall(rest):
            assert not attribute.startswith("on"), html
            assert attribute not in ("style", "id", "xlink:href"), html
            if attribute == "href":
                assert name == "a"
                assert re.match(r"(https?:|mailto:|[/#?.]|[^:]*$)", value), html
            if attribute == "src":
                assert re.fullmatch(r"/api/v1/exams/[^/]+/pictures/[0-9a-f-]*", value), html
    assert "<" not in _ELEMENT.sub("", html), html


@pytest.mark.parametrize("sign", [*".,;:!?)]}%\"'", "\u2019", "\u00bb", "\u2026"])
def test_given_a_sign_right_behind_a_formula_then_it_never_begins_a_line(sign: str) -> None:
    assert f"</math>\u2060{sign}" in _shown(f"so $x${sign} and")
    assert "\u2060" not in _shown(f"so $x$ {sign}")


def test_given_a_table_beyond_what_anybody_reads_then_it_is_shown_as_it_was_written() -> None:
    rows = "|a" * 400 + "\n" + "|-" * 400 + "\n|" * 4000

    assert "<table" not in _shown(rows)
    assert "<table" in _shown("|a" * 40 + "\n" + "|-" * 40 + "\n|b" * 100)
