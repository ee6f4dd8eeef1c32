import { useEffect, useRef, useState } from "react";

// Posts a one-use ticket to a route that sets the session cookie, then loads the page it leads to.
export function Handover({ action, ticket = "", ref: _ignored, ...rest }) {
  const sent = useRef("");
  const [problem, setProblem] = useState("");
  useEffect(() => {
    if (!ticket || sent.current === ticket) return;
    sent.current = ticket;
    const body = new FormData();
    body.append("ticket", ticket);
    fetch(action, { method: "POST", body, headers: { Accept: "application/json" } })
      .then(async (answer) => {
        if (answer.ok) return location.assign(answer.redirected ? answer.url : "/dashboard");
        const error = await answer.json().catch(() => ({ detail: "The server did not answer as expected." }));
        setProblem(error.detail);
      })
      .catch(() => setProblem("The server can't be reached. Check the network and try again."));
  }, [ticket, action]);
  return <p {...rest} role={problem ? "alert" : "status"} className="form-problem">{problem}</p>;
}
