"""provision doc"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from provision.agent.spec import Param, Spec
from provision.cli.context import common_options
from provision.cli.output import heading, table
from provision.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from provision.playbook.foreign import ForeignSpec


@click.command("doc")
@click.argument("module", required=False)
@common_options
def command(module: str | None) -> None:
    """Show a module's documentation, or list the modules."""
    from provision.engine.catalog import catalog as every_module
    from provision.playbook.foreign import ForeignSpec

    catalog = every_module()
    if module is None:
        specs = (catalog.find(name) for name in sorted(catalog.names()))
        table(
            ("MODULE", "WHAT IT DOES"),
            [(spec.fqcn, spec.summary) for spec in specs if spec is not None],
        )
        return
    spec = catalog.find(module)
    if spec is None:
        raise UsageError(
            f"there is no module '{module}'",
            hint=did_you_mean(module, catalog.names()) or "`provision doc` lists them",
        )
    if isinstance(spec, ForeignSpec):
        _show_foreign(spec)
    else:
        _show(spec)


def _show_foreign(spec: ForeignSpec) -> None:
    heading(spec.fqcn)
    if spec.refusal:
        click.echo(f"  {spec.refusal}: {spec.hint}")
    else:
        click.echo(f"  {spec.summary}\n\nfile: {spec.path}\nparameters: ansible-doc {spec.fqcn}")


def _show(spec: Spec) -> None:
    heading(spec.fqcn)
    click.echo(f"  {spec.summary}\n")
    if spec.params:
        heading("parameters")
        _params(spec.params, "  ")
    if spec.refused:
        heading("not supported")
        for name, why in spec.refused:
            click.echo(f"  {click.style(name, fg='cyan')}: {why}")
    if spec.returns:
        heading("returns, beside changed")
        for name, text in spec.returns:
            click.echo(f"  {click.style(name, fg='cyan')}: {text}")
    check = "yes" if spec.check_mode else "no: skipped in check mode"
    click.echo(f"\ncheck mode: {check}; diff: {'yes' if spec.diff else 'no'}")
    if spec.source:
        click.echo(f"see also: {spec.source}")


def _params(params: Iterable[Param], indent: str) -> None:
    for param in params:
        kind = f"{param.type} of {param.elements}" if param.elements else param.type
        marks = [kind]
        if param.required:
            marks.append("required")
        elif param.default is not None:
            marks.append(f"default {param.default!r}")
        if param.choices:
            marks.append("one of " + ", ".join(str(choice) for choice in param.choices))
        if param.aliases:
            marks.append("also " + ", ".join(param.aliases))
        if param.secret:
            marks.append("never shown")
        click.echo(f"{indent}{click.style(param.name, fg='cyan')} ({'; '.join(marks)})")
        if param.doc:
            click.echo(f"{indent}    {param.doc}")
        _params(param.options, indent + "    ")
