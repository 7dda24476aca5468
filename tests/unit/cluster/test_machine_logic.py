"""Single machines: what commands are told, without any machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from provision.cluster import servers
from provision.cluster.engine_address import engine_url
from provision.cluster.machine import shell_env, transfer
from provision.cluster.machine.engine_options import engine_variables
from provision.cluster.machine.go_template import aligned, render
from provision.cluster.named import FIRST_NAMED, Named
from provision.cluster.shape import Shape
from provision.errors import UsageError
from provision.machines.driver import Endpoint


def test_engine_options_become_variables() -> None:
    assert engine_variables(
        opts=["log-opt=max-size=5m", "debug", "mtu=1400", "dns=10.0.0.1", "dns=10.0.0.2"],
        labels=["a=b"],
        insecure_registries=["r:5000"],
        mirrors=["https://m"],
        environment=["HTTP_PROXY=http://u:p@h/?a=b"],
        storage_driver="overlay2",
        install_url="https://mirror.example/linux/",
    ) == {
        "docker_daemon_options": {
            "log-opts": {"max-size": "5m"},
            "debug": True,
            "mtu": 1400,
            "dns": ["10.0.0.1", "10.0.0.2"],
            "labels": ["a=b"],
            "storage-driver": "overlay2",
        },
        "docker_insecure_registries": ["r:5000"],
        "docker_registry_mirrors": ["https://m"],
        "docker_environment": {"HTTP_PROXY": "http://u:p@h/?a=b"},
        "docker_repository_url": "https://mirror.example/linux",
        "docker_source": "docker-ce",
    }
    assert engine_variables() == {}


@pytest.mark.parametrize(
    ("keywords", "reason"),
    [
        ({"opts": ["live-restore"]}, "swarm"),
        ({"opts": ["tlsverify=false"]}, "TLS is always on"),
        ({"labels": ["novalue"]}, "has no value"),
        ({"install_url": "https://get.docker.com"}, "is a script"),
    ],
)
def test_engine_options_that_cannot_be(keywords: dict[str, Any], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        engine_variables(**keywords)


def test_templates() -> None:
    value = {"Name": "a", "Driver": {"IP": "1.2.3.4", "None": None}, "Up": True}
    assert (
        render(r"{{.Name}}\t{{ .Driver.IP }} {{.Up}}{{.Driver.None}}", value) == "a\t1.2.3.4 true"
    )
    assert render("{{json .Driver}}", value) == '{"IP": "1.2.3.4", "None": null}'
    with pytest.raises(UsageError, match=r"no field \.Nam") as caught:
        render("{{.Nam}}", value)
    assert "'Name'" in (caught.value.hint or "")
    with pytest.raises(UsageError, match="not understood"):
        render("{{range .Name}}x{{end}}", value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("web:/tmp/x", ("web", "/tmp/x")),
        ("root@web:x", ("web", "x")),
        ("web:", ("web", "")),
        ("./a:b", None),
        ("/a:b", None),
        ("plain", None),
    ],
)
def test_places_on_machines(text: str, place: tuple[str, str] | None) -> None:
    assert transfer.remote(text) == place


def test_tables_line_up() -> None:
    assert aligned(["NAME\tSTATE", "web-1\tRunning", "a"]) == [
        *("NAME    STATE", "web-1   Running", "a")
    ]


def test_shells_quote() -> None:
    values = {"V": "it's $HOME"}
    assert shell_env.set_lines("bash", values) == ["""export V='it'"'"'s $HOME'"""]
    assert shell_env.set_lines("fish", values) == ["set -gx V 'it\\'s $HOME';"]
    assert shell_env.set_lines("powershell", values) == ["$Env:V = 'it''s $HOME'"]
    assert shell_env.this_shell({"SHELL": "/usr/bin/fish"}) == "fish"
    assert shell_env.this_shell({"SHELL": "/bin/dash"}) == shell_env.this_shell({}) == "bash"


@pytest.mark.parametrize(
    "shell", [name for name in ("bash", "sh", "zsh", "fish") if shutil.which(name)]
)
def test_shells_that_are_here_understand_their_commands(shell: str, tmp_path: Path) -> None:
    odd = """/a b/it's \\ $HOME "q" `id` %x%"""
    lines = shell_env.set_lines(shell, {"DOCKER_HOST": odd})
    lines += ["printenv DOCKER_HOST", *shell_env.unset_lines(shell), "printenv DOCKER_HOST"]
    done = subprocess.run(
        [shell, "-c", "\n".join([*lines, "true"])],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )
    assert (done.stdout, done.stderr, done.returncode) == (odd + "\n", "", 0)


def test_engine_of_a_forwarded_machine_is_at_its_own_address() -> None:
    forwarded = Endpoint("127.0.0.1", "vagrant", 2222, cluster_address="192.168.56.11")
    assert engine_url(forwarded) == "tcp://192.168.56.11:2376"
    assert engine_url(Endpoint("10.0.0.1", "root")) == "tcp://10.0.0.1:2376"


def test_servers_of_an_inventory(tmp_path: Path) -> None:
    file = tmp_path / "hosts.ini"
    file.write_text("web-1 ansible_host=10.0.0.1 ansible_user=ops\ndb-1 ansible_port=2222\n")
    web, database = servers.read_servers(str(file))
    assert (web.name, web.index, web.driver) == ("web-1", FIRST_NAMED, "static")
    assert web.options == {"address": "10.0.0.1", "user": "ops"}
    assert database.options == {"address": "db-1", "port": "2222"}


def test_servers_of_a_list() -> None:
    found = servers.read_servers("web-1=ops@10.0.0.1:2222,db.example")
    assert [(s.name, dict(s.options)) for s in found] == [
        ("web-1", {"address": "10.0.0.1", "user": "ops", "port": "2222"}),
        ("db", {"address": "db.example"}),
    ]
    for bad in ("root@10.0.0.1", "nowhere/hosts.yml:x"):
        with pytest.raises(UsageError):
            servers.read_servers(bad)


def test_named_machines_come_after_counted_ones_and_share_roles() -> None:
    named = (Named("b", FIRST_NAMED, "docker"), Named("a", FIRST_NAMED + 1, "static"))
    shape = Shape.declare({"named": named})
    assert (shape.nodes, shape.managers, shape.total) == (0, 1, 2)
    specs = shape.specs("lab")
    assert [spec.name for spec in specs] == ["b", "a"]
    assert [shape.node(spec, "x").swarm for spec in specs] == ["manager", "worker"]
    grown = Shape.declare({"named": (Named("c", FIRST_NAMED, "static"),)}, shape)
    assert [(entry.name, entry.index - FIRST_NAMED) for entry in grown.named] == [
        ("b", 0),
        ("a", 1),
        ("c", 2),
    ]
    with pytest.raises(UsageError, match="too many"):
        Shape(nodes=FIRST_NAMED, named=named)
