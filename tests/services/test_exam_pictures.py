"""Pictures of questions: what is kept of a file, who sees it, and what becomes of it."""

import struct
import zlib
from dataclasses import replace

import cv2
import numpy as np
import pytest

from proctor_app.db.tables import Exam, ExamPicture
from proctor_app.domain.access import Role
from proctor_app.domain.exam import ExamTerms, Results
from proctor_app.errors import Conflict, NotAllowed, NotFound
from proctor_app.services import exam_pictures, picture_rows
from proctor_app.services.exam_pictures import PICTURE_LIMITS
from proctor_app.services.exam_views import ExamView
from proctor_app.vision.clean import cleaned
from proctor_app.vision.frame import FrameRejected, Limits
from tests.authoring import CONTENT, attempt, published
from tests.fakes import jpeg, png
from tests.world import Person, World


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(Role.ADMIN, "Boss")


@pytest.fixture
def exam(world: World, admin: Person) -> ExamView:
    return published(world, admin)


def _files(world: World) -> int:
    folder = world.settings.data_dir / "pictures"
    return sum(path.is_file() for path in folder.rglob("*"))


@pytest.mark.parametrize(("data", "kind"), [(jpeg(), "image/jpeg"), (png(), "image/png")])
def test_given_a_picture_then_it_is_kept_once_without_what_the_file_carried_besides(
    world: World, admin: Person, exam: ExamView, data: bytes, kind: str
) -> None:
    pictures = world.services.exam_pictures
    secret = b"GPS 52.5, 13.4"
    is_jpeg = kind == "image/jpeg"
    tagged = (
        data[:2] + b"\xff\xe1" + (len(secret) + 2).to_bytes(2, "big") + secret + data[2:]
        if is_jpeg
        else data + secret
    )

    first = pictures.add(admin.actor, exam.id, tagged)
    again = pictures.add(admin.actor, exam.id, tagged)

    assert first == again
    assert (first.media_type, first.name) == (kind, f"picture:{first.id}")
    found = pictures.read(admin.actor, exam.id, first.id)
    assert (found.media_type, len(found.data)) == (kind, first.size_bytes)
    assert secret not in found.data
    assert (_files(world), world.count(ExamPicture)) == (1, 1)
    assert pictures.of(admin.actor, exam.id) == (first,)


def test_given_transparent_and_deep_pictures_then_they_are_shown_on_white_in_eight_bits() -> None:
    clear = np.zeros((40, 40, 4), np.uint8)
    clear[:, 20:] = (10, 20, 30, 255)
    deep = np.full((40, 40, 3), 65535, np.uint16)
    grey = np.full((40, 40), 7, np.uint8)
    shown = []
    for pixels in (clear, deep, grey):
        _, encoded = cv2.imencode(".png", pixels)
        data = cleaned(encoded.tobytes(), PICTURE_LIMITS).data
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert found is not None
        assert cleaned(data, PICTURE_LIMITS).data == data
        shown.append(found)

    assert shown[0][0, 0].tolist() == [255, 255, 255]
    assert shown[0][0, 30].tolist() == [10, 20, 30]
    assert shown[1][0, 0].tolist() == [255, 255, 255]
    assert shown[2][0, 0].tolist() == [7, 7, 7]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + bytes(100),
        b"<svg onload=alert(1)>",
        jpeg()[:200],
        png(width_px=2001, height_px=40),
        bytes(2 * 1024 * 1024 + 1),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
    ],
    ids=["empty", "gif", "svg", "cut", "wide", "heavy", "zeros"],
)
def test_given_what_is_no_picture_or_too_large_then_nothing_is_kept(
    world: World, admin: Person, exam: ExamView, data: bytes
) -> None:
    with pytest.raises(FrameRejected):
        world.services.exam_pictures.add(admin.actor, exam.id, data)

    assert (_files(world), world.count(ExamPicture)) == (0, 0)


def test_given_as_many_as_an_exam_may_have_then_no_more_are_kept(
    world: World, admin: Person, exam: ExamView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_rows, "MAX_PICTURES", 2)
    for seed in (1, 2, 2):
        world.services.exam_pictures.add(admin.actor, exam.id, png(seed))

    with pytest.raises(Conflict, match="too_many_pictures"):
        world.services.exam_pictures.add(admin.actor, exam.id, png(3))

    assert (_files(world), world.count(ExamPicture)) == (2, 2)


@pytest.mark.parametrize(
    ("status", "results", "released", "sees"),
    [
        ("ready", Results.BY_HAND, False, False),
        ("running", Results.BY_HAND, False, True),
        ("paused", Results.BY_HAND, False, True),
        ("interrupted", Results.BY_HAND, False, True),
        ("submitted", Results.BY_HAND, False, False),
        ("submitted", Results.BY_HAND, True, True),
        ("submitted", Results.WHEN_MARKED, False, False),
        ("cancelled", Results.BY_HAND, True, False),
    ],
)
def test_given_a_candidate_then_they_see_pictures_while_they_sit_and_with_their_results(
    world: World, admin: Person, status: str, results: Results, released: bool, sees: bool
) -> None:
    exam, ana = published(world, admin, ExamTerms(results=results)), world.person()
    pictures = world.services.exam_pictures
    picture = pictures.add(admin.actor, exam.id, png())
    attempt(world, exam, ana, status)
    world.services.exams.release_results(admin.actor, exam.id, released)

    if sees:
        assert pictures.read(ana.actor, exam.id, picture.id).data
    else:
        with pytest.raises(NotAllowed):
            pictures.read(ana.actor, exam.id, picture.id)
    with pytest.raises(NotAllowed):
        pictures.read(world.person().actor, exam.id, picture.id)
    with pytest.raises(NotAllowed):
        pictures.of(ana.actor, exam.id)


def test_given_a_proctor_of_another_exam_then_they_do_not_see_this_ones_pictures(
    world: World, admin: Person, exam: ExamView
) -> None:
    mine, other = world.person(Role.PROCTOR), world.person(Role.PROCTOR)
    picture = world.services.exam_pictures.add(admin.actor, exam.id, png())
    world.services.exams.set_proctors(admin.actor, exam.id, [mine.id])

    assert world.services.exam_pictures.read(mine.actor, exam.id, picture.id).data
    for call in (
        lambda: world.services.exam_pictures.read(other.actor, exam.id, picture.id),
        lambda: world.services.exam_pictures.of(other.actor, exam.id),
        lambda: world.services.exam_pictures.add(mine.actor, exam.id, png(2)),
        lambda: world.services.exam_pictures.remove(mine.actor, exam.id, picture.id),
    ):
        with pytest.raises(NotAllowed):
            call()


def test_given_a_picture_of_another_exam_then_it_is_not_found_here(
    world: World, admin: Person, exam: ExamView
) -> None:
    other = published(world, admin)
    picture = world.services.exam_pictures.add(admin.actor, other.id, png())

    for picture_id in (picture.id, picture.id.upper(), "nothing"):
        with pytest.raises(NotFound):
            world.services.exam_pictures.read(admin.actor, exam.id, picture_id)
    with pytest.raises(NotFound):
        world.services.exam_pictures.remove(admin.actor, exam.id, picture.id)


def test_given_a_copy_then_it_shows_pictures_of_its_own_and_the_last_to_go_takes_the_file(
    world: World, admin: Person
) -> None:
    exams, pictures = world.services.exams, world.services.exam_pictures
    draft = exams.create(admin.actor, CONTENT, ExamTerms())
    picture = pictures.add(admin.actor, draft.id, png())
    text = f"See ![map](picture:{picture.id})"
    question = CONTENT.questions[0]
    content = CONTENT.__class__(
        "Maps", text, 30, (question.__class__(question.id, question.kind, text),)
    )
    exams.save(admin.actor, draft.id, draft.revision, content)

    copy = exams.duplicate(admin.actor, draft.id)

    (own,) = pictures.of(admin.actor, copy.id)
    assert own.id != picture.id
    assert f"picture:{own.id}" in copy.content.description
    assert f"picture:{own.id}" in copy.content.questions[0].text
    exams.delete(admin.actor, draft.id)
    assert pictures.read(admin.actor, copy.id, own.id).data
    exams.delete(admin.actor, copy.id)
    assert (_files(world), world.count(ExamPicture), world.count(Exam)) == (0, 0, 0)


def test_given_a_picture_that_a_text_shows_then_it_stays_until_no_version_shows_it(
    world: World, admin: Person, exam: ExamView
) -> None:
    pictures = world.services.exam_pictures
    shown, unused = (pictures.add(admin.actor, exam.id, png(seed)) for seed in (1, 2))
    text = f"![map](picture:{shown.id})"
    content = CONTENT.__class__("Maps", text, 30, CONTENT.questions)
    world.services.exams.save(admin.actor, exam.id, exam.revision, content)

    pictures.remove(admin.actor, exam.id, unused.id)
    with pytest.raises(Conflict, match="picture_in_use"):
        pictures.remove(admin.actor, exam.id, shown.id)

    assert pictures.of(admin.actor, exam.id) == (shown,)
    assert _files(world) == 1


def test_given_a_failure_after_the_file_was_kept_then_it_goes_again(
    world: World, admin: Person, exam: ExamView, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(world.services.audit, "note", broken)
    with pytest.raises(ZeroDivisionError):
        world.services.exam_pictures.add(admin.actor, exam.id, png())

    assert (_files(world), world.count(ExamPicture)) == (0, 0)


def _palette(side_px: int = 1200) -> bytes:
    """Noise of 256 colours: three bytes a pixel where a palette is not kept."""
    noise = np.random.default_rng(1).integers(0, 256, (side_px, side_px), np.uint8)
    colours = np.random.default_rng(2).integers(0, 256, (256, 3), np.uint8)
    header = struct.pack(">IIBBBBB", side_px, side_px, 8, 3, 0, 0, 0)
    lines = b"".join(b"\0" + line.tobytes() for line in noise)
    parts = [(b"IHDR", header), (b"PLTE", colours.tobytes()), (b"IDAT", zlib.compress(lines))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, [*parts, (b"IEND", b"")]))


def _chunk(part: tuple[bytes, bytes]) -> bytes:
    name, data = part
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def test_given_a_picture_that_grows_when_it_is_encoded_then_it_is_kept_within_the_limit(
    world: World, admin: Person, exam: ExamView
) -> None:
    data = _palette()
    assert len(data) < PICTURE_LIMITS.max_bytes

    kept = world.services.exam_pictures.add(admin.actor, exam.id, data)
    out = world.services.exam_files.export(admin.actor, exam.id)
    again = world.services.exam_files.bring(admin.actor, out.data)

    assert (kept.media_type, kept.size_bytes <= PICTURE_LIMITS.max_bytes) == ("image/jpeg", True)
    assert len(world.services.exam_pictures.of(admin.actor, again.id)) == 1


def test_given_a_picture_that_no_encoding_makes_small_enough_then_it_is_refused() -> None:
    small = Limits(1_000_000, 2000, 2000, 2000 * 2000, turn_upright=True)
    picture = cv2.imdecode(np.frombuffer(_palette(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    found = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 20])[1].tobytes()
    assert len(found) < small.max_bytes

    with pytest.raises(FrameRejected) as refused:
        cleaned(found, replace(small, max_bytes=len(found)))

    assert refused.value.code == "frame_too_large"


def test_given_a_picture_beyond_what_a_file_carries_then_its_export_says_so(
    world: World, admin: Person, exam: ExamView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exam_pictures, "PICTURE_LIMITS", replace(PICTURE_LIMITS, max_bytes=2**23))
    world.services.exam_pictures.add(admin.actor, exam.id, png(1, 1500, 1000))

    with pytest.raises(Conflict, match="export_too_large"):
        world.services.exam_files.export(admin.actor, exam.id)
