"""What the firmware says of the machine, through the kernel's /sys; "NA" where it does not.

The numbers of enclosures are those of SMBIOS (DMTF DSP0134), "System Enclosure or Chassis Types".
"""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.facts import read

DIRECTORY = "/sys/devices/virtual/dmi/id/"
_FILES = {
    "bios_date": "bios_date",
    "bios_vendor": "bios_vendor",
    "bios_version": "bios_version",
    "board_asset_tag": "board_asset_tag",
    "board_name": "board_name",
    "board_serial": "board_serial",
    "board_vendor": "board_vendor",
    "board_version": "board_version",
    "chassis_asset_tag": "chassis_asset_tag",
    "chassis_serial": "chassis_serial",
    "chassis_vendor": "chassis_vendor",
    "chassis_version": "chassis_version",
    "form_factor": "chassis_type",
    "product_name": "product_name",
    "product_serial": "product_serial",
    "product_uuid": "product_uuid",
    "product_version": "product_version",
    "system_vendor": "sys_vendor",
}
_ENCLOSURES = (
    "Unknown, Other, Unknown, Desktop, Low Profile Desktop, Pizza Box, Mini Tower, Tower, Portable,"
    "Laptop, Notebook, Hand Held, Docking Station, All In One, Sub Notebook, Space-saving,"
    "Lunch Box, Main Server Chassis, Expansion Chassis, Sub Chassis, Bus Expansion Chassis,"
    "Peripheral Chassis, RAID Chassis, Rack Mount Chassis, Sealed-case PC, Multi-system,"
    "CompactPCI, AdvancedTCA, Blade, Blade Enclosure, Tablet, Convertible, Detachable,"
    "IoT Gateway, Embedded PC, Mini PC, Stick PC"
)


def collect() -> Dict[str, Any]:
    found = {fact: read.text(DIRECTORY + file) or "NA" for fact, file in _FILES.items()}
    if found["form_factor"] != "NA":
        found["form_factor"] = _enclosure(found["form_factor"])
    return found


def _enclosure(number: str) -> str:
    names = [name.strip() for name in _ENCLOSURES.split(",")]
    if number.isdigit() and int(number) < len(names):
        return names[int(number)]
    return "unknown ({})".format(number)
