// How the embedded search box looks; `--sightline-accent` and the page's own font and colours apply.
// A constructed sheet, since the other site's policy may forbid style elements.

export const STYLE = new CSSStyleSheet();

STYLE.replaceSync(`
:host { display: block; --accent: var(--sightline-accent, color-mix(in srgb, #4d918d 60%, currentColor)); --line: color-mix(in srgb, currentColor 22%, transparent);
  --wash: color-mix(in srgb, currentColor 8%, transparent); }
[hidden] { display: none !important; }
*, ::before, ::after { box-sizing: border-box; }
p, ul { margin: 0; padding: 0; list-style: none; }
button, input { font: inherit; color: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
form { position: relative; }
input[type=search] { width: 100%; height: 46px; border: 1px solid var(--line); border-radius: 23px; padding: 0 50px 0 20px;
  background: transparent; appearance: none; }
input::-webkit-search-cancel-button { display: none; }
form button { position: absolute; right: 5px; top: 3px; width: 40px; height: 40px; display: grid; place-items: center;
  border: 0; background: none; padding: 0; opacity: .7; }
form button:hover { opacity: 1; }
svg { width: 24px; height: 24px; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; }
.chip { display: inline-flex; align-items: center; gap: 8px; border: 1px solid var(--line); border-radius: 999px; padding: 3px;
  margin-top: 8px; font-size: .9em; }
.chip img { width: 32px; height: 32px; border-radius: 50%; object-fit: cover; }
.chip button { border: 0; background: none; padding: 4px 10px; }
.said { min-height: 1.5em; margin: 8px 0; font-size: .92em; opacity: .75; }
.grid { position: relative; }
.grid li { position: absolute; border-radius: 6px; overflow: hidden; background: var(--wash); }
.grid button { display: block; width: 100%; height: 100%; border: 0; padding: 0; background: none; }
.grid button:focus-visible { outline-offset: -3px; outline-width: 3px; }
.grid img { display: block; width: 100%; height: 100%; object-fit: cover; }
.more { display: block; margin: 14px auto 0; border: 1px solid var(--line); border-radius: 999px; background: none; padding: 8px 22px; }
dialog { border: 0; padding: 0; background: none; max-width: 96vw; max-height: 96vh; }
dialog::backdrop { background: #000c; }
dialog img { display: block; max-width: 96vw; max-height: 94vh; border-radius: 6px; }
dialog button { position: absolute; right: 8px; top: 8px; width: 40px; height: 40px; border: 0; border-radius: 50%;
  background: #000a; color: #fff; }
`);
