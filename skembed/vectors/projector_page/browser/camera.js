
// Where each word is on the screen: what the view is centred on, how it is turned, how near it is.
const VIEWER_DISTANCE = 4; // in radii of the cloud; the nearer, the stronger the perspective

class Camera {
  constructor(points) {
    this.points = points;
    this.n = points.length / 3;
    this.x = new Float32Array(this.n);
    this.y = new Float32Array(this.n);
    this.depth = new Float32Array(this.n); // larger is nearer
    this.flat = true;
    this.width = this.height = 1;
    this.measure();
    this.reset();
  }

  reset() {
    this.target = this.flat ? [...this.middle, 0] : [0, 0, 0];
    this.rotation = this.flat ? [1, 0, 0, 0, 1, 0, 0, 0, 1] : turned([1, 0, 0, 0, 1, 0, 0, 0, 1], 0.5, 0.35);
    this.zoom = 1;
  }

  // The box of the flat picture, and the radius of a ball with 99 % of the words.
  measure() {
    const axes = [0, 1, 2].map((axis) => this.points.filter((_, i) => i % 3 === axis));
    const low = axes.map((values) => values.reduce((a, b) => Math.min(a, b), Infinity));
    const high = axes.map((values) => values.reduce((a, b) => Math.max(a, b), -Infinity));
    this.middle = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2];
    this.extent = [0, 1].map((axis) => Math.max((high[axis] - low[axis]) / 2, 1e-6));
    const radii = axes[0].map((x, i) => Math.hypot(x, axes[1][i], axes[2][i])).sort();
    this.radius = Math.max(radii[Math.floor(0.99 * (this.n - 1))], 1e-6);
  }

  // Pixels for one unit of the cloud at the depth of the target.
  get scale() {
    const { width, height } = this;
    const fit = this.flat
      ? Math.min(width / 2 / this.extent[0], height / 2 / this.extent[1])
      : Math.min(width, height) / 2 / this.radius;
    return 0.9 * fit * this.zoom;
  }

  project() {
    const { points, x, y, depth, flat } = this;
    const [a, b, c, d, e, f, g, h, i] = this.rotation;
    const [tx, ty, tz] = this.target;
    const scale = this.scale, centreX = this.width / 2, centreY = this.height / 2;
    for (let word = 0, at = 0; word < this.n; word++, at += 3) {
      const dx = points[at] - tx, dy = points[at + 1] - ty, dz = points[at + 2] - tz;
      const near = g * dx + h * dy + i * dz;
      const size = flat ? scale : (scale * VIEWER_DISTANCE) / (VIEWER_DISTANCE - near);
      x[word] = centreX + size * (a * dx + b * dy + c * dz);
      y[word] = centreY - size * (d * dx + e * dy + f * dz);
      depth[word] = near;
    }
  }

  // Move the picture by pixels.
  pan(dx, dy) {
    const [a, b, c, d, e, f] = this.rotation;
    const right = -dx / this.scale, up = dy / this.scale;
    this.target[0] += right * a + up * d;
    this.target[1] += right * b + up * e;
    if (!this.flat) this.target[2] += right * c + up * f;
  }

  // Turn by radians around the vertical and the horizontal of the screen.
  turn(aside, down) {
    this.rotation = turned(this.rotation, aside, down);
  }

  // Zoom so that what is at a pixel stays there.
  zoomAt(factor, x, y) {
    const dx = x - this.width / 2, dy = y - this.height / 2;
    this.pan(-dx, -dy);
    this.zoom = Math.min(Math.max(this.zoom * factor, 0.2), 500);
    this.pan(dx, dy);
  }

  centreOn(word, share) {
    for (let axis = 0; axis < 3; axis++) {
      this.target[axis] += share * (this.points[3 * word + axis] - this.target[axis]);
    }
    if (this.flat) this.target[2] = 0;
  }
}

function turned(rotation, aside, down) {
  const [a, b, c, d, e, f, g, h, i] = rotation;
  const ca = Math.cos(aside), sa = Math.sin(aside), cd = Math.cos(down), sd = Math.sin(down);
  const right = [ca * a + sa * g, ca * b + sa * h, ca * c + sa * i];
  const near = [ca * g - sa * a, ca * h - sa * b, ca * i - sa * c];
  const up = [d, e, f];
  return [
    ...right,
    ...up.map((value, axis) => cd * value - sd * near[axis]),
    ...near.map((value, axis) => sd * up[axis] + cd * value),
  ];
}
