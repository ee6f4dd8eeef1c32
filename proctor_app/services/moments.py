"""Which pictures of a stream are worth keeping beside the one at an incident's opening.

Touched only on the event loop. Bounded by number and bytes, whatever a client sends.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from proctor_app.services.evidence import Moment, Picture

BEFORE_S = 2.0
AFTER_S = 2.0
_APART_S = 0.9  # about a second, for the times of pictures jitter
_SPAN_S = 8.0
_MAX_BYTES = 2 * 1024 * 1024
_MOST_WAITING = 16
_MOST_BYTES_WAITING = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture that is to be kept for an incident that is committed."""

    incident_id: int
    moment: Moment
    picture: Picture


@dataclass(eq=False, slots=True)
class Moments:
    """recent: the last seconds, about one picture a second. awaited: when those incidents opened
    that have no later picture yet, by id. wanted: what is still to be written, oldest first.
    is_failing: the last one could not be written, which was said."""

    recent: deque[Picture] = field(default_factory=deque)
    awaited: dict[int, float] = field(default_factory=dict)
    wanted: deque[Wanted] = field(default_factory=lambda: deque(maxlen=_MOST_WAITING))
    is_failing: bool = False

    def see(self, picture: Picture) -> None:
        """A picture was looked at."""
        now_s = picture.taken_at.timestamp()
        for incident_id, opened_s in list(self.awaited.items()):
            if now_s >= opened_s + AFTER_S:
                self._take(incident_id, picture)
        newest_s = self.recent[-1].taken_at.timestamp() if self.recent else float("-inf")
        if now_s - newest_s < _APART_S:
            return
        self.recent.append(picture)
        while now_s - self.recent[0].taken_at.timestamp() > _SPAN_S or self._is_too_much():
            self.recent.popleft()

    def before(self, start_s: float) -> Picture | None:
        """The newest kept picture from well before an incident that began at ``start_s``."""
        for picture in reversed(self.recent):
            if picture.taken_at.timestamp() <= start_s - BEFORE_S:
                return picture
        return None

    def opened(self, incident_id: int, at_s: float, before: Picture | None) -> None:
        """An incident is committed that was opened at ``at_s``."""
        if before is not None:
            self._want(Wanted(incident_id, Moment.BEFORE, before))
        self.awaited[incident_id] = at_s

    def closed(self, incident_id: int, last: Picture | None) -> None:
        """The incident is over; ``last``, the picture that showed so, is the one after."""
        opened_s = self.awaited.get(incident_id)
        if opened_s is None:
            return
        if last is not None and last.taken_at.timestamp() > opened_s:
            self._take(incident_id, last)
        self.awaited.pop(incident_id, None)

    def _take(self, incident_id: int, picture: Picture) -> None:
        self._want(Wanted(incident_id, Moment.AFTER, picture))
        del self.awaited[incident_id]

    def _want(self, one: Wanted) -> None:
        """To be written as well; where too much waits, the oldest gives way."""
        self.wanted.append(one)
        while len(self.wanted) > 1 and _size(self.wanted) > _MOST_BYTES_WAITING:
            self.wanted.popleft()

    def _is_too_much(self) -> bool:
        held = sum(len(picture.data) for picture in self.recent)
        return len(self.recent) > 1 and held > _MAX_BYTES


def _size(waiting: Iterable[Wanted]) -> int:
    return sum(len(one.picture.data) for one in waiting)
