"""The library as the library table names it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from kea_twisted.commands.context import WRITE
from kea_twisted.commands.envelope import EMPTY, SUCCESS, Answer, answer
from kea_twisted.config.model import Settings, Subnet
from kea_twisted.engine.effects import Query
from kea_twisted.engine.timeline import PROCESS_COMPLETED, Moment, Timeline
from kea_twisted.errors import CommandError, Problems
from kea_twisted.events.event import Event
from kea_twisted.hooks.library import HookHost, Parameter
from kea_twisted.jsonvalue import Json
from kea_twisted.libraries.base import KeaLibrary, MethodCommand
from kea_twisted.libraries.perfmon import messages as M
from kea_twisted.libraries.perfmon import parameters as P
from kea_twisted.libraries.perfmon.alarms import Alarm
from kea_twisted.libraries.perfmon.durations import Durations, Interval, Key, check_types, samples, type_text
from kea_twisted.wire.constants import INFORM, OPT_MESSAGE_TYPE
from kea_twisted.wire.identity import label
from kea_twisted.wire.message import Message

_CONTROL: Final = (Parameter("enable-monitoring", bool), Parameter("stats-mgr-reporting", bool))
_DURATIONS: Final = (Parameter("result-set-format", bool),)
_NAMES: Final = ("query-type", "response-type", "start-event", "stop-event", "subnet-id")
_VALUES: Final = ("min-duration-usecs", "max-duration-usecs", "total-duration-usecs", "mean-duration-usecs")
COLUMNS: Final = (*_NAMES[:3], "end-event", "subnet-id", "interval-start", "occurrences", *_VALUES)


class PerformanceMonitoring(KeaLibrary):
    """Durations between the events of queries, and alarms for them."""

    parameters = P.ROWS
    events = M.EVENTS

    def __init__(self, parameters: Mapping[str, Json]) -> None:
        super().__init__(parameters)
        self._monitors: bool = self.values["enable-monitoring"]
        self._reports: bool = self.values["stats-mgr-reporting"]
        self._siblings: Mapping[int, tuple[Subnet, ...]] = {}
        self._durations = Durations(self.values["interval-width-secs"])
        self._alarms: dict[Key, Alarm] = {}

    @classmethod
    def check(cls, parameters: Mapping[str, object], problems: Problems) -> None:
        """Report faults of the parameters and of the alarms."""
        super().check(parameters, problems)
        P.check(parameters, problems)

    @classmethod
    def method_table(cls) -> tuple[MethodCommand, ...]:
        """Return the commands."""
        return (
            MethodCommand("perfmon-control", WRITE, cls.control),
            MethodCommand("perfmon-get-all-durations", WRITE, cls.get_all_durations),
        )

    def load(self, host: HookHost) -> None:
        """Have the moments of queries noted."""
        super().load(host)
        now = host.now()
        alarms = P.alarms_of({P.ALARMS: self.values[P.ALARMS]}, Problems())
        self._alarms = {key: Alarm(settings, now) for key, settings in alarms.items()}
        host.sockets.time_queries(True)
        self._log(M.LOADED)

    def dhcp4_srv_configured(self, settings: Settings) -> None:
        """Note the subnets of shared networks."""
        self._log(M.SUPPORT, "Yes")
        networks = settings.shared_networks
        self._siblings = {subnet.id: network.subnets for network in networks for subnet in network.subnets}

    def subnet4_select(self, query: Query, subnet: Subnet | None) -> None:
        """Note the subnet of a query; as in Kea an INFORM has none."""
        if query.timeline is not None and subnet is not None and _type_of(query.message) != INFORM:
            query.timeline.subnet_id = subnet.id

    def pkt4_send(self, query: Query, response: Message) -> None:
        """Count the durations of a query that is answered."""
        timeline = query.timeline
        if timeline is None:  # it came before the library was loaded
            return
        now = self.host.now()
        timeline.add(PROCESS_COMPLETED, now)
        types = _type_of(query.message), _type_of(response)
        try:
            check_types(*types)
        except ValueError as error:
            self._log(M.NOT_PROCESSED, label(query.message), error)
            return
        if M.EVENTS_OF_PACKET in self.host.log.enabled:
            shown = ", ".join(_moment_text(moment) for moment in timeline.moments)
            self.host.log.emit(M.EVENTS_OF_PACKET, label(query.message), shown)
        if self._monitors:
            self._count(types, timeline, response, now)

    def control(self, arguments: Json) -> Answer:
        """Switch monitoring and its statistics on and off."""
        found = self._checked(arguments, _CONTROL, M.CONTROL_FAILED)
        self._monitors = found.get("enable-monitoring", self._monitors)
        self._reports = found.get("stats-mgr-reporting", self._reports)
        switches = {"enable-monitoring": self._monitors, "stats-mgr-reporting": self._reports}
        self._log(M.CONTROL_DONE, *("enabled" if on else "disabled" for on in switches.values()))
        return answer(SUCCESS, "perfmon-control success", switches)

    def get_all_durations(self, arguments: Json) -> Answer:
        """The durations of the last complete intervals."""
        as_table = self._checked(arguments, _DURATIONS, M.DURATIONS_FAILED).get("result-set-format", False)
        rows = list(self._durations.rows())
        shown: dict[str, object] = {
            "interval-width-secs": self.values["interval-width-secs"],
            "timestamp": _time_text(self.host.now()),
            "result-set-format": as_table,
        }
        if as_table:
            shown["durations-result-set"] = {"columns": list(COLUMNS), "rows": [_row(*each) for each in rows]}
        else:
            shown["durations"] = [_element(*each) for each in rows]
        self._log(M.DURATIONS_DONE, len(rows))
        return answer(SUCCESS if rows else EMPTY, f"perfmon-get-all-durations: {len(rows)} found", shown)

    def unload(self) -> None:
        """Have the moments of queries noted no longer."""
        self.host.sockets.time_queries(False)
        self._log(M.UNLOADED)

    def _count(self, types: tuple[int, int], timeline: Timeline, response: Message, now: float) -> None:
        """Count the durations; an interval that is complete is reported."""
        subnet_id = self._subnet_of(timeline.subnet_id, response)
        for key, duration in samples(*types, timeline.moments, subnet_id):
            complete = self._durations.add(key, duration, now)
            if complete is not None:
                self._report(key, complete.mean, now)

    def _subnet_of(self, selected: int, response: Message) -> int:
        """Return the subnet of the address, which in a shared network can be another than the selected one."""
        siblings = self._siblings.get(selected, ()) if response.yiaddr else ()
        return next((each.id for each in siblings if response.yiaddr in each), selected)

    def _report(self, key: Key, mean: int, now: float) -> None:
        if self._reports:
            self.host.statistics.put(key.statistic, mean)
        alarm = self._alarms.get(key)
        if alarm is None or not alarm.check(mean, now, self.values["alarm-report-secs"]):
            return
        if alarm.is_triggered:
            since = _time_text(alarm.since)[:-3]
            self._log(M.TRIGGERED, key.label, since, _duration_text(mean), alarm.settings.high_ms)
        else:
            self._log(M.CLEARED, key.label, _duration_text(mean), alarm.settings.low_ms)

    def _checked(self, arguments: Json, rows: tuple[Parameter, ...], failed: Event) -> Mapping[str, Json]:
        try:
            if arguments is None:
                return {}
            if not isinstance(arguments, dict):
                raise ValueError("'arguments' must be a map")
            P.check_keywords(rows, arguments)
        except ValueError as error:
            self._log(failed, error)
            raise CommandError(str(error)) from error
        return arguments

    def _log(self, event: Event, *arguments: object) -> None:
        if event in self.host.log.enabled:
            self.host.log.emit(event, *arguments)


def _duration_text(microseconds: int) -> str:
    """Return a duration as Kea writes it: 00:00:01.500000, and 00:00:01 without a fraction."""
    seconds, fraction = divmod(microseconds, 1_000_000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{fraction:06}" if fraction else text


def _type_of(message: Message) -> int:
    value = message.options.get(OPT_MESSAGE_TYPE, b"")
    return value[0] if len(value) == 1 else 0


def _utc(seconds: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=round(seconds * 1e6))


def _time_text(seconds: float) -> str:
    return f"{_utc(seconds):%Y-%m-%d %H:%M:%S.%f}"


def _moment_text(moment: Moment) -> str:
    return f"{_utc(moment.time):%Y-%b-%d %H:%M:%S.%f} : {moment.event}"


def _key_values(key: Key) -> list[object]:
    return [type_text(key.query), type_text(key.response), key.start, key.stop, key.subnet_id]


def _values(interval: Interval | None) -> list[object]:
    if interval is None:
        return ["<none>", 0, 0, 0, 0, 0]
    start = _time_text(interval.start)
    return [start, interval.occurrences, interval.least, interval.most, interval.total, interval.mean]


def _row(key: Key, interval: Interval | None) -> list[object]:
    return [*_key_values(key), *_values(interval)]


def _element(key: Key, interval: Interval | None) -> dict[str, object]:
    values = dict(zip(("start-time", "occurrences", *_VALUES), _values(interval), strict=True))
    return {"duration-key": dict(zip(_NAMES, _key_values(key), strict=True)), **values}
