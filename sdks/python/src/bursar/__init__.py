"""The client of a Bursar server, for agents: payments, approvals, wallet, cards, intents, webhooks."""

from .aio.client import AsyncBursar
from .errors import (
    ApprovalTimeoutError,
    BudgetExceededError,
    BursarError,
    IdempotencyConflictError,
    OutcomeUnknownError,
    PaymentDeclinedError,
    RateLimitError,
    WebhookVerificationError,
)
from .sync.client import Bursar
from .webhooks import verify_webhook

__all__ = [
    "ApprovalTimeoutError",
    "AsyncBursar",
    "BudgetExceededError",
    "Bursar",
    "BursarError",
    "IdempotencyConflictError",
    "OutcomeUnknownError",
    "PaymentDeclinedError",
    "RateLimitError",
    "WebhookVerificationError",
    "verify_webhook",
]
