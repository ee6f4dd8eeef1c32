import { useEffect, useRef, useState } from "react";

// A photo for a form: taken with the camera here, or a file. It ends up in the file input, so the
// form that holds it sends it like any upload.
export function FacePhoto({ name = "image", ref: _ignored, ...rest }) {
  const video = useRef(null), input = useRef(null), stream = useRef(null);
  const [mode, setMode] = useState("idle");
  const [preview, setPreview] = useState("");
  const [problem, setProblem] = useState("");

  const close = () => {
    stream.current && stream.current.getTracks().forEach((track) => track.stop());
    stream.current = null;
  };
  useEffect(() => close, []);

  const open = async () => {
    setProblem("");
    try {
      stream.current = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 } }, audio: false });
      setMode("camera");
    } catch (error) {
      setProblem("The camera can't be used. Allow it in the browser, or choose a photo.");
    }
  };
  useEffect(() => {
    if (mode !== "camera" || !video.current) return;
    video.current.srcObject = stream.current;
    video.current.play().catch(() => {});
  }, [mode]);

  const show = (file) => {
    setPreview((old) => { old && URL.revokeObjectURL(old); return file ? URL.createObjectURL(file) : ""; });
    setMode(file ? "photo" : "idle");
  };
  const take = async () => {
    const canvas = document.createElement("canvas");
    canvas.width = video.current.videoWidth;
    canvas.height = video.current.videoHeight;
    canvas.getContext("2d").drawImage(video.current, 0, 0);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
    const files = new DataTransfer();
    files.items.add(new File([blob], "face.jpg", { type: "image/jpeg" }));
    input.current.files = files.files;
    close();
    show(input.current.files[0]);
  };

  return (
    <div {...rest}>
      <div className="photo-frame">
        {mode === "camera" && <video ref={video} muted playsInline />}
        {mode === "photo" && <img src={preview} alt="Your photo" />}
        {mode === "idle" && <span>Your face alone, well lit, looking at the camera</span>}
      </div>
      <div className="photo-actions">
        {mode === "camera"
          ? <button type="button" className="plain-button" onClick={take}>Take the photo</button>
          : <button type="button" className="plain-button" onClick={open}>{mode === "photo" ? "Take another" : "Use the camera"}</button>}
        <label className="plain-button">
          Choose a file
          <input ref={input} type="file" name={name} accept="image/jpeg,image/png" required
                 onChange={(event) => { close(); show(event.target.files[0]); }} />
        </label>
      </div>
      <p role="alert" className="form-problem">{problem}</p>
    </div>
  );
}
