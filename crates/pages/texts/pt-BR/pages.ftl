## layout
bursar-the-treasury-for-ai-agents = Bursar, a tesouraria para agentes de IA.

## payment
test-mode = Modo de teste
no-real-money-moves = Nenhum dinheiro real é movimentado.
transaction = Transação { $id }
whoever-has-this-link-can-decide = Quem tiver este link pode decidir, então não o repasse. Cada decisão fica na trilha de auditoria de { $org }.

## approve
test = [Teste]
approve = Aprovar { $amount }?
asks-to-pay = { $agent } pede para pagar
your-decision = Sua decisão
decide-by-if-nobody-does-nothing = Decida até { $until }. Se ninguém decidir, nada será pago.
reason = Motivo
optional = (opcional)
kept-in-the-audit-trail-the = Fica na trilha de auditoria; o agente pode ler.
approve-approve = Aprovar { $amount }
decline-instead = Recusar em vez disso
bursar-pays-once-people-have-said = O Bursar paga quando { $needed } pessoas tiverem aprovado; até agora, { $given }.
the-card-can-be-used-right = O cartão pode ser usado logo após a sua aprovação.
bursar-pays-right-after-you-approve = O Bursar paga logo após a sua aprovação.

## decline
decline = Recusar { $amount }?
decline-what-asks-to-pay = Recusar o que { $agent } pede para pagar?
nothing-is-paid-and-the-money = Nada é pago, e o valor reservado para este pagamento é liberado na hora.
what-should-the-agent-know = O que o agente deve saber?
a-reason-helps-the-agent-can = Um motivo ajuda: o agente pode ler e agir de acordo. Ele fica na trilha de auditoria.
decline-decline = Recusar { $amount }
approve-instead = Aprovar em vez disso

## outcome
the-payment = O pagamento
what-happened = O que aconteceu
decline-after-all = Recusar mesmo assim
every-decision-is-kept-in-the = Cada decisão fica na trilha de auditoria de { $org }.

## parts/sum
amount = Valor:
to = para { $merchant }
one-of-your-payees = Entre os seus favorecidos
not-one-of-your-payees = Fora dos seus favorecidos

## parts/claim
says-the-agent = Diz o agente
not-checked-by-bursar = — não verificado pelo Bursar
category-by-its-own-account = Categoria, segundo o próprio agente: { $category }
more-from-the-agent = Mais informações do agente

## parts/why
why-you-are-asked = Por que perguntamos a você

## parts/budget
what-would-be-left = O que sobraria
with-this-payment-counted = já contando este pagamento
left-of = restantes de { $limit }
wallet = Carteira
left = restantes
used-before = já usado
this-payment = este pagamento

## parts/window
today = Hoje
this-week = Esta semana
this-month = Este mês
in-all = No total

## parts/facts
what-bursar-knows = O que o Bursar sabe
category = Categoria
not-known = Desconhecida
paid-by = Pago por
asked = Pedido em

## parts/rail
sandbox-pretend-money = Sandbox, dinheiro fictício
stripe-from-the-saved-payment-method = Stripe, pela forma de pagamento salva
card = Cartão
x402-from-the-wallet = x402, pela carteira
model-tokens-from-the-wallet = Tokens de modelo, pela carteira
browser-minutes-from-the-wallet = Minutos de navegador, pela carteira
hosted-box-from-the-wallet = Máquina hospedada, pela carteira

## parts/at_till
this-is-a-purchase-with-a = Esta é uma compra com cartão. A maquininha recebeu uma recusa. Se você aprovar, o mesmo cartão poderá pagar o mesmo valor no mesmo lugar uma vez, em até { $minutes } minutos. Nada é pago automaticamente.

## parts/outcome_title
you-said-yes = Você aprovou
you-have-said-yes-already = Você já aprovou
waiting-for-a-decision = Aguardando uma decisão
approved = Aprovado
already-approved = Já aprovado
approved-and-paid = Aprovado e pago
already-approved-and-paid = Já aprovado e pago
approved-paid-and-refunded = Aprovado, pago e reembolsado
approved-outcome-not-yet-certain = Aprovado, resultado ainda incerto
approved-but-not-paid = Aprovado, mas não pago
declined = Recusado
already-declined = Já recusado
nobody-decided-in-time = Ninguém decidiu a tempo
this-payment-was-cancelled = Este pagamento foi cancelado

## parts/outcome_lead
of-have-said-yes-and-nothing = { $given } de { $needed } pessoas aprovaram, e nada será pago até que todas aprovem.
your-yes-is-counted-you-can = Sua aprovação foi registrada; você pode fechar esta página.
your-yes-is-counted = Sua aprovação foi registrada.
nobody-has-decided-yet-and-nothing = Ninguém decidiu ainda, e nada será pago até que alguém decida.
bursar-pays-it-now-you-can = O Bursar vai pagar agora. Você pode fechar esta página.
bursar-pays-it-next-there-is = O Bursar vai pagar em seguida. Não há mais nada a decidir.
bursar-is-paying-it-now-you = O Bursar está pagando agora. Você pode fechar esta página.
it-is-being-paid-right-now = O pagamento está em andamento. Não há mais nada a decidir.
the-money-is-on-its-way = O dinheiro está a caminho. Você pode fechar esta página.
there-is-nothing-left-to-decide = Não há mais nada a decidir.
the-money-came-back-in-full = O dinheiro voltou integralmente.
the-payment-was-sent-and-no = O pagamento foi enviado, mas não veio uma resposta definitiva. O valor continua reservado, e o Bursar continua verificando. Ele nunca é enviado duas vezes.
the-payment-was-refused-on-its = O pagamento foi recusado no caminho. Nada foi pago, e o valor foi liberado.
outcome-lead-nothing-is-paid-and-the-money = Nada será pago, e o valor reservado foi liberado.
you-can-close-this-page = Você pode fechar esta página.
nothing-was-paid-and-the-money = Nada foi pago, e o valor reservado foi liberado. O agente pode pedir de novo.
outcome-lead-nothing-was-paid-and-the-money = Nada foi pago, e o valor reservado foi liberado. Não há mais nada a decidir.

## parts/timeline
timeline-asked = { $agent } pediu
said-yes = { $by } aprovou
waiting-for-others-to-decide = Aguardando a decisão de outras pessoas
the-time-to-decide-ended = O prazo para decidir terminou
cancelled = Cancelado
why = Por quê:
the-org-was-frozen = a organização foi congelada
the-agent-was-frozen = o agente foi congelado
about-to-be-paid = Prestes a ser pago
being-paid = Em pagamento
sent-waiting-for-a-certain-answer = Enviado; aguardando uma resposta definitiva
refused-on-its-way = Recusado no caminho
timeline-why = Por quê: { $code }
paid = Pago: { $paid }
other-than-the-approved = , em vez do valor aprovado de { $amount }
refunded = Reembolsado: { $refunded }

## parts/by
by = por { $by }

## parts/checkout_status
thank-you = Obrigado
stripe-has-not-confirmed-the-payment = O Stripe ainda não nos confirmou o pagamento. Em geral leva segundos; recarregue esta página para ver.
on-its-way = A caminho
it-was-paid-in-a-way = O pagamento foi feito de uma forma que leva alguns dias. A carteira recebe o crédito quando o dinheiro chegar.
checkout-status-paid = Pago
the-money-is-in-the-wallet = O dinheiro está na carteira. Não há mais nada a fazer.
the-payment-failed = O pagamento falhou
the-bank-did-not-pay-and = O banco não pagou, e nada entrou. Para tentar de novo, peça um novo link.
this-has-expired = O prazo expirou
nobody-paid-in-time-and-nothing = Ninguém pagou a tempo, e nada foi cobrado. Para pagar mesmo assim, peça um novo link.

## topup
add-to-a-wallet = Adicionar { $amount } a uma carteira
asks-for-money = { $agent } pede dinheiro
add-money-to-a-wallet = Adicionar dinheiro a uma carteira
to-the-wallet-of = para a carteira de
can-be-paid-until = Pode ser pago até
pay-on-stripes-page = Pague na página do Stripe
add = Adicionar { $amount }
the-button-leads-to-stripe-where = O botão leva ao Stripe, onde você escolhe como pagar. A carteira recebe o saldo quando o Stripe tiver o dinheiro.
top-up = Recarga { $id }
to-refuse-do-nothing-it-expires = Para recusar, não faça nada: o pedido expira sozinho.

## link
pay = Pagar { $amount }
asks-you-to-pay = { $org } pede que você pague
link-to = para { $org }
asked-for-by-its-agent = , a pedido do agente { $agent }
says-the-payee = Diz quem recebe
who-is-paid = Quem recebe
link-the-button-leads-to-stripe-where = O botão leva ao Stripe, onde você escolhe como pagar. Pague somente se souber do que se trata.
payment-link = Link de pagamento { $id }

## card_request
a-card-for = Um cartão para { $agent }
asks-for-a-card = { $agent } pede um cartão
to-be-used-at-only = para usar somente em { $merchant }
an-owner-said-yes-the-card = Um proprietário disse sim. O cartão já foi criado, ou será em instantes.
an-owner-said-no-there-is = Um proprietário disse não. Não há cartão.
nobody-answered-in-time-there-is = Ninguém respondeu a tempo. Não há cartão.
what-a-yes-does = O que um sim faz
the-card = O cartão
virtual-for-one-payment = Virtual, para um pagamento
virtual = Virtual
each-payment = Cada pagamento
decided-by-the-agents-limits-as = Decidido pelos limites do agente, como sempre
its-number = O número
not-shown-to-the-agent-until = O agente só o vê quando um proprietário permitir com uma chave de acesso
can-be-answered-until = Pode ser respondido até
your-answer = Sua resposta
have-the-card-made = Criar o cartão
no-card = Sem cartão
question = Pergunta { $id }

## invalid_link
this-link-does-not-work = Este link não funciona
it-may-have-been-cut-in = Ele pode ter sido cortado no caminho, ou não é um link deste servidor. Nada foi alterado.
what-you-can-do = O que você pode fazer
open-it-from-the-mail-itself = Abra-o a partir do próprio e-mail, ou copie-o inteiro, até o último caractere.
did-someone-else-send-it-to = Outra pessoa enviou o link a você? Então não confie nele e pergunte a um proprietário da sua organização.

## try_again
please-try-again = Tente novamente
please-try-again-in-a-moment = Tente novamente em instantes
bursar-could-not-answer-just-now = O Bursar não conseguiu responder agora. É seguro tentar de novo: um pagamento é decidido uma só vez, não importa quantas vezes você aperte o botão.
open-the-link-from-the-mail = Abra de novo o link do e-mail. Ele mostra se a sua decisão chegou.
until-somebody-decides-nothing-is-paid = Até que alguém decida, nada é pago.

## not_found
page-not-found = Página não encontrada
there-is-no-such-page = Esta página não existe
check-the-address-for-a-typing = Verifique se há um erro de digitação no endereço. Links de e-mails só funcionam inteiros, até o último caractere.

## not_payable
this-cannot-be-paid-now = Não é possível pagar agora
this-server-is-not-set-up = Este servidor não está configurado para receber dinheiro para essa organização. Nada foi cobrado.
tell-whoever-sent-you-the-link = Avise quem enviou o link. Quem opera o servidor precisa configurar a chave do Stripe.

## back_from_stripe
back-from-stripe = De volta do Stripe
you-are-back-from-stripe = Você voltou do Stripe
what-you-did-there-counts-once = O que você fez lá vale assim que o Stripe avisar o Bursar, o que leva um instante. Você pode fechar esta página.
what-happens-next = O que acontece agora
if-you-saved-a-payment-method = Se você salvou uma forma de pagamento, todos os proprietários recebem um e-mail, e ela aparece na lista de formas de pagamento.
nothing-is-charged-to-it-until = Nada é cobrado nela até que um proprietário diga para que será usada.

## back_from_onboarding
stripe-looks-at-what-you-told = O Stripe está analisando o que você informou, o que pode demorar um pouco. Você pode fechar esta página.
whether-your-organisation-can-receive-money = Se a sua organização já pode receber dinheiro, e o que o Stripe ainda precisa saber, aparece na conta de recebimento.
where-something-is-missing-ask-for = Se faltar algo, peça outro link por lá.

## onboarding_refresh
this-link-is-used-up = Este link já foi usado
links-to-stripe-are-good-once = Links para o Stripe valem uma vez e por alguns minutos. Gere outro para continuar de onde parou.
go-on = Continuar
you-have-to-be-signed-in = É preciso ter entrado aqui como proprietário e ter usado sua chave de acesso nos últimos minutos.
go-to-stripe = Ir para o Stripe

## unsubscribe
turned-off = Desativado
no-more-of-these-mails = Não receber mais estes e-mails?
the-mail-each-morning-about-the = O e-mail de cada manhã sobre o dia anterior
the-mail-on-mondays-about-the = O e-mail das segundas-feiras sobre a semana anterior
mails-about-a-wallet-that-runs = Os e-mails sobre saldo baixo na carteira
mails-about-limits-that-are-nearly = Os e-mails sobre limites quase atingidos
mails-about-payments-that-are-declined = Os e-mails sobre pagamentos recusados em sequência
will-not-come-any-more-an = — não enviaremos mais. Um proprietário que entrar na conta pode ativar de novo.
for-what-is-about-safety-still = , sobre { $org }. Avisos de segurança continuam chegando.
turn-them-off = Desativar

## reason
this-agent-asks-before-every-payment = Este agente pergunta antes de cada pagamento.
it-is-above-the-most-this = Está acima de { $limit }, o máximo que este agente pode pagar sem perguntar.
the-merchant-is-not-one-of = O estabelecimento não está entre os seus favorecidos nem na lista de estabelecimentos deste agente.
nobody-but-the-agent-says-what = Só o agente diz que tipo de compra é esta, e este agente tem regras por categoria.
purchases-in-the-category-are-always = Compras na categoria “{ $asked }” sempre precisam de aprovação.
the-category-is-not-one-of = A categoria “{ $asked }” não está entre as que dispensam aprovação.
people-have-to-say-yes = { $limit } pessoas precisam aprovar.
the-same-agent-paid-the-same = O mesmo agente já pagou o mesmo valor ao mesmo estabelecimento para o mesmo fim
the-same-agent-asked-for-the = O mesmo agente pediu o mesmo valor, estabelecimento e finalidade há pouco tempo
the-rule-asks-for-a-human = A regra “{ $rule }” pede uma decisão humana.
