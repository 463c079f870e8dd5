"""A program that uses the package: it must pass mypy's strict checks by what the package declares."""

import bursar
from bursar.schema import MessageBody, TransactionBody


def buy(client: bursar.Bursar) -> TransactionBody | None:
    try:
        payment = client.pay.request(
            amount="12.50", merchant="books.example", purpose="a book", context={"order": 7}, idempotency="content"
        )
        amount: str = payment["amount"]
        if payment["status"] != "pending":
            return payment
        print(f"{amount} waits for a human")
        return client.pay.wait_for_approval(payment["transaction_id"], timeout_s=60)
    except bursar.BudgetExceededError as error:
        left: str | None = error.left
        print(f"{error.limit}, left {left}")
    except bursar.ApprovalTimeoutError as error:
        print(error.transaction and error.transaction["status"])
    return None


async def read(url: str, key: str) -> list[str]:
    async with bursar.AsyncBursar(url, key, key_id="key_1") as client:
        await client.pay.request(amount="1.00", merchant="books.example")
        return [line["amount"] async for line in client.transactions.all(limit=10)]


def told(body: bytes, headers: dict[str, str]) -> MessageBody:
    return bursar.verify_webhook(body, headers, "whsec_MDEyMzQ1Njc4OWFiY2RlZg==")


def wrong(client: bursar.Bursar) -> None:
    client.pay.request(amount=12.5, merchant="books.example")  # type: ignore[arg-type]  # never a number
    client.pay.request(amount="12.50")  # type: ignore[call-arg]  # a payment has a merchant
