"""What every Plotly figure of ours goes by."""

import plotly.io

# Without this every figure carries about 7 KB of template to the browser.
plotly.io.templates.default = None
