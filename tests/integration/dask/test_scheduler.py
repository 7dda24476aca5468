"""`provision play --scheduler`: the same run, its sessions in the workers of a Dask cluster."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from provision.cluster import certificates
from provision.engine.catalog import catalog
from provision.engine.events import (
    Event,
    HostFinished,
    Output,
    RunFinished,
    Status,
    TaskStarted,
)
from provision.engine.options import RunOptions
from provision.engine.runner import run
from provision.errors import UsageError
from provision.inventory import load_inventory
from provision.playbook.loader import load_playbook
from provision.transport.remote import worker
from provision.transport.remote.scheduler import Scheduler, dask_sessions
from provision.transport.session import Sessions
from tests.integration.dask.conftest import DaskCluster, start

pytestmark = [pytest.mark.node, pytest.mark.timeout(300)]

EVERYTHING = """
- hosts: all
  vars:
    folder: /tmp/{{ inventory_hostname }}
    secret: hunter2
  tasks:
    - file: {path: "{{ folder }}", state: directory}
    - copy: {content: "{{ item }}\\n", dest: "{{ folder }}/{{ item }}"}
      loop: [one, two]
      notify: told
    - template: {src: page.j2, dest: "{{ folder }}/page"}
      notify: told
    - copy: {src: large.bin, dest: "{{ folder }}/large.bin"}
    - fetch: {src: "{{ folder }}/page", dest: "FETCHED/", flat: false}
    - command: cat {{ folder }}/page
      register: page
      changed_when: false
    - assert: {that: "page.stdout == inventory_hostname ~ ' on ' ~ ansible_system"}
    - command: id -un
      become: true
      become_user: nobody
      register: who
      changed_when: false
    - assert: {that: who.stdout == 'nobody'}
    - command: echo {{ secret }}
      no_log: true
      register: hidden
    - raw: echo raw
      register: shell
    - assert: {that: "shell.stdout_lines == ['raw']"}
    - block:
        - command: "false"
      rescue:
        - debug: {msg: "rescued {{ ansible_failed_task.name | default('', true) }}"}
    - command: echo here
      delegate_to: localhost
      run_once: true
    - command: cat {{ folder }}/absent
      register: absent
      failed_when: absent.rc == 0
      changed_when: false
    - file: {path: "{{ folder }}", state: absent}
    - meta: reset_connection
    - command: cat {{ folder }}/absent
      when: inventory_hostname == 'cyd'
  handlers:
    - name: told
      debug: {msg: handled}
"""


class Seen:
    """A run's events, and what they come to."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.finished: RunFinished | None = None

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def results(self, host: str) -> list[tuple[str, Status, Any]]:
        titles = {e.task_id: e.path for e in self.events if isinstance(e, TaskStarted)}
        return [
            (titles.get(e.task_id, ""), e.status, e.result.get("stdout"))
            for e in self.events
            if isinstance(e, HostFinished) and e.host == host
        ]

    def last(self, host: str) -> HostFinished:
        return [e for e in self.events if isinstance(e, HostFinished) and e.host == host][-1]


@pytest.fixture
def sessions(dask: DaskCluster) -> Iterator[Sessions]:
    opened = dask_sessions(Scheduler(dask.address), print)
    yield opened
    opened.close()


@pytest.fixture
def play(one_node_thrice: Path, tmp_path: Path) -> Callable[..., Seen]:
    numbers = itertools.count()

    def play(text: str, sessions: Sessions | None, *more: Callable[[Event], None]) -> Seen:
        number = next(numbers)
        path = tmp_path / f"play-{number}.yml"
        path.write_text(text.replace("FETCHED", str(tmp_path / f"fetched-{number}")))
        (tmp_path / "page.j2").write_text("{{ inventory_hostname }} on {{ ansible_system }}\n")
        (tmp_path / "large.bin").write_bytes(bytes(range(256)) * 2048)
        seen = Seen()
        seen.finished = run(
            [load_playbook(path, catalog())],
            load_inventory([str(one_node_thrice)]),
            RunOptions(),
            sessions=sessions,
            subscribers=[seen, *more],
        )
        return seen

    return play


def test_a_run_on_workers_is_the_run_in_process(
    play: Callable[..., Seen], sessions: Sessions, tmp_path: Path
) -> None:
    here, there = play(EVERYTHING, None), play(EVERYTHING, sessions)
    for host in ("ada", "bob", "cyd"):
        assert there.results(host) == here.results(host)
        fetched = tmp_path / "fetched-1" / host / "tmp" / host / "page"
        assert fetched.read_text() == f"{host} on Linux\n"
    assert here.finished is not None
    assert there.finished is not None
    assert there.finished.recap == here.finished.recap
    assert there.finished.exit_code == here.finished.exit_code == 2  # cyd's last task
    assert "hunter2" not in str(there.events)


def test_hosts_are_shared_out_and_keep_their_connections(
    play: Callable[..., Seen], sessions: Sessions, dask: DaskCluster
) -> None:
    ask = "    - shell: echo $PPID $SSH_CONNECTION\n"
    seen = play(f"- hosts: all\n  gather_facts: false\n  tasks:\n{ask * 3}", sessions)
    workers = set()
    for host in ("ada", "bob", "cyd"):
        said = {stdout for _, _, stdout in seen.results(host)}
        assert len(said) == 1  # one agent, one connection
        workers.add(dask.worker_with_port(int(said.pop().split()[2])).pid)
    assert len(workers) == 3


def test_output_comes_while_the_task_runs(play: Callable[..., Seen], sessions: Sessions) -> None:
    text = """
- hosts: ada
  gather_facts: false
  tasks:
    - shell: |
        echo first
        while [ ! -e /tmp/dask-go ]; do sleep 0.05; done
        rm /tmp/dask-go
        echo second
"""
    told: list[str] = []

    def watch(event: Event) -> None:
        if isinstance(event, Output):
            told.append(event.text)
            if "first" in event.text:  # the task ends only once this has come
                threading.Thread(target=_touch, args=(play, "go"), daemon=True).start()

    seen = play(text, sessions, watch)
    assert seen.last("ada").status is Status.CHANGED
    assert "".join(told).split() == ["first", "second"]


def _touch(play: Callable[..., Seen], what: str) -> None:
    task = f"command: touch /tmp/dask-{what}"
    play(f"- hosts: cyd\n  gather_facts: false\n  tasks: [{task}]\n", None)


def test_a_worker_that_dies_takes_only_what_was_under_way_on_it(
    play: Callable[..., Seen], sessions: Sessions, dask: DaskCluster
) -> None:
    """ada's task is under way when her worker is killed; bob, on the next, is between tasks."""
    text = """
- hosts: all
  gather_facts: false
  tasks:
    - shell: rm -f /tmp/dask-over /tmp/dask-{{ inventory_hostname }}; echo $SSH_CONNECTION
    - shell: |
        touch /tmp/dask-{{ inventory_hostname }}
        while [ ! -e /tmp/dask-over ]; do sleep 0.05; done
      when: inventory_hostname in ['ada', 'cyd']
    - shell: echo $SSH_CONNECTION
"""
    ports: dict[str, int] = {}
    killed = threading.Event()

    def watch(event: Event) -> None:
        if not isinstance(event, HostFinished) or killed.is_set():
            return
        if event.status is Status.CHANGED:
            ports[event.host] = int(event.result["stdout"].split()[1])
        if len(ports) == 3 and event.status is Status.SKIPPED:
            killed.set()
            threading.Thread(target=_kill, args=(play, dask, ports), daemon=True).start()

    seen = play(text, sessions, watch)
    dask.add_workers(2)
    assert seen.finished is not None
    assert seen.last("ada").status is Status.UNREACHABLE
    assert "is gone" in seen.last("ada").result["msg"]
    assert "may have been done" in seen.last("ada").result["msg"]
    assert [status for _, status, _ in seen.results("bob")] == [
        Status.CHANGED,
        Status.SKIPPED,
        Status.CHANGED,
    ]
    assert seen.finished.recap["bob"].unreachable == 0
    assert seen.last("cyd").status is Status.CHANGED
    assert seen.finished.exit_code == 4


def _kill(play: Callable[..., Seen], dask: DaskCluster, ports: dict[str, int]) -> None:
    under_way = "while [ ! -e /tmp/dask-ada -o ! -e /tmp/dask-cyd ]; do sleep 0.05; done"
    task = f"{{shell: '{under_way}'}}"
    play(f"- hosts: cyd\n  gather_facts: false\n  tasks: [{task}]\n", None)
    for host in ("ada", "bob"):
        dask.worker_with_port(ports[host]).kill()
    _touch(play, "over")


def test_tls_and_no_workers(play: Callable[..., Seen], tmp_path: Path) -> None:
    authority = certificates.new_authority("dask test")
    pair = certificates.new_peer(authority, ["127.0.0.1", "localhost"])
    client = certificates.new_client(authority, "operator")
    files = {}
    for name, text in {
        "ca": authority.certificate,
        "cert": pair.certificate,
        "key": pair.key,
        "client": client.certificate,
        "client-key": client.key,
    }.items():
        files[name] = tmp_path / f"{name}.pem"
        files[name].write_text(text)
    options = [
        f"--tls-{name}={files[part]}"
        for name, part in (("ca-file", "ca"), ("cert", "cert"), ("key", "key"))
    ]
    cluster = start(options, "tls")
    try:
        paths = (str(files[name]) for name in ("ca", "client", "client-key"))
        scheduler = Scheduler(cluster.address, *paths)
        with pytest.raises(UsageError, match="has no workers"):
            dask_sessions(scheduler, print)
        with pytest.raises(UsageError, match="no Dask scheduler answers"):
            dask_sessions(Scheduler(cluster.address.replace("tls", "tcp")), print)
        cluster.add_workers(1)
        opened = dask_sessions(scheduler, print)
        seen = play("- hosts: ada\n  gather_facts: false\n  tasks: [ping: ]\n", opened)
        opened.close()
        assert seen.last("ada").status is Status.OK
    finally:
        cluster.stop()


def test_what_cannot_be_reached_or_understood_is_refused(
    dask: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        monkeypatch.setattr("provision.transport.remote.scheduler.CONNECT_TIMEOUT", 1)
        dask_sessions(Scheduler("tcp://127.0.0.1:9"), print)
    ours = worker.identify()
    for key, value, said in (
        ("provision", "9.9", "has provision .*, not 9.9"),
        ("python", "3.99", "runs Python .*, this is 3.99"),
        ("agent", "other", "has another build of provision"),
    ):
        monkeypatch.setattr(
            "provision.transport.remote.scheduler.own_identity",
            lambda k=key, v=value: {**ours, k: v},
        )
        with pytest.raises(UsageError, match=said):
            dask_sessions(Scheduler(dask.address), print)


def _lasting(text: str) -> list[str]:
    """What is said however long it takes: without "Finished in" and who is still running."""
    lines = text.splitlines()[:-1]
    return sorted(line for line in lines if not line.startswith("still running"))


def test_the_command_says_and_does_the_same(
    dask: DaskCluster, one_node_thrice: Path, tmp_path: Path
) -> None:
    book = tmp_path / "book.yml"
    book.write_text("- hosts: all\n  gather_facts: false\n  tasks: [ping: ]\n")
    command = [sys.executable, "-m", "provision", "play", str(book), "-i", str(one_node_thrice)]
    remote = ["--scheduler", dask.address]
    done = subprocess.run([*command, *remote], capture_output=True, text=True, check=False)
    here = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (here.returncode, here.stderr) == (0, "")
    assert _lasting(done.stdout) == _lasting(here.stdout)


def test_without_a_scheduler_dask_is_not_even_imported(tmp_path: Path) -> None:
    book = tmp_path / "book.yml"
    book.write_text("- hosts: localhost\n  connection: local\n  tasks: [ping: ]\n")
    script = (
        "import sys; from provision.cli.app import run; "
        f"assert run(['play', {str(book)!r}, '-i', 'localhost,']) == 0; "
        "print([m for m in sys.modules if m.startswith(('dask', 'distributed', "
        "'provision.transport.remote'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
