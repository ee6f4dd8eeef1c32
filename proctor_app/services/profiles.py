"""What vision may know of a candidate: the account's face templates, opened when an attempt is
watched and kept nowhere but with its stream."""

import logging

import numpy as np

from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Database
from proctor_app.db.tables import User
from proctor_app.services.vault import Unreadable, Vault
from proctor_app.vision.models.identity import MODEL, NUMBERS
from proctor_app.vision.profile import Profile

log = logging.getLogger(__name__)
_TEMPLATE_BYTES = NUMBERS * np.dtype(np.float64).itemsize


class Profiles:
    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def of(self, user_id: str) -> Profile:
        """What is known of an account's holder; asks the database.

        An exam goes on without templates where there are none, where they come from another
        network, or where the present key can't open them: identity is then not judged.
        """
        with self._database.read() as session:
            user = Users(session).by_id(user_id)
        return Profile() if user is None else Profile(enrolled=self._templates(user))

    def _templates(self, user: User) -> tuple[tuple[float, ...], ...]:
        if user.face_template is None:
            return ()
        if user.face_model != MODEL:
            log.warning("profile.other_model user_id=%s model=%s", user.id, user.face_model)
            return ()
        try:
            data = self._vault.open(user.face_template)
        except Unreadable:
            log.warning("profile.unreadable user_id=%s", user.id)
            return ()
        if len(data) % _TEMPLATE_BYTES:
            log.warning("profile.damaged user_id=%s bytes=%d", user.id, len(data))
            return ()
        rows = np.frombuffer(data, np.float64).reshape(-1, NUMBERS)
        return tuple(tuple(float(number) for number in row) for row in rows)
