#!/usr/bin/env python3
"""What happens to the traffic of a network lab; Python's standard library alone.

  link.py play    forwards TCP between addresses, with a delay, and makes connections reset, stall or lose their
                  network at a time or after so many bytes
  link.py probe   measures the rate and the round trip between two hosts

scripts/netlab starts both inside the lab's namespaces and never outside of them.
"""

import argparse
import asyncio
import collections
import dataclasses
import re
import signal
import socket
import struct
import sys
import time

READ_BYTES = 256 * 1024
TICK_SECONDS = 0.01
UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}


def say(text):
    print(text, file=sys.stderr, flush=True)


# Faults


@dataclasses.dataclass
class Fault:
    """One fault: `reset@20MB`, `stall@1.5s+3s`, `partition@20MB+8s`; without `+` it never ends."""

    text: str
    kind: str
    seconds: float | None
    count: int | None
    duration: float | None

    @staticmethod
    def parse(text):
        number = r"\d+(?:\.\d+)?"
        match = re.fullmatch(
            rf"(reset|stall|partition)@({number})(s|ms|[kMG]?B)(?:\+({number})(s|ms))?", text
        )
        if not match:
            raise argparse.ArgumentTypeError(
                f"'{text}' is no fault: write reset@20MB, stall@1.5s+3s or partition@20MB+8s"
            )
        kind, value, unit, duration, duration_unit = match.groups()
        if kind == "reset" and duration:
            raise argparse.ArgumentTypeError(f"'{text}': a reset has no duration")
        if kind == "partition" and not duration:
            raise argparse.ArgumentTypeError(f"'{text}': say when it heals, such as {text}+8s")
        scale = {"s": 1, "ms": 0.001}
        lasts = float(duration) * scale[duration_unit] if duration else None
        if unit.endswith("B"):
            return Fault(text, kind, None, int(float(value) * UNITS[unit[:-1].lower()]), lasts)
        return Fault(text, kind, float(value) * scale[unit], None, lasts)

    def is_due(self, seconds, count):
        return seconds >= self.seconds if self.count is None else count >= self.count


# Forwarding


class Direction:
    """One direction of a connection: bytes leave in order, each a fixed time after it came."""

    def __init__(self, reader, writer, delay, room, gate, count):
        self.reader, self.writer, self.delay, self.gate, self.count = reader, writer, delay, gate, count
        self.waiting = collections.deque()
        self.room = room
        self.held = 0
        self.changed = asyncio.Condition()

    async def take(self):
        while True:
            async with self.changed:
                await self.changed.wait_for(lambda: self.held < self.room)
            await self.gate.wait()
            data = await self.reader.read(READ_BYTES)
            async with self.changed:
                self.waiting.append((time.monotonic() + self.delay, data))
                self.held += len(data)
                self.changed.notify_all()
            if not data:
                return

    async def give(self):
        while True:
            async with self.changed:
                await self.changed.wait_for(lambda: self.waiting)
                due, data = self.waiting.popleft()
            pause = due - time.monotonic()
            if pause > 0:
                await asyncio.sleep(pause)
            await self.gate.wait()
            if not data:
                self.writer.write_eof()
                return
            self.writer.write(data)
            await self.writer.drain()
            self.count(len(data))
            async with self.changed:
                self.held -= len(data)
                self.changed.notify_all()


class Connection:
    """A client's connection and the one made for it."""

    def __init__(self, client, reader, writer):
        self.client, self.reader, self.writer = client, reader, writer
        self.onward = None
        self.gate = asyncio.Event()
        self.gate.set()

    def reset(self):
        for writer in (self.writer, self.onward):
            if writer is None:
                continue
            # A close without lingering is told to the peer as a reset.
            linger = struct.pack("ii", 1, 0)
            try:
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            except OSError:
                pass
            writer.transport.abort()


class Player:
    """Forwards, and lets the faults happen."""

    def __init__(self, options):
        self.options = options
        self.connections = set()
        self.sent = 0
        self.base = 0
        self.started = None
        self.open = list(options.fault)
        # What may be on its way at the same time; without a rate, enough for any that a proxy reaches.
        per_second = options.rate / 8 if options.rate else 1e9
        self.room = int(max(1 << 20, min(2 * per_second * options.delay, 256 << 20)))

    def add(self, count):
        self.sent += count

    async def accept(self, reader, writer, target):
        connection = Connection(writer.get_extra_info("peername")[0], reader, writer)
        self.connections.add(connection)
        try:
            # The client was answered at once; the handshake's round trip is owed.
            await asyncio.sleep(2 * self.options.delay)
            onward_reader, connection.onward = await asyncio.open_connection(*target)
            for end in (writer, connection.onward):
                end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            there = Direction(
                reader, connection.onward, self.options.delay, self.room, connection.gate, self.add
            )
            back = Direction(
                onward_reader, writer, self.options.delay, self.room, connection.gate, lambda count: None
            )
            async with asyncio.TaskGroup() as group:
                for part in (there.take, there.give, back.take, back.give):
                    group.create_task(part())
        except* (OSError, EOFError, RuntimeError):
            # Whichever side is gone, the other learns it in the same way.
            connection.reset()
        finally:
            self.connections.discard(connection)
            for end in (writer, connection.onward):
                if end is not None:
                    end.close()

    def count(self):
        """Bytes from the clients since the start: those forwarded, or those that came in at the ports."""
        if self.options.forward:
            return self.sent
        total = 0
        for port in self.options.port:
            with open(f"/sys/class/net/{port}/statistics/rx_bytes", encoding="ascii") as file:
                total += int(file.read())
        return total - self.base

    def start(self):
        self.base += self.count()
        self.sent = 0
        self.started = time.monotonic()

    def chosen(self):
        clients = self.options.client
        return [one for one in self.connections if not clients or one.client in clients]

    async def set_ports(self, state):
        for port in self.options.port:
            process = await asyncio.create_subprocess_exec(
                "bridge", "link", "set", "dev", port, "state", str(state)
            )
            if await process.wait():
                say(f"error: the port {port} could not be set to state {state}")

    async def happen(self, fault):
        when = f"at {time.monotonic() - self.started:.2f} s, after {self.count() / 1e6:.1f} MB"
        if fault.kind == "partition":
            say(f"fault: {len(self.options.port)} hosts cut off {when}, for {fault.duration:g} s")
            await self.set_ports(0)
            await asyncio.sleep(fault.duration)
            await self.set_ports(3)
            say(f"fault: healed at {time.monotonic() - self.started:.2f} s")
            return
        connections = self.chosen()
        if fault.kind == "reset":
            say(f"fault: {len(connections)} connections reset {when}")
            for connection in connections:
                connection.reset()
            return
        lasting = f"for {fault.duration:g} s" if fault.duration else "for good"
        say(f"fault: {len(connections)} connections stall {when}, {lasting}")
        for connection in connections:
            connection.gate.clear()
        if fault.duration:
            await asyncio.sleep(fault.duration)
            for connection in connections:
                connection.gate.set()

    async def watch(self, group):
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if self.started is None:
                continue
            seconds, count = time.monotonic() - self.started, self.count()
            for fault in [fault for fault in self.open if fault.is_due(seconds, count)]:
                self.open.remove(fault)
                group.add(asyncio.create_task(self.happen(fault)))

    async def play(self):
        loop = asyncio.get_running_loop()
        over = asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, over.set)
        loop.add_signal_handler(signal.SIGUSR1, self.start)
        for listen, target in self.options.forward:
            await asyncio.start_server(
                lambda reader, writer, target=target: self.accept(reader, writer, target),
                *listen,
                limit=READ_BYTES,
            )
        tasks = set()
        tasks.add(asyncio.create_task(self.watch(tasks)))
        with open(self.options.ready, "w", encoding="ascii"):
            pass
        await over.wait()
        for fault in self.open:
            say(f"fault: {fault.text} never came: the end was at {self.count() / 1e6:.1f} MB")
        return 3 if self.open else 0


# Measuring


async def probe_server(options):
    async def serve(reader, writer):
        kind = await reader.readexactly(1)
        if kind == b"e":  # echo
            while data := await reader.read(64):
                writer.write(data)
                await writer.drain()
        else:  # take everything, then say when the first and the last byte came
            first, total = None, 0
            while data := await reader.read(1 << 20):
                first = first or time.monotonic()
                total += len(data)
            writer.write(struct.pack("!dQ", time.monotonic() - (first or time.monotonic()), total))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, *options.listen)
    with open(options.ready, "w", encoding="ascii"):
        pass
    async with server:
        await server.serve_forever()


async def probe_client(options):
    async with asyncio.timeout(options.seconds + 30):
        reader, writer = await asyncio.open_connection(*options.to)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        writer.write(b"e")
        trips = []
        for _ in range(5):
            begun = time.monotonic()
            writer.write(b"x")
            await reader.readexactly(1)
            trips.append(time.monotonic() - begun)
        writer.close()
        reader, writer = await asyncio.open_connection(*options.to)
        writer.write(b"t")
        block, end = bytes(1 << 16), time.monotonic() + options.seconds
        while time.monotonic() < end:
            writer.write(block)
            await writer.drain()
        writer.write_eof()
        seconds, total = struct.unpack("!dQ", await reader.readexactly(16))
        writer.close()
    print(f"{total * 8 / max(seconds, 1e-9) / 1e6:.1f} Mbit/s, round trip {sorted(trips)[2] * 1e3:.1f} ms")


def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    play = verbs.add_parser("play", help="forward and let faults happen, until SIGTERM; SIGUSR1 starts the clock")
    pair = play.add_argument
    pair("--forward", nargs=2, action="append", type=address, default=[], metavar=("LISTEN", "TO"))
    pair("--delay", type=float, default=0, help="seconds from one side to the other")
    pair("--rate", type=float, help="bits a second that the links carry; bounds what is held back")
    pair("--fault", action="append", type=Fault.parse, default=[])
    pair("--client", action="append", default=[], help="the addresses that faults touch; all by default")
    pair("--port", action="append", default=[], help="the bridge ports that a partition cuts off")
    pair("--ready", required=True, help="a file made when it listens")
    verbs.add_parser("check", help="check faults and say nothing").add_argument(
        "faults", nargs="*", type=Fault.parse
    )
    probe = verbs.add_parser("probe", help="measure from here, or be measured")
    side = probe.add_mutually_exclusive_group(required=True)
    side.add_argument("--listen", type=address)
    side.add_argument("--to", type=address)
    probe.add_argument("--ready", help="a file made when it listens")
    probe.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    if options.verb == "play":
        return asyncio.run(Player(options).play())
    if options.verb == "probe":
        asyncio.run(probe_server(options) if options.listen else probe_client(options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
