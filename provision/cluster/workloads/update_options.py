"""What `provision service update` can change: the options of `docker service update`.

Each option is a value to set, entries to add, or entries to remove. Settings are read and written
in the forms of docker_swarm_service, so both know the same Spec.
Source: https://docs.docker.com/reference/cli/docker/service/update/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from provision.agent.docker.service import mode_of
from provision.agent.docker.service_fields import FIELDS, Field
from provision.agent.docker.service_lists import list_fields
from provision.agent.engine_api import Engine
from provision.cluster.workloads import entries
from provision.errors import ProvisionError, UsageError

Key = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Option:
    """One option of the command line.

    Parameters:
        name: without its dashes.
        param: docker_swarm_service's name of the setting.
        kind: ``set``, ``add`` or ``remove``.
        help: one line.
        read: makes the parameter's value of the texts.
        key: tells a setting's entries apart: of an entry, and of the text of what to remove.
        flag: it is on or off and takes no value.
        metavar: what stands for its value in the help.
    """

    name: str
    param: str
    kind: str
    help: str
    read: Callable[[Any], Any] = lambda value: value
    key: Key = lambda entry: entry
    flag: bool = False
    metavar: str = "VALUE"


@dataclass(frozen=True, slots=True)
class Edit:
    """An option and what was given for it.

    Parameters:
        value: a text, a flag, or the texts of an option that may be repeated.
    """

    option: Option
    value: Any

    def apply(self, spec: dict[str, Any], engine: Engine) -> None:
        """Change a Spec in place.

        Raises:
            UsageError: the text makes no value, or what is to be removed is not there.
            ModuleFailed: it names a network, secret or config that the swarm has not.
        """
        option = self.option
        if option.param == "replicas":
            _set_replicas(spec, self.value)
            return
        field = _field(option.param, engine)
        if option.kind == "set":
            field.write(spec, field.form(option.param, self._value()))
            return
        now = field.read(spec)
        if option.kind == "add":
            added = field.form(option.param, self._value())
            field.write(spec, _merged(now, added, option.key))
            return
        gone = self.value
        if option.param == "networks":  # known by their IDs
            gone = [form["id"] for form in field.form(option.param, list(gone))]
        field.write(spec, _without(now, gone, option))

    def _value(self) -> Any:
        try:
            return self.option.read(self.value)
        except ProvisionError as error:
            raise UsageError(f"--{self.option.name}: {error.message}", hint=error.hint) from None


def _field(param: str, engine: Engine) -> Field:
    for field in (*FIELDS, *list_fields(engine)):
        if field.param == param:
            return field
    raise KeyError(param)


def _set_replicas(spec: dict[str, Any], count: int) -> None:
    mode, _ = mode_of(spec)
    if mode == "replicated":
        spec["Mode"] = {"Replicated": {"Replicas": count}}
    elif mode == "replicated-job":
        spec["Mode"]["ReplicatedJob"]["TotalCompletions"] = count
    else:
        raise UsageError(f"--replicas: the service is {mode}")


def _merged(now: Any, added: Any, key: Key) -> Any:
    if isinstance(now, dict) or isinstance(added, dict):
        return {**(now or {}), **added}
    new = {key(entry) for entry in added}
    return [*(entry for entry in now or [] if key(entry) not in new), *added]


def _without(now: Any, texts: Sequence[str], option: Option) -> Any:
    known = set(now) if isinstance(now, dict) else {option.key(entry) for entry in now or []}
    for text in texts:
        if text not in known:
            shown = ", ".join(sorted(map(str, known)))
            raise UsageError(
                f"--{option.name} {text}: the service has none",
                hint=f"it has: {shown}" if known else None,
            )
    if isinstance(now, dict):
        return {key: value for key, value in now.items() if key not in texts}
    return [entry for entry in now if option.key(entry) not in texts]


def _add_and_remove(
    stem: str,
    param: str,
    what: str,
    *,
    read: Callable[[Any], Any] = list,
    key: Key = lambda entry: entry,
    metavar: str = "VALUE",
) -> tuple[Option, Option]:
    return (
        Option(f"{stem}-add", param, "add", f"Add or change {what}.", read, key, metavar=metavar),
        Option(f"{stem}-rm", param, "remove", f"Remove {what}.", key=key, metavar="NAME"),
    )


def _rollout(stem: str, actions: str) -> Iterable[Option]:
    group = f"{stem}_config"
    what = "an update" if stem == "update" else "a rollback"
    return (
        Option(f"{stem}-parallelism", f"{group}.parallelism", "set", "Tasks at once; 0 is all.",
               entries.whole, metavar="N"),
        Option(f"{stem}-delay", f"{group}.delay", "set", "Between batches.", metavar="TIME"),
        Option(f"{stem}-order", f"{group}.order", "set", f"Of old and new task in {what}.",
               entries.one_of("stop-first", "start-first"), metavar="stop-first|start-first"),
        Option(f"{stem}-failure-action", f"{group}.failure_action", "set", "When a task fails.",
               entries.one_of(*actions.split("|")), metavar=actions),
        Option(f"{stem}-monitor", f"{group}.monitor", "set", "How long new tasks are watched.",
               metavar="TIME"),
        Option(f"{stem}-max-failure-ratio", f"{group}.max_failure_ratio", "set",
               "Failures tolerated.", entries.fraction, metavar="0..1"),
    )  # fmt: skip


OPTIONS: tuple[Option, ...] = (
    Option("image", "image", "set", "Another image.", metavar="IMAGE"),
    Option("args", "args", "set", "The command's arguments.", entries.words, metavar="WORDS"),
    Option("entrypoint", "command", "set", "Instead of the image's entrypoint.", metavar="WORDS"),
    Option("replicas", "replicas", "set", "Number of tasks.", metavar="N"),
    *_add_and_remove("env", "env", "a variable", read=entries.environment,
                     key=entries.name_of, metavar="NAME=VALUE"),
    *_add_and_remove("label", "labels", "a label of the service", read=entries.pairs,
                     metavar="NAME=VALUE"),
    *_add_and_remove("container-label", "container_labels", "a label of its containers",
                     read=entries.pairs, metavar="NAME=VALUE"),
    *_add_and_remove("publish", "publish", "a published port", read=entries.ports,
                     key=entries.target_port, metavar="PORT"),
    *_add_and_remove("mount", "mounts", "a mount, by its target", read=entries.mounts,
                     key=lambda form: form["target"], metavar="MOUNT"),
    *_add_and_remove("secret", "secrets", "a secret", read=entries.files("secret"),
                     key=lambda form: form["name"], metavar="SECRET"),
    *_add_and_remove("config", "configs", "a config", read=entries.files("config"),
                     key=lambda form: form["name"], metavar="CONFIG"),
    *_add_and_remove("network", "networks", "a network", read=entries.networks,
                     key=lambda form: form["id"], metavar="NETWORK"),
    *_add_and_remove("constraint", "placement.constraints", "a placement constraint",
                     metavar="node.role==worker"),
    *_add_and_remove("placement-pref", "placement.preferences", "a placement preference",
                     read=entries.preferences, key=lambda entry: f"spread={entry}",
                     metavar="spread=node.labels.zone"),
    Option("replicas-max-per-node", "placement.replicas_max_per_node", "set",
           "Tasks on one node; 0 is any number.", entries.whole, metavar="N"),
    Option("limit-cpu", "limits.cpus", "set", "CPUs at most.", entries.fraction, metavar="N"),
    Option("limit-memory", "limits.memory", "set", "Memory at most.", metavar="512M"),
    Option("limit-pids", "limits.pids", "set", "Processes at most.", entries.whole, metavar="N"),
    Option("reserve-cpu", "reservations.cpus", "set", "CPUs that a node must have free.",
           entries.fraction, metavar="N"),
    Option("reserve-memory", "reservations.memory", "set", "Memory that a node must have free.",
           metavar="512M"),
    *_add_and_remove("generic-resource", "reservations.generic_resources", "a generic resource",
                     read=entries.counts, metavar="KIND=N"),
    Option("restart-condition", "restart_config.condition", "set", "When a task ends.",
           entries.one_of("none", "on-failure", "any"), metavar="none|on-failure|any"),
    Option("restart-delay", "restart_config.delay", "set", "Between attempts.", metavar="TIME"),
    Option("restart-max-attempts", "restart_config.max_attempts", "set", "0 is any number.",
           entries.whole, metavar="N"),
    Option("restart-window", "restart_config.window", "set", "In which attempts count.",
           metavar="TIME"),
    *_rollout("update", "continue|pause|rollback"),
    *_rollout("rollback", "continue|pause"),
    Option("health-cmd", "healthcheck.test", "set", "How to tell that a container is healthy.",
           metavar="LINE"),
    Option("health-interval", "healthcheck.interval", "set", "Between checks.", metavar="TIME"),
    Option("health-timeout", "healthcheck.timeout", "set", "Of one check.", metavar="TIME"),
    Option("health-start-period", "healthcheck.start_period", "set",
           "In which failures do not count.", metavar="TIME"),
    Option("health-start-interval", "healthcheck.start_interval", "set",
           "Between checks while it starts; needs Engine 25.", metavar="TIME"),
    Option("health-retries", "healthcheck.retries", "set", "Failures before unhealthy.",
           entries.whole, metavar="N"),
    Option("no-healthcheck", "healthcheck.test", "set", "No check, nor the image's own.",
           lambda given: "NONE", flag=True),
    Option("endpoint-mode", "endpoint_mode", "set", "vip needs IPVS in the kernel.",
           entries.one_of("vip", "dnsrr"), metavar="vip|dnsrr"),
    Option("log-driver", "logging.driver", "set", "Where its output goes.", metavar="NAME"),
    Option("log-opt", "logging.options", "add", "An option of the log driver.", entries.pairs,
           metavar="NAME=VALUE"),
    Option("user", "user", "set", "User in the container.", metavar="USER[:GROUP]"),
    *_add_and_remove("group", "groups", "a further group"),
    Option("workdir", "working_dir", "set", "Directory in the container.", metavar="PATH"),
    Option("hostname", "hostname", "set", "The containers' host name.", metavar="NAME"),
    *_add_and_remove("host", "hosts", "a line of /etc/hosts", read=entries.hosts,
                     key=entries.host_of, metavar="HOST:ADDRESS"),
    *_add_and_remove("dns", "dns", "a name server", metavar="ADDRESS"),
    *_add_and_remove("dns-option", "dns_options", "a resolver option"),
    *_add_and_remove("dns-search", "dns_search", "a search domain", metavar="DOMAIN"),
    Option("cap-add", "cap_add", "add", "Add a capability.", list, metavar="CAPABILITY"),
    Option("cap-drop", "cap_drop", "add", "Drop a capability.", list, metavar="CAPABILITY"),
    *_add_and_remove("sysctl", "sysctls", "a kernel setting", read=entries.pairs,
                     metavar="NAME=VALUE"),
    *_add_and_remove("ulimit", "ulimits", "a limit", read=entries.ulimits,
                     key=lambda form: form["Name"], metavar="NAME=SOFT[:HARD]"),
    Option("init", "init", "set", "Run an init as process 1.", flag=True),
    Option("tty", "tty", "set", "Give it a terminal.", flag=True),
    Option("read-only", "read_only", "set", "The root file system cannot be written.", flag=True),
    Option("stop-signal", "stop_signal", "set", "The signal that ends it.", metavar="SIGNAL"),
    Option("stop-grace-period", "stop_grace_period", "set", "Before it is killed.",
           metavar="TIME"),
)  # fmt: skip
"""In the order of the help."""
