"""What is called, and what to make of an answer: all that waiting and awaiting clients have in common."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from .errors import ApprovalTimeoutError, BursarError, OutcomeUnknownError, error_of
from .keys import TimeOrdered
from .schema import TransactionBody
from .signing import signed_headers, signing_secret

WAIT_S = 30
"""What the server waits for at most before it answers, less than proxies on the way like to wait."""
BACKOFF_S_MAX = 8.0
RETRY_AFTER_S_MAX = 30
"""A server that wants longer is not waited for."""
IN_FLIGHT_MAX = 60
"""How often a call that is still being worked on is asked about."""
NOTHING_DONE = {"unavailable", "busy"}
"""Answers that say that nothing was done."""
AT_THE_DOOR = {401, 403, 408, 429}
"""Refusals that say nothing about an earlier attempt that got past the door."""

NOBODY_REACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True)
class Call:
    """What is called."""

    method: str
    path: str
    """Below `/v1`."""
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    repeatable: bool = True
    """Whether trying again cannot do anything twice."""
    harmless: bool = False
    """Nothing is written, whatever the method."""
    idempotency_key: str | None = None
    """The key under which it is done once."""
    wait_s: int = 0
    """Seconds that the server is asked to wait before it answers."""


@dataclass(frozen=True)
class Settings:
    """How a client is set up; `Bursar` says what each means."""

    url: str
    api_key: str = field(repr=False)
    key_id: str | None
    attempts: int
    backoff_s: float
    timeout_s: float
    clock: Callable[[], float]


class Pause(Exception):
    """What tells a client to wait so many seconds and try again."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


class Attempts:
    """The attempts of one call."""

    def __init__(self, settings: Settings, call: Call) -> None:
        self._settings = settings
        self._call = call
        self._attempt = 1
        self._in_flight = 0
        self._doubtful = False  # whether an earlier attempt may have done it

    def lost(self, cause: Exception) -> Pause:
        """Nobody answered: whether to try again, or what is raised."""
        # Where nobody was reached, nothing can have been done.
        self._doubtful = self._doubtful or not isinstance(cause, NOBODY_REACHED)
        call = self._call
        detail = f"{call.method} {call.path} was not answered: {cause or type(cause).__name__}"
        error = BursarError(detail, code="connection_lost", idempotency_key=call.idempotency_key)
        error.__cause__ = cause
        return self._again(error, 0)

    def answered(self, response: httpx.Response) -> Any:
        """The answer's body. What went wrong is raised, and so is a pause before the next attempt."""
        if response.is_success:
            if response.status_code == httpx.codes.NO_CONTENT:
                return None
            try:
                return response.json()
            except ValueError as cause:
                # Half an answer is none, whatever its status.
                raise self.lost(cause) from cause
        try:
            body = response.json()
        except ValueError:
            body = None
        error = error_of(response.status_code, body, self._call.idempotency_key)
        text = response.headers.get("retry-after", "")
        after = int(text) if text.isascii() and text.isdigit() else None
        if error.status == 409 and after is not None and self._call.repeatable and self._in_flight < IN_FLIGHT_MAX:
            self._in_flight += 1
            raise Pause(after + pause_of(self._settings, 1))
        if error.status < 500:
            raise self._unknown(error) if self._doubtful and error.status in AT_THE_DOOR else error
        self._doubtful = self._doubtful or error.code not in NOTHING_DONE
        raise self._again(error, after or 0)

    def _again(self, error: BursarError, after_s: int) -> Pause:
        attempts = self._settings.attempts if self._call.repeatable else 1
        if self._attempt >= attempts or after_s > RETRY_AFTER_S_MAX:
            writes = self._call.method != "GET" and not self._call.harmless
            raise self._unknown(error) if self._doubtful and writes else error
        pause = Pause(after_s + pause_of(self._settings, self._attempt))
        self._attempt += 1
        return pause

    def _unknown(self, cause: BursarError) -> OutcomeUnknownError:
        key = self._call.idempotency_key
        again = "look before you do it again" if key is None else "ask again under the same key"
        error = OutcomeUnknownError(
            f"it is not known whether this was done; {again} ({cause})",
            code="outcome_unknown",
            status=cause.status,
            reason=cause.code,
            retry_after_seconds=cause.retry_after_seconds,
            idempotency_key=key,
        )
        error.__cause__ = cause
        return error


class Signer:
    """Makes requests of one caller, each signed anew."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._secret = signing_secret(settings.api_key)
        self.times = TimeOrdered(settings.clock)

    def request(self, call: Call) -> httpx.Request:
        """A request that is sent once."""
        settings = self._settings
        content = b"" if call.body is None else json.dumps(call.body, allow_nan=False).encode()
        query = {name: _text(value) for name, value in call.query.items() if value is not None}
        headers = {"accept": "application/json"} | ({"content-type": "application/json"} if content else {})
        # Without a pool or a read that ends later, a silent connection would hold the call up for ever.
        timeout = httpx.Timeout(settings.timeout_s, read=settings.timeout_s + call.wait_s).as_dict()
        url = f"{settings.url.rstrip('/')}/v1{call.path}"
        request = httpx.Request(
            call.method, url, params=query or None, content=content, headers=headers, extensions={"timeout": timeout}
        )
        if settings.key_id is None:
            request.headers["authorization"] = f"Bearer {settings.api_key}"
        else:
            created_s = int(settings.clock())
            target, nonce = request.url.raw_path, self.times.next()
            request.headers.update(
                signed_headers(self._secret, settings.key_id, call.method, target, content, created_s, nonce)
            )
        return request


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def pause_of(settings: Settings, attempt: int) -> float:
    """Seconds before the next attempt: longer each time, by chance less."""
    most: float = min(BACKOFF_S_MAX, settings.backoff_s * 2 ** (attempt - 1))
    return random.random() * most


class Patience:
    """How long a wait for a payment goes on, in rounds that the server holds."""

    def __init__(self, settings: Settings, timeout_s: float | None) -> None:
        self._settings = settings
        self._began = time.monotonic()
        self._end = None if timeout_s is None else self._began + timeout_s
        self._early = 0
        self.wait_s = WAIT_S

    def next_round(self) -> int:
        """Seconds that the server is asked to wait this time."""
        self._began = time.monotonic()
        if self._end is not None:
            self.wait_s = max(0, min(WAIT_S, math.ceil(self._end - self._began)))
        return self.wait_s

    def after(self, transaction: TransactionBody) -> float:
        """Seconds to pause before the next round; raises where there is no more time."""
        now = time.monotonic()
        if self._end is not None and now >= self._end:
            status = transaction["status"]
            raise ApprovalTimeoutError(
                f"it is still {status}, and the time to wait for it is over; wait again, or cancel it",
                code="approval_pending" if status == "pending" else "settlement_pending",
                status=200,
                transaction=transaction,
                idempotency_key=transaction["idempotency_key"],
            )
        # A server that is stopping answers at once; whoever takes over is not to be stormed.
        self._early = self._early + 1 if now - self._began < self.wait_s / 2 else 0
        return pause_of(self._settings, self._early) if self._early else 0


def outcome_unknown(transaction: TransactionBody) -> OutcomeUnknownError:
    """What is raised for a payment of which the rail does not say what became."""
    return OutcomeUnknownError(
        "the rail gave no certain answer; the money stays held, and an owner or the rail will settle it",
        code="outcome_unknown",
        status=200,
        reason=transaction.get("reason"),
        transaction=transaction,
        idempotency_key=transaction["idempotency_key"],
    )


def check_amount(amount: object) -> None:
    """Refuses whatever is no text: a float would be another amount than was meant."""
    if not isinstance(amount, str):
        raise TypeError('`amount` is a decimal text such as "12.50", never a number')


def given(**members: Any) -> dict[str, Any]:
    """The members that were given."""
    return {name: value for name, value in members.items() if value is not None}
