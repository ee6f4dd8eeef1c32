"""Rosters: a whole file or nothing of it, and accommodations that hold at once."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest

from proctor_app.db.session import Database
from proctor_app.db.tables import AuditEntry, RosterEntry
from proctor_app.domain.access import Role
from proctor_app.domain.incident import EventType
from proctor_app.errors import Invalid, NotAllowed, NotFound, ProctorError, TooLarge
from proctor_app.services.exam_views import ExamView, FileInvalid, Problem, RosterView
from proctor_app.services.roster_files import MAX_ENTRIES, RosterRow
from proctor_app.services.rosters import Imported, Mode
from tests.authoring import ON_ROSTER, attempt, attempt_row, published
from tests.world import PASSWORD, Person, World


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN, "Boss")


@pytest.fixture
def exam(world: World, admin: Person) -> ExamView:
    return published(world, admin, ON_ROSTER)


def _bring(
    world: World, admin: Person, exam: ExamView, text: str | bytes, mode: Mode = "add"
) -> Imported:
    data = text if isinstance(text, bytes) else text.encode()
    return world.services.rosters.import_csv(admin.actor, exam.id, data, mode)


def _entries(world: World, admin: Person, exam: ExamView) -> tuple[RosterView, ...]:
    return world.services.rosters.entries(admin.actor, exam.id)


def _refused(
    world: World, admin: Person, exam: ExamView, text: str | bytes, mode: Mode = "add"
) -> tuple[Problem, ...]:
    before = world.count(RosterEntry)
    with pytest.raises(FileInvalid) as refused:
        _bring(world, admin, exam, text, mode)
    assert world.count(RosterEntry) == before
    return refused.value.problems


FULL = """Email;Name;extra_minutes;may_pause;detectors_off;preset
 Ana@Example.TEST ;Ana;15;yes;"gaze_off_screen;head_turned";lenient

ben@example.test;;;;;
"""


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_given_a_file_as_spreadsheets_write_it_then_everybody_in_it_may_sit_the_exam(
    world: World, admin: Person, exam: ExamView, delimiter: str, encoding: str, end: str
) -> None:
    text = FULL.replace(";head", " head").replace(";", delimiter).replace("\n", end)

    done = _bring(world, admin, exam, text.encode(encoding))

    assert done == Imported(2, 0, 0)
    ana, ben = _entries(world, admin, exam)
    assert (ana.email, ana.name, ana.has_account, ana.extra_minutes) == (
        "ana@example.test",
        "",
        False,
        15,
    )
    assert ana.detectors_off == (EventType.GAZE_OFF_SCREEN, EventType.HEAD_TURNED)
    assert (ana.may_pause, ana.preset, ana.attempts) == (True, "lenient", 0)
    assert ben == RosterView(ben.id, "ben@example.test", "", False, 0, False, (), "", 0)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", [(0, "The file is empty")]),
        ("\n\n", [(0, "The file is empty")]),
        ("name\nAna", [(1, 'no column "email"')]),
        ("email,extra_minute\na@b.test,5", [(1, '"extra_minute" is no column')]),
        ("email,email\na@b.test,c@d.test", [(1, "same name")]),
        ("email\nana", [(2, "not an e-mail")]),
        ("email\na@b.test\n\nA@B.test", [(4, "Row 2 has the same e-mail")]),
        ("email,extra_minutes\na@b.test,many", [(2, "not a number")]),
        ("email,extra_minutes\na@b.test,-5", [(2, "not a number")]),
        ("email,extra_minutes\na@b.test,1441", [(2, "between 0 and 1440")]),
        ("email,may_pause\na@b.test,perhaps", [(2, '"yes" or "no"')]),
        ("email,detectors_off\na@b.test,phone nose", [(2, '"nose" is no detector')]),
        ("email,preset\na@b.test,kind", [(2, "A preset is")]),
        ("email\na@b.test,x", [(2, "more cells")]),
        ('email\n"a@b.test', [(2, "can't be read")]),
        ('email\n"a"b@b.test', [(2, "can't be read")]),
        ("email\n" + "x" * 200_000, [(2, "can't be read")]),
        (b"email\nb\xf6b@b.test", [(2, "not UTF-8")]),
        (b"\xff\xfee\x00m\x00", [(1, "not UTF-8")]),
        ("email\na@b.test\x00", [(2, "no text")]),
        ("email\nana\nben\ncat@b.test\ndan", [(2, "e-mail"), (3, "e-mail"), (5, "e-mail")]),
    ],
)
def test_given_a_file_with_mistakes_then_each_is_told_with_its_row_and_nothing_is_taken(
    world: World, admin: Person, exam: ExamView, text: str | bytes, problems: list[tuple[int, str]]
) -> None:
    _bring(world, admin, exam, "email\nthere@example.test\n")

    for mode in ("add", "replace"):
        found = _refused(world, admin, exam, text, mode)
        assert [problem.row for problem in found] == [row for row, _ in problems]
        for problem, (_, word) in zip(found, problems, strict=True):
            assert word in problem.text


def test_given_very_many_mistakes_then_fifty_are_told(
    world: World, admin: Person, exam: ExamView
) -> None:
    assert len(_refused(world, admin, exam, "email\n" + "nobody\n" * 400_000)) == 50
    with pytest.raises(TooLarge):
        _bring(world, admin, exam, b"x" * (4 * 1024 * 1024 + 1))


def test_given_as_many_as_a_roster_holds_then_they_are_taken_and_no_more(
    world: World, admin: Person, exam: ExamView
) -> None:
    rows = [f"c{number}@example.test" for number in range(MAX_ENTRIES)]

    assert _bring(world, admin, exam, "email\n" + "\n".join(rows)).added == MAX_ENTRIES
    more = _refused(world, admin, exam, "email\n" + "\n".join([*rows, "more@example.test"]))
    assert f"at most {MAX_ENTRIES}" in more[0].text
    with pytest.raises(ProctorError) as full:
        _bring(world, admin, exam, "email\nmore@example.test")
    assert full.value.code == "roster_full"


def test_given_a_second_file_then_what_it_does_not_name_stays(
    world: World, admin: Person, exam: ExamView
) -> None:
    _bring(world, admin, exam, "email,extra_minutes,may_pause\na@b.test,10,yes\nb@b.test,5,no")

    done = _bring(world, admin, exam, "email,extra_minutes\na@b.test,20\nc@b.test,0")

    assert done == Imported(1, 1, 0)
    found = {entry.email: entry for entry in _entries(world, admin, exam)}
    assert sorted(found) == ["a@b.test", "b@b.test", "c@b.test"]
    assert (found["a@b.test"].extra_minutes, found["a@b.test"].may_pause) == (20, True)


def test_given_a_file_that_replaces_then_the_roster_is_the_file(
    world: World, admin: Person, exam: ExamView
) -> None:
    _bring(world, admin, exam, "email,extra_minutes,may_pause\na@b.test,10,yes\nb@b.test,5,no")

    done = _bring(world, admin, exam, "email\na@b.test\nc@b.test", "replace")

    assert done == Imported(1, 1, 1)
    a, c = _entries(world, admin, exam)
    assert (a.email, a.extra_minutes, a.may_pause, c.email) == ("a@b.test", 0, False, "c@b.test")


def test_given_somebody_who_is_sitting_the_exam_then_nobody_takes_them_off_the_roster(
    world: World, admin: Person, exam: ExamView
) -> None:
    ana, ben = world.person(), world.person()
    _bring(world, admin, exam, f"email\n{ana.email}\n{ben.email}")
    attempt(world, exam, ana, "ready")
    attempt(world, exam, ben, "submitted")
    entries = {entry.email: entry for entry in _entries(world, admin, exam)}

    said = _refused(world, admin, exam, "email\nnew@b.test", "replace")

    assert said == (Problem(0, f"{ana.email} is sitting the exam now and is not in the file."),)
    with pytest.raises(ProctorError) as refused:
        world.services.rosters.remove(admin.actor, exam.id, entries[ana.email].id)
    assert refused.value.code == "attempt_open"
    world.services.rosters.remove(admin.actor, exam.id, entries[ben.email].id)
    assert [entry.email for entry in _entries(world, admin, exam)] == [ana.email]
    assert _entries(world, admin, exam)[0].attempts == 1


def test_given_somebody_without_an_account_then_their_entry_becomes_theirs_with_it(
    world: World, admin: Person, exam: ExamView
) -> None:
    _bring(world, admin, exam, "email\nana@example.test\nBen@example.test")

    made = world.services.accounts.create("ANA@example.test", PASSWORD, Role.STUDENT, "Ana")

    ana, ben = world.rows(RosterEntry)
    assert (ana.user_id, ben.user_id) == (made.id, None)
    shown = _entries(world, admin, exam)[0]
    assert (shown.name, shown.has_account) == ("Ana", True)
    other = published(world, admin, ON_ROSTER)
    _bring(world, admin, other, "email\nana@example.test")
    assert _entries(world, admin, other)[0].has_account


def test_given_an_account_of_almost_the_same_email_then_the_entry_is_not_theirs(
    world: World, admin: Person, exam: ExamView
) -> None:
    _bring(world, admin, exam, "email\nana@example.test")

    world.services.accounts.create("aná@example.test", PASSWORD, Role.STUDENT)

    assert world.rows(RosterEntry)[0].user_id is None
    assert not _entries(world, admin, exam)[0].has_account


def test_given_a_roster_then_its_file_is_read_again_as_it_was_and_holds_no_formula(
    world: World, admin: Person, exam: ExamView
) -> None:
    names = {
        "=1+1@example.test": '=HYPERLINK("http://x")',
        "+a@example.test": "+1",
        "-b@example.test": "-1, 2",
        "'c@example.test": "@x",
        "'=d@example.test": "'=x",
        "e@example.test": 'plain "quoted"; text',
    }
    rows = ["email,extra_minutes,may_pause,detectors_off,preset"]
    rows += [f'"{email}",7,yes,phone hand_gesture,strict' for email in names if email[0] not in "'"]
    for email, name in names.items():
        world.services.accounts.create(email, PASSWORD, Role.STUDENT, name)
    _bring(world, admin, exam, "\n".join(rows))
    for email in names:
        if email[0] == "'":
            world.services.rosters.add(admin.actor, exam.id, RosterRow(email))
    before = _entries(world, admin, exam)

    data = world.services.rosters.export_csv(admin.actor, exam.id)

    assert data.startswith(b'\xef\xbb\xbf"email","name",')
    for line in data.decode("utf-8-sig").splitlines()[1:]:
        for cell in line.split(","):
            assert cell.strip('"')[:1] not in tuple("=+-@")
    other = published(world, admin, ON_ROSTER)
    _bring(world, admin, other, data)
    after = _entries(world, admin, other)
    assert [(e.email, e.extra_minutes, e.detectors_off, e.preset) for e in after] == [
        (e.email, e.extra_minutes, e.detectors_off, e.preset) for e in before
    ]
    assert len(after) == len(names)
    assert _bring(world, admin, exam, data, "replace") == Imported(0, 0, 0)


def test_given_an_entry_by_hand_then_it_is_added_changed_and_removed_and_noted(
    world: World, admin: Person, exam: ExamView
) -> None:
    rosters = world.services.rosters
    row = RosterRow(" Ana@Example.test", 5, True, (EventType.PHONE, EventType.PHONE), "strict")

    added = rosters.add(admin.actor, exam.id, row)
    changed = rosters.change(
        admin.actor, exam.id, added.id, extra_minutes=9, detectors_off=[], preset=""
    )

    assert (added.email, added.detectors_off) == ("ana@example.test", (EventType.PHONE,))
    assert changed == RosterView(added.id, added.email, "", False, 9, True, (), "", 0)
    with pytest.raises(ProctorError) as taken:
        rosters.add(admin.actor, exam.id, RosterRow("ana@example.test"))
    assert taken.value.code == "roster_email_taken"
    for wrong in ({"extra_minutes": -1}, {"extra_minutes": 10**6}, {"preset": "kind"}):
        with pytest.raises(Invalid):
            rosters.change(admin.actor, exam.id, added.id, **wrong)
    assert _entries(world, admin, exam) == (changed,)
    rosters.remove(admin.actor, exam.id, added.id)
    with pytest.raises(NotFound):
        rosters.remove(admin.actor, exam.id, added.id)
    noted = [entry for entry in world.rows(AuditEntry) if entry.subject_id == exam.id]
    assert [entry.action for entry in noted][-3:] == [
        "roster.added",
        "roster.changed",
        "roster.removed",
    ]
    assert not any("ana" in entry.detail for entry in noted)


def test_given_an_entry_of_another_exam_then_it_cannot_be_changed_from_here(
    world: World, admin: Person, exam: ExamView
) -> None:
    other = published(world, admin, ON_ROSTER)
    entry = world.services.rosters.add(admin.actor, other.id, RosterRow("ana@example.test"))

    with pytest.raises(NotFound):
        world.services.rosters.change(admin.actor, exam.id, entry.id, extra_minutes=5)
    with pytest.raises(NotFound):
        world.services.rosters.remove(admin.actor, exam.id, entry.id)


@pytest.mark.parametrize("by_file", [False, True])
def test_given_more_time_while_they_sit_the_exam_then_they_have_it_at_once(
    world: World, admin: Person, by_file: bool
) -> None:
    ana, ben = world.person(), world.person()
    ends_by = world.clock() + timedelta(hours=1)
    exam = published(world, admin, replace(ON_ROSTER, closes_at=ends_by - timedelta(minutes=10)))
    _bring(world, admin, exam, f"email,extra_minutes\n{ana.email},10\n{ben.email},0")
    entries = {entry.email: entry for entry in _entries(world, admin, exam)}
    running, other = attempt(world, exam, ana, "running", ends_by), attempt(world, exam, ben)

    if by_file:
        _bring(world, admin, exam, f"email,extra_minutes\n{ana.email},25")
    else:
        world.services.rosters.change(admin.actor, exam.id, entries[ana.email].id, extra_minutes=25)

    row = attempt_row(world, running)
    assert (row.duration_minutes, row.ends_by) == (70, ends_by + timedelta(minutes=15))
    assert attempt_row(world, other).duration_minutes == 45


def test_given_no_admin_then_the_roster_stays_as_it_is(
    world: World, admin: Person, exam: ExamView
) -> None:
    rosters = world.services.rosters
    entry = rosters.add(admin.actor, exam.id, RosterRow("ana@example.test"))
    proctor, student = world.person(Role.PROCTOR), world.person()

    assert len(rosters.entries(proctor.actor, exam.id)) == 1
    for who in (proctor.actor, student.actor):
        for call in (
            lambda who=who: rosters.add(who, exam.id, RosterRow("b@example.test")),
            lambda who=who: rosters.change(who, exam.id, entry.id, extra_minutes=5),
            lambda who=who: rosters.remove(who, exam.id, entry.id),
            lambda who=who: rosters.import_csv(who, exam.id, b"email\n"),
        ):
            with pytest.raises(NotAllowed):
                call()
    assert _entries(world, admin, exam) == (entry,)


def test_given_a_failure_in_the_middle_then_the_roster_is_as_before(
    world: World, admin: Person, exam: ExamView, monkeypatch: pytest.MonkeyPatch
) -> None:
    _bring(world, admin, exam, "email\na@b.test")

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(world.services.audit, "note", broken)
    with pytest.raises(ZeroDivisionError):
        _bring(world, admin, exam, "email\nb@b.test", "replace")

    assert [row.email for row in world.rows(RosterEntry)] == ["a@b.test"]
    assert isinstance(world.database, Database)


def test_given_a_name_with_other_separators_then_no_cell_of_any_reader_is_a_formula(
    world: World, admin: Person, exam: ExamView
) -> None:
    _bring(world, admin, exam, "email\nana@example.test")
    name = 'A;=1+1;@SUM(1);"-2"; B'
    world.services.accounts.create("ana@example.test", PASSWORD, Role.STUDENT, name)

    text = world.services.rosters.export_csv(admin.actor, exam.id).decode("utf-8-sig")

    assert all(line.startswith('"') and line.endswith('"') for line in text.splitlines())
    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            assert not [cell for cell in row if cell.strip(' "')[:1] in tuple("=+-@")], row
