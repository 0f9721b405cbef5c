import { rowStatuses } from '../../core/outcome.ts';

/** Of marks on light and on dark ground; the words beside them carry the meaning, too. */
const statusColours: Readonly<Record<(typeof rowStatuses)[number], readonly [light: string, dark: string]>> = {
  applied: ['#1a7f4b', '#4cc38a'],
  unchanged: ['#8a9099', '#7d8590'],
  invalid: ['#8250df', '#b392f0'],
  rejected: ['#c9332b', '#ff7b72'],
  conflict: ['#c4620d', '#f0983e'],
  failed: ['#8f1d3f', '#f2688f'],
  in_doubt: ['#a67c00', '#e3b341'],
  unprocessed: ['#4377b8', '#79b0f2'],
};

const colours = (scheme: 0 | 1): string =>
  rowStatuses.map((status) => `--${status}:${statusColours[status][scheme]};`).join('');

const lightColours = `--ground:#fbfbfa;--card:#fff;--ink:#1d2126;--quiet:#5a626c;--rule:#dfe2e6;--tint:#f0f2f4;--link:#1b5cc0;--old:#a12a22;--new:#156c3f;${colours(0)}`;
const darkColours = `--ground:#121518;--card:#191d21;--ink:#e6e9ec;--quiet:#a0a9b3;--rule:#30363d;--tint:#22272d;--link:#82b4ff;--old:#ff9c94;--new:#6fd8a3;${colours(1)}`;

const planStatuses =
  '.status.edit::before{background:var(--link)}rect.edit{fill:var(--link)}.status.unread::before{background:var(--in_doubt)}rect.unread{fill:var(--in_doubt)}';
const perStatus = rowStatuses
  .map((status) => `.status.${status}::before{background:var(--${status})}rect.${status}{fill:var(--${status})}`)
  .join('');

/** The page's whole style sheet. */
export const pageStyle = `
:root{color-scheme:light dark;${lightColours}}
@media (prefers-color-scheme:dark){:root{${darkColours}}}
*{box-sizing:border-box}
html{font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
header,main,footer{max-width:74rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:2.5rem}
h1{font-size:1.7rem;line-height:1.25;font-weight:650;letter-spacing:-.015em;margin:.15rem 0 .35rem}
h2{font-size:1.05rem;font-weight:650;margin:0 0 .75rem}
p{margin:0 0 .5rem}
code,.id,.command{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.9em}
.over,.note,.hint,footer,dt,figcaption,.axis{color:var(--quiet)}
.over{margin:0;font-size:.9rem}
section{margin:1.75rem 0 0}
.card{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:1.25rem}
.bar{display:block;width:100%;height:14px;border-radius:7px;overflow:hidden;background:var(--tint)}
.counts{list-style:none;display:flex;flex-wrap:wrap;gap:.35rem 1.5rem;margin:1rem 0 0;padding:0}
.counts b{font-weight:650}
.counts .meaning{color:var(--quiet);font-size:.88rem}
.status{white-space:nowrap}
.status::before{content:"";display:inline-block;width:.62em;height:.62em;border-radius:50%;margin-right:.45em}
${perStatus}
${planStatuses}
.warnings{list-style:none;margin:0;padding:0}
.warnings li{padding:.15rem 0 .15rem 1.5em;text-indent:-1.5em}
.warnings li::before{content:"!";display:inline-block;width:1.5em;text-indent:0;font-weight:700;color:var(--conflict)}
.changes{list-style:none;margin:0 0 1rem;padding:0}
.changes:last-child{margin-bottom:0}
.changes li{padding:.2rem 0}
.changes b{font-weight:650}
.changes .meaning{color:var(--quiet)}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,15rem),1fr));gap:.9rem 1.5rem;margin:1.25rem 0 0;padding:1.25rem 0 0;border-top:1px solid var(--rule)}
.facts div{min-width:0}
.facts .wide{grid-column:1/-1}
dt{font-size:.82rem}
dd{margin:0}
.chart{margin:0}
figcaption{font-size:.9rem;margin-bottom:.75rem}
.chart svg{display:block;width:100%;height:150px;border-bottom:1px solid var(--rule)}
.calls{fill:var(--link);opacity:.75}
.reads{fill:var(--unchanged);opacity:.75}
.key{color:var(--ink);white-space:nowrap;margin-right:.75em;opacity:1}
.key::before{content:"";display:inline-block;width:.7em;height:.7em;margin-right:.4em;background:var(--link);opacity:.75}
.key.reads::before{background:var(--unchanged)}
.quota,.resumed{vector-effect:non-scaling-stroke;stroke:var(--rejected);stroke-width:1.5;stroke-dasharray:6 4}
.resumed{stroke:var(--quiet);stroke-dasharray:2 3}
.axis{display:flex;justify-content:space-between;font-size:.82rem;margin:.3rem 0 .4rem}
.causes{list-style:none;margin:0;padding:0}
.causes li{padding:.9rem 0;border-top:1px solid var(--rule)}
.causes li:first-child{border-top:0;padding-top:0}
.causes li:last-child{padding-bottom:0}
.causes h3{font-size:1rem;font-weight:600;margin:0 0 .2rem}
.causes p{margin:0 0 .2rem}
.fix::before{content:"→ ";color:var(--quiet)}
.tools{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;margin-bottom:.75rem}
input[type=search]{font:inherit;color:inherit;background:var(--card);border:1px solid var(--quiet);border-radius:8px;padding:.45rem .7rem;width:21rem;max-width:100%}
fieldset{border:0;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.35rem;min-width:0}
.chip{position:relative;display:inline-flex}
.chip input{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0;cursor:pointer}
.chip span{border:1px solid var(--rule);border-radius:999px;padding:.2rem .7rem;background:var(--card);font-size:.9rem}
.chip input:checked+span{background:var(--ink);color:var(--ground);border-color:var(--ink)}
button{font:inherit;color:var(--link);background:none;border:0;padding:.15rem .1rem;cursor:pointer;border-radius:4px}
.pager button{border:1px solid var(--rule);border-radius:8px;padding:.3rem .8rem;background:var(--card)}
button:disabled{color:var(--quiet);cursor:default;opacity:.6}
button:focus-visible,input:focus-visible,.chip input:focus-visible+span,.skip:focus{outline:2px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem}
.sheet{padding:0;overflow:hidden}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.55rem .9rem;font-weight:400}
thead th{background:var(--tint);font-size:.85rem;border-bottom:1px solid var(--rule);padding-block:.35rem}
thead button{color:inherit;font-weight:600}
tbody tr+tr{border-top:1px solid var(--rule)}
.number{text-align:right;color:var(--quiet);width:1%}
.number,thead th{white-space:nowrap;overflow-wrap:normal}
.id{width:24%}
a{color:var(--link)}
.title{display:block;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-weight:600;font-size:1.1em}
.id small{color:var(--quiet);font-size:.95em}
.change{display:block}
.field{color:var(--quiet);margin-right:.35em}
del{color:var(--old);text-decoration-thickness:1px}
ins{color:var(--new);text-decoration:none;font-weight:600}
.none{color:var(--quiet);font-style:italic}
.arrow{color:var(--quiet)}
.message,.hint{margin:.15rem 0 0}
.hint{font-size:.9rem}
.pager{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;margin:.9rem 0 0}
.pager .range{color:var(--quiet)}
.command{background:var(--tint);border-radius:5px;padding:.1rem .4rem}
footer{padding-block:2rem 3rem;font-size:.88rem}
[hidden]{display:none!important}
@media (max-width:640px){
header,main,footer{padding-inline:1rem}
header{padding-top:1.5rem}
h1{font-size:1.4rem}
.card{padding:1rem}
.sheet{padding:0}
.counts{display:grid;gap:.35rem}
.facts{grid-template-columns:repeat(auto-fill,minmax(min(100%,9rem),1fr))}
input[type=search]{width:100%}
.tools label.search{width:100%}
table,tbody{display:block}
thead{display:block}
thead tr{display:flex;gap:.5rem;background:var(--tint)}
thead th,thead .number{border:0;width:auto}
thead th:last-child{display:none}
tbody tr{display:grid;grid-template-columns:auto 1fr;gap:.1rem .75rem;padding:.7rem .9rem}
tbody td,tbody th{padding:0;width:auto}
tbody .number{grid-column:1;grid-row:1}
tbody .number::before{content:"row "}
tbody .id{grid-column:1/-1;grid-row:2}
tbody td:nth-child(3){grid-column:2;grid-row:1;text-align:right}
.what{grid-column:1/-1;grid-row:3}
}
@media print{
:root{${lightColours}}
html{font-size:11px}
header,main,footer{max-width:none;padding-inline:0}
.tools,.pager,.causes button,.skip{display:none!important}
.card{border-color:#bbb;break-inside:avoid}
.sheet{break-inside:auto}
tr,li{break-inside:avoid}
thead{display:table-header-group}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
`;
