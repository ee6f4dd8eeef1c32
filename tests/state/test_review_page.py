"""The review desk's pages: who may, what is shown, what a verdict does, and what comes back."""

import asyncio
from datetime import timedelta

import pytest
from reflex.istate.data import RouterData

from proctor_app.db import tables
from proctor_app.domain.access import Role
from proctor_app.domain.incident import EventType, Severity
from proctor_app.errors import NotAllowed
from proctor_app.services.evidence import Moment
from proctor_app.state import review, review_queue
from proctor_app.state.results import ResultsState
from proctor_app.state.review import ReviewState
from proctor_app.state.review_bulk import BulkState
from proctor_app.state.review_queue import ReviewQueueState
from tests.fakes import jpeg
from tests.noted import Attempted, Noted, attempted
from tests.papers import SetExam, assign, change, set_exam
from tests.state.tabs import TOKEN, Browser, call, open_page
from tests.world import Person, World, eventually

PHONE = Noted(
    EventType.PHONE, 600, 12, severity=Severity.ALERT,
    pictures={Moment.BEFORE: jpeg(), Moment.AT: jpeg()},
)  # fmt: skip
TAB = Noted(EventType.TAB_SWITCH, 900, 3, 1.0)
HEAD = Noted(EventType.HEAD_TURNED, 300, 6, 0.7, detail="left")


@pytest.fixture(autouse=True)
def quick_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages look as often as can be who else does."""
    monkeypatch.setattr(review, "_IDLE_S", 0.01)
    monkeypatch.setattr(review_queue, "_LOOKED_EVERY_S", 0.01)


@pytest.fixture
def proctor(world: World) -> Person:
    return world.person(Role.PROCTOR, "Pia")


@pytest.fixture
def exam(world: World) -> SetExam:
    return set_exam(world)


def sat(world: World, exam: SetExam | None, *noted: Noted, name: str = "Ana") -> Attempted:
    who = world.person(name=name)
    return sat_by(world, exam, who, *noted)


def sat_by(world: World, exam: SetExam | None, who: Person, *noted: Noted) -> Attempted:
    columns = {"exam_id": exam.id, "version_id": exam.version_id} if exam else {}
    begun_at = world.clock() - timedelta(hours=2)
    return attempted(world.database, world.settings, who.id, noted, begun_at, **columns)


async def opened(person: Person, attempt: Attempted, asked: str = "") -> ReviewState:
    page = open_page(ReviewState, person.token, f"/review/{attempt.id}{asked}")
    await call(page, "load")
    return page


async def queue_of(person: Person) -> ReviewQueueState:
    page = open_page(ReviewQueueState, person.token, "/review")
    await call(page, "load")
    return page


def incident_row(world: World, incident_id: int) -> tables.Incident:
    return next(row for row in world.rows(tables.Incident) if row.id == incident_id)


# --- one attempt ---


async def test_given_incidents_then_the_dearest_comes_first_with_all_that_is_known_of_it(
    world: World, proctor: Person, exam: SetExam
) -> None:
    page = await opened(proctor, sat(world, exam, TAB, PHONE))
    shown = page.sitting
    assert (shown.candidate, shown.title, shown.number) == ("Ana", "Arithmetic", "attempt 1")
    assert (shown.is_released, shown.left_out) == (False, 0)
    phone, tab = shown.incidents
    assert (phone.event, phone.lasted, phone.certainty) == (
        "Phone detected", "12 s", "confidence 0.83",
    )  # fmt: skip
    assert phone.detector == "Detector: object detector (object_detector@9c0d1e2f)."
    assert "published precision" in phone.quality
    assert [(one.moment, one.words) for one in phone.evidence] == [
        ("before", "2 s before"), ("at", ""),
    ]  # fmt: skip
    assert shown.compliance < phone.otherwise <= 100
    assert (tab.evidence, tab.certainty) == ([], "told by the browser")
    assert "no picture" in tab.no_picture


async def test_given_a_verdict_then_it_stands_and_the_compliance_is_another(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt = sat(world, exam, PHONE, TAB)
    page = await opened(proctor, attempt)
    promised = page.sitting.incidents[0].otherwise
    await call(page, "judge", 1, attempt.incident_ids[0], "passed", "", "")

    assert (page.acked, page.refused) == (1, [])
    assert page.sitting.compliance == promised
    judged = next(one for one in page.sitting.incidents if one.id == attempt.incident_ids[0])
    assert (judged.verdict, judged.by) == ("passed", "Pia")
    assert incident_row(world, attempt.incident_ids[0]).verdict == "passed"
    assert [(one.who, one.about) for one in page.said] == [("Pia", "Phone detected")]


async def test_given_a_violation_without_a_reason_then_it_comes_back_with_words(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt = sat(world, exam, PHONE)
    page = await opened(proctor, attempt)
    await call(page, "judge", 1, attempt.incident_ids[0], "violation", " ", "")
    assert page.acked == 1
    assert [one.seq for one in page.refused] == [1]
    assert "reason" in page.refused[0].problem.lower()
    assert incident_row(world, attempt.incident_ids[0]).verdict == "not_reviewed"

    await call(page, "judge", 2, attempt.incident_ids[0], "violation", "Read from it.", "device")
    (judged,) = page.sitting.incidents
    assert (judged.verdict, judged.reason, judged.category_words) == (
        "violation", "Read from it.", "A phone or another device",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("incident", "verdict"),
    [(0, "passed"), (-1, "passed"), (2**70, "passed"), ("x", "passed"), (1, "guilty"), (1, "")],
)
async def test_given_what_no_desk_sends_then_it_is_refused_in_words(
    world: World, proctor: Person, exam: SetExam, incident: object, verdict: str
) -> None:
    page = await opened(proctor, sat(world, exam, PHONE))
    await call(page, "judge", 7, incident, verdict, "", "")
    assert ([one.seq for one in page.refused], page.acked) == ([7], 7)
    assert page.sitting.incidents[0].verdict == "not_reviewed"


async def test_given_two_must_agree_then_the_first_waits_and_the_second_confirms(
    world: World, proctor: Person, exam: SetExam
) -> None:
    change(world, exam, reviewers=2)
    attempt = sat(world, exam, PHONE)
    ids = attempt.incident_ids
    mine = await opened(proctor, attempt)
    await call(mine, "judge", 1, ids[0], "violation", "Read from it.", "")
    (shown,) = mine.sitting.incidents
    assert (shown.verdict, shown.is_mine) == ("not_reviewed", True)
    assert shown.proposal == "Proposed as violation by Pia."

    theirs = await opened(world.person(Role.PROCTOR, "Ben"), attempt)
    (shown,) = theirs.sitting.incidents
    assert (shown.is_mine, shown.reason) == (False, "Read from it.")
    await call(theirs, "judge", 1, ids[0], "violation", "I agree.", "")
    assert incident_row(world, ids[0]).verdict == "violation"


async def test_given_a_note_then_colleagues_read_it_beside_the_incident(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt = sat(world, exam, PHONE)
    page = await opened(proctor, attempt)
    await call(page, "note", 1, attempt.incident_ids[0], "It was a calculator.")
    other = await opened(world.person(Role.PROCTOR), attempt)
    (note,) = other.sitting.incidents[0].notes
    assert (note.who, note.text) == ("Pia", "It was a calculator.")
    assert other.sitting.incidents[0].verdict == "not_reviewed"
    await call(page, "note", 2, attempt.incident_ids[0], "x" * 5000)
    assert [one.seq for one in page.refused] == [2]


async def test_given_all_is_judged_then_the_attempt_gets_its_verdict_and_is_released(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt = sat(world, exam, PHONE)
    page = await opened(proctor, attempt)
    await call(page, "judge_attempt", 1, "violation", "", "")
    assert [one.seq for one in page.refused] == [1]
    await call(page, "judge_attempt", 2, "suspicious", "It stays unclear.", "")
    assert (page.sitting.verdict.text, page.sitting.verdict_by) == ("Suspicious", "Pia")
    assert "Released" in str(await call(page, "release"))
    assert page.sitting.is_released is True
    assert "taken back" in str(await call(page, "release"))
    assert page.sitting.is_released is False


async def test_given_a_running_attempt_then_it_is_judged_but_not_released(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt = attempted(
        world.database, world.settings, world.person().id, [PHONE],
        world.clock() - timedelta(minutes=20), status="running", ended_at=None,
        exam_id=exam.id, version_id=exam.version_id,
    )  # fmt: skip
    page = await opened(proctor, attempt)
    assert page.sitting.is_open is True
    await call(page, "judge", 1, attempt.incident_ids[0], "passed", "", "")
    assert page.sitting.compliance == 100
    assert "not ended" in str(await call(page, "release"))
    assert page.sitting.is_released is False


async def test_given_a_bar_that_is_clicked_then_its_incident_is_chosen(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt = sat(world, exam, PHONE, TAB)
    page = await opened(proctor, attempt)
    drawn = [data[0] for trace in page.figure.data for data in trace.customdata]
    assert sorted(drawn) == sorted(attempt.incident_ids)
    await call(page, "choose", drawn[0])
    await call(page, "choose", drawn[0])
    assert (page.chosen.id, page.chosen.mark) == (drawn[0], 2)


async def test_given_what_others_do_then_the_page_shows_it(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt = sat(world, exam, PHONE)
    page = await opened(proctor, attempt)
    other = await opened(world.person(Role.PROCTOR, "Ben"), attempt)
    await call(other, "judge", 1, attempt.incident_ids[0], "suspicious", "", "")
    await call(page, "load")
    assert (page.sitting.incidents[0].verdict, page.sitting.incidents[0].by) == (
        "suspicious", "Ben",
    )  # fmt: skip


async def test_given_two_reviewers_then_each_is_told_of_the_other_here_and_in_the_queue(
    world: World, browser: Browser, proctor: Person, exam: SetExam
) -> None:
    attempt, ben = sat(world, exam, PHONE), world.person(Role.PROCTOR, "Ben")
    mine, theirs = await opened(proctor, attempt), await opened(ben, attempt)
    watches = [asyncio.create_task(call(page, "watch")) for page in (mine, theirs)]
    await eventually(lambda: (mine.others, theirs.others) == ("Ben", "Pia"))
    (queued,) = (await queue_of(ben)).items
    assert queued.looking == "Pia"
    page = await queue_of(world.person(Role.PROCTOR, "Eve"))
    assert page.items[0].looking == "Ben, Pia"

    queue = asyncio.create_task(call(page, "watch"))
    path = {"headers": {}, "token": TOKEN, "asPath": "/review"}
    theirs.router = RouterData.from_router_data(path)
    await eventually(lambda: (mine.others, page.items[0].looking) == ("", "Pia"))

    browser.is_open = False
    await asyncio.wait_for(asyncio.gather(*watches, queue), 5)
    assert world.services.attention.all() == {}
    assert world.services.broadcast.watchers == 0


async def test_given_the_exam_becomes_anothers_then_the_open_desk_is_emptied_and_nobody_looks(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt = sat(world, exam, PHONE)
    page = await opened(proctor, attempt)
    assign(world, exam, world.person(Role.PROCTOR))

    await asyncio.wait_for(call(page, "watch"), 5)

    assert (page.problem, page.sitting.incidents) == ("Other people watch this exam.", [])
    assert world.services.attention.all() == {}


async def test_given_the_viewers_own_attempt_then_nothing_of_its_review_is_shown(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt = sat_by(world, exam, proctor, PHONE)
    page = await opened(proctor, attempt)
    assert (page.sitting.attempt_id, page.sitting.incidents, page.said) == ("", [], [])
    assert "your own" in page.problem
    with pytest.raises(NotAllowed):
        await call(page, "judge", 1, attempt.incident_ids[0], "passed", "", "")


async def test_given_an_unassigned_proctor_then_every_handler_refuses(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt = sat(world, exam, PHONE)
    page = await opened(proctor, attempt)
    assign(world, exam, world.person(Role.PROCTOR))
    incident_id = attempt.incident_ids[0]
    for name, arguments in (
        ("judge", (1, incident_id, "passed", "", "")),
        ("note", (2, incident_id, "A note.")),
        ("judge_attempt", (3, "passed", "Fine.", "")),
        ("release", ()),
        ("answer", ({"answer": "No."},)),
    ):
        with pytest.raises(NotAllowed):
            await call(page, name, *arguments)
    assert world.count(tables.Review) == 0
    again = await opened(proctor, attempt)
    assert (again.problem, again.sitting.incidents) == ("Other people watch this exam.", [])


async def test_given_an_address_of_nothing_then_the_page_says_so(proctor: Person) -> None:
    page = await opened(proctor, Attempted("nothing", ()))
    assert page.loaded is True
    assert "no such attempt" in page.problem


# --- the queue ---


async def test_given_attempts_then_the_riskiest_comes_first(
    world: World, proctor: Person, exam: SetExam
) -> None:
    calm, lively = sat(world, exam, TAB, name="Ben"), sat(world, exam, PHONE, TAB)
    sat(world, exam, name="Nobody of note")
    page = await queue_of(proctor)
    assert [one.attempt_id for one in page.items] == [lively.id, calm.id]
    assert [one.waiting for one in page.items] == ["2 to judge", "1 to judge"]
    assert page.exams == [[exam.id, "Arithmetic"]]
    assert page.items[0].age.endswith(" ago")


async def test_given_the_oldest_first_then_the_queue_and_its_links_keep_that_order(
    world: World, proctor: Person, exam: SetExam
) -> None:
    old = sat(world, exam, TAB, name="Ben")
    world.clock.advance(3600)
    new = sat(world, exam, PHONE, TAB)
    page = await queue_of(proctor)
    assert [one.attempt_id for one in page.items] == [new.id, old.id]
    assert "sort" not in page.items[0].href

    await call(page, "sort_by", "age")

    assert [one.attempt_id for one in page.items] == [old.id, new.id]
    assert page.items[0].href == f"/review/{old.id}?sort=age"
    desk = await opened(proctor, old, "?sort=age")
    assert f"/review/{new.id}?sort=age" in str(await call(desk, "next_attempt"))
    await call(page, "sort_by", "password_hash")
    assert page.sort == "risk"


async def test_given_filters_then_the_next_attempt_is_of_the_same_queue(
    world: World, proctor: Person, exam: SetExam
) -> None:
    other = set_exam(world)
    first, second = sat(world, exam, PHONE), sat(world, exam, TAB)
    sat(world, other, PHONE, HEAD)
    page = await queue_of(proctor)
    await call(page, "filter_exam", exam.id)
    assert [one.attempt_id for one in page.items] == [first.id, second.id]
    await call(page, "filter_kind", "appeal")
    assert (page.items, page.is_filtered) == ([], True)
    await call(page, "clear_filters")
    assert len(page.items) == 3

    desk = await opened(proctor, first, f"?exam={exam.id}")
    answer = str(await call(desk, "next_attempt"))
    assert second.id in answer
    assert exam.id in answer
    desk = await opened(proctor, first, f"?exam={exam.id}")
    desk._seen = [first.id, second.id]
    assert "Nothing else waits" in str(await call(desk, "next_attempt"))


async def test_given_more_than_a_page_was_seen_then_the_next_attempt_comes_from_the_page_after(
    world: World, proctor: Person, exam: SetExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctor_app.services.reviews.MAX_LIMIT", 1)
    grave, graver = sat(world, exam, PHONE), sat(world, exam, PHONE, HEAD)
    mild = sat(world, exam, TAB)
    desk = await opened(proctor, graver)
    desk._seen = [graver.id, grave.id]

    assert mild.id in str(await call(desk, "next_attempt"))

    desk._seen = [*desk._seen, mild.id]
    assert "Nothing else waits" in str(await call(desk, "next_attempt"))


async def test_given_many_attempts_then_the_queue_comes_in_pages(
    world: World, proctor: Person, exam: SetExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctor_app.state.review_queue._PAGE", 2)
    for name in "ABC":
        sat(world, exam, PHONE, name=name)
    page = await queue_of(proctor)
    first = [one.attempt_id for one in page.items]
    assert (len(first), page.has_next, page.has_previous) == (2, True, False)
    await call(page, "next_page")
    assert (len(page.items), page.has_next, page.has_previous) == (1, False, True)
    assert page.items[0].attempt_id not in first
    await call(page, "previous_page")
    assert [one.attempt_id for one in page.items] == first


# --- a faulty rule ---


async def test_given_a_faulty_rule_then_all_it_noted_is_dismissed_and_brought_back(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempts = [sat(world, exam, PHONE, TAB, name=name) for name in "ABC"]
    page = open_page(BulkState, proctor.token, "/review")
    await call(page, "open", True)
    await call(page, "choose_exam", exam.id)
    await call(page, "choose_rule", "phone")
    assert page.count == 3
    await call(page, "dismiss", {"reason": " "})
    assert "reason" in page.problem.lower()
    await call(page, "dismiss", {"reason": "A poster looks like a phone."})

    assert (page.result, page.busy, page.count) == (
        "Dismissed: 3 incidents in 3 attempts.", False, 0,
    )  # fmt: skip
    assert incident_row(world, attempts[0].incident_ids[0]).verdict == "passed"
    assert incident_row(world, attempts[0].incident_ids[1]).verdict == "not_reviewed"
    (past,) = page.past
    assert (past.who, past.can_undo) == ("Pia", True)
    await call(page, "undo", past.bulk_id)
    assert page.result == "Brought back: 3 incidents in 3 attempts."
    assert incident_row(world, attempts[0].incident_ids[0]).verdict == "not_reviewed"
    assert page.past[0].can_undo is False


async def test_given_another_ones_exam_then_nothing_of_it_is_dismissed(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt = sat(world, exam, PHONE)
    assign(world, exam, world.person(Role.PROCTOR))
    page = open_page(BulkState, proctor.token, "/review")
    await call(page, "open", True)
    page.exam, page.rule = exam.id, "phone"
    with pytest.raises(NotAllowed):
        await call(page, "dismiss", {"reason": "No."})
    assert incident_row(world, attempt.incident_ids[0]).verdict == "not_reviewed"


# --- what the candidate sees, and says ---


async def results_of(who: Person, attempt: Attempted) -> ResultsState:
    page = open_page(ResultsState, who.token, f"/results/{attempt.id}")
    await call(page, "load")
    return page


@pytest.mark.parametrize("is_free", [False, True])
async def test_given_a_release_then_the_candidate_reads_what_was_found_and_why(
    world: World, proctor: Person, exam: SetExam, is_free: bool
) -> None:
    who = world.person(name="Ana")
    attempt = sat_by(world, None if is_free else exam, who, PHONE, TAB)
    before = await results_of(who, attempt)
    assert (before.outcome.is_released, before.outcome.incidents) == (False, [])
    assert "a person does, not a program" in before.outcome.said

    desk = await opened(proctor, attempt)
    await call(desk, "judge", 1, attempt.incident_ids[0], "violation", "Read from it.", "device")
    await call(desk, "judge_attempt", 2, "violation", "A phone was used.", "device")
    assert (await results_of(who, attempt)).outcome.reason == ""
    await call(desk, "release")

    after = (await results_of(who, attempt)).outcome
    assert (after.verdict.text, after.reason) == ("Violation", "A phone was used.")
    phone, tab = after.incidents
    assert (phone.verdict.text, phone.reason) == ("Violation", "Read from it.")
    assert phone.explained == "Something that looks like a phone was in the picture."
    assert len(phone.pictures) == 2
    assert tab.verdict.text == "Not judged yet"
    assert tab.said == "The program noted this. No person has given a verdict on it yet."
    assert [term.words for term in after.terms] == [
        "Phone detected, once", "Tab switch detected, once",
    ]  # fmt: skip
    assert "Pia" not in str(after), "who judged is not told"


async def test_given_a_passed_attempt_then_what_nobody_judged_is_held_against_nobody(
    world: World, proctor: Person, exam: SetExam
) -> None:
    who = world.person()
    attempt = sat_by(world, exam, who, TAB)
    desk = await opened(proctor, attempt)
    await call(desk, "judge_attempt", 1, "passed", "All fine.", "")
    await call(desk, "release")
    (told,) = (await results_of(who, attempt)).outcome.incidents
    assert (told.verdict.text, "not held against you" in told.said) == ("Not judged", True)


async def test_given_an_appeal_then_it_is_answered_and_the_answer_is_read(
    world: World, proctor: Person, exam: SetExam
) -> None:
    who = world.person()
    attempt = sat_by(world, exam, who, PHONE)
    desk = await opened(proctor, attempt)
    await call(desk, "judge_attempt", 1, "violation", "A phone was used.", "")
    await call(desk, "release")
    mine = await results_of(who, attempt)
    assert mine.outcome.may_appeal is True
    await call(mine, "appeal", {"text": "  "})
    assert mine.appeal_problem
    await call(mine, "appeal", {"text": "It was my calculator."})
    assert (mine.appeal_problem, mine.outcome.may_appeal) == ("", False)
    assert [one.answered_at for one in mine.outcome.appeals] == [""]
    await call(mine, "appeal", {"text": "Once more."})
    assert "no answer yet" in mine.appeal_problem

    (queued,) = (await queue_of(proctor)).items
    assert "Appeal" in [chip.text for chip in queued.chips]
    desk = await opened(proctor, attempt)
    assert (desk.has_open_appeal, desk.appeals[0].text) == (True, "It was my calculator.")
    assert desk.sitting.has_appeal is True
    await call(desk, "answer", {"answer": "", "verdict": ""})
    assert desk.appeal_problem
    await call(desk, "answer", {"answer": "Indeed it was.", "verdict": "passed"})
    assert (desk.appeal_problem, desk.has_open_appeal) == ("", False)

    mine = await results_of(who, attempt)
    assert mine.outcome.verdict.text == "Passed"
    assert [one.answer for one in mine.outcome.appeals] == ["Indeed it was."]


async def test_given_somebody_elses_attempt_then_nothing_of_it_is_told_or_appealed(
    world: World, proctor: Person, exam: SetExam
) -> None:
    attempt = sat(world, exam, PHONE)
    stranger = world.person()
    page = await results_of(stranger, attempt)
    assert page.problem
    with pytest.raises(NotAllowed):
        await call(page, "appeal", {"text": "Mine."})
    assert world.count(tables.Appeal) == 0
