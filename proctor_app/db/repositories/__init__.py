"""One repository per subject; each takes a session and never commits."""
