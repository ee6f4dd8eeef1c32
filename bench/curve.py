"""The identity curve as a page that opens without a network."""

from pathlib import Path

from plotly.subplots import make_subplots

from bench.pairs import IdentityResult

_GENUINE, _IMPOSTOR, _LINE = "#1d7a4f", "#b42318", "#3157d5"


def write(identity: IdentityResult, path: Path) -> None:
    """Write distances of both kinds of pairs, and the errors over all thresholds."""
    points = identity.curve()
    thresholds = [point.threshold for point in points]
    figure = make_subplots(
        rows=1,
        cols=3,
        subplot_titles=("Distances of the pairs", "Errors by threshold", "Trade-off (ROC)"),
    )
    for same, name, colour in ((True, "same person", _GENUINE), (False, "two people", _IMPOSTOR)):
        figure.add_histogram(
            x=identity.distances(same), name=name, marker_color=colour, opacity=0.65,
            xbins={"start": 0, "end": 1.2, "size": 0.05}, row=1, col=1,
        )  # fmt: skip
    for name, values, colour in (
        ("false match rate", [point.false_match_rate for point in points], _IMPOSTOR),
        ("false non-match rate", [point.false_non_match_rate for point in points], _GENUINE),
    ):
        figure.add_scatter(x=thresholds, y=values, name=name, line_color=colour, row=1, col=2)
    figure.add_scatter(
        x=[point.false_match_rate for point in points],
        y=[None if p.false_non_match_rate is None else 1 - p.false_non_match_rate for p in points],
        text=[f"threshold {threshold:.2f}" for threshold in thresholds],
        name="true match rate", line_color=_LINE, row=1, col=3,
    )  # fmt: skip
    figure.add_vline(x=identity.threshold, line_dash="dot", row=1, col=1)
    figure.add_vline(x=identity.threshold, line_dash="dot", row=1, col=2)
    figure.update_xaxes(title="distance", row=1, col=1)
    figure.update_xaxes(title="threshold", row=1, col=2)
    figure.update_xaxes(title="false match rate", row=1, col=3)
    figure.update_layout(
        barmode="overlay", template="plotly_white", font_family="system-ui, sans-serif",
        title=f"Identity: {len(identity.distances(True))} pairs of one person, "
        f"{len(identity.distances(False))} of two; the shipped threshold is "
        f"{identity.threshold:g}",
    )  # fmt: skip
    figure.write_html(path, include_plotlyjs=True, config={"displayModeBar": False})
