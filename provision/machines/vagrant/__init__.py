"""Machines as VMs through Vagrant."""
