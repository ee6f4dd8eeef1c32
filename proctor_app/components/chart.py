"""Figures, drawn by the part of Plotly that knows lines, bars and heat maps: a third of the whole,
so that a page with figures stands three times as soon."""

import reflex as rx
from reflex.components.plotly import Plotly

_PART = "plotly.js/dist/plotly-cartesian.min.js"


class Chart(Plotly):  # type: ignore[misc]
    """As ``rx.plotly``; the figure brings its colours itself, without a template."""

    tag = "ChartPlot"

    def add_imports(self) -> dict[str, list[rx.ImportVar]]:
        return {
            "react-plotly.js": [
                rx.ImportVar(tag="createPlotlyComponent", is_default=True, package_path="/factory")
            ]
        }

    def _get_dynamic_imports(self) -> str:
        made = "createPlotlyComponent(mod.default ?? mod)"
        load = f"() => import('{_PART}').then((mod) => {made})"
        return f"const {self.tag} = ClientSide({load}, '{self.tag}')"


def chart(figure: rx.Var) -> rx.Component:
    """A figure as wide as its place, without Plotly's tools."""
    return Chart.create(
        data=figure,
        template=None,
        config={"displayModeBar": False, "responsive": True},
        width="100%",
        use_resize_handler=True,
    )
