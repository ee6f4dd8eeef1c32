"""Whatever one candidate's program sends on its WebSockets: the server goes on, answers in
documented messages only, and the candidate beside it notices nothing.

A few sequences with every test run; ``make fuzz`` tries ten thousand.
"""

import asyncio
import base64
import json
import logging
import os
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proctor_app.api import ws
from proctor_app.api.ws_messages import MAX_TEXT_CHARACTERS
from proctor_app.db.tables import Attempt, BrowserEvent, Incident
from proctor_app.errors import Conflict
from proctor_app.services.throttle import Limit
from proctor_app.vision.frame import FRAME_LIMITS
from tests.api.conftest import MakeSite, Site
from tests.api.peers import Peer
from tests.fakes import jpeg
from tests.world import Person

SEQUENCES = int(os.environ.get("PROCTOR_FUZZ", "15"))
pytestmark = pytest.mark.timeout(300 if SEQUENCES <= 100 else 3600)
PICTURE = jpeg()
BASE64 = base64.b64encode(PICTURE).decode()
_MANY = settings(
    max_examples=SEQUENCES, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
_AWKWARD: list[Any] = [
    None, True, -1, 0, 2**53, 2**53 + 1, 10**400, 1.5, float("nan"), float("inf"), -0.0, 1e308, "",
    "\x00", "\ud800", "a" * 5000, "NaN", [], {}, [[]], "2026-03-02T09:00:00Z", "9999-12-31", -1e30,
    BASE64, "data:image/jpeg;base64," + BASE64, "data:,", "=", "ping", "tab_switch", "\u202e",
]  # fmt: skip

values = st.recursive(
    st.one_of(st.sampled_from(_AWKWARD), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
types = st.sampled_from(["frame", "event", "ping", "auth", "logs", "FRAME", "", None, 7, ["frame"]])
names = st.sampled_from(["seq", "image", "kind", "timestamp", "late", "detail", "token", "type"])
kinds = st.sampled_from(
    ["hidden", "visible", "blur", "focus", "copy", "devtools", "offline", "odd", "\x00", "a" * 500]
)
objects = st.builds(
    lambda kind, rest: {**rest, "type": kind}, types, st.dictionaries(names, values, max_size=5)
)
events = st.fixed_dictionaries(
    {
        "type": st.just("event"),
        "kind": kinds,
        "timestamp": st.sampled_from(
            [0, 1e9, 1772442000, 1772442000000, "2026-03-02T09:00:00", "1999-01-01", "-", 4e18]
        ),
        "seq": st.one_of(st.none(), st.integers(-1, 5), st.just(2**53)),
    }
)
frames = st.builds(lambda seq: {"type": "frame", "seq": seq, "image": BASE64}, st.integers(0, 5))
documents = st.one_of(objects, objects, events, frames, values).map(json.dumps)
_NO_DOCUMENTS = [
    '{"type": "ping", "type": "frame"}',
    '{"type": "frame", "seq": 1, "seq": -1}',
    '{"type": "frame", "seq": ' + "9" * 5000 + "}",
    '{"type": "event", "timestamp": NaN, "kind": "blur"}',
    '{"type": "event", "timestamp": 1e999, "kind": "blur"}',
    '{"a":' * 50_000,
    "{" + "[" * 100_000,
    '{"type": "ping"} trailing',
    '\ufeff{"type": "ping"}',
    " \n\t{}",
    "\x00",
    "\ud800",
    "",
    "null",
    "data:",
    BASE64,
    BASE64 + "\n",
    "data:image/png;base64," + BASE64,
    base64.b64encode(bytes(FRAME_LIMITS.max_bytes + 1)).decode(),
    "A" * MAX_TEXT_CHARACTERS,
    "A" * (MAX_TEXT_CHARACTERS + 1),
    "{" + " " * MAX_TEXT_CHARACTERS,
]
binaries = st.one_of(
    st.sampled_from(
        [
            PICTURE,
            PICTURE[:200],
            jpeg(0, 1928, 32),
            b"\x89PNG\r\n\x1a\n" + bytes(40),
            b"\xff\xd8\xff" + bytes(300),
            bytes(FRAME_LIMITS.max_bytes),
            bytes(FRAME_LIMITS.max_bytes + 1),
            b"",
        ]
    ),
    st.binary(max_size=60),
)
contents = st.one_of(documents, st.sampled_from(_NO_DOCUMENTS), binaries, st.text(max_size=20))
WAYS = (
    "ticket", "first message", "used", "expired", "another's path", "another's ticket", "log-in",
    "made up", "nothing", "foreign origin",
)  # fmt: skip
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
Action = tuple[Any, ...]
which = st.integers(0, 5)
steps: st.SearchStrategy[Action] = st.one_of(
    st.tuples(st.just("open"), st.sampled_from(["ticket", "ticket", "first message", *WAYS])),
    st.tuples(st.just("say"), which, contents),
    st.tuples(st.just("say"), which, contents),
    st.tuples(st.just("flood"), which, contents, st.integers(2, 40)),
    st.tuples(st.just("raw"), which),
    st.tuples(st.just("leave"), which, st.sampled_from([1000, 1001, 1006, 1009, 1011, 3000, 4999])),
    st.tuples(st.just("stop")),
    st.tuples(st.just("turn")),
)


class Calm:
    """The well-behaved candidate: every frame and event of it is answered, in order."""

    def __init__(self, site: Site, who: Person) -> None:
        self._site, self._who = site, who
        self._numbers = count(1)
        self.incidents: list[int] = []
        self.frames = 0
        self.attempt_id = ""
        self.events = 0

    async def begin(self) -> None:
        started = await self._site.world.services.sessions.start(self._who.actor, self._who.id)
        self.attempt_id = started.attempt.id
        self.peer = Peer(self._site.client.app, f"/ws/{self._who.id}", f"token={started.ticket}")
        await self.step()

    async def step(self) -> None:
        """Two frames, a tab left and come back to: acknowledged, told of, and by then stored."""
        first = len(self.peer.said)
        for _ in range(2):
            self._site.world.clock.advance(0.2)
            self._say(type="frame", image=BASE64)
            self.frames += 1
            await self._acknowledged()
            status = await self.peer.next("status")
            assert (status["quality"], status["degraded"]) == ("ok", False)
        for kind, phase in (("hidden", "opened"), ("visible", "closed")):
            self._site.world.clock.advance(1.5)
            self._say(type="event", kind=kind, timestamp=self._site.world.clock().isoformat())
            self.events += 1
            await self._acknowledged()
            if phase == "opened":
                await self._told(phase)
        await self._told("closed")
        acks = [m["seq"] for m in self.peer.said[first:] if m["type"] == "ack"]
        assert acks == sorted(acks)
        assert not [m for m in self.peer.said if m["type"] == "error"]

    async def _acknowledged(self) -> None:
        assert (await self.peer.next("ack"))["seq"] == self._seq

    async def _told(self, phase: str) -> None:
        (item,) = (await self.peer.next("logs"))["data"]
        row = await asyncio.to_thread(self._row, item["incident_id"])
        assert (item["event_type"], item["phase"]) == ("tab_switch", phase)
        assert (row.attempt_id, row.event_type) == (self.attempt_id, "tab_switch")
        assert (row.closed_at is not None) == (phase == "closed")
        if phase == "opened":
            self.incidents.append(item["incident_id"])

    def _row(self, incident_id: int) -> Incident:
        with self._site.world.database.read() as session:
            return session.get_one(Incident, incident_id)

    def _say(self, **fields: Any) -> None:
        self._seq = next(self._numbers)
        self.peer.say(json.dumps({**fields, "seq": self._seq}))


class Hostile:
    """The other candidate: several connections at once, and no manners."""

    def __init__(self, site: Site, who: Person, victim: Person) -> None:
        self._site, self._who, self._victim = site, who, victim
        self._services = site.world.services
        self.peers: list[Peer] = []
        self.codes: set[int] = set()
        self.kinds: set[str] = set()

    async def act(self, actions: list[Action]) -> None:
        for action in actions:
            await self._do(*action)
            await asyncio.sleep(0)
        for peer in self.peers:
            await peer.leave()
            self.kinds |= {m["type"] for m in peer.said}
            self.codes |= {peer.closed} if peer.closed else set()
        self.peers.clear()

    async def _do(self, name: str, *arguments: Any) -> None:
        match name, arguments:
            case "open", (way,):
                await self._open(way)
            case "stop", _:
                with suppress(Conflict):  # stopped already
                    await self._services.sessions.stop(self._who.actor, self._who.id)
            case "turn", _:
                await asyncio.sleep(0.01)
            case _ if self.peers:
                number, *rest = arguments
                self._with(self.peers[number % len(self.peers)], name, *rest)

    def _with(self, peer: Peer, name: str, *arguments: Any) -> None:
        match name, arguments:
            case "say", (content,):
                peer.say(content)
            case "flood", (content, times):
                for _ in range(times):
                    peer.say(content)
            case "leave", (code,):
                peer.send({"type": "websocket.disconnect", "code": code})
            case "raw", _:  # as servers pass on a message of no kind
                peer.send({"type": "websocket.receive", "bytes": None, "text": None})

    async def _open(self, way: str) -> None:
        ticket = await self._ticket(way)
        first = json.dumps({"type": "auth", "token": ticket})
        whose = self._victim if way == "another's path" else self._who
        query = "" if way in ("nothing", "first message") else f"token={ticket}"
        origin = "https://evil.example" if way == "foreign origin" else ""
        peer = Peer(self._site.client.app, f"/ws/{whose.id}", query, origin)
        if way == "first message":
            peer.say(first)
        self.peers.append(peer)

    async def _ticket(self, way: str) -> str:
        owner = self._victim if way == "another's ticket" else self._who
        ticket = (await self._services.sessions.start(owner.actor, owner.id)).ticket
        tickets = self._services.tickets
        match way:
            case "used":
                tickets.redeem(ticket)
            case "expired":
                held = {
                    k: replace(one, expires_at=_LONG_AGO) for k, one in tickets._holders.items()
                }
                tickets._holders.update(held)
            case "log-in":
                return self._who.token
            case "made up":
                return "%00" * 50
        return ticket


@pytest.fixture
def fuzzed(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> Site:
    """An installation with short waits."""
    monkeypatch.setattr(ws, "AUTH_TIMEOUT_S", 0.05)
    monkeypatch.setattr(ws, "_FLOOD_PAUSE_S", 0.001)
    return make_site(PROCTOR_FREE_SESSION_MINUTES="1440", PROCTOR_SESSION_HOURS="720")


def _spare(site: Site, attempt_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lift the limits that would end the test, all of them for one attempt."""
    throttle = site.world.services.logins._throttle
    hit = throttle.hit

    def hit_unless_spared(limit: Limit, key: str) -> None:
        if limit not in (Limit.START, Limit.SIGNALS) and key != attempt_id:
            hit(limit, key)

    monkeypatch.setattr(throttle, "hit", hit_unless_spared)


def _of(rows: list[Any], attempt_id: str) -> list[Any]:
    return [row for row in rows if row.attempt_id == attempt_id]


def test_given_any_sequence_on_any_sockets_then_the_session_beside_them_is_untouched(
    fuzzed: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = fuzzed.world
    ana, eve = world.person(name="Ana"), world.person(name="Eve")
    calm, hostile = Calm(fuzzed, ana), Hostile(fuzzed, eve, ana)
    caplog.set_level(logging.WARNING)
    fuzzed.run(calm.begin)
    _spare(fuzzed, calm.attempt_id, monkeypatch)

    async def beside(actions: list[Action]) -> None:
        await asyncio.gather(hostile.act(actions), calm.step())
        await calm.step()

    @_MANY
    @given(st.lists(steps, max_size=14).map(lambda some: [("open", "ticket"), *some]))
    def attack(actions: list[Action]) -> None:
        fuzzed.run(beside, actions)
        assert world.services.broadcast.watchers == 1
        assert fuzzed.app.state.doorway.waiting == 0

    attack()
    assert not [r for r in caplog.records if r.levelno >= logging.ERROR], caplog.text
    live = world.services.monitoring.live(calm.attempt_id)
    assert live is not None
    assert (live.frames, live.rejected) == (calm.frames, 0)
    (attempt,) = [row for row in world.rows(Attempt) if row.user_id == ana.id]
    assert (attempt.id, attempt.status) == (calm.attempt_id, "running")
    incidents = _of(world.rows(Incident), calm.attempt_id)
    assert [row.id for row in incidents] == calm.incidents
    assert {row.event_type for row in incidents} == {"tab_switch"}
    events = _of(world.rows(BrowserEvent), calm.attempt_id)
    assert [row.seq for row in events] == sorted({row.seq for row in events})
    assert len(events) == calm.events
    fuzzed.run(calm.peer.leave)
    assert calm.peer.closed is None
    if SEQUENCES >= 1000:  # the sequences came to everything that there is to come to
        assert hostile.codes == {1000, 1009, 4401, 4403, 4409}
        assert hostile.kinds >= {"ack", "status", "error", "pong", "logs"}
