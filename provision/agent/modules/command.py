"""Run a program without a shell."""

from __future__ import annotations

import os
import re
import shlex
from typing import Any, Dict

from provision.agent import commands
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="command",
    summary="Run a program on the node, without a shell.",
    free_form="cmd",
    params=(
        Param("cmd", "The command line, split as a shell would.", aliases=("_raw_params", "_raw")),
        Param("argv", "The command as a list of words.", type="list", elements="str"),
        *commands.PARAMS,
        Param(
            "expand_argument_vars",
            "Replace $NAME and ${NAME} in the words with environment variables.",
            type="bool",
            default=True,
        ),
    ),
    required_one_of=(("cmd", "argv"),),
    mutually_exclusive=(("cmd", "argv"),),
    returns=commands.RETURNS,
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/command_module.html",
)

_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    if args["argv"] is not None:
        words = [str(word) for word in args["argv"]]
    else:
        try:
            words = shlex.split(args["cmd"])
        except ValueError as error:
            raise task.fail(f"the command line cannot be split: {error}", rc=256) from None
    if not words:
        raise task.fail("no command given", rc=256)
    said = words
    if args["expand_argument_vars"]:
        words = [_expand(word, dict(os.environ, **task.env)) for word in words]
    return commands.run(task, words, None, said)


def _expand(word: str, env: Dict[str, str]) -> str:
    # As os.path.expandvars: a variable that is not set stays as it is written.
    return _VARIABLE.sub(
        lambda found: env.get(found.group(1) or found.group(2), found.group(0)), word
    )
