"""Pictures of exams as they are put into the store and named in the database, both or neither."""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Self

from proctor_app.db.repositories.exam_pictures import ExamPictures as PictureRows
from proctor_app.db.session import Transaction
from proctor_app.db.tables import ExamPicture
from proctor_app.errors import Conflict
from proctor_app.services.picture_store import PictureStore
from proctor_app.vision.clean import CleanPicture

MAX_PICTURES = 100


class Putting:
    """Around a transaction: where it fails, what was put into the store meanwhile goes again."""

    def __init__(self, store: PictureStore) -> None:
        self._store = store
        self._keys: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        for key in self._keys if error is not None else ():
            self._store.delete(key)

    def add(
        self, session: Transaction, exam_id: str, picture: CleanPicture, now: datetime
    ) -> ExamPicture:
        """The exam's picture of these bytes, which may be there already. Raises Conflict
        (too_many_pictures)."""
        rows, digest = PictureRows(session), hashlib.sha256(picture.data).hexdigest()
        if (known := rows.same(exam_id, digest)) is not None:
            return known
        if rows.count(exam_id) >= MAX_PICTURES:
            raise Conflict("too_many_pictures", f"An exam has at most {MAX_PICTURES} pictures.")
        key = self._store.put(exam_id, picture.data)
        self._keys.append(key)
        row = ExamPicture(
            id=str(uuid.uuid4()),
            exam_id=exam_id,
            sha256=digest,
            media_type=picture.media_type,
            size_bytes=len(picture.data),
            key=key,
            created_at=now,
        )
        rows.add(row)
        return row

    def insert(
        self,
        session: Transaction,
        exam_id: str,
        pictures: Mapping[str, CleanPicture],
        now: datetime,
    ) -> dict[str, str]:
        """Add several; their new ids by the names they came with."""
        return {
            name: self.add(session, exam_id, picture, now).id for name, picture in pictures.items()
        }


def copy_pictures(
    session: Transaction, original_id: str, copy_id: str, now: datetime
) -> dict[str, str]:
    """Give a copy of an exam pictures of its own, of the same bytes; the new ids by the old."""
    rows, names = PictureRows(session), dict[str, str]()
    for picture in rows.of(original_id):
        names[picture.id] = str(uuid.uuid4())
        rows.add(
            ExamPicture(
                id=names[picture.id],
                exam_id=copy_id,
                sha256=picture.sha256,
                media_type=picture.media_type,
                size_bytes=picture.size_bytes,
                key=picture.key,
                created_at=now,
            )
        )
    return names
