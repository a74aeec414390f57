import { dark, light, type Palette } from './palette';

const variables = (palette: Palette) =>
  Object.entries(palette)
    .map(([name, color]) => `--${name}:${String(color)}`)
    .join(';');

/** The one style sheet of a page: no font, no image and no script comes from elsewhere. */
export const styleSheet = `
:root{color-scheme:light dark;${variables(light)}}
@media (prefers-color-scheme:dark){:root{${variables(dark)}}}
@media print{:root{color-scheme:light;${variables({ ...light, page: '#ffffff' })}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
header,main,footer,nav{max-width:78rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.75rem}
h1{font-size:1.7rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.2rem;margin:0 0 .75rem}
h3{font-size:1rem;margin:1.25rem 0 .4rem;overflow-wrap:anywhere}
p{margin:.4rem 0}
a{color:var(--link)}
a:focus-visible,[tabindex]:focus-visible,summary:focus-visible{outline:2px solid var(--link);outline-offset:2px}
code{font:.88em/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
pre{margin:.35rem 0 .9rem;padding:.6rem .75rem;background:var(--neutralTint);border-radius:6px;overflow-x:auto}
pre code{overflow-wrap:normal}
pre code,td code{user-select:all}
.muted,.utc,footer{color:var(--muted)}
.utc{font-size:.86em;white-space:nowrap}
time{white-space:nowrap}
nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;list-style:none;margin:.9rem 0 0;padding:0}
main>section,main>div.alert{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:1.1rem 1.25rem;margin:1.1rem 0}
.alert{background:var(--badTint)!important;border-color:var(--bad)!important}
.alert h2{color:var(--bad)}
.alert li{overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem;margin:0 0 1rem;padding:0;list-style:none}
.cards li{border:1px solid var(--line);border-radius:8px;padding:.6rem .8rem}
.cards strong{display:block;font-size:1.6rem;line-height:1.2;font-variant-numeric:tabular-nums}
.cards .bad strong{color:var(--bad)}.cards .good strong{color:var(--good)}.cards .warning strong{color:var(--warning)}
.scroll{overflow-x:auto;margin:.5rem 0;border-radius:6px}
table{border-collapse:collapse;width:100%;font-size:.92rem;font-variant-numeric:tabular-nums}
.caption{margin:.6rem 0 .2rem;font-weight:600;font-size:.95rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
th,td{text-align:left;vertical-align:top;padding:.38rem 1rem .38rem 0;border-bottom:1px solid var(--line)}
thead th{color:var(--muted);font-weight:600;white-space:nowrap}
tbody th{font-weight:600;overflow-wrap:anywhere;min-width:9rem}
td.number,th.number{text-align:right;white-space:nowrap}
td.text{min-width:15rem;overflow-wrap:anywhere}
td.short{white-space:nowrap}
td.short small{white-space:normal}
td small,th small{display:block;color:var(--muted);font-weight:400;font-size:.86em;overflow-wrap:anywhere}
.tag{display:inline-block;padding:0 .45rem;border-radius:4px;white-space:nowrap;font-weight:600;font-size:.9em}
.tag.good{background:var(--goodTint);color:var(--good)}
.tag.bad{background:var(--badTint);color:var(--bad)}
.tag.warning{background:var(--warningTint);color:var(--warning)}
.tag.neutral{background:var(--neutralTint);color:var(--neutral)}
svg{display:block;max-width:100%}
svg[viewBox]{height:auto}
svg text{font:12px system-ui,sans-serif;fill:var(--muted)}
svg .over{paint-order:stroke;stroke:var(--panel);stroke-width:5px}
.f-good{fill:var(--good)}.f-bad{fill:var(--bad)}.f-warning{fill:var(--warning)}.f-neutral{fill:var(--neutral)}
.f-track{fill:var(--neutralTint)}.f-open{fill:none;stroke:var(--neutral);stroke-width:1.5}
.s-line{stroke:var(--line);stroke-width:1}.s-mark{stroke:var(--text);stroke-width:1.5;stroke-dasharray:3 3}
.strip{height:1.1rem;width:100%}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;margin:.4rem 0 0;padding:0;font-size:.9rem}
details{margin:.3rem 0}
summary{cursor:pointer;color:var(--link)}
ul.plain{margin:.3rem 0;padding-left:1.1rem}
footer{padding-top:.5rem;padding-bottom:2.5rem;font-size:.9rem}
@media (max-width:40rem){
body{font-size:14px}
header,main,footer,nav{padding-left:.8rem;padding-right:.8rem}
header{padding-top:1rem}
nav ul{flex-wrap:nowrap;overflow-x:auto;white-space:nowrap;padding-bottom:.3rem}
main>section,main>div.alert{padding:.85rem .8rem}
.cards{grid-template-columns:repeat(2,1fr)}
.cards li{padding:.35rem .6rem}
.cards strong{font-size:1.25rem}
table,tbody,tr,th,td{display:block}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{border-bottom:1px solid var(--line);padding:.4rem 0}
th,td{border:0;padding:.1rem 0}
td,td.number,td.short{display:flex;gap:.6rem;text-align:left;white-space:normal}
td::before{content:attr(data-of);flex:0 0 6.5rem;color:var(--muted);overflow-wrap:anywhere}
td>div{min-width:0}
td.text{display:block;min-width:0}
td.text::before{display:none}
td:has(>div:empty){display:none}
}
@media print{
body{font-size:9pt}
nav,details{display:none}
header,main,footer{padding-left:0;padding-right:0}
time,.utc,.tag,td.number,th.number,td.short,thead th{white-space:normal}
tbody th,td.text{min-width:0}
th,td{padding-right:.5rem}
main>section{border:0;padding:0;break-inside:auto}
h2,h3{break-after:avoid}
tr,svg{break-inside:avoid}
.scroll{overflow:visible}
}
`.trim();
