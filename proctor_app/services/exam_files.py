"""Exams from and to files: a whole exam as JSON, or its questions as Moodle's GIFT."""

import base64
import binascii
from dataclasses import dataclass
from typing import Literal

from proctor_app.domain.access import Action, Actor
from proctor_app.domain.exam import MAX_TITLE, ExamContent, ExamTerms, thing_refusals
from proctor_app.errors import Conflict
from proctor_app.services import gift
from proctor_app.services.access import allow
from proctor_app.services.document_reading import MAX_DOCUMENT_BYTES, read_document
from proctor_app.services.exam_documents import (
    MAX_PICTURE_BYTES,
    ExamDocument,
    PictureDocument,
    content_of,
    document_of,
    terms_of,
)
from proctor_app.services.exam_pictures import PICTURE_LIMITS, ExamPictures
from proctor_app.services.exam_views import ExamView, FileInvalid, Problem
from proctor_app.services.exams import Exams
from proctor_app.vision.clean import CleanPicture, cleaned
from proctor_app.vision.frame import FrameRejected

FileFormat = Literal["json", "gift"]


@dataclass(frozen=True, slots=True)
class ExamFile:
    name: str
    media_type: str
    data: bytes


class ExamFiles:
    def __init__(self, exams: Exams, pictures: ExamPictures) -> None:
        self._exams = exams
        self._pictures = pictures

    def export(
        self, actor: Actor, exam_id: str, form: FileFormat = "json", *, pictures: bool = True
    ) -> ExamFile:
        """The exam as a file, with its right answers; for staff. GIFT holds its questions alone.

        Raises NotAllowed, NotFound, Conflict (export_too_large: without pictures it is not).
        """
        view = self._exams.one(actor, exam_id)
        name = f"exam-{view.code.lower()}"
        if form == "gift":
            data = gift.write_gift(view.content.questions)
            return ExamFile(f"{name}.gift", "text/plain; charset=utf-8", data)
        shown = self._encoded(actor, exam_id) if pictures else []
        document = document_of(view.content, view.terms, shown)
        data = document.model_dump_json(indent=1, exclude={"published"}).encode()
        if len(data) > MAX_DOCUMENT_BYTES:
            raise _too_large()
        return ExamFile(f"{name}.json", "application/json", data)

    def bring(
        self, actor: Actor, data: bytes, form: FileFormat = "json", title: str = ""
    ) -> ExamView:
        """Make a draft of a file, or nothing at all. A code that is taken is replaced by a new one.

        title: of an exam from GIFT, which has none. Raises NotAllowed, TooLarge, FileInvalid.
        """
        allow(actor, Action.ADMINISTER)
        if form == "gift":
            shown = " ".join(title.split())[:MAX_TITLE] or "Imported questions"
            content = ExamContent(shown, questions=gift.read_gift(data))
            return self._exams.create(actor, content, ExamTerms())
        document = read_document(data).model_copy(update={"published": False})
        try:
            return self.make(actor, document)
        except Conflict as error:
            if error.code != "code_taken":
                raise
            return self.make(actor, document.model_copy(update={"code": ""}))

    def make(self, actor: Actor, document: ExamDocument) -> ExamView:
        """Make an exam of a document.

        Raises NotAllowed, FileInvalid (a picture, a forbidden thing), Invalid (exam_invalid,
        exam_incomplete), Conflict (code_taken).
        """
        allow(actor, Action.ADMINISTER)
        content, terms = content_of(document), terms_of(document)
        if wrong := [
            Problem(0, f"forbidden.{place}: {said}")
            for place, said in thing_refusals(content.forbidden)
        ]:
            raise FileInvalid(tuple(wrong), "Question")
        pictures = _pictures(document)
        return self._exams.create(actor, content, terms, document.published, pictures)

    def _encoded(self, actor: Actor, exam_id: str) -> list[PictureDocument]:
        """Raises Conflict (export_too_large)."""
        pictures = self._pictures.of(actor, exam_id)
        if any(one.size_bytes > MAX_PICTURE_BYTES for one in pictures):
            raise _too_large()
        return [
            PictureDocument(
                id=one.id,
                data=base64.b64encode(self._pictures.read(actor, exam_id, one.id).data).decode(),
            )
            for one in pictures
        ]


def _too_large() -> Conflict:
    return Conflict(
        "export_too_large",
        f"With its pictures the file would have more than {MAX_DOCUMENT_BYTES >> 20} MB, "
        "and nothing could read it again. Export the exam without pictures.",
    )


def _pictures(document: ExamDocument) -> dict[str, CleanPicture]:
    """The document's pictures, encoded anew, by their ids. Raises FileInvalid."""
    found: dict[str, CleanPicture] = {}
    wrong: list[Problem] = []
    for number, picture in enumerate(document.pictures, 1):
        try:
            data = base64.b64decode(picture.data, validate=True)
            found[picture.id] = cleaned(data, PICTURE_LIMITS)
        except (binascii.Error, ValueError) as error:  # FrameRejected is one of those
            detail = error.detail if isinstance(error, FrameRejected) else "it is no base64"
            wrong.append(Problem(0, f"Picture {number}: {detail}."))
    if len(found) + len(wrong) < len(document.pictures):
        wrong.append(Problem(0, "Two pictures have the same id."))
    if wrong:
        raise FileInvalid(tuple(wrong), "Question")
    return found
