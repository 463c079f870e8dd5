"""What can go wrong. Each error has the server's stable `code` and, where a rule refused, the limit and what is left."""

from __future__ import annotations

from typing import Any, cast

from .decimals import left
from .schema import FieldError, RefusalBody, TransactionBody


class BursarError(Exception):
    """Anything that Bursar, or the way to it, refuses."""

    code: str
    """The server's stable code, or one of ours: `connection_lost`, `approval_pending`, `settlement_pending`,
    `webhook_not_genuine`."""
    status: int
    """The HTTP status; 0 where nothing was answered."""
    reason: str | None
    """Why it was refused, of the closed list of reasons."""
    limit: str | None
    """The limit that was reached."""
    used: str | None
    """What was used of it."""
    left: str | None
    """What is left of it, a decimal text; `None` where no amount is limited."""
    asked: str | None
    """What was asked for."""
    transaction: TransactionBody | None
    """The payment, where there is one."""
    retry_after_seconds: int | None
    """Seconds until it makes sense to try again."""
    idempotency_key: str | None
    """The key under which the call was made: calling again under it never pays twice."""
    fields: list[FieldError]
    """Fields that are wrong."""

    def __init__(
        self,
        detail: str,
        *,
        code: str,
        status: int = 0,
        reason: str | None = None,
        limit: str | None = None,
        used: str | None = None,
        asked: str | None = None,
        transaction: TransactionBody | None = None,
        retry_after_seconds: int | None = None,
        idempotency_key: str | None = None,
        fields: list[FieldError] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.status = status
        self.reason = reason
        self.limit = limit
        self.used = used
        self.left = left(limit, used)
        self.asked = asked
        self.transaction = transaction
        self.retry_after_seconds = retry_after_seconds
        self.idempotency_key = idempotency_key
        self.fields = fields or []


class PaymentDeclinedError(BursarError):
    """It is not paid, and never will be under this idempotency key."""


class BudgetExceededError(PaymentDeclinedError):
    """It is not paid because a limit or the wallet does not allow so much; `limit`, `used` and `left` say by how much."""


class ApprovalTimeoutError(BursarError):
    """No human decided in time. With `code` `timed_out` that is final; with `approval_pending` only this wait ended, and
    a human can still decide."""


class RateLimitError(BursarError):
    """Too often; `retry_after_seconds` says when to try again."""


class IdempotencyConflictError(BursarError):
    """The idempotency key was used for another payment."""


class OutcomeUnknownError(BursarError):
    """It is not known whether it was done. Ask again with the same `idempotency_key`, or look at `transaction`; never pay
    under a new key because of this."""


class WebhookVerificationError(BursarError):
    """A webhook that is not genuine, or too old."""


_LIMITS = {
    "per_tx_exceeded",
    "daily_exceeded",
    "weekly_exceeded",
    "monthly_exceeded",
    "lifetime_exceeded",
    "velocity_exceeded",
    "insufficient_funds",
}


def _class_of(status: int, code: str) -> type[BursarError]:
    """The class that an answer's status and code ask for."""
    if status == 402 and code in _LIMITS:
        return BudgetExceededError
    if status == 402 and code == "timed_out":
        return ApprovalTimeoutError
    if status == 402:
        return PaymentDeclinedError
    if status == 429:
        return RateLimitError
    named = {"idempotency_conflict": IdempotencyConflictError, "outcome_unknown": OutcomeUnknownError}
    return named.get(code, BursarError)


def error_of(status: int, body: Any, idempotency_key: str | None) -> BursarError:
    """The error that a problem (RFC 9457) stands for. Whatever is no problem, such as a proxy's page, becomes one."""
    is_problem = isinstance(body, dict) and isinstance(body.get("code"), str)
    problem = cast(RefusalBody, body if is_problem else {"code": f"http_{status}"})
    return _class_of(status, problem["code"])(
        problem.get("detail", f"the server answered {status}"),
        code=problem["code"],
        status=status,
        reason=problem.get("reason"),
        limit=problem.get("limit"),
        used=problem.get("used"),
        asked=problem.get("asked"),
        transaction=problem.get("transaction"),
        retry_after_seconds=problem.get("retry_after"),
        fields=problem.get("errors"),
        idempotency_key=idempotency_key,
    )


def refusal_of(transaction: TransactionBody) -> BursarError | None:
    """The error that a payment's status stands for, where it is one that will never be paid."""
    status, reason = transaction["status"], transaction.get("reason")
    match status:
        case "declined":
            code = reason or "declined"
            detail = f"declined: {code}; this is final for its idempotency_key"
        case "timed_out":
            code, detail = status, "no human decided in time; nothing was paid, ask again with a new idempotency_key"
        case "cancelled":
            code, detail = status, "the payment was withdrawn; nothing was paid"
        case "failed":
            code, detail = status, "the rail refused; nothing was paid"
        case _:
            return None
    refused = next((check for check in transaction["decision"] if check["verdict"] == "decline"), None)
    return _class_of(402, code)(
        detail,
        code=code,
        status=402,
        reason=reason,
        limit=refused.get("limit") if refused else None,
        used=refused.get("used") if refused else None,
        asked=refused.get("asked") if refused else None,
        transaction=transaction,
        idempotency_key=transaction["idempotency_key"],
    )
