"""Modules of Ansible and of playbooks, run as they are on the node."""
