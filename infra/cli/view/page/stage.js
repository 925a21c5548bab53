// The picture with the drawing over it: pointers and keys in, SVG out. Its units are CSS pixels, so that lines and
// corners have the same size on every screen; the drawing's units are fractions of the picture.

const NEAR = 8; // px: a point this close to the border or a corner snaps to it
const FINGER = 16; // px: the radius in which a pointer hits a corner
const STEP = 1 / 200;
const FAR = 10; // steps, with Shift

const SVG = "http://www.w3.org/2000/svg";
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const round = (share) => Math.round(Math.min(1, Math.max(0, share)) * 1e4) / 1e4;

function element(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

export class Stage {
  people = [];
  #stage;
  #overlay;
  #drawing;
  #classOf;
  #cross = null;
  #corner = null;
  #drag = null;
  #pointer = null;

  /** `classOf(polygon)` is the CSS class of its colour. */
  constructor(stage, overlay, drawing, classOf) {
    this.#stage = stage;
    this.#overlay = overlay;
    this.#drawing = drawing;
    this.#classOf = classOf;
    overlay.addEventListener("pointerdown", (event) => this.#down(event));
    overlay.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) overlay.addEventListener(end, () => (this.#drag = null));
    overlay.addEventListener("pointerleave", () => this.#hover(null));
    overlay.addEventListener("click", (event) => this.#click(event));
    stage.addEventListener("keydown", (event) => this.#key(event));
    stage.addEventListener("blur", () => this.#showCross(null));
    new ResizeObserver(() => this.render()).observe(stage);
  }

  /** The corner of the selected polygon that the keys move, if any. */
  get corner() {
    const polygon = this.#selected;
    return polygon && this.#corner !== null && this.#corner < polygon.corners.length ? this.#corner : null;
  }

  get #selected() {
    return this.#drawing.find(this.#drawing.selected);
  }

  get #size() {
    return [this.#stage.clientWidth, this.#stage.clientHeight];
  }

  focus() {
    this.#stage.focus({ preventScroll: true });
  }

  // ---- in: pointers

  #down(event) {
    const { corner, middle } = event.target.dataset;
    if (this.#drawing.draft || (corner === undefined && middle === undefined)) return;
    event.preventDefault();
    this.focus();
    this.#drawing.remember();
    const id = this.#drawing.selected;
    const at = Number(corner ?? middle);
    if (middle !== undefined) this.#drawing.insert(id, at, this.#at(event));
    this.#corner = at;
    this.#drag = { id, at };
    this.#overlay.setPointerCapture(event.pointerId);
    this.render();
  }

  #move(event) {
    if (this.#drag) this.#drawing.move(this.#drag.id, this.#drag.at, this.#snapped(this.#at(event), this.#drag));
    else if (this.#drawing.draft) this.#hover(this.#at(event));
  }

  #hover(point) {
    if (!this.#drawing.draft || (!point && !this.#pointer)) return;
    this.#pointer = point;
    this.render();
  }

  #click(event) {
    this.focus();
    if (this.#drawing.draft) {
      this.#showCross(null);
      this.#placeOrClose(this.#at(event));
      return;
    }
    const { corner, middle, polygon } = event.target.dataset;
    if (corner !== undefined || middle !== undefined) return;
    this.#corner = null;
    this.#drawing.select(polygon === undefined ? null : Number(polygon));
  }

  #placeOrClose(point) {
    const { corners } = this.#drawing.draft;
    const closes = corners.length > 2 && this.#distance(point, corners[0]) <= FINGER && this.#drawing.close();
    if (!closes) this.#drawing.place(this.#snapped(point));
  }

  #at(event) {
    const bounds = this.#stage.getBoundingClientRect();
    return [round((event.clientX - bounds.left) / bounds.width), round((event.clientY - bounds.top) / bounds.height)];
  }

  /** Snap to a close corner of another polygon or to the border, so that zones share edges without a gap. */
  #snapped(point, moved = null) {
    for (const { id, corners } of this.#drawing.polygons) {
      const near = id !== moved?.id && corners.find((corner) => this.#distance(point, corner) <= NEAR);
      if (near) return [...near];
    }
    return point.map((share, axis) => {
      const near = NEAR / this.#size[axis];
      return share < near ? 0 : share > 1 - near ? 1 : share;
    });
  }

  #distance(a, b) {
    const [width, height] = this.#size;
    return Math.hypot((a[0] - b[0]) * width, (a[1] - b[1]) * height);
  }

  // ---- in: keys

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    const handled = arrow ? this.#shift(arrow, event.shiftKey ? FAR : 1) : this.#press(event.key);
    if (handled) event.preventDefault();
  }

  #press(key) {
    const drawing = this.#drawing;
    if (drawing.draft) {
      if (key === " ") drawing.place(this.#showCross(this.#cross ?? [0.5, 0.5]));
      else if (key === "Enter") drawing.close();
      else if (key === "Escape") drawing.cancel();
      else if (key === "Backspace") drawing.undo();
      else return false;
      return true;
    }
    const polygon = this.#selected;
    if (!polygon) return false;
    if (key === "n") this.#corner = ((this.corner ?? -1) + 1) % polygon.corners.length;
    else if (key === "Escape") this.#escape();
    else if (key === "Delete" || key === "Backspace") this.#delete(polygon);
    else return false;
    this.render();
    return true;
  }

  #escape() {
    if (this.corner === null) this.#drawing.select(null);
    this.#corner = null;
  }

  #delete(polygon) {
    if (this.corner === null) this.#drawing.remove(polygon.id);
    else this.#drawing.removeCorner(polygon.id, this.corner);
  }

  #shift([x, y], steps) {
    const moved = (point) => [round(point[0] + x * steps * STEP), round(point[1] + y * steps * STEP)];
    if (this.#drawing.draft) {
      this.#showCross(this.#cross ? moved(this.#cross) : [0.5, 0.5]);
    } else if (this.corner !== null) {
      const { id, corners } = this.#selected;
      this.#drawing.remember();
      this.#drawing.move(id, this.corner, moved(corners[this.corner]));
    } else {
      return false;
    }
    return true;
  }

  #showCross(point) {
    if (point === this.#cross) return point;
    this.#cross = point;
    this.render();
    return point;
  }

  // ---- out

  render() {
    const [width, height] = this.#size;
    const { polygons, draft } = this.#drawing;
    if (!draft) this.#cross = this.#pointer = null;
    this.#stage.classList.toggle("drawing", draft !== null);
    this.#overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const selected = this.#selected;
    this.#overlay.replaceChildren(
      ...polygons.map((polygon) => this.#polygon(polygon)),
      ...this.people.map((person) => this.#person(person)),
      ...(selected && !draft ? [this.#handles(selected)] : []),
      ...(draft ? [this.#draft(draft)] : []),
      ...(draft && this.#cross ? [this.#crosshair(this.#cross)] : []),
    );
  }

  #px([x, y]) {
    const [width, height] = this.#size;
    return [x * width, y * height];
  }

  #points(corners) {
    return corners.map((corner) => this.#px(corner).map((value) => value.toFixed(1)).join()).join(" ");
  }

  #polygon(polygon) {
    const { id, corners, name } = polygon;
    const chosen = id === this.#drawing.selected ? " selected" : "";
    return element(
      "g",
      { class: this.#classOf(polygon) + chosen },
      element("polygon", { class: "shape", points: this.#points(corners), "data-polygon": id }),
      this.#label(centre(corners), name),
    );
  }

  #label(point, text) {
    const [x, y] = this.#px(point);
    return element("text", { class: "label", x, y, dy: "0.35em" }, text);
  }

  #handles(polygon) {
    const { corners } = polygon;
    const group = element("g", { class: this.#classOf(polygon) });
    corners.forEach((corner, at) => {
      const next = corners[(at + 1) % corners.length];
      const middle = [(corner[0] + next[0]) / 2, (corner[1] + next[1]) / 2];
      if (this.#distance(corner, next) > 4 * FINGER) group.append(...this.#handle(middle, "middle", at + 1, 4));
    });
    corners.forEach((corner, at) => {
      const current = at === this.corner ? " current" : "";
      group.append(...this.#handle(corner, "corner", at, 7, current));
    });
    return group;
  }

  #handle(point, kind, at, radius, extra = "") {
    const [cx, cy] = this.#px(point);
    return [
      element("circle", { class: kind + extra, cx, cy, r: radius }),
      element("circle", { class: "touch", cx, cy, r: FINGER, [`data-${kind}`]: at }),
    ];
  }

  #draft({ kind, corners }) {
    const tip = this.#cross ?? this.#pointer;
    const outline = tip ? [...corners, tip] : corners;
    const dots = corners.map((corner) => {
      const [cx, cy] = this.#px(corner);
      return element("circle", { class: "corner", cx, cy, r: 5 });
    });
    return element(
      "g",
      { class: `draft ${this.#classOf({ kind })}` },
      element("polygon", { class: "shape", points: this.#points(outline) }),
      ...dots,
    );
  }

  #crosshair(point) {
    const [x, y] = this.#px(point);
    const d = `M${x - 14} ${y}h28M${x} ${y - 14}v28`;
    return element("g", {}, element("path", { class: "cross shadow", d }), element("path", { class: "cross", d }));
  }

  #person({ box, foot, confidence, counted, zones }) {
    const [x, y] = this.#px([box[0], box[1]]);
    const [width, height] = this.#px([box[2], box[3]]);
    const [cx, cy] = this.#px(foot);
    const text = [confidence.toFixed(1), ...zones].join(" ");
    return element(
      "g",
      { class: counted ? "counted" : "not" },
      element("rect", { class: "person shadow", x, y, width, height }),
      element("rect", { class: "person", x, y, width, height }),
      element("circle", { class: "foot", cx, cy, r: 4 }),
      element("text", { class: "label tag", x: x + 4, y: Math.max(y, 0) + 15 }, text),
    );
  }
}

/** The centre of a polygon's area, or the mean of its corners if it has no area. */
function centre(corners) {
  let [area, x, y] = [0, 0, 0];
  corners.forEach(([x1, y1], at) => {
    const [x2, y2] = corners[(at + 1) % corners.length];
    const part = x1 * y2 - x2 * y1;
    area += part;
    x += (x1 + x2) * part;
    y += (y1 + y2) * part;
  });
  if (Math.abs(area) > 1e-9) return [x / (3 * area), y / (3 * area)];
  return [0, 1].map((axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length);
}
