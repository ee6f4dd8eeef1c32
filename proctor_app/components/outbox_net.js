// How the outbox talks to the server: one request, and what to wait for after it failed.
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 10000;
const KEEPALIVE_CHARACTERS = 4000; // browsers allow 64 KB for all that are under way
export const TIMEOUT_MS = 10000;

export async function request(method, address, body) {
  const text = JSON.stringify(body);
  let answer;
  try {
    answer = await fetch(address, {
      method,
      keepalive: text.length < KEEPALIVE_CHARACTERS, // goes on while the tab is closed
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: text,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    return { status: 0 };
  }
  const read = await answer.json().catch(() => null);
  if (answer.ok && read === null) return { status: 0 }; // cut off on the way
  return { status: answer.status, body: read || {}, retryAfterS: Number(answer.headers.get("Retry-After")) || 0 };
}

// What one kind of message waits for after failures: longer and longer, never in step with others.
export class Lane {
  constructor() { this.failures = 0; this.notBefore = 0; this.isBusy = this.isCut = false; this.timer = 0; }
  failed(leastS = 0) {
    const longest = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.failures);
    this.failures += 1;
    this.notBefore = performance.now() + Math.max(leastS * 1000, longest * (0.5 + Math.random() / 2));
  }
  passed() { this.failures = 0; this.notBefore = 0; this.isCut = false; }
}
