"""Exams as files: out and in again with nothing lost, and a wrong file changes nothing."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from proctor_app.db.tables import Exam, ExamPicture, ExamVersion
from proctor_app.domain.access import Role
from proctor_app.domain.browser import Policy, SignalKind
from proctor_app.domain.exam import (
    Access,
    ExamContent,
    ExamTerms,
    Level,
    Preset,
    Results,
    RuleChange,
    SecondDevice,
)
from proctor_app.domain.incident import EventType
from proctor_app.domain.question import QuestionKind
from proctor_app.errors import Conflict, Invalid, ProctorError, TooLarge
from proctor_app.services import document_reading, exam_files
from proctor_app.services.document_reading import MAX_DOCUMENT_BYTES, read_document
from proctor_app.services.exam_documents import (
    ExamDocument,
    ExamQuestionDocument,
    content_of,
    document_of,
    terms_of,
)
from proctor_app.services.exam_rows import prepared
from proctor_app.services.exam_views import ExamView, FileInvalid, Problem
from tests.authoring import CONTENT, published
from tests.fakes import jpeg, png
from tests.questions import questions
from tests.work import calls
from tests.world import Person, World

EVERYTHING = replace(
    CONTENT,
    shuffle_questions=True,
    shuffle_options=True,
    level=Level.BROWSER,
    preset=Preset.STRICT,
    rules={EventType.PHONE: RuleChange(True, 0.5, 12.5), EventType.PRINT: RuleChange(False)},
    forbidden=("tv", "cell phone"),
    signals={SignalKind.HIDDEN: Policy.PAUSE},
    candidate_may_pause=True,
    identity_check=False,
    fullscreen=True,
    second_device=SecondDevice.REFUSE,
    grace_s=5,
)


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN, "Boss")


def _out(world: World, admin: Person, exam: ExamView, **options: Any) -> bytes:
    return world.services.exam_files.export(admin.actor, exam.id, **options).data


def _kept(world: World) -> tuple[int, ...]:
    folder = world.settings.data_dir / "pictures"
    files = sum(path.is_file() for path in folder.rglob("*"))
    return (*(world.count(table) for table in (Exam, ExamVersion, ExamPicture)), files)


def _refused(world: World, admin: Person, data: bytes, **options: Any) -> tuple[Problem, ...]:
    before = _kept(world)
    with pytest.raises(FileInvalid) as refused:
        world.services.exam_files.bring(admin.actor, data, **options)
    assert _kept(world) == before
    return refused.value.problems


def test_given_an_exam_with_everything_then_it_comes_back_from_its_file_as_it_was(
    world: World, admin: Person
) -> None:
    terms = ExamTerms(
        code="GEO-1",
        opens_at=world.clock() + timedelta(microseconds=123_456),
        closes_at=world.clock() + timedelta(days=1),
        time_zone="Europe/Berlin",
        access=Access.ROSTER,
        attempts_allowed=0,
        results=Results.WHEN_MARKED,
        retention_days=90,
        reviewers=2,
    )
    exams = world.services.exams
    made = exams.create(admin.actor, EVERYTHING, terms)
    picture = world.services.exam_pictures.add(admin.actor, made.id, png())
    text = f"![map](picture:{picture.id}) and ![none](picture:other)"
    made = exams.save(admin.actor, made.id, made.revision, replace(EVERYTHING, description=text))
    file = world.services.exam_files.export(admin.actor, made.id)

    again = world.services.exam_files.bring(admin.actor, file.data)

    (own,) = world.services.exam_pictures.of(admin.actor, again.id)
    shown = replace(made.content, description=text.replace(picture.id, own.id))
    assert again.content == shown
    assert again.terms == replace(terms, code=again.terms.code)
    assert (again.code != "GEO-1", again.status) == (True, "draft")
    read = world.services.exam_pictures.read
    assert read(admin.actor, again.id, own.id) == read(admin.actor, made.id, picture.id)
    assert (file.name, file.media_type) == ("exam-geo-1.json", "application/json")
    assert {"format": "proctor-exam", "version": 1}.items() <= json.loads(file.data).items()
    exams.delete(admin.actor, made.id)
    assert world.services.exam_files.bring(admin.actor, file.data).code == "GEO-1"


@given(st.lists(questions(), max_size=4))
@settings(max_examples=60, deadline=None)
def test_given_any_questions_then_a_document_loses_nothing(found: list[Any]) -> None:
    content = prepared(replace(EVERYTHING, questions=tuple(found)))
    data = document_of(content, ExamTerms(code="ABC")).model_dump_json().encode()

    assert content_of(read_document(data)) == content
    assert terms_of(read_document(data)) == ExamTerms(code="ABC")


def test_given_gift_then_its_questions_are_a_draft_and_come_out_again(
    world: World, admin: Person
) -> None:
    files = world.services.exam_files
    data = b"One {T}\n\nTwo {~%50%a ~%50%b ~%-50%c}\n\nThree {#3:1}"

    made = files.bring(admin.actor, data, "gift", title=" My  quiz ")
    out = files.export(admin.actor, made.id, "gift")
    again = files.bring(admin.actor, out.data, "gift")

    assert (made.title, again.title) == ("My quiz", "Imported questions")
    assert [question.kind for question in made.content.questions] == [
        QuestionKind.SINGLE,
        QuestionKind.MULTIPLE,
        QuestionKind.NUMERIC,
    ]
    assert [replace(q, id="") for q in again.content.questions] == [
        replace(q, id="") for q in made.content.questions
    ]
    assert out.name.endswith(".gift")


def _picture() -> dict[str, str]:
    return {"id": "a", "data": base64.b64encode(jpeg()).decode()}


def _broken(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = {
        "title": "T",
        "questions": [
            {"kind": "single", "text": "?", "options": ["a", "b"], "correct": ["a"]},
            {"kind": "numeric", "text": "?", "number": 3},
        ],
    }
    change(document)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("data", "row", "word"),
    [
        (b"", 0, "Invalid JSON"),
        (b"[]", 0, "should be an object"),
        (b"{", 0, "line 1 column 1"),
        (b'{"title": "\xff"}', 0, "Invalid JSON"),
        (b"[" * 100_000, 0, "recursion limit"),
        (b'{"title": ' * 10_000, 0, "recursion limit"),
        (_broken(lambda d: d.pop("title")), 0, "title: Field required"),
        (_broken(lambda d: d.update(format="other")), 0, "format"),
        (_broken(lambda d: d.update(version=2)), 0, "version"),
        (_broken(lambda d: d.update(colour="red")), 0, "colour: Extra inputs"),
        (_broken(lambda d: d.update(duration_minutes="long")), 0, "duration_minutes"),
        (_broken(lambda d: d.update(opens_at="tomorrow")), 0, "opens_at"),
        (_broken(lambda d: d.update(rules={"nose": {}})), 0, "rules.nose"),
        (_broken(lambda d: d["questions"][1].pop("kind")), 2, "kind: Field required"),
        (_broken(lambda d: d["questions"][1].update(kind="odd")), 2, "kind"),
        (_broken(lambda d: d["questions"][0].update(text="x" * 10_001)), 1, "text"),
        (_broken(lambda d: d["questions"][0].update(options=["x"] * 21)), 1, "options"),
        (_broken(lambda d: d["questions"][0].update(text="\ud800")), 0, "Invalid JSON"),
        (_broken(lambda d: d.update(questions=d["questions"] * 151)), 0, "questions: List"),
        (
            _broken(lambda d: d.update(pictures=[{"id": "a", "data": "?"}])),
            0,
            "Picture 1: it is no base64",
        ),
        (
            _broken(lambda d: d.update(pictures=[{"id": "a", "data": "AAAA"}])),
            0,
            "neither a JPEG nor a PNG",
        ),
        (
            _broken(lambda d: d.update(pictures=[_picture(), _picture()])),
            0,
            "the same id",
        ),
    ],
)
def test_given_a_document_that_is_wrong_then_it_says_where_and_nothing_is_kept(
    world: World, admin: Person, data: bytes, row: int, word: str
) -> None:
    problems = _refused(world, admin, data)

    assert any(problem.row == row and word in problem.text for problem in problems), problems


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"duration_minutes": 0}, "exam_invalid"),
        ({"duration_minutes": 10**30}, "exam_invalid"),
        ({"attempts_allowed": -(10**30)}, "exam_invalid"),
        ({"retention_days": 10**30}, "exam_invalid"),
        ({"opens_at": "0001-01-01T00:00:00+14:00"}, "exam_invalid"),
        ({"closes_at": "9999-12-31T23:59:59-14:00"}, "exam_invalid"),
        ({"opens_at": "2026-03-02", "closes_at": "2026-03-01"}, "exam_invalid"),
        ({"time_zone": "Mars"}, "exam_invalid"),
        ({"code": "a b c"}, "exam_invalid"),
        ({"questions": [{"kind": "numeric", "text": "?", "correct": "x"}]}, "exam_invalid"),
        ({"questions": [{"kind": "numeric", "text": "?", "correct": [1, 2]}]}, "exam_invalid"),
        ({"questions": [{"kind": "essay", "text": "a\x00"}]}, "exam_invalid"),
        ({"questions": [{"kind": "essay", "text": "a", "id": "a b"}]}, "exam_invalid"),
        ({"questions": [{"kind": "essay", "text": "a", "points": 1e400}]}, "exam_invalid"),
        ({"questions": [{"kind": "numeric", "text": "a", "number": 1e400}]}, "exam_invalid"),
        ({"rules": {"phone": {"hold_s": -1}}}, "exam_invalid"),
        ({"forbidden": ["a\nb"]}, "file_invalid"),
        ({"forbidden": ["book", "drone"]}, "file_invalid"),
        ({"published": True, "questions": []}, "exam_incomplete"),
    ],
)
def test_given_a_document_that_makes_no_exam_then_nothing_is_kept(
    world: World, admin: Person, change: dict[str, Any], code: str
) -> None:
    document = {"title": "T", **change, "pictures": [_picture()]}
    data = json.dumps(document).replace("Infinity", "1e400").encode()
    before = _kept(world)

    with pytest.raises(ProctorError) as refused:
        world.services.exam_files.make(admin.actor, read_document(data))

    assert refused.value.code == code, refused.value.detail
    assert _kept(world) == before


def test_given_the_body_of_the_contract_then_it_makes_the_exam(world: World, admin: Person) -> None:
    body = {
        "title": "Quiz",
        "code": "quiz-1",
        "duration_minutes": 30,
        "opens_at": "2026-03-02T09:00:00",
        "closes_at": "2026-03-02T11:00:00+01:00",
        "questions": [
            {"kind": "single", "text": "?", "options": ["3", 4], "correct": 4, "points": 2},
            {"kind": "multiple", "text": "?", "options": ["a", "b"], "correct": ["a", "b"]},
            {"kind": "numeric", "text": "?", "correct": 3.5, "tolerance": 0.1, "points": 1},
            {"kind": "numeric", "text": "?", "correct": "1,5"},
            {"kind": "short", "text": "?", "correct": "Ada"},
            {"kind": "single", "text": "?", "options": ["True", "False"], "correct": True},
            {"kind": "essay", "text": "?"},
        ],
        "rules": {"phone": {"hold_s": 2}},
        "published": True,
    }

    made = world.services.exam_files.make(admin.actor, read_document(json.dumps(body).encode()))

    assert (made.status, made.code, made.problems) == ("published", "QUIZ-1", ())
    assert made.terms.opens_at == world.clock()
    assert made.terms.closes_at == world.clock() + timedelta(hours=1)
    found = made.content.questions
    assert (found[0].options, found[0].correct, found[0].points) == (("3", "4"), ("4",), 2.0)
    assert [found[2].number, found[3].number] == [3.5, 1.5]
    assert (found[4].correct, found[5].correct) == (("Ada",), ("True",))
    assert made.content.rules == {EventType.PHONE: RuleChange(hold_s=2.0)}


def test_given_a_file_beyond_the_largest_then_it_is_refused_before_it_is_read(
    world: World, admin: Person
) -> None:
    for form, size in (("json", MAX_DOCUMENT_BYTES + 1), ("gift", 4 * 1024 * 1024 + 1)):
        with pytest.raises(TooLarge):
            world.services.exam_files.bring(admin.actor, b"{" * size, form)  # type: ignore[arg-type]


def test_given_pictures_that_no_file_could_bring_back_then_it_is_said_and_goes_without_them(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = published(world, admin)
    world.services.exam_pictures.add(admin.actor, made.id, png())
    monkeypatch.setattr(exam_files, "MAX_DOCUMENT_BYTES", 9_000)

    with pytest.raises(Conflict, match="export_too_large"):
        _out(world, admin, made)

    without = _out(world, admin, made, pictures=False)
    assert json.loads(without)["pictures"] == []


def test_given_a_failure_while_pictures_are_kept_then_none_is_left(
    world: World, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _kept(world)

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(world.services.audit, "note", broken)
    data = _broken(lambda d: d.update(pictures=[_picture()]))
    with pytest.raises(ZeroDivisionError):
        world.services.exam_files.bring(admin.actor, data)

    assert _kept(world) == before


def test_given_an_incomplete_draft_then_its_file_brings_it_back(
    world: World, admin: Person
) -> None:
    content = ExamContent("", questions=(replace(CONTENT.questions[0], text="", correct=()),))
    made = world.services.exams.create(admin.actor, content, ExamTerms())

    again = world.services.exam_files.bring(admin.actor, _out(world, admin, made))

    assert again.content == made.content
    assert len(again.problems) == 3


@pytest.mark.parametrize(
    ("start", "piece", "end"),
    [
        ('{"title": "T", "questions": [', '{"kind": 1},', "0]}"),
        ('{"title": "T", ', '"k%d": 1,', '"k": 1}'),
        ('{"title": "T", "rules": {', '"k%d": {},', '"phone": {}}}'),
        ('{"title": "T", "signals": {', '"k%d": 1,', '"hidden": "warn"}}'),
        ('{"title": "T", "questions": [{', '"k%d": 1,', '"kind": 1}]}'),
        ('{"title": "T", "questions": [{"correct": [', "[],", "[]]}]}"),
        ('{"title": "T", "forbidden": [', "1,", '"x"]}'),
        ('{"title": "T", "pictures": [', "{},", "{}]}"),
        ('{"title": "T", "duration_minutes": ', "9", "}"),
        ('{"title": "', "\\u0041", '"}'),
    ],
)
def test_given_a_hostile_document_then_it_is_refused_with_little_work(
    start: str, piece: str, end: str
) -> None:
    pieces = (piece.replace("%d", str(number)) for number in range(3_900_000 // len(piece)))
    data = (start + "".join(pieces) + end).encode()

    def refuse() -> None:
        with pytest.raises((FileInvalid, TooLarge)):
            read_document(data)

    assert calls(refuse) < 5_000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
@example(b'{"title": "T", "questions": [{"kind": "essay", "text": "Why?"}]}')
def test_given_any_bytes_then_a_document_is_read_or_refused(data: bytes) -> None:
    try:
        document = read_document(data)
    except ProctorError:
        return
    assert read_document(document.model_dump_json().encode()) == document


def test_given_a_numeric_question_then_correct_is_the_one_field_that_says_what_is_right() -> None:
    asked = {"kind": "numeric", "text": "?", "correct": 3.14, "tolerance": 0.1}
    content = content_of(read_document(json.dumps({"title": "T", "questions": [asked]}).encode()))

    out = json.loads(document_of(content, ExamTerms()).model_dump_json())

    (question,) = out["questions"]
    assert (question["correct"], "number" in question) == ([3.14], False)
    question["correct"] = [5]
    changed = content_of(read_document(json.dumps(out).encode()))
    assert changed.questions[0].number == 5
    for right, number, fits in (([], 5, True), (5, 5.0, True), ("5,0", 5, True), (5, 6, False)):
        question.update(correct=right, number=number)
        document = read_document(json.dumps(out).encode())
        if fits:
            assert content_of(document).questions[0].number == 5
        else:
            with pytest.raises(Invalid, match="exam_invalid"):
                content_of(document)


def test_given_null_for_what_may_be_left_out_then_it_is_as_if_it_were() -> None:
    asked = {"kind": "numeric", "text": "?", "correct": 1}
    nothing = dict.fromkeys(set(ExamDocument.model_fields) - {"title", "questions"})
    empty = dict.fromkeys(set(ExamQuestionDocument.model_fields) - set(asked))
    document = {"title": "T", **nothing, "questions": [{**asked, **empty}]}

    found = read_document(json.dumps(document).encode())

    assert found == read_document(json.dumps({"title": "T", "questions": [asked]}).encode())
    assert read_document(b'{"title": "T", "questions": null}').questions == []
    with pytest.raises(FileInvalid, match="title"):
        read_document(b'{"title": null}')


def test_given_a_duration_then_it_is_the_minutes() -> None:
    assert read_document(b'{"title": "T", "duration": 30}').duration_minutes == 30
    with pytest.raises(FileInvalid, match="duration"):
        read_document(b'{"title": "T", "duration": 30, "duration_minutes": 20}')


@pytest.mark.parametrize(
    "crowd",
    [b"[" + b"[]," * 2_700_000 + b"[]]", b"[" + b"1," * 4_000_000 + b"1]",
     b"[" + b'{"a":1},' * 1_000_000 + b"1]", b"[" + b'"a",' * 2_000_000 + b'"a"]'],
)  # fmt: skip
def test_given_millions_of_values_then_they_are_refused_before_any_is_made(
    crowd: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(document_reading, "_OBJECT")  # what would make them

    with pytest.raises(FileInvalid, match="more than 100000 values"):
        read_document(b'{"title":"x","questions":' + crowd + b"}")


def test_given_long_texts_full_of_signs_then_they_are_read() -> None:
    text = '[{,"\\' * 2_000
    asked = [{"kind": "essay", "text": text}] * 300

    assert len(read_document(json.dumps({"title": "T", "questions": asked}).encode()).questions) > 9


def test_given_a_list_of_more_than_anything_has_then_one_problem_is_told() -> None:
    with pytest.raises(FileInvalid) as refused:
        read_document(b'{"title":"x","questions":[' + b"[]," * 2_000 + b"[]]}")

    assert len(refused.value.problems) == 1


def test_given_things_that_nothing_finds_then_the_file_is_refused_with_their_places(
    world: World, admin: Person
) -> None:
    document = {"title": "T", "forbidden": ["book", "Laptop", "drone", "cell phone"]}
    before = _kept(world)

    with pytest.raises(FileInvalid) as refused:
        world.services.exam_files.bring(admin.actor, json.dumps(document).encode())

    places = [one.text.partition(":")[0] for one in refused.value.problems]
    assert places == ["forbidden.1", "forbidden.2"]
    assert "book, laptop, tv, keyboard, mouse, remote" in refused.value.detail
    assert _kept(world) == before
