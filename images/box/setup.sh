#!/bin/sh
# Turns a Debian root with packages.txt and a kernel installed into the root of a Vagrant box.
# Runs inside that root. See https://developer.hashicorp.com/vagrant/docs/boxes/base
set -eu

# The user that Vagrant logs in as. Its key is public, known to everybody: it is replaced by the
# cluster's the first time the machine is reached.
useradd --create-home --shell /bin/bash vagrant
install -d -m 0700 -o vagrant -g vagrant /home/vagrant/.ssh
install -m 0600 -o vagrant -g vagrant /tmp/box/vagrant.pub /home/vagrant/.ssh/authorized_keys
echo 'vagrant ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/vagrant
chmod 0440 /etc/sudoers.d/vagrant

cat > /etc/ssh/sshd_config.d/provision.conf <<'CONF'
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UseDNS no
MaxStartups 100:30:200
MaxSessions 100
CONF

# Network: the first interface by DHCP; Vagrant configures the others. Names as Vagrant expects.
cat > /etc/systemd/network/99-eth0.network <<'CONF'
[Match]
Name=eth0

[Network]
DHCP=ipv4

[DHCPv4]
# Clones of one disk must not share a lease.
ClientIdentifier=mac
CONF
systemctl enable systemd-networkd.service systemd-resolved.service ssh.service
# Waiting for every interface would hold up the boot of machines with one that is not used.
mkdir -p /etc/systemd/system/systemd-networkd-wait-online.service.d
cat > /etc/systemd/system/systemd-networkd-wait-online.service.d/any.conf <<'CONF'
[Service]
ExecStart=
ExecStart=/lib/systemd/systemd-networkd-wait-online --any --timeout=60
CONF
echo localhost > /etc/hostname
printf '127.0.0.1\tlocalhost\n' > /etc/hosts
echo 'LABEL=root / ext4 errors=remount-ro 0 1' > /etc/fstab

# Once, at the first boot: the disk's whole size, and an identity that no other machine has.
cat > /usr/local/sbin/box-first-boot <<'CONF'
#!/bin/sh
set -eu
root=$(findmnt -no SOURCE /)
growpart "${root%1}" 1 || true
resize2fs "$root"
for kind in ed25519 ecdsa; do
    key=/etc/ssh/ssh_host_${kind}_key
    [ -s "$key" ] && [ -s "$key.pub" ] && continue
    rm -f "$key" "$key.pub"
    ssh-keygen -q -t "$kind" -N '' -C '' -f "$key"
done
CONF
chmod 0755 /usr/local/sbin/box-first-boot
cat > /etc/systemd/system/box-first-boot.service <<'CONF'
[Unit]
Description=Grow the root file system and make SSH host keys
ConditionPathExists=!/etc/ssh/ssh_host_ecdsa_key.pub
After=systemd-remount-fs.service
Before=ssh.service

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/box-first-boot

[Install]
WantedBy=multi-user.target
CONF
systemctl enable box-first-boot.service
: > /etc/machine-id
rm -f /var/lib/dbus/machine-id /etc/ssh/ssh_host_*

# A laboratory's machine can be made again: fsync of every unpacked file only costs time, and so
# do timers that run apt behind one's back and then hold its lock.
echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/provision
cat > /etc/apt/apt.conf.d/90provision <<'CONF'
Acquire::Languages "none";
Acquire::Retries "3";
DPkg::Lock::Timeout "120";
CONF
# The initial RAM disk: only what finds the disk of a hypervisor, instead of every driver there is.
cat > /etc/initramfs-tools/hooks/box <<'CONF'
#!/bin/sh
[ "$1" != prereqs ] || exit 0
. /usr/share/initramfs-tools/hook-functions
manual_add_modules virtio_pci virtio_blk virtio_scsi ahci ata_piix sd_mod nvme ext4 crc32c
CONF
chmod 0755 /etc/initramfs-tools/hooks/box
sed -i 's/^MODULES=.*/MODULES=list/' /etc/initramfs-tools/initramfs.conf
update-initramfs -u

# Any package with a hook in it (busybox is one) would make the initial RAM disk anew: that takes a
# quarter of an hour where the machine is emulated. New kernels get theirs all the same.
sed -i 's/^update_initramfs=.*/update_initramfs=no/' /etc/initramfs-tools/update-initramfs.conf
for unit in apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service; do
    ln -sf /dev/null "/etc/systemd/system/$unit"
done
# An engine that is in the box is started by the play that configures it, not before.
for unit in docker.service docker.socket containerd.service; do
    if [ -e "/lib/systemd/system/$unit" ]; then systemctl disable "$unit"; fi
done
rm -f /usr/sbin/policy-rc.d

# The boot loader. Who makes the image writes boot.img and core.img to the disk's first sectors,
# where the BIOS looks; core.img finds the rest on the first partition.
mkdir -p /boot/grub
cat > /boot/grub/grub.cfg <<'CONF'
search --no-floppy --label root --set=root
# The Vagrantfile of provision says so of machines that are emulated. Those have no processor that
# could be attacked, pay for every instruction, and are left without time when their host is busy,
# which must not look to the kernel like a broken timer, nor to systemd like a service that hangs.
emulated=
smbios --type 1 --get-string 26 --set family
if [ "$family" = emulated ]; then
    emulated="no_timer_check tsc=reliable no5lvl mitigations=off systemd.default_timeout_start_sec=900"
fi
linux /vmlinuz root=LABEL=root ro net.ifnames=0 console=tty0 console=ttyS0,115200 $emulated
initrd /initrd.img
boot
CONF
grub-mkimage --format=i386-pc --prefix='(hd0,msdos1)/boot/grub' --output=/boot/grub/core.img \
    biosdisk part_msdos ext2 search search_label linux normal configfile boot smbios test
cp /usr/lib/grub/i386-pc/boot.img /boot/grub/boot.img
test -e /vmlinuz
test -e /initrd.img
rm -rf /tmp/box
