"""The pictures of exams; their bytes lie elsewhere."""

from sqlmodel import Session, col, func, select

from proctor_app.db.tables import ExamPicture


class ExamPictures:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, picture: ExamPicture) -> None:
        self._session.add(picture)
        self._session.flush()

    def remove(self, picture: ExamPicture) -> None:
        self._session.delete(picture)
        self._session.flush()

    def by_id(self, exam_id: str, picture_id: str) -> ExamPicture | None:
        row = self._session.get(ExamPicture, picture_id)
        is_it = row is not None and row.id == picture_id and row.exam_id == exam_id
        return row if is_it else None

    def of(self, exam_id: str) -> list[ExamPicture]:
        """In the order they came."""
        query = (
            select(ExamPicture)
            .where(ExamPicture.exam_id == exam_id)
            .order_by(col(ExamPicture.created_at), col(ExamPicture.id))
        )
        return list(self._session.exec(query))

    def same(self, exam_id: str, sha256: str) -> ExamPicture | None:
        """The exam's picture with these very bytes."""
        query = select(ExamPicture).where(
            ExamPicture.exam_id == exam_id, ExamPicture.sha256 == sha256
        )
        return self._session.exec(query).one_or_none()

    def count(self, exam_id: str) -> int:
        query = select(func.count()).where(ExamPicture.exam_id == exam_id)
        return self._session.exec(query).one()

    def is_named(self, key: str) -> bool:
        """Whether any exam still has this key: copies of an exam share their pictures' bytes."""
        query = select(ExamPicture.id).where(ExamPicture.key == key).limit(1)
        return self._session.exec(query).first() is not None
