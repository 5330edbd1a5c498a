"""The command in a fork of a process that has imported it: the same code, without its second.

Everything else of a process of its own stays: arguments, directory, environment, three pipes, and
an exit code. What a process decides at its very start (its locale, what it imports) it decides
here once; a test about that starts the real one.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from functools import cache
from pathlib import Path

# What most commands import in the end.
IMPORTED = ("multistore.cli.run", "multistore.cli.app", "multistore.opening", "sqlalchemy", "boto3")


@cache
def _nursery(locale):
    """Start the process that all commands of a locale are forked from; it ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.forking", str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "LC_ALL": locale},
        cwd=Path(__file__).parents[2],
    )
    theirs.close()
    atexit.register(_end, process, ours)
    return ours


def _end(process, ours):
    ours.close()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()


def run(words, *, cwd, environment, stdin, timeout):
    """Run one command line to its end; as subprocess.run with pipes does."""
    nursery = _nursery(environment["LC_ALL"])
    reads, writes = zip(*(os.pipe() for _ in range(3)), strict=True)
    ours, theirs = socket.socketpair()
    request = {"words": words, "cwd": os.fspath(cwd), "environment": environment}
    with tempfile.TemporaryFile() as letter:
        letter.write(json.dumps(request).encode())
        letter.flush()
        fds = [letter.fileno(), reads[0], writes[1], writes[2], theirs.fileno()]
        nursery.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])
    for fd in (reads[0], writes[1], writes[2]):
        os.close(fd)
    theirs.close()
    heard = [bytearray(), bytearray()]

    def feed():
        with contextlib.suppress(BrokenPipeError), os.fdopen(writes[0], "wb") as pipe:
            pipe.write(stdin)

    def hear(fd, into):
        with os.fdopen(fd, "rb", buffering=0) as pipe:
            while piece := pipe.read(65536):
                into += piece

    threads = [
        threading.Thread(target=feed),
        threading.Thread(target=hear, args=(reads[1], heard[0])),
        threading.Thread(target=hear, args=(reads[2], heard[1])),
    ]
    for thread in threads:
        thread.start()
    with ours:
        pid = int.from_bytes(_exactly(ours, 4))
        ours.settimeout(timeout)
        try:
            code = int.from_bytes(_exactly(ours, 4), signed=True)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(words, timeout) from None
        finally:
            for thread in threads:
                thread.join()
    return subprocess.CompletedProcess(words, code, bytes(heard[0]), bytes(heard[1]))


def _exactly(sock, count):
    got = b""
    while len(got) < count:
        piece = sock.recv(count - len(got))
        if not piece:
            raise EOFError("the process that the commands are forked from has gone")
        got += piece
    return got


def _serve(sock):
    """Fork one keeper for each command; it waits for the command and tells its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, fds, _, _ = socket.recv_fds(sock, 1, 5)
        if not message:
            return
        if os.fork() == 0:
            sock.close()
            _keep(fds)
        for fd in fds:
            os.close(fd)


def _keep(fds):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    letter, *streams, answers = fds
    pid = os.fork()
    if pid == 0:
        os.close(answers)
        _command(letter, streams)
    for fd in (letter, *streams, 0, 1, 2):
        os.close(fd)
    with socket.socket(fileno=answers) as told:
        told.sendall(pid.to_bytes(4))
        _, status = os.waitpid(pid, 0)
        told.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, signed=True))
    os._exit(0)


def _command(letter, streams):
    request = json.loads(os.pread(letter, os.fstat(letter).st_size, 0))
    os.close(letter)
    for number, fd in enumerate(streams):
        os.dup2(fd, number)
        os.close(fd)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.path[:0] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    time.tzset()
    from multistore.cli import main

    try:
        code = main(request["words"])
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    # As the interpreter does at its end, in its order.
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    from importlib import import_module

    for name in IMPORTED:
        import_module(name)
    del sys.path[0]  # the directory that this program was found in; the script has none
    _serve(socket.socket(fileno=int(sys.argv[1])))
