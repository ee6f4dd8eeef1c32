"""Texts of questions: Markdown with formulas and pictures, as HTML that can do nothing.

Three steps, each safe without the next: no HTML of the author's gets through the Markdown parser;
formulas become MathML element by element; and a sanitiser lets a known set of tags pass.
"""

import logging
import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape, unescape
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element, tostring

import nh3
from latex2mathml.converter import convert_to_element
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from proctor_app.domain.question import MAX_TEXT

MAX_FORMULA = 1000
_MAX_FORMULAS_TEXT = 4000
"""Characters of formulas in one text: the library takes up to a tenth of a second for as many."""
_MAX_NESTING = 20
_KEPT = 512
_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PICTURE = re.compile(f"picture:({_ID})")
_SOURCE = re.compile(f"/api/v1/exams/[^/?#]+/pictures/{_ID}")
_CLOSING = re.compile(r"</math>(?=[.,;:!?)\]}%\"'\u2019\u201d\u00bb\u203a\u2026])")
_WORD_JOINER = "\u2060"
_MAX_CELLS = 10_000
_REFERENCE = re.compile(r"&#x[0-9A-Fa-f]{2,6};")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MATH = _words(
    "math mrow mi mn mo mtext ms mspace mfrac msqrt mroot msub msup msubsup munder mover "
    "munderover mmultiscripts mprescripts mtable mtr mtd mpadded mphantom menclose mstyle"
)
_TAGS = _MATH | _words(
    "p br hr em strong code pre blockquote ul ol li h1 h2 h3 h4 h5 h6 a img table thead tbody "
    "tr th td s"
)
_MATH_ATTRIBUTES = _words(
    "display displaystyle scriptlevel mathvariant stretchy fence form separator symmetric lspace "
    "rspace minsize maxsize movablelimits accent accentunder largeop linethickness notation "
    "columnalign rowspacing columnspacing rowlines columnlines linebreak width height depth "
    "voffset"
)
_ATTRIBUTES = {tag: set(_MATH_ATTRIBUTES) for tag in _MATH} | {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "th": {"align"},
    "td": {"align"},
}
_ALIGNED = re.compile(r"text-align:(left|center|right)")
log = logging.getLogger(__name__)


@lru_cache(maxsize=_KEPT)
def render(markdown: str, exam_id: str) -> str:
    """Safe HTML of a text: paragraphs, lists, tables, formulas between $ or $$ as MathML, and the
    exam's own pictures, named as ``![what it shows](picture:ID)``."""
    environment: dict[str, Any] = {"exam_id": exam_id, "formulas": [0]}
    return _clean(_MARKDOWN.render(_capped(markdown), environment))


def _capped(markdown: str) -> str:
    """No longer than a text may be, and without halves of characters."""
    return markdown[:MAX_TEXT].encode("utf-8", "replace").decode()


def _clean(html: str) -> str:
    """Without what is not known; a sign behind a formula stays on its line."""
    return _CLOSING.sub(f"</math>{_WORD_JOINER}", _sanitised(html))


def _sanitised(html: str) -> str:
    return nh3.clean(
        html,
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        attribute_filter=_filtered,
        tag_attribute_values={"code": {"class": {"formula"}}},
        set_tag_attribute_values={"a": {"target": "_blank"}, "img": {"loading": "lazy"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def _filtered(tag: str, name: str, value: str) -> str | None:
    """No picture but an exam's own."""
    if (tag, name) == ("img", "src") and not _SOURCE.fullmatch(value):
        return None
    return value


class _Renderer(RendererHTML):
    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """The exam's own picture; of any other only the words that stand for it."""
        token = tokens[idx]
        words = escape(self.renderInlineAsText(token.children or [], options, env))
        named = _PICTURE.fullmatch(str(token.attrs.get("src", "")))
        if named is None:
            return words
        source = f"/api/v1/exams/{quote(str(env['exam_id']), safe='')}/pictures/{named[1]}"
        return f'<img src="{source}" alt="{words}">'

    def th_open(self, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
        return _cell(tokens[idx])

    def td_open(self, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
        return _cell(tokens[idx])


def _cell(token: Token) -> str:
    """A table's cell, aligned by an attribute: styles don't pass."""
    aligned = _ALIGNED.fullmatch(str(token.attrs.get("style", "")))
    return f'<{token.tag} align="{aligned[1]}">' if aligned else f"<{token.tag}>"


def _formula(latex: str, env: Any, *, is_block: bool) -> str:
    """MathML, or the formula's source where it can't be read."""
    latex = latex.strip()
    env["formulas"][0] += len(latex)
    mark = "$$" if is_block else "$"
    source = f'<code class="formula">{mark}{escape(latex)}{mark}</code>'
    if not latex or len(latex) > MAX_FORMULA or env["formulas"][0] > _MAX_FORMULAS_TEXT:
        return source
    try:
        element = convert_to_element(latex, display="block" if is_block else "inline")
        _resolve(element)
        return tostring(element, encoding="unicode")
    except Exception as error:  # noqa: BLE001 - whatever the library meets, the exam goes on
        log.debug("formula.unreadable reason=%s", type(error).__name__)
        return source


def _resolve(element: Element) -> None:
    """The library writes characters as references and leaves them to be read by a browser; what is
    text is escaped when it is written out, so it must be characters here."""
    for one in element.iter():
        if one.text:
            one.text = _REFERENCE.sub(lambda found: unescape(found[0]), one.text)


def _in_line(state: StateInline, silent: bool) -> bool:
    """A formula within a line, as pandoc reads it, so that "$5 and $6" are amounts: no space after
    the first sign nor before the last, and no digit behind it. $$ stands for a displayed one."""
    text, start = state.src, state.pos
    if text[start] != "$":
        return False
    mark = "$$" if text.startswith("$$", start) else "$"
    begin = start + len(mark)
    end = text.find(mark, begin, begin + MAX_FORMULA + len(mark))
    while end > 0 and text[end - 1] == "\\":
        end = text.find(mark, end + 1, begin + MAX_FORMULA + len(mark))
    if end <= begin or text[begin].isspace() or text[end - 1].isspace():
        return False
    state.pos = end + len(mark)
    if text[state.pos : state.pos + 1].isdigit():
        state.pos = start
        return False
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content, token.markup = text[begin:end], mark
    return True


def _table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A table of a size that somebody reads: each missing cell is filled in, which takes time."""
    columns = state.src.count("|", state.bMarks[start_line], state.eMarks[start_line]) + 1
    if columns * (end_line - start_line) > _MAX_CELLS:
        return False
    return table(state, start_line, end_line, silent)


def _inline_rule(
    _renderer: RendererHTML, tokens: Sequence[Token], idx: int, _options: Any, env: Any
) -> str:
    return _formula(tokens[idx].content, env, is_block=tokens[idx].markup == "$$")


def _block_rule(
    _renderer: RendererHTML, tokens: Sequence[Token], idx: int, _options: Any, env: Any
) -> str:
    return f"<p>{_formula(tokens[idx].content, env, is_block=True)}</p>"


def _parser() -> MarkdownIt:
    parser = MarkdownIt(
        "commonmark",
        {"html": False, "linkify": False, "typographer": False, "maxNesting": _MAX_NESTING},
        renderer_cls=_Renderer,
    ).enable(["table", "strikethrough"])
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    parser.use(dollarmath_plugin, allow_labels=False)
    # The plugin's own rule looks at the text's end for what stands before its first sign.
    parser.inline.ruler.at("math_inline", _in_line)
    parser.add_render_rule("math_inline", _inline_rule)
    parser.add_render_rule("math_block", _block_rule)
    return parser


_MARKDOWN = _parser()
