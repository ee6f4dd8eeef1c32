"""What people were asked to do to log in by face."""

from datetime import datetime

from sqlmodel import Session, col, delete

from proctor_app.db.tables import FaceChallenge


class FaceChallenges:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, challenge: FaceChallenge) -> None:
        self._session.add(challenge)

    def held(self, challenge_id: str) -> FaceChallenge | None:
        """The challenge, locked until the transaction ends: it can be used once."""
        return self._session.get(FaceChallenge, challenge_id, with_for_update=True)

    def forget(self, before: datetime) -> None:
        """Remove those that ended before the given time."""
        self._session.execute(delete(FaceChallenge).where(col(FaceChallenge.expires_at) < before))
