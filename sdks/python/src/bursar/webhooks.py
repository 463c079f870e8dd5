"""Whether a webhook is genuine (Standard Webhooks)."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import time
from collections.abc import Mapping
from typing import cast

from .errors import WebhookVerificationError
from .schema import MessageBody

TOLERANCE_S = 300


def verify_webhook(
    body: str | bytes,
    headers: Mapping[str, str],
    secret: str,
    *,
    tolerance_s: float = TOLERANCE_S,
    now_s: float | None = None,
) -> MessageBody:
    """Verifies a webhook over its body exactly as it came, and gives what it says. Keep the `webhook-id`s you have seen: a
    message may come twice. `now_s` is in seconds since 1970; the machine's clock when absent."""
    own = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp, signatures = (own.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (message_id and timestamp and signatures):
        raise _wrong("`webhook-id`, `webhook-timestamp` or `webhook-signature` is missing")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise _wrong("`webhook-timestamp` is no time")
    if abs((time.time() if now_s is None else now_s) - int(timestamp)) > tolerance_s:
        raise _wrong("`webhook-timestamp` is too far from the clock here")
    raw = body.encode() if isinstance(body, str) else body
    key = _decode(secret.removeprefix("whsec_"))
    if not key:
        raise _wrong("the secret is none: it is `whsec_` and base64")
    wanted = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + raw, "sha256")
    for signature in signatures.split(" "):
        version, _, text = signature.partition(",")
        if version == "v1" and hmac.compare_digest(_decode(text), wanted):
            return cast(MessageBody, json.loads(raw))
    raise _wrong("no signature fits; is it the endpoint's secret, and the body exactly as it came?")


def _decode(text: str) -> bytes:
    """Nothing where it is no base64, which fits nothing."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _wrong(detail: str) -> WebhookVerificationError:
    return WebhookVerificationError(detail, code="webhook_not_genuine")
