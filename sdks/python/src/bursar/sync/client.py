"""One agent at one server."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType

import httpx

from ..calls import Settings
from .pay import Pay
from .resources import Cards, Intents, Messages, Transactions, Wallet
from .transport import Transport
from .webhooks import Webhooks


class Bursar:
    """One agent at one server."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        key_id: str | None = None,
        agent_id: str | None = None,
        attempts: int = 5,
        backoff_s: float = 0.25,
        timeout_s: float = 30.0,
        http: httpx.Client | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`url` is the server, such as `https://pay.acme.example`; `api_key` the agent's key. With `key_id`, the key's id,
        every request is signed and the key never leaves; without it the key is sent. `agent_id` is asked for once where
        `idempotency="content"` needs it and it is not given. `attempts` is how often a call is tried in all, `backoff_s`
        the longest pause before the second attempt, doubled for each further one, `timeout_s` what one attempt may take
        to connect and between two pieces of an answer, what the server was asked to wait not counted. `clock` gives
        seconds since 1970, for signatures and keys."""
        if not url.startswith(("https://", "http://")):
            raise ValueError("`url` begins with `https://`, or `http://` at home")
        if not api_key:
            raise ValueError("`api_key` is needed")
        settings = Settings(url, api_key, key_id, attempts, backoff_s, timeout_s, clock)
        self._transport = Transport(settings, http)
        self.pay = Pay(self._transport, agent_id)
        """Asking for payments, and waiting for them."""
        self.transactions = Transactions(self._transport)
        """Payments that were asked for."""
        self.wallet = Wallet(self._transport)
        """The agent's wallet."""
        self.cards = Cards(self._transport)
        """The agent's cards."""
        self.intents = Intents(self._transport)
        """Purchases that are intended."""
        self.webhooks = Webhooks(self._transport)
        """Webhooks: verifying them, and their endpoints."""
        self.messages = Messages(self._transport)
        """What the agent was not told by webhook."""

    def close(self) -> None:
        """Closes the connections."""
        self._transport.close()

    def __enter__(self) -> Bursar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
