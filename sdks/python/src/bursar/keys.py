"""Idempotency keys: in time order, one for each call; or derived from what is paid."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from .decimals import decimal, micros

_COUNT_MAX = 0xFFF
_DIGITS_PLAIN = 21  # from 1e21 on, and below 1e-6, ECMAScript writes a number with an exponent


class TimeOrdered:
    """UUIDv7 texts, each greater than the one before, for any number of threads. The server keeps keys in time order most
    cheaply."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since 1970."""
        self._clock = clock
        self._lock = threading.Lock()
        self._last_ms = 0
        self._count = 0

    def next(self) -> str:
        """The next one."""
        with self._lock:
            now = int(self._clock() * 1000)
            if now > self._last_ms:
                self._last_ms, self._count = now, 0
            elif self._count < _COUNT_MAX:
                self._count += 1
            else:
                self._last_ms, self._count = self._last_ms + 1, 0
            head = self._last_ms << 80 | 0x7 << 76 | self._count << 64
        return str(uuid.UUID(int=head | 0b10 << 62 | secrets.randbits(62)))


def _number(value: float) -> str:
    """A number as ECMAScript writes it, which is how RFC 8785 wants it."""
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or "0")
    all_digits = whole + ("" if fraction == "0" and not exponent else fraction)
    point -= len(all_digits) - len(all_digits.lstrip("0"))
    digits = all_digits.strip("0")
    if len(digits) <= point <= _DIGITS_PLAIN:
        return sign + digits.ljust(point, "0")
    if 0 < point <= _DIGITS_PLAIN:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{rest}e{point - 1:+d}"


def _canonical(value: Any) -> str:
    """JSON with the members of every object in order and nothing between them (RFC 8785)."""
    if isinstance(value, Mapping):
        members = sorted(value.items(), key=lambda member: str(member[0]).encode("utf-16-be"))
        return "{" + ",".join(f"{_canonical(str(name))}:{_canonical(member)}" for name, member in members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, float):
        return _number(value)
    return json.dumps(value, ensure_ascii=False)


def content_key(agent_id: str, request: Mapping[str, Any]) -> str:
    """The key that stands for an agent's payment of this amount to this merchant for this purpose in this context."""
    amount = micros(request["amount"])
    parts = [
        agent_id,
        (request.get("currency") or "USD").upper(),
        request["amount"] if amount is None else decimal(amount),
        request["merchant"].strip(),
        (request.get("purpose") or "").strip(),
        request.get("context"),
    ]
    return f"content-{hashlib.sha256(_canonical(parts).encode()).hexdigest()}"
