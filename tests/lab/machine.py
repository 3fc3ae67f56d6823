#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts a lab machine and has it run a command.

The first start of a kind of machine boots it, freezes it when it is ready for orders, and keeps that state beside the
image. Every start then continues from the frozen state, on a private copy: nothing that a command does can reach the
next one. With --boot the machine is booted for its command alone.

Exit status: the command's; 124 when the deadline passed; 125 when the machine failed.
"""
import argparse
import collections
import contextlib
import ctypes
import fcntl
import hashlib
import io
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import termios
import time
import tty

BOOT_SECONDS = 300
LOG_SECONDS = 60
DISK_BYTES = 1 << 30  # a frozen machine knows its disk's size: that must not change, what is on it may
DEADLINE_PASSED, MACHINE_FAILED = 124, 125
LEAVE_KEY = b"\x1d"  # Ctrl-]

# Self tests and security measures that only cost time here. Each counts: all of this is emulated.
QUICK = ("quiet mitigations=off nokaslr cryptomgr.notests rodata=off panic=1 "
         "initcall_blacklist=crypto_kdf108_init,init_kprobe_trace")
INITS = {"lab": "rdinit=/usr/lib/lab/init", "systemd": "rdinit=/usr/lib/systemd/systemd systemd.show_status=0"}
# One wire with a NIC of each model on it. Which of them is the machine's and which a remote host's is a case's choice.
NICS = ["-netdev", "hubport,id=wire-e1000,hubid=0", "-device", "e1000,netdev=wire-e1000,mac=52:54:00:00:00:01,romfile=",
        "-netdev", "hubport,id=wire-pcnet,hubid=0", "-device", "pcnet,netdev=wire-pcnet,mac=52:54:00:00:00:02,romfile=",
        "-netdev", "hubport,id=wire-virtio,hubid=0",
        "-device", "virtio-net-pci,netdev=wire-virtio,mac=52:54:00:00:00:03,romfile="]
DEAD = re.compile(rb"Kernel panic - not syncing|Panic on CPU|Xen BUG at|FATAL TRAP|triple fault")


class LabError(Exception):
    """The machine, not the command, is at fault."""


class DeadlinePassed(Exception):
    pass


def hardware(kind, init, image, ram_file, ram_is_shared, initrd=None):
    """QEMU's command line, except for what differs from start to start without the machine noticing."""
    initrd = initrd or f"{image}/root.cpio"
    linux = f"{QUICK} {INITS[init]}"
    if kind == "xen":
        memory = "2G"
        # QEMU separates modules by commas: those of the arguments are doubled.
        dom0 = f"{image}/vmlinux console=hvc0 {linux}".replace(",", ",,")
        software = ["-kernel", f"{image}/xen", "-initrd", f"{dom0},{initrd}", "-append",
                    "console=com1 com1=115200,8n1 dom0_mem=768M,max:768M loglvl=warning bootscrub=false"]
    else:
        memory = "1536M"
        software = ["-kernel", f"{image}/vmlinux", "-initrd", initrd, "-append", f"console=ttyS0 {linux}"]
    return ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-M", "pc,memory-backend=ram", "-m", memory,
            # Without rdrand there are no random numbers for a while, and who asks for one waits: xl, for a MAC, 3 s.
            "-cpu", "qemu64,+rdrand",
            # One processor: with two, spinning on a busy host once cost more than libxl's 40 seconds for a script.
            "-smp", "1",
            "-object", f"memory-backend-file,id=ram,size={memory},mem-path={ram_file},share={ram_is_shared}",
            "-nodefaults", "-display", "none", "-vga", "none", "-no-reboot",
            "-device", "virtio-serial-pci", "-device", "virtserialport,chardev=orders,nr=1",
            "-device", "virtserialport,chardev=terminal,nr=2", *NICS, *software]


class Machine:
    """A running QEMU, its console and its two ports (see inside/serve)."""

    def __init__(self, command_line, disk, logs):
        self.logs = logs
        self.started = time.monotonic()
        self.console_file = open(os.path.join(logs, "console"), "ab")
        self.console_tail = collections.deque(maxlen=15)
        self.console_part = self.orders_part = b""
        self.output = sys.stdout.buffer
        self.run_dir = tempfile.mkdtemp(prefix="lab.")
        listeners = {name: self._listen(name) for name in ("orders", "terminal", "qmp")}
        self.qemu = subprocess.Popen(
            command_line + ["-drive", f"file={disk},format=raw,if=virtio,readonly=on", "-serial", "stdio",
                            "-chardev", f"socket,id=orders,path={self.run_dir}/orders",
                            "-chardev", f"socket,id=terminal,path={self.run_dir}/terminal",
                            "-qmp", f"unix:{self.run_dir}/qmp"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=_end_with_parent)
        try:
            self.orders, self.terminal, qmp = (self._accept(listeners[name]) for name in ("orders", "terminal", "qmp"))
            self.qmp_file = qmp.makefile("rw")
            self.qmp_file.readline()
            self.qmp("qmp_capabilities")
        except BaseException:
            self.end()
            raise

    def _listen(self, name):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(os.path.join(self.run_dir, name))
        listener.listen(1)
        listener.settimeout(0.2)
        return listener

    def _accept(self, listener):
        while self.qemu.poll() is None:
            with contextlib.suppress(TimeoutError):
                connection = listener.accept()[0]
                listener.close()
                return connection
        raise LabError(f"QEMU does not start: {self.qemu.stdout.read().decode(errors='replace').strip()}")

    def end(self):
        self.qemu.kill()
        self.qemu.wait()
        self.console_file.close()
        shutil.rmtree(self.run_dir, ignore_errors=True)

    # --- QEMU itself ---

    def qmp(self, command, **arguments):
        self.qmp_file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.qmp_file.flush()
        for line in self.qmp_file:
            answer = json.loads(line)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise LabError(f"QEMU refuses {command}: {answer['error']['desc']}")
        raise LabError(f"QEMU ended during {command}")

    def _memory_stays_in_its_file(self):
        self.qmp("migrate-set-capabilities", capabilities=[{"capability": "x-ignore-shared", "state": True}])

    def freeze(self, state_file):
        self.qmp("stop")
        self._memory_stays_in_its_file()
        self.qmp("migrate", uri=f"exec:cat > {state_file}")
        while (status := self.qmp("query-migrate").get("status")) != "completed":
            if status in ("failed", "cancelled"):
                raise LabError("QEMU could not write down the machine's state")
            time.sleep(0.02)
        self.qmp("quit")
        self.qemu.wait()

    def thaw(self, state_file):
        self._memory_stays_in_its_file()
        self.qmp("migrate-incoming", uri=f"exec:cat {state_file}")
        while self.qmp("query-status")["status"] == "inmigrate":
            time.sleep(0.02)
        self.qmp("cont")

    # --- the system inside ---

    def order(self, *words):
        self.orders.sendall((" ".join(map(str, words)) + "\n").encode())

    def answer(self, expected, deadline, keyboard=None):
        """The words after `expected` in the next answer; passes on, meanwhile, what console and terminal say."""
        while b"\n" not in self.orders_part:
            self._pump(deadline, keyboard)
        self._drain_terminal()
        line, self.orders_part = self.orders_part.split(b"\n", 1)
        words = line.decode().split()
        if not words or words[0] != expected:
            raise LabError(f"the machine said '{line.decode()}' instead of '{expected}'")
        return words[1:]

    def receive(self, length, deadline):
        while len(self.orders_part) < length:
            self._pump(deadline)
        data, self.orders_part = self.orders_part[:length], self.orders_part[length:]
        return data

    def _pump(self, deadline, keyboard=None):
        left = deadline - time.monotonic()
        if left <= 0:
            raise DeadlinePassed
        readable, _, _ = select.select([self.qemu.stdout, self.orders, self.terminal] + ([keyboard] if keyboard else []),
                                       [], [], min(left, 3600))
        if self.terminal in readable:
            self._drain_terminal()
        if self.orders in readable:
            self.orders_part += self.orders.recv(1 << 16)
        if keyboard in readable:
            typed = os.read(keyboard.fileno(), 1024)
            if LEAVE_KEY in typed:
                raise LabError("left by Ctrl-]")
            self.terminal.sendall(typed)
        if self.qemu.stdout in readable:
            self._read_console()

    def _drain_terminal(self):
        with contextlib.suppress(BlockingIOError):
            while printed := self.terminal.recv(1 << 16, socket.MSG_DONTWAIT):
                self.output.write(printed)
                self.output.flush()

    def _read_console(self):
        printed = os.read(self.qemu.stdout.fileno(), 1 << 16)
        if not printed:
            raise LabError("the machine went down")
        *lines, self.console_part = (self.console_part + printed).split(b"\n")
        for line in lines:
            line = line.rstrip(b"\r")
            self.console_file.write(b"%8.2f %s\n" % (time.monotonic() - self.started, line))
            self.console_file.flush()
            self.console_tail.append(line.decode(errors="replace"))
            if DEAD.search(line):
                raise LabError("the machine's kernel died")


def _end_with_parent():
    """No machine outlives its lab, however that ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


@contextlib.contextmanager
def machine_running(*arguments):
    machine = Machine(*arguments)
    try:
        yield machine
    except (LabError, DeadlinePassed) as error:
        error.console_tail = list(machine.console_tail)
        raise
    finally:
        machine.end()


def frozen_state(kind, init, image, logs):
    """The directory with the frozen machine of that kind; makes it when there is none."""
    version = subprocess.run(["qemu-system-x86_64", "--version"], stdout=subprocess.PIPE, check=True).stdout.decode()
    key = hashlib.sha256(repr((version, hardware(kind, init, "", "", ""))).encode()).hexdigest()[:12]
    frozen = os.path.join(image, f"frozen-{kind}-{init}-{key}")
    with open(os.path.join(image, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(frozen):
            return frozen
        say(f"boots {kind}, init {init}: takes a minute, once")
        new = frozen + ".new"
        shutil.rmtree(new, ignore_errors=True)
        os.mkdir(new)
        disk = os.path.join(new, "disk")
        with open(disk, "wb") as file:
            file.truncate(DISK_BYTES)
        with machine_running(hardware(kind, init, image, os.path.join(new, "ram"), "on"), disk, logs) as machine:
            machine.answer("ready", time.monotonic() + BOOT_SECONDS)
            seconds = time.monotonic() - machine.started
            machine.freeze(os.path.join(new, "state"))
        os.remove(disk)
        os.rename(new, frozen)
        say(f"booted in {seconds:.0f} s")
    return frozen


def run_command(machine, overlay_bytes, options, deadline):
    machine.order("load", overlay_bytes, int(time.time()))
    machine.answer("loaded", deadline)
    if options.terminal:
        return run_in_terminal(machine)
    machine.order("run")
    return int(machine.answer("result", deadline)[0])


def run_in_terminal(machine):
    """The command has this process's terminal, and all the time it wants."""
    size = os.get_terminal_size(sys.stdin.fileno())
    settings = termios.tcgetattr(sys.stdin)
    tty.setraw(sys.stdin)
    try:
        machine.order("shell", size.lines, size.columns)
        return int(machine.answer("result", float("inf"), keyboard=sys.stdin)[0])
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, settings)


def collect_logs(machine, directory):
    """As far as the machine still answers."""
    deadline = time.monotonic() + LOG_SECONDS
    try:
        machine.order("logs")
        data = machine.receive(int(machine.answer("logs", deadline)[0]), deadline)
    except (LabError, DeadlinePassed) as error:
        say(f"no logs from the machine: {str(error) or 'it does not answer'}")
        return
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            if member.isfile():
                name = os.path.relpath(member.name, "logs").replace("/", "-")
                with open(os.path.join(directory, name), "wb") as file:
                    shutil.copyfileobj(archive.extractfile(member), file)


def say(text):
    print(f"lab: {text}", file=sys.stderr, flush=True)


def boot_and_run(options):
    overlay_bytes = os.path.getsize(options.disk)
    os.truncate(options.disk, DISK_BYTES)
    with tempfile.TemporaryDirectory(prefix="ram.", dir=os.path.dirname(options.disk)) as ram:
        command_line = hardware(options.kind, options.init, options.image, os.path.join(ram, "ram"), "on", options.boot)
        with machine_running(command_line, options.disk, options.logs) as machine:
            machine.answer("ready", time.monotonic() + BOOT_SECONDS)
            say(f"booted in {time.monotonic() - machine.started:.0f} s")
            return load_and_run(machine, overlay_bytes, options)


def start_and_run(options):
    if options.boot:
        return boot_and_run(options)
    frozen = frozen_state(options.kind, options.init, options.image, options.logs)
    command_line = hardware(options.kind, options.init, options.image, os.path.join(frozen, "ram"), "off")
    overlay_bytes = os.path.getsize(options.disk)
    os.truncate(options.disk, DISK_BYTES)
    with machine_running(command_line + ["-incoming", "defer"], options.disk, options.logs) as machine:
        machine.thaw(os.path.join(frozen, "state"))
        return load_and_run(machine, overlay_bytes, options)


def load_and_run(machine, overlay_bytes, options):
    deadline = float("inf") if options.terminal else time.monotonic() + options.deadline
    try:
        status = run_command(machine, overlay_bytes, options, deadline)
    except DeadlinePassed:
        collect_logs(machine, options.logs)
        raise
    if status != 0 and not options.terminal:
        collect_logs(machine, options.logs)
    return status


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", choices=("kernel", "xen"), required=True)
    parser.add_argument("--init", choices=INITS, default="lab")
    parser.add_argument("--image", required=True, help="directory made by image")
    parser.add_argument("--disk", required=True, help="file made by overlay")
    parser.add_argument("--logs", required=True, help="directory for what was logged")
    parser.add_argument("--deadline", type=float, default=600, help="seconds the command may take")
    parser.add_argument("--boot", help="an initrd of its own to boot the machine from")
    parser.add_argument("--terminal", action="store_true", help="the command gets the terminal")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return start_and_run(options)
    except DeadlinePassed as error:
        reason, status, tail = f"no result within {options.deadline:.0f} s: machine ended", DEADLINE_PASSED, error.console_tail
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except LabError as error:
        reason, status, tail = str(error), MACHINE_FAILED, getattr(error, "console_tail", [])
    say(reason)
    for line in tail:
        say(f"console: {line}")
    return status


sys.exit(main())
