import { useEffect, useRef, useState } from "react";

// Webcam preview and sender. At most one frame is in flight: the answer releases the next one.
// transport "event": onFrame(dataUrl, seq), answered by the prop `acked`.
// transport "websocket": binary frames on /ws/{userId}, answered by JSON messages. onTicket() asks
// for a one-use ticket, which arrives as the prop `ticket`.
// onStatus(word): starting, live, denied, missing, busy, lost, offline.
// cameraNews: which camera is in use, and with what settings, for whoever on the page wants to know.
// cameraChoice: which one is wanted where there are several; kept in this browser. Where it is not
// connected, any other one is taken.
const ACK_TIMEOUT_MS = 4000;
const SETTINGS_MS = 5000;
const PROGRAMS = /\b(obs|manycam|snap ?camera|v4l2 ?loopback|dummy video|xsplit|virtual|droidcam|iriun|epoccam|camo|e2esoft|vcam|splitcam|sparkocam|ndi|mmhmm|prism|unity video|webcamoid)\b/i;
const RETRY_MS = 3000;
const CHOICE = "proctor-camera";
const PROBLEMS = { NotAllowedError: "denied", NotFoundError: "missing", NotReadableError: "busy" };

export const cameraNews = {
  now: null,
  listeners: new Set(),
  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  },
  tell(track) {
    const { deviceId = "", width = 0, height = 0, frameRate = 0 } = track.getSettings ? track.getSettings() : {};
    const told = { id: deviceId, label: track.label || "", width, height, frame_rate: Math.round(frameRate) };
    if (JSON.stringify(told) === JSON.stringify(this.now)) return;
    this.now = told;
    for (const listener of this.listeners) listener(told);
  },
};

function kept() {
  try {
    return localStorage.getItem(CHOICE) || "";
  } catch {
    return "";
  }
}

export const cameraChoice = {
  id: kept(),
  listeners: new Set(),
  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  },
  choose(id) {
    this.id = id;
    try {
      localStorage.setItem(CHOICE, id);
    } catch {
      // A browser that keeps nothing has the choice until the page is left.
    }
    for (const listener of this.listeners) listener(id);
  },
};

// Whether a camera's name is that of a program.
export const looksVirtual = (label) => PROGRAMS.test(label);

// Asked for exactly: a browser takes what is ideal for a wish among others, the size above all.
async function opened(video, chosen) {
  const ask = (wanted) => navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  if (!chosen) return ask(video);
  try {
    return await ask({ ...video, deviceId: { exact: chosen } });
  } catch (error) {
    if (error.name !== "OverconstrainedError") throw error;
    return ask(video);
  }
}

function openSocket(userId, ticket) {
  const address = `/ws/${encodeURIComponent(userId)}?token=${encodeURIComponent(ticket)}`;
  const socket = new WebSocket(location.origin.replace(/^http/, "ws") + address);
  socket.binaryType = "arraybuffer";
  return socket;
}

const asDataUrl = (blob) =>
  new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.readAsDataURL(blob);
  });

export function Camera({
  sending = false, fps = 2, width = 640, height = 480, quality = 0.7, transport = "event",
  userId = "", ticket = "", acked = -1, onFrame, onStatus, onTicket, ref: _ignored, ...rest
}) {
  const video = useRef(null);
  const [chosen, setChosen] = useState(cameraChoice.id);
  const flight = useRef({ seq: 0, waiting: -1, sentAt: 0 });
  const calls = useRef({});
  calls.current = { onFrame, onStatus, onTicket };
  const tickets = useRef({ given: "", used: "", askedAt: -Infinity });
  tickets.current.given = ticket;
  const tell = (word) => calls.current.onStatus && calls.current.onStatus(word);
  const release = (seq) => {
    if (flight.current.waiting >= 0 && seq >= flight.current.waiting) flight.current.waiting = -1;
  };

  useEffect(() => release(acked), [acked]);
  useEffect(() => cameraChoice.listen(setChosen), []);

  useEffect(() => {
    let stopped = false, stream = null, retry = null;
    const describe = () => stream && stream.getVideoTracks().forEach((track) => cameraNews.tell(track));
    const settings = setInterval(describe, SETTINGS_MS);
    const open = async () => {
      tell("starting");
      try {
        if (!navigator.mediaDevices) throw new DOMException("insecure page", "NotFoundError");
        stream = await opened({ width: { ideal: width }, height: { ideal: height } }, chosen);
      } catch (error) {
        tell(PROBLEMS[error.name] || "busy");
        if (!stopped) retry = setTimeout(open, RETRY_MS);
        return;
      }
      if (stopped) return stream.getTracks().forEach((track) => track.stop());
      stream.getVideoTracks()[0].onended = () => { tell("lost"); retry = setTimeout(open, RETRY_MS); };
      describe();
      video.current.srcObject = stream;
      await video.current.play().catch(() => {});
      tell("live");
    };
    open();
    return () => {
      stopped = true;
      clearTimeout(retry);
      clearInterval(settings);
      stream && stream.getTracks().forEach((track) => track.stop());
    };
  }, [width, height, chosen]);

  useEffect(() => {
    if (!sending) return;
    let stopped = false, socket = null;
    flight.current.waiting = -1;
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");

    const connect = () => {
      const state = tickets.current;
      if (!state.given || state.given === state.used) {
        if (performance.now() - state.askedAt < RETRY_MS) return;
        state.askedAt = performance.now();
        calls.current.onTicket && calls.current.onTicket();
        return;
      }
      state.used = state.given;
      socket = openSocket(userId, state.given);
      socket.onopen = () => tell("live");
      socket.onmessage = (message) => {
        const news = JSON.parse(message.data);
        if (news.type === "ack" || news.type === "error") flight.current.waiting = -1;
      };
      socket.onclose = (event) => {
        socket = null;
        if (event.code === 4409 || event.code === 1000) stopped = true;
        if (event.code === 4409) tell("replaced");
        else if (!stopped) tell("offline");
      };
    };

    const send = async (blob, seq) => {
      flight.current.sentAt = performance.now();
      if (transport === "websocket") socket && socket.send(await blob.arrayBuffer());
      else calls.current.onFrame && calls.current.onFrame(await asDataUrl(blob), seq);
    };

    const tick = async () => {
      const state = flight.current;
      const picture = video.current;
      if (stopped || !picture || picture.readyState < 2 || !picture.videoWidth) return;
      if (transport === "websocket" && (!socket || socket.readyState !== 1)) {
        if (!socket) connect();
        return;
      }
      if (state.waiting >= 0 && performance.now() - state.sentAt < ACK_TIMEOUT_MS) return;
      const seq = ++state.seq;
      state.waiting = seq;
      state.sentAt = performance.now();
      const scale = Math.min(1, width / picture.videoWidth);
      canvas.width = Math.round(picture.videoWidth * scale);
      canvas.height = Math.round(picture.videoHeight * scale);
      context.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
      if (blob && !stopped) await send(blob, seq);
    };
    const timer = setInterval(tick, 1000 / fps);
    return () => {
      stopped = true;
      clearInterval(timer);
      socket && socket.close();
    };
  }, [sending, fps, width, quality, transport, userId]);

  return <video {...rest} ref={video} muted playsInline />;
}
