"""Every keyword of the dialect: where it may stand, how its value is read, what it does.

The loader refuses what is not here; the documentation's keyword tables are generated from it.
Source: https://docs.ansible.com/ansible/latest/reference_appendices/playbooks_keywords.html
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from provision.errors import did_you_mean
from provision.playbook import values
from provision.playbook.values import Reader

Level = Literal["play", "role", "block", "task", "handler"]

_SHARED: tuple[Level, ...] = ("play", "role", "block", "task", "handler")
_INNER: tuple[Level, ...] = ("role", "block", "task", "handler")
_TASK: tuple[Level, ...] = ("task", "handler")
_PLAY: tuple[Level, ...] = ("play",)
_BLOCK: tuple[Level, ...] = ("block",)


class Keyword(NamedTuple):
    """One keyword.

    Parameters:
        name: as written in YAML.
        levels: where it may stand.
        doc: a sentence.
        read: checks and normalises its value.
        instead: what to do instead, where Ansible knows it and provision does not.
        setting: whether it is handed down (a field of ``Settings``).
        needs_value: with nothing after it, it is a mistake; others then say nothing.
    """

    name: str
    levels: tuple[Level, ...]
    doc: str
    read: Reader = values.anything
    instead: str | None = None
    setting: bool = False

    @property
    def needs_value(self) -> bool:
        return self.instead is not None or self.name in _NEVER_EMPTY


_NEVER_EMPTY = frozenset(
    {
        *("action", "always", "async", "block", "changed_when", "failed_when", "hosts"),
        *("listen", "local_action", "loop_control", "rescue", "strategy", "tags", "throttle"),
    }
)


def _shared(name: str, read: Reader, doc: str, levels: tuple[Level, ...] = _SHARED) -> Keyword:
    return Keyword(name, levels, doc, read, setting=True)


def _refused(name: str, levels: tuple[Level, ...], doc: str, instead: str) -> Keyword:
    return Keyword(name, levels, doc, instead=instead)


_HANDED_DOWN = (
    _shared("any_errors_fatal", values.boolean, "A failure on one host ends the play for all."),
    _shared("become", values.boolean, "Run as another user, through become_method."),
    _shared("become_method", values.text, "How to become: sudo or su."),
    _shared("become_exe", values.text, "The program to become with, over sudo or su."),
    _shared("become_flags", values.text, "Flags for sudo or su, over their -H."),
    _shared("become_user", values.text, "Whom to become; root unless said."),
    _shared("check_mode", values.boolean, "Force check mode on or off here."),
    _shared("connection", values.text, "How to reach the host: ssh or local."),
    _shared(
        "delegate_facts", values.boolean, "Facts belong to the host delegated to.", levels=_INNER
    ),
    _shared("delegate_to", values.text, "Run on another host, for this one.", levels=_INNER),
    _shared("diff", values.boolean, "Show what changed, or do not."),
    _shared("environment", values.environment, "Environment variables for the modules."),
    _shared("ignore_errors", values.boolean, "Go on after a failure."),
    _shared("ignore_unreachable", values.boolean, "Go on with a host that does not answer."),
    _shared("module_defaults", values.mappings, "Parameters that modules take if not given."),
    _shared("no_log", values.boolean, "Keep arguments and results out of all output."),
    _shared("port", values.integer, "The port to connect to."),
    _shared("remote_user", values.text, "The user to log in as."),
    _shared("run_once", values.boolean, "Run on the first host, for all of the batch."),
    _shared("tags", values.tags, "Labels for --tags and --skip-tags; handed down to all inside."),
    _shared("throttle", values.integer, "The most hosts at a time."),
    _shared("timeout", values.number, "Seconds after which a task is stopped and fails."),
    _shared("when", values.conditions, "Run only where all of these hold.", levels=_INNER),
    Keyword("vars", _SHARED, "Variables for everything inside.", values.variables, setting=True),
)

_PLAIN = (
    Keyword("name", _SHARED, "What this is for; shown when it runs.", values.text),
    Keyword(
        "collections",
        _SHARED,
        "Where short names of modules and roles are looked up first.",
        values.texts,
        setting=True,
    ),
)

_PLAY_ONLY = (
    Keyword("hosts", _PLAY, "The pattern of hosts to run on.", values.pattern),
    Keyword("gather_facts", _PLAY, "Collect facts first; yes unless said.", values.boolean),
    Keyword("gather_subset", _PLAY, "Which facts to collect.", values.texts),
    Keyword("fact_path", _PLAY, "The folder of local facts on the nodes.", values.text),
    Keyword("gather_timeout", _PLAY, "Seconds that collecting facts may take.", values.number),
    Keyword("serial", _PLAY, "Batch sizes: a number, a percentage or a list.", values.batches),
    Keyword("strategy", _PLAY, "How hosts advance: linear, free, host_pinned.", values.strategy),
    Keyword("order", _PLAY, "The order of hosts.", values.order),
    Keyword(
        "max_fail_percentage",
        _PLAY,
        "End the play when more than this share of a batch has failed.",
        values.number,
    ),
    Keyword("force_handlers", _PLAY, "Run notified handlers even after failures.", values.boolean),
    Keyword("vars_files", _PLAY, "Files of variables.", values.file_choices),
    Keyword("vars_prompt", _PLAY, "Variables to ask the person for.", values.prompts),
    Keyword("roles", _PLAY, "Roles to run before the tasks.", values.sequence),
    Keyword("pre_tasks", _PLAY, "Tasks before the roles.", values.sequence),
    Keyword("tasks", _PLAY, "Tasks after the roles.", values.sequence),
    Keyword("post_tasks", _PLAY, "Tasks after all others.", values.sequence),
    Keyword("handlers", _PLAY, "Tasks that run when notified of a change.", values.sequence),
)

_BLOCK_ONLY = (
    _shared("notify", values.texts, "Handlers of the tasks inside that name none.", levels=_BLOCK),
    Keyword("block", _BLOCK, "The tasks.", values.sequence),
    Keyword("rescue", _BLOCK, "Tasks for a host on which the block failed.", values.sequence),
    Keyword("always", _BLOCK, "Tasks that run at the end in any case.", values.sequence),
)

_TASK_ONLY = (
    Keyword("action", _TASK, "The module, where it is not a key itself."),
    Keyword("local_action", _TASK, "Like action, delegated to localhost."),
    Keyword("args", _TASK, "More arguments for the module.", values.arguments),
    Keyword("loop", _TASK, "Run once for each of these items.", values.items),
    Keyword("loop_control", _TASK, "Names and labels of a loop.", values.mapping),
    Keyword("register", _TASK, "The variable that gets the result.", values.identifier),
    Keyword("until", _TASK, "Repeat until all of these hold.", values.conditions),
    Keyword("retries", _TASK, "How often to repeat.", values.integer),
    Keyword("delay", _TASK, "Seconds between attempts.", values.number),
    Keyword("changed_when", _TASK, "What counts as a change.", values.conditions),
    Keyword("failed_when", _TASK, "What counts as a failure.", values.conditions),
    Keyword("notify", _TASK, "Handlers to run if this changes something.", values.texts),
    Keyword("async", _TASK, "Seconds the task may run in the background.", values.integer),
    Keyword("poll", _TASK, "Seconds between looks at a background task.", values.integer),
    Keyword("listen", ("handler",), "Topics whose notification runs this.", values.texts),
)

_NOT_SUPPORTED = (
    _refused(
        "debugger",
        _SHARED,
        "Stop in a debugger.",
        "remove it; -v shows the whole result of each task",
    ),
    _refused(
        "validate_argspec",
        _PLAY,
        "Check the play's variables.",
        "check them with an assert task, or in a role's meta/argument_specs.yml",
    ),
)

KEYWORDS: tuple[Keyword, ...] = (
    *_HANDED_DOWN,
    *_PLAIN,
    *_PLAY_ONLY,
    *_BLOCK_ONLY,
    *_TASK_ONLY,
    *_NOT_SUPPORTED,
)

_BY_LEVEL: dict[Level, dict[str, Keyword]] = {
    level: {keyword.name: keyword for keyword in KEYWORDS if level in keyword.levels}
    for level in _SHARED
}


_FORMER = {
    "sudo": "write become: true",
    "sudo_user": "write become_user",
    "su": "write become: true and become_method: su",
    "su_user": "write become_user",
}


def instead_of(word: str, level: Level) -> str | None:
    """What to write where a word is no keyword, or None."""
    if word in _FORMER:
        return _FORMER[word]
    loops = word == "loop" or word.startswith("with_")
    if level == "block" and loops:
        return "put the tasks into a file, and the loop on include_tasks of it"
    if level in ("play", "block") and (loops or word in _BY_LEVEL["task"]):
        on_block = level == "play" and word in _BY_LEVEL["block"]
        return "put it on the tasks inside" + (", or on a block" if on_block else "")
    return did_you_mean(word, _BY_LEVEL[level])


def keywords_of(level: Level) -> dict[str, Keyword]:
    """The keywords that may stand at a level (the refused ones too), by name."""
    return _BY_LEVEL[level]
