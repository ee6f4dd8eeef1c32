"""The keys this installation signs with towards learning platforms."""

import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from proctor_app.clock import Clock
from proctor_app.db.partner_tables import LtiKey
from proctor_app.db.repositories.lti import LtiRows
from proctor_app.db.session import Database
from proctor_app.services.audit import Audit
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.vault import Vault

_BITS = 2048
_KEPT_FOR = timedelta(seconds=30)
_PEM = serialization.Encoding.PEM
_PKCS8 = serialization.PrivateFormat.PKCS8


@dataclass(frozen=True, slots=True)
class _Listed:
    at: datetime
    keys: tuple[dict[str, str], ...]


class _MadeMeanwhile(Exception):
    """By another worker."""


class ToolKeys:
    """The private halves are sealed in the database, so that all workers sign with the same."""

    def __init__(
        self, database: Database, vault: Vault, throttle: Throttle, audit: Audit, clock: Clock
    ) -> None:
        self._database = database
        self._vault = vault
        self._throttle = throttle
        self._audit = audit
        self._clock = clock
        self._making = threading.Lock()
        self._public: dict[str, dict[str, str]] = {}
        self._listed: _Listed | None = None

    def published(self, address: str) -> list[dict[str, str]]:
        """The public halves as a JSON Web Key Set lists them (RFC 7517), read anew after half a
        minute. Makes the first key. address: who asks. Raises Throttled; call it in a thread."""
        self._throttle.hit(Limit.LTI_ADDRESS, address)
        now, listed = self._clock(), self._listed
        if listed is None or now - listed.at >= _KEPT_FOR:
            listed = _Listed(now, tuple(self._public_half(key) for key in self._keys()))
            self._listed = listed
        return list(listed.keys)

    def signed(self, claims: Mapping[str, object]) -> str:
        """A token by the newest key, RS256. Call it in a thread."""
        key = self._keys()[0]
        return jwt.encode(dict(claims), self._private(key), "RS256", headers={"kid": key.id})

    def _public_half(self, key: LtiKey) -> dict[str, str]:
        """Unsealing takes long, and a key's name never stands for another key."""
        if key.id not in self._public:
            self._public[key.id] = _public(key.id, self._private(key))
        return self._public[key.id]

    def _keys(self) -> list[LtiKey]:
        if found := self._known():
            return found
        with self._making:
            if not self._known():
                self._make()
        return self._known()

    def _known(self) -> list[LtiKey]:
        with self._database.read() as session:
            return LtiRows(session).keys()

    def _make(self) -> None:
        """One, however many workers come here at once."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
        text = private.private_bytes(_PEM, _PKCS8, serialization.NoEncryption())
        key = LtiKey(id=str(uuid.uuid4()), private=self._vault.seal(text), created_at=self._clock())
        try:
            with self._database.write() as session:
                # First, for once: the log's end is what only one worker holds.
                self._audit.note(session, None, "lti.key_made", "lti_key", key.id)
                if LtiRows(session).keys():
                    raise _MadeMeanwhile
                LtiRows(session).add(key)
        except _MadeMeanwhile:
            return

    def _private(self, key: LtiKey) -> rsa.RSAPrivateKey:
        found = serialization.load_pem_private_key(self._vault.open(key.private), None)
        assert isinstance(found, rsa.RSAPrivateKey)
        return found


def _public(kid: str, private: rsa.RSAPrivateKey) -> dict[str, str]:
    said = json.loads(RSAAlgorithm.to_jwk(private.public_key()))
    return {"kid": kid, "kty": "RSA", "alg": "RS256", "use": "sig", "n": said["n"], "e": said["e"]}
