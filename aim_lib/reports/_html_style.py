"""How the HTML page looks: one style sheet, light and dark, wide and narrow, on paper. ASCII only,
 nothing is loaded.

The variables ending in `-soft` are grounds for the colour of the same name.
"""

from __future__ import annotations

LIGHT = {
    "bg": "#f4f6f9",
    "card": "#ffffff",
    "text": "#1b212c",
    "dim": "#566073",
    "line": "#dce1e9",
    "code": "#eef1f6",
    "ok": "#19703a",
    "ok-soft": "#e2f4e8",
    "warn": "#855100",
    "warn-soft": "#fdf0d3",
    "bad": "#b4232b",
    "bad-soft": "#fde7e7",
    "info": "#0a5cb8",
    "info-soft": "#e3eefc",
    "skip": "#566073",
    "skip-soft": "#e9edf3",
}
DARK = {
    "bg": "#0e1218",
    "card": "#161c26",
    "text": "#e7eaf0",
    "dim": "#9ba7ba",
    "line": "#2a3342",
    "code": "#212a38",
    "ok": "#62d58a",
    "ok-soft": "#12301d",
    "warn": "#f2bb55",
    "warn-soft": "#382a0c",
    "bad": "#ff918b",
    "bad-soft": "#421b1e",
    "info": "#82b9ff",
    "info-soft": "#13294a",
    "skip": "#9ba7ba",
    "skip-soft": "#232c3a",
}


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in colours.items())


STYLE = (
    f":root{{color-scheme:light dark;{_variables(LIGHT)}}}\n"
    f"@media (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}\n"
    r"""*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans",sans-serif}
main,header,footer{max-width:1180px;margin:0 auto;padding:0 24px}
header{padding-top:36px;padding-bottom:4px}
h1{font-size:30px;line-height:1.2;margin:0 0 6px;letter-spacing:-.02em;overflow-wrap:anywhere}
h2{font-size:18px;line-height:1.3;margin:0 0 14px;letter-spacing:-.01em}
h2 small{font-weight:400;font-size:13px;color:var(--dim);margin-left:8px;letter-spacing:0}
p{margin:0 0 12px}
a{color:var(--info)}
.meta{color:var(--dim);font-size:13px;margin:0;overflow-wrap:anywhere}
.top{display:flex;gap:16px;align-items:flex-start;justify-content:space-between;flex-wrap:wrap}
nav{margin:18px 0 0;font-size:14px}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:6px 18px;margin:0;padding:0}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:14px;margin:22px 0 0;padding:0;
list-style:none}
.cards li,section{background:var(--card);border:1px solid var(--line);border-radius:12px}
.cards li{padding:14px 18px 15px;border-top:3px solid var(--skip)}
.cards .label{display:block;font-size:12px;color:var(--dim);text-transform:uppercase;letter-spacing:.06em}
.cards .value{display:block;font-size:22px;font-weight:650;line-height:1.3;letter-spacing:-.01em;
overflow-wrap:anywhere}
.cards .note{display:block;font-size:13px;color:var(--dim);overflow-wrap:anywhere}
.cards li.ok{border-top-color:var(--ok)}.cards li.warn{border-top-color:var(--warn)}
.cards li.bad{border-top-color:var(--bad)}.cards li.info{border-top-color:var(--info)}
section{padding:20px 22px 22px;margin:18px 0 0}
.pill{display:inline-block;font-size:13px;font-weight:600;line-height:1.5;border-radius:999px;padding:1px 10px;
white-space:nowrap;
color:var(--skip);background:var(--skip-soft)}
.pill.big{font-size:16px;padding:5px 16px}
.pill.ok{color:var(--ok);background:var(--ok-soft)}.pill.warn{color:var(--warn);background:var(--warn-soft)}
.pill.bad{color:var(--bad);background:var(--bad-soft)}.pill.info{color:var(--info);background:var(--info-soft)}
table{border-collapse:collapse;width:100%;font-size:14px}
caption{text-align:left;color:var(--dim);font-size:13px;padding:0 0 8px}
th,td{text-align:left;vertical-align:top;padding:9px 14px 9px 0;border-bottom:1px solid var(--line);
overflow-wrap:anywhere}
thead th{font-size:12px;font-weight:600;color:var(--dim);text-transform:uppercase;letter-spacing:.05em;
padding-top:0;overflow-wrap:normal}
tbody th{font-weight:600}
tbody tr:last-child>*{border-bottom:0}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
th:last-child,td:last-child{padding-right:0}
td.tight,th.tight{width:1%;white-space:nowrap}td.what{width:26%;min-width:11em}td.bar{width:46%;min-width:150px}
td.text{white-space:pre-line}
.name{font-weight:600}
.what .dim{white-space:nowrap}
.tag{display:inline-block;font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;
color:var(--dim)}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
code{background:var(--code);border-radius:5px;padding:2px 6px;overflow-wrap:anywhere;white-space:pre-wrap;
-webkit-box-decoration-break:clone;box-decoration-break:clone}
pre{background:var(--code);border-radius:8px;padding:12px 14px;margin:0;overflow:auto;white-space:pre-wrap;
overflow-wrap:anywhere}
.fix{display:block;margin-top:5px}.fix.alone{margin-top:0}
.fix b{font-size:12px;font-weight:600;color:var(--dim);margin-right:6px}
.dim{color:var(--dim)}
svg{display:block;width:100%}
svg.track{height:18px;border-radius:4px}
.track .ground,.days .ground{fill:var(--code)}
.axis{display:flex;justify-content:space-between;color:var(--dim);font-size:12px;
font-variant-numeric:tabular-nums;margin-top:6px}
.axis.bars{margin-left:54%}
svg.days{height:150px}
.fill-ok{fill:var(--ok)}.fill-warn{fill:var(--warn)}.fill-bad{fill:var(--bad)}.fill-info{fill:var(--info)}
.fill-skip{fill:var(--skip)}
.grid{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0 0 12px;padding:0;list-style:none;font-size:13px;
color:var(--dim)}
.legend svg{display:inline-block;width:11px;height:11px;margin-right:6px;vertical-align:-1px}
details{margin-top:14px}
summary{cursor:pointer;color:var(--info);font-size:14px}
details[open]>summary{margin-bottom:12px}
ul.lines{margin:0;padding:0 0 0 18px}ul.lines li{overflow-wrap:anywhere}
section>*+ul.lines,section>*+pre,section>*+table{margin-top:14px}
footer{padding-top:22px;padding-bottom:40px;color:var(--dim);font-size:13px}
:focus-visible{outline:2px solid var(--info);outline-offset:2px}
@media (max-width:720px){
main,header,footer{padding-left:14px;padding-right:14px}
header{padding-top:22px}
h1{font-size:24px}
section{padding:16px 15px 14px}
.cards{grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:10px}
.cards li{padding:11px 13px 12px}.cards .value{font-size:19px}
table.stack,.stack tbody,.stack tr,.stack td,.stack tbody th{display:block;width:auto}
.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.stack tr{padding:12px 0;border-bottom:1px solid var(--line)}
.stack tr:first-child{padding-top:0}.stack tr:last-child{border-bottom:0;padding-bottom:0}
.stack td,.stack tbody th{border:0;padding:2px 0;text-align:left}
.stack td[data-label]:not(.bare)::before{content:attr(data-label) "  ";color:var(--dim);font-size:12px;
text-transform:uppercase;letter-spacing:.05em}
.stack td:empty{display:none}
.stack td.bar{padding:5px 0}
.stack td.tight{float:right;width:auto;padding:0 0 0 12px}
.axis.bars{margin-left:0}
}
@media print{
:root{"""
    + _variables(LIGHT)
    + r"""}
body{background:#fff;font-size:11pt}
main,header,footer{max-width:none;padding:0}
nav{display:none}
section,.cards li{break-inside:auto;border-color:#bbb}
tr,.cards li,svg{break-inside:avoid}
h2{break-after:avoid}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
"""
)
