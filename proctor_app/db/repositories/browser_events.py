"""What candidates' programs told, and the installation's words to candidates."""

from collections.abc import Collection, Iterable

from sqlmodel import Session, col, func, select

from proctor_app.db.tables import BrowserEvent, Message


class BrowserEvents:
    def __init__(self, session: Session) -> None:
        self._session = session

    def known(self, attempt_id: str, seqs: Collection[int]) -> set[int]:
        """Which of these are kept already; whoever holds the attempt's row is told for sure."""
        if not seqs:
            return set()
        query = select(BrowserEvent.seq).where(
            BrowserEvent.attempt_id == attempt_id, col(BrowserEvent.seq).in_(list(seqs))
        )
        return {seq for seq in self._session.exec(query) if seq is not None}

    def last_seq(self, attempt_id: str) -> int:
        """The highest, 0 where there is none."""
        query = select(func.max(BrowserEvent.seq)).where(BrowserEvent.attempt_id == attempt_id)
        return self._session.exec(query).one() or 0

    def add(self, events: Iterable[BrowserEvent]) -> None:
        """In their order."""
        self._session.add_all(events)
        self._session.flush()

    def of(self, attempt_id: str, limit: int) -> list[BrowserEvent]:
        """As they came, the oldest first."""
        query = (
            select(BrowserEvent)
            .where(BrowserEvent.attempt_id == attempt_id)
            .order_by(col(BrowserEvent.id))
            .limit(limit)
        )
        return list(self._session.exec(query))

    def warn(self, message: Message) -> None:
        self._session.add(message)
