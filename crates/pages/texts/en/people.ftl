## people/sign_in
sign-in = Sign in
for-people-who-own-agents-decide = For people who own agents, decide on their payments, or look after their budget.
with-a-passkey = With a passkey
sign-in-with-a-passkey = Sign in with a passkey
with-an-account-of-your-company = With an account of your company
with-a-link-by-mail = With a link by mail
your-e-mail-address = Your e-mail address
we-send-a-link-it-opens = We send a link. It opens only this browser, once, within a quarter of an hour.
send-me-a-link = Send me a link

## people/sign_in_sent
look-into-your-mail = Look into your mail
if-somebody-at = If somebody at
may-sign-in-here-a-link = may sign in here, a link is on its way. Open it in this browser, within a quarter of an hour.
use-another-address = Use another address

## people/sign_in_confirm
sign-in-as = Sign in as { $email }?
you-asked-for-this-link-in = You asked for this link in this browser.

## people/claim
claim-a-bot = Claim a bot
it-becomes-yours-it-spends-your = It becomes yours: it spends your money, under your rules. Nobody else can claim it afterwards.
says-the-bot-not-checked-by = — says the bot, not checked by Bursar
registered-on-from = Registered on { $at } from { $address }
is-it-yours = Is it yours?
claim-token = Claim token
the-bot-got-it-when-it = The bot got it when it registered; so did you, by mail.
who-pays-for-it = Who pays for it
claim-test = (test)
what-it-may-spend = What it may spend
left-empty-it-asks-you-before = Left empty, it asks you before every payment. Limits take your passkey.
a-day = A day
a-payment = A payment
ask-me-above = Ask me above
claim-it = Claim it

## people/refuse
do-you-not-know-this-bot = Do you not know this bot?
do-you-not-know = Do you not know { $name }?
it-named-you-as-its-owner = It named you as its owner. If you refuse it, its key opens nothing, for good. If you do nothing, it can spend nothing either.
i-do-not-know-this-bot = I do not know this bot
it-is-mine-after-all = It is mine after all

## people/account
your-account = Your account
sign-out = Sign out
you-look-at-as = You look at { $org }, as { $role }.
you-are-in-no-org-yet = You are in no org yet. Claim a bot, or accept an invitation.
join-as = Join { $org } as { $role }?
asked-by-open-until = Asked by { $by }. Open until { $until }.
join = Join
your-orgs = Your orgs
look-at = Look at
change = Change
bots = Bots
none-named-you-somebody-gave-you = None named you. Somebody gave you a claim token?
claim-the-bot = Claim the bot
claim = Claim
send-a-fresh-token = Send a fresh token
i-do-not-know-it = I do not know it
passkeys = Passkeys
your-finger-face-or-device-says = Your finger, face or device says that it is you: when you sign in, raise a limit, or invite somebody.
added-on = Added on { $at }
last-used-on = , last used on { $used }
remove = Remove
name-of-a-new-one = Name of a new one
add-a-passkey = Add a passkey
this-server-is-reached-by-a = This server is reached by a bare address, and passkeys need a name. Its operator can set one (BURSAR_PUBLIC_URL).
where-you-are-signed-in = Where you are signed in
this-one = this one
by-on-from-last-seen-on = By { $method } on { $at } from { $address }; last seen on { $seen }

## first_run/form
set-up-bursar = Set up Bursar
you-become-the-owner-this-makes = You become the owner. This makes your org and its first agent, and shows you the agent's key. The link works once.
first-run-you = You
you-sign-in-with-it-and = You sign in with it, and get a mail when an agent needs your word.
first-run-your-org = Your org
first-run-name = Name
first-run-time-zone = Time zone
first-run-currency = Currency
limits-of-a-day-begin-at = Its days, weeks and months begin at midnight there.
it-is-a-test-org-no-real-money = It is an org for tests, for good: it reaches no real money.
your-first-agent = Your first agent
first-run-most-a-day = Daily limit
both-left-empty-it-asks-you = With both left empty it asks you before every payment.
first-run-make-them = Set it up

## first_run/done
first-run-is-ready = { $org } is ready
you-are-signed-in-this-page = You are signed in as its owner. Keep what you need from this page: it is not shown again.
the-key-of = The key of { $agent }
shown-this-once = — shown this once
give-it-to-the-agent-as = Put it into the agent's environment, never into a prompt or a file of a project.
first-run-agent = Agent
first-run-key = Key
first-run-org = Org
what-to-do-next = What to do next
put-test-money-into-the-wallet = Put test money into the wallet, where the server runs:
fill-the-wallet-when-money-came = Book what you paid in, where the server runs:
have-the-agent-ask-for-a-payment = Have the agent ask for a payment:
decide-by-the-mail-that-comes = Where it needs you, a mail comes with a link to decide by.
add-a-passkey-to-your-account = Add a passkey within a quarter of an hour, to sign in and to raise limits with.
