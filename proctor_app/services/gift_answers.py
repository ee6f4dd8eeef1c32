"""What stands between the braces of a GIFT question."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from proctor_app.domain.question import MAX_OPTIONS, Question, QuestionKind, as_number
from proctor_app.services.gift_texts import escaped, marks, plain

Shown = Callable[[str], str]
"""Makes Markdown of a text as it stands in the file."""
_WEIGHT = re.compile(r"%([+-]?\d{1,3}(?:\.\d{1,8})?)%")
_ARROW = "-\\>"
_NEARLY = 0.05
"""Weights are written with few digits: 33.333."""
_ROUNDED = 1.5
"""How far the weights of all right options may be from a hundred together."""
_TRUE, _FALSE = frozenset({"t", "true"}), frozenset({"f", "false"})


class NotGift(ValueError):
    """The question can't be taken over; the text says why."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """is_right: with "=" before it. weight: percent, None where none is given."""

    is_right: bool
    weight: float | None
    text: str
    feedback: str


def answered(body: str, shown: Shown) -> Question:
    """A question without its text, from the braces' inside. Raises NotGift, and what ``shown``
    raises."""
    body, general = _without_general(body)
    question, notes = _told(body.strip(), shown)
    lines = [shown(general)] if general.strip() else []
    lines += [note for note in notes if note]
    return replace(question, explanation="\n\n".join(lines))


def accepted(text: str) -> str:
    """An accepted answer as it stands in a file, with the weight where it could be taken for one,
    and no arrow, which would make it a pair of a matching question."""
    weight = "%100%" if text.startswith("%") else ""
    return weight + escaped(text).replace("->", _ARROW)


def _told(body: str, shown: Shown) -> tuple[Question, list[str]]:
    """The question, and what is said about its answers."""
    if not body:
        return _of(QuestionKind.ESSAY), []
    if body.startswith("#"):
        return _numeric(body[1:], shown)
    first = body.split("#", 1)[0].strip().casefold()
    if first in _TRUE | _FALSE:
        right = "True" if first in _TRUE else "False"
        notes = [shown(note) for note in body.split("#")[1:3]]
        question = _of(QuestionKind.SINGLE)
        return replace(question, options=("True", "False"), correct=(right,)), notes
    answers = _answers(body)
    if len(answers) > 1 and all(one.is_right and "->" in one.text for one in answers):
        raise NotGift("this is a matching question, which is not supported")
    notes = [_note(answer, shown) for answer in answers]
    if all(answer.is_right for answer in answers):
        return _short(answers), notes
    if any(answer.is_right for answer in answers):
        return _single(answers, shown), notes
    return _multiple(answers, shown), notes


def _answers(body: str) -> list[_Answer]:
    """Raises NotGift."""
    places = list(marks(body, "=~"))
    if not places or body[: places[0]].strip():
        raise NotGift("an answer begins with = or ~")
    if len(places) > MAX_OPTIONS:
        raise NotGift(f"there are more than {MAX_OPTIONS} options")
    return [
        _answer(body[start:end])
        for start, end in zip(places, [*places[1:], len(body)], strict=True)
    ]


def _answer(part: str) -> _Answer:
    """Raises NotGift."""
    text = part[1:].strip()
    weight = None
    if found := _WEIGHT.match(text):
        weight, text = float(found[1]), text[found.end() :].strip()
        if not -100 <= weight <= 100:
            raise NotGift("a weight lies between -100 and 100 percent")
    at = next(marks(text, "#"), len(text))
    return _Answer(part[0] == "=", weight, text[:at].strip(), text[at + 1 :].strip())


def _short(answers: Sequence[_Answer]) -> Question:
    """Raises NotGift."""
    if any(answer.weight not in (None, 100.0) for answer in answers):
        raise NotGift("an accepted answer has a part of the points, which is not supported")
    correct = tuple(plain(answer.text.replace(_ARROW, "->")) for answer in answers)
    return replace(_of(QuestionKind.SHORT), correct=correct)


def _single(answers: Sequence[_Answer], shown: Shown) -> Question:
    """Raises NotGift."""
    right = [answer for answer in answers if answer.is_right]
    if len(right) > 1 or right[0].weight not in (None, 100.0):
        raise NotGift("of one choice exactly one option is right, with all of the points")
    weights = {answer.weight or 0.0 for answer in answers if not answer.is_right}
    if len(weights) > 1 or max(weights) > 0:
        raise NotGift("wrong options of one choice must all cost the same, and give nothing")
    return replace(
        _of(QuestionKind.SINGLE),
        options=tuple(shown(answer.text) for answer in answers),
        correct=(shown(right[0].text),),
        negative_points=-weights.pop() / 100 or 0.0,
    )


def _multiple(answers: Sequence[_Answer], shown: Shown) -> Question:
    """Right are those with a positive weight. All the wrong ones at -100 percent mean all or
    nothing, anything else partial credit as it is given here. Raises NotGift."""
    right = [answer for answer in answers if (answer.weight or 0.0) > 0]
    wrong = [answer.weight or 0.0 for answer in answers if (answer.weight or 0.0) <= 0]
    if not right:
        raise NotGift("no option is right")
    shares = [answer.weight or 0.0 for answer in right]
    if max(shares) - min(shares) > _NEARLY:
        raise NotGift("the right options have different weights, which is not supported")
    if abs(sum(shares) - 100) > _ROUNDED:
        raise NotGift("the weights of the right options don't add up to 100 percent")
    return replace(
        _of(QuestionKind.MULTIPLE),
        options=tuple(shown(answer.text) for answer in answers),
        correct=tuple(shown(answer.text) for answer in right),
        partial_credit=not wrong or any(weight != -100 for weight in wrong),
    )


def _numeric(body: str, shown: Shown) -> tuple[Question, list[str]]:
    """Raises NotGift."""
    if next(marks(body, "="), None) is None:
        at = next(marks(body, "#"), len(body))
        return _near(body[:at]), [shown(body[at + 1 :])] if body[at + 1 :].strip() else []
    answers = _answers(body.strip())
    right = [answer for answer in answers if answer.is_right]
    if len(right) > 1 or right[0].weight not in (None, 100.0):
        raise NotGift("a number has one right answer, with all of the points")
    return _near(right[0].text), [_note(answer, shown) for answer in answers]


def _near(text: str) -> Question:
    """Raises NotGift."""
    text = plain(text)
    if ".." in text:
        low, high = (_number(part) for part in text.split("..", 1))
        if low > high:
            raise NotGift("the range's end lies before its start")
        return replace(
            _of(QuestionKind.NUMERIC), number=(low + high) / 2, tolerance=(high - low) / 2
        )
    number, _, tolerance = text.partition(":")
    return replace(
        _of(QuestionKind.NUMERIC),
        number=_number(number),
        tolerance=_number(tolerance) if tolerance.strip() else 0.0,
    )


def _number(text: str) -> float:
    """Raises NotGift."""
    found = as_number(text)
    if found is None:
        raise NotGift("the right answer is not a number")
    return found


def _without_general(body: str) -> tuple[str, str]:
    """The body, and the feedback after "####" that is for everybody."""
    signs = list(marks(body, "#"))
    for at, after in zip(signs, signs[3:], strict=False):
        if after == at + 3:
            return body[:at], body[after + 1 :]
    return body, ""


def _note(answer: _Answer, shown: Shown) -> str:
    return f"{shown(answer.text)}: {shown(answer.feedback)}" if answer.feedback else ""


def _of(kind: QuestionKind) -> Question:
    return Question(id="", kind=kind, text="")
