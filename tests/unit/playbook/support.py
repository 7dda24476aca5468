"""A small catalog, and playbooks written in tests."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

from provision.agent.spec import Param, Spec
from provision.errors import PlaybookError
from provision.playbook import Catalog, load_playbook
from provision.playbook.complaints import PlaybookErrors
from provision.playbook.model import Block, Node, Play, Task

CATALOG = Catalog(
    [
        Spec("debug", "d", params=(Param("msg"), Param("var"), Param("verbosity", type="int"))),
        Spec(
            "command",
            "c",
            params=(
                Param("cmd"),
                Param("argv", type="list"),
                Param("chdir", type="path"),
                Param("creates", type="path"),
            ),
            free_form="cmd",
            required_one_of=(("cmd", "argv"),),
        ),
        Spec("shell", "s", params=(Param("cmd"), Param("creates")), free_form="cmd"),
        Spec(
            "copy",
            "c",
            params=(
                Param("src"),
                Param("content"),
                Param("dest", required=True, aliases=("path",)),
                Param("force", type="bool"),
                Param("parts", type="list", elements="dict", options=(Param("size", type="int"),)),
            ),
        ),
        Spec("systemd", "s", params=(Param("name"), Param("state")), aliases=("systemd_service",)),
        Spec("docker_swarm", "s", collection="community.docker", params=(Param("state"),)),
        Spec("set_fact", "s", params=(Param("cacheable", type="bool"),)),
        Spec("meta", "m", params=(Param("free_form"),), free_form="free_form"),
    ]
)

Write = Callable[[str, str], Path]


def writer(folder: Path) -> Write:
    """write("roles/x/tasks/main.yml", text) below a folder."""

    def write(name: str, text: str) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    return write


def play_of(path: Path) -> Play:
    (play,) = load_playbook(path, CATALOG).plays
    return play


def complaints(path: Path) -> list[PlaybookError]:
    """All that is wrong with a playbook."""
    try:
        load_playbook(path, CATALOG)
    except PlaybookErrors as error:
        return [error, *error.others]
    except PlaybookError as error:
        return [error]
    return []


def complaint(path: Path) -> PlaybookError:
    """The one thing that is wrong with a playbook."""
    (error,) = complaints(path)
    return error


def tasks_in(nodes: object) -> list[Task]:
    """All tasks, those of blocks too, in order."""
    found: list[Task] = []
    assert isinstance(nodes, (list, tuple))
    for node in nodes:
        if isinstance(node, Block):
            found += tasks_in([*node.block, *node.rescue, *node.always])
        else:
            assert isinstance(node, Task)
            found.append(node)
    return found


def only_task(path: Path) -> Task:
    (node,) = play_of(path).sections[2]
    assert isinstance(node, Task)
    return node


__all__ = ["CATALOG", "Node", "Write", "complaint", "complaints", "only_task", "play_of"]
