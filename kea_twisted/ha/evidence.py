"""Evidence about the partner, combined into one verdict: serving, in doubt, gone, or out of sight while it serves.

Times are monotonic seconds. Kea's own rule (``max-response-delay`` and unacknowledged clients, ``failure``) stays
sufficient; a verdict makes a takeover earlier, or prevents one where the partner's DHCP service was seen to answer.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from kea_twisted.ha.settings import Watch

REFUSALS: Final = 2
"""Refused connections that prove the end of the partner's process."""

REFUSAL_SPACING: Final = 0.2
"""Seconds that must lie between two refusals to count as two: a restart in one step is no end."""

START_PATIENCE: Final = 0.9
"""Seconds that a starting server gives a refused partner: both are often started together, one a little later."""

SILENCE: Final = 1.2
"""Seconds without any answer, with requests under way, until the partner counts as silent."""

LATE: Final = 0.3
"""Seconds without an answer to a heartbeat after which the partner is probed, before the heartbeat counts as failed."""

FRESH: Final = 3.0
"""Seconds for which a sign of life of the partner's DHCP service counts."""

PROBES: Final = 2
"""Unanswered probes that prove that a silent partner does not serve: one packet may get lost."""

PROBE_SPACING: Final = 0.1
"""Seconds between two probes while the partner is in doubt."""

PROBE_TIMEOUT: Final = 2.0
"""Seconds after which a probe without an outcome is not waited for any more."""

CALIBRATION_INTERVAL: Final = 30.0
"""Seconds between two probes while all is well."""

LEARNING_INTERVAL: Final = 2.0
"""Seconds between two probes until one was answered: a server that is about to begin serves no client yet."""

LEARNING_DELAY: Final = 0.2
"""Seconds from the beginning of normal operation to a probe: the partner begins a moment later."""

QUIET: Final = 0.25
"""Seconds without a sign of life after which a query of the partner's client makes this server probe the partner."""

ASK_TOO: Final = 0.1
"""Seconds after which such a probe without an answer is followed by a heartbeat."""

CLAIM_MARGIN: Final = 0.1
"""Seconds after the first sign of doubt from which the partner's own word counts: before, it was under way already."""

CLAIM_PATIENCE: Final = 2.0
"""Seconds beyond an interval for which the partner's word holds: it sends less often while it gets no answer."""

DENIED: Final = 1.0
"""Seconds for which the partner has to say that it does not serve until a server that begins does: one that stood still
says so, too, until it knows what happened meanwhile.
"""

PRECEDENCE: Final = 1.0
"""Seconds by which the primary precedes its partner where both begin and do not hear each other."""


class ProbeOutcome(Enum):
    """The outcome of a DHCP message of ours to the partner."""

    ANSWERED = "probe answered"
    UNANSWERED = "probe unanswered"
    IMPOSSIBLE = "no probe possible"


class Verdict(Enum):
    """The conclusion from the evidence."""

    WELL = "the partner answers"
    DOUBT = "the partner does not answer, and it is not known why"
    GONE = "the partner does not serve"
    LINK_BROKEN = "the partner serves, but the link to it is broken"
    CLAIMED = "the partner does not answer, and says itself that it serves"
    CUT_OFF = "this server's own DHCP side does not work"


class Evidence:
    """The signs seen since the partner last answered, and what was learnt of it before."""

    def __init__(self, watch: Watch, now: float) -> None:
        self.watch = watch
        self.one_process = watch.one_process  # the partner's listener ends with its DHCP service
        self.calibrated = False  # the partner has answered a probe while all was well
        self.own_fault = ""  # why this server's own DHCP side does not work
        self._probed_at = float("-inf")
        self._probe_impossible = False
        self._since: float | None = None  # the first sign of doubt; None: the partner answers
        self._refusals = 0
        self._refused_at = float("-inf")
        self._silences = 0
        self._last_refused = False
        self._unable = ""  # the partner's own words: why it cannot serve
        self._unanswered = 0
        self._seen_at = float("-inf")
        self._probing = False
        self._learns = False  # the next probe is to follow soon
        self._asked_at: float | None = None  # a heartbeat is under way since then
        self._suspected = False  # it is late, and probes ask in its stead; or a client of the partner's asks
        self._missed = 0  # regular probes without an answer while the partner answered requests
        self._heard_at = now  # the last sign of life
        self._client_asked_at: float | None = None  # since then a client of the partner's may be waiting
        self._claimed_at = float("-inf")  # the partner's last word that it serves clients
        self._denied_at = float("-inf")  # its last word that some have no server but this one
        self._denied_since = 0.0  # the first of these words in a row
        self._regular_at = float("-inf")  # the last probe that counts as a sample
        self._samples = True  # the present probe is one

    # signs

    def asked(self, now: float) -> None:
        """A heartbeat was sent."""
        self._asked_at = now

    def answered(self, now: float) -> None:
        """The partner answered a request, or asked itself: all doubts end."""
        self._asked_at = self._client_asked_at = None
        self._heard_at = now
        if self._suspected:
            self._suspected = False
            self._unanswered = 0
        if self._since is not None:
            self._since = None
            self._refusals = self._silences = self._unanswered = 0
            self._unable = ""

    def refused(self, now: float) -> None:
        """A connection was refused: no process listens there."""
        self._doubt(now)
        self._last_refused = True
        if now - self._refused_at >= REFUSAL_SPACING or not self._refusals:
            self._refusals += 1
            self._refused_at = now

    def silent(self, since: float) -> None:
        """A request that was sent at this time was not answered, or the host cannot be reached."""
        self._doubt(since)
        self._silences += 1
        self._last_refused = False

    def answered_badly(self, unable: str, now: float) -> None:
        """The partner answered with an error. ``unable``: it says that it cannot serve, and why."""
        self._doubt(now)
        self._unable = unable

    def asked_by_partner(self, serves: bool, now: float) -> None:
        """The partner asked for this server's state, and said if it serves clients.

        Where only its answers get lost it is alive all the same.
        """
        never = float("-inf")
        if not serves and not self.denies(now):
            self._denied_since = now
        self._claimed_at, self._denied_at = (now, never) if serves else (never, now)

    def begin_again(self, now: float) -> None:
        """This server could hear nothing until now: what went unanswered is no sign."""
        self._suspected = False
        self._refusals = self._silences = self._unanswered = 0
        if self._since is not None:
            self._since = now

    def seen(self, now: float) -> None:
        """The partner's DHCP service was seen to answer a client."""
        self._seen_at = self._heard_at = now
        self._client_asked_at = None
        self._unanswered = 0

    def client_asked(self, heard_at: float, now: float) -> bool:
        """A client of the partner's asks; return True if a probe shows soon whether that may answer.

        ``heard_at`` is the time of the last sign of life that was not reported here.
        """
        if self._client_asked_at is not None or not self.calibrated or self._probing or self._since is not None:
            return False
        self._heard_at = max(self._heard_at, heard_at)
        self._client_asked_at = now
        return True

    def update_answered(self, answered_at: float) -> None:
        """The partner answered an update at this time."""
        if self._client_asked_at is not None and answered_at > self._client_asked_at:
            self._client_asked_at = None
        self._heard_at = max(self._heard_at, answered_at)

    def probe_sent(self, now: float) -> None:
        """A probe is under way."""
        self._probing = True
        late = self._asked_at is not None and now >= self._asked_at + LATE
        if self._since is None and (late or self._client_asked_at is not None) and not self._suspected:
            self._suspected = True
            self._unanswered = 0
        # Clients ask for probes when the partner is busy, which then answers fewer than usual.
        self._samples = self._client_asked_at is None or now >= self._regular_at + CALIBRATION_INTERVAL
        if self._samples:
            self._regular_at = now
        self._client_asked_at = None
        self._probed_at = now

    def learn_soon(self, now: float) -> None:
        """Both servers are about to serve: find out whether probes are answered."""
        if not self.calibrated:
            self._probed_at = now + LEARNING_DELAY - LEARNING_INTERVAL
            self._learns = self._probing

    def probed(self, outcome: ProbeOutcome, now: float) -> None:
        """Take note of the outcome of a probe."""
        self._probing = False
        self._probed_at = now
        if self._learns:  # this probe was sent before
            self._learns = False
            self.learn_soon(now)
        self._probe_impossible = outcome is ProbeOutcome.IMPOSSIBLE
        if outcome is ProbeOutcome.ANSWERED:
            self.calibrated = True
            self._missed = 0
            self._suspected = self._suspected and self._asked_at is not None and now >= self._asked_at + LATE
            self.seen(now)
        elif outcome is ProbeOutcome.UNANSWERED:
            self._unanswered += 1
            if self._since is None and not self._suspected and self._samples:
                self._missed += 1
                if self._missed >= PROBES:
                    self.calibrated = False  # the partner serves, but probes prove nothing

    # conclusions

    @property
    def in_doubt(self) -> bool:
        """True if the partner does not answer at present."""
        return self._since is not None

    @property
    def proves_end(self) -> bool:
        """True if the last sign is that the partner's process ended, or its word that it does not serve."""
        refused = self._last_refused and self._refusals >= REFUSALS and not self._claimed_since_doubt
        return bool(self._unable) or refused

    def probe_due(self) -> float | None:
        """The time of the next probe; None: none is needed."""
        if not self.watch.enabled or self._probing:
            return None
        regular = self._probed_at + (CALIBRATION_INTERVAL if self.calibrated else LEARNING_INTERVAL)
        if self._client_asked_at is not None:
            regular = min(regular, max(self._client_asked_at, self._heard_at + QUIET))
        asked = self._asked_at if self.calibrated else None
        doubted = asked if self._since is None else self._since
        if doubted is None or self._probe_impossible:
            return regular
        serves = self._seen_at >= doubted and self._probed_at - self._seen_at < FRESH
        due = self._probed_at + (self.watch.interval if serves else PROBE_SPACING)
        return due if self._since is not None else min(regular, max(due, doubted + LATE))

    def ask_due(self) -> float | None:
        """The time of a heartbeat that is to follow a probe for a client of the partner's; None: none is needed."""
        follows = self._suspected and self._probing and self._since is None and self._asked_at is None
        return self._probed_at + ASK_TOO if follows else None

    def out_of_reach(self, now: float) -> bool:
        """Return True if the partner, whose probes were answered, answers neither a probe nor requests at present."""
        if not self._unanswered or self._cannot_probe or self.own_fault or self._unable or self._claims(now):
            return False
        if self._since is None:
            return self._suspected and self._asked_at is not None and now >= self._asked_at + LATE
        serves = self._seen_at >= self._since and now - self._seen_at < FRESH
        return bool(self._silences or self._refusals) and not serves

    def verdict(self, now: float) -> Verdict:
        """Return the conclusion about the partner."""
        if not self.watch.enabled or self._since is None:
            return Verdict.WELL
        if self.own_fault:
            return Verdict.CUT_OFF
        if self._unable:
            return Verdict.GONE
        if now - self._seen_at < FRESH and self._seen_at >= self._since:
            return Verdict.LINK_BROKEN
        if self._claims(now):
            return Verdict.CLAIMED
        if self._pending(now):
            return Verdict.DOUBT
        unanswered = self.calibrated and not self._probe_impossible and self._unanswered
        if self._refusals >= REFUSALS and (unanswered or (self._cannot_probe and self.one_process)):
            return Verdict.GONE
        if unanswered and self._unanswered >= PROBES and self._silences and now - self._since >= SILENCE:
            return Verdict.GONE
        return Verdict.DOUBT

    def asks(self, now: float) -> bool:
        """Return True if the partner, of our own kind, asks for this server's state at present."""
        return self._holds(max(self._claimed_at, self._denied_at), now)

    def denies(self, now: float) -> bool:
        """Return True if the partner says at present that it does not serve the clients of a server that begins."""
        return self._holds(self._denied_at, now)

    def unserved(self, now: float) -> bool:
        """Return True if the partner, which answers no request, says for a while that it does not serve."""
        if self._since is None or self.own_fault or not self.denies(now):
            return False
        said_since = self._denied_at >= self._since + CLAIM_MARGIN and now - self._denied_since >= DENIED
        return said_since and self._refusals + self._silences > 1 and now - self._since >= SILENCE

    def process_gone(self, now: float) -> bool:
        """Return True if connections are refused, and the partner's DHCP service was not seen to answer."""
        if self.own_fault or self._pending(now) or now - self._seen_at < FRESH or self._claims(now):
            return False
        return self._refused_for_long(now)

    def nothing_answers(self, now: float) -> bool:
        """Return True if the partner is silent for the short bound and no probe is answered at present."""
        silent = self._since is not None and now - self._since >= SILENCE and self._silences >= 1
        awaited = self._pending(now) or self._claims(now)
        return silent and self._unanswered >= PROBES and not self.own_fault and not awaited

    def short_silence(self, now: float) -> bool:
        """Return True if the partner is refused, or silent for the short bound, and not seen to serve."""
        if self._since is None or self.own_fault or now - self._seen_at < FRESH or self._claims(now):
            return False
        return self._refused_for_long(now) or now - self._since >= SILENCE

    def reasons(self, now: float) -> str:
        """The signs in words: ``after 1.4 s: connection refused twice, probe unanswered``."""
        if self._since is None:
            return "a client of it waits, probe unanswered" if self._suspected and self._unanswered else "none"
        signs = []
        if self._unable:
            signs.append(f"it says that it cannot serve ({self._unable})")
        if self._refusals:
            signs.append(f"connection refused{_times(self._refusals)}")
        if self._silences:
            signs.append(f"no answer{_times(self._silences)}")
        if self._unanswered:
            signs.append(f"probe unanswered{_times(self._unanswered)}")
        elif now - self._seen_at < FRESH:
            signs.append("its DHCP service answers")
        elif self._cannot_probe:
            signs.append("no probe possible")
        if self._claims(now):
            signs.append("it says that it serves")
        if self.own_fault:
            signs.append(f"own DHCP side: {self.own_fault}")
        return f"after {now - self._since:.1f} s: {', '.join(signs)}"

    @property
    def _cannot_probe(self) -> bool:
        return self._probe_impossible or not self.calibrated

    def _refused_for_long(self, now: float) -> bool:
        return self._refusals >= REFUSALS and self._since is not None and now - self._since >= START_PATIENCE

    def _pending(self, now: float) -> bool:
        """Return True if the outcome of a probe is worth waiting for."""
        return self._probing and now - self._probed_at < PROBE_TIMEOUT

    def _claims(self, now: float) -> bool:
        """Return True if the partner, which does not answer, says at present that it serves."""
        return self._claimed_since_doubt and self._holds(self._claimed_at, now)

    def _holds(self, said_at: float, now: float) -> bool:
        """Return True if the partner's word of this time holds at present."""
        return now - said_at < self.watch.interval + CLAIM_PATIENCE

    @property
    def _claimed_since_doubt(self) -> bool:
        doubted = self._asked_at if self._since is None else self._since
        return doubted is not None and self._claimed_at >= doubted + CLAIM_MARGIN

    def _doubt(self, now: float) -> None:
        self._asked_at = None
        if self._since is None:
            self._since = now
            if not self._suspected:
                self._unanswered = 0
        self._suspected = False


def _times(count: int) -> str:
    return {1: "", 2: " twice"}.get(count, f" {count} times")
