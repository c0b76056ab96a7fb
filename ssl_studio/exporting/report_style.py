"""The look of a report: light, dark, and on paper."""

STYLE = """
:root { --ground: #fbfbfa; --panel: #ffffff; --text: #1d2126; --muted: #5f6873; --line: #dfe2e6;
  --accent: #2f6fdb; --warning: #b06a00; --s0: #2f6fdb; --s1: #d9772b; --s2: #2a9d6f; --s3: #a64ac9;
  --s4: #c43d4b; --s5: #808a96; --s6: #14919b; --s7: #b59410; }
@media (prefers-color-scheme: dark) { :root { --ground: #16191d; --panel: #1e2227; --text: #e6e8eb;
  --muted: #9aa4b0; --line: #343a42; --accent: #74a4f5; --warning: #e0a14a; --s0: #74a4f5;
  --s1: #eb9a5c; --s2: #5cc79a; --s3: #c58be0; --s4: #e5737f; --s5: #97a1ad; --s6: #58bcc5;
  --s7: #d8bb4b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
header, main, footer { max-width: 1060px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 36px; }
h1 { margin: 0; font-size: 30px; line-height: 1.2; overflow-wrap: anywhere; }
header p { color: var(--muted); margin: 6px 0 12px; }
nav { display: flex; flex-wrap: wrap; gap: 4px 18px; border-bottom: 1px solid var(--line);
  padding-bottom: 12px; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
h2 { font-size: 20px; margin: 36px 0 12px; }
h3 { font-size: 15px; margin: 18px 0 6px; }
small { color: var(--muted); font-weight: 400; margin-left: 10px; }
footer { color: var(--muted); padding-top: 36px; padding-bottom: 36px; }
.facts { display: flex; flex-wrap: wrap; gap: 12px; margin: 0; }
.facts div { background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
  padding: 10px 16px; min-width: 128px; }
.facts dt { color: var(--muted); font-size: 13px; }
.facts dd { margin: 0; font-size: 20px; font-weight: 600; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr));
  gap: 8px 32px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
table.plain { width: 100%; font-size: 14px; }
table.plain th, table.plain td { text-align: left; vertical-align: top; font-weight: 400;
  padding: 3px 8px 3px 0; border-bottom: 1px solid var(--line); }
table.plain th { color: var(--muted); width: 46%; }
table.plain td { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table.scores th, table.scores td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line);
  text-align: left; font-weight: 400; }
table.scores thead th { color: var(--muted); font-size: 13px; }
.num { text-align: right !important; }
table.heat { font-size: 12px; }
table.heat th { font-weight: 400; padding: 2px 6px; text-align: right; }
table.heat thead th { max-width: 74px; overflow: hidden; text-overflow: ellipsis; }
table.heat td { min-width: 38px; padding: 3px 6px; border: 1px solid var(--ground);
  background: color-mix(in srgb, var(--accent) calc(var(--share) * 85%), var(--panel)); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(340px, 1fr)); gap: 16px; }
figure { margin: 0; }
.charts figure { background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
  padding: 10px 12px; }
figcaption { color: var(--muted); font-size: 13px; }
svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--muted); font-size: 10px; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg polyline { fill: none; stroke-width: 1.5; stroke-linejoin: round; }
svg .level { stroke: var(--warning); stroke-width: 1.4; stroke-dasharray: 5 4; }
.s0 { stroke: var(--s0); } .s1 { stroke: var(--s1); } .s2 { stroke: var(--s2); }
.s3 { stroke: var(--s3); } .s4 { stroke: var(--s4); } .s5 { stroke: var(--s5); }
.s6 { stroke: var(--s6); } .s7 { stroke: var(--s7); }
.dot { fill: var(--panel); stroke-width: 1.6; }
.f0 { fill: var(--s0); background: var(--s0); } .f1 { fill: var(--s5); background: var(--s5); }
.f2 { fill: var(--s2); background: var(--s2); } .f3 { fill: var(--s3); background: var(--s3); }
.f4 { fill: var(--s4); background: var(--s4); } .f5 { fill: var(--s1); background: var(--s1); }
.f6 { fill: var(--s6); background: var(--s6); } .f7 { fill: var(--s7); background: var(--s7); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 2px 0; color: var(--muted);
  font-size: 12px; }
.legend i, h3 i { display: inline-block; width: 10px; height: 10px; border-radius: 3px;
  margin-right: 6px; }
i.k0 { background: var(--s0); } i.k1 { background: var(--s1); } i.k2 { background: var(--s2); }
i.k3 { background: var(--s3); } i.k4 { background: var(--s4); } i.k5 { background: var(--s5); }
i.k6 { background: var(--s6); } i.k7 { background: var(--s7); }
i.level { background: var(--warning); }
.cluster { background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
  padding: 4px 14px 12px; margin-bottom: 10px; break-inside: avoid; }
.strip { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; margin-top: 6px;
  break-inside: avoid; }
.strip > span { color: var(--muted); font-size: 12px; width: 72px; }
.strip img { width: 76px; height: 76px; object-fit: contain; border-radius: 4px; }
.strip b img { outline: 2px solid var(--accent); outline-offset: 1px; margin-right: 10px; }
.strip figure img { width: 128px; height: 128px; image-rendering: pixelated; }
.tiles { display: flex; flex-wrap: wrap; gap: 4px; }
.tiles img { width: 52px; height: 52px; image-rendering: pixelated; border-radius: 3px; }
.map img { width: 100%; max-width: 760px; background: var(--panel); border: 1px solid var(--line);
  border-radius: 8px; }
.remarks { color: var(--warning); font-size: 14px; }
@media print { :root { --ground: #ffffff; --panel: #ffffff; --text: #000000; --muted: #444444;
  --line: #bbbbbb; --accent: #1f4fa8; --warning: #8a5200; --s0: #1f4fa8; --s5: #777777; }
  body { font-size: 11px; } nav { display: none; }
  header, main, footer { max-width: none; padding: 0; }
  section { break-inside: auto; } h2, h3 { break-after: avoid; } figure { break-inside: avoid; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
"""
