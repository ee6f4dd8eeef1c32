import { Lane, request, TIMEOUT_MS } from "$/public/external/proctor_app/components/outbox/outbox_net.js";
import { Kept } from "$/public/external/proctor_app/components/outbox/outbox_store.js";

// Answers and signals on their way to the server. Each is kept in this browser until the server has
// acknowledged its seq; what could not be sent is sent again, in order, marked as kept (late).
// What the candidate is told comes from here, so it is never more than what is true.
const QUIET_MS = 600; // after the last keystroke
const LONGEST_MS = 1500; // after the first
const BEAT_MS = 2000; // well within the 5 s of silence that make a gap
const BATCH = 50;
// Codes of refusals that end the sending here, and the word for each.
const STOPS = {
  sat_elsewhere: "replaced", attempt_ended: "ended", attempt_paused: "paused",
  attempt_not_running: "unknown", illegal_state: "unknown", no_attempt: "unknown",
};
const boxes = new Map();

// The outbox of an attempt: one in a page, whoever asks for it.
export function outboxOf(userId, attemptId) {
  const name = `proctor-${userId}-${attemptId}`;
  if (!boxes.has(name)) boxes.set(name, new Outbox(name, attemptId));
  return boxes.get(name);
}

class Outbox {
  constructor(name, attemptId) {
    this.base = `/api/v1/attempts/${encodeURIComponent(attemptId)}`;
    this.id = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
    this.kept = new Kept(name);
    this.known = new Map(); // question id -> {value, flagged, seq}: what the candidate sees
    this.waiting = new Map(); // question id -> what is not acknowledged
    this.signals = []; // in the order of their seq
    this.early = []; // signals from before the first seq was known
    this.seq = this.signalSeq = 0;
    this.holder = "";
    this.stopped = "starting";
    this.savedAt = null;
    this.clock = null;
    this.lost = 0;
    this.wantsSubmit = this.beats = this.isSubmitting = this.isFinishing = false;
    this.answersLane = new Lane();
    this.signalsLane = new Lane();
    this.lastPostAt = -Infinity;
    this.batch = BATCH;
    this.listeners = new Set();
    this.subscribe = (listener) => {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    };
    this.look = () => this.shown;
    this.shown = {};
    this.emit();
    if (typeof BroadcastChannel !== "undefined") {
      this.channel = new BroadcastChannel(name);
      this.channel.onmessage = (news) => news.data !== this.id && this.loading && this.stop("replaced");
    }
    window.addEventListener("online", () => this.hurry());
    window.addEventListener("offline", () => this.emit());
    document.addEventListener("visibilitychange", () => document.hidden && this.settle());
    setInterval(() => this.beat(), 1000);
  }

  // Begin, or go on, with what the server has; what is newer here wins, by seq.
  async start({ answers = [], lastSeq = 0, lastSignalSeq = 0, holder = "", beats = false }) {
    this.loading = this.loading || this.load();
    await this.loading;
    this.holder = holder;
    this.beats = beats;
    this.seq = Math.max(this.seq, lastSeq);
    this.signalSeq = Math.max(this.signalSeq, lastSignalSeq);
    for (const one of answers) {
      const mine = this.waiting.get(one.id);
      if (mine && mine.seq <= one.seq) this.forget(mine);
      const seen = this.known.get(one.id);
      if (!seen || one.seq >= seen.seq) this.known.set(one.id, { value: one.value, flagged: one.flagged, seq: one.seq });
    }
    for (const mine of this.waiting.values()) {
      this.known.set(mine.id, { value: mine.value, flagged: mine.flagged, seq: mine.seq });
    }
    this.stopped = "";
    if (this.channel) this.channel.postMessage(this.id);
    for (const [kind, detail, timestamp] of this.early.splice(0)) this.signal(kind, detail, timestamp);
    this.hurry();
  }

  async load() {
    const found = await this.kept.load();
    for (const one of found.answers) this.waiting.set(one.id, { ...one, kept: true, since: 0, dueAt: 0 });
    this.signals = found.signals.map((one) => ({ ...one, late: true })).sort((a, b) => a.seq - b.seq);
    this.wantsSubmit = Boolean(found.meta.wantsSubmit);
    this.seq = Math.max(found.meta.seq || 0, ...found.answers.map((one) => one.seq));
    this.signalSeq = Math.max(found.meta.signalSeq || 0, ...found.signals.map((one) => one.seq));
  }

  counts() { return { seq: this.seq, signalSeq: this.signalSeq, wantsSubmit: this.wantsSubmit }; }

  // Note an answer. change: {value} or {flagged}; isSettled: send it now; problem: why it can't be
  // sent as it is (it is kept here all the same).
  put(id, change, isSettled = false, problem = "") {
    const now = performance.now();
    const before = this.known.get(id) || { flagged: false };
    const seen = { value: before.value, flagged: before.flagged, ...change, seq: ++this.seq };
    const old = this.waiting.get(id);
    const since = old && old.since ? old.since : now;
    const dueAt = isSettled ? now : Math.min(now + QUIET_MS, since + LONGEST_MS);
    this.known.set(id, seen);
    this.waiting.set(id, { id, ...seen, kept: this.isCut(), problem, since, dueAt });
    const { since: _since, dueAt: _dueAt, ...record } = this.waiting.get(id);
    this.kept.put("answers", record, this.counts()).then(() => this.kept.isDurable || this.emit());
    this.emit();
    this.pumpAnswers();
  }

  // Send at once what waits for the end of the typing.
  settle() {
    for (const one of this.waiting.values()) one.dueAt = 0;
    this.pumpAnswers();
  }

  signal(kind, detail = {}, timestamp = new Date().toISOString()) {
    if (this.stopped === "starting") return this.early.push([kind, detail, timestamp]);
    if (this.stopped && this.stopped !== "paused") return undefined;
    const record = { seq: ++this.signalSeq, kind, timestamp, detail, late: this.isCut() };
    this.signals.push(record);
    this.kept.put("signals", record, this.counts());
    this.pumpSignals();
    return undefined;
  }

  isCut() { return !navigator.onLine || this.answersLane.isCut || this.signalsLane.isCut; }

  hurry() {
    for (const lane of [this.answersLane, this.signalsLane]) lane.notBefore = 0;
    this.answersLane.isCut = this.signalsLane.isCut = false;
    this.emit();
    this.settle();
    this.pumpSignals();
  }

  stop(word) {
    if (this.stopped === word) return;
    this.stopped = word;
    this.emit();
  }

  due() { return [...this.waiting.values()].filter((one) => !one.problem).sort((a, b) => a.seq - b.seq); }

  async pumpAnswers() {
    const lane = this.answersLane;
    if (lane.isBusy || this.stopped) return;
    clearTimeout(lane.timer);
    lane.isBusy = true;
    try {
      for (let due = this.due(); due.length && !this.stopped; due = this.due()) {
        const at = Math.max(lane.notBefore, Math.min(...due.map((one) => one.dueAt)));
        if (at > performance.now()) {
          lane.timer = setTimeout(() => this.pumpAnswers(), at - performance.now() + 5);
          break;
        }
        await this.sendAnswer(due[0]);
      }
      if (!this.due().length && this.wantsSubmit && !this.stopped) this.submit();
    } finally {
      lane.isBusy = false;
      this.emit();
    }
  }

  async sendAnswer(record) {
    const { id, value, flagged, seq, kept } = record;
    record.since = 0;
    const sending = { flagged, seq, kept, holder: this.holder };
    if (value !== undefined) sending.value = value;
    this.emit();
    const answer = await request("PUT", `${this.base}/answers/${encodeURIComponent(id)}`, sending);
    if (answer.status === 200) {
      this.reached(this.answersLane);
      this.savedAt = new Date();
      this.tellClock(answer.body.remaining_s);
      this.forget(record);
      const newer = answer.body.seq || 0;
      if (newer > seq && this.known.get(id).seq === seq && !record.isAgain) {
        this.seq = Math.max(this.seq, newer); // what is seen here is what is to be kept
        this.put(id, {}, true);
        this.waiting.get(id).isAgain = true;
      }
    } else if ([400, 404, 413, 415, 422].includes(answer.status)) {
      record.problem = answer.body.detail || "The server refused it.";
    } else if (answer.body && answer.body.code === "attempt_ended" && !kept) {
      for (const one of this.waiting.values()) one.kept = true; // within the grace it is still taken
    } else {
      this.hindered(answer, this.answersLane);
    }
    this.emit();
  }

  forget(record) {
    const newest = this.waiting.get(record.id);
    if (newest && newest.seq <= record.seq) this.waiting.delete(record.id);
    this.kept.remove("answers", record.id, record.seq);
  }

  reached(lane) {
    lane.passed();
    this.answersLane.isCut = this.signalsLane.isCut = false;
  }

  // What is to be done about an answer that is neither yes nor no.
  hindered(answer, lane) {
    const code = answer.body && answer.body.code;
    if (answer.status === 401) this.stop("signed_out");
    else if (answer.status === 403) this.stop("unknown");
    else if (answer.status === 409) this.stop(STOPS[code] || "unknown");
    else {
      lane.failed(answer.retryAfterS);
      lane.isCut = answer.status !== 429;
      if (lane.isCut) {
        for (const one of this.waiting.values()) one.kept = true;
        for (const one of this.signals) one.late = true;
      }
    }
    if (this.stopped === "ended") this.lost = this.waiting.size;
  }

  beat() {
    if (performance.now() - this.lastPostAt >= BEAT_MS && this.beats) this.pumpSignals(true);
    else if (this.signals.length) this.pumpSignals();
    if (this.due().length) this.pumpAnswers();
  }

  async pumpSignals(isBeat = false) {
    const lane = this.signalsLane;
    if (lane.isBusy || this.stopped || lane.notBefore > performance.now()) return;
    if (!this.signals.length && !isBeat) return;
    lane.isBusy = true;
    try {
      do {
        const batch = this.signals.slice(0, this.batch);
        this.lastPostAt = performance.now();
        const events = batch.map(({ seq, kind, timestamp, detail, late }) => ({ seq, kind, timestamp, detail, late }));
        const wasOnTime = batch.some((one) => !one.late);
        const answer = await request("POST", `${this.base}/signals`, { events, holder: this.holder });
        const isRefused = [400, 413, 422].includes(answer.status);
        if (isRefused && batch.length > 1) {
          this.batch = 1; // one of them is refused, the others are not lost with it
          continue;
        }
        if (answer.status === 200 || isRefused) this.signalsGone(batch);
        else if (answer.body && answer.body.code === "attempt_ended" && (wasOnTime || (this.isFinishing && !batch.length))) {
          for (const one of this.signals) one.late = true;
          continue; // what is kept is still sent, the answers with it
        } else this.hindered(answer, lane);
        if (answer.status !== 200) break;
        this.reached(lane);
      } while (this.signals.length && !this.stopped);
    } finally {
      lane.isBusy = false;
      this.emit();
    }
  }

  signalsGone(batch) {
    const gone = new Set(batch.map((one) => one.seq));
    this.signals = this.signals.filter((one) => !gone.has(one.seq));
    for (const one of batch) this.kept.remove("signals", one.seq, one.seq);
  }

  // remaining_s is the server's; from here on it is counted by a clock that nobody can set.
  tellClock(remainingS) {
    if (typeof remainingS !== "number" || remainingS < 0) return;
    this.clock = { remainingS, at: performance.now() };
    if (this.shown.isOver !== (remainingS === 0)) this.emit();
  }

  leftS() {
    if (!this.clock) return null;
    return Math.max(0, this.clock.remainingS - (performance.now() - this.clock.at) / 1000);
  }

  // Hand in: first everything that waits, then the attempt. Without a network it is done later.
  async submit() {
    if (this.isSubmitting || this.stopped) return;
    this.isSubmitting = this.wantsSubmit = true;
    await this.kept.change("meta", (_place, meta) => meta.put(this.counts(), "counts"));
    this.emit();
    this.settle();
    for (let waited = 0; this.due().length && waited < TIMEOUT_MS && !this.isCut() && !this.stopped; waited += 50) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (!this.due().length && !this.stopped) {
      const answer = await request("POST", `${this.base}/submit`, { holder: this.holder });
      if (answer.status === 200) this.isFinishing || this.stop("ended"); // it stops by itself when all is sent
      else {
        this.hindered(answer, this.answersLane);
        if (!this.stopped) setTimeout(() => this.pumpAnswers(), this.answersLane.notBefore - performance.now() + 5);
      }
    }
    this.isSubmitting = false;
    this.emit();
  }

  async keepWorking() {
    this.wantsSubmit = false;
    await this.kept.change("meta", (_place, meta) => meta.put(this.counts(), "counts"));
    this.emit();
  }

  // After the end: what was kept is still sent, then nothing is left in this browser. Returns how
  // many answers came too late.
  async finish(holder) {
    this.beats = false;
    this.wantsSubmit = false;
    this.isFinishing = true;
    await this.start({ holder });
    for (const one of this.waiting.values()) one.kept = true;
    for (const one of this.signals) one.late = true;
    this.hurry();
    while ((this.due().length || this.signals.length) && !this.stopped) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    if (this.stopped && this.stopped !== "ended") return null;
    this.lost = this.due().length;
    this.stop("ended");
    await this.kept.clear();
    return this.lost;
  }

  emit() {
    const problems = {};
    for (const one of this.waiting.values()) if (one.problem) problems[one.id] = one.problem;
    this.shown = {
      answers: Object.fromEntries(this.known),
      problems,
      unsent: this.due().length,
      isCut: this.isCut(),
      isDurable: this.kept.isDurable,
      isSubmitting: this.isSubmitting,
      wantsSubmit: this.wantsSubmit,
      stopped: this.stopped,
      savedAt: this.savedAt,
      lost: this.lost,
      isOver: this.leftS() === 0,
    };
    for (const listener of this.listeners) listener();
  }
}
