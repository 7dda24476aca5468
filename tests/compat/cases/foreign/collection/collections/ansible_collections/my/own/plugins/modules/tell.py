import os

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.words import said
from ansible_collections.my.own.plugins.module_utils import words


def main():
    module = AnsibleModule(argument_spec={"text": {"type": "str"}, "dest": {"type": "path"}})
    dest = module.params["dest"]
    changed = bool(dest) and not os.path.exists(dest)
    if changed:
        with open(dest, "w") as file:
            file.write(module.params["text"])
    module.exit_json(changed=changed, said=said(module.params["text"]) + words.END)


main()
