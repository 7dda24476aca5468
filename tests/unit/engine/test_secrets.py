"""Nothing secret in an event; everything in what is registered."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from provision.engine.censor import hide_values
from provision.engine.events import Event, HostFinished, ItemFinished
from tests.unit.engine.harness import Kitchen


def shown(events: list[Event]) -> str:
    return json.dumps([repr(event) for event in events])


def test_no_log_hides_results_items_labels_and_output(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - command: echo {{ item }}
          loop: [tops3cret]
          no_log: true
          register: it
        - debug: {msg: "{{ it.results[0].stdout | length }}"}
        """,
        hosts="a",
    )
    assert "tops3cret" not in shown(seen.events)
    assert seen.said("a") == [9]
    assert seen.of(ItemFinished)[0].label == "(censored)"
    assert "no_log" in seen.of(HostFinished)[0].result["censored"]


def test_no_log_hides_errors(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - command: sh -c 'echo tops3cret >&2; exit 1'
          no_log: true
        """,
        hosts="a",
    )
    assert "tops3cret" not in shown(seen.events)
    assert seen.exit_code == 2


def test_values_of_secret_parameters_are_hidden(kitchen: Kitchen) -> None:
    def hook(target: object, request: Any) -> dict[str, Any] | None:
        return {"changed": False, "echo": f"token={request.args['token']}", "deep": [{"x": "s3"}]}

    from tests.unit.engine.local_sessions import LocalSessions

    seen = kitchen.tasks(
        "- consul_kv: {key: k, value: v, token: s3}\n  register: it\n"
        "- debug: {msg: '{{ it.echo | length }}'}",
        hosts="a",
        sessions=LocalSessions(hook),
    )
    first = seen.of(HostFinished)[0].result
    assert first["echo"] == "token=********"
    assert first["deep"] == [{"x": "********"}]
    assert seen.said("a") == [8]


@given(
    st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=4),
    st.recursive(
        st.text("abc", max_size=8) | st.integers() | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner),
    ),
)
def test_no_secret_survives_at_any_depth(secrets: list[str], value: Any) -> None:
    text = json.dumps(hide_values(value, secrets))
    assert not any(secret in text.replace("null", "") for secret in secrets)
