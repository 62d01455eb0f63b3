"""All commands of `./vedette`, in the order of its help."""

from typing import Final

from vedette.app.command import Command, Group
from vedette.app.commands import (
    bench_judgement,
    bench_recorded,
    bench_system,
    bench_tracking,
    developer,
    evidence,
    history,
    judging,
    leave,
    ledger,
    node,
    recording,
    rules,
    users,
)

BENCHES: Final = (
    *bench_system.COMMANDS,
    *bench_tracking.COMMANDS,
    *bench_recorded.COMMANDS,
    *bench_judgement.COMMANDS,
)


def overview() -> str:
    """What benches there are, with an example each."""
    width = max(len(bench.name) for bench in BENCHES)
    return "\n".join(
        f"{bench.name:{width}}  {bench.text}\n{'':{width}}  {bench.example}" for bench in BENCHES
    )


COMMANDS: Final[tuple[Command | Group, ...]] = (
    *node.COMMANDS,
    *recording.COMMANDS,
    *judging.COMMANDS,
    Group("rules", "the rules of the watch", "./vedette rules check rules.toml", rules.COMMANDS),
    *leave.COMMANDS,
    *history.COMMANDS,
    Group(
        "ledger",
        "a signed record: enter, look, give away, take over",
        ledger.COMMANDS[0].example,
        ledger.COMMANDS,
    ),
    Group(
        "users",
        "persons who may log in to a node, each with a role",
        users.COMMANDS[0].example,
        users.COMMANDS,
    ),
    *evidence.COMMANDS,
    Group("bench", "measure, seeded and bounded", "./vedette bench pipeline --json", BENCHES, overview),
    *developer.COMMANDS,
)
