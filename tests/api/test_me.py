"""One's own data over REST: the archive, the wish to be erased, the face."""

import io
import json
import zipfile
from typing import Any

import pytest

from proctor_app import cookies
from proctor_app.db.tables import User
from proctor_app.services.enrolment import MAX_PHOTOS
from proctor_app.vision.enrolment import PhotoRejected
from tests.api.conftest import Site
from tests.fakes import face, jpeg
from tests.world import PASSWORD, Person

EXPORT = "/api/v1/me/export"
ERASURE = "/api/v1/me/erasure-request"
FACE = "/api/v1/me/face"


def _files(count: int) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("image", (f"{number}.jpg", jpeg(number), "image/jpeg")) for number in range(count)]


def _sign_up(site: Site, count: int) -> Any:
    form = {"email": "ana@example.test", "password": PASSWORD}
    return site.client.post("/api/v1/auth/signup", data=form, files=_files(count))


def _enrol(site: Site, who: Person, count: int = 3, password: str = PASSWORD) -> Any:
    return site.client.post(
        FACE, headers=who.bearer, data={"password": password}, files=_files(count)
    )


# --- sign-up with several files ---


@pytest.mark.parametrize("count", [1, 2, MAX_PHOTOS])
def test_given_one_to_five_files_when_signing_up_then_all_are_looked_at(
    site: Site, count: int
) -> None:
    assert _sign_up(site, count).status_code == 201
    assert len(site.world.engine.looked_at) == count


def test_given_six_files_when_signing_up_then_none_is_looked_at(site: Site) -> None:
    answer = _sign_up(site, MAX_PHOTOS + 1)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert site.world.engine.looked_at == []


def test_given_files_of_two_people_when_signing_up_then_it_is_422_faces_differ(site: Site) -> None:
    site.world.engine.photos.extend([face(0.0), face(0.9)])

    answer = _sign_up(site, 2)

    assert (answer.status_code, answer.json()["code"]) == (422, "faces_differ")
    assert site.world.rows(User) == []


def test_given_files_that_are_too_large_together_then_it_is_413(site: Site) -> None:
    half = ("image", ("me.jpg", bytes(4 * 1024 * 1024 + 10), "image/jpeg"))
    form = {"email": "ana@example.test", "password": PASSWORD}

    answer = site.client.post("/api/v1/auth/signup", data=form, files=[half, half])

    assert (answer.status_code, answer.json()["code"]) == (413, "photo_too_large")


# --- the archive ---


def test_given_a_bearer_or_a_cookie_then_the_archive_is_the_callers_own_and_not_stored(
    site: Site,
) -> None:
    ana, _ben = site.world.person(name="Ana"), site.world.person(name="Ben")
    for headers in (ana.bearer, {"cookie": f"{cookies.NAME}={ana.token}"}):
        answer = site.client.get(EXPORT, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/zip"
        assert "no-store" in answer.headers["cache-control"]
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        assert int(answer.headers["content-length"]) == len(answer.content)
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        assert set(archive.namelist()) == {"data.json", "README.txt"}
        assert [row["id"] for row in json.loads(archive.read("data.json"))["users"]] == [ana.id]
        assert b"Ben" not in archive.read("data.json")


def test_given_an_incident_then_its_picture_is_in_the_candidates_archive(site: Site) -> None:
    ana = site.world.person()
    site.absent(ana)

    answer = site.client.get(EXPORT, headers=ana.bearer)

    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    (name,) = [name for name in archive.namelist() if name.startswith("pictures/")]
    assert archive.read(name) == jpeg(2)


def test_given_several_exports_within_an_hour_then_it_is_429(site: Site) -> None:
    ana = site.world.person()
    statuses = [site.client.get(EXPORT, headers=ana.bearer).status_code for _ in range(5)]

    assert statuses == [200, 200, 200, 200, 429]
    assert int(site.client.get(EXPORT, headers=ana.bearer).headers["retry-after"]) > 60


# --- erasure ---


def test_given_a_wish_to_be_erased_then_it_is_kept_with_its_time_until_taken_back(
    site: Site,
) -> None:
    ana = site.world.person()

    first = site.client.post(ERASURE, headers=ana.bearer)
    site.world.clock.advance(60)
    again = site.client.post(ERASURE, headers=ana.bearer)

    assert first.status_code == again.status_code == 200
    assert first.json()["requested_at"] == again.json()["requested_at"]
    assert site.world.rows(User)[0].erasure_requested_at is not None
    for _ in range(2):
        assert site.client.delete(ERASURE, headers=ana.bearer).status_code == 200
    assert site.world.rows(User)[0].erasure_requested_at is None


# --- the face ---


def test_given_the_password_when_enrolling_then_the_face_is_there_and_only_once(
    site: Site,
) -> None:
    ana = site.world.person()
    site.world.engine.photo = face()

    assert _enrol(site, ana).status_code == 200
    assert site.world.rows(User)[0].face_template is not None
    answer = _enrol(site, ana)
    assert (answer.status_code, answer.json()["code"]) == (409, "face_enrolled")


@pytest.mark.parametrize(
    ("count", "password", "status", "code"),
    [
        (1, "a wrong phrase", 422, "password_wrong"),
        (1, "x" * 2000, 422, "invalid_request"),
        (0, PASSWORD, 422, "invalid_request"),
        (6, PASSWORD, 422, "invalid_request"),
    ],
)
def test_given_a_wrong_form_when_enrolling_then_it_is_said_why(
    site: Site, count: int, password: str, status: int, code: str
) -> None:
    answer = _enrol(site, site.world.person(), count, password)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert password not in answer.text
    assert site.world.engine.looked_at == []


def test_given_closed_eyes_when_enrolling_then_it_is_said(site: Site) -> None:
    site.world.engine.photo = PhotoRejected("eyes_closed")

    answer = _enrol(site, site.world.person(), 1)

    assert (answer.status_code, answer.json()["code"]) == (422, "eyes_closed")
    assert answer.json()["detail"] == "The eyes are closed. Open them and look into the camera."


def test_given_a_face_when_it_is_removed_then_it_is_gone_and_a_second_time_404(site: Site) -> None:
    ana = site.world.person()
    site.world.engine.photo = face()
    _enrol(site, ana)

    assert site.client.delete(FACE, headers=ana.bearer).status_code == 200
    assert site.world.rows(User)[0].face_template is None
    answer = site.client.delete(FACE, headers=ana.bearer)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_face_data")


def test_given_an_open_attempt_then_the_face_stays_as_it_is(site: Site) -> None:
    ana = site.world.person()
    site.start(ana)

    for answer in (_enrol(site, ana), site.client.delete(FACE, headers=ana.bearer)):
        assert (answer.status_code, answer.json()["code"]) == (409, "attempt_open")


def test_given_another_site_then_it_can_change_nothing_with_the_cookie(site: Site) -> None:
    ana = site.world.person()
    headers = {"cookie": f"{cookies.NAME}={ana.token}", "origin": "https://elsewhere.example"}

    for method, path in (("POST", ERASURE), ("DELETE", ERASURE), ("POST", FACE), ("DELETE", FACE)):
        assert site.client.request(method, path, headers=headers).status_code == 403
    assert site.world.rows(User)[0].erasure_requested_at is None
