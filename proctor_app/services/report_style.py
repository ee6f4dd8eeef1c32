"""How a report looks, on a screen and on A4; light only, for it is made to be printed."""

CSS = """
@page {
  size: A4; margin: 17mm 15mm 18mm;
  @bottom-left { content: string(whose); font-size: 7.5pt; color: #555c66; width: 75%; }
  @bottom-right { content: "Page " counter(page) " of " counter(pages); font-size: 7.5pt;
    color: #555c66; }
}
:root { color-scheme: light; }
* { box-sizing: border-box; }
html { background: #fff; color: #1f2733; font: 10pt/1.45 system-ui, -apple-system, "Segoe UI",
  Roboto, "Helvetica Neue", "Liberation Sans", "DejaVu Sans", Arial, sans-serif; }
body { max-width: 180mm; margin: 0 auto; padding: 0; overflow-wrap: anywhere; }
h1 { font-size: 17pt; line-height: 1.2; margin: 2pt 0; string-set: whose content(); }
h2 { font-size: 12pt; margin: 18pt 0 6pt; padding-top: 7pt; border-top: 0.8pt solid #c9ced6;
  break-after: avoid; }
h3 { font-size: 10pt; margin: 10pt 0 3pt; break-after: avoid; }
p { margin: 3pt 0; }
.kicker, .muted, small, caption { color: #555c66; }
.kicker { font-size: 8pt; letter-spacing: 0.05em; text-transform: uppercase; }
.statement { border-left: 2.5pt solid #1f2733; padding: 4pt 9pt; margin: 9pt 0; }
.tiles { display: flex; flex-wrap: wrap; gap: 5pt; margin: 9pt 0 0; padding: 0; list-style: none; }
.tiles li { flex: 1 1 30mm; border: 0.7pt solid #c9ced6; border-radius: 4pt; padding: 5pt 8pt; }
.tiles b { display: block; font-size: 12.5pt; font-variant-numeric: tabular-nums; }
.tiles span { font-size: 8pt; color: #555c66; }
dl { display: grid; grid-template-columns: 42mm 1fr; gap: 1.5pt 8pt; margin: 0; }
dt { color: #555c66; } dd { margin: 0; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; font-size: 8.7pt;
  margin: 4pt 0; }
caption { text-align: left; padding-bottom: 3pt; font-size: 8.5pt; }
th { text-align: left; font-weight: 600; border-bottom: 0.9pt solid #1f2733;
  padding: 2.5pt 5pt 2.5pt 0; vertical-align: bottom; }
td { border-bottom: 0.5pt solid #dfe3e8; padding: 3pt 5pt 3pt 0; vertical-align: top; }
thead { display: table-header-group; } tr { break-inside: avoid; }
.num { text-align: right; padding-right: 9pt; font-variant-numeric: tabular-nums; }
.time { font-variant-numeric: tabular-nums; }
tbody.incident { break-inside: avoid; }
tbody.incident tr:first-child { break-after: avoid; }
tbody.incident tr:first-child td { border-bottom: 0; padding-bottom: 0; }
.sign { font-weight: 600; white-space: nowrap; }
.pictures { display: flex; flex-wrap: wrap; gap: 6pt; margin: 4pt 0 2pt; }
figure { margin: 0; width: 43mm; }
figure img { width: 100%; display: block; border: 0.5pt solid #c9ced6; border-radius: 2pt; }
figcaption, .digest { font-size: 6.6pt; line-height: 1.35; color: #555c66; }
.digest { font-family: ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace; }
.chart { width: 100%; height: auto; display: block; margin: 4pt 0; }
.said { white-space: pre-wrap; }
@media screen {
  body { padding: 24px 20px 48px; }
  .wide { overflow-x: auto; } .wide table { min-width: 600px; }
  @media (max-width: 560px) { dl { grid-template-columns: 1fr; } dt { margin-top: 5px; } }
}
"""
