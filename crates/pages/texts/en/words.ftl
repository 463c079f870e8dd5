## mails/alerts
alert-transaction = Transaction
alert-paid-in-as = Paid in as

## mails/topup
an-agent = An agent

## mails/funding
a-payment-method-was-saved = A payment method was saved
a-payment-method-is-charged = A payment method is charged from now on
a-payment-method-was-removed = A payment method was removed
a-payment-method-has-ended = A payment method has ended
nothing-new-is-charged-to-it = Nothing new is charged to it.
it-can-no-longer-be-charged = It can no longer be charged: { $reason }. What it was charged for waits for another one.
charged-for-topups-and-payments = Automatic top-ups may charge it, and your agents' payments on the rail stripe are charged to it.
charged-for-topups = Automatic top-ups may charge it.
charged-for-payments = Your agents' payments on the rail stripe are charged to it.
the-command-line = the command line
its-payment-method-can-no-longer-be-charged = its payment method can no longer be charged
the-bank-wants-each-payment-confirmed = the bank wants the cardholder to confirm each payment
there-was-not-enough-money = there was not enough money behind the payment method
stripe-never-received-the-request = Stripe never received the request
the-payment-method-was-refused = the payment method was refused ({ $code })

## mails/people
as-an-owner-you-may = As an owner you may do everything: set limits, decide on payments, invite others.
as-an-approver-you-may = As an approver you look at everything and decide on payments that wait for a yes.
as-a-viewer-you-may = As a viewer you look at everything and change nothing.

## people/account
my-phone = My phone
remove-named = Remove { $name }
status-pending = pending
status-claimed = claimed
status-refused = refused
status-expired = expired
role-owner = owner
role-approver = approver
role-viewer = viewer
method-mail = mail
method-passkey = passkey
method-oidc = oidc
method-first-run = the first run
browser-on-system = { $browser } on { $system }
a-browser = A browser

## people who decided
the-agent = the agent
an-owner-by-the-admin-key = an owner, by the org's admin key
an-owner-on-the-command-line = an owner, on the command line

## answers of pages
that-was-too-often = That was too often
you-are-signed-out = You are signed out
sign-in-again = Sign in again
that-did-not-work = That did not work
go-to-your-account = Go to your account
try-again-in-minutes = Try again in { $minutes } minutes.
on-to = On to { $name }
you-sign-in-there-and-come-back = You sign in there, and come back here.
back-to-signing-in = Back to signing in
they-said-no = { $name } says that you, or those who run it, said no. Nobody was signed in.
they-answered-with-an-error = { $name } answered with the error “{ $error }”. Nobody was signed in.
you-did-not-sign-in = You did not sign in
you-are-not-signed-in = You are not signed in
you-are-not-invited = You are not invited
begin-again = Begin again
we-asked-where-your-account-is = We asked where your account is ({ $name }): { $why }.
oidc-unreachable = it cannot be reached just now; nobody was signed in
oidc-refused = what it answered does not prove who you are; begin again
oidc-no-email = it names no e-mail address of yours, and without one nobody can sign in
oidc-unverified = it does not say that your e-mail address is verified; have that done there, or use a link by mail
oidc-over = This was begun in another browser, used before, or took too long; begin again.
oidc-not-invited = Only members and those who were invited may sign in here; ask an owner to invite this address.
open-it-where-you-asked-for-it = Open it where you asked for it
this-link-is-over = This link is over
this-link-leads-nowhere = This link leads nowhere
ask-for-a-new-link = Ask for a new link
it-asks-you-before-every-payment = It asks you before every payment, by mail, until you give it limits.
it-pays-within-the-limits = It pays within the limits that you gave it, and asks you beyond them where you said so.
an-org-was-made-for-you = An org was made for you: { $org }.
it-belongs-to = It belongs to { $org }.
is-yours = { $name } is yours
this-bot-was-claimed = This bot was claimed
somebody-said-that-it-is-theirs = Somebody said that it is theirs. If that was not you, it is not your money either.
it-is-over-already = It is over already
nobody-claimed-this-bot-in-time = Nobody claimed this bot in time, so it can do nothing.
refused-for-good = Refused
its-key-opens-nothing = Its key opens nothing, for good. There is nothing else to do.
write-an-address = Write an e-mail address such as owner@example.com.
write-an-amount = Write an amount such as 20.00.
write-a-name = Write a name of 1 to 100 letters.
write-a-time-zone = Write a time zone such as America/Sao_Paulo.
write-a-currency = Write a currency by its three letters, such as USD.
this-server-is-set-up = This server is set up already
sign-in-or-have-an-owner-invite-you = Sign in, or have one of its owners invite you.
this-link-is-not-the-newest = This link leads nowhere any more
start-the-server-again-for-a-new-link = It is not the newest, or too old. Start the server again: it prints a new one.
problem-claim-token = This claim token is wrong, was used before or is too old; have a fresh one sent.
problem-sign-in-unknown = This link is not known; ask for a new one.
problem-sign-in-over = This link was used before or is too old; ask for a new one.
problem-other-browser = Open this link in the browser in which you asked for it.
problem-step-up = This needs your passkey once more: POST /v1/step-up, or use the page; without a passkey, add one first.
problem-no-passkey = You have no passkey yet: add one first, right after signing in by mail.
problem-no-org = None of your orgs can take this bot: ask whoever runs this server to invite you as an owner.
problem-too-many = Too many tries. Wait a little.
problem-other = { $detail }
that-did-not-work-try-again = That did not work. Try again.
your-device-did-not-answer = Your device did not answer. Try again.

## mails/endpoint
it-answered-410 = it answered 410
nothing-was-taken-for-days = nothing that was sent there was taken for days

## chats
chat-an-agent-asks-to-pay = An agent asks to pay { $amount }
chat-reminder-an-agent-asks-to-pay = Reminder: an agent asks to pay { $amount }
chat-agent = Agent
chat-org = For
chat-decided-by = By
chat-decided-before = Decided before: { $status }. Nothing else was done.
chat-your-word-is-taken = Your word was taken: { $status }.
chat-not-for-you = These buttons are for somebody else. Nothing was decided.
chat-not-linked = This chat is linked to nobody any more. Nothing was decided. Link it again in Bursar.
chat-may-not-decide = You may no longer decide about this org's payments. Nothing was decided.
chat-not-known = Bursar does not know this question. Nothing was decided.
chat-payment-changed = The payment is no longer what you were shown. Nothing was decided.
chat-press-again = It is not certain that this was taken. Press again in a moment.
chat-linked = Done. What waits for { $email } at { $org } is asked here too from now on. Send /stop to end that.
chat-code-over = This code is wrong, was used before, or is too old. Make a new one in Bursar and open its link.
chat-too-many-codes = Too many tries. Wait ten minutes, make a new code in Bursar and open its link.
chat-account-taken = This account speaks for another member of { $org } already. Send /stop to end that, then open the link once more.
chat-ended = Done. Nothing is asked here any more.
chat-nothing-to-end = This chat is linked to nobody.
chat-help = Here Bursar asks you about payments of your agents. To link this chat, sign in to Bursar, make a code for Telegram and open its link. Send /stop to end that.
open-the-dashboard = Open the dashboard
watch-it-and-decide-there = See what it spends, and decide what waits for you.
