"""Operations about attempts: sessions, answers, what was found, and what people made of it."""

from proctor_app.api.operation import Operation

ATTEMPTS: dict[str, Operation] = {
    "GET /admin/dashboard": Operation(
        "getDashboard",
        "Counts of the whole installation",
        "not_allowed",
        media="application/json text/html",
    ),
    "POST /api/v1/exam/start/{user_id}": Operation(
        "startSession",
        "Start, or return to the open attempt",
        "exam_closed illegal_state no_attempt no_attempts_left no_candidate no_exam "
        "not_allowed not_on_roster not_your_exam other_attempt_running seb_required throttled",
    ),
    "POST /api/v1/exam/stop/{user_id}": Operation(
        "stopSession",
        "End the monitoring",
        "attempt_ended attempt_not_running attempt_paused illegal_state no_attempt "
        "no_open_attempt/404 no_open_attempt/409 not_allowed not_your_exam",
    ),
    "POST /api/v1/exam/pause/{user_id}": Operation(
        "pauseSession",
        "Pause monitoring and clock",
        "illegal_state no_attempt no_open_attempt/404 no_open_attempt/409 not_allowed "
        "not_your_exam pause_not_allowed reason_missing reason_too_long throttled",
    ),
    "POST /api/v1/exam/resume/{user_id}": Operation(
        "resumeSession",
        "Let a paused attempt go on",
        "attempt_ended attempt_not_running attempt_paused illegal_state no_attempt "
        "no_open_attempt/404 no_open_attempt/409 not_allowed not_your_exam resume_not_allowed "
        "seb_required throttled",
    ),
    "GET /api/v1/exam/session/{user_id}": Operation(
        "getSession",
        "The open attempt, else the last one",
        "no_attempt not_allowed not_your_exam",
    ),
    "GET /api/v1/exam/summary/{user_id}": Operation(
        "getSummary",
        "What was found, and the compliance",
        "no_attempt not_allowed not_your_exam",
    ),
    "POST /api/v1/exam/clear-logs/{user_id}": Operation(
        "clearLogs",
        "Hide an attempt's incidents",
        "no_attempt not_allowed not_your_exam own_attempt",
    ),
    "POST /api/v1/exam/restore-logs/{user_id}": Operation(
        "restoreLogs",
        "Show hidden incidents again",
        "no_attempt not_allowed not_your_exam own_attempt",
    ),
    "POST /api/monitor/face_log": Operation(
        "logFace",
        "Tell what a client saw of the face",
        "attempt_ended attempt_not_running attempt_paused illegal_state no_attempt "
        "no_open_attempt/404 no_open_attempt/409 not_allowed not_your_exam sat_elsewhere "
        "seb_required seq_invalid throttled timestamp_invalid too_many_events",
    ),
    "POST /api/monitor/tab_event": Operation(
        "logTabEvent",
        "Tell what the browser did",
        "attempt_ended attempt_not_running attempt_paused illegal_state no_attempt "
        "no_open_attempt/404 no_open_attempt/409 not_allowed not_your_exam sat_elsewhere "
        "seb_required seq_invalid throttled timestamp_invalid too_many_events",
    ),
    "POST /api/proctor/events": Operation(
        "logEvents",
        "Tell several events at once",
        "attempt_ended attempt_not_running attempt_paused illegal_state no_attempt "
        "no_open_attempt/404 no_open_attempt/409 not_allowed not_your_exam sat_elsewhere "
        "seb_required seq_invalid throttled timestamp_invalid too_many_events",
    ),
    "GET /api/v1/wall/pictures": Operation(
        "getWallPictures",
        "New pictures of a page of the wall",
        "ids_invalid not_allowed seen_invalid",
        media="application/octet-stream",
    ),
    "GET /api/v1/attempts": Operation(
        "listAttempts",
        "Attempts, a page at a time",
        "cursor_invalid not_allowed status_unknown",
    ),
    "GET /api/v1/attempts/{attempt_id}": Operation(
        "getAttempt",
        "One attempt with its questions and answers",
        "illegal_state no_attempt not_allowed not_your_exam seb_required",
    ),
    "PUT /api/v1/attempts/{attempt_id}/answers/{question_id}": Operation(
        "saveAnswer",
        "Save an answer",
        "answer_invalid answer_not_storable attempt_ended attempt_not_running attempt_paused "
        "no_attempt no_question no_question/404 no_questions not_allowed sat_elsewhere "
        "seb_required seq_invalid throttled",
    ),
    "POST /api/v1/attempts/{attempt_id}/submit": Operation(
        "submitAttempt",
        "Hand an attempt in",
        "attempt_ended attempt_not_running attempt_paused illegal_state no_attempt "
        "not_allowed not_your_exam sat_elsewhere",
    ),
    "POST /api/v1/attempts/{attempt_id}/message": Operation(
        "sendMessage",
        "Say something to the other side",
        "attempt_ended no_attempt not_allowed not_your_exam own_attempt text_missing "
        "text_too_long throttled",
    ),
    "POST /api/v1/attempts/{attempt_id}/terminate": Operation(
        "terminateAttempt",
        "End an attempt for a reason",
        "attempt_ended illegal_state no_attempt not_allowed not_your_exam reason_missing "
        "reason_too_long",
    ),
    "GET /api/v1/attempts/{attempt_id}/incidents": Operation(
        "listIncidents",
        "An attempt's incidents",
        "cursor_invalid no_attempt not_allowed not_released/403 not_your_exam",
    ),
    "POST /api/v1/attempts/{attempt_id}/signals": Operation(
        "sendSignals",
        "Tell what the exam page noticed",
        "attempt_ended attempt_not_running attempt_paused illegal_state no_attempt "
        "not_allowed not_your_exam sat_elsewhere seb_required seq_invalid throttled "
        "timestamp_invalid too_many_events",
    ),
    "GET /api/v1/attempts/{attempt_id}/picture": Operation(
        "getLastPicture",
        "The newest picture of a running attempt",
        "no_attempt not_allowed not_your_exam",
        media="image/jpeg image/png",
    ),
    "GET /api/v1/incidents/{incident_id}/evidence/{n}": Operation(
        "getEvidence",
        "A picture of an incident",
        "no_evidence not_allowed not_released/403 not_your_exam picture_gone",
        media="image/jpeg",
    ),
    "GET /api/v1/review": Operation(
        "listReviewQueue",
        "Attempts that wait for a person",
        "cursor_invalid no_exam not_allowed not_your_exam queue_unknown sort_unknown",
    ),
    "POST /api/v1/incidents/{incident_id}/verdict": Operation(
        "judgeIncident",
        "Say what an incident was",
        "candidate_erased category_unknown illegal_state no_incident not_allowed "
        "not_your_exam own_attempt reason_missing reason_too_long verdict_unknown",
    ),
    "POST /api/v1/attempts/{attempt_id}/verdict": Operation(
        "judgeAttempt",
        "End a review with a verdict",
        "appeal_open attempt_not_ended candidate_erased category_unknown illegal_state "
        "no_attempt not_allowed not_your_exam own_attempt reason_missing reason_too_long "
        "verdict_unknown",
    ),
    "POST /api/v1/attempts/{attempt_id}/release": Operation(
        "releaseReview",
        "Show the candidate what was found",
        "attempt_not_ended candidate_erased no_attempt not_allowed not_your_exam own_attempt",
    ),
    "POST /api/v1/attempts/{attempt_id}/appeal": Operation(
        "appealVerdict",
        "Object to what was released",
        "appeal_missing appeal_open appeal_too_long appeal_used illegal_state no_attempt "
        "not_allowed not_released/409 throttled",
    ),
    "POST /api/v1/attempts/{attempt_id}/appeal/answer": Operation(
        "answerAppeal",
        "Answer an appeal",
        "answer_missing answer_too_long candidate_erased category_unknown illegal_state "
        "no_attempt no_open_appeal not_allowed not_your_exam own_attempt reason_missing "
        "reason_too_long verdict_unknown",
    ),
    "DELETE /api/v1/dismissals/{dismissal_id}": Operation(
        "undoDismissal",
        "Bring dismissed incidents back",
        "dismissal_running illegal_state no_bulk no_exam not_allowed not_your_exam throttled",
    ),
    "GET /api/v1/attempts/{attempt_id}/report": Operation(
        "getReport",
        "The report on an attempt",
        "busy no_attempt no_evidence not_allowed not_your_exam own_attempt pdf_unavailable "
        "throttled unavailable",
        media="application/json text/csv text/html application/pdf",
        is_file=True,
    ),
    "GET /api/v1/exports": Operation("listExports", "The caller's archives", "not_allowed"),
    "GET /api/v1/exports/{export_id}": Operation(
        "getExport",
        "How far an archive is",
        "no_export not_allowed",
    ),
    "DELETE /api/v1/exports/{export_id}": Operation(
        "cancelExport",
        "Stop or remove an archive",
        "no_export not_allowed",
    ),
    "GET /api/v1/exports/{export_id}/file": Operation(
        "downloadExport",
        "The finished archive",
        "export_not_done export_outdated no_exam no_export not_allowed not_your_exam",
        media="application/zip",
        is_file=True,
    ),
    "GET /api/v1/health": Operation("getHealth", "Whether frames can be analysed"),
}
