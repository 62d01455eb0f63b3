"""The kinds of suspicion, by name, and how an accusation is put into words."""

from typing import Final, Literal

Kind = Literal[
    "contradicted-by-radar",
    "contradicted-by-direction-finder",
    "no-target",
    "steady-signal",
    "impossible-motion",
    "id-in-two-places",
    "replayed-track",
    "swarm",
    "serial-format",
    "borrowed-serial",
    "other-operator",
]

# What each says, after "doubted, 87 %: ".
WORDS: Final[dict[Kind, str]] = {
    "contradicted-by-radar": "was seen where it says it is, and is not any more",
    "contradicted-by-direction-finder": "its transmitter is not heard from where it says it is",
    "no-target": "nothing is seen where it says it is",
    "steady-signal": "its signal stays as strong while it says that it comes and goes",
    "impossible-motion": "it says that it moves as nothing can",
    "id-in-two-places": "the same id is said to be in two places at once",
    "replayed-track": "it tells a path again that was told before, to the last digit",
    "swarm": "many ids move as one and nothing is seen of them",
    "serial-format": "its serial number is none of ANSI/CTA-2063-A",
    "borrowed-serial": "its serial number has leave, but not here and now",
    "other-operator": "it names another operator than its serial number is registered for",
}
