"""provision cluster export, import"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from provision.cli.cluster.passphrase import passphrase, passphrase_option
from provision.cli.context import common_options, settings
from provision.cli.output import steps
from provision.errors import DataError, Location, UsageError

_LARGEST = 64 << 20


@click.command("export")
@click.option("--for", "person", metavar="NAME", help="Somebody's own access, as granted.")
@click.option("-f", "--force", is_flag=True, help="Replace FILE.")
@passphrase_option
@click.argument("file", type=click.Path(dir_okay=False))
@common_options
@click.pass_context
def export_(
    ctx: click.Context, /, file: str, person: str | None, force: bool, passphrase_file: str | None
) -> None:
    """Seal the cluster into FILE with a passphrase; - is the standard output.

    Without --for it holds everything, the operator's keys and the authorities' too: a backup, from
    which the cluster can be taken over. With --for NAME it holds that person's keys instead, which
    `provision cluster revoke NAME` makes worthless.
    """
    from provision.cluster.sharing.exporting import export
    from provision.cluster.workspace import workspace

    if file != "-" and Path(file).exists() and not force:
        raise UsageError(f"{file} exists", hint="--force replaces it")
    done = export(
        workspace(), settings(ctx).cluster, passphrase(passphrase_file, twice=True), person
    )
    _write(file, done.text, force=force)
    whose = f"the access of {person}" if person else "everything"
    click.echo(f"cluster {done.cluster.name}: {whose} is in {file}, sealed", err=file == "-")
    if done.own_keys:
        click.echo(
            f"not in it: your own SSH key for {', '.join(done.own_keys)}; "
            "`provision cluster grant NAME` and --for NAME let somebody in there with another",
            err=True,
        )


@click.command("import")
@click.option("--ssh-key", type=click.Path(path_type=Path), help="The private key to log in with.")
@click.option(
    "--take-over", is_flag=True, help="Make this its home: it makes and destroys its machines."
)
@passphrase_option
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@common_options
@click.pass_context
def import_(
    ctx: click.Context,
    /,
    file: str,
    ssh_key: Path | None,
    take_over: bool,
    passphrase_file: str | None,
) -> None:
    """Make the cluster in FILE known here; - is the standard input.

    It can be looked at, reached and used. What changes its nodes or machines stays with the
    workspace that it is at home in, and `provision down` forgets it here. Run again with a newer
    FILE it brings the cluster up to date. Another cluster of the same name is never written over.
    """
    from provision.cluster.sharing.importing import import_cluster
    from provision.cluster.workspace import workspace

    chosen = settings(ctx)
    text = _read(file)
    try:
        done = import_cluster(
            workspace(),
            text,
            passphrase(passphrase_file, twice=False),
            ssh_key=ssh_key.expanduser().absolute() if ssh_key else None,
            take_over=take_over,
            expected=chosen.cluster if chosen.named else None,
        )
    except DataError as error:
        error.at = error.at or Location(file)
        raise
    cluster = done.cluster
    chosen.cluster = cluster.name
    where = "this is its home now" if take_over else f"at home in {done.bundle.origin}"
    click.echo(f"cluster {cluster.name}: {len(cluster.endpoints)} nodes; {where}")
    if take_over and (names := ", ".join(done.admitted)):
        click.echo(f"these had access when it was exported, and have again: {names}")
    if done.keyless:
        click.echo(
            f"no SSH key is known for {', '.join(done.keyless)}: ssh tries its own; "
            "--ssh-key FILE says which",
            err=True,
        )
    first = next(iter(cluster.endpoints))
    steps(
        [
            ("provision status", "how it is"),
            (f"provision ssh {first}", "a shell on a node"),
            (f'eval "$(provision env {first})"', "then docker talks to it"),
        ]
    )


def _read(file: str) -> str:
    try:
        if file == "-":
            return sys.stdin.read(_LARGEST)
        with Path(file).open(encoding="ascii") as stream:
            return stream.read(_LARGEST)
    except UnicodeDecodeError:
        raise DataError("this is no exported cluster", at=Location(file)) from None
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None


def _write(file: str, text: str, *, force: bool) -> None:
    """For its owner only, whole or not at all."""
    if file == "-":
        click.echo(text, nl=False)
        return
    path = Path(file)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            if force:
                temporary.replace(path)
            else:
                os.link(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from None
