"""What runs on a node: standard library only, Python 3.7 or newer.

The controller imports this package too, for the modules' declarations (``spec``) and the
framing (``protocol``); nothing here imports anything of the controller.
"""
