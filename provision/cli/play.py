"""provision play"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provision.cli.ansible_cfg import AnsibleSettings, ansible_settings
from provision.cli.connecting import connection_options, passwords, ssh_arguments
from provision.cli.console import console_for
from provision.cli.context import common_options, settings
from provision.cli.scheduler import remote_sessions, scheduler_of, scheduler_options
from provision.cli.sources import default_sources, sources_option
from provision.cli.variables import extra_vars_option, parse_extra_vars
from provision.cli.vault_passwords import vault_from, vault_options
from provision.errors import UsageError

if TYPE_CHECKING:
    from provision.transport.session import Sessions


def _profile(ctx: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value and not value.endswith((".json", ".html")):
        raise click.BadParameter(
            f"'{value}' is no .json or .html file; write --profile=FILE, or a bare --profile after "
            "the playbooks"
        )
    return value


@click.command("play")
@click.argument("playbooks", nargs=-1, required=True, type=click.Path(path_type=Path))
@sources_option
@click.option("-l", "--limit", metavar="PATTERN", help="Only these hosts.")
@click.option("-t", "--tags", multiple=True, metavar="TAGS", help="Only tasks with these tags.")
@click.option("--skip-tags", multiple=True, metavar="TAGS", help="Not tasks with these tags.")
@click.option("-C", "--check", is_flag=True, help="Say what would change; change nothing.")
@click.option("-D", "--diff", is_flag=True, help="Show what changes inside files.")
@click.option("--exit-on-change", is_flag=True, help="Exit code 3 when something (would) change.")
@click.option(
    "-f", "--forks", type=click.IntRange(1), metavar="N", help="Hosts at once. [default: 50]"
)
@click.option("-u", "--user", metavar="USER", help="Log in as this user.")
@click.option(
    "--private-key", "--key-file", type=click.Path(), metavar="FILE", help="Log in with this key."
)
@click.option("-b", "--become", is_flag=True, help="Run tasks as another user.")
@click.option("--become-user", metavar="USER", help="Which one. [default: root]")
@click.option("--become-method", type=click.Choice(["sudo", "su"]), help="How. [default: sudo]")
@connection_options
@click.option("-c", "--connection", type=click.Choice(["ssh", "local"]), help="How to connect.")
@click.option("--start-at-task", metavar="NAME", help="Skip the tasks before this one.")
@click.option("--force-handlers", is_flag=True, help="Run notified handlers after a failure too.")
@click.option(
    "--resume-handlers/--no-resume-handlers",
    default=True,
    help="Run handlers that a failed or killed run left, or forget them. [default: run]",
)
@click.option("--syntax-check", is_flag=True, help="Find all that is wrong, run nothing.")
@click.option("--list-tasks", is_flag=True, help="Name the tasks, run nothing.")
@click.option("--list-tags", is_flag=True, help="Name the tags, run nothing.")
@click.option("--list-hosts", is_flag=True, help="Name the hosts, run nothing.")
@click.option("--step", is_flag=True, help="Ask before each task.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="JUnit XML.")
@click.option(
    "--json",
    "json_lines",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Events as JSON lines.",
)
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="A report page.")
@click.option(
    "--profile",
    is_flag=False,
    flag_value="",
    metavar="[=FILE]",
    callback=_profile,
    is_eager=True,
    help="Show where the time went; FILE.json for Chrome's trace viewer, FILE.html to look at.",
)
@scheduler_options
@extra_vars_option
@vault_options
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    playbooks: tuple[Path, ...],
    sources: tuple[str, ...],
    syntax_check: bool,
    list_tasks: bool,
    list_tags: bool,
    list_hosts: bool,
    step: bool,
    vault_files: tuple[str, ...],
    vault_ids: tuple[str, ...],
    ask_vault_pass: bool,
    extra_vars: tuple[str, ...],
    junit: Path | None,
    json_lines: Path | None,
    html: Path | None,
    profile: str | None,
    scheduler: str | None,
    scheduler_ca: str | None,
    scheduler_cert: str | None,
    scheduler_key: str | None,
    **chosen: Any,
) -> int:
    """Run playbooks over an inventory.

    Options, output and exit codes are ansible-playbook's: 0 all well, 2 a host failed,
    4 a host unreachable, 5 a bad playbook or inventory.
    """
    from provision.cli.reading import Reading

    scheduled = scheduler_of(scheduler, scheduler_ca, scheduler_cert, scheduler_key)
    vault = vault_from(vault_files, vault_ids, ask_vault_pass)
    chosen["extra_vars"] = parse_extra_vars(extra_vars, vault)
    configured = ansible_settings()
    configured.fill(chosen)
    reading = Reading(playbooks, vault, configured, chosen["extra_vars"])
    if syntax_check:
        reading.check_syntax()
        for path in playbooks:
            click.echo(f"{path}: no errors found")
        return 0
    common = settings(ctx)
    sources = sources or tuple(default_sources(common))
    inventory = reading.inventory(sources)
    if list_tasks or list_tags or list_hosts:
        from provision.cli.listing import Listing

        Listing(
            reading.playbooks(),
            inventory,
            limit=chosen["limit"],
            tags=_split(chosen["tags"]),
            skip_tags=_split(chosen["skip_tags"]),
        ).show(hosts=list_hosts, tasks=list_tasks, tags=list_tags)
        return 0
    chosen.update(passwords(chosen))
    from provision.cluster.workspace import owed_handlers
    from provision.transport.pool import SessionPool

    chosen["verbosity"] = common.verbosity
    chosen["owed_handlers"] = owed_handlers(sources)
    options = _options(chosen, vault, _ask_step if step else None, configured)
    with ExitStack() as stack:
        sessions: Sessions
        if scheduled is None:
            sessions = stack.enter_context(SessionPool())
            loaded = reading.playbooks_while_connecting(inventory, options, sessions)
        else:
            loaded = reading.playbooks()
            sessions = stack.enter_context(remote_sessions(scheduled))
        from provision import report
        from provision.engine.runner import run

        subscribers = [stack.enter_context(console_for(common.verbosity, common.color))]
        for reporter, file in _reporters(junit, json_lines, html):
            subscribers.append(stack.enter_context(reporter(file)))
        if profile is not None:
            measured = report.profile(Path(profile) if profile else None)
            subscribers.append(stack.enter_context(measured))
        finished = run(loaded, inventory, options, sessions=sessions, subscribers=subscribers)
    return finished.exit_code


def _ask_step(task: str) -> str:
    """--step: y(es), n(o) or c(ontinue without asking again)."""
    answer: str = click.prompt(
        f"Perform task: {task} (N)o/(y)es/(c)ontinue", default="n", show_default=False
    )
    return answer.strip().lower()[:1]


def _options(chosen: dict[str, Any], vault: Any, step: Any, configured: AnsibleSettings) -> Any:
    from provision.engine.options import RunOptions

    return RunOptions(
        vault=vault,
        step=step,
        check=chosen["check"],
        diff=chosen["diff"],
        tags=_split(chosen["tags"]),
        skip_tags=_split(chosen["skip_tags"]),
        limit=chosen["limit"],
        extra_vars=chosen["extra_vars"],
        forks=chosen["forks"] or 50,
        timeout=chosen["timeout"] or configured.get("timeout"),
        roles_path=configured.roles_path,
        host_key_checking=configured.get("host_key_checking", True),
        ssh_arguments=ssh_arguments(chosen, configured.ssh_arguments),
        gather_facts=configured.get("gathering") != "explicit",
        start_at_task=chosen["start_at_task"],
        force_handlers=chosen["force_handlers"],
        owed_handlers=chosen["owed_handlers"],
        resume_handlers=chosen["resume_handlers"],
        exit_on_change=chosen["exit_on_change"],
        remote_user=chosen["user"],
        private_key=chosen["private_key"],
        become=chosen["become"],
        become_user=chosen["become_user"],
        become_method=chosen["become_method"],
        password=chosen.get("password"),
        become_password=chosen.get("become_password"),
        connection=chosen["connection"],
        verbosity=chosen["verbosity"],
    )


def _split(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(tag.strip() for value in values for tag in value.split(",") if tag.strip())


def _reporters(junit: Path | None, json_lines: Path | None, html: Path | None) -> list[Any]:
    from provision import report

    wanted = [(report.junit, junit), (report.json_lines, json_lines), (report.html, html)]
    for _, file in wanted:
        if file is not None and file.is_dir():
            raise UsageError(f"{file} is a folder; a report needs a file name")
    return [(reporter, file) for reporter, file in wanted if file is not None]
