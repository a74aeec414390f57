"""Something real that an operation has to wait for besides time."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from threading import Thread


class Work:
    """Begins at once, in a thread of its own."""

    def __init__(self, run: Callable[[], None]) -> None:
        self.error: Exception | None = None
        self._thread = Thread(target=self._work, args=(run,), daemon=True, name="work")
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether it has ended, well or with an error."""
        return not self._thread.is_alive()

    def wait(self) -> None:
        """Waits for the end. Raises what it raised."""
        self._thread.join()
        if self.error:
            raise self.error

    def _work(self, run: Callable[[], None]) -> None:
        try:
            run()
        except Exception as error:
            self.error = error
            traceback.print_exc(file=sys.stderr)
