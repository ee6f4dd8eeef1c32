"""The pictures of the wall: one answer for all tiles, only what is new, only for who watches."""

import json
from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from proctor_app.db.tables import ExamProctor
from proctor_app.domain.access import Role
from tests.api.conftest import Site
from tests.papers import set_exam
from tests.world import Person

PICTURES = "/api/v1/wall/pictures"


@dataclass(frozen=True, slots=True)
class Told:
    id: str
    n: int
    age_ms: int
    data: bytes


def ask(site: Site, who: Person, **query: str) -> list[Told]:
    answer = site.client.get(PICTURES, params=query, headers=who.bearer)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    assert answer.headers["cache-control"] == "no-store, private"
    length = int.from_bytes(answer.content[:4])
    head = json.loads(answer.content[4 : 4 + length])
    assert head["now_ms"] == round(site.world.clock().timestamp() * 1000)
    found, at = [], 4 + length
    for one in head["pictures"]:
        data = answer.content[at : at + one["bytes"]]
        found.append(Told(one["id"], one["n"], one["age_ms"], data))
        at += one["bytes"]
    assert at == len(answer.content)
    return found


def test_given_two_candidates_then_only_pictures_that_were_not_seen_are_sent(site: Site) -> None:
    ana, ben, eve = site.world.person(), site.world.person(), site.world.person(Role.PROCTOR)
    first, second = site.absent(ana), site.absent(ben)
    site.world.clock.advance(0.5)

    both = ask(site, eve, ids=f"{first},{second}", seen="0,0")
    again = ask(site, eve, ids=f"{first},{second}", seen=f"{both[0].n},0")

    assert [one.id for one in both] == [first, second]
    assert both[1].age_ms == 500
    assert [one.id for one in again] == [second]
    for one in both:
        picture = cv2.imdecode(np.frombuffer(one.data, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None


def test_given_an_exam_of_others_then_its_pictures_are_refused_with_all_that_was_asked(
    site: Site,
) -> None:
    world = site.world
    hers, other = world.person(Role.PROCTOR), world.person(Role.PROCTOR)
    free, exam = site.absent(world.person()), set_exam(world)
    with world.database.write() as session:
        session.add(ExamProctor(exam_id=exam.id, user_id=hers.id))
    candidate = world.person()
    started = site.run(world.services.sessions.start, candidate.actor, candidate.id, exam.code)
    attempt_id = started.attempt.id
    query = {"ids": f"{free},{attempt_id}", "seen": "0,0"}

    assert len(ask(site, hers, **query)) >= 1
    refused = site.client.get(PICTURES, params=query, headers=other.bearer)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    for nobody in (candidate, world.person()):
        answer = site.client.get(PICTURES, params=query, headers=nobody.bearer)
        assert answer.status_code == 403


def test_given_staff_who_sit_themselves_then_their_own_pictures_are_refused(site: Site) -> None:
    eve = site.world.person(Role.PROCTOR)
    query = {"ids": site.absent(eve), "seen": "0"}

    refused = site.client.get(PICTURES, params=query, headers=eve.bearer)

    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert len(ask(site, site.world.person(Role.PROCTOR), **query)) == 1


@pytest.mark.parametrize(
    ("ids", "seen"),
    [
        ("", ""),
        ("a,b", "0"),
        ("a", "x"),
        ("a", "-1"),
        ("a", "12345678901234567"),
        ("x" * 37, "0"),
        (",".join("a" * 101), ",".join("0" * 101)),
        ("a" * 3701, "0"),
    ],
)
def test_given_nonsense_then_it_is_refused(site: Site, ids: str, seen: str) -> None:
    eve = site.world.person(Role.PROCTOR)

    answer = site.client.get(PICTURES, params={"ids": ids, "seen": seen}, headers=eve.bearer)

    assert answer.status_code == 422


def test_given_an_attempt_that_is_none_then_it_is_refused(site: Site) -> None:
    eve = site.world.person(Role.PROCTOR)

    answer = site.client.get(PICTURES, params={"ids": "nothing", "seen": "0"}, headers=eve.bearer)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
