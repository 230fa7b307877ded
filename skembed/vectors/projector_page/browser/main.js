
// What is chosen and seen, and what the mouse, fingers and keys change of it.
const MAX_PIXELS = 2.5e6; // of the picture, so that it moves smoothly without a graphics card
const canvas = element("canvas");
const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
const camera = new Camera(cloud.points);
const painter = new Painter(context);
const labels = new Labels(context);
const state = { chosen: null, hovered: null, matches: [], only: null };
let ratio = 1, waiting = false;

function redraw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    draw();
  });
}

function draw() {
  if (!painter.image) return;
  camera.project();
  painter.paint(camera);
  const { chosen, hovered, matches, only } = state;
  const near = chosen === null ? [] : cloud.neighborsOf(chosen).map(({ word }) => word);
  const first = [chosen, hovered].filter((word) => word !== null);
  context.strokeStyle = painter.ofText.ink;
  context.lineWidth = 1.5 * ratio;
  context.beginPath();
  for (const word of near) {
    context.moveTo(camera.x[chosen], camera.y[chosen]);
    context.lineTo(camera.x[word], camera.y[word]);
  }
  for (const word of [...first, ...near, ...matches.slice(0, MAX_LISTED)]) {
    const radius = (word === chosen ? 7 : 4) * ratio;
    context.moveTo(camera.x[word] + radius, camera.y[word]);
    context.arc(camera.x[word], camera.y[word], radius, 0, 2 * Math.PI);
  }
  context.stroke();
  const strong = [...first, ...near];
  labels.write(camera, candidates([...strong, ...matches], only), new Set(strong), ratio, painter.ofText);
}

function* candidates(first, only) {
  yield* first;
  for (const word of cloud.order) {
    if (only === null || cloud.leaning[word] === only) yield word;
  }
}

function choose(word, centre = true) {
  state.chosen = word;
  showDetails(word, (next) => {
    choose(next);
    element("word").focus();
  });
  const name = word === null ? "" : `, ${cloud.name(word)} chosen`;
  canvas.setAttribute("aria-label", `Cloud of ${plural(cloud.n, "word")}${name}`);
  if (word !== null && centre) glideTo(word);
  redraw();
}

// Centre the view on a word within a quarter of a second, or at once if less motion is wanted.
function glideTo(word) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return camera.centreOn(word, 1);
  let steps = 15;
  const step = () => {
    if (state.chosen !== word || steps === 0) return;
    camera.centreOn(word, 1 / steps--);
    draw();
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

function nearestTo(x, y) {
  let nearest = null, least = (14 * ratio) ** 2;
  for (let i = 0; i < cloud.n; i++) {
    const distance = (camera.x[i] - x) ** 2 + (camera.y[i] - y) ** 2;
    if (distance < least) [nearest, least] = [i, distance];
  }
  return nearest;
}

// Mouse and fingers: one drags or turns, two zoom and drag, a tap chooses a word.
const pointers = new Map();
let moved = 0;
const place = (event) => ({ x: event.offsetX * ratio, y: event.offsetY * ratio });

canvas.addEventListener("pointerdown", (event) => {
  if (pointers.size === 0) moved = 0;
  pointers.set(event.pointerId, place(event));
  canvas.setPointerCapture(event.pointerId);
});

canvas.addEventListener("pointermove", (event) => {
  const now = place(event), before = pointers.get(event.pointerId);
  if (!before) {
    const hovered = nearestTo(now.x, now.y);
    if (hovered === state.hovered) return;
    state.hovered = hovered;
    canvas.classList.toggle("over", hovered !== null);
    return redraw();
  }
  const dx = now.x - before.x, dy = now.y - before.y;
  moved += Math.hypot(dx, dy);
  const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
  if (other) {
    const [far, farBefore] = [now, before].map((at) => Math.max(Math.hypot(at.x - other.x, at.y - other.y), 1));
    camera.pan(dx / 2, dy / 2);
    camera.zoomAt(far / farBefore, (now.x + other.x) / 2, (now.y + other.y) / 2);
  } else if (camera.flat || event.shiftKey || event.buttons & 6) {
    camera.pan(dx, dy);
  } else {
    camera.turn((dx / ratio) * 0.008, (dy / ratio) * 0.008);
  }
  pointers.set(event.pointerId, now);
  redraw();
});

canvas.addEventListener("pointerup", (event) => {
  pointers.delete(event.pointerId);
  const { x, y } = place(event);
  if (moved < 5 * ratio && event.button === 0) choose(nearestTo(x, y), false);
});
canvas.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
canvas.addEventListener("pointerleave", () => {
  state.hovered = null;
  redraw();
});
canvas.addEventListener("contextmenu", (event) => event.preventDefault());

canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  const { x, y } = place(event), lines = event.deltaMode === 0 ? 1 : 30;
  camera.zoomAt(Math.exp(-event.deltaY * lines * 0.0015), x, y);
  redraw();
}, { passive: false });

canvas.addEventListener("keydown", (event) => {
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const zooms = { "+": 1.25, "=": 1.25, "-": 0.8 };
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in arrows) {
    const [dx, dy] = arrows[event.key];
    if (camera.flat || event.shiftKey) camera.pan(-40 * ratio * dx, -40 * ratio * dy);
    else camera.turn(0.12 * dx, 0.12 * dy);
  } else if (event.key in zooms) {
    camera.zoomAt(zooms[event.key], camera.width / 2, camera.height / 2);
  } else if (event.key === "0") {
    camera.reset();
  } else {
    return;
  }
  event.preventDefault();
  redraw();
});

// Buttons and search.
for (const id of ["flat", "deep"]) {
  element(id).addEventListener("click", () => {
    camera.flat = id === "flat";
    camera.reset();
    element("flat").setAttribute("aria-pressed", String(camera.flat));
    element("deep").setAttribute("aria-pressed", String(!camera.flat));
    redraw();
  });
}
element("reset").addEventListener("click", () => {
  camera.reset();
  redraw();
});
element("clear").addEventListener("click", () => {
  choose(null);
  element("query").focus();
});
element("query").addEventListener("input", () => {
  state.matches = search(element("query").value);
  showMatches(element("query").value, state.matches, choose);
  redraw();
});
element("search").addEventListener("submit", (event) => {
  event.preventDefault();
  if (state.matches.length) choose(state.matches[0]);
});

// Light and dark.
const dark = matchMedia("(prefers-color-scheme: dark)");
function showTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  const now = document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
  element("theme").textContent = now === "dark" ? "Light" : "Dark";
  element("theme").dataset.next = now === "dark" ? "light" : "dark";
  painter.recolour(state.only);
  redraw();
}
element("theme").addEventListener("click", () => showTheme(element("theme").dataset.next));
dark.addEventListener("change", () => showTheme());

new ResizeObserver(() => {
  const finest = Math.sqrt(MAX_PIXELS / Math.max(canvas.clientWidth * canvas.clientHeight, 1));
  ratio = Math.min(window.devicePixelRatio || 1, 2, Math.max(finest, 1));
  canvas.width = camera.width = Math.max(Math.round(canvas.clientWidth * ratio), 1);
  canvas.height = camera.height = Math.max(Math.round(canvas.clientHeight * ratio), 1);
  painter.resize(canvas.width, canvas.height, ratio);
  draw();
}).observe(canvas);

summarize();
showLegend((only) => {
  state.only = only;
  painter.recolour(only);
  redraw();
});
showTheme();
choose(null);
