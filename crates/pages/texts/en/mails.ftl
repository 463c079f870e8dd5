## mails/test_mode
test-mode-test-mode = Test mode.

## mails/claim
links-in-it-are-broken-on = ; links in it are broken on purpose

## mails/stand_in
you-stand-in-for = You stand in for { $others }.

## mails/approval_asked
reminder-approve-to-is-asking = Reminder: approve { $amount } to { $merchant }? { $agent } is asking
approve-to-is-asking = Approve { $amount } to { $merchant }? { $agent } is asking
test-mode-no-real-money-moves = TEST MODE. No real money moves.
you-have-not-decided-yet-and = You have not decided yet, and little time is left.
approval-asked-asks-to-pay = { $agent } asks to pay { $amount }
merchant = Merchant
approval-asked-one-of-your-payees = one of your payees
approval-asked-not-one-of-your-payees = not one of your payees
approval-asked-not-known = not known
says-the-agent-not-checked-by = Says the agent (not checked by Bursar; links in it are broken on purpose):
approval-asked-says-the-agent-not-checked-by = Says the agent (not checked by Bursar):
approval-asked-why-you-are-asked = Why you are asked:
what-would-be-left-with-this = What would be left, with this payment counted:
of = { $left } of { $limit }
approval-asked-wallet = Wallet: { $wallet }
approval-asked-approve = Approve
approval-asked-decline = Decline
both-links-open-a-page-that = Both links open a page that asks once more; opening it decides nothing.
decide-by = Decide by { $until }.
if-nobody-does-nothing-is-paid = If nobody does, nothing is paid and the money held for it is free again.
bursar-for-you-get-this-as = Bursar for { $org }. You get this as an owner or approver.
whoever-has-these-links-can-decide = Whoever has these links can decide, so do not forward this mail.
approval-asked-to = { $amount } to { $merchant }.
for = for { $org }
approval-asked-to-2 = to
review-and-approve = Review and approve
approval-asked-decide-by-if-nobody-does-nothing = Decide by { $until }. If nobody does, nothing is paid and the money held for it is free again.
approval-asked-what-would-be-left-with-this = What would be left, with this payment counted
you-get-this-as-an-owner = You get this as an owner or approver of { $org }. Whoever has these links can decide, so do not forward this mail.

## mails/approval_timed_out
not-paid-nobody-decided-in-time = Not paid: nobody decided in time on { $amount } to { $merchant }
nobody-decided-in-time-nothing-was = Nobody decided in time. Nothing was paid, and the money that was held is free again. { $agent } has been told, and may ask anew.
approval-timed-out-amount = Amount
time-ended = Time ended { $until }
said-the-agent-not-checked-by = Said the agent (not checked by Bursar; links in it are broken on purpose):
approval-timed-out-said-the-agent-not-checked-by = Said the agent (not checked by Bursar):
approval-timed-out-not-paid-nobody-decided-in-time = Not paid: nobody decided in time
to-was-not-paid = { $amount } to { $merchant } was not paid.
approval-timed-out-nothing-was-paid-and-the-money = Nothing was paid, and the money that was held is free again. { $agent } has been told, and may ask anew.
approval-timed-out-time-ended = Time ended
approval-timed-out-you-get-this-as-an-owner = You get this as an owner or approver of { $org }.

## mails/agent_frozen
frozen-can-spend-nothing-until-an = Frozen: { $agent } can spend nothing until an owner unfreezes it
is-frozen-it-can-spend-nothing = { $agent } is frozen. It can spend nothing until an owner unfreezes it. Whatever it asked for that has not been sent is cancelled. What was sent already goes on.
agent-frozen-why = Why
it-asked-for-more-than-payments = It asked for more than { $requests } payments within { $seconds } seconds, and its circuit breaker opened. That is set by: { $setting }
froze-it = { $by } froze it.
their-reason = Their reason:
how-to-unfreeze-it = How to unfreeze it
only-a-person-can-look-at = Only a person can. Look at what it asked for first; then, as an owner:
agent-frozen-bursar-for-you-get-this-as = Bursar for { $org }. You get this as an owner.
frozen-on = Frozen on { $at }
agent = Agent { $id }
agent-frozen = Agent frozen
can-spend-nothing-until-an-owner = { $agent } can spend nothing until an owner unfreezes it.
is-frozen = { $agent } is frozen
it-can-spend-nothing-until-an = It can spend nothing until an owner of { $org } unfreezes it. Whatever it asked for that has not been sent is cancelled. What was sent already goes on.
agent-frozen-it-asked-for-more-than-payments = It asked for more than { $requests } payments within { $seconds } seconds, and its circuit breaker opened. That is set by { $setting }.
agent-frozen-their-reason = Their reason: “{ $reason }”
frozen-on-you-get-this-as = Frozen on { $at }. You get this as an owner of { $org }.

## mails/org_frozen
frozen-nothing-in-can-be-spent = Frozen: nothing in { $org } can be spent until an owner unfreezes it
all-of-is-frozen-none-of = All of { $org } is frozen. None of its agents can spend until an owner unfreezes it. Whatever they asked for that has not been sent is cancelled, and pages on which somebody could pay in are closed. What was sent already goes on.
members-who-are-no-owners-were = Members who are no owners were signed out. Owners get in as before, to look and to unfreeze.
froze-it-their-reason = { $by } froze it. Their reason:
org-frozen-only-a-person-can-look-at = Only a person can. Look at what happened first; then, as an owner:
org = Org { $id }
org-frozen = Org frozen
nothing-in-can-be-spent-until = Nothing in { $org } can be spent until an owner unfreezes it.
org-frozen-is-frozen = { $org } is frozen
none-of-its-agents-can-spend = None of its agents can spend until an owner unfreezes it. Whatever they asked for that has not been sent is cancelled, and pages on which somebody could pay in are closed. What was sent already goes on.
org-frozen-froze-it-their-reason = { $by } froze it. Their reason: “{ $reason }”

## mails/alert
more-was-taken-than-was-held = More was taken than was held
money-was-taken-that-was-not = Money was taken that was not held
a-card-purchase-passed-without-your-yes = A card purchase passed without your yes
the-network-allowed-it-by-itself = The card network allowed { $amount } without asking Bursar, or after a no. It is held now and counts against the budget, whatever that says. Should it be wrong, freeze the card and ask the merchant to take the purchase back.
a-payment-is-disputed = A payment is disputed
a-refund-failed = A refund failed
a-bank-took-back-what-was = A bank took back what was paid in
a-payment-was-not-credited = A payment was not credited
was-taken-though-only-was-approved = { $amount } was taken, though only { $held } was approved and held.
was-taken-though-nothing-was-approved = { $amount } was taken, though nothing was approved and held for it.
it-is-booked-and-counts-against = It is booked and counts against the budget. Should the balance be negative now, prepaid spending stops until it is not.
a-bank-took-back-it-is = A bank took { $amount } back. It is booked.
its-reason = Its reason: { $reason }
evidence-can-be-given-to-until = Evidence can be given to { $rail } until { $by }.
did-not-come-back-the-payment = { $amount } did not come back. The payment stands as it was, and the refund can be tried again.
the-reason-given = The reason given: { $reason }
a-bank-took-back-that-had = A bank took back { $amount } that had been paid into the wallet. It is booked. Should the balance be negative now, prepaid spending stops until it is not.
was-asked-for-and-something-else = { $amount } was asked for, and something else was paid. Nothing was credited: look at the payment at Stripe, and give it back there or write down a deposit.
alert-agent = Agent
rail = Rail
when = When
none-that-bursar-knows = none that Bursar knows
only-was-approved-and-held = Only { $held } was approved and held.
nothing-was-approved-and-held-for = Nothing was approved and held for it.
a-bank-took-it-back = A bank took it back
its-reason-is = ; its reason is { $reason }
it-is-booked = It is booked.
the-money-did-not-come-back = The money did not come back
the-reason-given-is = ; the reason given is { $reason }
the-payment-stands-as-it-was = The payment stands as it was, and the refund can be tried again.
it-had-been-paid-into-the = It had been paid into the wallet, and is booked. Should the balance be negative now, prepaid spending stops until it is not.
that-was-asked-for-and-something = That was asked for, and something else was paid. Nothing was credited: look at the payment at Stripe, and give it back there or write down a deposit.
alert-you-get-this-as-an-owner = You get this as an owner of { $org }.

## mails/case_opened
a-case-about-the-books-and = A case about { $amount }: the books and the rail differ
is-at-stake = { $cause } { $amount } is at stake.
nothing-was-corrected-somebody-has-to = Nothing was corrected: somebody has to look.
about = About
we-say = We say
they-say = They say
what-to-do = What to do
look-at-it-take-it-and = Look at it, take it, and settle it with what you found. It ends by itself when the difference is gone.
opened-on = Opened on { $at }
case = Case { $id }
a-case-about-money = A case about money
is-at-stake-the-books-and = { $amount } is at stake: the books and the rail differ.
a-case-about = A case about { $amount }
is-at-stake-nothing-was-corrected = { $cause } { $amount } is at stake. Nothing was corrected: somebody has to look.
case-opened-about = About { $reference }
case-opened-we-say = We say { $ours }
case-opened-they-say = They say { $theirs }
opened-on-you-get-this-as = Opened on { $at }. You get this as an owner of { $org }.

## mails/endpoint_disabled
webhooks-stopped-is-no-longer-told = Webhooks stopped: { $agent } is no longer told at { $host }
webhooks-stopped-your-org-is-no = Webhooks stopped: your org is no longer told at { $host }
webhooks-to-this-address-stopped-because = Webhooks to this address stopped, because { $reason }:
payments-go-on-as-before-only = Payments go on as before; only nobody is told of them there. An agent can still ask for its messages.
how-to-start-them-again = How to start them again
once-the-receiver-answers-as-an = Once the receiver answers, as an owner:
what-was-missed-can-be-sent = What was missed can be sent again, up to 30 days back.
it-tells-of-the-agent = It tells of the agent { $agent }.
stopped-on = Stopped on { $at }
endpoint = Endpoint { $id }
webhooks-stopped = Webhooks stopped
messages-to-are-no-longer-sent = Messages to { $url } are no longer sent.
stopped-on-you-get-this-as = Stopped on { $at }. You get this as an owner of { $org }.

## mails/payment_method
if-this-was-not-you-or = If this was not you or another owner
remove-it-and-look-at-who = Remove it, and look at who is an owner:
payment-method-bursar-for-you-get-this-as = Bursar for { $org }. You get this as an owner; it cannot be turned off.
by-on = By { $by }, on { $at }
payment-method = Payment method { $id }
by-on-you-get-this-as = By { $by }, on { $at }. You get this as an owner of { $org }; it cannot be turned off.

## mails/auto_topup_paused
automatic-top-up-stopped-s-wallet = Automatic top-up stopped: { $agent }'s wallet is no longer filled by itself
automatic-top-up-stopped-your-orgs = Automatic top-up stopped: your org's wallet is no longer filled by itself
could-not-be-put-into-s = { $amount } could not be put into { $agent }'s wallet, because { $says }.
could-not-be-put-into-the = { $amount } could not be put into the org's wallet, because { $says }.
nothing-was-charged-and-it-is = Nothing was charged, and it is not tried again by itself.
how-to-go-on = How to go on
save-another-payment-method-or-put = Save another payment method or put this one right, then set the rule again:
until-then-agents-spend-what-is = Until then, agents spend what is left, and then nothing.
automatic-top-up-stopped = Automatic top-up stopped
could-not-be-put-in-because = { $amount } could not be put in, because { $says }.
auto-topup-paused-stopped-on-you-get-this-as = Stopped on { $at }. You get this as an owner of { $org }; it cannot be turned off.

## mails/card_asked
a-card-for-it-is-asking = A card for { $agent }? It is asking
asks-for-a-virtual-card = { $agent } asks for a virtual card
for-one-payment = for one payment
to-be-used-only-at = , to be used only at { $merchant }
look-and-answer = Look and answer
the-link-opens-a-page-that = The link opens a page that asks once more; opening it changes nothing. The card is bound by the agent's limits, and its number is not shown to the agent until an owner allows it with a passkey. To refuse, do nothing: the link expires on { $until }.
a-card-for-an-agent = A card for an agent?
asks-for-a-card-the-link = { $agent } asks for a card. The link expires on { $until }.
a-virtual-card = A virtual card
card-asked-the-link-opens-a-page-that = The link opens a page that asks once more; opening it changes nothing. The card is bound by the agent’s limits, and its number is not shown to the agent until an owner allows it with a passkey. To refuse, do nothing: the link expires on { $until }.

## mails/card_accessed
looked-at-the-number-of-its = { $agent } looked at the number of its card
looked-at-its-card = { $agent } looked at its card
looked-at-its-card-that-ends = { $agent } looked at its card that ends in { $last4 }
and-asked-for-the-whole-number = , and asked for the whole number.
the-number-was-not-shown = ; the number was not shown.
from = From
key = Key
is-that-not-what-you-expect = Is that not what you expect? Stop the card, as an owner:
card-accessed-bursar-for-you-get-this-as = Bursar for { $org }. You get this as an owner, every time.
card-accessed-card = Card { $id }
a-look-at-a-card = A look at a card
card-accessed-looked-at-the-number-of-its = { $agent } looked at the number of its card.
card-accessed-looked-at-its-card = { $agent } looked at its card.
the-card-ends-in = The card ends in { $last4 }.
the-whole-number-was-asked-for = The whole number was asked for.
card-accessed-the-number-was-not-shown = The number was not shown.
card-accessed-when = When: { $at }
card-accessed-from = From: { $address }
card-accessed-key = Key: { $id }
card-accessed-is-that-not-what-you-expect = Is that not what you expect?
stop-the-card-as-an-owner = Stop the card, as an owner:
card-accessed-you-get-this-as-an-owner = You get this as an owner of { $org }, every time.

## mails/topup_asked
add-to-the-wallet-is-asking = Add { $amount } to the wallet? { $agent } is asking
asks-for-in-its-wallet = { $agent } asks for { $amount } in its wallet
left-in-it = Left in it
look-and-pay = Look and pay
topup-asked-the-link-opens-a-page-that = The link opens a page that asks once more; opening it changes nothing. From there you go to Stripe, where you choose how to pay. To refuse, do nothing: the link expires on { $until }.
add-to-the-wallet = Add { $amount } to the wallet?
asks-for-the-link-expires-on = { $agent } asks for { $amount }. The link expires on { $until }.
asks-for-money-in-its-wallet = { $agent } asks for money in its wallet
are-left-in-it = { $left } are left in it

## mails/notice
the-wallet-runs-low = The wallet runs low
the-wallet-is-empty = The wallet is empty
has = has { $left }
has-used-of = { $agent } has used { $used } of { $limit }
payments-of-were-declined-in-a = { $count } payments of { $agent } were declined in a row
your-week = Your week
your-day = Your day
notice-paid = { $total } paid
the-wallet-of = The wallet of { $agent }
notice-the-wallet-of = The wallet of { $org }
has-left-to-spend = has { $left } left to spend.
you-wanted-to-know-when-it = You wanted to know when it falls below { $below }.
until-money-comes-in-payments-from = Until money comes in, payments from it are declined.
has-used-of-the-that-it = { $agent } has used { $used } of the { $limit } that it may spend
in-a-day = in a day
in-a-week = in a week
in-a-month = in a month
notice-in-all = in all
what-goes-beyond-is-declined = What goes beyond is declined.
the-policy-of-declined-payments-one = The policy of { $agent } declined { $count } payments, one after the other. The reason of the last one: { $reason }
perhaps-the-policy-needs-a-change = Perhaps the policy needs a change, or the agent does.
from-to = From { $from } to { $to }
on = On { $from }
were-paid = { $total } were paid.
notice-paid-2 = paid
in-payments = { $amount } in { $paid } { $paid ->
    [one] payment
   *[other] payments
}
notice-refunded = refunded
notice-asked = asked
notice-declined = declined
notice-no-more-of-these-mails = No more of these mails: { $link }
most-of-a-limit-is-used = Most of a limit is used
declined-in-a-row = Declined in a row
payments-declined-in-a-row = { $count } payments declined in a row
notice-the-policy-of-declined-payments-one = The policy of { $agent } declined { $count } payments, one after the other. The reason of the last one: { $reason }. Perhaps the policy needs a change, or the agent does.
notice-refunded-2 = { $refunded } refunded
asked-declined = { $asked } asked, { $declined } declined
notice-you-get-this-as-an-owner = You get this as an owner of { $org }. { $at }
notice-no-more-of-these-mails-2 = No more of these mails

## mails/bot_registered
is-your-bot = Is { $name } your bot?
a-bot-registered-with-bursar-and = A bot registered with Bursar and named you as its owner. It calls itself “{ $name }”. Until you claim it, it can spend nothing.
bot-registered-says-the-bot-not-checked-by = SAYS THE BOT (not checked by Bursar)
it-is-mine = It is mine
claim-it-here = Claim it here:
the-page-asks-for-this-claim = The page asks for this claim token:
good-once-until-afterwards-it-asks = Good once, until { $until }. Afterwards it asks you before every payment, until you give it limits.
bot = Bot { $id }
bot-registered-it-named-you-as-its-owner = It named you as its owner. Until you claim it, it can spend nothing.
bot-registered-a-bot-registered-with-bursar-and = A bot registered with Bursar and named you as its owner. Until you claim it, it can spend nothing.
says-the-bot = Says the bot
it-is-mine-claim-it = It is mine: claim it
good-once-until-afterwards-the-bot = Good once, until { $until }. Afterwards the bot asks you before every payment, until you give it limits.
registered-on-from-do-not-forward = Registered on { $at } from { $address }. Do not forward this mail: whoever has the token can claim the bot.

## mails/invited
join-on-bursar = Join { $org } on Bursar
asks-you-to-join-which-keeps = { $by } asks you to join { $org }, which keeps the budget of its AI agents with Bursar. { $may }
sign-in-with-this-address-and = Sign in with this address and accept:
the-invitation-is-good-until = The invitation is good until { $until }.
invited-bursar-the-treasury-for-ai-agents = Bursar, the treasury for AI agents. Do you not know who asks? Then do nothing.
asks-you-to-join = { $by } asks you to join.
sign-in-and-accept = Sign in and accept
sign-in-with-the-address-that = Sign in with the address that this mail went to. The invitation is good until { $until }.
do-you-not-know-who-asks = Do you not know who asks? Then do nothing.

## mails/sign_in
sign-in-to-bursar = Sign in to Bursar
open-this-link-in-the-browser = Open this link in the browser in which you asked for it:
it-works-once-until = It works once, until { $until }.
nobody-asked-then-do-nothing-without = Nobody asked? Then do nothing: without this mail nobody gets in.
sign-in-bursar-the-treasury-for-ai-agents = Bursar, the treasury for AI agents. Do not forward this mail.
the-link-works-once-in-the = The link works once, in the browser in which you asked for it.
sign-in-open-this-link-in-the-browser = Open this link in the browser in which you asked for it.
it-works-once-until-nobody-asked = It works once, until { $until }. Nobody asked? Then do nothing: without this mail nobody gets in.

## mails/mail_test
mails-from-bursar-arrive = Mails from Bursar arrive
this-is-the-test-that-you = This is the test that you asked for. There is nothing to do.
server = Server
sent = Sent
links-in-approval-mails-lead-to = Links in approval mails lead to this server. Should its address be wrong, people could not decide: correct it in the settings.
mail-test-this-is-the-test-that-you = This is the test that you asked for.
