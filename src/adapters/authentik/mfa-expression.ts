/** Longest time between a sign-in that proved a second factor and its use for an application. */
const PROVEN_FOR_MINUTES = 5;

/**
 * Python expression of the policy that is bound to the stage which validates a second factor: false, so that the stage is
 * left out, only when the event of this session's sign-in is at most five minutes old, is of the same user, and names a
 * device that still belongs to the user and that the stage itself would accept. authentik keeps the event in its own
 * session store. Everything else, errors included, runs the stage: `get_login_event` and `devices_for_user` are modules of
 * authentik that a version may move.
 */
export const mfaExpression = `# Made by Hecate; changes here are drift.
# Leaves the stage out when this very sign-in has proven a second factor. Any doubt and any error runs the stage.
try:
    from datetime import datetime, timedelta, timezone
    from authentik.events.signals import get_login_event
    from authentik.stages.authenticator import devices_for_user

    login = get_login_event(http_request)
    age = datetime.now(timezone.utc) - login.created
    is_recent = timedelta(0) <= age <= timedelta(minutes=${PROVEN_FOR_MINUTES})
    is_same_user = str(login.user["pk"]) == str(request.user.pk) == str(http_request.user.pk)
    proven = {(one["model_name"], str(one["pk"])) for one in login.context["auth_method_args"]["mfa_devices"]}
    accepted = ("staticdevice", "totpdevice", "webauthndevice")
    own = {(one._meta.model_name, str(one.pk)) for one in devices_for_user(request.user)}
    factors = [one for one in proven & own if one[0] in accepted]
    return not (is_recent and is_same_user and len(factors) > 0)
except Exception:
    return True`;
