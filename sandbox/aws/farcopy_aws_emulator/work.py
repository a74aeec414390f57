"""Something real that an operation has to wait for besides time."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from threading import Event, Thread


class Work:
    """Done in a thread of its own, from `start` on."""

    def __init__(self, run: Callable[[], None]) -> None:
        self.error: Exception | None = None
        self._ended = Event()
        self._thread: Thread | None = Thread(target=self._work, args=(run,), daemon=True, name="work")

    def start(self) -> Work:
        assert self._thread is not None
        self._thread.start()
        # The thread refers to what it works on; nobody else has to keep that.
        self._thread = None
        return self

    @property
    def is_done(self) -> bool:
        """Whether it has ended, well or with an error."""
        return self._ended.is_set()

    def wait(self) -> None:
        """Waits for the end. Raises what it raised."""
        self._ended.wait()
        if self.error:
            raise self.error

    def _work(self, run: Callable[[], None]) -> None:
        try:
            run()
        except Exception as error:
            self.error = error
            traceback.print_exc(file=sys.stderr)
        finally:
            self._ended.set()
