// The polygons: those that exist, the draft of a new polygon, and the undo history. No DOM.

const key = ({ kind, name }) => `${kind} ${name}`;
const same = (a, b) => a !== undefined && b !== undefined && JSON.stringify(a.corners) === JSON.stringify(b.corners);
const index = (polygons) => new Map(polygons.map((polygon) => [key(polygon), polygon]));

let ids = 0;
const known = (polygons) => polygons.map((polygon) => ({ ...polygon, id: polygon.id ?? ++ids }));
const bare = (polygons) => polygons.map(({ kind, name, corners }) => ({ kind, name: name.trim(), corners }));

/** A polygon is {id, kind: "zone" | "ignore", name, corners: [[x, y], ...]}, x and y in 0..1. */
export class Drawing {
  polygons = [];
  draft = null;
  selected = null;
  #past = [];
  #future = [];
  #saved = [];
  #changed;

  constructor(changed) {
    this.#changed = changed;
  }

  /** The polygons for the server, without IDs. */
  get values() {
    return bare(this.polygons);
  }

  get dirty() {
    return JSON.stringify(this.values) !== JSON.stringify(this.#saved);
  }

  get undoable() {
    return this.#past.length > 0 || this.draft !== null;
  }

  get redoable() {
    return this.#future.length > 0 && this.draft === null;
  }

  find(id) {
    return this.polygons.find((polygon) => polygon.id === id);
  }

  load(polygons) {
    this.polygons = known(polygons);
    this.saved(polygons);
  }

  /** Call it with the polygons that are in the registry now. */
  saved(polygons) {
    this.#saved = bare(polygons);
    this.#changed();
  }

  begin(kind) {
    this.draft = { kind, corners: [] };
    this.selected = null;
    this.#changed();
  }

  place(corner) {
    const last = this.draft.corners.at(-1);
    if (!last || last[0] !== corner[0] || last[1] !== corner[1]) this.draft.corners.push(corner);
    this.#changed();
  }

  /** Complete the draft; returns false if it has fewer than three corners. */
  close() {
    if (this.draft.corners.length < 3) return false;
    this.remember();
    const polygon = { id: ++ids, name: this.#freeName(this.draft.kind, `${this.draft.kind}-1`), ...this.draft };
    this.polygons = [...this.polygons, polygon];
    this.draft = null;
    this.select(polygon.id);
    return true;
  }

  cancel() {
    this.draft = null;
    this.#changed();
  }

  select(id) {
    this.selected = id;
    this.#changed();
  }

  /** Save the current state for `undo`: before each change, and once before a drag. */
  remember() {
    this.#past.push(this.polygons);
    this.#future = [];
  }

  change(id, fields) {
    this.polygons = this.polygons.map((polygon) => (polygon.id === id ? { ...polygon, ...fields } : polygon));
    this.#changed();
  }

  move(id, at, corner) {
    this.change(id, { corners: this.find(id).corners.with(at, corner) });
  }

  insert(id, at, corner) {
    this.change(id, { corners: this.find(id).corners.toSpliced(at, 0, corner) });
  }

  /** Remove a corner, but not from a triangle. */
  removeCorner(id, at) {
    const { corners } = this.find(id);
    if (corners.length <= 3) return false;
    this.remember();
    this.change(id, { corners: corners.toSpliced(at, 1) });
    return true;
  }

  remove(id) {
    this.remember();
    this.polygons = this.polygons.filter((polygon) => polygon.id !== id);
    if (this.selected === id) this.selected = null;
    this.#changed();
  }

  undo() {
    if (this.draft?.corners.length) this.draft.corners.pop();
    else if (this.draft) this.draft = null;
    else if (this.#past.length) {
      this.#future.push(this.polygons);
      this.polygons = this.#past.pop();
    }
    this.#changed();
  }

  redo() {
    if (this.redoable) {
      this.#past.push(this.polygons);
      this.polygons = this.#future.pop();
    }
    this.#changed();
  }

  /**
   * Merge what somebody else has saved in the meantime. Polygons that did not change here become theirs, changed
   * ones stay; if both changed the same polygon, both are kept, theirs with another name.
   */
  merge(polygons) {
    this.remember();
    const [base, mine, theirs] = [this.#saved, this.values, polygons].map(index);
    const merged = [];
    for (const polygon of this.polygons) {
      const [before, other] = [base.get(key(polygon)), theirs.get(key(polygon))];
      if (same(polygon, before)) {
        if (other) merged.push({ ...polygon, corners: other.corners });
      } else {
        merged.push(polygon);
        if (other && !same(other, before) && !same(other, polygon)) merged.push({ ...other, theirs: true });
      }
    }
    for (const other of polygons) {
      if (!mine.has(key(other)) && !same(other, base.get(key(other)))) merged.push(other);
    }
    this.polygons = [];
    for (const { theirs: renamed, ...polygon } of known(merged)) {
      const name = renamed ? this.#freeName(polygon.kind, `${polygon.name.slice(0, 54)}-theirs`, merged) : polygon.name;
      this.polygons.push({ ...polygon, name });
    }
    this.saved(polygons);
  }

  #freeName(kind, name, polygons = this.polygons) {
    const taken = new Set(polygons.filter((polygon) => polygon.kind === kind).map((polygon) => polygon.name));
    const stem = name.replace(/-\d+$/, "");
    for (let number = 1; taken.has(name); number++) name = `${stem}-${number}`;
    return name;
  }
}
