"""``local``: what the administrator left in /etc/ansible/facts.d."""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from provision.agent.facts import read

DIRECTORY = "/etc/ansible/facts.d"


class Local(NamedTuple):
    """The facts, and what is wrong with some of them."""

    facts: Dict[str, Any]
    warnings: List[str]


def programs(directory: str = DIRECTORY) -> List[str]:
    """The facts that are programs."""
    return [path for _, path in _files(directory) if os.access(path, os.X_OK)]


def _files(directory: str) -> List[Tuple[str, str]]:
    """Fact's name and file."""
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(".fact"))
    except OSError:
        return []
    return [(name[: -len(".fact")], os.path.join(directory, name)) for name in names]


def collect(
    directory: str = DIRECTORY, run: Optional[Callable[[str], Tuple[int, str, str]]] = None
) -> Local:
    """Each ``NAME.fact``, JSON or INI, under its name; in place of a broken one, what is wrong.

    Parameters:
        run: runs an executable fact: exit status, stdout and stderr. Without it those are left
            out.
    """
    found = Local({}, [])
    for name, path in _files(directory):
        problem = ""
        if not os.access(path, os.X_OK):
            text = read.text(path)
        elif run:
            status, text, complaint = run(path)
            if status != 0:
                problem = "{} ended with status {}: {}".format(path, status, complaint.strip())
        else:
            continue
        if not problem:
            try:
                found.facts[name] = parse(text)
                continue
            except ValueError as error:
                problem = "{} is neither JSON nor INI: {}".format(path, error)
        found.facts[name] = problem
        found.warnings.append(problem)
    return found


def parse(text: str) -> Any:
    """JSON if it is, else INI as sections of keys. Raises ValueError for anything else."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    import configparser  # 2 ms, and few nodes have such facts

    parser = configparser.ConfigParser()
    try:
        parser.read_string(text)
        return {section: dict(parser.items(section)) for section in parser.sections()}
    except configparser.Error as error:
        raise ValueError(str(error).replace("\n", " ")) from None
