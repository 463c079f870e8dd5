"""Asking for payments, and waiting for what becomes of them."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote

from ..calls import Call, Patience, check_amount, given, outcome_unknown
from ..errors import refusal_of
from ..keys import content_key
from ..schema import PreviewBody, TransactionBody, WalletBody
from .transport import Transport


class Pay:
    """Payments."""

    def __init__(self, transport: Transport, agent_id: str | None) -> None:
        self._transport = transport
        self._agent_id = agent_id

    def request(
        self,
        *,
        amount: str,
        merchant: str,
        purpose: str | None = None,
        context: dict[str, Any] | None = None,
        currency: str | None = None,
        category: str | None = None,
        rail: str | None = None,
        intent_id: str | None = None,
        idempotency_key: str | None = None,
        idempotency: Literal["content"] | None = None,
    ) -> TransactionBody:
        """Asks for a payment. It is allowed, or waits for a human (`status` is `pending`); one that will never be paid is
        raised. A call whose answer is lost is made again under the same idempotency key, so it pays once at most.

        `idempotency="content"` derives that key from agent, amount, merchant, purpose and context: two equal payments are
        one then, and a decline is final for all that is equal. When absent, each call has a new key."""
        check_amount(amount)
        body = given(
            amount=amount,
            merchant=merchant,
            purpose=purpose,
            context=context,
            currency=currency,
            category=category,
            rail=rail,
            intent_id=intent_id,
        )
        if idempotency == "content":
            if idempotency_key is not None:
                raise TypeError('either `idempotency_key` or `idempotency="content"`, not both')
            key = content_key(self._agent(), body)
        else:
            key = idempotency_key or self._transport.fresh()
        body["idempotency_key"] = key
        call = Call("POST", "/payment-request", body=body, idempotency_key=key)
        return self._transport.call(TransactionBody, call)

    def preview(
        self,
        *,
        amount: str,
        merchant: str,
        purpose: str | None = None,
        context: dict[str, Any] | None = None,
        currency: str | None = None,
        category: str | None = None,
        rail: str | None = None,
    ) -> PreviewBody:
        """What would be decided; what would be declined is raised. Nothing is written and nothing held."""
        check_amount(amount)
        body = given(
            amount=amount,
            merchant=merchant,
            purpose=purpose,
            context=context,
            currency=currency,
            category=category,
            rail=rail,
            idempotency_key=self._transport.fresh(),
        )
        call = Call("POST", "/payment-request", query={"dry_run": True}, body=body, harmless=True)
        return self._transport.call(PreviewBody, call)

    def wait_for_approval(self, transaction_id: str, *, timeout_s: float | None = None) -> TransactionBody:
        """Waits until a human has decided. The server holds each question until there is an answer, so nothing is asked
        in a hurry. A no is a `PaymentDeclinedError`; nobody deciding in time an `ApprovalTimeoutError`."""
        return self._wait(transaction_id, "decided", {"pending"}, timeout_s)

    def wait_for_settlement(self, transaction_id: str, *, timeout_s: float | None = None) -> TransactionBody:
        """Waits until it is paid. An outcome that nobody knows is an `OutcomeUnknownError`."""
        transaction = self._wait(transaction_id, "settled", {"pending", "approved", "executing"}, timeout_s)
        if transaction["status"] == "unknown":
            raise outcome_unknown(transaction)
        return transaction

    def _wait(self, transaction_id: str, until: str, open: set[str], timeout_s: float | None) -> TransactionBody:
        patience = Patience(self._transport.settings, timeout_s)
        path = f"/transactions/{quote(transaction_id, safe='')}"
        while True:
            wait_s = patience.next_round()
            call = Call("GET", path, query={"wait": wait_s, "until": until}, wait_s=wait_s)
            transaction = self._transport.call(TransactionBody, call)
            if transaction["status"] not in open:
                refusal = refusal_of(transaction)
                if refusal is not None:
                    raise refusal
                return transaction
            self._transport.sleep(patience.after(transaction))

    def _agent(self) -> str:
        if self._agent_id is None:
            wallet = self._transport.call(WalletBody, Call("GET", "/wallet/check"))
            self._agent_id = wallet["agent_id"]
        return self._agent_id
