"""Versions of exams."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from proctor_app.db.tables import ExamVersion


class Versions:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, version: ExamVersion) -> None:
        self._session.add(version)
        self._session.flush()

    def by_id(self, version_id: str) -> ExamVersion | None:
        return self._session.get(ExamVersion, version_id)

    def minutes(self, version_ids: Iterable[str]) -> dict[str, int]:
        """How long each of these versions takes, without extra time."""
        query = select(ExamVersion.id, ExamVersion.duration_minutes).where(
            col(ExamVersion.id).in_(sorted(set(version_ids)))
        )
        return dict(self._session.exec(query).all())

    def contents(self, version_ids: Iterable[str]) -> dict[str, str]:
        """The contents of these versions; not too many, for each may be long."""
        query = select(ExamVersion.id, ExamVersion.content).where(
            col(ExamVersion.id).in_(sorted(set(version_ids)))
        )
        return dict(self._session.exec(query).all())

    def newest_of(self, exam_id: str) -> ExamVersion | None:
        """The draft if there is one, else what was published last."""
        query = (
            select(ExamVersion)
            .where(ExamVersion.exam_id == exam_id)
            .order_by(col(ExamVersion.number).desc())
            .limit(1)
        )
        return self._session.exec(query).one_or_none()

    def of(self, exam_id: str) -> list[ExamVersion]:
        query = (
            select(ExamVersion)
            .where(ExamVersion.exam_id == exam_id)
            .order_by(col(ExamVersion.number))
        )
        return list(self._session.exec(query))
