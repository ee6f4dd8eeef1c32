"""An exam's editor: every change is kept at once, none of somebody else's is lost."""

import json
from typing import Any

import pytest

from proctor_app.db.tables import Exam, ExamVersion
from proctor_app.domain.access import Role
from proctor_app.domain.browser import Policy, SignalKind
from proctor_app.domain.exam import ExamContent, ExamTerms, Preset
from proctor_app.domain.incident import EventType
from proctor_app.domain.question import Question, QuestionKind
from proctor_app.errors import Conflict, Invalid, NotFound
from proctor_app.services.exam_views import ExamView
from proctor_app.state.exam_editor import ExamEditorState
from proctor_app.state.question_edits import summary
from tests.state.tabs import call, open_page
from tests.world import Person, World

SINGLE = Question("q-1", QuestionKind.SINGLE, "What is $1+1$?", ("1", "2"), ("2",))
ESSAY = Question("q-2", QuestionKind.ESSAY, "Why?", points=5)


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN, "Boss")


@pytest.fixture
def exam_id(world: World, admin: Person) -> str:
    content = ExamContent("Statistics", questions=(SINGLE, ESSAY))
    return world.services.exams.create(admin.actor, content, ExamTerms()).id


async def opened(admin: Person, exam_id: str, load: str = "load") -> ExamEditorState:
    page = open_page(ExamEditorState, admin.token, f"/admin/exams/{exam_id}/")
    await call(page, load)
    return page


def kept(world: World, admin: Person, exam_id: str) -> ExamView:
    return world.services.exams.one(admin.actor, exam_id)


def sent(question_id: str, kind: str = "single", **changes: Any) -> str:
    """A question as the editor sends it."""
    question = {
        "id": question_id,
        "kind": kind,
        "text": "New",
        "options": [{"text": "a", "right": True}, {"text": "b", "right": False}],
        "accepted": [],
        "number": "",
        "tolerance": "0",
        "points": "1",
        "negative_points": "0",
        "partial_credit": False,
        "case_sensitive": False,
        "explanation": "",
    }
    return json.dumps(question | changes)


# --- the page ---


async def test_given_an_exam_then_its_questions_and_fields_are_shown(
    admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    assert (page.viewer, page.loaded, page.problem) == ("Boss", True, "")
    assert (page.exam.title, page.exam.state.text) == ("Statistics", "Draft")
    assert page.exam.size == "2 questions · 6 points"
    assert [(row.number, row.summary) for row in page.rows] == [(1, "What is 1+1?"), (2, "Why?")]
    assert (page.fields["title"], page.fields["duration_minutes"]) == ("Statistics", "60")
    assert (page.missing, page.opened.id) == ([], "")


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("What is **1+1**?", "What is 1+1?"),
        (r"Is $\frac{3}{4} + \sqrt{2}$ more?", "Is 3/4 + √2 more?"),
        ("![a map](picture:1) Where?", "a map Where?"),
    ],
)
def test_given_markdown_and_formulas_then_the_list_shows_plain_words(
    markdown: str, shown: str
) -> None:
    assert summary(markdown) == shown


@pytest.mark.parametrize("path", ["nobody", "x" * 500, "%2e%2e"])
async def test_given_no_such_exam_then_the_page_says_so(admin: Person, path: str) -> None:
    page = await opened(admin, path)
    assert (page.loaded, page.problem) == (True, "There is no such exam.")


async def test_given_an_address_without_an_exam_then_it_is_refused(admin: Person) -> None:
    page = open_page(ExamEditorState, admin.token, "/admin/exams/")
    with pytest.raises(NotFound):
        await call(page, "load")


# --- questions ---


@pytest.mark.parametrize("kind", list(QuestionKind))
async def test_given_a_kind_then_a_question_of_it_is_added_and_open(
    world: World, admin: Person, exam_id: str, kind: QuestionKind
) -> None:
    page = await opened(admin, exam_id)
    await call(page, "add_question", kind.value)
    found = kept(world, admin, exam_id).content.questions[-1]
    assert (found.kind, found.id) == (kind, page.opened.id)
    assert len(page.rows) == 3
    assert page.missing
    assert page.missing[0].question_id == found.id


async def test_given_an_unknown_kind_then_nothing_is_added(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    with pytest.raises(Invalid):
        await call(page, "add_question", "oral")
    assert len(kept(world, admin, exam_id).content.questions) == 2


async def test_given_a_changed_question_then_it_is_kept_and_shown_as_candidates_see_it(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    await call(page, "open_question", "q-1")
    change = sent("q-1", text="A **bold** one", points="2,5", explanation="Because")
    await call(page, "change_question", change, page.opened.base, 41)

    found = kept(world, admin, exam_id).content.questions[0]
    assert (found.text, found.points, found.correct) == ("A **bold** one", 2.5, ("a",))
    assert "<strong>bold</strong>" in page.rendered.html
    assert [option.is_right for option in page.rendered.options] == [True, False]
    assert (page.acked, page.refused, page.rows[0].points) == (41, "", "2.5 points")


async def test_given_every_kind_then_what_was_typed_becomes_the_question(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    numeric = sent("q-1", "numeric", number="1e3", tolerance="0,5")
    await call(page, "open_question", "q-1")
    await call(page, "change_question", numeric, page.opened.base, 1)
    short = sent("q-2", "short", accepted=["Wien", " ", "Vienna"], case_sensitive=True)
    await call(page, "open_question", "q-2")
    await call(page, "change_question", short, page.opened.base, 2)

    first, second = kept(world, admin, exam_id).content.questions
    assert (first.kind, first.number, first.tolerance, first.options) == ("numeric", 1000, 0.5, ())
    assert (second.correct, second.case_sensitive) == (("Wien", "Vienna"), True)
    assert page.refused == ""


@pytest.mark.parametrize(
    "change",
    [
        sent("q-1", points="many"),
        sent("q-1", points="1e400"),
        sent("q-1", kind="oral"),
        sent("q-1", text="x" * 10_001),
        sent("q-1", text="\x00"),
        sent("q-9"),
        "{",
        "[]",
        "9" * 300_000,
        json.dumps({"id": "q-1"}),
    ],
)
async def test_given_what_is_no_question_then_it_is_refused_and_said_and_nothing_changes(
    world: World, admin: Person, exam_id: str, change: str
) -> None:
    page = await opened(admin, exam_id)
    await call(page, "open_question", "q-1")
    before = kept(world, admin, exam_id).content
    await call(page, "change_question", change, page.opened.base, 7)
    assert kept(world, admin, exam_id).content == before
    assert page.acked == 7
    assert page.refused.startswith("Not saved: ")


async def test_given_two_changes_in_a_row_then_the_second_needs_no_answer_to_the_first(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    await call(page, "open_question", "q-1")
    base = page.opened.base
    await call(page, "change_question", sent("q-1", text="One"), base, 1)
    await call(page, "change_question", sent("q-1", text="Two"), base, 2)
    assert kept(world, admin, exam_id).content.questions[0].text == "Two"
    assert page.is_conflict is False


@pytest.mark.parametrize("mine", [True, False])
async def test_given_somebody_else_changed_the_question_then_neither_is_lost_unasked(
    world: World, admin: Person, exam_id: str, mine: bool
) -> None:
    page, other = await opened(admin, exam_id), await opened(admin, exam_id)
    for one in (page, other):
        await call(one, "open_question", "q-1")
    await call(other, "change_question", sent("q-1", text="Theirs"), other.opened.base, 1)
    await call(page, "change_question", sent("q-1", text="Mine"), page.opened.base, 1)
    assert kept(world, admin, exam_id).content.questions[0].text == "Theirs"
    assert (page.is_conflict, page.refused != "") == (True, True)
    assert "Theirs" in page.rendered.html

    await call(page, "keep_mine" if mine else "take_theirs")
    wanted = "Mine" if mine else "Theirs"
    assert kept(world, admin, exam_id).content.questions[0].text == wanted
    assert (page.is_conflict, page.opened.text, page.refused) == (False, wanted, "")


@pytest.mark.parametrize("mine", [True, False])
async def test_given_somebody_else_removed_the_question_then_what_was_written_is_not_lost_unasked(
    world: World, admin: Person, exam_id: str, mine: bool
) -> None:
    page, other = await opened(admin, exam_id), await opened(admin, exam_id)
    await call(page, "open_question", "q-1")
    await call(other, "remove_question", "q-1")
    await call(page, "change_question", sent("q-1", text="Mine"), page.opened.base, 1)
    assert (page.is_conflict, page.opened.id, len(page.rows)) == (True, "q-1", 2)

    await call(page, "keep_mine" if mine else "take_theirs")
    texts = [one.text for one in kept(world, admin, exam_id).content.questions]
    assert texts == (["Why?", "Mine"] if mine else ["Why?"])
    assert (page.is_conflict, page.opened.id) == (False, "q-1" if mine else "")
    assert [row.summary for row in page.rows] == texts


async def test_given_somebody_else_changed_another_question_then_both_changes_are_kept(
    world: World, admin: Person, exam_id: str
) -> None:
    page, other = await opened(admin, exam_id), await opened(admin, exam_id)
    await call(page, "open_question", "q-1")
    await call(other, "open_question", "q-2")
    await call(other, "change_question", sent("q-2", "essay", text="Theirs"), other.opened.base, 1)
    await call(page, "change_question", sent("q-1", text="Mine"), page.opened.base, 1)
    texts = [one.text for one in kept(world, admin, exam_id).content.questions]
    assert texts == ["Mine", "Theirs"]
    assert [row.summary for row in page.rows] == texts


async def test_given_a_move_then_the_order_is_kept(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    await call(page, "move_question", "q-2", -1)
    assert [row.id for row in page.rows] == ["q-2", "q-1"]
    assert page.said == "It is question 1 now."
    await call(page, "move_question", "q-2", -1)
    await call(page, "move_question", "q-1", 1)
    assert [row.id for row in page.rows] == ["q-2", "q-1"], "at an end it stays where it is"
    await call(page, "place_question", "q-1", "1")
    assert [row.id for row in page.rows] == ["q-1", "q-2"]
    await call(page, "place_question", "q-1", "first")
    with pytest.raises(NotFound):
        await call(page, "move_question", "q-9", 1)
    assert [one.id for one in kept(world, admin, exam_id).content.questions] == ["q-1", "q-2"]


async def test_given_a_duplicate_then_it_stands_behind_the_original_and_is_open(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    await call(page, "duplicate_question", "q-1")
    first, copy, _ = kept(world, admin, exam_id).content.questions
    assert (copy.text, copy.id != first.id) == (first.text, True)
    assert page.opened.id == copy.id


async def test_given_a_removed_question_then_it_can_be_brought_back_where_it_was(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    await call(page, "open_question", "q-1")
    await call(page, "remove_question", "q-1")
    assert ([row.id for row in page.rows], page.opened.id) == (["q-2"], "")
    assert page.removed == "Question 1 was removed: What is 1+1?"
    await call(page, "undo_remove")
    assert kept(world, admin, exam_id).content.questions == (SINGLE, ESSAY)
    assert page.removed == ""
    await call(page, "undo_remove")
    assert len(page.rows) == 2, "once is enough"


async def test_given_a_problem_elsewhere_then_it_leads_to_its_question(
    admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    answer = await call(page, "show_question", "q-2")
    assert page.opened.id == "q-2"
    assert f"/admin/exams/{exam_id}" in str(answer)


# --- fields ---


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("title", " Statistics II ", "Statistics II"),
        ("description", "**All** aids", "**All** aids"),
        ("duration_minutes", "90", "90"),
        ("shuffle_questions", "true", "true"),
        ("level", "browser", "browser"),
        ("preset", "strict", "strict"),
        ("identity_check", "", ""),
        ("second_device", "refuse", "refuse"),
        ("grace_s", "0", "0"),
        ("code", "stat-1", "STAT-1"),
        ("access", "roster", "roster"),
        ("attempts_allowed", "0", "0"),
        ("results", "when_marked", "when_marked"),
        ("retention_days", "30", "30"),
        ("reviewers", "2", "2"),
        ("opens_at", "2026-12-01T09:00", "2026-12-01T09:00"),
        ("time_zone", "Asia/Tokyo", "Asia/Tokyo"),
        ("forbidden.tv", "true", "true"),
        ("forbidden.book", "", ""),
        ("rule.phone.is_on", "", ""),
        ("rule.phone.hold_s", "2,5", "2.5"),
        ("rule.phone.points", "0", "0"),
        ("signal.hidden", "pause", "pause"),
    ],
)
async def test_given_a_field_then_its_new_text_is_kept(
    admin: Person, exam_id: str, name: str, text: str, wanted: str
) -> None:
    page = await opened(admin, exam_id, "load_settings")
    await call(page, "set_field", name, text, 5)
    assert (page.field_problems, page.acked) == ({}, 5)
    again = await opened(admin, exam_id, "load_settings")
    assert again.fields[name] == wanted


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("title", ""),
        ("title", "x" * 201),
        ("duration_minutes", "0"),
        ("duration_minutes", "1e2"),
        ("duration_minutes", "9" * 500),
        ("level", "everything"),
        ("grace_s", "601"),
        ("code", ""),
        ("code", "no spaces"),
        ("attempts_allowed", "-1"),
        ("retention_days", "0"),
        ("reviewers", "3"),
        ("opens_at", "tomorrow"),
        ("opens_at", "9999-12-31T23:59"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", ""),
        ("rule.phone.hold_s", "long"),
        ("rule.phone.hold_s", "1e400"),
        ("signal.hidden", "shout"),
    ],
)
async def test_given_a_text_that_a_field_cant_have_then_it_is_said_beside_the_field(
    world: World, admin: Person, exam_id: str, name: str, text: str
) -> None:
    page = await opened(admin, exam_id, "load_settings")
    before = kept(world, admin, exam_id)
    await call(page, "set_field", name, text, 5)
    assert (list(page.field_problems), page.acked) == ([name], 5)
    assert page.refused.startswith("Not saved: ")
    assert kept(world, admin, exam_id) == before

    await call(page, "set_field", "shuffle_options", "true", 6)
    assert list(page.field_problems) == [name], "what was refused is said until it is mended"
    await call(page, "set_field", name, before_text(page, name), 7)
    assert page.field_problems == {}


def before_text(page: ExamEditorState, name: str) -> str:
    return page.fields[name]


@pytest.mark.parametrize(
    "name",
    [
        "revision",
        "is_practice",
        "rule.phone",
        "rule.nothing.is_on",
        "rule.monitoring_gap.is_on",
        "signal.x",
        "forbidden.person",
        "",
        ".",
    ],
)
async def test_given_a_field_that_is_none_then_nothing_changes(
    world: World, admin: Person, exam_id: str, name: str
) -> None:
    page = await opened(admin, exam_id, "load_settings")
    before = kept(world, admin, exam_id)
    await call(page, "set_field", name, "true", 5)
    assert kept(world, admin, exam_id) == before
    assert page.field_problems == {name: "There is no such field."}


async def test_given_rules_and_signals_then_only_what_differs_is_written(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id, "load_settings")
    await call(page, "set_field", "rule.phone.hold_s", "3", 1)
    await call(page, "set_field", "rule.phone.hold_s", "", 2)
    await call(page, "set_field", "rule.head_turned.is_on", "", 3)
    await call(page, "set_field", "signal.paste", "alert", 4)
    content = kept(world, admin, exam_id).content
    assert set(content.rules) == {EventType.HEAD_TURNED}
    assert content.rules[EventType.HEAD_TURNED].is_on is False
    assert content.signals[SignalKind.PASTE] is Policy.ALERT


async def test_given_a_preset_then_the_page_says_what_empty_fields_stand_for(
    admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id, "load_settings")
    usual = float(page.standard["rule.phone.hold_s"])
    await call(page, "set_field", "preset", Preset.LENIENT.value, 1)
    assert float(page.standard["rule.phone.hold_s"]) == 2 * usual


async def test_given_another_zone_then_the_times_of_day_stay(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id, "load_settings")
    await call(page, "set_field", "opens_at", "2026-07-01T09:00", 1)
    await call(page, "set_field", "time_zone", "Europe/Vienna", 2)
    opens_at = kept(world, admin, exam_id).terms.opens_at
    assert opens_at is not None
    assert opens_at.isoformat() == "2026-07-01T07:00:00+00:00"
    assert (page.fields["opens_at"], page.opens_at) == (
        "2026-07-01T09:00",
        "2026-07-01T07:00:00.000Z",
    )


async def test_given_somebody_else_changed_the_field_then_it_is_said_first_and_kept_the_next_time(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id, "load_settings")
    other = await opened(admin, exam_id, "load_settings")
    await call(other, "set_field", "title", "Theirs", 1)
    await call(page, "set_field", "grace_s", "30", 1)
    assert page.field_problems == {}, "another field is nobody's conflict"
    page = await opened(admin, exam_id, "load_settings")
    await call(other, "set_field", "title", "Theirs again", 2)
    await call(page, "set_field", "title", "Mine", 2)
    assert kept(world, admin, exam_id).content.title == "Theirs again"
    assert "Theirs again" in page.field_problems["title"]
    await call(page, "set_field", "title", "Mine", 3)
    assert kept(world, admin, exam_id).content.title == "Mine"


# --- the whole exam ---


async def confirmed(page: ExamEditorState, action: str) -> list[Any]:
    await call(page, "ask", action)
    assert page.asking
    answers: list[Any] = await call(page, "confirm")
    assert (page.asking, page.busy) == (False, False)
    return answers


async def test_given_a_complete_draft_then_it_is_published_closed_and_opened_again(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    assert "published" in str(await confirmed(page, "publish"))
    assert (page.exam.status, page.exam.version) == ("published", 1)
    await call(page, "move_question", "q-2", -1)
    assert page.exam.has_changes
    await confirmed(page, "publish_changes")
    assert (page.exam.has_changes, page.exam.version) == (False, 2)
    await confirmed(page, "close")
    assert page.exam.status == "closed"
    await confirmed(page, "reopen")
    assert [row.status for row in world.rows(Exam)] == ["published"]


async def test_given_an_incomplete_draft_then_publishing_it_says_why_not(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    await call(page, "add_question", "numeric")
    answers = await confirmed(page, "publish")
    assert "the right number is missing" in str(answers)
    assert page.exam.status == "draft"
    assert all(row.published_at is None for row in world.rows(ExamVersion))


async def test_given_a_copy_or_a_removal_then_the_page_leads_on(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    answers = await confirmed(page, "duplicate")
    (copy,) = [row.id for row in world.rows(Exam) if row.id != exam_id]
    assert f"/admin/exams/{copy}" in str(answers)
    assert '"/admin/exams"' in str(await confirmed(page, "delete"))
    assert [row.id for row in world.rows(Exam)] == [copy]


async def test_given_nothing_was_asked_then_nothing_is_done(
    world: World, admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id)
    with pytest.raises(Conflict):
        await call(page, "confirm")
    with pytest.raises(Invalid):
        await call(page, "ask", "drop_table")
    await call(page, "ask", "delete")
    await call(page, "close", False)
    with pytest.raises(Conflict):
        await call(page, "confirm")
    assert world.count(Exam) == 1


async def test_given_a_preview_then_all_questions_are_shown_as_candidates_see_them(
    admin: Person, exam_id: str
) -> None:
    page = await opened(admin, exam_id, "load_preview")
    assert [(one.number, one.kind, one.points) for one in page.preview] == [
        (1, "single", "1 point"),
        (2, "essay", "5 points"),
    ]
    assert "<math" in page.preview[0].html
