"""Reports for those who wait for them: however many ask, the others are not kept waiting."""

import asyncio
import threading

import pytest

from proctor_app.domain.access import Role
from proctor_app.errors import NotAllowed, NotFound, Throttled, Unavailable
from proctor_app.services import export_archive, reports
from proctor_app.services.export_archive import Wanted
from proctor_app.services.export_jobs import Stage
from proctor_app.services.report_pdf import Stopped
from proctor_app.services.reports import Format
from tests.papers import assign
from tests.reports import Sat, full_attempt
from tests.world import Person, World, eventually


@pytest.fixture
def proctor(world: World) -> Person:
    return world.person(Role.PROCTOR, "Pia")


@pytest.fixture
def sat(world: World, proctor: Person) -> Sat:
    return full_attempt(world, proctor)


class SlowPdfs:
    """In the place of WeasyPrint: each is held until it is told to go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go_on = 0, threading.Event()
        self._lock = threading.Lock()
        monkeypatch.setattr(reports, "make_pdf", self._make)

    def _make(self, _html: str, should_stop: object) -> bytes:
        with self._lock:
            self.begun += 1
        while not self.go_on.wait(0.01):
            if should_stop():  # type: ignore[operator]
                raise Stopped
        return b"%PDF-"


async def test_given_many_pdfs_then_two_are_made_four_wait_and_the_next_is_refused_at_once(
    world: World, sat: Sat, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdfs, queue = SlowPdfs(monkeypatch), world.services.report_queue
    people = [world.person(Role.PROCTOR) for _ in range(7)]
    asked = [
        asyncio.create_task(queue.make(one.actor, sat.attempt_id, Format.PDF)) for one in people
    ]

    await eventually(lambda: any(one.done() for one in asked) and pdfs.begun == 2)
    (refused,) = (one for one in asked if one.done())
    html = await queue.make(people[0].actor, sat.attempt_id, Format.HTML)
    pdfs.go_on.set()

    assert isinstance(refused.exception(), Throttled)
    assert html.data.startswith(b"<!doctype html>")
    made = await asyncio.gather(*(one for one in asked if one is not refused))
    assert [one.data for one in made] == [b"%PDF-"] * 6


async def test_given_people_who_may_not_have_it_then_they_take_nobodys_place(
    world: World, sat: Sat, proctor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    assign(world, sat.exam, proctor)
    pdfs, queue = SlowPdfs(monkeypatch), world.services.report_queue

    for who in (sat.candidate, world.person(), world.person(Role.PROCTOR)):
        with pytest.raises(NotAllowed):
            await queue.make(who.actor, sat.attempt_id, Format.PDF)
    with pytest.raises(NotFound):
        await queue.make(proctor.actor, "nothing", Format.PDF)
    assert pdfs.begun == 0


async def test_given_single_pdfs_that_take_all_places_then_an_archive_has_its_own(
    world: World, sat: Sat, proctor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdfs, services = SlowPdfs(monkeypatch), world.services
    people = [world.person(Role.PROCTOR) for _ in range(2)]
    asked = [
        asyncio.create_task(services.report_queue.make(one.actor, sat.attempt_id, Format.PDF))
        for one in people
    ]
    await eventually(lambda: pdfs.begun == 2)

    wanted = Wanted((Format.PDF,))
    export = await asyncio.to_thread(services.exports.start, proctor.actor, sat.exam.id, wanted)
    await eventually(lambda: pdfs.begun == 3)
    assert not export_archive._pdf_slot.acquire(blocking=False)
    pdfs.go_on.set()

    await asyncio.gather(*asked)
    await eventually(lambda: services.exports.one(proctor.actor, export.id).stage is Stage.DONE)
    services.exports.close()


async def test_given_the_end_of_the_process_then_a_pdf_that_is_being_made_ends(
    world: World, sat: Sat, proctor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdfs, queue = SlowPdfs(monkeypatch), world.services.report_queue
    asked = asyncio.create_task(queue.make(proctor.actor, sat.attempt_id, Format.PDF))
    await eventually(lambda: pdfs.begun == 1)

    queue.close()

    with pytest.raises(Unavailable):
        await asked
