"""Compliance: 100 minus explained terms; it ranks attention and judges nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_app.domain.incident import EventType, Verdict, event_text
from proctor_app.domain.score import WEIGHTS, ScoredIncident, ScoreTerm, compliance

_ABSENT, _SEVERAL, _PHONE = EventType.FACE_ABSENT, EventType.MULTIPLE_FACES, EventType.PHONE
_GAP = EventType.MONITORING_GAP


@pytest.mark.parametrize(
    ("incidents", "value"),
    [
        pytest.param([], 100.0, id="nothing happened"),
        pytest.param([(_ABSENT, 1.0, 30)], 90.0, id="weight x 1 x 1 at the reference length"),
        pytest.param([(_ABSENT, 0.8, 15)], 96.0, id="10 x 0.8 x 15/30"),
        pytest.param([(_ABSENT, 1.0, 3000)], 90.0, id="longer than the reference costs no more"),
        pytest.param([(_ABSENT, 1.0, 0)], 100.0, id="no length costs nothing"),
        pytest.param([(_ABSENT, 1.0, -4)], 100.0, id="a clock set back costs nothing"),
        pytest.param([(_PHONE, 0.5, 5)] * 2, 80.0, id="two of a type add up"),
        pytest.param([(_PHONE, 1.0, 5)] * 9, 40.0, id="a type costs its cap at most"),
        pytest.param([(_SEVERAL, 1.0, 10), (_GAP, 1.0, 6)], 84.5, id="types add up"),
        pytest.param(
            [(_ABSENT, 1, 90)] * 9 + [(_SEVERAL, 1, 90)] * 9 + [(_PHONE, 1, 90)] * 9,
            0.0,
            id="never below 0",
        ),
    ],
)
def test_given_incidents_then_the_score_is_the_formula(
    incidents: list[tuple[EventType, float, float]], value: float
) -> None:
    scored = compliance(ScoredIncident(*incident) for incident in incidents)

    assert scored.value == pytest.approx(value)


def test_given_incidents_then_each_type_is_explained_by_a_term() -> None:
    incidents = [ScoredIncident(_GAP, 1.0, 12), ScoredIncident(_PHONE, 0.5, 1)] * 2

    scored = compliance(incidents)

    assert scored.terms == (ScoreTerm(_PHONE, 2, 4.0), ScoreTerm(_GAP, 2, 2.0))
    assert scored.value == 94.0


@pytest.mark.parametrize("verdict", Verdict)
def test_given_a_verdict_then_only_a_dismissed_incident_is_left_out(verdict: Verdict) -> None:
    scored = compliance([ScoredIncident(_PHONE, 1.0, 5, verdict)])

    assert scored.value == (100.0 if verdict is Verdict.PASSED else 80.0)
    assert bool(scored.terms) is (verdict is not Verdict.PASSED)


def test_every_event_type_has_a_weight_and_a_text() -> None:
    assert set(WEIGHTS) == set(EventType)
    assert all(event_text(event_type, "") for event_type in EventType)


_INCIDENTS = st.builds(
    ScoredIncident,
    st.sampled_from(EventType),
    st.floats(0, 1),
    st.floats(-10, 10_000),
    st.sampled_from(Verdict),
)


@given(st.lists(_INCIDENTS, max_size=40), _INCIDENTS)
def test_a_score_lies_in_0_to_100_and_no_incident_ever_raises_it(
    incidents: list[ScoredIncident], another: ScoredIncident
) -> None:
    before, after = compliance(incidents), compliance([*incidents, another])

    assert 0 <= after.value <= before.value <= 100


@given(st.lists(_INCIDENTS, min_size=1, max_size=20))
def test_a_score_does_not_depend_on_the_order_of_incidents(
    incidents: list[ScoredIncident],
) -> None:
    assert compliance(incidents).value == pytest.approx(compliance(incidents[::-1]).value, abs=0.1)
