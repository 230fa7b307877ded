
// Writes words beside their points, the important ones first, none over another.
const MAX_LABELS = 70;
const MAX_TRIED = 1500;

class Labels {
  constructor(context) {
    this.context = context;
    this.widths = new Map();
  }

  // Candidates are rows of words, the most important first; `strong` ones are bold.
  write(camera, candidates, strong, ratio, { ink, paper }) {
    const { context } = this, { width, height } = camera;
    const size = 13 * ratio, gap = 6 * ratio, placed = [];
    const plain = `${size}px system-ui, sans-serif`, bold = `bold ${plain}`;
    context.font = plain;
    context.strokeStyle = paper;
    context.fillStyle = ink;
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3.5 * ratio;
    let tried = 0;
    const done = new Set();
    for (const word of candidates) {
      if (placed.length >= MAX_LABELS || tried++ > MAX_TRIED) break;
      const x = camera.x[word], y = camera.y[word];
      if (done.has(word) || x < 0 || y < 0 || x > width || y > height) continue;
      done.add(word);
      const font = strong.has(word) ? bold : plain;
      const long = this.widthOf(word, font);
      const left = x + 2 * gap + long > width ? x - gap - long : x + gap;
      const box = [left - gap / 2, y - size * 0.7, left + long + gap / 2, y + size * 0.7];
      if (box[0] < 0 || box[1] < 0 || box[3] > height || placed.some((other) => overlap(box, other))) continue;
      placed.push(box);
      if (font === bold) context.font = bold;
      context.strokeText(cloud.name(word), left, y);
      context.fillText(cloud.name(word), left, y);
      if (font === bold) context.font = plain;
    }
  }

  widthOf(word, font) {
    const key = `${font} ${word}`;
    let width = this.widths.get(key);
    if (width === undefined) {
      const before = this.context.font;
      this.context.font = font;
      this.widths.set(key, (width = this.context.measureText(cloud.name(word)).width));
      this.context.font = before;
    }
    return width;
  }
}

const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
