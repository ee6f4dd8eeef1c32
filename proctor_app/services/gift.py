"""Questions as Moodle's GIFT text files (docs.moodle.org, "GIFT format"), read and written.

What GIFT can't say (points, case, all or nothing) stands in a comment of ours before a question,
which other programs pass over.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from proctor_app.domain.question import (
    MAX_QUESTIONS,
    Question,
    QuestionKind,
    problems,
    refusals,
    tidied,
)
from proctor_app.services.exam_views import ENOUGH_PROBLEMS, FileInvalid, Problem
from proctor_app.services.gift_answers import NotGift, accepted, answered
from proctor_app.services.gift_texts import (
    NotConvertible,
    escaped,
    from_html,
    looks_like_html,
    marks,
    plain,
)
from proctor_app.services.text_files import as_text

_TITLE = re.compile(r"::(?:\\.|[^\\])*?::", re.S)
_FORMAT = re.compile(r"\[(html|moodle|plain|markdown)\]", re.I)
_NOTE = re.compile(r"//\s*proctor:(.*)")
_SETTING = re.compile(r"(points|negative|partial|case)=([0-9a-z.+-]{1,24})")
_MAX_BLOCK = 200_000
_GAP = " _____ "
_PROVISIONAL = "x"
"""An id that passes the checks; the exam gives real ones."""


@dataclass(frozen=True, slots=True)
class _Block:
    line: int
    text: str
    note: str


def read_gift(data: bytes) -> tuple[Question, ...]:
    """The questions of a file, with empty ids. Raises TooLarge; FileInvalid with every question
    that can't be taken over, by its first line; and nothing else whatever the bytes are."""
    found: list[Question] = []
    wrong: list[Problem] = []
    for block in _blocks(as_text(data)):
        if len(wrong) >= ENOUGH_PROBLEMS:
            break
        if len(found) == MAX_QUESTIONS:
            wrong.append(Problem(block.line, f"There are more than {MAX_QUESTIONS} questions."))
            break
        try:
            question = _question(block)
        except (NotGift, NotConvertible) as error:
            wrong.append(Problem(block.line, f"{str(error)[:1].upper()}{str(error)[1:]}."))
            continue
        said = [*refusals(replace(question, id=_PROVISIONAL)), *problems(question)]
        wrong += [Problem(block.line, f"{one[:1].upper()}{one[1:]}.") for one in said]
        found.append(question)
    if not found and not wrong:
        wrong.append(Problem(0, "There is no question in the file."))
    if wrong:
        raise FileInvalid(tuple(wrong))
    return tuple(found)


def write_gift(questions: Iterable[Question]) -> bytes:
    """What ``read_gift`` reads; ids and order of the right among the wrong options stay."""
    blocks = (_written(question, number) for number, question in enumerate(questions, 1))
    return "\n\n".join(blocks).encode() + b"\n"


def _blocks(text: str) -> Iterator[_Block]:
    """The file's paragraphs, without comments and categories."""
    lines: list[str] = []
    first, note = 0, ""
    for number, line in enumerate([*text.split("\n"), ""], 1):
        stripped = line.strip()
        if stripped.startswith("//"):
            if found := _NOTE.match(stripped):
                note = found[1]
        elif stripped.startswith("$CATEGORY:") and not lines:
            continue
        elif stripped:
            first = first or number
            lines.append(line)
        elif lines:
            yield _Block(first, "\n".join(lines), note)
            lines, first, note = [], 0, ""


def _question(block: _Block) -> Question:
    """Raises NotGift, NotConvertible."""
    if len(block.text) > _MAX_BLOCK:
        raise NotGift("this is too long for one question")
    text = block.text.strip()
    if title := _TITLE.match(text):
        text = text[title.end() :].strip()
    before, body, after = _parts(text)
    form = _FORMAT.match(before.strip())
    before = before.strip()[form.end() :] if form else before
    word = form[1].lower() if form else ""

    def shown(raw: str) -> str:
        own = _FORMAT.match(raw.strip())
        raw = raw.strip()[own.end() :] if own else raw
        return _as_markdown(raw, own[1].lower() if own else word)

    whole = before.rstrip() + _GAP + after.lstrip() if after.strip() else before
    question = replace(answered(body, shown), text=_as_markdown(whole, word))
    return tidied(_with_settings(question, block.note))


def _as_markdown(raw: str, form: str) -> str:
    """form: as the file names it, empty where it does not. Raises NotConvertible."""
    said = plain(raw)
    is_html = form == "html" or (form in ("", "moodle") and looks_like_html(said))
    return from_html(said) if is_html else said


def _parts(text: str) -> tuple[str, str, str]:
    """What stands before, within and after the braces. Raises NotGift."""
    braces = list(marks(text, "{}"))
    if not braces:
        raise NotGift("this has no answers in braces: a description is no question")
    kinds = [text[at] for at in braces]
    if kinds[0] == "}":
        raise NotGift(r"a closing brace stands alone; as a part of the text it is written \}")
    if len(kinds) == 1:
        raise NotGift("the answers' brace is not closed, or a blank line stands between them")
    if kinds != ["{", "}"]:
        raise NotGift(r"there is more than one pair of braces; in a text they are written \{ \}")
    start, end = braces
    return text[:start], text[start + 1 : end], text[end + 1 :]


def _with_settings(question: Question, note: str) -> Question:
    """Raises NotGift."""
    found = dict(_SETTING.findall(note))
    if "points" in found:
        points, cost = _float(found["points"]), _float(found.get("negative", "0"))
        question = replace(question, points=points, negative_points=cost)
    if "partial" in found:
        question = replace(question, partial_credit=found["partial"] == "yes")
    if "case" in found:
        question = replace(question, case_sensitive=found["case"] == "yes")
    return question


def _float(text: str) -> float:
    """Raises NotGift."""
    try:
        return float(text)
    except ValueError as error:
        raise NotGift("the points are not a number") from error


def _written(question: Question, number: int) -> str:
    settings = [f"points={question.points!r}", f"negative={question.negative_points!r}"]
    if question.kind is QuestionKind.MULTIPLE:
        settings.append(f"partial={_word(question.partial_credit)}")
    if question.kind is QuestionKind.SHORT:
        settings.append(f"case={_word(question.case_sensitive)}")
    answers = list(_answers(question))
    if question.explanation:
        answers.append(f"####{_marked(question.explanation)}")
    inside = "".join(f"\n\t{line}" for line in answers) + "\n" if answers else ""
    if question.kind is QuestionKind.NUMERIC:
        inside = "".join(answers)
    return (
        f"// proctor: {' '.join(settings)}\n"
        f"::Question {number}::[markdown]{escaped(question.text)} {{{inside}}}"
    )


def _answers(question: Question) -> Iterator[str]:
    match question.kind:
        case QuestionKind.SINGLE:
            cost = question.negative_points / question.points if question.points else 0
            weight = f"%{_percent(-cost)}%" if cost else ""
            for option in question.options:
                is_right = option in question.correct
                yield f"={_marked(option)}" if is_right else f"~{weight}{_marked(option)}"
        case QuestionKind.MULTIPLE:
            right = len(question.correct)
            wrong = len(question.options) - right
            for option in question.options:
                is_right = option in question.correct
                share = 1 / right if is_right else -1 / wrong if question.partial_credit else -1
                yield f"~%{_percent(share)}%{_marked(option)}"
        case QuestionKind.SHORT:
            yield from (f"={accepted(text)}" for text in question.correct)
        case QuestionKind.NUMERIC:
            tolerance = f":{question.tolerance!r}" if question.tolerance else ""
            yield f"#{question.number!r}{tolerance}"
        case QuestionKind.ESSAY:
            return


def _marked(text: str) -> str:
    """The text, with its format before it where it looks as if it began with one or a weight."""
    return f"[markdown]{escaped(text)}" if text.startswith(("[", "%")) else escaped(text)


def _percent(share: float) -> str:
    return f"{100 * share:.5f}".rstrip("0").rstrip(".")


def _word(is_so: bool) -> str:
    return "yes" if is_so else "no"
