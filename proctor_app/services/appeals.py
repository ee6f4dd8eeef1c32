"""A candidate's word against what was found, its answer, and what they are told of the review."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.appeals import AppealRows
from proctor_app.db.repositories.reviews import ReviewRows
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import VERDICTS, AttemptStatus
from proctor_app.domain.incident import Verdict
from proctor_app.domain.review import ReviewKind
from proctor_app.errors import Conflict, NotFound
from proctor_app.services import views
from proctor_app.services.access import allow
from proctor_app.services.again import again
from proctor_app.services.attempt_access import allow_on_id
from proctor_app.services.audit import Audit
from proctor_app.services.broadcast import Broadcast, DeskNews, ReviewNews
from proctor_app.services.judging import heard, hold
from proctor_app.services.messages import cleaned
from proctor_app.services.review_reading import appeal_view
from proctor_app.services.review_views import AppealView
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.verdicts import Verdicts
from proctor_app.services.views import AttemptView

MAX_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What may be told of an attempt's review. verdict, reason, category, judged_at: of the
    attempt's own verdict, None and empty while there is none or it is not released. appeals: the
    oldest first; may_appeal: whether one may be made now."""

    is_released: bool
    verdict: Verdict | None
    reason: str
    category: str
    judged_at: datetime | None
    appeals: tuple[AppealView, ...]
    may_appeal: bool


class Appeals:
    """Lives on the event loop; what was committed is told to whoever watches."""

    def __init__(
        self,
        database: Database,
        verdicts: Verdicts,
        audit: Audit,
        broadcast: Broadcast,
        throttle: Throttle,
        clock: Clock,
    ) -> None:
        self._database = database
        self._verdicts = verdicts
        self._audit = audit
        self._broadcast = broadcast
        self._throttle = throttle
        self._clock = clock

    async def make(self, actor: Actor, attempt_id: str, text: str) -> AppealView:
        """Let the candidate of a released attempt object; it is under review again then.

        Raises NotFound, NotAllowed, Throttled, Invalid ("appeal_missing", "appeal_too_long"),
        Conflict ("not_released"; "appeal_open": the last one has no answer yet; "appeal_used":
        there was one against this very verdict).
        """
        self._throttle.hit(Limit.APPEAL, actor.user_id)
        made = await asyncio.to_thread(self._make, actor, attempt_id, text)
        self._broadcast.publish(ReviewNews(attempt_id))
        self._broadcast.publish(DeskNews(attempt_id))
        return made

    async def answer(
        self, actor: Actor, attempt_id: str, text: str, verdict: Verdict | str = ""
    ) -> AttemptView:
        """Answer the open appeal, with a new verdict or the old one given again; a violation waits
        for a second person where the exam wants two and only one said so.

        Raises NotFound, NotAllowed ("own_attempt" as well), Invalid, Conflict ("no_open_appeal").
        """
        found = await asyncio.to_thread(self._answer, actor, attempt_id, text, verdict)
        self._broadcast.publish(ReviewNews(attempt_id))
        return found

    async def outcome(self, actor: Actor, attempt_id: str) -> Outcome:
        """What the candidate is told of the review; for them and for staff. Raises NotFound,
        NotAllowed."""
        return await asyncio.to_thread(self._outcome, actor, attempt_id)

    @again
    def _make(self, actor: Actor, attempt_id: str, text: str) -> AppealView:
        with self._database.write() as session:
            row = hold(session, attempt_id)
            if row is None:
                raise NotFound("no_attempt", "There is no such attempt.")
            allow(actor, Action.SIT, row.user_id)
            kept = cleaned(text, "appeal", MAX_TEXT)
            rows = AppealRows(session)
            if row.released_at is None:
                raise Conflict("not_released", "What was found has not been released yet.")
            if rows.open_of(row.id) is not None:
                raise Conflict("appeal_open", "Your last appeal has no answer yet.")
            if _is_used(session, row.id, [one for one, _ in rows.of(row.id)]):
                raise Conflict(
                    "appeal_used",
                    "Your appeal has been answered. You can appeal again if the verdict changes.",
                )
            appeal = tables.Appeal(attempt_id=row.id, text=kept, made_at=self._clock())
            rows.add(appeal)
            self._verdicts.reopen(session, row)
            self._audit.note(session, actor, "appeal.made", "attempt", row.id, appeal=appeal.id)
            return appeal_view(appeal, "")

    @again
    def _answer(self, actor: Actor, attempt_id: str, text: str, verdict: str) -> AttemptView:
        allow(actor, Action.WATCH)
        kept = cleaned(text, "answer", MAX_TEXT)
        with self._verdicts.judging(actor, attempt_id) as (session, row):
            appeal = AppealRows(session).open_of(row.id)
            if appeal is None:
                raise Conflict("no_open_appeal", "No appeal waits for an answer.")
            appeal.answer, appeal.answered_by = kept, actor.user_id
            appeal.answered_at = self._clock()
            last = ReviewRows(session).last_of_attempt(row.id)
            self._give(session, actor, row, kept, verdict, last)
            self._audit.note(
                session, actor, "appeal.answered", "attempt", row.id,
                appeal=appeal.id, verdict=row.status,
                by_who_judged=last is not None and last.reviewer_id == actor.user_id,
            )  # fmt: skip
            return views.attempt(row)

    def _give(
        self,
        session: Transaction,
        actor: Actor,
        row: tables.Attempt,
        text: str,
        verdict: str,
        last: tables.Review | None,
    ) -> None:
        """The verdict that goes with the answer. Without one the last is given again; one that
        waits for a second person goes on waiting, and so does an attempt that had none."""
        given = last if last and last.kind != ReviewKind.PROPOSED else None
        if given and verdict in ("", given.verdict):
            said = heard(given.verdict, text, given.category)
        elif verdict:
            said = heard(verdict, text, "")
        else:
            return
        self._verdicts.give(session, actor, row, said, ReviewKind.APPEAL)

    def _outcome(self, actor: Actor, attempt_id: str) -> Outcome:
        with self._database.read() as session:
            row = allow_on_id(session, actor, Action.READ_ATTEMPT, attempt_id)
            is_released, is_own = row.released_at is not None, actor.user_id == row.user_id
            is_told = is_released or not is_own
            appeals = tuple(
                appeal_view(one, "" if is_own else name)
                for one, name in AppealRows(session).of(row.id)
            )
            is_judged = AttemptStatus(row.status) in VERDICTS
            last = ReviewRows(session).last_of_attempt(row.id) if is_judged else None
            is_used = _is_used(session, row.id, appeals)
        said = last if is_told else None
        return Outcome(
            is_released=is_released,
            verdict=Verdict(said.verdict) if said else None,
            reason=said.reason if said else "",
            category=said.category if said else "",
            judged_at=row.judged_at if said else None,
            appeals=appeals if is_told else tuple(_unanswered(one) for one in appeals),
            may_appeal=is_released and not is_used and is_own,
        )


def _is_used(
    session: Transaction, attempt_id: str, appeals: Sequence[tables.Appeal | AppealView]
) -> bool:
    """Whether the candidate appealed already, and no other verdict came of it or after it: one
    appeal against each verdict, so that nothing can be kept from standing by asking again."""
    if not appeals:
        return False
    since = ReviewRows(session).given_since(attempt_id)
    return since is None or appeals[-1].made_at >= since or appeals[-1].answered_at is None


def _unanswered(one: AppealView) -> AppealView:
    """An answer tells what was found, and is released with it."""
    return replace(one, answer="", answered_by="", answered_at=None)
