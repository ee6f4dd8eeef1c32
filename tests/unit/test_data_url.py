"""A frame that came as a state event: capped before it is decoded."""

import base64

import pytest

from proctor_app.errors import Invalid, TooLarge
from proctor_app.state.data_url import decode_data_url
from proctor_app.vision.frame import FRAME_LIMITS


def _url(data: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"


@pytest.mark.parametrize("data", [b"", b"a picture", bytes(FRAME_LIMITS.max_bytes)])
def test_given_a_data_url_then_its_bytes_come_out(data: bytes) -> None:
    assert decode_data_url(_url(data)) == data


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "frame_not_data_url"),
        ("https://example.org/a.jpg", "frame_not_data_url"),
        ("data:image/jpeg;base64,%%%", "malformed_base64"),
        ("data:image/jpeg;base64,\ud800", "malformed_base64"),
        (None, "frame_not_text"),
        ({"a": 1}, "frame_not_text"),
        (7, "frame_not_text"),
    ],
)
def test_given_anything_else_then_it_is_refused_with_a_code(text: object, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        decode_data_url(text)  # type: ignore[arg-type]  # a browser may send anything
    assert refused.value.code == code


def test_given_more_than_a_frame_may_weigh_then_it_is_too_large() -> None:
    with pytest.raises(TooLarge):
        decode_data_url(_url(bytes(FRAME_LIMITS.max_bytes + 200)))
