"""The long search of the pair model: episodes drawn from a seed, until so many steps have been made.

    python -m tests.scenarios.pairsearch --steps 1000000 --seed 1

A step is one thing that happens: a fault, a repair, a command of the operator, or what one or many clients do. Each
episode is a pair of servers with hundreds of clients, and ends with a quiet time after which all must be well again.
The seed of an episode that breaks a promise is printed at once, then as few steps as show it, ready to become a test,
and the search goes on. ``--whole`` leaves the search for fewer steps out; ``--replay SEED …`` plays single episodes.
"""

from __future__ import annotations

import random
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any, Final

from tests.scenarios.pairconfig import SINGLES
from tests.scenarios.pairdisk import Broken
from tests.scenarios.pairsteps import CHORES, CLIENTS, PERIODS, SINGLE_CLIENTS, TROUBLES, Kind, Step, Steps, Who, play

LENGTH: Final = 400
"""Steps of an episode."""

SHORT: Final = (0.0, 0.0005, 0.0015, 0.003, 0.05, 0.2)
"""Seconds between the deeds of single clients."""

APART: Final = (0.05, 0.5, 1.0, 2.0, 4.0, 7.0, 12.0)
"""Seconds between the deeds of a client in a scene."""

DEEDS_OF_CLIENTS: Final = ("release", "release", "decline", "rebind", "rebind", "reboot")

ENDS: Final[tuple[Step, ...]] = (("mend",), ("boot", "server1"), ("boot", "server2"))
"""The end of most faults."""

REPORT: Final = 20.0
"""Seconds between two lines about the progress."""

MODES: Final = (*["hot-standby"] * 5, *["load-balancing"] * 5, "passive-backup", "wait-backup-ack")


def draw_step(kinds: Sequence[Kind], dice: random.Random) -> Step:
    """A step of one of these kinds."""
    kind = dice.choice(kinds)
    drawn = [
        tuple(map(dice.choice, argument)) if isinstance(argument, Who) else dice.choice(argument)
        for argument in kind.arguments
    ]
    return (kind.name, *drawn)


def draw_scene(dice: random.Random) -> Steps:
    """Steps that have to do with each other: a fault or two, what a few clients do meanwhile, and perhaps the end."""
    clients = dice.sample(range(1, SINGLES + 1), dice.choice((1, 1, 2)))
    steps: Steps = [(draw_step(TROUBLES, dice), dice.choice(PERIODS)) for _ in range(dice.choice((1, 1, 2)))]
    for _ in range(dice.randrange(2, 9)):
        steps.append((("one", dice.choice(DEEDS_OF_CLIENTS), dice.choice(clients)), dice.choice(APART)))
        if dice.random() < 0.1:
            steps.append((draw_step(TROUBLES, dice), dice.choice(PERIODS)))
    if dice.random() < 0.5:
        steps += [(end, dice.choice(SHORT)) for end in ENDS]
        steps[-1] = (steps[-1][0], dice.choice(PERIODS))
    return steps


def draw_steps(dice: random.Random) -> Steps:
    """The steps of an episode: mostly single clients, now and then a fault, a scene or hundreds of clients."""
    steps: Steps = []
    scenes = dice.choice((0.0, 0.0, 0.01, 0.01, 0.05))
    while len(steps) < LENGTH:
        chance = dice.random()
        if chance < 0.93 - scenes:
            steps.append((draw_step(SINGLE_CLIENTS, dice), dice.choice(SHORT)))
        elif chance < 0.93:
            steps += draw_scene(dice)
        elif chance < 0.99:
            steps.append((draw_step((*TROUBLES, *CHORES), dice), dice.choice(PERIODS)))
        else:
            steps.append((draw_step(CLIENTS, dice), dice.choice(PERIODS)))
    return steps[:LENGTH]


def draw_options(dice: random.Random) -> dict[str, Any]:
    """The settings of an episode."""
    return {
        "mode": dice.choice(MODES),
        "seed": dice.randrange(10),
        "kea_like": dice.random() < 0.25,
        "max_unacked_clients": dice.choice((0, 2)),
        "group": dice.choice((200, 300)),
        "spare": dice.choice((3, 3, -2, -60)),
        "sync_page_limit": dice.choice((37, 10000)),
        "watch": True,
        "probes": dice.random() < 0.7,
        "relays": dice.random() < 0.5,
        "reserves": dice.random() < 0.5,
        "offer_lifetime": dice.choice((0, 0, 20)),
    }


def trouble(steps: Steps, options: dict[str, Any]) -> str:
    """Return the promise that an episode breaks; "" if all are kept."""
    try:
        play(steps, **options)
    except (AssertionError, Broken) as error:
        return str(error) or "an assertion"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def shrink(steps: Steps, options: dict[str, Any]) -> Steps:
    """As few steps as break a promise."""
    size = len(steps) // 2
    while size:
        start = 0
        while start < len(steps):
            fewer = steps[:start] + steps[start + size :]
            if trouble(fewer, options):
                steps = fewer
            else:
                start += size
        size //= 2
    return steps


def draw(seed: int) -> tuple[Steps, dict[str, Any]]:
    """The episode of a seed."""
    dice = random.Random(seed)
    options = draw_options(dice)
    return draw_steps(dice), options


def examine(seed: int, shrinks: bool) -> bool:
    """Play an episode, and print the promise that it breaks before the search for fewer steps begins."""
    steps, options = draw(seed)
    found = trouble(steps, options)
    if found:
        print(f"seed {seed}: {found}", flush=True)
        if shrinks:
            few = shrink(steps, options)
            print(f"seed {seed}, shortened: {trouble(few, options)}\n  play({few}, **{options})", flush=True)
    return not found


def search(wanted: int, seed: int, shrinks: bool) -> int:
    """Make so many steps; the number of episodes that broke a promise."""
    made = failures = 0
    began = said = time.monotonic()
    while made < wanted:
        failures += not examine(seed, shrinks)
        made += LENGTH
        seed += 1
        if time.monotonic() - said > REPORT or made >= wanted:
            said = time.monotonic()
            print(f"{made} steps, next seed {seed}, {failures} failures, {said - began:.0f} s", flush=True)
    return failures


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first episode; the next ones follow")
    parser.add_argument("--replay", type=int, nargs="+", metavar="SEED", help="play these episodes only")
    parser.add_argument("--whole", action="store_true", help="do not look for fewer steps that break the promise")
    wanted = parser.parse_args()
    if wanted.replay:
        return 1 - min([examine(seed, not wanted.whole) for seed in wanted.replay])
    return min(1, search(wanted.steps, wanted.seed, not wanted.whole))


if __name__ == "__main__":
    sys.exit(main())
