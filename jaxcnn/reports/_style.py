"""The style sheet of the page, for screens of any width, light or dark, and for paper."""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1d2329; --quiet: #59636e; --line: #d5dbe1; --shade: #f4f6f8;
  --link: #0060a0; --right: #00659e; --wrong: #b34700; --bar: #a6cee8; --bar-wrong: #f5b98f;
  --bar-other: #dfe3e7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15191e; --text: #e4e8ec; --quiet: #a3adb8; --line: #38414b; --shade: #1e242b;
    --link: #79bdf0; --right: #7cc4f5; --wrong: #ff9c5b; --bar: #1f5d86; --bar-wrong: #8a4a1c;
    --bar-other: #3b444e;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0 auto; padding: 0 1rem 3rem; max-width: 78rem;
  background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
header { padding: 1.5rem 0 0.5rem; }
h1 { font-size: clamp(1.5rem, 5vw, 2.1rem); line-height: 1.2; margin: 0 0 0.75rem; }
h2 { font-size: 1.35rem; line-height: 1.25; margin: 0 0 0.5rem; }
h1, h2, h3, dd, p, figcaption { overflow-wrap: anywhere; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 0.25rem; }
.result { font-size: clamp(2.2rem, 9vw, 3.4rem); font-weight: 700; line-height: 1.1; margin: 0; }
.interval, .lead, section > p, section > ul { max-width: 44rem; }
.interval { margin: 0.2rem 0 0.6rem; }
.note { max-width: 44rem; color: var(--quiet); font-size: 0.9rem; margin: 0 0 0.5rem; }
.lead { color: var(--quiet); margin: 0 0 1rem; }
a { color: var(--link); text-underline-offset: 0.15em; }
nav { border-block: 1px solid var(--line); padding: 0.75rem 0; margin: 1rem 0; }
nav h2 { font-size: 1rem; }
nav ol { margin: 0; padding-left: 1.6rem; columns: 15rem; column-gap: 2rem; }
nav li { break-inside: avoid; padding: 0.1rem 0; }
section > .gallery { max-width: none; }
section { padding: 1.75rem 0; border-bottom: 1px solid var(--line); }
figure { margin: 1.25rem 0 0; }
.picture {
  background: #ffffff; border: 1px solid var(--line); border-radius: 6px; padding: 0.5rem;
  overflow-x: auto; width: fit-content; max-width: 100%;
}
.picture img { display: block; height: auto; max-width: 100%; }
figcaption { max-width: 44rem; margin-top: 0.5rem; font-size: 0.92rem; }
figcaption b { display: block; }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: 0.88rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: 0.4rem; font-size: 0.92rem; }
th, td {
  padding: 0.25rem 0.7rem 0.25rem 0; text-align: left; vertical-align: top; white-space: nowrap;
}
thead th { border-bottom: 1px solid var(--quiet); vertical-align: bottom; }
tbody th { font-weight: 600; }
tbody tr { border-bottom: 1px solid var(--line); }
.number { text-align: right; }
dl { margin: 0.5rem 0; columns: 19rem; column-gap: 2.5rem; font-size: 0.92rem; }
dl > div {
  display: flex; gap: 1rem; justify-content: space-between; break-inside: avoid;
  border-bottom: 1px solid var(--line); padding: 0.2rem 0;
}
dt { color: var(--quiet); flex: none; max-width: 60%; }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
.gallery {
  list-style: none; margin: 1rem 0; padding: 0; display: grid; gap: 1.1rem 1rem;
  grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr));
}
.gallery img, .strip img, .query img {
  display: block; width: 100%; height: auto; image-rendering: pixelated; border-radius: 3px;
}
.gallery p { margin: 0.35rem 0 0; font-size: 0.85rem; line-height: 1.35; }
.gallery .file, .strip .file, .query .file {
  color: var(--quiet); font-size: 0.75rem; overflow-wrap: anywhere;
}
.right { color: var(--right); font-weight: 600; }
.wrong { color: var(--wrong); font-weight: 600; }
.bars { list-style: none; margin: 0.3rem 0 0; padding: 0; font-size: 0.8rem; }
.bars li {
  display: flex; justify-content: space-between; gap: 0.4rem; padding: 0.05rem 0.3rem;
  margin-top: 2px; border-radius: 2px; color: var(--text);
  background: linear-gradient(var(--fill), var(--fill)) no-repeat 0 0 / var(--part) 100%;
}
.bars span { overflow-wrap: anywhere; min-width: 0; }
.bars .truth { --fill: var(--bar); }
.bars .false { --fill: var(--bar-wrong); }
.bars .other { --fill: var(--bar-other); }
.strips { margin: 1rem 0; display: grid; gap: 0.9rem; }
.strip {
  display: grid; grid-template-columns: minmax(0, 1.4fr) repeat(5, minmax(0, 1fr)); gap: 0.5rem;
  max-width: 44rem;
}
.strip p { margin: 0.2rem 0 0; font-size: 0.75rem; line-height: 1.25; overflow-wrap: anywhere; }
.beside { display: flex; flex-wrap: wrap; gap: 0 1.5rem; align-items: flex-start; }
.beside .wide { min-width: 0; }
.query { width: 8.5rem; margin: 1rem 0; }
.query p { margin: 0.35rem 0 0; font-size: 0.85rem; line-height: 1.35; overflow-wrap: anywhere; }
footer { color: var(--quiet); padding-top: 1rem; font-size: 0.88rem; }
@media (min-width: 70rem) {
  body { display: grid; grid-template-columns: 15rem minmax(0, 1fr); column-gap: 2.5rem; }
  header, footer { grid-column: 2; }
  nav {
    grid-column: 1; grid-row: 1 / span 3; align-self: start; position: sticky; top: 0;
    max-height: 100vh; overflow-y: auto; border: 0; margin: 0; padding: 1.75rem 0;
    font-size: 0.9rem;
  }
  nav ol { columns: auto; }
  main { grid-column: 2; }
}
@media print {
  :root { --page: #ffffff; --text: #000000; --quiet: #444444; --line: #cccccc; }
  body { display: block; max-width: none; font-size: 10pt; padding: 0; }
  nav { position: static; max-height: none; }
  a { color: inherit; text-decoration: none; }
  figure, .gallery > li, .strip { break-inside: avoid; }
  h2, .lead { break-after: avoid; }
  .wide, .picture { overflow: visible; }
  .picture img { min-width: 0 !important; max-width: 100%; }
  .bars li, .picture { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
