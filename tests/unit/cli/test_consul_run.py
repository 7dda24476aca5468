"""`provision consul run` passes on what is consul's."""

from __future__ import annotations

from provision.cli.consul.run import run


def test_what_follows_the_first_argument_is_left_as_it_is() -> None:
    words = ["monitor", "-log-level", "debug", "-v", "--node", "n"]
    context = run.make_context("run", ["--management", *words])
    assert context.params["arguments"] == tuple(words)
    assert context.params["management"]
    assert context.params["node"] is None
