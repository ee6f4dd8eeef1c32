"""Who stands at the door: connections that have not said yet whose they are are few and brief."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from proctor_app.errors import Unavailable
from proctor_app.services.throttle import network

MAX_OF_ONE_ADDRESS = 32
"""The server reads up to 64 MiB of a message before it passes it on, and has no setting for that;
so the number of strangers who may be in the middle of one is bounded here."""
MAX_WAITING = 256


class CrowdedDoorway(Unavailable):
    code = "too_many_connections"
    detail = "Too many wait to be let in. Bring the ticket in the address, or try again."


class Doorway:
    """Counts, in one process, the connections whose first message is waited for."""

    def __init__(self) -> None:
        self._waiting: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        return self._waiting.total()

    @contextmanager
    def waits(self, address: str) -> Iterator[None]:
        """Stand at the door; raises CrowdedDoorway where there is no room."""
        whose = network(address)
        if self._waiting[whose] >= MAX_OF_ONE_ADDRESS or self.waiting >= MAX_WAITING:
            raise CrowdedDoorway
        self._waiting[whose] += 1
        try:
            yield
        finally:
            self._waiting[whose] -= 1
            if not self._waiting[whose]:
                del self._waiting[whose]
