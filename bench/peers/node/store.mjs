// What is remembered of an environment. A commit is on the disk before a write leaves: no overlapping sync.
import { open } from 'lmdb';

const BATCH = 32;

export class Store {
  #pending = [];
  #timer = null;
  #inFlight = null;
  constructor(path) {
    this.db = open({ path, overlappingSync: false, mapSize: 64 << 20 });
  }
  get(key) {
    return this.db.get(key);
  }
  all(prefix) {
    return this.db.getRange({ start: [prefix], end: [prefix, '\uffff'] });
  }

  /** Resolves when the records are on the disk. Calls that come together share a commit. */
  put(records) {
    return new Promise((resolve, reject) => {
      this.#pending.push({ records, resolve, reject });
      if (!this.#inFlight) this.#inFlight = this.#commit();
    });
  }

  async #commit() {
    await null; // what is asked for in this turn comes along
    while (this.#pending.length) {
      const now = this.#pending.splice(0, BATCH);
      try {
        await this.db.transaction(() => {
          for (const { records } of now)
            for (const [key, value] of records)
              if (value === undefined) this.db.remove(key);
              else this.db.put(key, value);
        });
        for (const p of now) p.resolve();
      } catch (e) {
        for (const p of now) p.reject(e);
      }
    }
    this.#inFlight = null;
  }

  close() {
    return this.db.close();
  }
}

/** Intent, write, result: the result removes the intent. */
export async function journalled(store, intent, write, result) {
  const key = ['intent', intent];
  await store.put([[key, Date.now()]]);
  const answer = await write();
  await store.put([[key, undefined], ...result(answer)]);
  return answer;
}

/** At most width at once. */
export async function pool(items, width, work) {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++]);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
