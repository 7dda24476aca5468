"""provision explain"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provision.cli.context import common_options, settings
from provision.cli.sources import default_sources, sources_option
from provision.cli.variables import extra_vars_option, parse_extra_vars
from provision.cli.vault_passwords import vault_from, vault_options
from provision.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from provision.inventory.vault import Vault
    from provision.playbook.model import Play

Level = tuple[str, Mapping[str, Any]]


@click.command("explain")
@click.argument("host")
@click.argument("variable")
@sources_option
@click.option(
    "-p",
    "--playbook",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Look at this playbook's plays and roles too.",
)
@extra_vars_option
@vault_options
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    host: str,
    variable: str,
    sources: tuple[str, ...],
    playbook: Path | None,
    extra_vars: tuple[str, ...],
    vault_files: tuple[str, ...],
    vault_ids: tuple[str, ...],
    ask_vault_pass: bool,
) -> None:
    """Show where a host's variable comes from: each level that sets it, the lowest first.

    The last one counts. What tasks set while a playbook runs (facts, results, the variables of
    blocks, tasks and includes) is not known here.
    """
    from provision.inventory import load_inventory

    vault = vault_from(vault_files, vault_ids, ask_vault_pass)
    inventory = load_inventory(list(sources) or default_sources(settings(ctx)), vault=vault)
    if host not in inventory.hosts:
        raise UsageError(
            f"the inventory has no host '{host}'", hint=did_you_mean(host, inventory.hosts)
        )
    plays: list[Play] = []
    if playbook is not None:
        plays = _plays(playbook, vault)
        inventory.load_adjacent(playbook.absolute().parent)
        plays = [p for p in plays if host in {h.name for h in inventory.match(p.hosts)}]
    levels = list(inventory.layers(inventory.hosts[host]))
    for play in plays:
        levels = [*_defaults(play), *levels, *_of_play(play, vault)]
    levels.append(("the command line (-e)", parse_extra_vars(extra_vars, vault)))
    found = list(_setting(variable, levels))
    if not found:
        names = sorted({name for _, layer in levels for name in layer if isinstance(name, str)})
        raise UsageError(
            f"nothing sets '{variable}' for {host}",
            hint=did_you_mean(variable, names)
            or ("" if playbook else "-p FILE looks at a playbook's plays and roles too")
            or None,
        )
    for number, (label, layer) in enumerate(found, 1):
        counts = number == len(found)
        click.echo(f"{number}. {click.style(label, fg='cyan')}{_place(layer, variable)}")
        shown = _shown(layer[variable])
        click.echo(f"   {shown if counts else click.style(shown, dim=True)}")
    if len(found) > 1:
        click.echo(f"\n{found[-1][0]} counts.")


def _setting(variable: str, levels: Sequence[Level]) -> Iterator[Level]:
    """The levels that set a variable; of a role that several plays have the last."""
    setting = [(label, layer) for label, layer in levels if variable in layer]
    last = {(label, _place(layer, variable)): at for at, (label, layer) in enumerate(setting)}
    return (setting[at] for at in sorted(last.values()))


def _plays(playbook: Path, vault: Vault | None) -> list[Play]:
    from provision.engine.catalog import catalog
    from provision.inventory.varfiles import read_yaml
    from provision.playbook import load_playbook

    loaded = load_playbook(playbook, catalog(), read=lambda file: read_yaml(file, vault))
    return list(loaded.plays)


def _defaults(play: Play) -> Iterator[Level]:
    for role in play.roles:
        yield f"role {role.name}: defaults", role.defaults


def _of_play(play: Play, vault: Vault | None) -> Iterator[Level]:
    from provision.inventory.varfiles import load_variables
    from provision.templating import is_template

    title = f"play '{play.name or play.hosts}'"
    yield f"{title}: vars", play.vars
    for choices in play.vars_files:
        for name in [choices] if isinstance(choices, str) else choices:
            path = play.file.parent / name
            if not is_template(name) and path.is_file():
                yield f"{title}: vars_files {name}", load_variables(path, vault)
                break
    for role in play.roles:
        yield f"role {role.name}: vars", role.vars
    for role in play.roles:
        yield f"role {role.name}: parameters", role.params


def _place(layer: Mapping[str, Any], variable: str) -> str:
    from provision.located import location_of

    key_at = getattr(layer, "key_at", {}).get(variable)
    key = next(name for name in layer if name == variable)
    at = key_at or location_of(key) or location_of(layer[variable])
    return f"  {at}" if at is not None else ""


def _shown(value: Any) -> str:
    from provision.located import VaultText

    if isinstance(value, VaultText):
        return "(vault-encrypted)"
    return json.dumps(value, ensure_ascii=False, default=_shown)
