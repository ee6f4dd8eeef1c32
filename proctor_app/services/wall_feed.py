"""The alert feed: the newest incidents, repeats of one type by one candidate as one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from proctor_app.domain.incident import EventType
from proctor_app.services.wall_snapshot import Note

LENGTH = 40
REPEATS_WITHIN = timedelta(minutes=10)
"""An incident that opens so soon after one of its type is the same thing once more."""


@dataclass(frozen=True, slots=True)
class FeedItem:
    """newest: what the item tells of; times: how often it happened, one after the other."""

    newest: Note
    times: int


def grouped(notes: Iterable[Note], limit: int = LENGTH) -> tuple[FeedItem, ...]:
    """The notes, which come newest first, with their repeats; at most so many."""
    found: list[FeedItem] = []
    places: dict[tuple[str, EventType], int] = {}
    earliest: dict[tuple[str, EventType], Note] = {}
    for note in notes:
        key = (note.attempt_id, note.event_type)
        later = earliest.get(key)
        earliest[key] = note
        if later is not None and later.opened_at - note.opened_at <= REPEATS_WITHIN:
            place = places[key]
            if place < limit:
                found[place] = replace(found[place], times=found[place].times + 1)
            continue
        places[key] = len(found)
        found.append(FeedItem(note, 1))
    return tuple(found[:limit])
