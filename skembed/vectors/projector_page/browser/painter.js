
// Draws discs into an array of pixels: fast without a graphics card, and the same everywhere.
const N_COLOURS = 6;
const OPACITY = 0.85;
const QUIET_OPACITY = 0.4; // of words in grey, if others have colours

// The colour of a custom property of the style sheet, as [red, green, blue].
const colourOf = (() => {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  return (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  };
})();

// The colours of the classes with the most words; the others share one.
const colourNames = (() => {
  const sizes = cloud.classes.map(() => 0);
  cloud.leaning?.forEach((code) => code >= 0 && sizes[code]++);
  const bySize = sizes.map((_, code) => code).sort((a, b) => sizes[b] - sizes[a] || a - b);
  const own = new Set(sizes.length > N_COLOURS ? bySize.slice(0, N_COLOURS - 1) : bySize);
  const names = [];
  let next = 0;
  for (const code of sizes.keys()) names.push(own.has(code) ? `class-${next++}` : "class-other");
  const listed = own.size < sizes.length ? bySize : [...sizes.keys()]; // those with a colour first
  return { names, sizes, listed, shared: own.size < sizes.length };
})();

class Painter {
  constructor(context) {
    this.context = context;
    this.discs = new Map();
    this.buckets = new Uint32Array(1025);
    this.drawn = new Uint32Array(cloud.n);
  }

  resize(width, height, ratio) {
    this.ratio = ratio;
    this.image = new ImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    const ofEach = Math.sqrt((0.2 * width * height) / Math.max(cloud.n, 1) / Math.PI);
    this.radius = Math.min(Math.max(ofEach, 1.2 + 0.5 * ratio), 5 * ratio);
  }

  // Choose the colour of each word; those of other classes than `only` fade into the paper.
  recolour(only) {
    const paper = colourOf("paper"), plain = colourOf("point");
    this.ofText = { ink: `rgb(${colourOf("ink")})`, paper: `rgb(${paper})` };
    const ofClass = colourNames.names.map((name, code) =>
      colourOf(code === only && name === "class-other" ? "accent" : name));
    const mixed = (from, to, share) => from.map((value, i) => Math.round(value + share * (to[i] - value)));
    const packed = ([red, green, blue]) => (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
    this.background = packed(paper);
    this.quiet = new Uint8Array(cloud.n);
    this.colours = new Uint32Array(cloud.n);
    for (let i = 0; i < cloud.n; i++) {
      const code = cloud.leaning ? cloud.leaning[i] : -1;
      let colour = plain;
      if (code >= 0) colour = mixed(plain, ofClass[code], Math.min(1, 0.45 + cloud.logOdds[i] / 4));
      if (only !== null && code !== only) colour = mixed(paper, plain, 0.4);
      const isGrey = code < 0 || colourNames.names[code] === "class-other";
      this.quiet[i] = cloud.leaning && (only === null ? isGrey : code !== only) ? 1 : 0;
      this.colours[i] = packed(colour);
    }
  }

  paint(camera) {
    this.pixels.fill(this.background);
    const enlarged = this.radius * Math.min(Math.max(Math.sqrt(camera.zoom), 0.8), 3);
    for (const word of this.farthestFirst(camera)) {
      const near = camera.flat ? 0 : camera.depth[word];
      const size = camera.flat ? 1 : VIEWER_DISTANCE / (VIEWER_DISTANCE - near);
      const fading = camera.flat ? 1 : Math.min(Math.max(0.65 + 0.5 * near, 0.25), 1);
      const opacity = fading * (this.quiet[word] ? QUIET_OPACITY : OPACITY);
      this.disc(camera.x[word], camera.y[word], enlarged * size, this.colours[word], opacity);
    }
    this.context.putImageData(this.image, 0, 0);
  }

  // Flat: the most important words last, so on top. Else by depth, sorted in buckets.
  farthestFirst(camera) {
    const { drawn, buckets } = this, { n } = cloud;
    if (camera.flat) {
      for (let i = 0; i < n; i++) drawn[i] = cloud.order[n - 1 - i];
      return drawn;
    }
    const bucketOf = (word) => Math.min(Math.max((camera.depth[word] + 2) * 256, 0), 1023) | 0;
    buckets.fill(0);
    for (let i = 0; i < n; i++) buckets[bucketOf(i) + 1]++;
    for (let i = 1; i < 1025; i++) buckets[i] += buckets[i - 1];
    for (let i = 0; i < n; i++) drawn[buckets[bucketOf(i)]++] = i;
    return drawn;
  }

  disc(x, y, radius, colour, opacity) {
    const { width, height } = this.image, { pixels } = this;
    const { side, cover } = this.coverOf(Math.round(radius * 2));
    const left = Math.round(x - side / 2), top = Math.round(y - side / 2);
    if (left <= -side || top <= -side || left >= width || top >= height) return;
    // Red and blue are mixed in one number, with a gap between them.
    const redBlue = colour & 0xff00ff, green = colour & 0xff00;
    const lastRow = Math.min(side, height - top), lastColumn = Math.min(side, width - left);
    for (let row = Math.max(0, -top); row < lastRow; row++) {
      const start = (top + row) * width + left;
      for (let column = Math.max(0, -left); column < lastColumn; column++) {
        const share = (cover[row * side + column] * opacity) | 0; // of 256
        if (share === 0) continue;
        const under = pixels[start + column];
        const underRedBlue = under & 0xff00ff, underGreen = under & 0xff00;
        pixels[start + column] =
          0xff000000 |
          ((underRedBlue + (Math.imul(redBlue - underRedBlue, share) >> 8)) & 0xff00ff) |
          ((underGreen + (Math.imul(green - underGreen, share) >> 8)) & 0xff00);
      }
    }
  }

  // How much of each pixel of a square a disc covers, of 256.
  coverOf(diameter) {
    let disc = this.discs.get(diameter);
    if (!disc) {
      const side = diameter + 2, middle = (side - 1) / 2;
      const cover = Float32Array.from({ length: side * side }, (_, i) => {
        const distance = Math.hypot((i % side) - middle, Math.floor(i / side) - middle);
        return 256 * Math.min(Math.max(diameter / 2 + 0.5 - distance, 0), 1);
      });
      this.discs.set(diameter, (disc = { side, cover }));
    }
    return disc;
  }
}
