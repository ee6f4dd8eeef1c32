"""A learning platform as LTI 1.3 has it: real keys, real HTTP on this machine."""

import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from proctor_app.clock import Clock
from proctor_app.services.lti_platforms import PlatformForm

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
GRADES = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
CLIENT_ID, DEPLOYMENT, KID = "client-7", "deployment-1", "key-1"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Platform:
    """published: its keys by name. tokens: requests for tokens; scores: what it was sent, with
    the address and headers. status: how it answers to scores."""

    clock: Clock
    published: dict[str, rsa.RSAPrivateKey] = field(default_factory=lambda: {KID: KEY})
    keys_asked: int = 0
    tokens: list[dict[str, str]] = field(default_factory=list)
    scores: list[tuple[str, Mapping[str, str], dict[str, Any]]] = field(default_factory=list)
    status: int = 200

    def __post_init__(self) -> None:
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                platform._get(self)

            def do_POST(self) -> None:
                platform._post(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def form(self, **changes: Any) -> PlatformForm:
        """As an admin enters it."""
        known: dict[str, Any] = {
            "name": "Campus", "issuer": self.url, "client_id": CLIENT_ID,
            "auth_url": f"{self.url}/auth", "token_url": f"{self.url}/token",
            "keys_url": f"{self.url}/jwks", "deployments": (DEPLOYMENT,),
        }  # fmt: skip
        return PlatformForm(**{**known, **changes})

    def claims(self, nonce: str, role: str = "Learner", /, **changes: Any) -> dict[str, Any]:
        """Of somebody who opens a place; changes: by names without their prefix, None for none."""
        now = int(self.clock().timestamp())
        said: dict[str, Any] = {
            "iss": self.url, "aud": CLIENT_ID, "sub": "person-1", "iat": now, "exp": now + 300,
            "nonce": nonce, "name": "Ana Diaz", "email": "ana@campus.test",
            "version": "1.3.0", "message_type": "LtiResourceLinkRequest",
            "deployment_id": DEPLOYMENT, "target_link_uri": "http://localhost:8080/lti/launch",
            "resource_link": {"id": "place-1", "title": "Final exam"},
            "roles": [f"{ROLE}{role}"],
            "lineitem": {
                "scope": [SCORE_SCOPE], "lineitem": f"{self.url}/items/3?course=7",
            },
        }  # fmt: skip
        said.update(changes)
        return {_claim(name): value for name, value in said.items() if value is not None}

    def signed(
        self,
        claims: Mapping[str, Any],
        key: rsa.RSAPrivateKey | str = KEY,
        kid: str | None = KID,
        algorithm: str = "RS256",
    ) -> str:
        headers = {"kid": kid} if kid else None
        return jwt.encode(dict(claims), key, algorithm, headers=headers)

    def _get(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.path != "/jwks":
            _answer(handler, 404, {})
            return
        self.keys_asked += 1
        keys = [
            {**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": kid, "alg": "RS256"}
            for kid, key in self.published.items()
        ]
        _answer(handler, 200, {"keys": keys})

    def _post(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        if handler.path == "/token":
            self.tokens.append({name: one[0] for name, one in parse_qs(body.decode()).items()})
            _answer(handler, 200, {"access_token": uuid.uuid4().hex, "expires_in": 3600})
            return
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.scores.append((handler.path, headers, json.loads(body)))
        _answer(handler, self.status, {})


def _claim(name: str) -> str:
    if name == "lineitem":
        return GRADES
    if name in ("deep_linking_settings", "content_items", "data"):
        return f"{LINKING}{name}"
    if name in (
        "version", "message_type", "deployment_id", "target_link_uri", "resource_link", "roles",
        "custom",
    ):  # fmt: skip
        return f"{LTI}{name}"
    return name


def _answer(handler: BaseHTTPRequestHandler, status: int, body: object) -> None:
    said = json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", str(len(said)))
    handler.end_headers()
    handler.wfile.write(said)


def asked_for(url: str) -> dict[str, str]:
    """The parameters that a redirect to the platform carries."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
