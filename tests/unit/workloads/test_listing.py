"""Services and tasks in Docker's words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from provision.cluster.workloads import listing, logs, words
from provision.errors import UsageError


class Swarm:
    """Answers as a manager would."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {"nodes": [], "services": [], "tasks": [], **answers}

    def get(self, path: str, query: Any = None) -> Any:
        kind, _, identity = path[1:].partition("/")
        if identity:
            return next(each for each in self.answers[kind] if each["ID"] == identity)
        return list(self.answers[kind])


def service(name: str, **more: Any) -> dict[str, Any]:
    spec = {
        "Name": name,
        "Mode": {"Replicated": {"Replicas": 2}},
        "TaskTemplate": {"ContainerSpec": {"Image": "web:1@sha256:" + "a" * 64}},
    }
    status = {"RunningTasks": 1, "DesiredTasks": 2}
    return {"ID": f"id-{name}", "Spec": spec, "ServiceStatus": status, **more}


def task(number: int, slot: int, created: str, state: str, **more: Any) -> dict[str, Any]:
    return {
        "ID": f"task{number}",
        "ServiceID": "id-web",
        "NodeID": "n1",
        "Slot": slot,
        "CreatedAt": created,
        "DesiredState": "running",
        "Spec": {"ContainerSpec": {"Image": "web:1"}},
        "Status": {"State": state, "Timestamp": "2026-01-01T00:00:00.123456789Z"},
        **more,
    }


def test_services_are_shown_as_docker_shows_them() -> None:
    ports = [
        {"TargetPort": 80, "PublishedPort": 8080, "PublishMode": "ingress", "Protocol": "tcp"},
        {"TargetPort": 53, "PublishedPort": 53, "PublishMode": "host", "Protocol": "udp"},
    ]
    swarm: Any = Swarm(services=[service("web", Endpoint={"Ports": ports}), service("api")])
    rows = listing.services(swarm, {})
    assert [row.name for row in rows] == ["api", "web"]
    assert rows[1].image == "web:1"
    assert rows[1].replicas == "1/2"
    assert rows[1].ports == "*:8080->80/tcp, *:53->53/udp (host)"


def test_the_newest_task_of_a_place_comes_first() -> None:
    swarm = Swarm(
        nodes=[{"ID": "n1", "Description": {"Hostname": "node-1"}}],
        services=[service("web")],
        tasks=[
            task(1, 1, "2026-01-01T00:00:00Z", "failed"),
            task(2, 2, "2026-01-01T00:00:00Z", "running"),
            task(3, 1, "2026-01-01T00:01:00Z", "running"),
            task(4, 0, "2026-01-01T00:01:00Z", "running"),
        ],
    )
    rows = listing.tasks(swarm, {})  # type: ignore[arg-type]
    assert [(row.id, row.name, row.earlier) for row in rows] == [
        ("task4", "web.n1", False),
        ("task3", "web.1", False),
        ("task1", "web.1", True),
        ("task2", "web.2", False),
    ]
    assert rows[0].node == "node-1"


def test_a_service_is_found_by_name_or_by_the_beginning_of_its_id() -> None:
    swarm = Swarm(services=[service("web"), service("worker")])
    assert listing.find_service(swarm, "web")["ID"] == "id-web"  # type: ignore[arg-type]
    assert listing.find_service(swarm, "id-wo")["ID"] == "id-worker"  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="several"):
        listing.find_service(swarm, "id-w")  # type: ignore[arg-type]
    with pytest.raises(UsageError) as refused:
        listing.find_service(swarm, "wbe")  # type: ignore[arg-type]
    assert refused.value.hint == "did you mean 'web'?"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "Less than a second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "About a minute"),
        (3599, "59 minutes"),
        (3600, "About an hour"),
        (47 * 3600, "47 hours"),
        (49 * 3600, "2 days"),
        (15 * 86400, "2 weeks"),
        (70 * 86400, "2 months"),
        (800 * 86400, "2 years"),
    ],
)
def test_durations_are_dockers(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


def test_times_of_the_engine_are_read() -> None:
    now = datetime(2026, 1, 1, 0, 5, tzinfo=UTC)
    assert words.ago("2026-01-01T00:00:00.123456789Z", now) == "5 minutes ago"
    assert words.ago("0001-01-01T00:00:00Z", now) == ""


def test_filters_are_key_and_value() -> None:
    assert listing.filters_of(["name=a", "name=b", "label=x=y"]) == {
        "name": ["a", "b"],
        "label": ["x=y"],
    }
    with pytest.raises(UsageError):
        listing.filters_of(["name"])


def test_since_is_a_time_or_how_long_ago() -> None:
    assert logs.since("1767225600") == "1767225600"
    assert logs.since("10m", now=1000.0) == "400.000000000"
    assert logs.since("2026-01-01T00:00:00Z") == "1767225600.000000000"
    with pytest.raises(UsageError):
        logs.since("yesterday")


def test_a_log_line_says_whose_it_is() -> None:
    told = (
        "com.docker.swarm.node.id=n1,com.docker.swarm.service.id=s,"
        "com.docker.swarm.task.id=t2345678901234,tier=front"
    )
    line = logs._line(
        True, f"2026-01-01T00:00:00Z {told} hello world", True,
        {"t2345678901234": "web.1"}, {"n1": "node-1"},
    )  # fmt: skip
    assert line.source == "web.1.t23456789012@node-1"
    assert (line.stamp, line.details, line.text) == (
        "2026-01-01T00:00:00Z", "tier=front", "hello world",
    )  # fmt: skip
