// Calls the server of this page. Its token is behind the # of the address, which browsers do not send; it is stored
// in this tab, so that a reload finds it, and removed from the address bar.

const KEY = "token";

function readToken() {
  const given = location.hash.slice(1);
  if (given) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, "", location.pathname);
  }
  return given || sessionStorage.getItem(KEY) || "";
}

const token = readToken();

/** A request that the server refused: its sentences, one on each line. */
export class Refused extends Error {
  constructor(status, sentences) {
    super(sentences);
    this.status = status;
  }
}

async function call(method, path, body) {
  const headers = { Authorization: `Bearer ${token}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(`/api/${path}`, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Refused(0, "The command has ended: run `occupancy camera view` again.");
  }
  if (!response.ok) throw new Refused(response.status, await response.text());
  return response;
}

export const camera = async () => (await call("GET", "camera")).json();
export const frame = async () => (await call("GET", "frame")).blob();
export const people = async (polygons) => (await call("POST", "people", { polygons })).json();
export const save = async (revision, polygons) => (await call("PUT", "polygons", { revision, polygons })).json();
export const done = () => call("POST", "done");
