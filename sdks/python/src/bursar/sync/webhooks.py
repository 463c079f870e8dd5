"""The endpoints that webhooks go to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ..calls import Call, given
from ..schema import (
    CreatedEndpoint,
    DeliveryBody,
    EndpointBody,
    EndpointsBody,
    MessageBody,
    PageDeliveryBody,
    RotatedSecret,
)
from ..webhooks import TOLERANCE_S, verify_webhook
from .transport import Transport

_ENDPOINTS = "/webhook-endpoints"


def _at(endpoint_id: str) -> str:
    return f"{_ENDPOINTS}/{quote(endpoint_id, safe='')}"


class Webhooks:
    """Webhooks."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @staticmethod
    def verify(
        body: str | bytes, headers: Mapping[str, str], secret: str, *, tolerance_s: float = TOLERANCE_S
    ) -> MessageBody:
        """As `bursar.verify_webhook`."""
        return verify_webhook(body, headers, secret, tolerance_s=tolerance_s)

    def create(
        self, *, url: str, events: list[str] | None = None, description: str | None = None
    ) -> CreatedEndpoint:
        """Makes an endpoint. Its secret is in the answer, once."""
        body = given(url=url, events=events, description=description)
        return self._transport.call(CreatedEndpoint, Call("POST", _ENDPOINTS, body=body, repeatable=False))

    def list(self) -> EndpointsBody:
        """The agent's endpoints."""
        return self._transport.call(EndpointsBody, Call("GET", _ENDPOINTS))

    def get(self, endpoint_id: str) -> EndpointBody:
        """One endpoint."""
        return self._transport.call(EndpointBody, Call("GET", _at(endpoint_id)))

    def update(self, endpoint_id: str, **change: Any) -> EndpointBody:
        """Changes `url`, `events`, `description` or `enabled` of an endpoint."""
        return self._transport.call(EndpointBody, Call("PATCH", _at(endpoint_id), body=change))

    def delete(self, endpoint_id: str) -> None:
        """Removes an endpoint."""
        self._transport.call(object, Call("DELETE", _at(endpoint_id), repeatable=False))

    def rotate(self, endpoint_id: str) -> RotatedSecret:
        """Gives it a new secret, once; the one before signs on for 24 hours."""
        return self._transport.call(RotatedSecret, Call("POST", f"{_at(endpoint_id)}/rotate", repeatable=False))

    def test(self, endpoint_id: str) -> DeliveryBody:
        """Sends it `endpoint.test`."""
        return self._transport.call(DeliveryBody, Call("POST", f"{_at(endpoint_id)}/test", repeatable=False))

    def deliveries(
        self, endpoint_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> PageDeliveryBody:
        """What it was told, newest first."""
        call = Call("GET", f"{_at(endpoint_id)}/deliveries", query={"cursor": cursor, "limit": limit})
        return self._transport.call(PageDeliveryBody, call)
