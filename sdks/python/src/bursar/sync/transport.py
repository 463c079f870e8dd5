"""One call over HTTP: signed anew for every attempt, tried again only where that cannot do anything twice."""

from __future__ import annotations

import time
from typing import TypeVar, cast

import httpx

from ..calls import Attempts, Call, Pause, Settings, Signer

T = TypeVar("T")


class Transport:
    """Sends calls of one caller."""

    def __init__(self, settings: Settings, http: httpx.Client | None) -> None:
        self.settings = settings
        self._signer = Signer(settings)
        self._own = http is None
        self._http = http or httpx.Client(follow_redirects=False)

    def fresh(self) -> str:
        """A new text, greater than all before it."""
        return self._signer.times.next()

    def call(self, kind: type[T], call: Call) -> T:
        """The answer's body, which is of this kind; what went wrong is raised."""
        attempts = Attempts(self.settings, call)
        while True:
            try:
                try:
                    response = self._http.send(self._signer.request(call), follow_redirects=False)
                except httpx.RequestError as cause:
                    raise attempts.lost(cause) from cause
                return cast(T, attempts.answered(response))
            except Pause as pause:
                self.sleep(pause.seconds)

    def sleep(self, seconds: float) -> None:
        """Lets time pass."""
        time.sleep(seconds)

    def close(self) -> None:
        """Closes the connections, unless they are somebody else's."""
        if self._own:
            self._http.close()
