"""Exams as archives: who may, what is in them, and that nothing is left of what was stopped."""

import csv
import io
import json
import shutil
import stat
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from proctor_app.db import tables
from proctor_app.db.session import DatabaseUnavailable
from proctor_app.domain.access import Role
from proctor_app.domain.incident import EventType
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from proctor_app.services import export_jobs, export_room, report_html, reports
from proctor_app.services.export_archive import Wanted
from proctor_app.services.export_jobs import ExportView, Stage
from proctor_app.services.report_pdf import PdfUnavailable
from proctor_app.services.reports import Format
from tests.papers import SetExam, assign, at, set_exam
from tests.reports import HOSTILE, attempt_of, full_attempt, incident_of, pictures_of
from tests.world import Person, World, eventually_in_thread

TABLES = Wanted((Format.CSV, Format.JSON))


@pytest.fixture
def proctor(world: World) -> Iterator[Person]:
    yield world.person(Role.PROCTOR, "Pia Proctor")
    world.services.exports.close()


@pytest.fixture
def exam(world: World) -> SetExam:
    exam = set_exam(world)
    for minute, name in enumerate(("Ana", "Ben")):
        created_at = at(world, minutes=minute - 90)
        attempt_id = attempt_of(world, exam, world.person(name=name), created_at=created_at)
        incident_of(world, attempt_id, EventType.PHONE, 5)
    return exam


def finished(world: World, who: Person, started: ExportView) -> ExportView:
    exports = world.services.exports
    eventually_in_thread(lambda: exports.one(who.actor, started.id).finished_at is not None)
    return exports.one(who.actor, started.id)


def exported(world: World, who: Person, exam: SetExam, wanted: Wanted = TABLES) -> zipfile.ZipFile:
    """The finished archive."""
    started = world.services.exports.start(who.actor, exam.id, wanted)
    assert finished(world, who, started).stage is Stage.DONE
    file = world.services.exports.fetch(who.actor, started.id)
    data = b"".join(file.chunks)
    assert len(data) == file.size_bytes
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return archive


def rows(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    text = archive.read(name).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def files(world: World) -> list[Path]:
    return list((world.settings.data_dir / "exports").glob("*"))


class Gate:
    """Holds an export before it reads its second attempt."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        reports, read = type(world.services.reports), world.services.reports.read
        seen: list[str] = []

        def held(_self: object, actor: object, attempt_id: str) -> object:
            seen.append(attempt_id)
            if len(seen) == 2:
                self.reached.set()
                assert self.opened.wait(15)
            return read(actor, attempt_id)  # type: ignore[arg-type]

        monkeypatch.setattr(reports, "read", held)


# --- who may ---


def test_given_a_candidate_or_a_proctor_of_other_exams_then_they_are_refused(
    world: World, proctor: Person, exam: SetExam
) -> None:
    assign(world, exam, proctor)
    exports = world.services.exports
    started = exports.start(proctor.actor, exam.id, TABLES)
    candidate, other = world.person(), world.person(Role.PROCTOR)

    for who in (candidate, other):
        with pytest.raises(NotAllowed):
            exports.start(who.actor, exam.id, TABLES)
    with pytest.raises(NotAllowed):
        exports.of(candidate.actor)
    for ask in (exports.one, exports.fetch, exports.cancel):
        with pytest.raises(NotAllowed):
            ask(candidate.actor, started.id)
        with pytest.raises(NotFound):  # not even another's is told
            ask(other.actor, started.id)
    assert exports.of(other.actor) == ()
    finished(world, proctor, started)


def test_given_somebody_who_no_longer_watches_the_exam_then_the_file_is_theirs_no_more(
    world: World, proctor: Person, exam: SetExam
) -> None:
    started = world.services.exports.start(proctor.actor, exam.id, TABLES)
    finished(world, proctor, started)
    assign(world, exam, world.person(Role.PROCTOR))

    with pytest.raises(NotAllowed):
        world.services.exports.fetch(proctor.actor, started.id)


def test_given_an_export_then_it_is_in_the_log(
    world: World, proctor: Person, exam: SetExam
) -> None:
    finished(world, proctor, world.services.exports.start(proctor.actor, exam.id, TABLES))

    last = next(e for e in world.rows(tables.AuditEntry) if e.action == "exam.exported")
    assert (last.actor_id, last.subject_id) == (proctor.id, exam.id)
    assert json.loads(last.detail) == {"attempts": 2, "formats": "csv json", "pictures": False}


# --- what is in it ---


def test_given_an_exam_then_its_archive_has_every_attempt_and_the_tables_of_all(
    world: World, proctor: Person, exam: SetExam
) -> None:
    archive = exported(world, proctor, exam)

    reports = [name for name in archive.namelist() if name.startswith("attempts/")]
    made = sorted(name.rpartition("/")[2] for name in reports)
    assert made == ["report.csv", "report.csv", "report.json", "report.json"]
    assert {name.split("/")[1][:8] for name in reports} == {"0001-Ana", "0002-Ben"}
    assert [row["candidate"] for row in rows(archive, "attempts.csv")] == ["Ana", "Ben"]
    assert [row["event"] for row in rows(archive, "incidents.csv")] == ["Phone detected"] * 2
    readme = archive.read("README.txt").decode()
    assert "Reports on 2 attempts" in readme
    assert "by Pia Proctor (proctor)" in readme
    assert "a person gave every verdict" in readme
    assert "errors.txt" not in archive.namelist()


def test_given_a_file_then_nobody_else_on_the_machine_can_read_it(
    world: World, proctor: Person, exam: SetExam
) -> None:
    exported(world, proctor, exam)

    (file,) = files(world)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_given_fifty_attempts_then_all_are_there(world: World, proctor: Person) -> None:
    exam, who = set_exam(world), world.person(name="Ana")
    for number in range(50):
        attempt_of(world, exam, who, number=number + 1)

    archive = exported(world, proctor, exam, Wanted((Format.JSON,)))

    assert len([name for name in archive.namelist() if name.endswith(".json")]) == 50
    assert sorted(int(row["attempt_number"]) for row in rows(archive, "attempts.csv")) == list(
        range(1, 51)
    )


def test_given_pictures_are_wanted_then_they_are_there_as_they_were_kept(
    world: World, proctor: Person
) -> None:
    sat = full_attempt(world, proctor)
    gone = world.rows(tables.Evidence)[0]
    pictures_of(world).delete(gone.key)

    archive = exported(world, proctor, sat.exam, Wanted((Format.HTML,), with_pictures=True))

    pictures = [name for name in archive.namelist() if "/evidence/" in name]
    assert len(pictures) == 3
    assert all(archive.read(name).startswith(b"\xff\xd8") for name in pictures)
    errors = archive.read("errors.txt").decode().splitlines()
    assert len(errors) == 1
    assert f"incident-{gone.incident_id}-0.jpg" in errors[0]


@pytest.mark.parametrize("words", HOSTILE)
def test_given_hostile_names_then_the_archive_unpacks_into_its_own_folder(
    world: World, proctor: Person, words: str
) -> None:
    sat = full_attempt(world, proctor, words, f"../../{words}"[:120])

    archive = exported(world, proctor, sat.exam)

    for name in archive.namelist():
        assert name.isascii()
        assert ".." not in name
        assert not name.startswith("/")
        assert len(name) < 100
    assert len(rows(archive, "incidents.csv")) == len(sat.incident_ids)


def test_given_an_attempt_that_can_t_be_read_then_the_others_are_there_and_it_is_named(
    world: World, proctor: Person, exam: SetExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    render = report_html.render
    first = world.services.reports.find(proctor.actor, "Ana")[0].attempt.id

    def broken(report: object, pictures: object) -> str:
        if report.attempt.id == first:  # type: ignore[attr-defined]
            raise ValueError("something unforeseen")
        return render(report, pictures)  # type: ignore[arg-type]

    monkeypatch.setattr(report_html, "render", broken)
    archive = exported(world, proctor, exam, Wanted((Format.HTML,)))

    assert len([name for name in archive.namelist() if name.endswith(".html")]) == 1
    assert first in archive.read("errors.txt").decode()
    assert "unforeseen" not in archive.read("errors.txt").decode()
    assert len(rows(archive, "attempts.csv")) == 2


# --- progress, stopping, going ---


def test_given_an_export_that_is_made_then_it_says_how_far_it_is_and_a_second_one_waits(
    world: World, proctor: Person, exam: SetExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, exports = Gate(world, monkeypatch), world.services.exports
    started = exports.start(proctor.actor, exam.id, TABLES)
    assert gate.reached.wait(15)

    view = exports.one(proctor.actor, started.id)
    assert (view.stage, view.done, view.total, view.percent) == (Stage.RUNNING, 0, 2, 0)
    assert view.current == "Ana"
    with pytest.raises(Conflict) as refused:
        exports.start(proctor.actor, exam.id, TABLES)
    assert refused.value.code == "export_running"
    with pytest.raises(Conflict):
        exports.fetch(proctor.actor, started.id)

    gate.opened.set()
    view = finished(world, proctor, started)
    assert (view.stage, view.done, view.percent, view.current) == (Stage.DONE, 2, 100, "")


def test_given_an_export_that_is_cancelled_then_nothing_of_it_is_left(
    world: World, proctor: Person, exam: SetExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, exports = Gate(world, monkeypatch), world.services.exports
    started = exports.start(proctor.actor, exam.id, TABLES)
    assert gate.reached.wait(15)

    exports.cancel(proctor.actor, started.id)
    gate.opened.set()

    eventually_in_thread(lambda: files(world) == [])
    assert exports.one(proctor.actor, started.id).stage is Stage.CANCELLED
    exports.cancel(proctor.actor, started.id)  # a second time takes it off the list
    assert exports.of(proctor.actor) == ()


def test_given_an_export_that_fails_then_it_says_so_and_nothing_of_it_is_left(
    world: World, proctor: Person, exam: SetExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(world.services.reports), "read", full)
    started = world.services.exports.start(proctor.actor, exam.id, TABLES)

    assert finished(world, proctor, started).stage is Stage.FAILED
    assert files(world) == []


def test_given_no_database_then_the_export_fails_and_says_why(
    world: World, proctor: Person, exam: SetExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_given: object) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(type(world.services.reports), "read", away)
    started = world.services.exports.start(proctor.actor, exam.id, TABLES)

    view = finished(world, proctor, started)
    assert (view.stage, view.problem) == (Stage.FAILED, DatabaseUnavailable.detail)
    assert files(world) == []


def test_given_the_exam_is_taken_from_them_meanwhile_then_the_export_fails(
    world: World, proctor: Person, exam: SetExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, exports = Gate(world, monkeypatch), world.services.exports
    started = exports.start(proctor.actor, exam.id, TABLES)
    assert gate.reached.wait(15)

    assign(world, exam, world.person(Role.PROCTOR))
    gate.opened.set()

    assert finished(world, proctor, started).stage is Stage.FAILED
    assert files(world) == []


def test_given_their_own_attempt_then_it_is_left_out_and_named_and_the_others_are_there(
    world: World, proctor: Person, exam: SetExam
) -> None:
    mine = attempt_of(world, exam, proctor)

    archive = exported(world, proctor, exam)

    assert [row["candidate"] for row in rows(archive, "attempts.csv")] == ["Ana", "Ben"]
    assert mine in archive.read("errors.txt").decode()


def test_given_no_pdf_can_be_made_then_the_other_formats_are_there(
    world: World, proctor: Person, exam: SetExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_given: object) -> bytes:
        raise PdfUnavailable

    monkeypatch.setattr(reports, "make_pdf", missing)

    archive = exported(world, proctor, exam, Wanted((Format.PDF, Format.JSON)))

    assert len([name for name in archive.namelist() if name.endswith(".json")]) == 2
    assert len(archive.read("errors.txt").decode().splitlines()) == 2


# --- room ---


def test_given_too_little_free_space_then_no_export_begins_and_one_that_is_made_ends(
    world: World, proctor: Person, exam: SetExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, exports = Gate(world, monkeypatch), world.services.exports
    started = exports.start(proctor.actor, exam.id, TABLES)
    assert gate.reached.wait(15)

    disk = shutil.disk_usage(world.settings.data_dir)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: disk)
    gate.opened.set()

    view = finished(world, proctor, started)
    assert (view.stage, view.problem) == (Stage.FAILED, export_room.NoRoom.detail)
    eventually_in_thread(lambda: files(world) == [])
    with pytest.raises(export_room.NoRoom):
        exports.start(proctor.actor, exam.id, TABLES)
    assert len(exports.of(proctor.actor)) == 1


def test_given_archives_that_take_all_they_may_then_another_waits_until_one_is_removed(
    world: World, proctor: Person, exam: SetExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports = world.services.exports
    first = exports.start(proctor.actor, exam.id, TABLES)
    finished(world, proctor, first)
    monkeypatch.setattr(export_room, "_MOST_BYTES", 10)

    with pytest.raises(export_room.NoRoom):
        exports.start(proctor.actor, exam.id, TABLES)

    exports.cancel(proctor.actor, first.id)
    monkeypatch.setattr(export_room, "_MOST_BYTES", 10**9)
    assert finished(world, proctor, exports.start(proctor.actor, exam.id, TABLES)).size_bytes > 0


def test_given_many_exports_of_one_person_then_three_are_kept(
    world: World, proctor: Person, exam: SetExam
) -> None:
    exports = world.services.exports
    started = [
        finished(world, proctor, exports.start(proctor.actor, exam.id, TABLES)) for _ in range(5)
    ]

    kept = [one.id for one in exports.of(proctor.actor)]
    assert kept == [one.id for one in started[:1:-1]]
    assert {path.stem for path in files(world)} == set(kept)


def test_given_the_end_of_the_process_then_exports_end_and_their_files_go(
    world: World, proctor: Person, exam: SetExam
) -> None:
    exported(world, proctor, exam)
    world.services.exports.close()
    assert files(world) == []


def test_given_files_of_an_earlier_process_then_they_go_at_the_start(world: World) -> None:
    folder = world.settings.data_dir / "exports"
    folder.mkdir()
    for name in ("old.zip", "half.zip.part"):
        (folder / name).write_bytes(b"PK")

    world.services.exports.remove_old_files()

    assert files(world) == []


def test_given_an_hour_then_the_file_goes(world: World, proctor: Person, exam: SetExam) -> None:
    started = world.services.exports.start(proctor.actor, exam.id, TABLES)
    finished(world, proctor, started)
    world.clock.advance(export_jobs.KEPT.total_seconds())

    assert world.services.exports.of(proctor.actor) == ()
    assert files(world) == []
    with pytest.raises(NotFound):
        world.services.exports.fetch(proctor.actor, started.id)


def test_given_somebody_who_was_erased_since_then_the_file_is_handed_out_no_more(
    world: World, proctor: Person
) -> None:
    sat = full_attempt(world, proctor)
    started = world.services.exports.start(proctor.actor, sat.exam.id, TABLES)
    finished(world, proctor, started)
    world.clock.advance(60)
    world.services.erasure.erase(world.person(Role.ADMIN).actor, sat.candidate.id)

    with pytest.raises(Conflict) as refused:
        world.services.exports.fetch(proctor.actor, started.id)

    assert refused.value.code == "export_outdated"
    assert files(world) == []


def test_given_nothing_to_export_then_it_is_refused_in_words(
    world: World, proctor: Person, exam: SetExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports = world.services.exports
    with pytest.raises(NotFound):
        exports.start(proctor.actor, "nothing", TABLES)
    with pytest.raises(Conflict, match="Nobody"):
        exports.start(proctor.actor, set_exam(world).id, TABLES)
    with pytest.raises(Invalid):
        exports.start(proctor.actor, exam.id, Wanted(()))
    monkeypatch.setattr(export_jobs, "_MOST_UNFINISHED", 0)
    with pytest.raises(Unavailable):
        exports.start(proctor.actor, exam.id, TABLES)
