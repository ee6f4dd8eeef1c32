"""Questions made at random: whole ones, of every kind, as an author could write them."""

import string

from hypothesis import strategies as st

from proctor_app.domain.question import Question, QuestionKind

_LETTERS = string.ascii_letters + string.digits + " .,;!?$%&/()[]<>|*_-+^'\"\\:#=~{}@äßçЖ中🙂"
words = st.text(_LETTERS, min_size=1, max_size=40).map(str.strip).filter(bool)
paragraphs = st.lists(words, min_size=1, max_size=3).map("\n\n".join)
points = st.sampled_from([0.5, 1.0, 2.0, 3.25, 10.0])
numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: number + 0.0)
options = st.lists(words, min_size=2, max_size=6, unique=True).map(tuple)


@st.composite
def questions(draw: st.DrawFn, question_id: str = "") -> Question:
    """A question with nothing wrong with it."""
    kind = draw(st.sampled_from(QuestionKind))
    worth = draw(points)
    cost = 0.0 if kind is QuestionKind.ESSAY else draw(st.sampled_from([0.0, worth / 2, worth]))
    made = {"points": worth, "negative_points": cost, "explanation": draw(st.just("") | paragraphs)}
    text = draw(paragraphs)
    match kind:
        case QuestionKind.SINGLE:
            given = draw(options)
            one: tuple[str, ...] = (draw(st.sampled_from(given)),)
            return Question(question_id, kind, text, given, one, **made)  # type: ignore[arg-type]
        case QuestionKind.MULTIPLE:
            given = draw(options)
            right = tuple(one for one in given if draw(st.booleans())) or given[:1]
            return Question(
                question_id,
                kind,
                text,
                given,
                right,
                partial_credit=draw(st.booleans()),
                **made,  # type: ignore[arg-type]
            )
        case QuestionKind.NUMERIC:
            return Question(
                question_id,
                kind,
                text,
                number=draw(numbers),
                tolerance=draw(st.sampled_from([0.0, 0.01, 5.0])),
                **made,  # type: ignore[arg-type]
            )
        case QuestionKind.SHORT:
            accepted = draw(st.lists(words, min_size=1, max_size=4, unique=True).map(tuple))
            return Question(
                question_id,
                kind,
                text,
                correct=accepted,
                case_sensitive=draw(st.booleans()),
                **made,  # type: ignore[arg-type]
            )
        case QuestionKind.ESSAY:
            return Question(question_id, kind, text, **made)  # type: ignore[arg-type]
    raise AssertionError(kind)
