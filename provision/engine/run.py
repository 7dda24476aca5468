"""What the plays of a run share: hosts, what is known of them, sessions, events."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from provision.engine import magic
from provision.engine.catalog import catalog
from provision.engine.connections import Connections
from provision.engine.contents import Contents
from provision.engine.events import Event, Subscriber, Tally, Warned
from provision.engine.layers import Layers
from provision.engine.memory import Memory
from provision.engine.options import RunOptions
from provision.engine.owed import Owed
from provision.engine.stats import Stats
from provision.engine.targets import LOCAL_NAMES
from provision.engine.tree import Batches
from provision.errors import Location
from provision.inventory import Inventory, refresh_inventory
from provision.inventory.varfiles import read_yaml
from provision.templating import Scope, Templar
from provision.transport.session import Session, Sessions


class Run:
    """What the plays of a run share.

    Attributes:
        idle: no play has had a host yet.
        unknown_names: what patterns named and the inventory did not know.
        failed, unreachable: hosts that take no part in later plays.
        cancelled: set when the user aborts; waits end at once.
        owed: notified handlers that have not run, here or in earlier runs.
        lock: for what several hosts' threads change together.
    """

    def __init__(
        self,
        inventory: Inventory,
        options: RunOptions,
        sessions: Sessions,
        subscribers: Sequence[Subscriber],
    ) -> None:
        self.inventory = inventory
        self.options = options
        self.sessions = sessions
        self.catalog = catalog()
        self.templar = Templar(vault=options.vault)
        self.recap: dict[str, Tally] = {}
        self.stats = Stats()
        self.failed: set[str] = set()
        self.unreachable: set[str] = set()
        self.owed = Owed(
            options.owed_handlers, forget=not options.resume_handlers, read_only=options.check
        )
        self.idle = True
        self.unknown_names: set[str] = set()
        self.limited = inventory.limit(options.limit) if options.limit else None
        self.cancelled = threading.Event()
        self.lock = threading.RLock()
        self.connections = Connections(self)
        self.contents = Contents(options.vault)
        self.batches = Batches()
        self.start_at = options.start_at_task
        self.ask_step = options.step
        self.loaded: dict[Any, Any] = {}
        self.extra: Mapping[str, Any] = options.extra_vars
        self.playbook_dir = Path()
        sources = [str(source) for source in getattr(inventory, "sources", ())]
        self.magic = magic.of_run(options, sources)
        self.magic["hostvars"] = magic.HostVars(lambda: self.inventory.hosts, self.host_scope)
        self.refresh_groups()
        self.workers = ThreadPoolExecutor(options.forks, thread_name_prefix="host")
        self._memories: dict[str, Memory] = {}
        self._own: dict[str, dict[str, Any]] = {}
        self._variables: dict[str, Mapping[str, Any]] = {}
        self._subscribers = tuple(subscribers)
        self._publishing = threading.RLock()
        self._used: set[Session] = set()

    def publish(self, event: Event) -> None:
        """Tell every subscriber; one event at a time."""
        with self._publishing:
            for subscriber in self._subscribers:
                subscriber(event)

    def warn(self, message: str, at: Location | None = None) -> None:
        self.publish(Warned(message=message, location=at))

    def warn_of_name(self, name: str, hint: str | None, at: Location) -> None:
        """Say, once, that a pattern names what the inventory does not know."""
        if name not in self.unknown_names:
            self.unknown_names.add(name)
            message = f"'{name}' is neither a host nor a group of this inventory"
            self.warn(f"{message}: {hint}" if hint else message, at)

    def memory(self, host: str) -> Memory:
        """What the run has learnt about a host."""
        found = self._memories.get(host)
        if found is None:
            found = self._memories.setdefault(host, Memory())
        return found

    def tally(self, host: str) -> Tally:
        found = self.recap.get(host)
        if found is None:
            found = self.recap.setdefault(host, Tally())
        return found

    def inventory_variables(self, host: str) -> Mapping[str, Any]:
        """What the inventory says of a host; nothing for one it does not know."""
        found = self._variables.get(host)
        if found is None:
            known = self.inventory.hosts.get(host)
            found = self.inventory.variables(known) if known is not None else {}
            if self.is_implicit(host) and host in LOCAL_NAMES:
                found = {**magic.OF_LOCALHOST, **found}
            self._variables[host] = found
        return found

    def own_magic(self, host: str) -> Mapping[str, Any]:
        """inventory_hostname and group_names."""
        found = self._own.get(host)
        if found is None:
            known = self.inventory.hosts.get(host)
            found = self._own[host] = {
                "inventory_hostname": host,
                "inventory_hostname_short": host.split(".", 1)[0],
                "group_names": self.inventory.group_names(known) if known is not None else [],
            }
        return found

    def is_implicit(self, host: str) -> bool:
        """Whether the inventory does not name this host."""
        known = self.inventory.hosts.get(host)
        return known is None or bool(getattr(known, "implicit", False))

    def refresh_groups(self) -> None:
        """The inventory changed (add_host, group_by)."""
        self._own = {}
        self._variables = {}
        if self.options.limit:
            self.limited = self.inventory.limit(self.options.limit, strict=False)
        self.magic["groups"] = self.inventory.groups_map()

    def refresh_inventory(self) -> None:
        """Read the sources again (meta: refresh_inventory). Raises InventoryError."""
        with self.lock:
            refresh_inventory(self.inventory)
            self.refresh_groups()

    def host_scope(self, host: str) -> Scope:
        """``hostvars[host]``: a host's variables outside any task."""
        memory = self.memory(host)
        return self.templar.scope(
            Layers(
                self.own_magic(host),
                self.magic,
                self.extra,
                memory.assigned,
                memory.included,
                memory.injected,
                self.inventory_variables(host),
            )
        )

    def first_use(self, session: Session) -> bool:
        """Whether this run meets a session for the first time; from then on it has.

        What a session told when it began is out of date once a task has been sent through it.
        """
        with self.lock:
            known = session in self._used
            self._used.add(session)
        return not known

    def read_yaml(self, path: Path) -> Any:
        """A YAML file, decrypted if it is a vault file. Raises DataError."""
        return read_yaml(path, self.options.vault)

    def available(self, hosts: Iterable[str]) -> list[str]:
        """Those that have not failed or become unreachable, and that --limit leaves."""
        gone = self.failed | self.unreachable
        limited = self.limited
        return [h for h in hosts if h not in gone and (limited is None or h in limited)]
