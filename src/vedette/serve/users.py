"""Persons who may log in: a file of names, roles and salted hashes of their tokens. It holds no token.

A token is NAME.SECRET: the name says whose hash it is to be compared with, the secret is 24 random bytes.

users.json  {"users": [{"name", "role", "salt", "hash", "since_ns", "until_ns"}]}, mode 0600
hash        scrypt of the secret, N = 2**14, r = 8, p = 1: 16 MiB and about 40 ms a try (RFC 7914)
"""

import base64
import contextlib
import fcntl
import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from vedette.core.errors import ConfigError, StorageError
from vedette.serve.rights import Who
from vedette.serve.sessions import same_secret

FILE: Final = "users.json"
PersonRole = Literal["watch", "supervisor", "analyst", "administrator", "partner"]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,39}\Z")]
RandomBytes = Callable[[int], bytes]

_log = logging.getLogger("vedette.serve")
_SECRET_BYTES: Final = 24
_SALT_BYTES: Final = 16
_NOBODY: Final = bytes(_SALT_BYTES).hex()


class User(Struct, frozen=True, omit_defaults=True):
    """One person.

    salt, hash  hexadecimal
    until_ns    UTC when the right to log in was taken away; None while it holds
    """

    name: Name
    role: PersonRole
    salt: str
    hash: str
    since_ns: int
    until_ns: int | None = None

    def __repr__(self) -> str:
        """Without what belongs to the token."""
        return f"User({self.name!r}, {self.role!r})"


class _File(Struct):
    users: list[User]


def read(folder: Path) -> list[User]:
    """All persons of a node's folder, also those of before; none where there is no file."""
    path = folder / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=_File).users
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError) as error:
        raise StorageError(f"{path}: expected a file of users: {error}") from error


def add(folder: Path, name: str, role: PersonRole, random_bytes: RandomBytes, now_ns: int) -> str:
    """Let a person in; returns the token, which is kept nowhere. ConfigError where the name cannot be."""
    try:
        msgspec.convert(name, Name)
    except msgspec.ValidationError:
        expected = "1 to 40 of a-z, 0-9, - and _, a letter first"
        raise ConfigError("NAME", expected, repr(name)) from None
    secret = base64.urlsafe_b64encode(random_bytes(_SECRET_BYTES)).decode()
    salt = random_bytes(_SALT_BYTES).hex()
    with _changing(folder) as users:
        if any(user.name == name and user.until_ns is None for user in users):
            raise ConfigError("NAME", "somebody new", f"{name}, who is in already: revoke first")
        users[:] = [user for user in users if user.name != name]
        users.append(User(name, role, salt, _hash(secret, salt), now_ns))
    return f"{name}.{secret}"


def revoke(folder: Path, name: str, now_ns: int) -> None:
    """Let a person in no longer. ConfigError where nobody of that name is in."""
    with _changing(folder) as users:
        for i, user in enumerate(users):
            if user.name == name and user.until_ns is None:
                users[i] = msgspec.structs.replace(user, until_ns=now_ns)
                return
        known = ", ".join(user.name for user in users if user.until_ns is None) or "nobody"
        raise ConfigError("NAME", f"one of {known}", name)


@contextlib.contextmanager
def _changing(folder: Path) -> Iterator[list[User]]:
    """The users, to be changed in place; written whole when this ends without an error."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise StorageError(f"cannot write users in {folder}: {error.strerror}") from error
    try:
        fcntl.flock(place, fcntl.LOCK_EX)  # one who changes it at a time
        users = read(folder)
        yield users
        _write(folder / FILE, users)
        os.fsync(place)
    except OSError as error:
        raise StorageError(f"cannot write users in {folder}: {error.strerror}") from error
    finally:
        os.close(place)


def _write(path: Path, users: list[User]) -> None:
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(_File(users)), indent=1) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _hash(secret: str, salt: str) -> str:
    words = secret.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(words, salt=bytes.fromhex(salt), n=1 << 14, r=8, p=1, dklen=32).hex()


class Users:
    """The file as a server reads it: again whenever it changed, the last good one kept."""

    def __init__(self, folder: Path) -> None:
        """Read the file in a folder."""
        self._folder = folder
        self._stamp: tuple[int, int, int] | None = None
        self.all: list[User] = []
        self.refresh()

    def refresh(self) -> bool:
        """Read it again if it changed; whether it did."""
        try:
            found = (self._folder / FILE).stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        except OSError:
            stamp = (0, 0, 0)
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            self.all = read(self._folder)
        except StorageError as error:
            _log.error("%s; the users of before hold", error)
            return False
        return True

    def allowed(self) -> list[Who]:
        """Those who may log in now."""
        return [Who(user.role, user.name) for user in self.all if user.until_ns is None]

    def who(self, token: str) -> Who | None:
        """Whose token it is. Takes as long for a name that nobody has."""
        name, _, secret = token.partition(".")
        user = next((one for one in self.all if one.name == name and one.until_ns is None), None)
        given = _hash(secret, _NOBODY if user is None else user.salt)
        if user is None or not same_secret(given, user.hash):
            return None
        return Who(user.role, user.name)
