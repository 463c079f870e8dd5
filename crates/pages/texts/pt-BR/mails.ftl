## mails/test_mode
test-mode-test-mode = Modo de teste.

## mails/claim
links-in-it-are-broken-on = ; os links foram desativados de propósito

## mails/stand_in
you-stand-in-for = Você está substituindo { $others }.

## mails/approval_asked
reminder-approve-to-is-asking = Lembrete: aprovar { $amount } para { $merchant }? Pedido de { $agent }
approve-to-is-asking = Aprovar { $amount } para { $merchant }? Pedido de { $agent }
test-mode-no-real-money-moves = MODO DE TESTE. Nenhum dinheiro real é movimentado.
you-have-not-decided-yet-and = Você ainda não decidiu, e resta pouco tempo.
approval-asked-asks-to-pay = { $agent } pede para pagar { $amount }
merchant = Para
approval-asked-one-of-your-payees = entre os seus favorecidos
approval-asked-not-one-of-your-payees = fora dos seus favorecidos
approval-asked-not-known = desconhecida
says-the-agent-not-checked-by = Diz o agente (não verificado pelo Bursar; os links foram desativados de propósito):
approval-asked-says-the-agent-not-checked-by = Diz o agente (não verificado pelo Bursar):
approval-asked-why-you-are-asked = Por que perguntamos a você:
what-would-be-left-with-this = O que sobraria, já contando este pagamento:
of = { $left } de { $limit }
approval-asked-wallet = Carteira: { $wallet }
approval-asked-approve = Aprovar
approval-asked-decline = Recusar
both-links-open-a-page-that = Os dois links abrem uma página que pergunta mais uma vez; abrir não decide nada.
decide-by = Decida até { $until }.
if-nobody-does-nothing-is-paid = Se ninguém decidir, nada é pago e o valor reservado é liberado.
bursar-for-you-get-this-as = Bursar para { $org }. Você recebe este e-mail como proprietário ou aprovador.
whoever-has-these-links-can-decide = Quem tiver estes links pode decidir, então não encaminhe este e-mail.
approval-asked-to = { $amount } para { $merchant }.
for = para { $org }
approval-asked-to-2 = para
review-and-approve = Revisar e aprovar
approval-asked-decide-by-if-nobody-does-nothing = Decida até { $until }. Se ninguém decidir, nada é pago e o valor reservado é liberado.
approval-asked-what-would-be-left-with-this = O que sobraria, já contando este pagamento
you-get-this-as-an-owner = Você recebe este e-mail como proprietário ou aprovador de { $org }. Quem tiver estes links pode decidir, então não encaminhe este e-mail.

## mails/approval_timed_out
not-paid-nobody-decided-in-time = Não pago: ninguém decidiu a tempo sobre { $amount } para { $merchant }
nobody-decided-in-time-nothing-was = Ninguém decidiu a tempo. Nada foi pago, e o valor reservado foi liberado. { $agent } foi avisado e pode pedir de novo.
approval-timed-out-amount = Valor
time-ended = Prazo encerrado em { $until }
said-the-agent-not-checked-by = Disse o agente (não verificado pelo Bursar; os links foram desativados de propósito):
approval-timed-out-said-the-agent-not-checked-by = Disse o agente (não verificado pelo Bursar):
approval-timed-out-not-paid-nobody-decided-in-time = Não pago: ninguém decidiu a tempo
to-was-not-paid = { $amount } para { $merchant } não foi pago.
approval-timed-out-nothing-was-paid-and-the-money = Nada foi pago, e o valor reservado foi liberado. { $agent } foi avisado e pode pedir de novo.
approval-timed-out-time-ended = Prazo encerrado em
approval-timed-out-you-get-this-as-an-owner = Você recebe este e-mail como proprietário ou aprovador de { $org }.

## mails/agent_frozen
frozen-can-spend-nothing-until-an = Congelado: { $agent } não pode gastar nada até que um proprietário o descongele
is-frozen-it-can-spend-nothing = { $agent } está congelado. Não pode gastar nada até que um proprietário o descongele. O que ele pediu e ainda não foi enviado é cancelado. O que já foi enviado segue adiante.
agent-frozen-why = Por quê
it-asked-for-more-than-payments = Ele pediu mais de { $requests } pagamentos em { $seconds } segundos, e a proteção automática (circuit breaker) foi acionada. A configuração vem de: { $setting }
froze-it = { $by } o congelou.
their-reason = Motivo informado:
how-to-unfreeze-it = Como descongelar
only-a-person-can-look-at = Só uma pessoa pode fazer isso. Veja primeiro o que ele pediu; depois, como proprietário:
agent-frozen-bursar-for-you-get-this-as = Bursar para { $org }. Você recebe este e-mail como proprietário.
frozen-on = Congelado em { $at }
agent = Agente { $id }
agent-frozen = Agente congelado
can-spend-nothing-until-an-owner = { $agent } não pode gastar nada até que um proprietário o descongele.
is-frozen = { $agent } está congelado
it-can-spend-nothing-until-an = Não pode gastar nada até que um proprietário de { $org } o descongele. O que ele pediu e ainda não foi enviado é cancelado. O que já foi enviado segue adiante.
agent-frozen-it-asked-for-more-than-payments = Ele pediu mais de { $requests } pagamentos em { $seconds } segundos, e a proteção automática (circuit breaker) foi acionada. A configuração vem de { $setting }.
agent-frozen-their-reason = Motivo informado: “{ $reason }”
frozen-on-you-get-this-as = Congelado em { $at }. Você recebe este e-mail como proprietário de { $org }.

## mails/org_frozen
frozen-nothing-in-can-be-spent = Congelado: nada em { $org } pode ser gasto até que um proprietário descongele
all-of-is-frozen-none-of = Toda a organização { $org } está congelada. Nenhum dos agentes pode gastar até que um proprietário a descongele. O que eles pediram e ainda não foi enviado é cancelado, e as páginas em que alguém poderia pagar estão fechadas. O que já foi enviado segue adiante.
members-who-are-no-owners-were = Membros que não são proprietários foram desconectados. Proprietários entram como antes, para ver e descongelar.
froze-it-their-reason = { $by } a congelou. Motivo informado:
org-frozen-only-a-person-can-look-at = Só uma pessoa pode fazer isso. Veja primeiro o que aconteceu; depois, como proprietário:
org = Organização { $id }
org-frozen = Organização congelada
nothing-in-can-be-spent-until = Nada em { $org } pode ser gasto até que um proprietário descongele.
org-frozen-is-frozen = { $org } está congelada
none-of-its-agents-can-spend = Nenhum dos agentes pode gastar até que um proprietário a descongele. O que eles pediram e ainda não foi enviado é cancelado, e as páginas em que alguém poderia pagar estão fechadas. O que já foi enviado segue adiante.
org-frozen-froze-it-their-reason = { $by } a congelou. Motivo informado: “{ $reason }”

## mails/alert
more-was-taken-than-was-held = Foi debitado mais do que o reservado
money-was-taken-that-was-not = Foi debitado um valor que não estava reservado
a-card-purchase-passed-without-your-yes = Uma compra com cartão passou sem o seu sim
the-network-allowed-it-by-itself = A rede do cartão autorizou { $amount } sem perguntar ao Bursar, ou depois de um não. O valor está retido agora e conta no orçamento, seja qual for o limite. Se algo estiver errado, congele o cartão e peça ao comerciante que desfaça a compra.
a-payment-is-disputed = Um pagamento foi contestado
a-refund-failed = Um reembolso falhou
a-bank-took-back-what-was = Um banco estornou um valor que havia entrado
a-payment-was-not-credited = Um pagamento não foi creditado
was-taken-though-only-was-approved = Foram debitados { $amount }, embora só { $held } estivessem aprovados e reservados.
was-taken-though-nothing-was-approved = Foram debitados { $amount }, embora nada estivesse aprovado e reservado para isso.
it-is-booked-and-counts-against = O valor foi lançado e conta no orçamento. Se o saldo ficou negativo, os gastos pré-pagos param até que deixe de estar.
a-bank-took-back-it-is = Um banco estornou { $amount }. O valor foi lançado.
its-reason = Motivo do banco: { $reason }
evidence-can-be-given-to-until = Provas podem ser enviadas a { $rail } até { $by }.
did-not-come-back-the-payment = { $amount } não voltaram. O pagamento continua como estava, e o reembolso pode ser tentado de novo.
the-reason-given = Motivo informado: { $reason }
a-bank-took-back-that-had = Um banco estornou { $amount } que haviam entrado na carteira. O valor foi lançado. Se o saldo ficou negativo, os gastos pré-pagos param até que deixe de estar.
was-asked-for-and-something-else = Foram pedidos { $amount }, e o que foi pago é outra coisa. Nada foi creditado: veja o pagamento no Stripe e devolva-o por lá ou registre um depósito.
alert-agent = Agente
rail = Meio
when = Quando
none-that-bursar-knows = nenhuma que o Bursar conheça
only-was-approved-and-held = Só { $held } estavam aprovados e reservados.
nothing-was-approved-and-held-for = Nada estava aprovado e reservado para isso.
a-bank-took-it-back = Um banco estornou o valor
its-reason-is = ; o motivo é { $reason }
it-is-booked = O valor foi lançado.
the-money-did-not-come-back = O dinheiro não voltou
the-reason-given-is = ; o motivo informado é { $reason }
the-payment-stands-as-it-was = O pagamento continua como estava, e o reembolso pode ser tentado de novo.
it-had-been-paid-into-the = O valor havia entrado na carteira, e o estorno foi lançado. Se o saldo ficou negativo, os gastos pré-pagos param até que deixe de estar.
that-was-asked-for-and-something = Esse valor foi pedido, e o que foi pago é outra coisa. Nada foi creditado: veja o pagamento no Stripe e devolva-o por lá ou registre um depósito.
alert-you-get-this-as-an-owner = Você recebe este e-mail como proprietário de { $org }.

## mails/case_opened
a-case-about-the-books-and = Um caso sobre { $amount }: os livros e o meio de pagamento divergem
is-at-stake = { $cause } O valor em jogo é { $amount }.
nothing-was-corrected-somebody-has-to = Nada foi corrigido: alguém precisa verificar.
about = Sobre
we-say = Nós
they-say = Eles
what-to-do = O que fazer
look-at-it-take-it-and = Veja o caso, assuma-o e resolva-o com o que encontrou. Ele se encerra sozinho quando a diferença some.
opened-on = Aberto em { $at }
case = Caso { $id }
a-case-about-money = Um caso sobre dinheiro
is-at-stake-the-books-and = O valor em jogo é { $amount }: os livros e o meio de pagamento divergem.
a-case-about = Um caso sobre { $amount }
is-at-stake-nothing-was-corrected = { $cause } O valor em jogo é { $amount }. Nada foi corrigido: alguém precisa verificar.
case-opened-about = Sobre { $reference }
case-opened-we-say = Nós dizemos { $ours }
case-opened-they-say = Eles dizem { $theirs }
opened-on-you-get-this-as = Aberto em { $at }. Você recebe este e-mail como proprietário de { $org }.

## mails/endpoint_disabled
webhooks-stopped-is-no-longer-told = Webhooks parados: { $agent } não é mais avisado em { $host }
webhooks-stopped-your-org-is-no = Webhooks parados: sua organização não é mais avisada em { $host }
webhooks-to-this-address-stopped-because = Os webhooks para este endereço pararam, porque { $reason }:
payments-go-on-as-before-only = Os pagamentos continuam como antes; só não avisamos mais ninguém por lá. Um agente ainda pode buscar suas mensagens.
how-to-start-them-again = Como retomar
once-the-receiver-answers-as-an = Quando o destino voltar a responder, como proprietário:
what-was-missed-can-be-sent = O que se perdeu pode ser reenviado, até 30 dias atrás.
it-tells-of-the-agent = Ele avisa sobre o agente { $agent }.
stopped-on = Parado em { $at }
endpoint = Endpoint { $id }
webhooks-stopped = Webhooks parados
messages-to-are-no-longer-sent = Mensagens para { $url } não são mais enviadas.
stopped-on-you-get-this-as = Parado em { $at }. Você recebe este e-mail como proprietário de { $org }.

## mails/payment_method
if-this-was-not-you-or = Se não foi você nem outro proprietário
remove-it-and-look-at-who = Remova-a e verifique quem são os proprietários:
payment-method-bursar-for-you-get-this-as = Bursar para { $org }. Você recebe este e-mail como proprietário; não é possível desativá-lo.
by-on = Por { $by }, em { $at }
payment-method = Forma de pagamento { $id }
by-on-you-get-this-as = Por { $by }, em { $at }. Você recebe este e-mail como proprietário de { $org }; não é possível desativá-lo.

## mails/auto_topup_paused
automatic-top-up-stopped-s-wallet = Recarga automática parada: a carteira de { $agent } não é mais recarregada sozinha
automatic-top-up-stopped-your-orgs = Recarga automática parada: a carteira da sua organização não é mais recarregada sozinha
could-not-be-put-into-s = Não foi possível colocar { $amount } na carteira de { $agent }, porque { $says }.
could-not-be-put-into-the = Não foi possível colocar { $amount } na carteira da organização, porque { $says }.
nothing-was-charged-and-it-is = Nada foi cobrado, e não haverá nova tentativa automática.
how-to-go-on = Como continuar
save-another-payment-method-or-put = Salve outra forma de pagamento ou corrija esta e defina a regra de novo:
until-then-agents-spend-what-is = Até lá, os agentes gastam o que resta, e depois nada.
automatic-top-up-stopped = Recarga automática parada
could-not-be-put-in-because = Não foi possível recarregar { $amount }, porque { $says }.
auto-topup-paused-stopped-on-you-get-this-as = Parada em { $at }. Você recebe este e-mail como proprietário de { $org }; não é possível desativá-lo.

## mails/card_asked
a-card-for-it-is-asking = Um cartão para { $agent }? É um pedido do agente
asks-for-a-virtual-card = { $agent } pede um cartão virtual
for-one-payment = para um pagamento
to-be-used-only-at = , para usar somente em { $merchant }
look-and-answer = Ver e responder
the-link-opens-a-page-that = O link abre uma página que pergunta mais uma vez; abrir não muda nada. O cartão segue os limites do agente, e o número só é mostrado ao agente quando um proprietário permitir com uma chave de acesso. Para recusar, não faça nada: o link expira em { $until }.
a-card-for-an-agent = Um cartão para um agente?
asks-for-a-card-the-link = { $agent } pede um cartão. O link expira em { $until }.
a-virtual-card = Um cartão virtual
card-asked-the-link-opens-a-page-that = O link abre uma página que pergunta mais uma vez; abrir não muda nada. O cartão segue os limites do agente, e o número só é mostrado ao agente quando um proprietário permitir com uma chave de acesso. Para recusar, não faça nada: o link expira em { $until }.

## mails/card_accessed
looked-at-the-number-of-its = { $agent } consultou o número do cartão
looked-at-its-card = { $agent } consultou o cartão
looked-at-its-card-that-ends = { $agent } consultou o cartão com final { $last4 }
and-asked-for-the-whole-number = , e pediu o número completo.
the-number-was-not-shown = ; o número não foi mostrado.
from = De
key = Chave
is-that-not-what-you-expect = Não esperava por isso? Bloqueie o cartão, como proprietário:
card-accessed-bursar-for-you-get-this-as = Bursar para { $org }. Você recebe este e-mail como proprietário, a cada consulta.
card-accessed-card = Cartão { $id }
a-look-at-a-card = Uma consulta a um cartão
card-accessed-looked-at-the-number-of-its = { $agent } consultou o número do cartão.
card-accessed-looked-at-its-card = { $agent } consultou o cartão.
the-card-ends-in = O cartão tem final { $last4 }.
the-whole-number-was-asked-for = O número completo foi pedido.
card-accessed-the-number-was-not-shown = O número não foi mostrado.
card-accessed-when = Quando: { $at }
card-accessed-from = De: { $address }
card-accessed-key = Chave: { $id }
card-accessed-is-that-not-what-you-expect = Não esperava por isso?
stop-the-card-as-an-owner = Bloqueie o cartão, como proprietário:
card-accessed-you-get-this-as-an-owner = Você recebe este e-mail como proprietário de { $org }, a cada consulta.

## mails/topup_asked
add-to-the-wallet-is-asking = Adicionar { $amount } à carteira? Pedido de { $agent }
asks-for-in-its-wallet = { $agent } pede { $amount } na carteira
left-in-it = Saldo
look-and-pay = Ver e pagar
topup-asked-the-link-opens-a-page-that = O link abre uma página que pergunta mais uma vez; abrir não muda nada. De lá você vai ao Stripe, onde escolhe como pagar. Para recusar, não faça nada: o link expira em { $until }.
add-to-the-wallet = Adicionar { $amount } à carteira?
asks-for-the-link-expires-on = { $agent } pede { $amount }. O link expira em { $until }.
asks-for-money-in-its-wallet = { $agent } pede dinheiro na carteira
are-left-in-it = Restam { $left }

## mails/notice
the-wallet-runs-low = Saldo baixo na carteira
the-wallet-is-empty = A carteira está vazia
has = tem { $left }
has-used-of = { $agent } já usou { $used } de { $limit }
payments-of-were-declined-in-a = { $count } pagamentos de { $agent } foram recusados em sequência
your-week = Sua semana
your-day = Seu dia
notice-paid = { $total } pagos
the-wallet-of = A carteira de { $agent }
notice-the-wallet-of = A carteira de { $org }
has-left-to-spend = ainda tem { $left } para gastar.
you-wanted-to-know-when-it = Você pediu para saber quando ficasse abaixo de { $below }.
until-money-comes-in-payments-from = Até entrar dinheiro, os pagamentos feitos por ela são recusados.
has-used-of-the-that-it = { $agent } já usou { $used } dos { $limit } que pode gastar
in-a-day = por dia
in-a-week = por semana
in-a-month = por mês
notice-in-all = no total
what-goes-beyond-is-declined = O que passar disso é recusado.
the-policy-of-declined-payments-one = A política de { $agent } recusou { $count } pagamentos, um após o outro. O motivo do último: { $reason }
perhaps-the-policy-needs-a-change = Talvez a política precise de um ajuste, ou o agente.
from-to = De { $from } a { $to }
on = Em { $from }
were-paid = { $total } foram pagos.
notice-paid-2 = pago
in-payments = { $amount } em { $paid } { $paid ->
    [one] pagamento
   *[other] pagamentos
}
notice-refunded = reembolso
notice-asked = perguntas
notice-declined = recusas
notice-no-more-of-these-mails = Não receber mais estes e-mails: { $link }
most-of-a-limit-is-used = Limite quase atingido
declined-in-a-row = Recusas em sequência
payments-declined-in-a-row = { $count } pagamentos recusados em sequência
notice-the-policy-of-declined-payments-one = A política de { $agent } recusou { $count } pagamentos, um após o outro. O motivo do último: { $reason }. Talvez a política precise de um ajuste, ou o agente.
notice-refunded-2 = { $refunded } reembolsados
asked-declined = Perguntas: { $asked }; recusas: { $declined }
notice-you-get-this-as-an-owner = Você recebe este e-mail como proprietário de { $org }. { $at }
notice-no-more-of-these-mails-2 = Não receber mais estes e-mails

## mails/bot_registered
is-your-bot = { $name } é o seu bot?
a-bot-registered-with-bursar-and = Um bot se registrou no Bursar e indicou você como proprietário. Ele se chama “{ $name }”. Até que você o assuma, ele não pode gastar nada.
bot-registered-says-the-bot-not-checked-by = DIZ O BOT (não verificado pelo Bursar)
it-is-mine = É meu
claim-it-here = Assuma-o aqui:
the-page-asks-for-this-claim = A página pede este código de posse:
good-once-until-afterwards-it-asks = Vale uma vez, até { $until }. Depois disso, ele pergunta a você antes de cada pagamento, até que você defina limites.
bot = Bot { $id }
bot-registered-it-named-you-as-its-owner = Ele indicou você como proprietário. Até que você o assuma, ele não pode gastar nada.
bot-registered-a-bot-registered-with-bursar-and = Um bot se registrou no Bursar e indicou você como proprietário. Até que você o assuma, ele não pode gastar nada.
says-the-bot = Diz o bot
it-is-mine-claim-it = É meu: assumir
good-once-until-afterwards-the-bot = Vale uma vez, até { $until }. Depois disso, o bot pergunta a você antes de cada pagamento, até que você defina limites.
registered-on-from-do-not-forward = Registrado em { $at }, a partir de { $address }. Não encaminhe este e-mail: quem tiver o código pode assumir o bot.

## mails/invited
join-on-bursar = Participe de { $org } no Bursar
asks-you-to-join-which-keeps = { $by } convida você a participar de { $org }, que administra o orçamento de seus agentes de IA com o Bursar. { $may }
sign-in-with-this-address-and = Entre com este endereço e aceite:
the-invitation-is-good-until = O convite vale até { $until }.
invited-bursar-the-treasury-for-ai-agents = Bursar, a tesouraria para agentes de IA. Não conhece quem convidou? Então não faça nada.
asks-you-to-join = { $by } convida você a participar.
sign-in-and-accept = Entrar e aceitar
sign-in-with-the-address-that = Entre com o endereço que recebeu este e-mail. O convite vale até { $until }.
do-you-not-know-who-asks = Não conhece quem convidou? Então não faça nada.

## mails/sign_in
sign-in-to-bursar = Entrar no Bursar
open-this-link-in-the-browser = Abra este link no navegador em que você o pediu:
it-works-once-until = Ele funciona uma vez, até { $until }.
nobody-asked-then-do-nothing-without = Não pediu nada? Então não faça nada: sem este e-mail, ninguém entra.
sign-in-bursar-the-treasury-for-ai-agents = Bursar, a tesouraria para agentes de IA. Não encaminhe este e-mail.
the-link-works-once-in-the = O link funciona uma vez, no navegador em que você o pediu.
sign-in-open-this-link-in-the-browser = Abra este link no navegador em que você o pediu.
it-works-once-until-nobody-asked = Ele funciona uma vez, até { $until }. Não pediu nada? Então não faça nada: sem este e-mail, ninguém entra.

## mails/mail_test
mails-from-bursar-arrive = Os e-mails do Bursar estão chegando
this-is-the-test-that-you = Este é o teste que você pediu. Não há nada a fazer.
server = Servidor
sent = Enviado em
links-in-approval-mails-lead-to = Os links dos e-mails de aprovação levam a este servidor. Se o endereço estiver errado, ninguém conseguirá decidir: corrija-o nas configurações.
mail-test-this-is-the-test-that-you = Este é o teste que você pediu.
