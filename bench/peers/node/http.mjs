// Requests of one school's account: its own concurrency and sliding minute, retries with backoff, one pool of connections for all.
import { Agent, request, errors } from 'undici';
import { JSONParser } from '@streamparser/json';

const agent = new Agent({ connections: 64, pipelining: 1, keepAliveTimeout: 20_000, connect: { timeout: 10_000 } });
export const counters = { requests: 0, bytes: 0 };

/** A write whose outcome is not known: the connection died behind the request, or the answer cannot be read. */
export class Uncertain extends Error {}
/** The vendor said no. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const neverLeft = (e) => e instanceof errors.ConnectTimeoutError || e.code === 'ECONNREFUSED';
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Lane {
  #free;
  #waiting = [];
  #starts = [];
  constructor(base, headers, { concurrency, perMinute = Infinity }) {
    this.base = base;
    this.headers = headers;
    this.perMinute = perMinute;
    this.#free = concurrency;
  }

  async #enter() {
    if (this.#free > 0) this.#free--;
    else await new Promise((resolve) => this.#waiting.push(resolve));
    for (;;) {
      const now = performance.now();
      while (this.#starts.length && this.#starts[0] <= now - 60_000) this.#starts.shift();
      if (this.#starts.length < this.perMinute) break;
      await sleep(this.#starts[0] + 60_000 - now);
    }
    this.#starts.push(performance.now());
  }

  #leave() {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }

  async #once(method, path, body, consume) {
    await this.#enter();
    try {
      counters.requests++;
      const answer = await request(this.base + path, {
        method,
        dispatcher: agent,
        headers: body === undefined ? this.headers : { ...this.headers, 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
        headersTimeout: 60_000,
        bodyTimeout: 120_000,
      });
      if (answer.statusCode === 429) {
        await answer.body.dump();
        await sleep(1000 * Number(answer.headers['retry-after'] ?? 1));
        throw new Refused(429, 'too many requests');
      }
      if (answer.statusCode >= 300) {
        await answer.body.dump();
        throw new Refused(answer.statusCode, `HTTP ${answer.statusCode}`);
      }
      return await consume(answer.body);
    } finally {
      this.#leave();
    }
  }

  /** Reads are made up to four times. */
  async read(path, consume) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once('GET', path, undefined, consume);
      } catch (e) {
        if (attempt === 4 || (e instanceof Refused && e.status < 500 && e.status !== 429)) throw e;
        await sleep(500 * 2 ** attempt * (0.5 + Math.random()));
      }
    }
  }

  /** Writes leave once. */
  async write(method, path, body, consume = (b) => b.text()) {
    for (;;) {
      try {
        return await this.#once(method, path, body, consume);
      } catch (e) {
        if (e instanceof Refused && e.status === 429) continue;
        if (e instanceof Refused && e.status < 500) throw e;
        if (neverLeft(e)) throw e;
        throw new Uncertain(e.message, { cause: e });
      }
    }
  }
}

/** A whole answer. */
export const whole = async (body) => {
  const text = await body.text();
  counters.bytes += text.length;
  return JSON.parse(text);
};

/** A keyed list (or an array) of any size: each element is seen and dropped. */
export const each = (seen, path = '$.*') => async (body) => {
  const parser = new JSONParser({ paths: [path], keepStack: false });
  let ended = false;
  parser.onValue = ({ value }) => seen(value);
  parser.onEnd = () => (ended = true);
  for await (const chunk of body) {
    counters.bytes += chunk.length;
    parser.write(chunk);
  }
  if (!ended) throw new Error('the answer ends in the middle');
};
