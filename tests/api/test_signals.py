"""What clients tell of the candidate's browser, through every door it may come by."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proctor_app import cookies
from proctor_app.db.tables import BrowserEvent, Incident
from proctor_app.domain.access import Role
from tests.api.conftest import Site
from tests.api.test_hostile import check, documents, texts
from tests.fakes import jpeg
from tests.world import Person

NOW = "2026-03-02T09:00:00.000Z"
MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FACE, TAB, EVENTS = "/api/monitor/face_log", "/api/monitor/tab_event", "/api/proctor/events"


@pytest.fixture
def ana(site: Site) -> Person:
    return site.world.person(name="Ana")


@pytest.fixture
def attempt_id(site: Site, ana: Person) -> str:
    """A free session that runs."""
    found: str = site.start(ana)["wsConfig"]["sessionId"]
    return found


def post(site: Site, who: Person, path: str, body: object) -> tuple[int, Any]:
    answer = site.client.post(path, json=body, headers=who.bearer)
    return answer.status_code, answer.json()


def kinds(site: Site) -> list[str]:
    return [row.event_type for row in site.world.rows(Incident)]


# --- the page ---


def test_given_events_then_each_seq_is_saved_once_and_the_last_is_named(
    site: Site, ana: Person, attempt_id: str
) -> None:
    path = f"/api/v1/attempts/{attempt_id}/signals"
    batch = {
        "events": [
            {"kind": "hidden", "timestamp": NOW, "seq": 4, "detail": {"a": 1}},
            {"kind": "visible", "timestamp": NOW, "seq": 5, "late": True},
        ]
    }
    assert post(site, ana, path, batch) == (200, {"status": "ok", "saved": 2, "last_seq": 5})
    assert post(site, ana, path, batch) == (200, {"status": "ok", "saved": 0, "last_seq": 5})
    assert [(one.seq, one.is_late) for one in site.world.rows(BrowserEvent)] == [
        (4, False),
        (5, True),
    ]
    assert kinds(site) == ["tab_switch"]


def test_given_no_events_then_it_is_a_sign_of_life(
    site: Site, ana: Person, attempt_id: str
) -> None:
    path = f"/api/v1/attempts/{attempt_id}/signals"
    nothing = (200, {"status": "ok", "saved": 0, "last_seq": 0})
    assert post(site, ana, path, {"events": []}) == nothing
    assert post(site, ana, path, {}) == nothing
    assert site.client.post(path, headers=ana.bearer).status_code == 200
    live = site.world.services.monitoring.live(attempt_id)
    assert live is not None
    assert live.seen_at == site.world.clock()


def test_given_the_attempt_of_another_then_it_is_403_and_an_unknown_one_404(
    site: Site, attempt_id: str
) -> None:
    other = site.world.person()
    body = {"events": [{"kind": "hidden", "timestamp": NOW}]}
    assert post(site, other, f"/api/v1/attempts/{attempt_id}/signals", body)[0] == 403
    assert post(site, other, "/api/v1/attempts/nothing/signals", body)[0] == 404


def test_given_another_holder_then_it_is_409(site: Site, ana: Person, attempt_id: str) -> None:
    site.run(_hold, site, ana, attempt_id)
    path = f"/api/v1/attempts/{attempt_id}/signals"
    status, answer = post(site, ana, path, {"holder": "tab-2"})
    assert (status, answer["code"]) == (409, "sat_elsewhere")
    assert post(site, ana, path, {"holder": "tab-1"})[0] == 200


async def _hold(site: Site, who: Person, attempt_id: str) -> None:
    hold = site.world.services.sitting.hold
    await hold(who.actor, attempt_id, "tab-1", other_is_open=False)


# --- clients of the other systems ---


def test_given_no_open_attempt_then_it_is_409(site: Site, ana: Person) -> None:
    for path, body in (
        (FACE, {"matched": True, "timestamp": NOW}),
        (TAB, {"kind": "hidden", "timestamp": NOW}),
        (EVENTS, {"events": []}),
    ):
        status, answer = post(site, ana, path, body)
        assert (status, answer["code"]) == (409, "no_open_attempt")


def test_given_tab_events_then_they_are_saved_and_judged(
    site: Site, ana: Person, attempt_id: str
) -> None:
    hidden = {"kind": "hidden", "timestamp": NOW, "seq": 1}
    assert post(site, ana, TAB, hidden) == (200, {"status": "ok", "saved": 1})
    assert post(site, ana, TAB, hidden) == (200, {"status": "ok", "saved": 0})
    site.world.clock.advance(3)
    assert post(site, ana, TAB, {"kind": "visible", "timestamp": NOW})[0] == 200
    (row,) = site.world.rows(Incident)
    assert (row.event_type, row.closed_at) == ("tab_switch", MOMENT + timedelta(seconds=3))
    assert post(site, ana, TAB, {"kind": "sleeping", "timestamp": NOW})[0] == 422


def test_given_two_faces_in_a_row_that_did_not_match_then_it_is_one_notice(
    site: Site, ana: Person, attempt_id: str
) -> None:
    unmatched = {"matched": False, "distance": 0.7, "faces": 1, "timestamp": NOW}
    assert post(site, ana, FACE, unmatched) == (200, {"status": "ok", "saved": 1})
    assert kinds(site) == []
    post(site, ana, FACE, unmatched)
    post(site, ana, FACE, unmatched)
    (row,) = site.world.rows(Incident)
    assert (row.event_type, row.severity, row.closed_at) == ("identity_mismatch", "notice", None)
    post(site, ana, FACE, {**unmatched, "matched": True})
    assert site.world.rows(Incident)[0].closed_at is not None
    assert json.loads(site.world.rows(BrowserEvent)[0].detail) == {"distance": 0.7, "faces": 1}


def test_given_a_batch_of_reasons_then_known_ones_are_types_and_others_keep_their_words(
    site: Site, ana: Person, attempt_id: str
) -> None:
    reasons = ["no_face_detected", "unverified_face_detected", "tab_switch", "dog barked"]
    batch = [{"reason": one, "timestamp": NOW, "seq": n} for n, one in enumerate(reasons)]
    assert post(site, ana, EVENTS, {"events": batch}) == (200, {"status": "ok", "saved": 4})
    assert post(site, ana, EVENTS, {"events": batch}) == (200, {"status": "ok", "saved": 0})
    summary = site.client.get(f"/api/v1/exam/summary/{ana.id}", headers=ana.bearer).json()
    assert [(one["event_type"], one["event"], one["severity"]) for one in summary["incidents"]] == [
        ("face_absent", "Face not detected", "notice"),
        ("identity_mismatch", "Face not recognised", "notice"),
        ("tab_switch", "Tab switch detected", "notice"),
        ("client_note", "dog barked", "notice"),
    ]


def test_given_the_session_cookie_then_it_serves_as_well(
    site: Site, ana: Person, attempt_id: str
) -> None:
    cookie = {"cookie": f"{cookies.NAME}={ana.token}"}
    body = {"kind": "paste", "timestamp": NOW}
    assert site.client.post(TAB, json=body, headers=cookie).json() == {"status": "ok", "saved": 1}


# --- times ---


@pytest.mark.parametrize(
    ("given_time", "moment"),
    [
        (NOW, MOMENT),
        ("2026-03-02T10:00:00+01:00", MOMENT),
        ("2026-03-02T09:00:00", MOMENT),
        (MOMENT.timestamp(), MOMENT),
        (int(MOMENT.timestamp() * 1000), MOMENT),
    ],
)
def test_given_a_time_as_clients_write_it_then_it_is_kept_as_information(
    site: Site, ana: Person, attempt_id: str, given_time: object, moment: datetime
) -> None:
    site.world.clock.advance(9)
    assert post(site, ana, TAB, {"kind": "print", "timestamp": given_time})[0] == 200
    (row,) = site.world.rows(BrowserEvent)
    assert (row.claimed_at, row.received_at) == (moment, site.world.clock())


@pytest.mark.parametrize(
    "nonsense",
    ["", "yesterday", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", -1, 1e30, 10**400, True,
     None, [], {}, "2026-13-01", "1" * 500],
)  # fmt: skip
def test_given_a_time_that_is_none_then_it_is_422(
    site: Site, ana: Person, attempt_id: str, nonsense: object
) -> None:
    status, answer = post(site, ana, TAB, {"kind": "print", "timestamp": nonsense})
    assert (status, answer["code"]) == (422, "invalid_request")
    assert site.world.rows(BrowserEvent) == []


# --- whatever is sent ---

_TIMES = st.one_of(st.just(NOW), st.integers(), st.floats(), texts, st.none())
_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.one_of(st.sampled_from(["hidden", "visible", "paste", "note"]), documents),
        "reason": st.one_of(st.sampled_from(["tab_switch", "no_face_detected"]), documents),
        "matched": st.one_of(st.booleans(), documents),
        "distance": st.one_of(st.floats(), documents),
        "faces": st.one_of(st.integers(), documents),
        "timestamp": _TIMES,
        "seq": st.one_of(st.integers(), documents),
        "late": st.one_of(st.booleans(), documents),
        "detail": documents,
        "type": st.just("event"),
    },
)
_BODIES = st.one_of(
    documents,
    _FIELDS,
    st.builds(lambda events, holder: {"events": events, "holder": holder},
              st.lists(_FIELDS, max_size=5), st.one_of(st.just(""), documents)),
    st.builds(lambda event: {"events": [event] * 101}, _FIELDS),
)  # fmt: skip


def test_whatever_is_sent_no_door_fails(
    site: Site, ana: Person, attempt_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    throttle = site.world.services.logins._throttle
    monkeypatch.setattr(throttle, "hit", lambda *_arguments, **_options: None)
    doors = [FACE, TAB, EVENTS, f"/api/v1/attempts/{attempt_id}/signals"]
    statuses: set[int] = set()

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(doors), _BODIES)
    def send(path: str, body: object) -> None:
        answer = site.client.post(path, content=json.dumps(body).encode(), headers={
            **ana.bearer, "content-type": "application/json"})  # fmt: skip
        statuses.add(answer.status_code)
        check(answer, (ana.token,))

    send()
    assert {200, 422} <= statuses


# --- the socket ---


def _heard(socket: Any, kind: str) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = socket.receive_json()
        if message["type"] == kind:
            return message


def test_given_an_event_on_the_socket_then_it_is_acknowledged_and_told_as_an_incident(
    site: Site, ana: Person
) -> None:
    with site.connect(ana) as socket:
        event = {"type": "event", "kind": "paste", "timestamp": NOW, "seq": 3}
        socket.send_json(event)
        logs = [_heard(socket, "logs")["data"][0] for _ in range(2)]
        assert [(one["event"], one["phase"]) for one in logs] == [
            ("Clipboard use detected", "opened"),
            ("Clipboard use detected", "closed"),
        ]
        socket.send_json(event)
        saved = [_heard(socket, "ack") for _ in range(2)]
        assert saved == [
            {"type": "ack", "seq": 3, "saved": 1},
            {"type": "ack", "seq": 3, "saved": 0},
        ]


@pytest.mark.parametrize(
    "event",
    [{"kind": "paste"}, {"timestamp": NOW}, {"kind": 3, "timestamp": NOW},
     {"kind": "paste", "timestamp": "never"}, {"kind": "x", "timestamp": NOW, "seq": -1},
     {"kind": "x", "timestamp": NOW, "detail": []}],
)  # fmt: skip
def test_given_an_event_that_is_none_then_the_socket_says_so_and_lives_on(
    site: Site, ana: Person, event: dict[str, object]
) -> None:
    with site.connect(ana) as socket:
        socket.send_json({"type": "event", **event})
        assert _heard(socket, "error")["code"] == "bad_event"
        socket.send_json({"type": "ping"})
        assert _heard(socket, "pong")


def test_given_a_hidden_page_then_the_warning_comes_by_the_socket(site: Site, ana: Person) -> None:
    with site.connect(ana) as socket:
        socket.send_json({"type": "event", "kind": "hidden", "timestamp": NOW, "seq": 1})
        control = _heard(socket, "control")
        assert (control["action"], control["kind"]) == ("message", "warning")
        assert control["text"].startswith("You left the exam page.")


def test_given_a_pause_then_the_socket_stays_open_and_frames_are_refused(
    site: Site, ana: Person
) -> None:
    with site.connect(ana) as socket:
        pause, proctor = site.world.services.sessions.pause, site.world.person(Role.PROCTOR)
        site.run(pause, proctor.actor, ana.id, "Please wait.")
        control = _heard(socket, "control")
        assert (control["action"], control["text"]) == ("pause", "Please wait.")
        socket.send_bytes(jpeg())
        assert _heard(socket, "error")["code"] == "attempt_paused"
        socket.send_json({"type": "ping"})
        assert _heard(socket, "pong")


def test_given_a_paused_attempt_when_started_then_its_socket_hears_that_it_goes_on(
    site: Site, ana: Person
) -> None:
    site.start(ana)
    sessions, proctor = site.world.services.sessions, site.world.person(Role.PROCTOR)
    site.run(sessions.pause, proctor.actor, ana.id, "Please wait.")
    with site.connect(ana) as socket:
        socket.send_bytes(jpeg())
        assert _heard(socket, "error")["code"] == "attempt_paused"
        site.run(sessions.resume, proctor.actor, ana.id)
        assert _heard(socket, "control")["action"] == "resume"
