"""What a user sees while waiting: one line that changes on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import queue
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

    import pytest

    from pytest_podconform.experiment.summary import Progress

REFRESH = 0.5  # seconds between two looks at a terminal
SIGN_OF_LIFE = 15.0  # seconds between two lines in a log file


class ProgressLine:
    """The progress line of a run; used from the thread that pytest runs in, but for `say`."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._messages: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._began = time.monotonic()
        self._shown_at = self._began
        self._is_shown = False

    def say(self, message: str) -> None:
        """Have a line printed; from any thread."""
        self._messages.put(message)

    def show(self, progress: Progress) -> None:
        """Print what was said, then the progress line if it is time for it."""
        self._print_messages()
        terminal = self._terminal()
        pause = REFRESH if terminal is not None and terminal.isatty else SIGN_OF_LIFE
        if terminal is None or time.monotonic() - self._shown_at < pause:
            return
        self._shown_at = time.monotonic()
        line = self._line(progress)
        with self._writing():
            if terminal.isatty:
                terminal.rewrite(line, erase=True)
                self._is_shown = True
            else:
                terminal.ensure_newline()
                terminal.write_line(line)
                terminal.flush()

    def clear(self) -> None:
        """Take the line away, so that pytest writes where it stood."""
        self._print_messages()
        terminal = self._terminal()
        if self._is_shown and terminal is not None:
            with self._writing():
                terminal.rewrite("", erase=True)
            self._is_shown = False

    def complain(self, message: str) -> None:
        """Print why there is nothing to wait for, however quiet pytest shall be."""
        self._print_messages()
        terminal: Any = self._config.pluginmanager.getplugin("terminalreporter")
        if terminal is not None:
            terminal.ensure_newline()
            terminal.write_line(f"podconform: {message}", red=True)

    def _line(self, progress: Progress) -> str:
        total, waiting = progress
        where = f" · waiting for {waiting[0]}" if waiting else ""
        more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
        return f"running   {total - len(waiting)}/{total} decided · {time.monotonic() - self._began:.0f} s{where}{more}"

    def _print_messages(self) -> None:
        terminal = self._terminal()
        while not self._messages.empty():
            message = self._messages.get()
            if terminal is not None:
                with self._writing():
                    terminal.ensure_newline()
                    terminal.write_line(message)
                    terminal.flush()  # a log file is read while the run lasts

    def _terminal(self) -> pytest.TerminalReporter | None:
        plugin: Any = self._config.pluginmanager.getplugin("terminalreporter")
        return plugin if self._config.get_verbosity() >= 0 else None

    @contextmanager
    def _writing(self) -> Generator[None]:
        capture: Any = self._config.pluginmanager.getplugin("capturemanager")
        if capture is None:
            yield
            return
        with capture.global_and_fixture_disabled():
            yield
