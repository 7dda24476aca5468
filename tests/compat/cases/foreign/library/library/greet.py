#!/usr/bin/python
import os

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.shouting import shout


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"required": True},
            "greeting": {"default": "hello"},
            "password": {"no_log": True},
            "loud": {"type": "bool", "default": False},
            "dest": {"type": "path"},
        },
        supports_check_mode=True,
    )
    params = module.params
    if params["name"] == "warn":
        module.warn("mind the step")
        module.deprecate("greeting is old", version="9.0", collection_name="my.own")
    if params["name"] == "fail":
        module.fail_json(msg="no greeting with " + params["password"], code=7)
    if params["name"] == "crash":
        raise RuntimeError("no greeting for this")
    text = params["greeting"] + " " + params["name"]
    dest, changed = params["dest"], False
    if dest:
        changed = not os.path.exists(dest)
        if changed and not module.check_mode:
            with open(dest, "w") as file:
                file.write(text)
    module.exit_json(
        changed=changed,
        text=shout(text) if params["loud"] else text,
        check=module.check_mode,
        secret=params["password"],
        **{"from": os.environ.get("GREETING_FROM")},
    )


if __name__ == "__main__":
    main()
