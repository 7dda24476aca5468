"""Hosts, groups and their variables, from Ansible's inventory formats."""

from __future__ import annotations

from provision.inventory.inventory import Inventory
from provision.inventory.model import Group, Host
from provision.inventory.sources import load_inventory, refresh_inventory
from provision.inventory.varfiles import load_variables
from provision.inventory.vault import Vault

__all__ = [
    "Group",
    "Host",
    "Inventory",
    "Vault",
    "load_inventory",
    "load_variables",
    "refresh_inventory",
]
