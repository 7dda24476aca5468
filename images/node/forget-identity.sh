#!/bin/sh
# Takes from an installed node all that is its own, so that an image of it can become many nodes.
# Runs inside the node, as its last act: see provision/machines/baked_image.py.
set -eu

# Docker starts on a node once that node's certificate is there, which is the install play's work:
# until then nothing listens.
systemctl stop docker.socket docker.service containerd.service
systemctl disable --quiet docker.socket docker.service

# Keys, certificates, and who may log in.
rm -rf /etc/docker/tls /etc/docker/key.json /root/.docker /root/.ssh
rm -f /etc/ssh/ssh_host_*

# Names and numbers; provision-node-init gives each node its own.
for file in /etc/machine-id /etc/hostname /etc/hosts /etc/resolv.conf; do : > "$file"; done
rm -f /var/lib/systemd/random-seed /var/lib/dhcp/* /etc/consul.d/*.hcl /etc/consul.d/*.json
find /var/lib/consul -mindepth 1 -delete 2>/dev/null || true

# What happened here, and what was fetched.
rm -rf /var/log/journal
find /var/log -type f -exec truncate -s 0 {} +
find /var/tmp -mindepth 1 -delete
rm -f /root/.*_history
apt-get clean
rm -rf /var/lib/apt/lists/*
sync
