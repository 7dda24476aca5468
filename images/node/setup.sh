#!/bin/sh
# Turns a Debian root with packages.txt installed into a node image. Runs inside that root.
set -eu

chown root:root /usr/local/sbin/provision-node-init
chmod 0755 /usr/local/sbin/provision-node-init

# Docker's own Debian image forbids services to start on installation and throws downloads away.
rm -f /usr/sbin/policy-rc.d /etc/apt/apt.conf.d/docker-*

# There are no devices and no terminals to manage in a container.
mkdir -p /etc/systemd/system /etc/tmpfiles.d
for unit in systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
    systemd-udev-trigger.service systemd-udev-settle.service getty.target console-getty.service \
    systemd-logind.service systemd-firstboot.service systemd-remount-fs.service; do
    ln -sf /dev/null "/etc/systemd/system/$unit"
done
ln -sf /lib/systemd/system/multi-user.target /etc/systemd/system/default.target
# /run/nologin exists until boot has finished: it would refuse every login but root's.
ln -sf /dev/null /etc/tmpfiles.d/systemd-nologin.conf

# Identity is each node's own: provision-node-init makes it at first boot.
: > /etc/machine-id
rm -f /var/lib/dbus/machine-id /etc/ssh/ssh_host_*
mkdir -p /var/lib/dbus
ln -s /etc/machine-id /var/lib/dbus/machine-id

mkdir -p /etc/ssh/sshd_config.d
cat > /etc/ssh/sshd_config.d/provision.conf <<'CONF'
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UseDNS no
MaxStartups 100:30:200
MaxSessions 100
CONF

# A node can be made again: fsync of every unpacked file only costs time.
echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/provision
cat > /etc/apt/apt.conf.d/90provision <<'CONF'
Acquire::Languages "none";
Acquire::Retries "3";
DPkg::Lock::Timeout "120";
CONF
