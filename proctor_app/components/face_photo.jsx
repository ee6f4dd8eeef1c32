import { useEffect, useRef, useState } from "react";

// A face for a form, by camera or file. The pictures end up in the file input, so the form that
// holds it sends them like any upload.
// Camera: onBegin() asks for a try, which is there when the prop `tries` has changed. onFrame(dataUrl,
// seq) sends one small picture; `acked` answers it and releases the next, `taken` lists the numbers of
// those that became part of the enrolment. The same moment is kept here at full size; when `wanted`
// are there, they are the form's.
// File: onFile(dataUrl, seq) has a small copy of it judged.
const FPS = 3;
const SMALL_PX = 640;
const FILE_PX = 1280;
const FILE_SHORT_PX = 1080;
const MAX_BYTES = 290 * 1024;
const ACK_TIMEOUT_MS = 4000;
const DENIED = "The camera is not allowed. Allow it in the browser, or choose a photo.";
const NO_CAMERA = "No camera can be used. Connect one, close other programs that use it, or choose a photo.";
const UNREADABLE = "This file can't be opened as a picture. Choose a JPEG or PNG.";

const toBlob = (canvas, quality) => new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
const toDataUrl = (blob) =>
  new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.readAsDataURL(blob);
  });

function draw(source, width, height, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

async function smallCopy(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const long = Math.max(bitmap.width, bitmap.height), short = Math.min(bitmap.width, bitmap.height);
  const scale = Math.min(1, FILE_PX / long, FILE_SHORT_PX / short);
  const canvas = draw(bitmap, bitmap.width, bitmap.height, scale);
  bitmap.close();
  for (const quality of [0.9, 0.75, 0.5, 0.3]) {
    const blob = await toBlob(canvas, quality);
    if (blob && blob.size <= MAX_BYTES) return toDataUrl(blob);
  }
  return null;
}

export function FacePhoto({
  name = "image", tries = 0, acked = -1, taken = [], wanted = 3, done = false, over = false, tone = "none",
  onBegin, onFrame, onFile, children, ref: _ignored, ...rest
}) {
  const video = useRef(null), input = useRef(null), stream = useRef(null);
  const flight = useRef({ seq: 0, waiting: -1, sentAt: 0, full: null, before: 0 });
  const calls = useRef({});
  calls.current = { onBegin, onFrame, onFile };
  const [mode, setMode] = useState("idle"); // idle, opening, live, taken, ended, file
  const [shots, setShots] = useState([]);
  const [problem, setProblem] = useState("");
  const [fileSeq, setFileSeq] = useState(0);
  const begun = mode === "live" && tries !== flight.current.before;

  const close = () => {
    stream.current && stream.current.getTracks().forEach((track) => track.stop());
    stream.current = null;
  };
  const drop = () => setShots((old) => { old.forEach((shot) => URL.revokeObjectURL(shot.url)); return []; });
  const put = (files) => {
    const held = new DataTransfer();
    files.forEach((file) => held.items.add(file));
    input.current.files = held.files;
  };
  useEffect(() => close, []);

  const open = async () => {
    setProblem("");
    close();
    drop();
    put([]);
    setMode("opening");
    try {
      if (!navigator.mediaDevices) throw new DOMException("insecure page", "NotFoundError");
      const wish = { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: "user" };
      stream.current = await navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
    } catch (error) {
      setProblem(error.name === "NotAllowedError" ? DENIED : NO_CAMERA);
      setMode("idle");
      return;
    }
    flight.current.waiting = -1;
    flight.current.before = tries;
    calls.current.onBegin && calls.current.onBegin();
    setMode("live");
  };

  useEffect(() => {
    if (mode !== "live" || !video.current || !stream.current) return;
    video.current.srcObject = stream.current;
    video.current.play().catch(() => {});
    stream.current.getVideoTracks()[0].onended = () => {
      setProblem(NO_CAMERA);
      setMode("idle");
    };
  }, [mode]);

  useEffect(() => {
    if (!begun) return;
    let stopped = false;
    const tick = async () => {
      const state = flight.current, picture = video.current;
      if (stopped || !picture || picture.readyState < 2 || !picture.videoWidth) return;
      if (state.waiting >= 0 && performance.now() - state.sentAt < ACK_TIMEOUT_MS) return;
      const seq = ++state.seq;
      state.waiting = seq;
      state.sentAt = performance.now();
      const { videoWidth: width, videoHeight: height } = picture;
      const whole = draw(picture, width, height, 1);
      const small = draw(whole, width, height, Math.min(1, SMALL_PX / width));
      const [full, sent] = await Promise.all([toBlob(whole, 0.92), toBlob(small, 0.8)]);
      if (stopped || !full || !sent) return;
      state.full = { seq, blob: full };
      const address = await toDataUrl(sent);
      if (!stopped) calls.current.onFrame && calls.current.onFrame(address, seq);
    };
    const timer = setInterval(tick, 1000 / FPS);
    return () => { stopped = true; clearInterval(timer); };
  }, [begun]);

  useEffect(() => {
    const state = flight.current;
    if (!begun) return;
    if (over) {
      close();
      setMode("ended");
      return;
    }
    if (state.waiting < 0 || acked < state.waiting) return;
    state.waiting = -1;
    const shot = state.full;
    const all = shot && taken.includes(shot.seq) && !shots.some((one) => one.seq === shot.seq)
      ? [...shots, { ...shot, url: URL.createObjectURL(shot.blob) }] : shots;
    if (all !== shots) setShots(all);
    if (done && all.length >= wanted) {
      put(all.map((one) => new File([one.blob], `face-${one.seq}.jpg`, { type: "image/jpeg" })));
      close();
      setMode("taken");
    } else if (done) {
      close();
      setMode("ended");
    }
  }, [begun, acked, taken, done, over]);

  const choose = async (file) => {
    close();
    drop();
    setProblem("");
    if (!file) return setMode("idle");
    setFileSeq(Infinity);
    setShots([{ seq: 0, url: URL.createObjectURL(file) }]);
    setMode("file");
    const copy = await smallCopy(file).catch(() => null);
    if (!copy) return setProblem(UNREADABLE);
    const seq = ++flight.current.seq;
    setFileSeq(seq);
    calls.current.onFile && calls.current.onFile(copy, seq);
  };

  const answered = mode === "file" ? acked >= fileSeq && !problem : begun ? acked >= 0 : mode === "taken" || mode === "ended";
  const again = mode === "taken" || mode === "ended";
  return (
    <div {...rest}>
      <div className={`photo-frame face-frame face-${begun ? tone : "still"}`}>
        {mode === "live" && <video ref={video} muted playsInline aria-label="Your camera" />}
        {mode === "live" && !(begun && tone === "ok") && <div className="face-guide" aria-hidden="true" />}
        {mode === "file" && shots[0] && <img src={shots[0].url} alt="The photo you chose" />}
        {mode === "taken" && shots[0] && <img className="mirrored" src={shots[shots.length - 1].url} alt="Your picture" />}
        {mode === "opening" && <span>Allow the camera if the browser asks.</span>}
        {(mode === "idle" || mode === "ended") && <span>Your face alone, well lit, looking into the camera</span>}
      </div>
      {(mode === "live" || mode === "taken") && (
        <div className="face-shots">
          {Array.from({ length: wanted }, (_, n) => shots[n]
            ? <img key={n} className="mirrored" src={shots[n].url} alt={`Picture ${n + 1}`} />
            : <span key={n} aria-hidden="true" />)}
          <small className="muted figures" id="face-count">{shots.length} of {wanted} pictures</small>
        </div>
      )}
      <div className="face-words" role="status">
        {answered ? children : (mode === "live" || mode === "file") && !problem && <span className="muted">Looking …</span>}
      </div>
      <div className="photo-actions">
        {mode === "live"
          ? <button type="button" className="plain-button" onClick={() => { close(); drop(); setMode("idle"); }}>Stop the camera</button>
          : <button type="button" className="plain-button" onClick={open} disabled={mode === "opening"}>{again ? "Take again" : "Use the camera"}</button>}
        <label className="plain-button">
          Choose a photo
          <input ref={input} type="file" name={name} accept="image/jpeg,image/png" required
                 onChange={(event) => choose(event.target.files[0])} />
        </label>
      </div>
      <p role="alert" className="form-problem">{problem}</p>
    </div>
  );
}
