"""Where modules that provision does not have come from, for those that people name without a
collection. The installed Ansible knows more of them; this is for where there is none.
"""

from __future__ import annotations

_ANSIBLE_CORE = "ansible.builtin"

_BY_COLLECTION = {
    _ANSIBLE_CORE: "dnf dnf5 expect iptables mount_facts rpm_key subversion sysvinit yum "
    "yum_repository",
    "ansible.posix": "acl at firewalld firewalld_info patch seboolean selinux synchronize",
    "ansible.windows": "win_command win_copy win_feature win_file win_package win_reboot "
    "win_service win_shell win_template win_user",
    "community.crypto": "acme_certificate openssl_certificate openssl_csr openssl_dhparam "
    "openssl_pkcs12 openssl_privatekey openssl_publickey x509_certificate",
    "community.docker": "docker_compose docker_compose_v2 docker_login docker_plugin docker_stack",
    "community.general": "alternatives apache2_module apk archive bower bundler bzr capabilities "
    "composer cpanm dconf filesystem flatpak gem git_config github_release gitlab_runner hg "
    "homebrew htpasswd interfaces_file iptables_state java_cert java_keystore jenkins_job "
    "jenkins_plugin ldap_entry locale_gen logrotate lvg lvol macports make mail maven_artifact "
    "monit nmcli npm opkg osx_defaults pacman pam_limits pamd parted pear pipx pkgin pkgng "
    "portage read_csv redhat_subscription redis sefcontext selinux_permissive slack snap "
    "ssh_config sudoers supervisorctl svr4pkg telegram terraform ufw urpmi xattr xfconf xml yarn "
    "zfs zypper zypper_repository",
    "community.mongodb": "mongodb_user",
    "community.mysql": "mysql_db mysql_info mysql_query mysql_replication mysql_role mysql_user "
    "mysql_variables",
    "community.postgresql": "postgresql_db postgresql_ext postgresql_ping postgresql_privs "
    "postgresql_query postgresql_set postgresql_user",
    "community.rabbitmq": "rabbitmq_plugin rabbitmq_user rabbitmq_vhost",
    "containers.podman": "podman_container podman_image podman_network podman_volume",
    "kubernetes.core": "helm k8s k8s_info",
}

HOME_OF = {name: home for home, names in _BY_COLLECTION.items() for name in names.split()}
"""Short name -> collection."""
