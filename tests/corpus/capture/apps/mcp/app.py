"""The official MCP client and server of Python, talking in memory, under their own tracing."""

import asyncio

from mcp import Client
from mcp.server import MCPServer

from tests.corpus.capture import tracing
from tests.corpus.capture.agents import get_order

provider = tracing.start()
server = MCPServer("shop")
server.tool()(get_order)


@server.resource("shop://policy")
def policy() -> str:
    """What the shop says about refunds."""
    return "Refunds take five days."


@server.prompt()
def greeting(name: str) -> str:
    """How a customer is greeted."""
    return f"Hello {name}"


async def main() -> None:
    """Every kind of call that a model's host makes."""
    async with Client(server) as client:
        await client.list_tools()
        await client.call_tool("get_order", {"order_id": "4711"})
        await client.read_resource("shop://policy")
        await client.get_prompt("greeting", {"name": "Ada"})


asyncio.run(main())
provider.shutdown()
