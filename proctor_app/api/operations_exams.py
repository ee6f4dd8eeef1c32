"""Operations about exams: the exams themselves, rosters, and what belongs to them."""

from proctor_app.api.operation import Operation

EXAMS: dict[str, Operation] = {
    "GET /admin/exams": Operation(
        "listExamsForAdmin",
        "Exams, at the address of their page",
        "cursor_invalid not_allowed search_invalid sort_unknown status_unknown",
        media="application/json text/html",
    ),
    "POST /admin/exams": Operation(
        "createExamForAdmin",
        "Make an exam, at the address of the page",
        "code_taken exam_incomplete exam_invalid file_invalid file_too_large frame_dimensions "
        "frame_empty frame_not_an_image frame_too_large frame_truncated frame_undecodable "
        "not_allowed",
    ),
    "GET /api/v1/exams": Operation(
        "listExams",
        "Exams, a page at a time",
        "cursor_invalid not_allowed search_invalid sort_unknown status_unknown",
    ),
    "POST /api/v1/exams": Operation(
        "createExam",
        "Make an exam",
        "code_taken exam_incomplete exam_invalid file_invalid file_too_large frame_dimensions "
        "frame_empty frame_not_an_image frame_too_large frame_truncated frame_undecodable "
        "not_allowed",
    ),
    "POST /api/v1/exams/import": Operation(
        "importExam",
        "Make a draft of a file",
        "code_taken exam_invalid file_invalid file_missing file_too_large frame_dimensions "
        "frame_empty frame_not_an_image frame_too_large frame_truncated frame_undecodable "
        "not_allowed",
    ),
    "GET /api/v1/exams/{exam_id}": Operation("getExam", "One exam", "no_exam not_allowed"),
    "PATCH /api/v1/exams/{exam_id}": Operation(
        "changeExam",
        "Change an exam",
        "code_taken exam_changed exam_incomplete exam_invalid file_invalid file_too_large "
        "no_exam not_allowed practice_exam",
    ),
    "DELETE /api/v1/exams/{exam_id}": Operation(
        "deleteExam",
        "Delete a draft",
        "exam_in_use no_exam not_allowed practice_exam",
    ),
    "POST /api/v1/exams/{exam_id}/publish": Operation(
        "publishExam",
        "Publish the draft",
        "exam_incomplete exam_invalid no_exam not_allowed practice_exam",
    ),
    "POST /api/v1/exams/{exam_id}/close": Operation(
        "closeExam",
        "Let nobody begin any more",
        "no_exam not_allowed not_published practice_exam",
    ),
    "POST /api/v1/exams/{exam_id}/reopen": Operation(
        "reopenExam",
        "Let candidates begin again",
        "no_exam not_allowed not_closed practice_exam",
    ),
    "POST /api/v1/exams/{exam_id}/duplicate": Operation(
        "duplicateExam",
        "Copy an exam",
        "code_taken no_exam not_allowed",
    ),
    "PUT /api/v1/exams/{exam_id}/proctors": Operation(
        "setProctors",
        "Assign proctors",
        "no_exam no_proctor not_allowed practice_exam too_many_proctors",
    ),
    "POST /api/v1/exams/{exam_id}/results": Operation(
        "releaseResults",
        "Let candidates see their results",
        "no_exam not_allowed",
    ),
    "GET /api/v1/exams/{exam_id}/export": Operation(
        "exportExam",
        "An exam as a file",
        "export_too_large no_exam no_picture not_allowed picture_gone",
        media="application/json text/plain",
        is_file=True,
    ),
    "GET /api/v1/exams/{exam_id}/pictures": Operation(
        "listPictures",
        "An exam's pictures",
        "no_exam no_picture not_allowed",
    ),
    "POST /api/v1/exams/{exam_id}/pictures": Operation(
        "addPicture",
        "Add a picture to an exam",
        "file_missing file_too_large frame_dimensions frame_empty frame_not_an_image "
        "frame_too_large frame_truncated frame_undecodable no_exam not_allowed "
        "too_many_pictures",
    ),
    "GET /api/v1/exams/{exam_id}/pictures/{picture_id}": Operation(
        "getPicture",
        "One picture of an exam",
        "no_exam no_picture not_allowed picture_gone",
        media="image/jpeg image/png",
    ),
    "DELETE /api/v1/exams/{exam_id}/pictures/{picture_id}": Operation(
        "removePicture",
        "Remove a picture from an exam",
        "no_exam no_picture not_allowed picture_in_use",
    ),
    "GET /api/v1/exams/{exam_id}/roster": Operation(
        "listRoster",
        "Who may sit an exam",
        "no_exam not_allowed",
    ),
    "POST /api/v1/exams/{exam_id}/roster": Operation(
        "addRosterEntry",
        "Add somebody to a roster",
        "email_invalid no_exam not_allowed roster_email_taken roster_full roster_invalid",
    ),
    "GET /api/v1/exams/{exam_id}/roster/export": Operation(
        "exportRoster",
        "A roster as CSV",
        "no_exam not_allowed",
        media="text/csv",
        is_file=True,
    ),
    "POST /api/v1/exams/{exam_id}/roster/import": Operation(
        "importRoster",
        "Take over a CSV file",
        "email_invalid file_invalid file_missing file_too_large no_exam not_allowed "
        "roster_email_taken roster_full roster_invalid",
    ),
    "PATCH /api/v1/exams/{exam_id}/roster/{entry_id}": Operation(
        "changeRosterEntry",
        "Change accommodations",
        "email_invalid no_exam no_roster_entry not_allowed roster_invalid",
    ),
    "DELETE /api/v1/exams/{exam_id}/roster/{entry_id}": Operation(
        "removeRosterEntry",
        "Remove somebody from a roster",
        "attempt_open no_exam no_roster_entry not_allowed",
    ),
    "GET /api/v1/exams/{exam_id}/dismissals": Operation(
        "listDismissals",
        "What was dismissed in one go",
        "no_exam not_allowed not_your_exam",
    ),
    "POST /api/v1/exams/{exam_id}/dismissals": Operation(
        "dismissIncidents",
        "Dismiss a faulty rule's incidents",
        "dismissal_running event_type_unknown illegal_state no_bulk no_exam not_allowed "
        "not_your_exam reason_missing reason_too_long throttled",
    ),
    "POST /api/v1/exams/{exam_id}/exports": Operation(
        "startExport",
        "Begin to make an archive of an exam",
        "export_running exports_busy exports_no_room formats_missing no_attempt no_attempts "
        "no_evidence no_exam not_allowed not_your_exam own_attempt pdf_unavailable throttled "
        "too_many_attempts",
    ),
}
