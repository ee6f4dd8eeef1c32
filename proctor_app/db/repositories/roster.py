"""Rosters: who may sit an exam, with their accommodations."""

from collections.abc import Iterable

from sqlmodel import Session, col, func, select

from proctor_app.db.tables import Attempt, RosterEntry, User

_UNFINISHED = ("created", "identity_pending", "ready", "running", "paused", "interrupted")


class Roster:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, entries: Iterable[RosterEntry]) -> None:
        self._session.add_all(entries)
        self._session.flush()

    def flush(self) -> None:
        """Send what has changed to the database now, within the transaction."""
        self._session.flush()

    def remove(self, entry: RosterEntry) -> None:
        self._session.delete(entry)

    def entry_for(self, exam_id: str, user_id: str) -> RosterEntry | None:
        """The candidate's entry; also one of their e-mail that was added in the very moment their
        account was made, and so was given to nobody."""
        here = select(RosterEntry).where(RosterEntry.exam_id == exam_id)
        found = self._session.exec(here.where(RosterEntry.user_id == user_id)).first()
        if found is not None:
            return found
        user = self._session.get(User, user_id)
        if user is None:
            return None
        waiting = here.where(RosterEntry.email == user.email, col(RosterEntry.user_id).is_(None))
        found = self._session.exec(waiting).first()
        return found if found is not None and found.email == user.email else None

    def entries_of(self, user_id: str) -> dict[str, RosterEntry]:
        """The candidate's entries, as ``entry_for`` finds them, by exam."""
        user = self._session.get(User, user_id)
        is_theirs = col(RosterEntry.user_id) == user_id
        if user is not None:
            is_waiting = col(RosterEntry.user_id).is_(None)
            is_theirs = is_theirs | (is_waiting & (col(RosterEntry.email) == user.email))
        rows = list(self._session.exec(select(RosterEntry).where(is_theirs)))
        found = {row.exam_id: row for row in rows if row.user_id is None}
        return {**found, **{row.exam_id: row for row in rows if row.user_id is not None}}

    def by_id(self, exam_id: str, entry_id: int) -> RosterEntry | None:
        row = self._session.get(RosterEntry, entry_id)
        return row if row is not None and row.exam_id == exam_id else None

    def of(self, exam_id: str) -> list[RosterEntry]:
        """By e-mail."""
        query = (
            select(RosterEntry)
            .where(RosterEntry.exam_id == exam_id)
            .order_by(col(RosterEntry.email))
        )
        return list(self._session.exec(query))

    def extra_minutes(self, exam_id: str) -> dict[str, int]:
        """Of everybody who has any, by account; found as ``entry_for`` finds them."""
        query = select(RosterEntry.user_id, RosterEntry.email, RosterEntry.extra_minutes).where(
            RosterEntry.exam_id == exam_id, RosterEntry.extra_minutes > 0
        )
        found, waiting = dict[str, int](), dict[str, int]()
        for user_id, email, minutes in self._session.exec(query):
            if user_id:
                found[user_id] = minutes
            else:
                waiting[email] = minutes
        given = {user.id: waiting[email] for email, user in self.accounts(waiting).items()}
        return {**given, **found}

    def accounts(self, emails: Iterable[str]) -> dict[str, User]:
        """Accounts with one of these e-mails, written exactly so, by their e-mail."""
        wanted, found = list(emails), dict[str, User]()
        for start in range(0, len(wanted), 500):
            some = wanted[start : start + 500]
            for user in self._session.exec(select(User).where(col(User.email).in_(some))):
                found[user.email] = user
        known = set(wanted)
        return {email: user for email, user in found.items() if email in known}

    def names(self, exam_id: str) -> dict[str, str]:
        """The names of those with an account, by its id."""
        query = (
            select(User.id, User.name)
            .join(RosterEntry, col(RosterEntry.user_id) == col(User.id))
            .where(RosterEntry.exam_id == exam_id)
        )
        return dict(self._session.exec(query).all())

    def attempt_counts(self, exam_id: str) -> dict[str, int]:
        """How many attempts of the exam each candidate has, by account."""
        query = (
            select(Attempt.user_id, func.count(col(Attempt.id)))
            .where(Attempt.exam_id == exam_id)
            .group_by(Attempt.user_id)
        )
        return dict(self._session.exec(query).all())

    def sitting(self, exam_id: str) -> set[str]:
        """Who has an attempt of the exam that has not ended."""
        query = select(Attempt.user_id).where(
            Attempt.exam_id == exam_id, col(Attempt.status).in_(_UNFINISHED)
        )
        return set(self._session.exec(query))

    def bind(self, email: str, user_id: str) -> None:
        """Give entries that waited for this e-mail's account to it."""
        query = select(RosterEntry).where(
            RosterEntry.email == email, col(RosterEntry.user_id).is_(None)
        )
        for entry in self._session.exec(query):
            if entry.email == email:  # MySQL and MariaDB take other accents for the same
                entry.user_id = user_id
        self._session.flush()
