"""SSH connections in child processes, as OpenSSH's ControlMaster holds them (ssh_config(5)).

    SessionPool -> client.Masters -> socket pairs -> master.Master -> SshConnection -> nodes

Key exchange, encryption and Paramiko's imports take as much of a core as all the rest of a run on
a few hosts. In a process of their own they happen while the playbook is read, and for many hosts
in as many processes as there are cores. A child ends when its parent's socket closes, however that
came about, and its connections with it.
"""
