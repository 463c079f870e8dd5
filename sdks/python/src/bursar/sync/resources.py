"""What is read, and asked for, besides payments. Each class is one noun of the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from ..calls import Call, given
from ..schema import (
    AckedBody,
    IntentBody,
    LinkBody,
    MessagesBody,
    PageStoryLine,
    QuestionBody,
    SpendingBody,
    StoryLine,
    TopupBody,
    TransactionBody,
    WalletBody,
    WalletCard,
)
from .transport import Transport


class Transactions:
    """Payments that were asked for."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, transaction_id: str) -> TransactionBody:
        """Where a payment stands."""
        call = Call("GET", f"/transactions/{quote(transaction_id, safe='')}")
        return self._transport.call(TransactionBody, call)

    def cancel(self, transaction_id: str, reason: str | None = None) -> TransactionBody:
        """Withdraws a payment that the rail was not called for yet."""
        path = f"/transactions/{quote(transaction_id, safe='')}/cancel"
        body = None if reason is None else {"reason": reason}
        return self._transport.call(TransactionBody, Call("POST", path, body=body, repeatable=False))

    def list(self, *, cursor: str | None = None, limit: int | None = None) -> PageStoryLine:
        """One page of what happened to the wallet, newest first."""
        call = Call("GET", "/wallet/transactions", query={"cursor": cursor, "limit": limit})
        return self._transport.call(PageStoryLine, call)

    def all(self, *, limit: int | None = None) -> Iterator[StoryLine]:
        """All that happened to the wallet, newest first, page after page of `limit` lines."""
        cursor: str | None = None
        while True:
            page = self.list(cursor=cursor, limit=limit)
            for line in page["data"]:
                yield line
            cursor = page.get("next_cursor")
            if cursor is None:
                return


class Wallet:
    """The agent's wallet."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def check(self) -> WalletBody:
        """What is in it, and what is left of the limits."""
        return self._transport.call(WalletBody, Call("GET", "/wallet/check"))

    def spending(self) -> SpendingBody:
        """What the agent may spend."""
        return self._transport.call(SpendingBody, Call("GET", "/wallet/spending"))

    def request_topup(self, *, amount: str, reason: str, currency: str | None = None) -> TopupBody:
        """Asks the owners for money."""
        body = given(amount=amount, reason=reason, currency=currency)
        call = Call("POST", "/wallet/topup-request", body=body, repeatable=False)
        return self._transport.call(TopupBody, call)

    def create_link(
        self, *, amount: str, description: str, currency: str | None = None, payer_email: str | None = None
    ) -> LinkBody:
        """Makes a link by which others pay into the wallet."""
        body = given(amount=amount, description=description, currency=currency, payer_email=payer_email)
        return self._transport.call(LinkBody, Call("POST", "/payments/create-link", body=body, repeatable=False))

    def link(self, payment_link_id: str) -> LinkBody:
        """A payment link."""
        return self._transport.call(LinkBody, Call("GET", f"/payments/links/{quote(payment_link_id, safe='')}"))


class Cards:
    """The agent's cards."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, card_id: str | None = None) -> WalletCard:
        """Looks at a card. Each look is counted and told to the owners, so a lost one is not repeated."""
        call = Call("GET", "/wallet/card", query={"card_id": card_id}, repeatable=False)
        return self._transport.call(WalletCard, call)

    def request(
        self, *, reason: str, merchant: str | None = None, single_use: bool | None = None
    ) -> QuestionBody:
        """Asks the owners for a card."""
        body = given(reason=reason, merchant=merchant, single_use=single_use)
        call = Call("POST", "/wallet/card-request", body=body, repeatable=False)
        return self._transport.call(QuestionBody, call)


class Intents:
    """Purchases that are intended."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        *,
        amount: str,
        merchant: str,
        purpose: str | None = None,
        context: dict[str, Any] | None = None,
        currency: str | None = None,
        category: str | None = None,
        rail: str | None = None,
        tolerance: str | None = None,
        reserve_minutes: int | None = None,
        idempotency_key: str | None = None,
    ) -> IntentBody:
        """Asks whether something may be bought and, with `reserve_minutes`, has the money reserved under one key."""
        key = idempotency_key or self._transport.fresh()
        body = given(
            amount=amount,
            merchant=merchant,
            purpose=purpose,
            context=context,
            currency=currency,
            category=category,
            rail=rail,
            tolerance=tolerance,
            reserve_minutes=reserve_minutes,
            idempotency_key=key,
        )
        return self._transport.call(IntentBody, Call("POST", "/wallet/intent", body=body, idempotency_key=key))


class Messages:
    """What the agent was not told by webhook."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *, cursor: str | None = None, limit: int | None = None) -> MessagesBody:
        """The oldest that were not acknowledged."""
        call = Call("GET", "/messages", query={"cursor": cursor, "limit": limit})
        return self._transport.call(MessagesBody, call)

    def ack(self, message_id: str) -> AckedBody:
        """Acknowledges a message and all before it."""
        return self._transport.call(AckedBody, Call("POST", "/messages/ack", body={"message_id": message_id}))
