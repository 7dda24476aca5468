"""The command group. Commands are imported when they are used, so ``--help`` stays quick."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import Any

import click

from provision import __version__
from provision.cli.context import Settings, common_options
from provision.cli.lazy import LazyGroup
from provision.errors import ProvisionError

COMMANDS = {
    "up": ("up:command", "Create machines and install Docker and Consul on them."),
    "plan": ("plan:command", "Show what `up` would change; touch nothing."),
    "bootstrap": ("bootstrap:command", "Form the Consul cluster and the Docker Swarm."),
    "verify": ("verify:command", "Prove that the cluster works."),
    "status": ("status:command", "Show the cluster's nodes and their health."),
    "ls": ("ls:command", "List clusters and their nodes."),
    "ssh": ("machine.files:ssh", "Open a shell on a node, or run a command there."),
    "env": ("machine.env:env", "Print the variables that lead docker to a node."),
    "scp": ("machine.files:scp", "Copy files to, from and between nodes."),
    "consul": ("consul:command", "Operate the cluster's Consul."),
    "swarm": ("swarm:command", "Operate the cluster's Docker Swarm."),
    "node": ("node:command", "The lives of the cluster's nodes."),
    "deploy": ("deploy:command", "Deploy stacks from compose files."),
    "service": ("service:command", "Look at and change the swarm's services."),
    "monitoring": ("monitoring:command", "Watch the cluster with a Prometheus of its own."),
    "machine": ("machine:command", "Single machines: docker-machine's commands."),
    "cluster": ("cluster:command", "Share a cluster: exports, imports, people's access."),
    "recover": ("recover:command", "Go on after the loss of a quorum; never unasked."),
    "drill": ("drill:command", "Cause a fault on purpose and watch the recovery."),
    "down": ("down:command", "Remove the cluster and everything it made."),
    "play": ("play:command", "Run playbooks."),
    "inventory": ("inventory:command", "Show an inventory as Ansible would."),
    "explain": ("explain:command", "Show where a host's variable comes from."),
    "doc": ("doc:command", "Show a module's documentation."),
    "image": ("image:command", "Images for machines and for services; a registry."),
    "doctor": ("doctor:command", "Say what this host can run and what it lacks."),
}


@click.group(
    cls=LazyGroup,
    package="provision.cli",
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, "-V", "--version", prog_name="provision")
@common_options
def cli() -> None:
    """From nothing to a verified Docker Swarm and Consul cluster.

    \b
    provision up --nodes 3      machines with Docker and Consul
    provision bootstrap         the Consul cluster, then the swarm
    provision verify            proof that it works
    provision play site.yml     Ansible playbooks, quickly
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script. Leaves with Ansible's exit codes; see provision/errors.py."""
    # What imports and playbooks make stays: looking for garbage in it took 5 % of a short run,
    # which now ends before the first look,
    gc.set_threshold(200_000, 20, 20)
    code = run(list(sys.argv[1:] if arguments is None else arguments))
    # and looking through it again and again while Python takes itself down another 12 %.
    gc.freeze()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run a command line; its exit code."""
    chosen = Settings()
    try:
        result: Any = cli.main(
            args=arguments, prog_name="provision", standalone_mode=False, obj=chosen
        )
        return result if isinstance(result, int) else 0
    except click.exceptions.Abort:
        click.echo("aborted", err=True)
        return 99
    except KeyboardInterrupt:
        click.echo("aborted; running the same command again goes on from here", err=True)
        return 99
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ProvisionError as error:
        click.echo(click.style("error: ", fg="red") + chosen.addressed(error.render()), err=True)
        if _wants_traceback(arguments):
            raise
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()  # the reader (`| head`) has gone; nothing is left to say
        return 1
    except Exception as error:
        if _wants_traceback(arguments):
            raise
        click.echo(
            f"error: provision itself failed: {type(error).__name__}: {error}\n"
            "hint: run it again with -vvv and report what it prints",
            err=True,
        )
        return 1


def _wants_traceback(arguments: Sequence[str]) -> bool:
    count = 0
    for word in arguments:
        if word == "--":
            break
        if word == "--verbose":
            count += 1
        elif word.startswith("-v") and set(word[1:]) == {"v"}:
            count += len(word) - 1
    return count >= 3
