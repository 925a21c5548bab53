"""Gateway -> AWS: reads AWS's time. Every answer of AWS, an error too, has a Date header."""

import asyncio
from datetime import datetime
from email.utils import parsedate_to_datetime

import aiohttp

ANSWER_SECONDS = 10.0


async def aws_time(session: aiohttp.ClientSession, url: str) -> datetime | None:
    """The Date of an answer from any address of AWS; None if AWS cannot be reached."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS), session.get(url) as response:
            return parsedate_to_datetime(response.headers["Date"])
    except (aiohttp.ClientError, OSError, KeyError, ValueError):  # OSError: also TimeoutError
        return None
