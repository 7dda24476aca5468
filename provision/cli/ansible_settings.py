"""The settings of ansible.cfg that mean something here, and those that may be there as well."""

from __future__ import annotations

from typing import NamedTuple

ROLES_PATH = ("~/.ansible/roles", "/usr/share/ansible/roles", "/etc/ansible/roles")


class Setting(NamedTuple):
    """Parameters:
    kind: text, path, paths (split at colons), list (split at commas), number or flag.
    """

    field: str
    section: str
    key: str
    variable: str
    kind: str
    doc: str


SETTINGS = (
    Setting("inventory", "defaults", "inventory", "ANSIBLE_INVENTORY", "list", "-i"),
    Setting(
        "roles_path", "defaults", "roles_path", "ANSIBLE_ROLES_PATH", "paths", "folders of roles"
    ),
    Setting(
        "collections_path",
        "defaults",
        "collections_path",
        "ANSIBLE_COLLECTIONS_PATH",
        "paths",
        "folders of collections",
    ),
    Setting("library", "defaults", "library", "ANSIBLE_LIBRARY", "paths", "folders of modules"),
    Setting("user", "defaults", "remote_user", "ANSIBLE_REMOTE_USER", "text", "--user"),
    Setting(
        "private_key",
        "defaults",
        "private_key_file",
        "ANSIBLE_PRIVATE_KEY_FILE",
        "path",
        "--private-key",
    ),
    Setting("forks", "defaults", "forks", "ANSIBLE_FORKS", "number", "--forks"),
    Setting("timeout", "defaults", "timeout", "ANSIBLE_TIMEOUT", "number", "seconds to connect"),
    Setting(
        "host_key_checking",
        "defaults",
        "host_key_checking",
        "ANSIBLE_HOST_KEY_CHECKING",
        "flag",
        "whether an unknown host key is refused",
    ),
    Setting(
        "vault_password_file",
        "defaults",
        "vault_password_file",
        "ANSIBLE_VAULT_PASSWORD_FILE",
        "path",
        "--vault-password-file",
    ),
    Setting(
        "vault_ids",
        "defaults",
        "vault_identity_list",
        "ANSIBLE_VAULT_IDENTITY_LIST",
        "list",
        "--vault-id",
    ),
    Setting(
        "gathering",
        "defaults",
        "gathering",
        "ANSIBLE_GATHERING",
        "text",
        "explicit: facts only where a play says gather_facts",
    ),
    Setting("become", "privilege_escalation", "become", "ANSIBLE_BECOME", "flag", "--become"),
    Setting(
        "become_user",
        "privilege_escalation",
        "become_user",
        "ANSIBLE_BECOME_USER",
        "text",
        "--become-user",
    ),
    Setting(
        "become_method",
        "privilege_escalation",
        "become_method",
        "ANSIBLE_BECOME_METHOD",
        "text",
        "--become-method",
    ),
    Setting(
        "ask_become_pass",
        "privilege_escalation",
        "become_ask_pass",
        "ANSIBLE_BECOME_ASK_PASS",
        "flag",
        "--ask-become-pass",
    ),
    Setting(
        "ssh_args",
        "ssh_connection",
        "ssh_args",
        "ANSIBLE_SSH_ARGS",
        "text",
        "options of ssh that mean something here, as in ansible_ssh_args",
    ),
    Setting(
        "ssh_common_args",
        "ssh_connection",
        "ssh_common_args",
        "ANSIBLE_SSH_COMMON_ARGS",
        "text",
        "more of them",
    ),
    Setting(
        "ssh_extra_args",
        "ssh_connection",
        "ssh_extra_args",
        "ANSIBLE_SSH_EXTRA_ARGS",
        "text",
        "more of them",
    ),
)

# What these say changes looks, speed or other programs, not what a playbook does.
_COSMETIC = {
    "defaults": """any_unparsed_is_fatal bin_ansible_callbacks callback_result_format
        callback_whitelist callbacks_enabled command_warnings deprecation_warnings
        display_args_to_stdout display_failed_stderr display_ok_hosts display_skipped_hosts
        fact_caching fact_caching_connection fact_caching_prefix fact_caching_timeout force_color
        internal_poll_interval inventory_ignore_extensions local_tmp localhost_warning log_path
        module_compression nocolor nocows poll_interval remote_tmp retry_files_enabled
        retry_files_save_path show_custom_stats stdout_callback strategy_plugins syslog_facility
        system_warnings transport use_persistent_connections verbosity""",
    "ssh_connection": """control_path control_path_dir pipelining retries scp_if_ssh
        sftp_batch_mode transfer_method usetty""",
}
OF_NO_CONSEQUENCE = {section: frozenset(keys.split()) for section, keys in _COSMETIC.items()}
"""By section."""
OTHER_SECTIONS = frozenset(
    {"colors", "galaxy", "inventory", "persistent_connection", "paramiko_connection", "selinux"}
)
