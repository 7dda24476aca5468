"""One play: what it asks for, its hosts in batches, and a strategy for each."""

from __future__ import annotations

from dataclasses import replace

from provision.engine import serial
from provision.engine.events import NoHosts, PlayStarted
from provision.engine.free import Free
from provision.engine.linear import Linear
from provision.engine.play import PlayRun
from provision.engine.play_hosts import hosts_of
from provision.engine.play_keywords import rendered
from provision.engine.run import Run
from provision.engine.start_at import first_task
from provision.engine.strategy import Strategy
from provision.engine.vars_prompt import ask
from provision.playbook.model import Play

_STRATEGIES: dict[str, type[Strategy]] = {"linear": Linear, "free": Free, "host_pinned": Free}


def run_play(run: Run, play: Play) -> bool:
    """Carry out one play. False when the run has to end: a whole batch failed."""
    if play.vars_prompt:
        play = replace(play, vars={**play.vars, **ask(run, play)})
    play = rendered(play, run.templar, run.magic, run.extra)
    everyone = hosts_of(run, play)
    if not everyone:
        run.publish(NoHosts(play=play.name, pattern=_pattern(play)))
        return True
    run.idle = False
    # As in Ansible those that failed in earlier plays keep their places in the batches.
    batches = list(serial.batches(everyone, play.serial))
    first = run.available(batches[0])
    run.publish(PlayStarted(name=play.name, hosts=first, location=play.at))
    state = PlayRun(run, play, everyone)
    if run.start_at is not None:
        state.start_at = first_task(play, run.start_at)
        if state.start_at is None:
            return True
        run.start_at = None
    return _run_batches(state, batches)


def _run_batches(state: PlayRun, batches: list[list[str]]) -> bool:
    run, play = state.run, state.play
    strategy = _STRATEGIES[play.strategy]
    for number, batch in enumerate(batches):
        todo = run.available(batch)
        if not todo:
            continue
        if number:
            run.publish(PlayStarted(name=play.name, hosts=todo, location=play.at))
        state.begin(todo, len(batch))
        strategy(state).run()
        state.finish()
        if state.broken or (todo == batch and not run.available(batch)):
            return False
        if state.ended:
            break
    return True


def _pattern(play: Play) -> str:
    hosts = play.hosts
    return ",".join(str(part) for part in hosts) if isinstance(hosts, list) else str(hosts)
