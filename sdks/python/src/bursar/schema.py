"""Written by sdks/generate.py out of openapi.json; not edited by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict


class AckBody(TypedDict):
    """
    Up to where the agent has its messages: one of the two.
    """

    message_id: NotRequired[str | None]
    """
    This message and all before it.
    """
    up_to: NotRequired[int | None]
    """
    The same by `number`.
    """


class AckedBody(TypedDict):
    """
    What was acknowledged.
    """

    up_to: int
    """
    Messages up to this number do not come again.
    """


ApprovalMode: TypeAlias = Literal[
    'ask_for_everything', 'auto_approve_under_threshold', 'auto_approve_by_category'
]
"""
Who says yes.
"""


class ApprovalsBody(TypedDict):
    """
    How many have to say yes, and how many have.
    """

    given: int
    """
    So many have; while it waits, only those who may still decide.
    """
    needed: int
    """
    So many have to.
    """
    possible: NotRequired[int | None]
    """
    So many members of the org can; members see it, agents do not.
    """


class CardQuestion(TypedDict):
    """
    A card that an agent asks for.
    """

    merchant: NotRequired[str | None]
    """
    The only merchant it is for, where it is for one.
    """
    reason: str
    """
    What for. Shown to your owner as your claim.
    """
    single_use: NotRequired[bool]
    """
    Whether one payment is enough.
    """


CardStatus: TypeAlias = Literal['none', 'issuing', 'active', 'frozen', 'cancelled']
"""
Whether the agent has a card.
"""


class ChangeBody(TypedDict):
    """
    What is changed of an endpoint; what is absent stays.
    """

    description: NotRequired[str | None]
    """
    For people; an empty text takes it away.
    """
    enabled: NotRequired[bool | None]
    """
    Whether it is called. What an endpoint missed while it was disabled can be replayed.
    """
    events: NotRequired[list[str] | None]
    """
    Of what; an empty list is everything.
    """
    url: NotRequired[str | None]
    """
    Where to.
    """


class CheckBody(TypedDict):
    """
    One rule that was looked at.
    """

    asked: NotRequired[str | None]
    """
    What was asked for.
    """
    limit: NotRequired[str | None]
    """
    Its limit.
    """
    rule: str
    """
    The rule: a field of the policy.
    """
    used: NotRequired[str | None]
    """
    What was used of it.
    """
    verdict: str
    """
    `approve`, `ask` or `decline`.
    """


class DeliveryBody(TypedDict):
    """
    A delivery in the log.
    """

    attempts: int
    """
    How often it was sent.
    """
    created_at: str
    """
    When it was made.
    """
    delivery_id: str
    """
    Its id.
    """
    error: NotRequired[str | None]
    """
    Why it was not taken last.
    """
    http_status: NotRequired[int | None]
    """
    What was answered last.
    """
    last_attempt_at: NotRequired[str | None]
    """
    When it was sent last.
    """
    message_id: str
    """
    `webhook-id`: the same on every attempt.
    """
    next_attempt_at: NotRequired[str | None]
    """
    When it is sent next.
    """
    status: str
    """
    `pending`, `delivered`, `failed` (given up) or `cancelled` (the endpoint was disabled).
    """
    type: str
    """
    The name of what happened.
    """


class EndpointBody(TypedDict):
    """
    An endpoint as agents and people see it.
    """

    agent_id: NotRequired[str | None]
    """
    Only what is about this agent is told.
    """
    created_at: str
    """
    When it was made.
    """
    description: NotRequired[str | None]
    """
    For people.
    """
    disabled_reason: NotRequired[str | None]
    """
    Why it is disabled.
    """
    endpoint_id: str
    """
    Its id.
    """
    events: list[str]
    """
    Names and patterns of the events that are told; empty for everything.
    """
    failing_since: NotRequired[str | None]
    """
    Since when nothing but failures came back.
    """
    old_secret_until: NotRequired[str | None]
    """
    After a rotation: until when messages carry a signature by the secret before, too.
    """
    owner: str
    """
    Whose it is: `agent` or `org`.
    """
    status: str
    """
    `active` or `disabled`.
    """
    updated_at: str
    """
    When it was changed last.
    """
    url: str
    """
    Where messages are sent.
    """


class EndpointsBody(TypedDict):
    """
    A list of endpoints.
    """

    data: list[EndpointBody]
    """
    Oldest first.
    """


class FieldError(TypedDict):
    """
    One field that is wrong.
    """

    field: str
    """
    Path of the field, such as `amount` or `merchants.allow[2]`.
    """
    message: str
    """
    What is wrong with it, and what to send instead.
    """


class IntentRequest(TypedDict):
    """
    What an agent is about to buy. Exactly one of `amount` and `amount_usd`.
    """

    amount: NotRequired[str | None]
    """
    A decimal text, such as `"12.50"`, in the wallet's currency.
    """
    amount_usd: NotRequired[str | None]
    """
    The same, for a wallet of US dollars.
    """
    category: NotRequired[str | None]
    """
    What the agent says it buys. A claim: rules go by the payee's category.
    """
    context: NotRequired[dict[str, Any] | None]
    """
    Anything the agent wants kept with it; at most 8 KiB as JSON.
    """
    currency: NotRequired[str | None]
    """
    The wallet's; ISO 4217.
    """
    idempotency_key: NotRequired[str | None]
    """
    Needed with `reserve_minutes`: chosen by the agent, unique for ever. May be sent as the header `Idempotency-Key`.
    """
    merchant: str
    """
    Who is to be paid: a host, or a name; for a card as the till will name it.
    """
    purpose: NotRequired[str | None]
    """
    What for, in the agent's words.
    """
    rail: NotRequired[str | None]
    """
    How it is to be paid, `card` among others; the org's default when absent.
    """
    reserve_minutes: NotRequired[int | None]
    """
    Reserve the money for so many minutes, at most 30; nothing is reserved when absent.
    """
    tolerance: NotRequired[str | None]
    """
    By how much the purchase may differ from the amount, either way; nothing when absent.
    """


class LimitAmounts(TypedDict):
    """
    Limits of the short form. In a wallet of US dollars each may be named `…_usd` instead.
    """

    ask_approval_above: NotRequired[str | None]
    """
    A human is asked for anything greater.
    """
    ask_approval_above_usd: NotRequired[str | None]
    """
    `ask_approval_above`, in a wallet of US dollars.
    """
    daily: NotRequired[str | None]
    """
    The most within a day.
    """
    daily_usd: NotRequired[str | None]
    """
    `daily`, in a wallet of US dollars.
    """
    monthly: NotRequired[str | None]
    """
    The most within a month.
    """
    monthly_usd: NotRequired[str | None]
    """
    `monthly`, in a wallet of US dollars.
    """
    per_transaction: NotRequired[str | None]
    """
    The most that one payment may be; absent or `null` is no limit.
    """
    per_transaction_usd: NotRequired[str | None]
    """
    `per_transaction`, in a wallet of US dollars.
    """


class LinkBody(TypedDict):
    """
    A payment link as its agent sees it.
    """

    amount: str
    """
    How much.
    """
    created_at: str
    """
    When it was made.
    """
    currency: str
    """
    Of what.
    """
    description: str
    """
    What for.
    """
    expires_at: str
    """
    Until when it can be paid.
    """
    paid_at: NotRequired[str | None]
    """
    When the money came in.
    """
    payer_email: NotRequired[str | None]
    """
    Filled in for the payer.
    """
    payment_link_id: str
    """
    Its id.
    """
    status: str
    """
    `active`, `processing` (paid in a way that takes days), `paid`, `failed` or `expired`.
    """
    url: str
    """
    The page to send to who is to pay.
    """


class MailView(TypedDict):
    """
    Whether a mail was delivered.
    """

    error: NotRequired[str | None]
    """
    Why it failed; members see it, agents do not.
    """
    kind: str
    """
    What it is about.
    """
    recipient: NotRequired[str | None]
    """
    To whom; members see it, agents do not.
    """
    sent_at: NotRequired[str | None]
    """
    When the mail server took it.
    """
    status: str
    """
    `queued`, `sent` or `failed`.
    """


class NewEndpointBody(TypedDict):
    """
    An endpoint to be made.
    """

    agent_id: NotRequired[str | None]
    """
    For owners: only what is about this agent.
    """
    description: NotRequired[str | None]
    """
    For people.
    """
    events: NotRequired[list[str]]
    """
    Names of events, and patterns such as `transaction.*`; everything, when absent or empty.
    """
    url: str
    """
    Where to: https, on the public internet, on port 443 or one from 1024, without user name and password.
    """


class NewLink(TypedDict):
    """
    A payment link to be made. Exactly one of `amount` and `amount_usd`.
    """

    amount: NotRequired[str | None]
    """
    A decimal text, such as `"25.00"`, in the wallet's currency.
    """
    amount_usd: NotRequired[str | None]
    """
    The same, for a wallet of US dollars.
    """
    currency: NotRequired[str | None]
    """
    The wallet's; ISO 4217.
    """
    description: str
    """
    What for. Shown to who pays, as what you say.
    """
    payer_email: NotRequired[str | None]
    """
    Filled in for who pays.
    """


class PageDeliveryBody(TypedDict):
    """
    One page, newest first.
    """

    data: list[DeliveryBody]
    """
    The rows.
    """
    next_cursor: NotRequired[str | None]
    """
    Pass it as `cursor` to get the next page; absent on the last one.
    """


class PaymentRequest(TypedDict):
    """
    What an agent asks for. Exactly one of `amount` and `amount_cents`.
    """

    amount: NotRequired[str | None]
    """
    A decimal text, such as `"12.50"`; up to six digits behind the point.
    """
    amount_cents: NotRequired[int | None]
    """
    Whole cents instead of `amount`.
    """
    category: NotRequired[str | None]
    """
    What the agent says it buys. A claim: rules go by the payee's category.
    """
    context: NotRequired[dict[str, Any] | None]
    """
    Anything the agent wants kept with the payment; at most 8 KiB as JSON.
    """
    currency: NotRequired[str | None]
    """
    ISO 4217; `USD` when absent.
    """
    idempotency_key: NotRequired[str | None]
    """
    Chosen by the agent, unique per payment, for ever. May be sent as the header `Idempotency-Key` instead.
    """
    intent_id: NotRequired[str | None]
    """
    The intent that this is the purchase of: it was decided then, and what was reserved is taken up.
    """
    merchant: str
    """
    Who is to be paid: a host, or a name.
    """
    purpose: NotRequired[str | None]
    """
    What for, in the agent's words. Shown to humans as the agent's claim.
    """
    rail: NotRequired[str | None]
    """
    How to pay; the org's default when absent.
    """


class PreviewBody(TypedDict):
    """
    What would be decided.
    """

    decision: list[CheckBody]
    """
    Every rule that was looked at.
    """
    dry_run: bool
    """
    Always `true`.
    """
    reason: NotRequired[str | None]
    """
    Why not.
    """
    status: str
    """
    `approved`, `pending` (a human would be asked) or `declined`.
    """


class ProblemBody(TypedDict):
    """
    The shape of every error, for the API description.
    """

    code: str
    """
    Stable; programs may depend on it.
    """
    detail: str
    """
    For people: what is wrong, and what to do next.
    """
    errors: NotRequired[list[FieldError]]
    """
    Fields that are wrong.
    """
    retry_after: NotRequired[int | None]
    """
    Seconds until it makes sense to try again.
    """
    status: int
    """
    The HTTP status.
    """
    title: str
    """
    The status in words.
    """
    type: str
    """
    `urn:bursar:problem:` and the code.
    """


class QuestionBody(TypedDict):
    """
    Where an agent's question for a card stands.
    """

    card_request_id: str
    """
    Its id.
    """
    expires_at: str
    """
    Until when your owner can answer.
    """
    status: str
    """
    `asked`, `granted`, `refused` or `expired`.
    """


class ReasonBody(TypedDict):
    """
    Why something is done.
    """

    reason: NotRequired[str | None]
    """
    For the audit trail.
    """


class RefundBody(TypedDict):
    """
    A refund.
    """

    amount: str
    """
    How much.
    """
    completed_at: NotRequired[str | None]
    """
    When the rail did it.
    """
    created_at: str
    """
    When it was asked for.
    """
    reason: str
    """
    Why.
    """
    refund_id: str
    """
    Its id.
    """
    status: str
    """
    `requested`, `completed` or `failed`.
    """


class ReplayBody(TypedDict):
    """
    From when on messages are sent again.
    """

    since: str
    """
    RFC 3339; at most 30 days ago.
    """


class ReplayedBody(TypedDict):
    """
    From when on messages are sent again.
    """

    endpoint_id: str
    """
    To which endpoint.
    """
    since: str
    """
    Since when.
    """


class RotatedSecret(TypedDict):
    """
    A new secret, which is shown once.
    """

    endpoint_id: str
    """
    Of which endpoint.
    """
    old_secret_until: str
    """
    Until then messages carry a signature by the secret before, too.
    """
    secret: str
    """
    What messages are signed with from now on. Keep it: it is not shown again.
    """


class SpendingBody(TypedDict):
    """
    What an agent may spend, in the short form of its policy.
    """

    agent_id: str
    """
    Whose.
    """
    approval_mode: ApprovalMode
    """
    Who says yes.
    """
    approved_categories: list[str]
    """
    Nobody is asked on account of these.
    """
    blocked_categories: list[str]
    """
    Never these.
    """
    currency: str
    """
    Of all amounts.
    """
    limits: LimitAmounts
    """
    `null` is no limit.
    """
    notes: NotRequired[str | None]
    """
    What the owner wants the agent to know.
    """
    recurring_allowed: bool
    """
    Whether a purchase may repeat an earlier one without a human.
    """
    updated_at: str
    """
    When it was set.
    """
    version: int
    """
    The version of the policy in force, which is the `ETag`. It may have more rules than these.
    """


class StoryLine(TypedDict):
    """
    One line of a wallet's story.
    """

    amount: str
    """
    With a sign: less than zero is money that left, or is held to leave.
    """
    created_at: str
    """
    When.
    """
    currency: str
    """
    Of what.
    """
    description: str
    """
    Who was paid, or what the money is for.
    """
    entry: int
    """
    The entry of the org's audit trail that the line is made of.
    """
    payment_link_id: NotRequired[str | None]
    """
    The payment link.
    """
    rail: NotRequired[str | None]
    """
    The rail of a payment, or of what came back of one.
    """
    status: str
    """
    Where it stands; of what came in or back: `completed`.
    """
    topup_id: NotRequired[str | None]
    """
    The top-up.
    """
    transaction_id: NotRequired[str | None]
    """
    The payment.
    """
    type: str
    """
    `payment`; `deposit`, `topup` or `payment_link`: money that came in; `refund` and `dispute`: money that came back;
    `topup_refund` and `topup_dispute`: money that went back to whoever had paid it in, or came again.
    """


class TopupBody(TypedDict):
    """
    A top-up as people and programs see it.
    """

    agent_id: NotRequired[str | None]
    """
    The agent whose wallet it is for; absent for the org's own.
    """
    amount: str
    """
    How much.
    """
    automatic: bool
    """
    Whether it was charged to a saved payment method because the wallet fell below its floor.
    """
    created_at: str
    """
    When it was asked for.
    """
    currency: str
    """
    Of what.
    """
    expires_at: str
    """
    Until when it can be paid.
    """
    failure: NotRequired[str | None]
    """
    Why an automatic one was refused, such as `card_declined`.
    """
    paid_at: NotRequired[str | None]
    """
    When the money came in.
    """
    reason: str
    """
    An agent's reason, or an owner's words.
    """
    status: str
    """
    `asked` (nobody opened Stripe's page yet), `open`, `processing` (paid in a way that takes days, or
    charged and not yet certain), `paid`, `failed` or `expired`.
    """
    topup_id: str
    """
    Its id.
    """


class TopupRequest(TypedDict):
    """
    Money that an agent asks for. Exactly one of `amount` and `amount_usd`.
    """

    amount: NotRequired[str | None]
    """
    A decimal text, such as `"25.00"`, in the wallet's currency.
    """
    amount_usd: NotRequired[str | None]
    """
    The same, for a wallet of US dollars.
    """
    currency: NotRequired[str | None]
    """
    The wallet's; ISO 4217.
    """
    reason: str
    """
    What for. Shown to your owner as your claim.
    """


class VoteBody(TypedDict):
    """
    A yes.
    """

    at: str
    """
    When.
    """
    by: str
    """
    Whose.
    """
    reason: NotRequired[str | None]
    """
    What they said.
    """


class WalletCard(TypedDict):
    """
    A card as its agent sees it.
    """

    brand: NotRequired[str | None]
    """
    Such as `Visa`.
    """
    card_id: str
    """
    Its id.
    """
    currency: str
    """
    ISO 4217.
    """
    cvc: NotRequired[str | None]
    """
    The code.
    """
    exp_month: NotRequired[int | None]
    """
    1 to 12.
    """
    exp_year: NotRequired[int | None]
    """
    Four digits.
    """
    last4: NotRequired[str | None]
    """
    The last digits of the number.
    """
    merchant: NotRequired[str | None]
    """
    The only merchant it may be used at.
    """
    number: NotRequired[str | None]
    """
    The whole number.
    """
    revealed: bool
    """
    Whether the number is in this answer. Only where your owner allowed it, and the card is active.
    """
    rules: list[str]
    """
    How to handle it.
    """
    single_use: bool
    """
    Whether it ends after one payment.
    """
    status: str
    """
    `issuing`, `active`, `frozen` or `cancelled`.
    """


WalletStatus: TypeAlias = Literal['pending', 'active', 'empty', 'inactive', 'frozen']
"""
Where a wallet stands.
"""


class WindowBody(TypedDict):
    """
    A limit within a time, and what is left of it.
    """

    left: NotRequired[str | None]
    """
    What is left; `null` is no limit.
    """
    limit: NotRequired[str | None]
    """
    The limit; `null` is no limit.
    """
    used: str
    """
    Held and spent in the current window.
    """


class ApprovalBody(TypedDict):
    """
    The human side of a transaction.
    """

    approvals: NotRequired[ApprovalsBody | None]
    deadline: NotRequired[str | None]
    """
    Until when a human can decide.
    """
    decided_at: NotRequired[str | None]
    """
    When.
    """
    decided_by: NotRequired[str | None]
    """
    Who decided, cancelled or resolved it. An agent reads `human`, `agent` or, where a freeze withdrew it, `bursar`;
    the org reads who it was.
    """
    mails: list[MailView]
    """
    Whether its mails were delivered.
    """
    reason: NotRequired[str | None]
    """
    What they said.
    """
    votes: NotRequired[list[VoteBody]]
    """
    Who has said yes, oldest first; members see it, agents do not.
    """


class CreatedEndpoint(EndpointBody):
    """
    A new endpoint and its secret, which is shown once.
    """

    secret: str
    """
    What messages are signed with. Keep it: it is not shown again.
    """


class PageStoryLine(TypedDict):
    """
    One page, newest first.
    """

    data: list[StoryLine]
    """
    The rows.
    """
    next_cursor: NotRequired[str | None]
    """
    Pass it as `cursor` to get the next page; absent on the last one.
    """


class SpendingLimits(TypedDict):
    """
    The limits, and what is left of them.
    """

    daily: WindowBody
    """
    Today.
    """
    lifetime: WindowBody
    """
    For ever.
    """
    monthly: WindowBody
    """
    This month.
    """
    monthly_remaining_usd: NotRequired[str | None]
    """
    `monthly.left`, in a wallet of US dollars.
    """
    monthly_spent_usd: NotRequired[str | None]
    """
    `monthly.used`, in a wallet of US dollars.
    """
    monthly_usd: NotRequired[str | None]
    """
    `monthly.limit`, in a wallet of US dollars.
    """
    per_transaction: NotRequired[str | None]
    """
    The most that one payment may be; `null` is no limit.
    """
    per_transaction_usd: NotRequired[str | None]
    """
    `per_transaction`, in a wallet of US dollars.
    """
    weekly: WindowBody
    """
    This week.
    """


class TransactionBody(TypedDict):
    """
    A transaction as people and programs see it.
    """

    agent_id: str
    """
    The agent that asked.
    """
    amount: str
    """
    What was asked for.
    """
    approval: NotRequired[ApprovalBody | None]
    card_id: NotRequired[str | None]
    """
    The card that was used at a till.
    """
    category: NotRequired[str | None]
    """
    By the payee or the card network.
    """
    claimed_category: NotRequired[str | None]
    """
    What the agent says it buys.
    """
    completed_at: NotRequired[str | None]
    """
    When it was paid.
    """
    context: NotRequired[dict[str, Any] | None]
    """
    The agent's own.
    """
    created_at: str
    """
    When it was decided.
    """
    currency: str
    """
    ISO 4217.
    """
    decision: list[CheckBody]
    """
    Every rule that was looked at, in order, up to the first refusal.
    """
    idempotency_key: str
    """
    The agent's own key for it.
    """
    idempotent: bool
    """
    Whether this answer is about a request that was seen before.
    """
    merchant: str
    """
    As the agent wrote it.
    """
    posted_amount: str
    """
    What was really paid.
    """
    purpose: str
    """
    In the agent's words.
    """
    rail: str
    """
    How it is paid.
    """
    reason: NotRequired[str | None]
    """
    Why it was declined, failed or withdrawn.
    """
    refunded_amount: str
    """
    What was given back.
    """
    refunds: NotRequired[list[RefundBody]]
    """
    Refunds, oldest first.
    """
    retry_until: NotRequired[str | None]
    """
    A human allowed what the till was refused: until then the same card passes there, with the same amount.
    """
    status: str
    """
    `pending`, `approved`, `executing`, `unknown`, `completed`, `refunded`, `failed`, `declined`, `timed_out` or
    `cancelled`.
    """
    stripe_charge_id: NotRequired[str | None]
    """
    Stripe's id of the charge.
    """
    transaction_id: str
    """
    Its id.
    """


class WalletBody(TypedDict):
    """
    What an agent sees of its wallet.
    """

    agent_id: str
    """
    Whose.
    """
    balance: str
    """
    What can be spent: what is in it, less what is held. Negative after money went back that had been spent.
    """
    balance_usd: NotRequired[str | None]
    """
    `balance`, in a wallet of US dollars.
    """
    card_status: CardStatus
    """
    Whether there is a card.
    """
    currency: str
    """
    Of wallet and limits.
    """
    held: str
    """
    What is held for payments under way.
    """
    pending_topups: int
    """
    How many top-ups of this wallet were asked for and are not paid yet.
    """
    pending_topups_amount: str
    """
    What they come to.
    """
    spending_limits: SpendingLimits
    """
    The limits, and what is left of them.
    """
    wallet: str
    """
    `org`: shared with the org's other agents; `own`; or `none` while nobody has claimed the agent.
    """
    wallet_status: WalletStatus
    """
    Where it stands.
    """


AskAnswer: TypeAlias = TransactionBody | PreviewBody
"""
What a payment request is answered with: where the payment stands or, for a dry run, where it would.
"""


class DataBody(TypedDict):
    """
    What a message is about. What does not belong to it is left out.
    """

    actor: NotRequired[str | None]
    """
    Who did it. An agent reads `human`, `agent` or `bursar`; the org reads who it was.
    """
    agent_id: NotRequired[str | None]
    """
    The agent that it is about.
    """
    amount: NotRequired[str | None]
    """
    The amount that it is about.
    """
    bot_id: NotRequired[str | None]
    """
    The same, under the name that bots know.
    """
    card_id: NotRequired[str | None]
    """
    The card that it is about.
    """
    currency: NotRequired[str | None]
    """
    ISO 4217.
    """
    endpoint_id: NotRequired[str | None]
    """
    The endpoint that is tested.
    """
    next_step: NotRequired[str | None]
    """
    What an agent does next, where that is not plain.
    """
    org_id: str
    """
    In which org.
    """
    policy_version: NotRequired[int | None]
    """
    The version of the policy that came into force.
    """
    reason: NotRequired[str | None]
    """
    Why, where that is known and meant for the reader.
    """
    status: NotRequired[str | None]
    """
    The payment's status right after it. `transaction` is as it is when the message is sent.
    """
    transaction: NotRequired[TransactionBody | None]


class IntentBody(TypedDict):
    """
    What would become of a purchase, or what was reserved for it.
    """

    at_least: str
    """
    The least.
    """
    at_most: str
    """
    The most that the purchase may be: the amount and its tolerance.
    """
    balance: str
    """
    What can be spent from the wallet now, what is reserved taken off.
    """
    currency: str
    """
    Of all amounts.
    """
    decision: str
    """
    `allowed`, `needs_approval` or `declined`.
    """
    expires_at: NotRequired[str | None]
    """
    Until when a human can decide, or the purchase can be made.
    """
    idempotent: bool
    """
    Whether the same was asked for before.
    """
    intent_id: NotRequired[str | None]
    """
    To be named in the purchase; only where something is, or was, reserved.
    """
    limits: SpendingLimits
    """
    The limits, and what is left of them now.
    """
    merchant: str
    """
    As written.
    """
    reason: NotRequired[str | None]
    """
    Why not; of a reservation that is over, why it is.
    """
    rules: list[CheckBody]
    """
    Every rule that was looked at.
    """
    status: NotRequired[str | None]
    """
    Where the reservation stands: `pending` while a human is asked, `approved` while it can be taken up.
    """


class MessageBody(TypedDict):
    """
    What is told.
    """

    data: DataBody
    """
    About what.
    """
    timestamp: str
    """
    When it happened.
    """
    type: str
    """
    The name of what happened; docs/webhooks.md lists all.
    """


class ReadMessage(MessageBody):
    """
    One message.
    """

    message_id: str
    """
    The `webhook-id` under which an endpoint is told the same.
    """
    number: int
    """
    Its number, for `up_to`. Messages of one change share it.
    """


class RefusalBody(ProblemBody):
    """
    An error that says why a payment is not made.
    """

    asked: NotRequired[str | None]
    """
    What was asked for.
    """
    decision: NotRequired[list[CheckBody] | None]
    """
    Every rule that was looked at, in the answer to a dry run.
    """
    dry_run: NotRequired[bool | None]
    """
    `true` in the answer to a dry run.
    """
    limit: NotRequired[str | None]
    """
    The limit that was reached: an amount, or a rate in words. `null` where no limit refused it.
    """
    reason: NotRequired[str | None]
    """
    Why, as in `code`; absent from the answer to a dry run.
    """
    transaction: NotRequired[TransactionBody | None]
    used: NotRequired[str | None]
    """
    What was used of it.
    """


class MessagesBody(TypedDict):
    """
    Some messages.
    """

    data: list[ReadMessage]
    """
    Oldest first.
    """
    next_cursor: NotRequired[str | None]
    """
    There may be more behind these, even where there are none: pass it as `cursor`. Absent at the end.
    """
