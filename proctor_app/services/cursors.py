"""Cursors: where the next page of a list begins, sealed, so that they tell nothing of anybody when
they stand in an address or a server's log, and nobody else can make them."""

import json
from collections.abc import Sequence

from proctor_app.errors import Invalid
from proctor_app.services.vault import Unreadable, Vault

_MAX_CHARACTERS = 2000


class Cursors:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(self, kind: str, parts: Sequence[str]) -> str:
        """kind: what list it belongs to, sorted in what way."""
        return self._vault.seal(json.dumps([kind, *parts]).encode()).decode()

    def open(self, kind: str, cursor: str, parts: int) -> list[str]:
        """Raises Invalid where it was not made here for this kind, with this many parts."""
        try:
            if len(cursor) > _MAX_CHARACTERS:
                raise ValueError
            found = json.loads(self._vault.open(cursor.encode()))
        except (Unreadable, ValueError) as error:
            raise _not_ours() from error
        strings = isinstance(found, list) and all(isinstance(part, str) for part in found)
        if not strings or len(found) != parts + 1 or found[0] != kind:
            raise _not_ours()
        return [str(part) for part in found[1:]]


def _not_ours() -> Invalid:
    return Invalid("cursor_invalid", "This place in the list can't be found. Begin anew.")
