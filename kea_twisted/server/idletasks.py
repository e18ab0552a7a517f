"""Work in advance: what makes later answers fast is done in small slices beside the packets, with pauses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kea_twisted.config.model import Settings
from kea_twisted.interfaces import Clock, Timer

Task = Callable[[Settings], Iterator[float]]
"""Does the work for a configuration: in each step a slice of a millisecond or two, and yields the pause in seconds."""


class IdleTasks:
    """The tasks of a server, which begin again with each configuration."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: list[Task] = []
        self._timers: dict[int, Timer] = {}

    def add(self, task: Task) -> None:
        """Add a task, which begins with the next configuration."""
        self._tasks.append(task)

    def use(self, settings: Settings) -> None:
        """Begin the tasks for a configuration; what was begun for another one ends."""
        self.stop()
        for number, task in enumerate(self._tasks):
            self._timers[number] = self._clock.callLater(0, self._go_on, number, task(settings))

    def stop(self) -> None:
        """End it."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _go_on(self, number: int, slices: Iterator[float]) -> None:
        del self._timers[number]
        pause = next(slices, None)
        if pause is not None:
            self._timers[number] = self._clock.callLater(pause, self._go_on, number, slices)
