// Where an outbox keeps what is not acknowledged yet: IndexedDB, so that it outlives a reload and a
// crash of the tab. A browser that refuses it gets memory, and the candidate is told.
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });

async function open(name) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("answers", { keyPath: "id" });
    request.result.createObjectStore("signals", { keyPath: "seq" });
    request.result.createObjectStore("meta");
  };
  const database = await done(request);
  database.onversionchange = () => database.close();
  return database;
}

export class Kept {
  constructor(name) {
    this.name = name;
    this.database = null;
    this.isDurable = true;
  }

  // Everything that was kept: {answers, signals, meta}; empty where nothing can be kept.
  async load() {
    try {
      this.database = await open(this.name);
      const reading = this.database.transaction(["answers", "signals", "meta"]);
      const [answers, signals, meta] = await Promise.all([
        done(reading.objectStore("answers").getAll()),
        done(reading.objectStore("signals").getAll()),
        done(reading.objectStore("meta").get("counts")),
      ]);
      if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
      return { answers, signals, meta: meta || {} };
    } catch {
      this.isDurable = false;
      return { answers: [], signals: [], meta: {} };
    }
  }

  async change(store, work) {
    if (!this.database) return;
    try {
      const writing = this.database.transaction([store, "meta"], "readwrite");
      await work(writing.objectStore(store), writing.objectStore("meta"));
    } catch {
      this.isDurable = false; // the disk is full, or the browser took the place away
    }
  }

  put(store, record, counts) {
    return this.change(store, (place, meta) => {
      meta.put(counts, "counts");
      return done(place.put(record));
    });
  }

  // Forget a record, unless a newer one has taken its place.
  remove(store, key, seq) {
    return this.change(store, async (place) => {
      const found = await done(place.get(key));
      if (found && found.seq <= seq) await done(place.delete(key));
    });
  }

  async clear() {
    if (this.database) this.database.close();
    this.database = null;
    await done(indexedDB.deleteDatabase(this.name)).catch(() => {});
  }
}
