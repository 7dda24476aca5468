from ansible.module_utils.basic import AnsibleModule

AnsibleModule(argument_spec={"by": {}}, supports_check_mode=True).exit_json()
