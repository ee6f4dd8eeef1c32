"""What is asked before a proctor does something about a candidate."""

from proctor_app.state.candidate_shown import Asked


def asked(kind: str, candidate: str) -> Asked | None:
    """None for what can't be asked."""
    questions = {
        "warn": Asked(
            "warn",
            f"Warn {candidate}?",
            "The warning stands on the candidate's page until they say that they have read it.",
            "Send the warning",
            "Warning",
            is_needed=True,
            longest=1000,
        ),
        "pause": Asked(
            "pause",
            f"Pause {candidate}?",
            "The clock and the monitoring stop, and the questions are hidden. The candidate is "
            "told, with your reason if you give one.",
            "Pause",
            "Reason (optional)",
        ),
        "resume": Asked(
            "resume",
            f"Let {candidate} go on?",
            "The clock runs again from where it stopped.",
            "Resume",
        ),
        "terminate": Asked(
            "terminate",
            f"End the attempt of {candidate}?",
            "It can't be begun again. What was answered so far is kept and marked, and the "
            "candidate is told your reason.",
            "End the attempt",
            "Reason",
            is_needed=True,
            is_grave=True,
        ),
    }
    return questions.get(kind)
