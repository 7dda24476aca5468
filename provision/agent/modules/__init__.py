"""The modules, one file each: a ``SPEC`` that declares it and a ``run(task)`` that does it."""
