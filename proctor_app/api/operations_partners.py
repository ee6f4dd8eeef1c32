"""Operations for partners: keys of machines, webhooks, learning platforms, Safe Exam Browser."""

from proctor_app.api.operation import Operation

PARTNERS: dict[str, Operation] = {
    "GET /api/v1/admin/api-keys": Operation("listKeys", "API keys", "not_allowed"),
    "POST /api/v1/admin/api-keys": Operation(
        "createKey",
        "Make an API key",
        "expiry_invalid limit_invalid name_invalid not_allowed scopes_missing too_many_keys",
    ),
    "DELETE /api/v1/admin/api-keys/{key_id}": Operation(
        "revokeKey",
        "Revoke an API key",
        "key_unknown/404 not_allowed",
    ),
    "GET /api/v1/key": Operation(
        "getOwnKey",
        "What the key that asks may",
        "key_unknown/404 no_key",
    ),
    "GET /api/v1/admin/webhooks": Operation(
        "listWebhooks",
        "Webhooks with their health",
        "not_allowed",
    ),
    "POST /api/v1/admin/webhooks": Operation(
        "createWebhook",
        "Make a webhook",
        "address_private description_invalid event_unknown events_missing exam_unknown "
        "not_allowed too_many_webhooks url_not_https url_not_valid",
    ),
    "PATCH /api/v1/admin/webhooks/{webhook_id}": Operation(
        "changeWebhook",
        "Change, pause or resume a webhook",
        "address_private description_invalid event_unknown events_missing exam_unknown "
        "no_webhook not_allowed url_not_https url_not_valid",
    ),
    "DELETE /api/v1/admin/webhooks/{webhook_id}": Operation(
        "deleteWebhook",
        "Remove a webhook",
        "no_webhook not_allowed",
    ),
    "POST /api/v1/admin/webhooks/{webhook_id}/secret": Operation(
        "rotateWebhookSecret",
        "Make another secret",
        "no_webhook not_allowed",
    ),
    "POST /api/v1/admin/webhooks/{webhook_id}/test": Operation(
        "testWebhook",
        "Send a test message",
        "address_private no_webhook not_allowed throttled unreachable url_not_https url_not_valid",
    ),
    "GET /api/v1/admin/webhooks/{webhook_id}/deliveries": Operation(
        "listDeliveries",
        "A webhook's log",
        "cursor_invalid no_webhook not_allowed state_unknown",
    ),
    "POST /api/v1/admin/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver": Operation(
        "redeliver",
        "Send a message once more",
        "delivery_waiting no_delivery no_webhook not_allowed",
    ),
    "GET /api/v1/exams/{exam_id}/seb": Operation(
        "getSebConfig",
        "The Safe Exam Browser file of an exam",
        "link_expired no_exam no_seb not_allowed",
        media="application/seb",
        is_file=True,
    ),
    "POST /api/v1/exams/{exam_id}/seb": Operation(
        "proveSeb",
        "Show that Safe Exam Browser is in use",
        "no_exam not_allowed seb_not_proved throttled",
    ),
    "POST /lti/launch": Operation(
        "finishLaunch",
        "Come in from a learning platform",
        "account_disabled account_exists credentials_wrong email_invalid exam_closed "
        "illegal_state instructors_not_let_in lti_accept_types lti_algorithm lti_audience "
        "lti_cookie_missing lti_deployment lti_expired lti_issuer lti_key_unknown "
        "lti_keys_unreachable lti_message_type lti_no_exam lti_no_link lti_nobody lti_nonce "
        "lti_not_yet_valid lti_other_browser lti_platform_refused lti_platform_unknown "
        "lti_return_url lti_role lti_signature lti_state lti_state_expired "
        "lti_state_used lti_target lti_token_malformed lti_token_too_large lti_too_old "
        "lti_version no_attempts_left no_candidate no_exam no_public_url not_allowed "
        "not_on_roster not_your_exam other_attempt_running "
        "second_factor_required/403 staff_not_let_in staff_sit_no_exams throttled",
    ),
    "GET /lti/jwks": Operation("getToolKeys", "This installation's public keys", "throttled"),
    "GET /lti/config": Operation(
        "getToolConfiguration",
        "What a platform's admin needs to register it",
        "no_public_url",
    ),
    "POST /lti/choose": Operation(
        "chooseCourseExam",
        "Answer a platform with an exam",
        "choice_expired choice_used exam_not_published no_choice no_exam no_public_url not_allowed",
    ),
    "GET /api/v1/admin/lti/platforms": Operation(
        "listPlatforms",
        "Learning platforms",
        "not_allowed",
    ),
    "POST /api/v1/admin/lti/platforms": Operation(
        "addPlatform",
        "Let a learning platform in",
        "address_private deployments_invalid id_invalid name_invalid not_allowed "
        "platform_known too_many_platforms url_not_https url_not_valid",
    ),
    "PATCH /api/v1/admin/lti/platforms/{platform_id}": Operation(
        "changePlatform",
        "Change a learning platform",
        "address_private deployments_invalid id_invalid name_invalid no_platform not_allowed "
        "platform_known url_not_https url_not_valid",
    ),
    "GET /api/v1/admin/lti/grades": Operation(
        "listPlatformScores",
        "Scores for learning platforms",
        "not_allowed",
    ),
    "POST /api/v1/admin/lti/grades/{grade_id}/send": Operation(
        "sendPlatformScore",
        "Send a score anew",
        "no_grade not_allowed",
    ),
}
