"""Operations about people: accounts, one's own, and those of others."""

from proctor_app.api.operation import Operation

PEOPLE: dict[str, Operation] = {
    "POST /api/v1/auth/signup": Operation(
        "signUp",
        "Sign up with a face photo",
        "busy email_invalid email_taken eyes_closed face_cut face_too_small face_turned "
        "face_unclear faces_differ frame_dimensions frame_empty frame_not_an_image "
        "frame_too_large frame_truncated frame_undecodable name_invalid no_face "
        "password_common password_is_email password_is_name password_too_long "
        "password_too_short photo_blocked photo_blurred photo_too_bright photo_too_dark "
        "photo_too_large photos_count several_faces throttled vision_failed",
    ),
    "POST /api/v1/auth/login/password": Operation(
        "logIn",
        "Log in by password",
        "busy credentials_wrong email_missing second_factor_required/401 second_factor_wrong/401 "
        "throttled",
    ),
    "POST /api/v1/auth/login/face/challenge": Operation(
        "askFaceChallenge",
        "Ask what to do before the camera",
        "busy email_invalid throttled",
    ),
    "POST /api/v1/auth/login/face": Operation(
        "logInByFace",
        "Log in by face",
        "busy face_login_failed face_login_paused frame_dimensions frame_empty "
        "frame_not_an_image frame_too_large frame_truncated frame_undecodable frames_count "
        "throttled vision_failed",
    ),
    "POST /api/v1/auth/logout": Operation("logOut", "Log out"),
    "POST /api/v1/auth/logout-all": Operation("logOutEverywhere", "Log out everywhere"),
    "GET /api/v1/auth/me": Operation("whoAmI", "Who the caller is", "account_unknown"),
    "POST /login": Operation(
        "logInPage",
        "Log in for the pages",
        "busy credentials_wrong email_missing second_factor_required/401 second_factor_wrong/401 "
        "throttled",
    ),
    "POST /login/face/session": Operation(
        "enterByFace",
        "Change a face log-in's ticket for the cookie",
        "face_login_failed throttled ticket_invalid",
    ),
    "GET /api/v1/auth/sessions": Operation("listSessions", "The caller's open sessions"),
    "DELETE /api/v1/auth/sessions/{login_id}": Operation(
        "endSession",
        "End one of the caller's sessions",
        "session_unknown",
    ),
    "GET /api/v1/auth/second-factor": Operation("getSecondFactor", "Whether a second factor is on"),
    "POST /api/v1/auth/second-factor": Operation(
        "beginSecondFactor",
        "Begin to set up a second factor",
        "account_unknown password_not_set second_factor_on",
    ),
    "POST /api/v1/auth/second-factor/confirm": Operation(
        "confirmSecondFactor",
        "Switch the second factor on",
        "account_unknown second_factor_not_begun second_factor_on second_factor_wrong/422 "
        "throttled",
    ),
    "POST /api/v1/auth/second-factor/disable": Operation(
        "disableSecondFactor",
        "Switch the second factor off",
        "account_unknown busy password_wrong second_factor_off second_factor_wrong/422 throttled",
    ),
    "POST /api/v1/auth/password": Operation(
        "changePassword",
        "Change the password",
        "account_unknown busy password_common password_is_email password_is_name "
        "password_too_long password_too_short password_wrong throttled",
    ),
    "POST /api/v1/auth/password/forgot": Operation(
        "forgotPassword",
        "Ask for a link to a new password",
        "email_invalid throttled",
    ),
    "POST /api/v1/auth/password/reset": Operation(
        "resetPassword",
        "Choose a new password by a link",
        "busy link_invalid password_common password_is_email password_is_name "
        "password_too_long password_too_short throttled",
    ),
    "GET /api/v1/me/export": Operation(
        "exportOwnData",
        "Everything held about the caller",
        "account_unknown not_allowed picture_gone throttled",
        media="application/zip",
        is_file=True,
    ),
    "POST /api/v1/me/erasure-request": Operation(
        "requestErasure",
        "Ask to be erased",
        "account_unknown not_allowed throttled",
    ),
    "DELETE /api/v1/me/erasure-request": Operation(
        "withdrawErasure",
        "Take the wish to be erased back",
        "account_unknown not_allowed throttled",
    ),
    "POST /api/v1/me/face": Operation(
        "enrolFace",
        "Enrol the caller's face again",
        "account_unknown attempt_open busy eyes_closed face_cut face_enrolled face_too_small "
        "face_turned face_unclear faces_differ frame_dimensions frame_empty "
        "frame_not_an_image frame_too_large frame_truncated frame_undecodable log_in_too_old "
        "no_face not_allowed password_wrong photo_blocked photo_blurred photo_too_bright "
        "photo_too_dark photo_too_large photos_count several_faces throttled vision_failed",
    ),
    "DELETE /api/v1/me/face": Operation(
        "removeFace",
        "Remove the caller's face data",
        "account_unknown attempt_open no_face_data not_allowed",
    ),
    "GET /api/v1/admin/users": Operation(
        "listPeople",
        "People, a page at a time",
        "cursor_invalid not_allowed role_unknown search_invalid sort_unknown state_unknown",
    ),
    "GET /api/v1/admin/users/{user_id}": Operation(
        "getPerson",
        "One person",
        "account_unknown not_allowed",
    ),
    "PATCH /api/v1/admin/users/{user_id}": Operation(
        "changePerson",
        "Change role or access",
        "account_erased account_unknown erasure_begun last_admin not_allowed own_account",
    ),
    "DELETE /api/v1/admin/users/{user_id}": Operation(
        "erasePerson",
        "Erase a person for good",
        "account_erased account_unknown attempt_running erasure_unfinished last_admin "
        "not_allowed own_account",
    ),
    "POST /api/v1/admin/users/{user_id}/reset-face": Operation(
        "resetFace",
        "Remove a person's face data",
        "account_erased account_unknown attempt_running not_allowed",
    ),
    "POST /api/v1/admin/users/{user_id}/reset-second-factor": Operation(
        "resetSecondFactor",
        "Forget a person's second factor",
        "account_erased account_unknown not_allowed own_account",
    ),
    "POST /api/v1/admin/users/{user_id}/end-sessions": Operation(
        "endSessions",
        "Log a person out everywhere",
        "account_erased account_unknown not_allowed",
    ),
    "GET /admin/users": Operation(
        "listPeopleForAdmin",
        "People, at the address of their page",
        "cursor_invalid not_allowed role_unknown search_invalid sort_unknown state_unknown",
        media="application/json text/html",
    ),
    "GET /lti/login": Operation(
        "beginLaunch",
        "Begin a launch",
        "lti_deployment lti_login_invalid lti_platform_unknown no_public_url throttled",
    ),
    "POST /lti/login": Operation(
        "beginLaunchByForm",
        "Begin a launch by a form",
        "lti_deployment lti_login_invalid lti_platform_unknown no_public_url throttled",
    ),
}
