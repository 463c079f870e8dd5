## layout
bursar-the-treasury-for-ai-agents = Bursar, the treasury for AI agents.

## payment
test-mode = Test mode
no-real-money-moves = No real money moves.
transaction = Transaction { $id }
whoever-has-this-link-can-decide = Whoever has this link can decide, so do not pass it on. Every decision is kept in the audit trail of { $org }.

## approve
test = [Test]
approve = Approve { $amount }?
asks-to-pay = { $agent } asks to pay
your-decision = Your decision
decide-by-if-nobody-does-nothing = Decide by { $until }. If nobody does, nothing is paid.
reason = Reason
optional = (optional)
kept-in-the-audit-trail-the = Kept in the audit trail; the agent can read it.
approve-approve = Approve { $amount }
decline-instead = Decline instead
bursar-pays-once-people-have-said = Bursar pays once { $needed } people have said yes; { $given } have by now.
the-card-can-be-used-right = The card can be used right after you approve.
bursar-pays-right-after-you-approve = Bursar pays right after you approve.

## decline
decline = Decline { $amount }?
decline-what-asks-to-pay = Decline what { $agent } asks to pay?
nothing-is-paid-and-the-money = Nothing is paid, and the money held for this payment is free again at once.
what-should-the-agent-know = What should the agent know?
a-reason-helps-the-agent-can = A reason helps: the agent can read it and act on it. It is kept in the audit trail.
decline-decline = Decline { $amount }
approve-instead = Approve instead

## outcome
the-payment = The payment
what-happened = What happened
decline-after-all = Decline after all
every-decision-is-kept-in-the = Every decision is kept in the audit trail of { $org }.

## parts/sum
amount = Amount:
to = to { $merchant }
one-of-your-payees = One of your payees
not-one-of-your-payees = Not one of your payees

## parts/claim
says-the-agent = Says the agent
not-checked-by-bursar = — not checked by Bursar
category-by-its-own-account = Category, by its own account: { $category }
more-from-the-agent = More from the agent

## parts/why
why-you-are-asked = Why you are asked

## parts/budget
what-would-be-left = What would be left
with-this-payment-counted = with this payment counted
left-of = left of { $limit }
wallet = Wallet
left = left
used-before = used before
this-payment = this payment

## parts/window
today = Today
this-week = This week
this-month = This month
in-all = In all

## parts/facts
what-bursar-knows = What Bursar knows
category = Category
not-known = Not known
paid-by = Paid by
asked = Asked

## parts/rail
sandbox-pretend-money = Sandbox, pretend money
stripe-from-the-saved-payment-method = Stripe, from the saved payment method
card = Card
x402-from-the-wallet = x402, from the wallet
model-tokens-from-the-wallet = Model tokens, from the wallet
browser-minutes-from-the-wallet = Browser minutes, from the wallet
hosted-box-from-the-wallet = Hosted box, from the wallet

## parts/at_till
this-is-a-purchase-with-a = This is a purchase with a card. The till has heard no. If you approve, the same card can pay the same amount there once, within { $minutes } minutes. Nothing is paid by itself.

## parts/outcome_title
you-said-yes = You said yes
you-have-said-yes-already = You have said yes already
waiting-for-a-decision = Waiting for a decision
approved = Approved
already-approved = Already approved
approved-and-paid = Approved and paid
already-approved-and-paid = Already approved and paid
approved-paid-and-refunded = Approved, paid and refunded
approved-outcome-not-yet-certain = Approved, outcome not yet certain
approved-but-not-paid = Approved, but not paid
declined = Declined
already-declined = Already declined
nobody-decided-in-time = Nobody decided in time
this-payment-was-cancelled = This payment was cancelled

## parts/outcome_lead
of-have-said-yes-and-nothing = { $given } of { $needed } have said yes, and nothing is paid until all of them have.
your-yes-is-counted-you-can = Your yes is counted; you can close this page.
your-yes-is-counted = Your yes is counted.
nobody-has-decided-yet-and-nothing = Nobody has decided yet, and nothing is paid until someone does.
bursar-pays-it-now-you-can = Bursar pays it now. You can close this page.
bursar-pays-it-next-there-is = Bursar pays it next. There is nothing left to decide.
bursar-is-paying-it-now-you = Bursar is paying it now. You can close this page.
it-is-being-paid-right-now = It is being paid right now. There is nothing left to decide.
the-money-is-on-its-way = The money is on its way. You can close this page.
there-is-nothing-left-to-decide = There is nothing left to decide.
the-money-came-back-in-full = The money came back in full.
the-payment-was-sent-and-no = The payment was sent, and no certain answer came back. Its money stays held, and Bursar keeps asking. It is never sent twice.
the-payment-was-refused-on-its = The payment was refused on its way. Nothing was paid, and its money is free again.
outcome-lead-nothing-is-paid-and-the-money = Nothing is paid, and the money that was held is free again.
you-can-close-this-page = You can close this page.
nothing-was-paid-and-the-money = Nothing was paid, and the money that was held is free again. The agent may ask anew.
outcome-lead-nothing-was-paid-and-the-money = Nothing was paid, and the money that was held is free again. There is nothing left to decide.

## parts/timeline
timeline-asked = { $agent } asked
said-yes = { $by } said yes
waiting-for-others-to-decide = Waiting for others to decide
the-time-to-decide-ended = The time to decide ended
cancelled = Cancelled
why = Why:
the-org-was-frozen = the org was frozen
the-agent-was-frozen = the agent was frozen
about-to-be-paid = About to be paid
being-paid = Being paid
sent-waiting-for-a-certain-answer = Sent; waiting for a certain answer
refused-on-its-way = Refused on its way
timeline-why = Why: { $code }
paid = Paid { $paid }
other-than-the-approved = , other than the { $amount } approved
refunded = Refunded { $refunded }

## parts/by
by = by { $by }

## parts/checkout_status
thank-you = Thank you
stripe-has-not-confirmed-the-payment = Stripe has not confirmed the payment to us yet. It mostly takes seconds; load this page again to see.
on-its-way = On its way
it-was-paid-in-a-way = It was paid in a way that takes some days. The wallet is credited when the money is there.
checkout-status-paid = Paid
the-money-is-in-the-wallet = The money is in the wallet. There is nothing more to do.
the-payment-failed = The payment failed
the-bank-did-not-pay-and = The bank did not pay, and nothing came in. To try again, ask for a new link.
this-has-expired = This has expired
nobody-paid-in-time-and-nothing = Nobody paid in time, and nothing was charged. To pay after all, ask for a new link.

## topup
add-to-a-wallet = Add { $amount } to a wallet
asks-for-money = { $agent } asks for money
add-money-to-a-wallet = Add money to a wallet
to-the-wallet-of = to the wallet of
can-be-paid-until = Can be paid until
pay-on-stripes-page = Pay on Stripe’s page
add = Add { $amount }
the-button-leads-to-stripe-where = The button leads to Stripe, where you choose how to pay. The wallet is filled when Stripe has the money.
top-up = Top-up { $id }
to-refuse-do-nothing-it-expires = To refuse, do nothing: it expires by itself.

## link
pay = Pay { $amount }
asks-you-to-pay = { $org } asks you to pay
link-to = to { $org }
asked-for-by-its-agent = , asked for by its agent { $agent }
says-the-payee = Says the payee
who-is-paid = Who is paid
link-the-button-leads-to-stripe-where = The button leads to Stripe, where you choose how to pay. Pay only if you know what this is for.
payment-link = Payment link { $id }

## card_request
a-card-for = A card for { $agent }
asks-for-a-card = { $agent } asks for a card
to-be-used-at-only = to be used at { $merchant } only
an-owner-said-yes-the-card = An owner said yes. The card is made, or soon will be.
an-owner-said-no-there-is = An owner said no. There is no card.
nobody-answered-in-time-there-is = Nobody answered in time. There is no card.
what-a-yes-does = What a yes does
the-card = The card
virtual-for-one-payment = Virtual, for one payment
virtual = Virtual
each-payment = Each payment
decided-by-the-agents-limits-as = Decided by the agent’s limits, as ever
its-number = Its number
not-shown-to-the-agent-until = Not shown to the agent until an owner allows it with a passkey
can-be-answered-until = Can be answered until
your-answer = Your answer
have-the-card-made = Have the card made
no-card = No card
question = Question { $id }

## invalid_link
this-link-does-not-work = This link does not work
it-may-have-been-cut-in = It may have been cut in two on its way, or it is not a link of this server. Nothing was changed.
what-you-can-do = What you can do
open-it-from-the-mail-itself = Open it from the mail itself, or copy the whole of it, to the last character.
did-someone-else-send-it-to = Did someone else send it to you? Then do not trust it, and ask an owner of your organisation.

## try_again
please-try-again = Please try again
please-try-again-in-a-moment = Please try again in a moment
bursar-could-not-answer-just-now = Bursar could not answer just now. Trying again is safe: a payment is decided once, however often you press the button.
open-the-link-from-the-mail = Open the link from the mail again. It shows whether your decision has arrived.
until-somebody-decides-nothing-is-paid = Until somebody decides, nothing is paid.

## not_found
page-not-found = Page not found
there-is-no-such-page = There is no such page
check-the-address-for-a-typing = Check the address for a typing mistake. Links in mails work only whole, to the last character.

## not_payable
this-cannot-be-paid-now = This cannot be paid now
this-server-is-not-set-up = This server is not set up to take money for that organisation. Nothing was charged.
tell-whoever-sent-you-the-link = Tell whoever sent you the link. Who runs the server has to set its Stripe key.

## back_from_stripe
back-from-stripe = Back from Stripe
you-are-back-from-stripe = You are back from Stripe
what-you-did-there-counts-once = What you did there counts once Stripe has told Bursar, which takes a moment. You can close this page.
what-happens-next = What happens next
if-you-saved-a-payment-method = If you saved a payment method, every owner gets a mail, and it is in the list of payment methods.
nothing-is-charged-to-it-until = Nothing is charged to it until an owner says what it is used for.

## back_from_onboarding
stripe-looks-at-what-you-told = Stripe looks at what you told it, which may take a while. You can close this page.
whether-your-organisation-can-receive-money = Whether your organisation can receive money, and what Stripe still wants to know, is shown with its payout account.
where-something-is-missing-ask-for = Where something is missing, ask for another link there.

## onboarding_refresh
this-link-is-used-up = This link is used up
links-to-stripe-are-good-once = Links to Stripe are good once, and for minutes. Make another to go on where you stopped.
go-on = Go on
you-have-to-be-signed-in = You have to be signed in here as an owner, and to have used your passkey within the last minutes.
go-to-stripe = Go to Stripe

## unsubscribe
turned-off = Turned off
no-more-of-these-mails = No more of these mails?
the-mail-each-morning-about-the = The mail each morning about the day before
the-mail-on-mondays-about-the = The mail on Mondays about the week before
mails-about-a-wallet-that-runs = Mails about a wallet that runs low
mails-about-limits-that-are-nearly = Mails about limits that are nearly used
mails-about-payments-that-are-declined = Mails about payments that are declined in a row
will-not-come-any-more-an = will not come any more. An owner who is signed in can turn them on again.
for-what-is-about-safety-still = , for { $org }. What is about safety still comes.
turn-them-off = Turn them off

## reason
this-agent-asks-before-every-payment = This agent asks before every payment.
it-is-above-the-most-this = It is above { $limit }, the most this agent may pay without asking.
the-merchant-is-not-one-of = The merchant is not one of your payees, nor on this agent’s list of merchants.
nobody-but-the-agent-says-what = Nobody but the agent says what kind of purchase this is, and this agent has rules by category.
purchases-in-the-category-are-always = Purchases in the category “{ $asked }” are always asked about.
the-category-is-not-one-of = The category “{ $asked }” is not one of those that need nobody’s approval.
people-have-to-say-yes = { $limit } people have to say yes.
the-same-agent-paid-the-same = The same agent paid the same amount to the same merchant for the same purpose before
the-same-agent-asked-for-the = The same agent asked for the same amount, merchant and purpose a short while ago
the-rule-asks-for-a-human = The rule “{ $rule }” asks for a human decision.
