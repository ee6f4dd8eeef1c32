"""The report's style sheet: the tokens of the product's pages, light and dark, and for paper."""

CSS = """
:root{--bg:#f7f8fa;--panel:#fff;--line:#e3e6eb;--text:#1b2330;--muted:#5d6878;--accent:#3157d5;
--ok:#1d7a4f;--ok-soft:#e3f4ec;--notice:#8a5a00;--notice-soft:#fdf1d8;--alert:#b42318;
--alert-soft:#fde8e6;--unknown:#5d6878;--unknown-soft:#eceff3;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--bg:#12161d;--panel:#1a2029;--line:#2b3440;
--text:#e6eaf0;--muted:#98a4b5;--accent:#8aa4ff;--ok:#5fd0a0;--ok-soft:#16332a;--notice:#f2c265;
--notice-soft:#3a2f16;--alert:#ff8f86;--alert-soft:#43201d;--unknown:#98a4b5;
--unknown-soft:#262e39}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);
font:15px/1.5 Inter,system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
header{background:var(--panel);border-bottom:1px solid var(--line)}
header>div,main{max-width:1120px;margin:0 auto;padding:16px 24px}
h1{font-size:22px;line-height:1.3;margin:0;overflow-wrap:anywhere}
h2{font-size:17px;margin:0 0 4px}
p{margin:0 0 12px;max-width:75ch}
.muted,small,caption{color:var(--muted)}
.kicker{color:var(--muted);font-size:13px;font-weight:600;letter-spacing:.02em}
section{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:16px 20px;
margin:16px 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(160px,1fr));gap:12px;margin:16px 0}
.tile{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:12px 16px}
.tile b{display:block;font-size:26px;line-height:1.25;font-weight:650;
font-variant-numeric:tabular-nums}
.tile span{color:var(--muted);font-size:13px}
.chip{display:inline-flex;align-items:center;gap:6px;padding:1px 10px;border-radius:99px;
font-size:13px;font-weight:600;white-space:nowrap}
.chip svg{width:11px;height:11px;fill:currentColor}
.alert{background:var(--alert-soft);color:var(--alert)}
.notice{background:var(--notice-soft);color:var(--notice)}
.ok{background:var(--ok-soft);color:var(--ok)}
.unknown{background:var(--unknown-soft);color:var(--unknown)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;font-size:13px;padding-bottom:8px}
th{font-size:13px;color:var(--muted);font-weight:600;text-align:left}
th,td{padding:8px 12px 8px 0;border-bottom:1px solid var(--line);vertical-align:middle}
tr:last-child td{border-bottom:0}
td.number,th.number{text-align:right}
td.time{white-space:nowrap}
details.picture summary{list-style:none;cursor:zoom-in;display:inline-block}
details.picture summary::-webkit-details-marker{display:none}
details.picture img{display:block;width:120px;border-radius:6px;border:1px solid var(--line)}
details.picture[open] summary{cursor:zoom-out}
details.picture[open] img{width:min(640px,80vw)}
summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:6px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:0 0 12px}
dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}
footer{max-width:1120px;margin:0 auto;padding:0 24px 32px;color:var(--muted);font-size:13px}
@media (max-width:600px){header>div,main{padding:12px}section{padding:12px}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}}
@media print{body{background:#fff}section,.tile{break-inside:avoid}}
"""
