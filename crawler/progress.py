"""Progress of long work: a live line on a terminal, plain log lines elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

EVERY = 10.0
"""Seconds between two plain log lines of one stage."""


class Reporter:
    """Shows stages and how far they are; ``seconds`` holds how long each took."""

    def __init__(self, *, shown: bool | None) -> None:
        self.console = Console(stderr=True)
        self._live = self.console.is_terminal if shown is None else shown and self.console.is_terminal
        self._plain = not self._live and shown is not False
        self.seconds: dict[str, float] = {}
        self._stage = ""
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._next_line = 0.0

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage and show its progress."""
        began = time.perf_counter()
        self._stage, self._tasks, self._next_line = name, {}, began + EVERY
        columns = (
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        )  # fmt: skip
        with (
            Progress(*columns, console=self.console, transient=True) if self._live else contextlib.nullcontext() as bars
        ):
            self._bars = bars
            try:
                yield
            finally:
                self._bars = None
                self.seconds[name] = round(time.perf_counter() - began, 2)
        if self._plain:
            self._line(f"{name}: done in {self.seconds[name]:.1f} s")

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """Tell how far ``what`` is within the current stage."""
        if self._bars is not None:
            if what not in self._tasks:
                self._tasks[what] = self._bars.add_task(f"{self._stage}: {what}", total=total)
            self._bars.update(self._tasks[what], completed=done, total=total)
        elif self._plain and time.perf_counter() >= self._next_line:
            self._next_line = time.perf_counter() + EVERY
            self._line(f"{self._stage}: {what} {done}" + (f" of {total}" if total is not None else ""))

    def _line(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)
