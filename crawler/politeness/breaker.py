"""The breaker: a host that answers nothing is not asked for everything it is said to offer."""

from __future__ import annotations

FIRST = 3
"""Unanswered requests after which a host that has not answered at all tonight counts as dead."""
LATER = 10
"""The same in a row, for one that has answered."""


class Breaker:
    """Counts one host's unanswered requests in the order they were *asked*, so that it does not matter which of
    several on their way ends first: one more is allowed only when it would be, however those end.
    """

    def __init__(self) -> None:
        self._ends: list[bool | None] = []
        """Of each request, in order: whether it was answered; None while it is on its way."""
        self._answered = False

    def ask(self) -> int:
        """One more request goes out; its number, for :meth:`tell`."""
        self._ends.append(None)
        return len(self._ends) - 1

    def tell(self, number: int, answered: bool) -> None:
        """How a request ended."""
        self._ends[number] = answered
        self._answered = self._answered or answered

    @property
    def allows(self) -> bool:
        """Whether one more request may go out now; it may later where it is not :attr:`open`."""
        return len(self._since_answer()) < self._limit

    @property
    def open(self) -> bool:
        """Whether the host is dead: enough in a row ended without an answer, and none is on its way."""
        run = self._since_answer()
        return len(run) >= self._limit and None not in run

    @property
    def _limit(self) -> int:
        return LATER if self._answered else FIRST

    def _since_answer(self) -> list[bool | None]:
        run: list[bool | None] = []
        for end in reversed(self._ends):
            if end or len(run) == LATER:
                break
            run.append(end)
        return run
