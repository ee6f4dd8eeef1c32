"""What a client may say on the WebSocket: parsed, capped, and never able to raise."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_app.api.ws_messages import (
    MAX_TEXT_CHARACTERS,
    AuthMessage,
    BadMessage,
    FrameMessage,
    PingMessage,
    logs,
    parse,
    status,
)
from proctor_app.domain.incident import EventType, Phase
from proctor_app.services.broadcast import IncidentNews
from proctor_app.services.live import LiveStatus
from proctor_app.vision.frame import FRAME_LIMITS
from tests.fakes import jpeg
from tests.records import after, incident

PICTURE = jpeg()
BASE64 = base64.b64encode(PICTURE).decode()


def _frame(**fields: Any) -> str:
    return json.dumps({"type": "frame", "image": BASE64, **fields})


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(PICTURE, FrameMessage(PICTURE, None), id="binary"),
        pytest.param(BASE64, FrameMessage(PICTURE, None), id="base64"),
        pytest.param(f"{BASE64}\n", FrameMessage(PICTURE, None), id="base64 and a line break"),
        pytest.param(
            f"data:image/jpeg;base64,{BASE64}", FrameMessage(PICTURE, None), id="data URL"
        ),
        pytest.param(_frame(), FrameMessage(PICTURE, None), id="JSON without seq"),
        pytest.param(_frame(seq=None), FrameMessage(PICTURE, None), id="JSON, seq null"),
        pytest.param(_frame(seq=0), FrameMessage(PICTURE, 0), id="JSON, seq 0"),
        pytest.param(_frame(seq=7, other=[1]), FrameMessage(PICTURE, 7), id="JSON with more"),
        pytest.param(
            _frame(seq=7, image=f"data:image/png;base64,{BASE64}"),
            FrameMessage(PICTURE, 7),
            id="JSON with a data URL",
        ),
        pytest.param('{"type": "auth", "token": "a"}', AuthMessage("a"), id="auth"),
        pytest.param('{"type": "auth", "token": 7}', AuthMessage(""), id="auth with a number"),
        pytest.param('{"type": "auth"}', AuthMessage(""), id="auth without a token"),
        pytest.param(' {"type": "ping"}', PingMessage(), id="ping"),
    ],
)
def test_given_a_message_of_the_contract_then_it_is_understood(
    message: bytes | str, expected: object
) -> None:
    assert parse(message) == expected


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", "malformed_json"),
        ("{" * 5000, "malformed_json"),
        ('{"type": "frame", "seq": ' + "9" * 5000 + "}", "malformed_json"),
        ("{}", "unknown_type"),
        ('{"type": "dance"}', "unknown_type"),
        ('{"type": ["frame"]}', "unknown_type"),
        ('{"type": "frame"}', "image_missing"),
        ('{"type": "frame", "image": 7}', "image_missing"),
        (_frame(image="%%%"), "malformed_base64"),
        (_frame(seq=-1), "bad_seq"),
        (_frame(seq=1.5), "bad_seq"),
        (_frame(seq="1"), "bad_seq"),
        (_frame(seq=True), "bad_seq"),
        (_frame(seq=2**53 + 1), "bad_seq"),
        ("[1]", "malformed_base64"),
        ("not base64 at all", "malformed_base64"),
        ("data:image/jpeg;base64,%%%", "malformed_base64"),
        ("\ud800", "malformed_base64"),
    ],
)
def test_given_a_malformed_message_then_the_answer_says_what_is_wrong(
    message: str, code: str
) -> None:
    found = parse(message)

    assert isinstance(found, BadMessage)
    assert (found.code, found.too_large) == (code, False)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(bytes(FRAME_LIMITS.max_bytes + 1), id="binary"),
        pytest.param("A" * (MAX_TEXT_CHARACTERS + 1), id="text"),
        pytest.param(base64.b64encode(bytes(FRAME_LIMITS.max_bytes + 1)).decode(), id="base64"),
        pytest.param('{"a": "' + "A" * MAX_TEXT_CHARACTERS + '"}', id="JSON"),
    ],
)
def test_given_more_than_a_frame_may_weigh_then_it_is_too_large(message: bytes | str) -> None:
    found = parse(message)

    assert isinstance(found, BadMessage)
    assert (found.code, found.too_large) == ("frame_too_large", True)


def test_given_a_frame_of_the_largest_size_then_every_form_of_it_is_taken() -> None:
    largest = bytes(FRAME_LIMITS.max_bytes)
    encoded = base64.b64encode(largest).decode()

    for message in (largest, encoded, _frame(seq=2**53, image=f"data:image/jpeg;base64,{encoded}")):
        found = parse(message)
        assert isinstance(found, FrameMessage)
        assert found.data == largest


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
_ALMOST = st.fixed_dictionaries(
    {"type": st.sampled_from(["frame", "auth", "ping", "event"]) | _JSON},
    optional={"seq": _JSON, "image": _JSON, "token": _JSON},
).map(json.dumps)


@given(
    st.binary(max_size=200)
    | st.text(max_size=200)
    | _ALMOST
    | st.builds("{}{}".format, st.text(max_size=9), _ALMOST)
)
def test_whatever_is_sent_parsing_gives_a_message_and_never_raises(message: bytes | str) -> None:
    found = parse(message)

    assert isinstance(found, FrameMessage | AuthMessage | PingMessage | BadMessage)
    if isinstance(found, FrameMessage):
        assert len(found.data) <= FRAME_LIMITS.max_bytes


@pytest.mark.parametrize(
    ("phase", "time"),
    [(Phase.OPENED, "2026-03-02T09:00:02.500Z"), (Phase.CLOSED, "2026-03-02T09:00:09.000Z")],
)
def test_given_a_committed_incident_then_the_logs_message_is_the_contracts(
    phase: Phase, time: str
) -> None:
    closed_at = after(9) if phase is Phase.CLOSED else None
    view = incident(opened_at=after(2.5), closed_at=closed_at)

    assert logs(IncidentNews("an-attempt", phase, view)) == {
        "type": "logs",
        "data": [
            {
                "event": "Face not detected",
                "time": time,
                "event_type": "face_absent",
                "severity": "alert",
                "confidence": 0.9,
                "incident_id": 7,
                "phase": phase.value,
            }
        ],
        "stored": True,
    }


@pytest.mark.parametrize(
    ("live", "degraded", "expected"),
    [
        (
            LiveStatus("one", "", (0.25, 0.25, 0.75, 1 / 3), ()),
            False,
            {"face": "one", "face_box": [0.25, 0.25, 0.75, 0.3333], "quality": "ok", "open": []},
        ),
        (
            LiveStatus("unknown", "dark", None, (EventType.FRAME_QUALITY_LOW,)),
            True,
            {
                "face": "unknown",
                "face_box": None,
                "quality": "dark",
                "open": ["frame_quality_low"],
            },
        ),
    ],
)
def test_given_what_the_last_frame_showed_then_the_status_message_says_it(
    live: LiveStatus, degraded: bool, expected: dict[str, object]
) -> None:
    assert status(live, degraded=degraded) == {"type": "status", "degraded": degraded, **expected}
