"""The drills that there are."""

from __future__ import annotations

from collections.abc import Mapping

from provision.cluster.drills import consul_leader
from provision.cluster.drills.drill import Drill

DRILLS: Mapping[str, Drill] = {drill.name: drill for drill in (consul_leader.DRILL,)}
