"""One call over HTTP: signed anew for every attempt, tried again only where that cannot do anything twice."""

from __future__ import annotations

import asyncio
from typing import TypeVar, cast

import httpx

from ..calls import Attempts, Call, Pause, Settings, Signer

T = TypeVar("T")


class AsyncTransport:
    """Sends calls of one caller."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient | None) -> None:
        self.settings = settings
        self._signer = Signer(settings)
        self._own = http is None
        self._http = http or httpx.AsyncClient(follow_redirects=False)

    def fresh(self) -> str:
        """A new text, greater than all before it."""
        return self._signer.times.next()

    async def call(self, kind: type[T], call: Call) -> T:
        """The answer's body, which is of this kind; what went wrong is raised."""
        attempts = Attempts(self.settings, call)
        while True:
            try:
                try:
                    response = await self._http.send(self._signer.request(call), follow_redirects=False)
                except httpx.RequestError as cause:
                    raise attempts.lost(cause) from cause
                return cast(T, attempts.answered(response))
            except Pause as pause:
                await self.sleep(pause.seconds)

    async def sleep(self, seconds: float) -> None:
        """Lets time pass."""
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        """Closes the connections, unless they are somebody else's."""
        if self._own:
            await self._http.aclose()
