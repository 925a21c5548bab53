// The polygons as they are drawn: what is there, what is being drawn, and how it was before. No DOM.

const key = ({ kind, name }) => `${kind} ${name}`;
const same = (a, b) => a !== undefined && b !== undefined && JSON.stringify(a.corners) === JSON.stringify(b.corners);
const index = (polygons) => new Map(polygons.map((one) => [key(one), one]));

let ids = 0;
const known = (polygons) => polygons.map((one) => ({ ...one, id: one.id ?? ++ids }));
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

  /** For the server: without ids. */
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
    return this.polygons.find((one) => one.id === id);
  }

  load(polygons) {
    this.polygons = known(polygons);
    this.saved(polygons);
  }

  /** These are in the registry now. */
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

  /** Ends what is being drawn; false while it has fewer than three corners. */
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

  /** Keeps what is there now for `undo`; before each change, and once before a drag. */
  remember() {
    this.#past.push(this.polygons);
    this.#future = [];
  }

  change(id, fields) {
    this.polygons = this.polygons.map((one) => (one.id === id ? { ...one, ...fields } : one));
    this.#changed();
  }

  move(id, at, corner) {
    this.change(id, { corners: this.find(id).corners.with(at, corner) });
  }

  insert(id, at, corner) {
    this.change(id, { corners: this.find(id).corners.toSpliced(at, 0, corner) });
  }

  /** A triangle loses none. */
  removeCorner(id, at) {
    const { corners } = this.find(id);
    if (corners.length <= 3) return false;
    this.remember();
    this.change(id, { corners: corners.toSpliced(at, 1) });
    return true;
  }

  remove(id) {
    this.remember();
    this.polygons = this.polygons.filter((one) => one.id !== id);
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
   * Takes in what somebody else saved meanwhile: what was not touched here becomes theirs, what was stays;
   * where both changed the same polygon, both are kept, theirs under another name.
   */
  merge(polygons) {
    this.remember();
    const [base, mine, theirs] = [this.#saved, this.values, polygons].map(index);
    const merged = [];
    for (const one of this.polygons) {
      const [before, other] = [base.get(key(one)), theirs.get(key(one))];
      if (same(one, before)) {
        if (other) merged.push({ ...one, corners: other.corners });
      } else {
        merged.push(one);
        if (other && !same(other, before) && !same(other, one)) merged.push({ ...other, theirs: true });
      }
    }
    for (const other of polygons) {
      if (!mine.has(key(other)) && !same(other, base.get(key(other)))) merged.push(other);
    }
    this.polygons = [];
    for (const { theirs: renamed, ...one } of known(merged)) {
      const name = renamed ? this.#freeName(one.kind, `${one.name.slice(0, 54)}-theirs`, merged) : one.name;
      this.polygons.push({ ...one, name });
    }
    this.saved(polygons);
  }

  #freeName(kind, name, polygons = this.polygons) {
    const taken = new Set(polygons.filter((one) => one.kind === kind).map((one) => one.name));
    const stem = name.replace(/-\d+$/, "");
    for (let number = 1; taken.has(name); number++) name = `${stem}-${number}`;
    return name;
  }
}
