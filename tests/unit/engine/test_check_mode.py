"""Check mode goes on over what commands that did not run would have said."""

from __future__ import annotations

from tests.unit.engine.harness import Kitchen, Recorded

COMMAND = """
- command: echo '{"a":[1]}'
  register: r
"""


def check(kitchen: Kitchen, tasks: str) -> Recorded:
    return kitchen.tasks(COMMAND + tasks, hosts="a", check=True)


def test_a_skipped_command_has_its_keys(kitchen: Kitchen) -> None:
    seen = check(
        kitchen,
        """
- debug: {msg: "{{ r.rc }} {{ r.stdout }}{{ r.stderr }} {{ r.stdout_lines }}"}
  when: r.rc == 0 and r.stdout != 'x'
""",
    )
    assert seen.said("a") == ["0  []"]


def test_what_cannot_do_without_its_output_is_skipped_and_says_so(kitchen: Kitchen) -> None:
    seen = check(
        kitchen,
        """
- set_fact: {parsed: "{{ r.stdout | from_json }}"}
- debug: {msg: "{{ parsed.a[0] }}"}
- debug: {msg: never}
  when: (r.stdout | from_json).a
- debug: {msg: "{{ item }}"}
  loop: "{{ parsed.a }}"
- wait_for: {port: "{{ r.stdout_lines[0] }}"}
- assert: {that: "'a' in r.stdout"}
- fail: {msg: it is not there}
  when: "'a' not in r.stdout"
- debug: {msg: end}
""",
    )
    assert seen.exit_code == 0
    assert seen.said("a")[-1] == "end"
    assert seen.recap["a"].skipped == 8
    reasons = [str(result.get("msg")) for result in seen.results("a")]
    assert "check mode does not know 'r', on which this rests" in reasons[1]
    assert "check mode does not know 'parsed'" in reasons[2]


def test_other_failures_are_failures(kitchen: Kitchen) -> None:
    for task in ("- debug: {msg: '{{ nope }}'}", "- fail:\n", "- assert: {that: 1 == 2}"):
        assert check(kitchen, task).exit_code == 2


def test_what_a_later_task_has_set_anew_is_known_again(kitchen: Kitchen) -> None:
    known = "- stat: {path: /}\n  register: r\n- debug: {msg: '{{ r.stdout }}'}"
    assert check(kitchen, known).exit_code == 2


def test_what_a_condition_skipped_is_known(kitchen: Kitchen) -> None:
    """That would be so in earnest as well."""
    skipped = "- command: x\n  when: false\n  register: r\n- debug: {msg: '{{ r.stdout }}'}"
    assert check(kitchen, skipped).exit_code == 2


def test_until_is_not_waited_for(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        "- command: x\n  register: r\n  until: r.stdout == 'up'\n  delay: 1000",
        hosts="a",
        check=True,
    )
    assert (seen.exit_code, seen.recap["a"].skipped) == (0, 1)
