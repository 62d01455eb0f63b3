"""Mode S parity: the 24-bit cyclic code over a message.

    generator  x^24 + x^23 + … + x^10 + x^3 + 1, written 1 FFF4 09 (hexadecimal)
    DF 17, 18  the last 24 bits make the remainder of the whole message 0
    DF 11      the remainder is the interrogator's code, 0 to 79
    others     the remainder is the sender's address

Source: ICAO Annex 10 volume IV, 3.1.2.3.3; ICAO Doc 9684.
"""

from typing import Final

GENERATOR: Final = 0xFFF409


def _byte_remainders() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        register = byte << 16
        for _ in range(8):
            register <<= 1
            if register & 0x1000000:
                register ^= 0x1000000 | GENERATOR
        table.append(register)
    return tuple(table)


TABLE: Final = _byte_remainders()


def remainder(message: bytes) -> int:
    """What is left of a whole message, its parity field included: 24 bits."""
    register = 0
    for byte in message[:-3]:
        register = ((register << 8) & 0xFFFFFF) ^ TABLE[(register >> 16) ^ byte]
    return register ^ int.from_bytes(message[-3:])


def with_parity(body: bytes) -> bytes:
    """The message that a body becomes with the parity that leaves nothing."""
    return body + remainder(body + b"\0\0\0").to_bytes(3)
