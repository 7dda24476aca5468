"""A task whose module is a foreign one."""

from __future__ import annotations

from typing import Any

from provision.engine.context import Context
from provision.engine.foreign.answer import result_of
from provision.engine.foreign.program import Executable, program_of
from provision.engine.results import Result, add_lines
from provision.errors import TaskFailed
from provision.playbook.foreign import ForeignSpec
from provision.playbook.installed_ansible import installed_ansible
from provision.templating import unsafe


def run(context: Context) -> Result:
    """Raises Unreachable, TaskFailed."""
    spec = context.spec
    assert isinstance(spec, ForeignSpec)
    if spec.refusal:
        raise TaskFailed(spec.refusal, at=context.task.at, hint=spec.hint)
    foreign = context.run.catalog.foreign
    program = program_of(spec, foreign.collections, tuple(foreign.utilities))
    params = {**context.args, **_surroundings(context)}
    if isinstance(program, Executable):
        reply = context.call(
            "foreign",
            {
                "interpreter": _interpreter(program, context),
                "arguments": program.arguments(params),
            },
            program.given(params),
        )
    else:
        args = {
            "name": program.name,
            "params": params,
            "bundle": program.payload.name,
            "checksum": program.payload.checksum,
        }
        reply = context.call("foreign", args)
        if reply.get("need_content"):
            reply = context.call("foreign", args, program.payload.zipped())
    if reply.get("failed") and "module_stdout" not in reply:
        return reply  # it timed out, or could not be started
    result: Result = dict(unsafe(result_of(spec.name, reply)))
    add_lines(result)
    return result


def _surroundings(context: Context) -> dict[str, Any]:
    """How the module is run, beside its own parameters.

    https://docs.ansible.com/ansible/latest/dev_guide/developing_program_flow_modules.html#internal-arguments
    """
    ansible = installed_ansible()
    return {
        "_ansible_check_mode": context.check,
        "_ansible_diff": context.diff,
        "_ansible_no_log": context.hidden,
        "_ansible_debug": False,
        "_ansible_verbosity": context.run.options.verbosity,
        "_ansible_version": ansible.version if ansible else "",
        "_ansible_module_name": context.spec.name,
        "_ansible_keep_remote_files": False,
    }


def _interpreter(program: Executable, context: Context) -> list[str]:
    """The words before a script's name; a first word of "" is the agent's own Python."""
    if not program.interpreter:
        return []
    words = list(program.interpreter)
    if words[0].endswith("/env") and len(words) > 1:
        del words[0]
    name = words[0].rpartition("/")[2]
    if name.startswith("python"):
        words[0] = ""
    else:
        said = context.scope.get(f"ansible_{name}_interpreter")
        words[0] = str(said) if said else words[0]
    return words
