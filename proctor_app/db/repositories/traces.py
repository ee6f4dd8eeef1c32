"""What the rules saw of an attempt, in pages of five minutes."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from proctor_app.db.tables import Attempt, SignalTrace, User


class SignalTraces:
    def __init__(self, session: Session) -> None:
        self._session = session

    def owners(self, attempt_ids: Collection[str]) -> dict[str, User]:
        """The candidate of each of these attempts, held until the transaction ends; one after the
        other in the order of their ids, so that nobody waits for another the wrong way round."""
        query = select(Attempt.id, Attempt.user_id).where(col(Attempt.id).in_(list(attempt_ids)))
        sat_by = dict(self._session.exec(query).all())
        held = (
            select(User)
            .where(col(User.id).in_(set(sat_by.values())))
            .order_by(col(User.id))
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        users = {user.id: user for user in self._session.exec(held)}
        return {one: users[who] for one, who in sat_by.items() if who in users}

    def of(self, attempt_id: str) -> list[SignalTrace]:
        """Oldest first."""
        query = (
            select(SignalTrace)
            .where(SignalTrace.attempt_id == attempt_id)
            .order_by(col(SignalTrace.slot))
        )
        return list(self._session.exec(query))

    def from_slot(
        self, attempt_ids: Collection[str], slot: int
    ) -> dict[tuple[str, int], SignalTrace]:
        """What is stored of these attempts from a slot on."""
        query = select(SignalTrace).where(
            col(SignalTrace.attempt_id).in_(list(attempt_ids)), col(SignalTrace.slot) >= slot
        )
        return {(row.attempt_id, row.slot): row for row in self._session.exec(query)}

    def add(self, attempt_id: str, slot: int, data: bytes) -> None:
        """A page that was not there. Written with the others as the transaction ends."""
        self._session.add(SignalTrace(attempt_id=attempt_id, slot=slot, data=data))
