"""Sessions held by the workers of a Dask cluster: for more hosts than one controller can carry.

    engine -> DaskSessions -> WorkerLink ~~ Dask ~~ worker.Run -> SessionPool -> nodes

The engine asks for sessions as ever and gets stand-ins of the same interface. What a host is sent
goes to the one worker that holds its connections, in order; answers and live output come back in
order. Everything else (playbooks, variables, templates, vault, handlers, events) stays here.
"""
